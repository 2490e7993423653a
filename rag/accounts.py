"""Who may sign in, and which folders each may read: a JSON file with hashed passwords.

    {"format": 1, "accounts": [{"name": "anna", "folders": ["legal"], "may_build": false,
                                "password": {"scheme": "scrypt", "n": …, "salt": …, "hash": …}}]}

An account without a password can be used only behind a proxy that has checked who it is.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import threading
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rag.errors import AccountError
from rag.folders import EVERYTHING, Folders, folders
from rag.passwords import NOBODY, PasswordHash, hash_password
from rag.records import only, strict_json, typed

FORMAT = 1
TEAM = "team"
"""The one account there is where a password is all that was set."""
MAX_FILE_BYTES = 10_000_000
MAX_NAME_CHARS = 100
_PATIENCE_S = 10.0


@dataclass(frozen=True, slots=True)
class Account:
    """One person, or one program."""

    name: str
    folders: Folders
    may_build: bool = False
    """Whether Rebuild is theirs to press."""
    password: PasswordHash | None = None

    @property
    def stamp(self) -> bytes:
        """Changes with the password, which ends every session that was begun with the old one."""
        kept = self.password
        return hashlib.sha256(kept.salt + kept.hash if kept else b"none").digest()


def account_name(name: str) -> str:
    """The name as it is kept and compared: letters in one spelling, their case as it is.

    Raises:
        AccountError: it is empty, too long, or holds what no header can carry.
    """
    name = unicodedata.normalize("NFC", name)
    if (
        not 0 < len(name) <= MAX_NAME_CHARS
        or not name.isprintable()
        or name != name.strip()
        or ":" in name
    ):
        raise AccountError(
            f"{name[:MAX_NAME_CHARS]!r} is not a name for an account; expected up to "
            f"{MAX_NAME_CHARS} printable characters without a colon or spaces around them"
        )
    return name


class Accounts:
    """The accounts as they are now: a file is read again when it has changed."""

    def __init__(self, read: Callable[[], Mapping[str, Account]]) -> None:
        self._read = read

    def find(self, name: str) -> Account | None:
        """The account of this name.

        Raises:
            AccountError: the file cannot be used.
        """
        return self._read().get(unicodedata.normalize("NFC", name))

    def check(self, name: str, password: str) -> Account | None:
        """The account, if that is its password. An unknown name takes as long as a wrong password.

        Raises:
            AccountError: the file cannot be used.
        """
        account = self.find(name)
        kept = account.password if account else None
        fits = (kept or NOBODY).fits(password)
        return account if kept and fits else None


def open_accounts(path: Path) -> Accounts:
    """The accounts of a file, followed as it changes.

    Raises:
        AccountError: it is missing, malformed or holds no account.
    """
    follower = _Follower(path)
    if not follower.accounts():
        raise AccountError(f"{path} holds no account; add one with `rag user add NAME`")
    return Accounts(follower.accounts)


def one_password(password: str) -> Accounts:
    """A single account, ``team``, that may do everything.

    Raises:
        AccountError: the password is too short, or far too long.
    """
    team = Account(TEAM, EVERYTHING, may_build=True, password=hash_password(password))
    return Accounts(lambda: {TEAM: team})


class _Follower:
    """A file's accounts, read again whenever the file is another."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: tuple[int, ...] = ()
        self._accounts: Mapping[str, Account] = {}
        self._lock = threading.Lock()

    def accounts(self) -> Mapping[str, Account]:
        try:
            found = self._path.stat()
        except OSError as error:
            raise AccountError(_unreadable(self._path, error)) from None
        stamp = (found.st_ino, found.st_size, found.st_mtime_ns)
        with self._lock:
            if stamp != self._seen:
                self._accounts = load_accounts(self._path)
                self._seen = stamp
            return self._accounts


def load_accounts(path: Path) -> dict[str, Account]:
    """The accounts of a file by name.

    Raises:
        AccountError: it is missing or malformed; the message says where.
    """
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise AccountError(f"{path} is larger than {MAX_FILE_BYTES:,} bytes; is it the file?")
        found = strict_json(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise AccountError(_unreadable(path, error)) from None
    except (ValueError, RecursionError) as error:
        raise AccountError(f"{path} is not a file of accounts: {error}; mend it") from None
    accounts: dict[str, Account] = {}
    try:
        only(found, {"format", "accounts"})
        if found["format"] != FORMAT or not isinstance(found["accounts"], list):
            raise ValueError(f"format is {found['format']!r}; expected {FORMAT} and a list")
        for record in found["accounts"]:
            account = _account(record)
            if account.name in accounts:
                raise ValueError(f"{account.name!r} is there twice")
            accounts[account.name] = account
    except (AccountError, KeyError, TypeError, ValueError) as error:
        reason = f"{error} is missing" if isinstance(error, KeyError) else error
        raise AccountError(
            f"account {len(accounts) + 1} in {path} is malformed: {reason}; mend it"
        ) from None
    return accounts


def change_accounts(path: Path, change: Callable[[dict[str, Account]], dict[str, Account]]) -> None:
    """Read the file, change what it holds, write it: one at a time, so that no change is lost.

    A missing file holds no accounts.

    Raises:
        AccountError: it cannot be read or written, is malformed, or ``change`` refuses; nothing
            has changed then.
    """
    from filelock import FileLock, Timeout

    target = path.resolve()
    try:
        with FileLock(target.with_name(f".{target.name}.lock"), timeout=_PATIENCE_S, mode=0o600):
            accounts = load_accounts(path) if path.exists() else {}
            save_accounts(path, change(accounts).values())
    except Timeout:
        raise AccountError(f"{path} is being changed by another; try again") from None
    except OSError as error:
        raise AccountError(f"{path} cannot be written: {error.strerror}") from None


def save_accounts(path: Path, accounts: Iterable[Account]) -> None:
    """Write the file anew in one step; nobody but its owner can read it.

    Raises:
        AccountError: it cannot be written.
    """
    records = [_record(account) for account in sorted(accounts, key=lambda account: account.name)]
    text = json.dumps({"format": FORMAT, "accounts": records}, ensure_ascii=False, indent=2)
    target = path.resolve()
    beside = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    try:
        file = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(file, "w", encoding="utf-8") as handle:
            handle.write(f"{text}\n")
            handle.flush()
            os.fsync(handle.fileno())
        beside.replace(target)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise AccountError(f"{path} cannot be written: {error.strerror}") from None


def _unreadable(path: Path, error: OSError) -> str:
    return (
        f"the accounts in {path} cannot be read: {error.strerror}; "
        "make it with `rag user add NAME`, or name another file"
    )


def _account(record: Any) -> Account:
    only(record, {"name", "folders", "may_build", "password"})
    name, named = typed(record, "name", str), typed(record, "folders", list)
    if not all(isinstance(folder, str) for folder in named):
        raise ValueError("folders must be texts")
    kept = record["password"]
    return Account(
        account_name(name),
        folders(named),
        typed(record, "may_build", bool),
        None if kept is None else PasswordHash.from_record(kept),
    )


def _record(account: Account) -> dict[str, Any]:
    return {
        "name": account.name,
        "folders": list(account.folders.names),
        "may_build": account.may_build,
        "password": account.password and account.password.to_record(),
    }
