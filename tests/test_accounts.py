"""The file of accounts: what is kept of a password, and that a damaged file lets nobody in."""

from __future__ import annotations

import contextlib
import json
import os
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rag import passwords
from rag.accounts import (
    Account,
    account_name,
    change_accounts,
    load_accounts,
    one_password,
    open_accounts,
    save_accounts,
)
from rag.errors import AccountError, RagError
from rag.folders import folders
from rag.passwords import PasswordHash, hash_password

PASSWORD = "correct horse"


@pytest.fixture(autouse=True)
def _cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "_COST", {"n": 2**4, "r": 8, "p": 1})


def account(name: str = "anna", *names: str, password: str | None = PASSWORD) -> Account:
    return Account(name, folders(names), False, password and hash_password(password))


def test_a_password_fits_its_hash_and_no_other() -> None:
    kept = hash_password(PASSWORD)
    assert kept.fits(PASSWORD)
    for wrong in ("", "correct hors", "correct horsf", "correct horse ", "Correct horse"):
        assert not kept.fits(wrong)
    assert kept.hash != hash_password(PASSWORD).hash, "each has a salt of its own"
    assert PASSWORD not in repr(kept.to_record())


def test_the_same_letter_in_another_spelling_is_the_same() -> None:
    assert hash_password("caf\u00e9 caf\u00e9").fits("cafe\u0301 cafe\u0301")


@pytest.mark.parametrize("password", ["", "seven77", "x" * 1001])
def test_a_password_has_a_sensible_length(password: str) -> None:
    with pytest.raises(AccountError, match="characters; choose one of 8 to 1,000"):
        hash_password(password)


def test_only_the_right_name_and_password_come_in(tmp_path: Path) -> None:
    file = tmp_path / "users.json"
    save_accounts(file, [account("anna"), account("proxied", password=None)])
    accounts = open_accounts(file)
    found = accounts.check("anna", PASSWORD)
    assert found is not None
    assert found.name == "anna"
    for name, password in (
        ("anna", "wrong horse"), ("bob", PASSWORD), ("Anna", PASSWORD), ("", ""),
        ("proxied", ""), ("proxied", PASSWORD), ("anna\0", PASSWORD), ("anna", PASSWORD * 900),
    ):  # fmt: skip
        assert accounts.check(name, password) is None


def test_an_unknown_name_costs_what_a_wrong_password_costs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "users.json"
    save_accounts(file, [account("anna"), account("proxied", password=None)])
    accounts = open_accounts(file)
    looked: list[tuple[int, int, int]] = []
    scrypt = passwords._scrypt

    def counted(password: str, salt: bytes, n: int, r: int, p: int) -> bytes:
        looked.append((n, r, p))
        return scrypt(password, salt, 2**4, r, p)

    monkeypatch.setattr(passwords, "_scrypt", counted)
    for name in ("anna", "bob", "proxied"):
        accounts.check(name, "wrong horse")
    assert len(looked) == 3
    assert looked[1] == looked[2] == (2**15, 8, 3), "what is usual, whatever this test's cost is"


def test_a_written_file_is_read_again_as_it_was(tmp_path: Path) -> None:
    file = tmp_path / "users.json"
    written = [
        account("zoë", "press/2024", "legal"),
        Account("boss", folders(["*"]), True, hash_password(PASSWORD)),
        account("proxied", password=None),
    ]
    save_accounts(file, written)
    assert load_accounts(file) == {one.name: one for one in written}
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["users.json"], "nothing is left beside"


