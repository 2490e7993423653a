"""Two independent readers on every good file: no word lost, none invented.

Ours against another of a different make (``second_readers``), by the multiset of
their words, so that order and layout do not matter. PDF is left out: the second
reader at hand stands on the same PDFium. DOC, PPT and MSG have no second one here.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from read.second_readers import SECOND

from rag.read import read

DOCS = Path(__file__).parents[3] / "shared" / "docs"
MANIFEST = DOCS / "manifest.jsonl"
_WORD = re.compile(r"\w+")

# The second reader is wrong, or knows less: how its words differ from ours, and why.
# "lost": ours lacks words that it has. "more": ours has words that it lacks.
KNOWN: dict[str, tuple[str, str]] = {
    "csv/markitdown-test-mskanji.csv": ("lost more", "it reads UTF-8 only"),
    "csv/unstructured-stanley-cups-utf-16.csv": ("lost more", "it reads UTF-8 only"),
    "txt/synthetic-mixed-bytes.txt": ("lost more", "it reads UTF-8 only"),
    "txt/tika-russian-cp866.txt": ("lost more", "it reads UTF-8 only"),
    "txt/tika-testTXT-win-1252.txt": ("lost more", "it reads UTF-8 only"),
    "txt/unstructured-fake-text-utf-16-le.txt": ("lost more", "it reads UTF-8 only"),
    "txt/unstructured-fake-text-utf-16.txt": ("lost more", "it reads UTF-8 only"),
    "txt/unstructured-fake-text-utf-32.txt": ("lost more", "it reads UTF-8 only"),
    "eml/unstructured-fake-email-utf-16.eml": ("lost more", "it reads no UTF-16"),
    "html/unstructured-example-steelJIS-datasheet-utf-16.html": ("lost more", "no UTF-16"),
    "html/tika-testArabicMisleadingCharset.html": ("lost more", "it guesses Western letters"),
    "html/docling-wiki-duck.html": ("lost", "it does not know `display: none`"),
    "html/markitdown-test-wikipedia.html": ("lost", "it does not know `display: none`"),
    "odt/tika-testODTEmbeddedImageLink.odt": ("more", "descriptions of pictures are meta"),
    "odt/tika-testODFwithOOo3.odt": ("more", "descriptions of pictures are meta"),
    "odp/docling-odf-presentation-01.odp": ("more", "words of the master slides are meta"),
    "odp/tika-testMasterFooter.odp": ("more", "words of the master slides are meta"),
    "pptx/docling-pptx-chart.pptx": ("more", "it does not read charts"),
    "pptx/markitdown-test.pptx": ("more", "it does not read charts"),
    "rtf/tika-testRTFJapanese.rtf": ("lost more", "it reads cp932 as Western"),
    "rtf/tika-testRTFWordPadCzechCharacters.rtf": ("lost more", "it reads cp1250 as Western"),
    "xlsx/docling-xlsx-01.xlsx": ("more", "it does not read shapes"),
    "xlsx/docling-xlsx-comments.xlsx": ("more", "it does not read comments"),
    "xlsx/tika-testComment.xlsx": ("more", "it does not read comments"),
    "xlsx/poi-noSharedStringTable.xlsx": ("lost", "it adds 00:00:00 to a date"),
    "xlsx/poi-table-sample.xlsx": ("lost more", "it writes 16.7 % as 0.16666666666666666"),
}


def entries() -> list[Any]:
    if not MANIFEST.exists():
        reason = f"the shared document set is not at {DOCS}"
        return [pytest.param("", "", marks=pytest.mark.skip(reason=reason))]
    lines = map(json.loads, MANIFEST.read_text("utf-8").splitlines())
    return [
        pytest.param(line["file"], line["format"], id=line["file"])
        for line in lines
        if line["kind"] == "good" and line["format"] in SECOND
    ]


def words(text: str) -> Counter[str]:
    return Counter(_WORD.findall(text.replace("\u00ad", "")))


def second_words(file: str, kind: str) -> Counter[str]:
    try:
        return words(SECOND[kind]((DOCS / file).read_bytes()))
    except UnicodeDecodeError:
        return Counter({"not UTF-8": 1})


@pytest.mark.slow
@pytest.mark.parametrize(("file", "kind"), entries())
def test_two_readers_find_the_same_words(file: str, kind: str) -> None:
    document = read(DOCS, file, max_bytes=50_000_000)
    ours, second = words(document.text), second_words(file, kind)
    if kind == "docx":  # headers and footers, which the second reader leaves out
        quotable = (document.text[b.start : b.end] for b in document.blocks if b.kind != "meta")
        ours = words("\n".join(quotable))
    differences = [
        name for name, found in (("lost", second - ours), ("more", ours - second)) if found
    ]
    expected, reason = KNOWN.get(file, ("", "no difference is known"))
    assert " ".join(differences) == expected, (reason, second - ours, ours - second)
