"""A grant covers its folder, and nothing that only looks like it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from conftest import Library
from hypothesis import given
from hypothesis import strategies as st

from rag.accounts import Account
from rag.errors import AccountError
from rag.folders import EVERYTHING, folders
from rag.ui.granted import Granted

NAMES = st.text(
    st.characters(codec="utf-8", exclude_categories=["C", "Z"], exclude_characters="/*"), min_size=1
).filter(lambda name: name not in (".", ".."))


@pytest.mark.parametrize(
    "path",
    ["legal-old/x.pdf", "legal.md", "legal", "Legal/x.pdf", "press/legal/x.pdf", "le/gal/x.pdf",
     "legal/../press/x.pdf"[6:], "lega\u0301l/x.pdf", " legal/x.pdf", "/legal/x.pdf"],
)  # fmt: skip
def test_what_only_looks_like_the_folder_is_not_covered(path: str) -> None:
    assert not folders(["legal"]).covers(path)


@pytest.mark.parametrize("path", ["legal/x.pdf", "legal/old/x.pdf", "legal/légal/ž.pdf"])
def test_what_lies_in_the_folder_is_covered(path: str) -> None:
    assert folders(["legal"]).covers(path)
    assert folders(["legal/"]).covers(path)


def test_a_subfolder_covers_no_more_than_itself() -> None:
    granted = folders(["press/2024"])
    assert granted.covers("press/2024/a.md")
    assert not granted.covers("press/2023/a.md")
    assert not granted.covers("press/a.md")


def test_two_spellings_of_a_letter_are_two_folders() -> None:
    assert not folders(["caf\u00e9"]).covers("cafe\u0301/menu.md")


@given(st.lists(NAMES, min_size=1), st.lists(NAMES, min_size=1))
def test_a_grant_covers_exactly_what_lies_under_it(granted: list[str], parts: list[str]) -> None:
    under = parts[: len(granted)] == granted and len(parts) > len(granted)
    assert folders(["/".join(granted)]).covers("/".join(parts)) == under


@pytest.mark.parametrize("path", ["press", "press/2024", "press/2024/a.pdf", "press/2024/old"])
def test_who_may_read_a_folder_lacks_what_was_skipped_of_it_and_above(path: str) -> None:
    assert folders(["press/2024"]).lack(path)
    assert EVERYTHING.lack(path)


@pytest.mark.parametrize("path", ["press/2023", "press/2024-old", "press/a.pdf", "pres", "legal"])
def test_what_was_skipped_elsewhere_is_not_told(path: str) -> None:
    assert not folders(["press/2024"]).lack(path)
    assert not folders([]).lack(path)


def test_a_refusal_counts_a_folder_that_could_not_be_listed(library: Library) -> None:
    library.write("a.txt", "Apples are red.")
    library.write("priv/b.txt", "Beans are green.")

    def unlistable(name: str, *_: object) -> Iterator[os.DirEntry[str]]:
        if Path(name).name == "priv":
            raise PermissionError(13, "Permission denied", name)
        return scandir(name)

    scandir = os.scandir
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "scandir", unlistable)
        skipped = library.build().skipped
    assert [item.path for item in skipped] == ["priv"]
    engine = library.open()
    for granted, unread in ((["priv"], 1), (["priv/2024"], 1), (["*"], 1), (["legal"], 0)):
        answer = engine.query("Which beans are green?", folders=folders(granted))
        assert (answer.answered, answer.unread) == (False, unread)
        account = Account("jo", folders(granted))
        told = Granted(cast("Any", engine), account).info().skipped
        assert [item.path for item in told] == ["priv"] * unread


@given(st.text())
def test_nothing_granted_covers_nothing(path: str) -> None:
    assert not folders([]).covers(path)
    assert EVERYTHING.covers(path)


def test_a_star_is_everything_whatever_stands_beside_it() -> None:
    assert folders(["legal", "*"]) == EVERYTHING
    assert folders(["b", "a", "a/", "b"]).names == ("a", "b")


@pytest.mark.parametrize(
    "name",
    ["", "/", "..", "../secret", "legal/..", "./legal", "/legal", "legal//old", "legal/*", "**/x",
     "le\0gal", "le\ngal", "legal/ \u202e", "a/./b"],
)  # fmt: skip
def test_what_is_no_folder_of_the_corpus_is_refused(name: str) -> None:
    if name == "**/x":
        assert not folders([name]).covers("anything/x")  # a name like another, and no pattern
        return
    with pytest.raises(AccountError, match="not a folder of the corpus"):
        folders([name])