def test_a_write_that_fails_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "users.json"
    save_accounts(file, [account("anna")])

    def fail(_file: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(AccountError, match="cannot be written: No space left"):
        save_accounts(file, [])
    assert list(load_accounts(file)) == ["anna"]
    assert [path.name for path in tmp_path.iterdir()] == ["users.json"]


def test_a_changed_file_counts_at_once_and_a_damaged_one_lets_nobody_in(tmp_path: Path) -> None:
    file = tmp_path / "users.json"
    save_accounts(file, [account("anna", "legal")])
    accounts = open_accounts(file)
    before = accounts.find("anna")
    assert before is not None
    save_accounts(file, [account("anna", "press"), account("bob")])
    after = accounts.find("anna")
    assert after is not None
    assert after.folders.names == ("press",)
    assert after.stamp != before.stamp, "another password ends the sessions of the old one"
    assert accounts.find("bob") is not None
    save_accounts(file, [account("bob")])
    assert accounts.find("anna") is None
    file.write_text("{")
    with pytest.raises(AccountError, match="not a file of accounts"):
        accounts.find("bob")
    file.unlink()
    with pytest.raises(AccountError, match="cannot be read"):
        accounts.check("bob", PASSWORD)


def _record(**changes: Any) -> dict[str, Any]:
    kept = hash_password(PASSWORD).to_record()
    whole = {"name": "anna", "folders": ["legal"], "may_build": False, "password": kept}
    return {key: value for key, value in (whole | changes).items() if value != "absent"}


def _kept(**changes: Any) -> dict[str, Any]:
    return _record(password=hash_password(PASSWORD).to_record() | changes)


@pytest.mark.parametrize(
    ("record", "told"),
    [
        (_record(folders="*"), "folders"),
        (_record(folders=[1]), "folders must be texts"),
        (_record(folders=["../x"]), "not a folder"),
        (_record(folders=None), "folders"),
        (_record(may_build=1), "may_build is 1"),
        (_record(may_build="absent"), "missing or unknown"),
        (_record(admin=True), "missing or unknown: 'admin'"),
        (_record(name=""), "not a name"),
        (_record(name="a:b"), "not a name"),
        (_record(name=["anna"]), "name is"),
        (_record(password="plain text"), "object is expected"),
        (_kept(scheme="md5"), "scheme"),
        (_kept(n=2**30), "out of range"),
        (_kept(n=3), "out of range"),
        (_kept(n=True), "n is True"),
        (_kept(r=0), "out of range"),
        (_kept(salt=""), "right length"),
        (_kept(hash="00"), "right length"),
        (_kept(hash="zz"), "non-hexadecimal"),
        ("anna", "object is expected"),
        (None, "object is expected"),
    ],
)
def test_a_malformed_account_is_named(tmp_path: Path, record: Any, told: str) -> None:
    file = tmp_path / "users.json"
    file.write_text(json.dumps({"format": 1, "accounts": [_record(name="first"), record]}))
    with pytest.raises(AccountError, match=f"account 2 in .*malformed: .*{told}"):
        load_accounts(file)


@pytest.mark.parametrize(
    "text",
    ["", "[]", "null", "{}", '{"format": 1}', '{"format": 2, "accounts": []}',
     '{"format": 1, "accounts": {}}', '{"format": 1, "accounts": [], "more": 1}', "[" * 100_000,
     '{"format": NaN, "accounts": []}', "\x00", "\ufeff{}"],
)  # fmt: skip
def test_what_is_no_file_of_accounts_is_said_to_be_none(tmp_path: Path, text: str) -> None:
    file = tmp_path / "users.json"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(AccountError, match=r"mend it"):
        load_accounts(file)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*_record(), *_kept()["password"]]), inner, max_size=6)
    ),
    max_leaves=12,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(accounts=_JSON)
def test_whatever_a_file_holds_the_error_is_ours(tmp_path: Path, accounts: Any) -> None:
    file = tmp_path / "users.json"
    file.write_text(json.dumps({"format": 1, "accounts": accounts}))
    with contextlib.suppress(RagError):
        assert isinstance(load_accounts(file), dict)


def test_two_accounts_of_one_name_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "users.json"
    accounts = [_record(name="caf\u00e9"), _record(name="cafe\u0301")]
    file.write_text(json.dumps({"format": 1, "accounts": accounts}))
    with pytest.raises(AccountError, match="there twice"):
        load_accounts(file)


def test_a_file_without_accounts_opens_nothing(tmp_path: Path) -> None:
    file = tmp_path / "users.json"
    save_accounts(file, [])
    with pytest.raises(AccountError, match="holds no account"):
        open_accounts(file)


