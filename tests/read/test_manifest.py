"""The shared set of 300 real, broken and hostile files: what each must give."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from read.blocks import check_blocks, pieces

from rag.errors import ReadError
from rag.read import read
from rag.read.extraction import Extraction

DOCS = Path(__file__).parents[3] / "shared" / "docs"
MANIFEST = DOCS / "manifest.jsonl"
# Good files are read in this process; each of the others gets its own, under limits.
TRUSTED = {"good", "no_text", "encrypted"}
TESTS = Path(__file__).parents[1]
OWN_FILE = Path(__file__).with_name("one_file.py")

# What is known to fail, and why. An entry that passes fails the suite, so that none outlives its
# reason.
KNOWN: dict[str, str] = {}


def entries() -> list[Any]:
    if not MANIFEST.exists():
        reason = f"the shared document set is not at {DOCS}"
        return [pytest.param(None, marks=pytest.mark.skip(reason=reason))]
    lines = map(json.loads, MANIFEST.read_text("utf-8").splitlines())
    return [
        pytest.param(
            line,
            id=line["file"],
            marks=[pytest.mark.xfail(strict=True, reason=KNOWN[line["file"]])]
            if line["file"] in KNOWN
            else [],
        )
        for line in lines
    ]


def folded(text: str, *, ignore_space: bool) -> str:
    """As the set's README says: soft hyphens out, white space as one space or none."""
    return ("" if ignore_space else " ").join(text.replace("\u00ad", "").split())


def read_here(file: str) -> dict[str, Any]:
    try:
        document = read(DOCS, file, max_bytes=50_000_000)
    except ReadError as error:
        return {"error": str(error)}
    if not document.reader.startswith(("pdf", "html")):
        check_blocks(Extraction(document.text, document.blocks))
    return {
        "text": document.text,
        "blocks": pieces(document.blocks),
        "reader": document.reader,
    }


def at_its_place(result: dict[str, Any], phrase: dict[str, Any]) -> str:
    """The part of the text that lies on the page, the slide or the sheet of a phrase."""
    text: str = result["text"]
    page = phrase.get("slide")
    if result["reader"].startswith("pdf"):
        page = phrase.get("page")
    if page:
        return "\n".join(text[s:e] for s, e, number, _ in result["blocks"] if number == page)
    if "sheet" not in phrase:
        return text
    sheet, words = "", []
    for start, end, _, kind in result["blocks"]:
        if kind == "heading":
            sheet = text[start:end]
        elif sheet == phrase["sheet"]:
            words.append(text[start:end])
    return "\n".join(words)


def read_apart(file: str, seconds: int, megabytes: int) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, str(OWN_FILE), str(DOCS), file, str(megabytes), str(seconds)],
        capture_output=True,
        timeout=120,
        check=False,
        env={**os.environ, "PYTHONPATH": f"{TESTS.parent}{os.pathsep}{TESTS}"},
    )
    assert done.returncode == 0, done.stderr.decode()[-500:]
    result: dict[str, Any] = json.loads(done.stdout)
    assert result["megabytes"] < megabytes
    return result


@pytest.mark.parametrize("entry", entries())
def test_every_file_gives_what_the_manifest_demands(entry: dict[str, Any]) -> None:
    file, check = entry["file"], entry["check"]
    if entry["kind"] in TRUSTED:
        result = read_here(file)
    else:
        result = read_apart(file, check["max_seconds"], check["max_mb"])
    outcome = check["outcome"]
    if "error" in result:
        assert result["error"].startswith(f"{file}: ")
        assert "\n" not in result["error"]
        assert outcome != "text", result["error"]
        if entry["kind"] == "encrypted" and outcome == "error" and "bad" not in file:
            assert "encrypted" in result["error"]
        return
    assert outcome in ("text", "text_or_error", "any"), result["text"][:200]
    for phrase in check["contains"]:
        text = at_its_place(result, phrase)
        space = bool(phrase.get("ignore_space"))
        assert folded(phrase["text"], ignore_space=space) in folded(text, ignore_space=space)
    for phrase in check["not_contains"]:
        assert phrase not in result["text"]
