"""``rag ask --format``: the file, its exit code, and what it never does to what is there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT
from exports.footnotes import docx_quotes, markdown_quotes

from rag.receipts import parse_receipts

QUESTION = "What did Hamas ask for in return?"


def run(*arguments: str, cwd: Path, stdout: int = subprocess.PIPE) -> tuple[int, bytes, str]:
    done = subprocess.run(
        [sys.executable, "-m", "rag", *arguments],
        stdout=stdout,
        stderr=subprocess.PIPE,
        check=False,
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "100"},
    )
    return done.returncode, done.stdout or b"", done.stderr.decode()


@pytest.fixture
def folder(tmp_path: Path, shipped_index: Path) -> Path:
    """A working directory whose `index` is the shipped corpus's."""
    (tmp_path / "index").symlink_to(shipped_index)
    (tmp_path / "corpus").symlink_to(ROOT / "corpus")
    return tmp_path


def test_json_is_verified_as_it_was_written(folder: Path) -> None:
    code, written, errors = run("ask", QUESTION, "--format", "json", cwd=folder)
    assert code == 0, errors
    (folder / "f.json").write_bytes(written)
    code, told, errors = run("verify", "f.json", cwd=folder)
    assert code == 0, errors
    number = len(json.loads(written)["answers"][0]["quotes"])
    assert f": {number} exact, 0 moved".encode() in told
    unproved = told.decode().splitlines()[-1]
    assert unproved.startswith("not checked, for no receipt holds it: timings_ms, ")
    assert ": relevance" in unproved or ", relevance" in unproved
    data = json.loads(written)
    data["answers"][0]["quotes"][0]["title"] = "Another title"
    (folder / "f.json").write_text(json.dumps(data), encoding="utf-8")
    code, told, errors = run("verify", "f.json", cwd=folder)
    assert (code, told) == (2, b"")
    assert "the title of a quotation is not the one in its receipt; it was altered" in errors


def test_every_format_quotes_the_same_words(folder: Path) -> None:
    file = run("ask", QUESTION, "--format", "json", cwd=folder)[1]
    quotes = [receipt.quote for receipt in parse_receipts(file)]
    file = run("ask", QUESTION, "--format", "markdown", cwd=folder)[1]
    assert markdown_quotes(file.decode("utf-8")) == quotes
    code, printed, _ = run(
        "ask", QUESTION, "--format", "docx", "--output", "answer.docx", cwd=folder
    )
    assert (code, printed) == (0, b"")
    assert docx_quotes((folder / "answer.docx").read_bytes()) == quotes
    file = run("ask", QUESTION, "--format", "annotations", cwd=folder)[1]
    items = json.loads(file)["first"]["items"]
    assert [item["target"]["selector"][0]["exact"] for item in items] == quotes


def test_a_refusal_is_written_and_exits_three(folder: Path) -> None:
    asked = ("ask", "How do I boil an egg?", "--format")
    code, written, _ = run(*asked, "markdown", cwd=folder)
    assert code == 3
    assert "The documents do not answer this." in written.decode("utf-8")
    code, written, _ = run(*asked, "json", "--output", "none.json", cwd=folder)
    assert (code, written) == (3, b"")
    code, _, errors = run("verify", "none.json", cwd=folder)
    assert code == 2
    assert "a refusal has no quotations" in errors


def test_a_file_is_never_overwritten(folder: Path) -> None:
    (folder / "mine.md").write_text("mine")
    code, _, errors = run(
        "ask", QUESTION, "--format", "markdown", "--output", "mine.md", cwd=folder
    )
    assert code == 2
    assert errors.startswith("rag: mine.md exists and is not overwritten; name another file")
    assert (folder / "mine.md").read_text() == "mine"


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        (["--format", "pdf"], 2, "no format 'pdf'; expected markdown, docx, annotations or json"),
        (["--output", "a.docx"], 2, "--output needs --format"),
        (["--json", "--format", "json"], 2, "--json and --format are both given"),
        (["--format", "json", "--output", "none/a.json"], 1, "none/a.json cannot be written"),
    ],
)
def test_what_cannot_work_is_told_in_a_line(
    folder: Path, options: list[str], code: int, message: str
) -> None:
    returned, printed, errors = run("ask", QUESTION, *options, cwd=folder)
    assert (returned, printed) == (code, b"")
    assert errors.startswith(f"rag: {message}")
    assert errors.count("\n") == 1


def test_a_word_file_is_not_poured_into_a_terminal(folder: Path) -> None:
    ours, theirs = pytest.importorskip("pty").openpty()
    try:
        code, _, errors = run("ask", QUESTION, "--format", "docx", cwd=folder, stdout=theirs)
    finally:
        os.close(theirs)
        os.close(ours)
    assert code == 2
    assert "docx cannot be shown on a terminal; add --output FILE" in errors


def test_a_document_sends_no_commands_to_the_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from exports.samples import answer, quote

    from rag.cli_export import write_export

    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    for to in ("markdown", "annotations", "json"):
        write_export(answer(quote("Tea\x1b[2J \u202ehelps\x9b")), to, None)
        shown = capsys.readouterr().out
        assert "helps" in shown
        assert not set(shown) & set("\x1b\x9b\u202e")