def test_one_password_is_the_team_and_everything() -> None:
    accounts = one_password("battery staple")
    team = accounts.check("team", "battery staple")
    assert team is not None
    assert team.folders.everything
    assert team.may_build
    assert accounts.check("team", "battery") is None
    assert accounts.check("anna", "battery staple") is None


@pytest.mark.parametrize("name", ["", " anna", "anna ", "an\nna", "a:b", "x" * 101, "\u202eanna"])
def test_a_name_is_one_that_a_header_can_carry(name: str) -> None:
    with pytest.raises(AccountError, match="not a name for an account"):
        account_name(name)


@given(st.binary(max_size=64), st.binary(max_size=64))
def test_a_hash_that_was_not_made_here_fits_nothing(salt: bytes, made: bytes) -> None:
    record = {"scheme": "scrypt", "n": 2, "r": 1, "p": 1, "salt": salt.hex(), "hash": made.hex()}
    try:
        kept = PasswordHash.from_record(record)
    except ValueError:
        return
    assert not kept.fits(PASSWORD)


def _rag(folder: Path, *arguments: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "rag", "user", *arguments],
        input=typed, cwd=folder, capture_output=True, text=True, timeout=60, check=False,
        errors="surrogateescape",
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
    )  # fmt: skip


def test_a_password_that_is_not_utf_8_is_refused_and_not_told(tmp_path: Path) -> None:
    refused = _rag(tmp_path, "add", "anna", typed=f"{PASSWORD}\udce9\n")
    assert (refused.returncode, refused.stderr.count("\n")) == (2, 1)
    assert "the password is not valid UTF-8" in refused.stderr
    assert PASSWORD not in refused.stderr
    assert not (tmp_path / "users.json").exists()


def test_accounts_are_kept_on_the_command_line(tmp_path: Path) -> None:
    added = _rag(tmp_path, "add", "anna", "--folder", "legal", typed=f"{PASSWORD}\n")
    assert (added.returncode, added.stdout) == (0, "anna may read: legal\n")
    assert _rag(tmp_path, "add", "boss", "--folder", "*", typed=f"{PASSWORD}\n").returncode == 0
    assert _rag(tmp_path, "add", "proxied", "--no-password").returncode == 0
    again = _rag(tmp_path, "add", "anna", typed=f"{PASSWORD}\n")
    assert (again.returncode, again.stderr.count("\n")) == (2, 1)
    assert _rag(tmp_path, "list").stdout == (
        "anna: legal\nboss: *; may rebuild\nproxied: nothing; no password\n"
    )
    accounts = open_accounts(tmp_path / "users.json")
    assert accounts.check("anna", PASSWORD)
    assert _rag(tmp_path, "password", "anna", typed="another horse\n").returncode == 0
    assert accounts.check("anna", PASSWORD) is None
    assert accounts.check("anna", "another horse")
    assert _rag(tmp_path, "grant", "boss", "--folder", "press").returncode == 0
    boss = accounts.find("boss")
    assert boss is not None
    assert (boss.folders.names, boss.may_build) == (("press",), False)
    assert _rag(tmp_path, "remove", "anna").returncode == 0
    assert _rag(tmp_path, "remove", "anna").returncode == 2
    assert accounts.find("anna") is None
    short = _rag(tmp_path, "add", "bob", typed="short\n")
    assert "the password has 5 characters" in short.stderr
    assert "short" not in short.stderr
    assert accounts.find("bob") is None


def test_of_many_changes_at_once_none_is_lost(tmp_path: Path) -> None:
    users = tmp_path / "users.json"

    def add(number: int) -> None:
        one = account(f"person {number}", password=None)
        change_accounts(users, lambda accounts: accounts | {one.name: one})

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(add, range(40)))
    assert len(load_accounts(users)) == 40
    assert stat.S_IMODE((tmp_path / ".users.json.lock").stat().st_mode) == 0o600


def test_a_change_that_is_refused_changes_nothing(tmp_path: Path) -> None:
    users = tmp_path / "users.json"
    save_accounts(users, [account()])
    before = users.read_bytes()

    def refuse(_: dict[str, Account]) -> dict[str, Account]:
        raise AccountError("no")

    with pytest.raises(AccountError, match="no"):
        change_accounts(users, refuse)
    assert users.read_bytes() == before
