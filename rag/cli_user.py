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
    from rag.accounts import Account, account_name, load_accounts, save_accounts
    from rag.folders import folders
    from rag.passwords import hash_password

    name, granted = account_name(name), folders(folder or ())
    builds = granted.everything if may_build is None else may_build
    if users.exists() and name in load_accounts(users):
        raise AccountError(
            f"{name!r} has an account in {users}; change it with `rag user password` or remove it"
        )
    password = None if no_password else hash_password(_asked())
    accounts = load_accounts(users) if users.exists() else {}
    save_accounts(users, [*accounts.values(), Account(name, granted, builds, password)])
    reads = ", ".join(granted.names) or "nothing yet; give --folder"
    print(f"{name} may read: {reads}")


@app.command()
def password(name: Name, users: FileOption = Path("users.json")) -> None:
    """Give an account another password; whoever is signed in with the old one is signed out."""
    from rag.accounts import load_accounts, save_accounts
    from rag.passwords import hash_password

    _known(users, name)
    fresh = hash_password(_asked())
    account = _known(users, name)
    accounts = load_accounts(users) | {account.name: replace(account, password=fresh)}
    save_accounts(users, accounts.values())


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
    from rag.accounts import load_accounts, save_accounts
    from rag.folders import folders

    granted = folders(folder or ())
    builds = granted.everything if may_build is None else may_build
    account = replace(_known(users, name), folders=granted, may_build=builds)
    save_accounts(users, (load_accounts(users) | {account.name: account}).values())


@app.command()
def remove(name: Name, users: FileOption = Path("users.json")) -> None:
    """Remove an account; whoever is signed in with it is signed out."""
    from rag.accounts import load_accounts, save_accounts

    gone = _known(users, name).name
    save_accounts(users, [one for one in load_accounts(users).values() if one.name != gone])


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


def _known(users: Path, name: str) -> Account:
    from rag.accounts import account_name, load_accounts

    account = load_accounts(users).get(account_name(name))
    if account is None:
        raise AccountError(f"{name!r} has no account in {users}; `rag user list` lists who has")
    return account


def _asked() -> str:
    """A password, typed twice unseen, or the first line of what is piped in."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    first = getpass.getpass("Password: ")
    if first != getpass.getpass("Again: "):
        raise AccountError("the two passwords differ; nothing was changed")
    return first
