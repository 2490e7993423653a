"""File names are data: whatever a file is called, it is read, cited, found and proved as itself."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import socket
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from conftest import Library
from typer.testing import CliRunner

import rag
from rag import cli
from rag.corpus import list_files, open_file
from rag.errors import ReadError
from rag.ui.cards import answer_card
from rag.ui.documents import documents_list, look_at
from rag.ui.feedback import record_vote
from rag.ui.find import findings_card
from rag.ui.markup import pack
from rag.ui.source import source_panel

NAMES = (
    "'single' \"double\" `back`.txt",
    "line\nbreak.txt",
    "exact    b.txt, chars 0–5\nskipped passwords.txt: an empty file.txt",
    "a.txt: an empty file: put text in it or remove it.txt",
    "trailing\x20...txt",
    "a..b.txt",
    "…/.txt".replace("/", "\u2215"),
    "\u202etxt.exe\u202c.txt",
    "\u2066isolated\u2069 \u200fmark\ufeff.txt",
    "\u2028separated\u2029.txt",
    '<img src=x onerror="window.pwned=1">.txt',
    "]>--><b>${x}{{y}}.txt",
    "[link](javascript:alert(1)) **b** $$x$$.txt",
    "-rf --help.txt",
    "--corpus=..",
    "\x1b]0;title\x07\x1b[31mred\x1b[2K\r.txt",
    "\x7f\x9b31m.txt",
    "%2e%2e%2fetc%2fpasswd.txt",
    "back\\slash\\..\\.txt",
    "C:.txt",
    "con.txt",
    " leading and trailing .txt ",
    "dots.txt...",
    "tab\t.txt",
    "{0!r:%s}%n.txt",
    "'; DROP TABLE documents; --.txt",
    "x" * 251 + ".txt",
    "file:///etc/passwd?#.txt".replace("/", "\u2044"),
    "🏳️‍🌈 日本語 עברית.txt",
)
# What a terminal would obey, or what would begin a line of its own.
OBEYED = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]")

run = CliRunner().invoke


@pytest.mark.parametrize("name", NAMES)
def test_a_hostile_name_goes_the_whole_way_and_does_nothing(
    library: Library,
    name: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    words = "The zebra crossed the river."
    name = unicodedata.normalize("NFC", name)
    for path in (name, f"folder {name[:100].strip()}/{name}"):
        library.write(path, f"{words}\n\nNothing else.\n")
    (library.corpus / f"empty {name}"[:200]).write_bytes(b"")
    report = library.build()
    assert sorted(report.added) == sorted([name, f"folder {name[:100].strip()}/{name}"])
    assert [skip.path for skip in report.skipped] == [f"empty {name}"[:200]]
    engine = library.open()

    question = "Did the zebra cross the river?"
    (quote,) = engine.query(question).quotes
    assert {quote.document.path, *(other.document.path for other in quote.also_in)} == set(
        report.added
    )
    assert quote.text == words
    found = engine.find(words)
    assert [finding.quote.document.path for finding in found] == sorted(report.added)

    receipt = quote.receipt()
    assert rag.parse_receipts(receipt.to_json()) == (receipt,)
    (verdict,) = rag.verify([receipt], library.corpus)
    assert verdict.outcome == "exact"

    answer = engine.query(question)
    for html in (
        answer_card(answer),
        findings_card(words, found),
        documents_list(look_at(engine)),
        source_panel(engine, {"place": pack({"path": name, "start": 0, "end": 5, "sha": ""})}),
    ):
        outside = re.sub(r'="[^"]*"', "", html)
        assert not re.search(r"<(?:img|b|svg|script)\b", outside)
        assert not re.search(r"[$`{}\\]|\n", html)
    record = {
        "question": "q",
        "answered": True,
        "index_id": "i",
        "quotes": [[name, 0, 5, quote.sha256]],
    }
    assert record_vote(str(library.index), {"verdict": "up", "answer": pack(record)})
    (line,) = (library.index / "feedback.jsonl").read_bytes().splitlines()
    assert json.loads(line)["quotes"][0]["path"] == name

    monkeypatch.setattr(rag, "open_index", lambda **_: engine)
    receipts = tmp_path / "receipts"
    corpus, index = str(library.corpus), str(library.index)
    for command in (
        ["ask", question, "--receipts", str(receipts)],
        ["ask", question, "--json"],
        ["info", "--index", index],
        ["info", "--index", index, "--json"],
        ["find", words, "--index", index],
        ["find", words.replace("river", "road"), "--index", index],
        ["find", words, "--corpus", corpus, "--json"],
        ["verify", str(receipts), "--corpus", corpus],
        ["verify", str(receipts), "--corpus", corpus, "--json"],
    ):
        shown = run(cli.app, command)
        assert shown.exit_code in (0, 3), (command, shown.output)
        assert not OBEYED.search(shown.output), command
        if "--json" in command:
            json.loads(shown.stdout)
        else:  # no name begins a line that could pass for one of ours
            assert not re.search(r"^(?:skipped passwords|break\.txt)", shown.output, re.MULTILINE)
    assert sorted(path.suffix for path in receipts.iterdir()) == [".json"] * len(answer.quotes)
    engine.close()


def test_names_alike_but_for_case_or_normal_form_are_files_of_their_own(library: Library) -> None:
    names = ["Éa.txt", unicodedata.normalize("NFD", "Éa.txt"), "éa.txt", "ÉA.txt"]
    for number, name in enumerate(names):
        library.write(name, f"File number {number} speaks.\n")
    if len(list(library.corpus.iterdir())) < len(names):
        pytest.skip("this file system folds names")
    library.build()
    engine = library.open()
    for number, name in enumerate(names):
        (finding,) = engine.find(f"File number {number} speaks.")
        assert finding.quote.document.path == name
        (verdict,) = rag.verify([finding.quote.receipt()], library.corpus)
        assert verdict.outcome == "exact"
    engine.close()


def test_two_names_of_one_file_are_two_documents(library: Library) -> None:
    library.write("a.txt", "Tea helps.\n")
    os.link(library.corpus / "a.txt", library.corpus / "hard.txt")
    (library.corpus / "soft.txt").symlink_to("a.txt")
    assert library.build().added == ("a.txt", "hard.txt", "soft.txt")


def test_sockets_pipes_and_loops_are_told_and_never_opened(library: Library) -> None:
    library.write("a.txt", "Tea helps.\n")
    os.mkfifo(library.corpus / "pipe.txt")
    (library.corpus / "to the pipe.txt").symlink_to("pipe.txt")
    (library.corpus / "one").symlink_to("two")
    (library.corpus / "two").symlink_to("one")
    (library.corpus / "self").symlink_to(".")
    (library.corpus / "device.txt").symlink_to("/dev/zero")
    with contextlib.closing(socket.socket(socket.AF_UNIX)) as listener, _inside(library.corpus):
        listener.bind("socket.txt")
    report = library.build()
    assert report.added == ("a.txt",)
    assert [skip.path for skip in report.skipped] == [
        "device.txt", "one", "pipe.txt", "self", "socket.txt", "to the pipe.txt", "two",
    ]  # fmt: skip


def test_a_path_longer_than_the_system_takes_is_told(library: Library) -> None:
    library.write("a.txt", "Tea helps.\n")
    with _inside(library.corpus):
        for _ in range(20):
            Path("d" * 250).mkdir()
            os.chdir("d" * 250)
            Path("deep.txt").write_text("Too deep.")
    try:
        files, skipped = list_files(library.corpus)
        assert "a.txt" in files
        assert len(files) < 21
        assert skipped
        assert all("\n" not in skip.reason for skip in skipped)
    finally:
        shutil.rmtree(library.corpus)


@contextlib.contextmanager
def _inside(folder: Path) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


def _link_out(corpus: Path) -> None:
    (corpus / "sub" / "a.txt").unlink()
    (corpus / "sub" / "a.txt").symlink_to(corpus.parent / "out" / "a.txt")


def _folder_out(corpus: Path) -> None:
    (corpus / "sub").rename(corpus / "old")
    (corpus / "sub").symlink_to(corpus.parent / "out")


def _pipe(corpus: Path) -> None:
    (corpus / "sub" / "a.txt").unlink()
    os.mkfifo(corpus / "sub" / "a.txt")


def _gone(corpus: Path) -> None:
    (corpus / "sub" / "a.txt").unlink()


@pytest.mark.parametrize("swap", [_link_out, _folder_out, _pipe, _gone])
def test_a_file_replaced_between_the_check_and_the_opening_is_refused(
    library: Library, swap: Callable[[Path], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    library.write("sub/a.txt", "Tea helps.\n")
    outside = library.corpus.parent / "out"
    outside.mkdir()
    (outside / "a.txt").write_text("secret")
    opened = os.open

    def late(path: Path, flags: int) -> int:
        swap(library.corpus)
        return opened(path, flags)

    with open_file(library.corpus, "sub/a.txt") as file:
        assert file.read() == b"Tea helps.\n"
    monkeypatch.setattr(os, "open", late)
    with pytest.raises(ReadError) as caught:
        open_file(library.corpus, "sub/a.txt")
    assert "secret" not in str(caught.value)
