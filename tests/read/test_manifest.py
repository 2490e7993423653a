"""The shared set of 300 real, broken and hostile files: what each must give."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from read.blocks import check_blocks, pieces

from rag import Settings
from rag.errors import LimitError, ReadError
from rag.read.extraction import Extraction
from rag.read.worker import Workers, open_workers

DOCS = Path(__file__).parents[3] / "shared" / "docs"
MANIFEST = DOCS / "manifest.jsonl"
# Address space, which is more than memory; the least that any entry allows.
SETTINGS = Settings(read_memory_bytes=500_000_000)
# These share a process; each of the others gets its own, whose processor time is measured: other
# work on the machine must not fail the test.
TRUSTED = {"good", "no_text", "encrypted"}

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


@pytest.fixture(scope="module")
def shared_workers() -> Iterator[Workers]:
    with open_workers(SETTINGS) as workers:
        yield workers


def read_by(workers: Workers, file: str) -> dict[str, Any]:
    try:
        document = workers.read(DOCS, file)
    except ReadError as error:
        return {"error": str(error), "limit": isinstance(error, LimitError)}
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


def read_apart(file: str, seconds: int) -> dict[str, Any]:
    before = os.times()
    with open_workers(SETTINGS) as workers:
        result = read_by(workers, file)
    after = os.times()  # of the children that have ended
    used = after.children_user + after.children_system
    assert used - before.children_user - before.children_system < seconds
    return result


@pytest.mark.parametrize("entry", entries())
def test_every_file_gives_what_the_manifest_demands(
    entry: dict[str, Any], shared_workers: Workers
) -> None:
    file, check = entry["file"], entry["check"]
    if entry["kind"] in TRUSTED:
        result = read_by(shared_workers, file)
    else:
        result = read_apart(file, check["max_seconds"])
    outcome = check["outcome"]
    if "error" in result:
        assert "\n" not in result["error"]
        assert not (result["limit"] and entry["kind"] in TRUSTED), result["error"]
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
