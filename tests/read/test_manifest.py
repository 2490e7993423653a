"""The shared set of 300 real, broken and hostile files: what each must give."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from read.blocks import check_blocks

from rag.errors import ReadError
from rag.read import read
from rag.read.extraction import Extraction

DOCS = Path(__file__).parents[3] / "shared" / "docs"
MANIFEST = DOCS / "manifest.jsonl"
FORMATS = {"md", "txt", "html", "pdf", "docx", "csv", "archive", "binary", "xml"}
# Good files are read in this process; each of the others gets its own, under limits.
TRUSTED = {"good", "no_text", "encrypted"}
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
        if line["format"] in FORMATS
    ]


def folded(text: str, *, ignore_space: bool) -> str:
    """As the set's README says: soft hyphens out, white space as one space or none."""
    return ("" if ignore_space else " ").join(text.replace("\u00ad", "").split())


def read_here(file: str) -> dict[str, Any]:
    try:
        document = read(DOCS, file, max_bytes=50_000_000)
    except ReadError as error:
        return {"error": str(error)}
    if not document.reader.startswith("office"):
        ordered = Extraction(document.text, document.blocks)
        if document.reader.startswith(("markdown", "text")):
            check_blocks(ordered)
    return {
        "text": document.text,
        "blocks": [(block.start, block.end, block.page) for block in document.blocks],
        "reader": document.reader,
    }


def read_apart(file: str, seconds: int, megabytes: int) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, str(OWN_FILE), str(DOCS), file, str(megabytes), str(seconds)],
        capture_output=True,
        timeout=120,
        check=False,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
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
        text = result["text"]
        if phrase.get("page") and result["reader"].startswith("pdf"):
            blocks = result["blocks"]
            text = "\n".join(text[s:e] for s, e, page in blocks if page == phrase["page"])
        space = bool(phrase.get("ignore_space"))
        assert folded(phrase["text"], ignore_space=space) in folded(text, ignore_space=space)
    for phrase in check["not_contains"]:
        assert phrase not in result["text"]
