"""``rag user``: who may sign in to the page, and which folders each may read."""

from __future__ import annotations

import getpass
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rag.errors import AccountError

if TYPE_CHECKING:
    from rag.accounts import Account

    Accounts = dict[str, Account]

app = typer.Typer(
    name="user",
    help="Say who may sign in to the page, and what each may read.",
    no_args_is_help=True,
    add_completion=False,
)

FileOption = Annotated[Path, typer.Option("--users", envvar="RAG_USERS", help="File of accounts.")]
BuildOption = Annotated[
    bool | None,
    typer.Option(
        "--may-build/--may-not-build",
        help="Whether they may press Rebuild.  [default: only with *]",
        show_default=False,
    ),
]
Name = Annotated[str, typer.Argument(help="The name to sign in with.")]


@app.command()
def add(
    name: Name,
    users: FileOption = Path("users.json"),
    folder: Annotated[
        list[str] | None,
        typer.Option("--folder", help="Folder of the corpus they may read; * for all. Repeatable."),
    ] = None,
    may_build: BuildOption = None,
    no_password: Annotated[
        bool, typer.Option("--no-password", help="A proxy signs them in.")
    ] = False,
) -> None:
    """Add an account; the password is asked for, or read from standard input."""
    from rag.accounts import Account, account_name, change_accounts, load_accounts
    from rag.folders import folders
    from rag.passwords import hash_password

    name, granted = account_name(name), folders(folder or ())
    builds = granted.everything if may_build is None else may_build

    def added(accounts: Accounts) -> Accounts:
        if name in accounts:
            raise AccountError(
                f"{name!r} has an account in {users}; change it with `rag user password` or "
                "remove it"
            )
        return accounts | {name: Account(name, granted, builds, kept)}

    kept = None
    if users.exists():
        added(load_accounts(users))  # nobody is asked for a password in vain
    if not no_password:
        kept = hash_password(_asked())
    change_accounts(users, added)
    reads = ", ".join(granted.names) or "nothing yet; give --folder"
    print(f"{name} may read: {reads}")


@app.command()
def password(name: Name, users: FileOption = Path("users.json")) -> None:
    """Give an account another password; whoever is signed in with the old one is signed out."""
    from rag.accounts import change_accounts, load_accounts
    from rag.passwords import hash_password

    _known(load_accounts(users), users, name)
    kept = hash_password(_asked())

    def changed(accounts: Accounts) -> Accounts:
        account = _known(accounts, users, name)
        return accounts | {account.name: replace(account, password=kept)}

    change_accounts(users, changed)


@app.command()
def grant(
    name: Name,
    folder: Annotated[
        list[str] | None, typer.Option("--folder", help="As in `rag user add`; none for nothing.")
    ] = None,
    may_build: BuildOption = None,
    users: FileOption = Path("users.json"),
) -> None:
    """Replace what an account may read, and whether it may rebuild."""
    from rag.accounts import change_accounts
    from rag.folders import folders

    granted = folders(folder or ())
    builds = granted.everything if may_build is None else may_build

    def changed(accounts: Accounts) -> Accounts:
        account = _known(accounts, users, name)
        return accounts | {account.name: replace(account, folders=granted, may_build=builds)}

    change_accounts(users, changed)


@app.command()
def remove(name: Name, users: FileOption = Path("users.json")) -> None:
    """Remove an account; whoever is signed in with it is signed out."""
    from rag.accounts import change_accounts

    def changed(accounts: Accounts) -> Accounts:
        gone = _known(accounts, users, name)
        return {known: one for known, one in accounts.items() if known != gone.name}

    change_accounts(users, changed)


@app.command("list")
def list_command(users: FileOption = Path("users.json")) -> None:
    """List the accounts and what each may read; passwords are not told."""
    from rag.accounts import load_accounts
    from rag.cli_text import one_line

    for account in load_accounts(users).values():
        notes = [", ".join(account.folders.names) or "nothing"]
        notes += ["may rebuild"] if account.may_build else []
        notes += [] if account.password else ["no password"]
        print(one_line(f"{account.name}: {'; '.join(notes)}"))


def _known(accounts: Accounts, users: Path, name: str) -> Account:
    from rag.accounts import account_name

    account = accounts.get(account_name(name))
    if account is None:
        raise AccountError(f"{name!r} has no account in {users}; `rag user list` lists who has")
    return account


def _asked() -> str:
    """A password, typed twice unseen, or the first line of what is piped in."""
    try:
        if not sys.stdin.isatty():
            return sys.stdin.buffer.readline().decode("utf-8").rstrip("\r\n")
        first = getpass.getpass("Password: ")
        again = getpass.getpass("Again: ")
    except UnicodeDecodeError:
        raise AccountError(
            "the password is not valid UTF-8; "
            "type it again, in a terminal or a program that writes UTF-8"
        ) from None
    if first != again:
        raise AccountError("the two passwords differ; nothing was changed")
    return first
