"""How people come in: who the server listens to, and by what it knows them."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from rag.accounts import TEAM, Accounts, one_password, open_accounts
from rag.errors import AccountError

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})

_TOKEN = re.compile(r"[A-Za-z0-9-]{1,100}")


@dataclass(frozen=True, slots=True)
class Door:
    """The accounts, and where a proxy signs people in, its header and the addresses it has."""

    accounts: Accounts
    only: str = ""
    """The one name there is, where a password is all that is asked for."""
    header: str = ""
    proxies: frozenset[str] = frozenset()

    def is_proxy(self, address: str) -> bool:
        """Whether a TCP peer is the proxy that is trusted."""
        return _address(address) in self.proxies


def open_door(users: str | None, environment: Mapping[str, str]) -> Door | None:
    """The door that a file of accounts and the environment ask for; None if everybody may come in.

    ``users`` (or ``RAG_USERS``) is a file of accounts, ``RAG_PASSWORD`` one password for all, and
    ``RAG_PROXY_HEADER`` with ``RAG_TRUSTED_PROXY`` trusts a proxy's word for the name.

    Raises:
        AccountError: they contradict each other, or are malformed.
    """
    file = users or environment.get("RAG_USERS", "")
    password = environment.get("RAG_PASSWORD", "")
    header = environment.get("RAG_PROXY_HEADER", "").strip().lower()
    proxies = environment.get("RAG_TRUSTED_PROXY", "").replace(",", " ").split()
    if file and password:
        raise AccountError("RAG_PASSWORD and a file of accounts are both given; choose one")
    if bool(header) != bool(proxies):
        raise AccountError(
            "RAG_PROXY_HEADER and RAG_TRUSTED_PROXY belong together: the header with the name, "
            "and the addresses that may send it; set both or neither"
        )
    if header and not file:
        raise AccountError(
            "RAG_PROXY_HEADER needs a file of accounts, which tells what each name may read; "
            "make one with `rag user add NAME --no-password` and give it with RAG_USERS"
        )
    if header and not _TOKEN.fullmatch(header):
        raise AccountError(f"RAG_PROXY_HEADER is {header!r}; expected one such as X-Forwarded-User")
    if not file and not password:
        return None
    if password:
        return Door(one_password(password), only=TEAM)
    accounts = open_accounts(Path(file).absolute())
    trusted = frozenset(_checked_address(name) for name in proxies)
    return Door(accounts, header=header, proxies=trusted)


def check_users(users: str | None, environment: Mapping[str, str], corpus: Path) -> None:
    """Refuse to keep the accounts among the documents.

    Raises:
        AccountError: the file of accounts lies in the corpus.
    """
    file = users or environment.get("RAG_USERS", "")
    if file and Path(file).resolve().is_relative_to(corpus.resolve()):
        raise AccountError(
            f"the accounts in {file} lie in the corpus {corpus}, where they could be read as a "
            "document; move the file out of it and name it with --users FILE"
        )


def check_host(host: str, door: Door | None, *, insist: bool) -> None:
    """Refuse to serve strangers by mistake.

    Raises:
        AccountError: the host is not loopback and nobody has to sign in.
    """
    if host in LOOPBACK or door is not None or insist:
        return
    raise AccountError(
        f"on {host} anybody who reaches this machine could read every document; "
        "set RAG_PASSWORD, give accounts with --users FILE (see `rag user add --help`), or, "
        "if that is meant, insist with --open or RAG_OPEN=1"
    )


def _checked_address(text: str) -> str:
    address = _address(text)
    if not address:
        raise AccountError(
            f"RAG_TRUSTED_PROXY names {text!r}; expected addresses such as 127.0.0.1, ::1"
        )
    return address


def _address(text: str) -> str:
    """In one spelling, an IPv4 address in IPv6's clothes as what it is; empty if it is none."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return ""
    mapped = getattr(address, "ipv4_mapped", None)
    return str(mapped or address)
