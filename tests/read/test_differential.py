"""Two independent readers on every good file: no word lost, none invented.

Ours against another of a different make (``second_readers``), by the multiset of
their words, so that order and layout do not matter. Of a PDF letters are compared:
where one word ends and the next begins is not in the file, and each reader guesses.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from read.second_readers import SECOND

from rag.errors import ReadError
from rag.read import read

DOCS = Path(__file__).parents[3] / "shared" / "docs"
MANIFEST = DOCS / "manifest.jsonl"
_WORD = re.compile(r"\w+")

# The second reader is wrong, or knows less: how its words differ from ours, and why.
# "lost": ours lacks words that it has. "more": ours has words that it lacks.
KNOWN: dict[str, tuple[str, str]] = {
    "doc/poi-Word95.doc": ("refused", "Word 95 keeps its text in another way"),
    "docx/unstructured-tables-with-incomplete-rows.docx": ("more", "cells merged down, said once"),
    "epub/unstructured-winter-sports.epub": ("more", "cells that reach down, said once"),
    "msg/docling-msg-with-attachment.msg": ("more", "it leaves out labels, dates and senders"),
    "msg/markitdown-test-outlook-msg.msg": ("more", "it leaves out labels, dates and senders"),
    "msg/poi-simple-test-msg.msg": ("more", "it leaves out labels, dates and senders"),
    "msg/tika-testMSG-forwarded.msg": ("more", "it leaves out labels, dates and senders"),
    "pdf/openpreserve-455746.pdf": ("more", "it fails"),
    "pdf/pdfjs-french-diacritics.pdf": ("lost more", "it does not know the font's glyphs"),
    "pdf/pdfjs-standard-fonts.pdf": ("lost more", "it reads Symbol as Latin"),
    "pdf/pdfplumber-federal-register-2020-17221.pdf": ("lost", "it reads white words on white"),
    "pdf/pdfbox-AcroFormsBasicFields.pdf": ("more", "it does not read forms"),
    "pdf/tika-testAnnotations.pdf": ("more", "it does not read text boxes over a page"),
    "pdf/samplefiles-GeoTopo-komprimiert.pdf": ("lost more", "it reads Greek of TeX as Latin"),
    "pdf/samplefiles-habibi.pdf": ("more", "it leaves out what ActualText stands for"),
    "pdf/unstructured-fake-bold-sample.pdf": ("lost", "it doubles letters printed twice"),
    "ppt/docling-legacy-sample.ppt": ("lost", "the masters' hints: 'Click to edit'"),
    "ppt/poi-headers-footers-2007.ppt": ("lost", "the masters' hints; footers"),
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
    "html/markitdown-test-wikipedia.html": ("lost more", "the same, and ft² as ft2"),
    "html/docling-formatting.html": ("lost more", "it keeps struck words; x² as x2"),
    "html/markitdown-test-blog.html": ("lost more", "it runs the links of a menu together"),
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


def letters(text: str) -> Counter[str]:
    """Letters and digits, ligatures taken apart."""
    return Counter(filter(str.isalnum, unicodedata.normalize("NFKC", text)))


def second_text(file: str, kind: str) -> str:
    try:
        return SECOND[kind]((DOCS / file).read_bytes())
    except (UnicodeDecodeError, TypeError) as error:
        return type(error).__name__


def differences(file: str, kind: str) -> str:
    try:
        document = read(DOCS, file, max_bytes=50_000_000)
    except ReadError:
        return "refused"
    text = document.text
    if kind == "docx":  # headers and footers, which the second reader leaves out
        text = "\n".join(text[b.start : b.end] for b in document.blocks if b.kind != "meta")
    count = letters if kind == "pdf" else words
    ours, second = count(text), count(second_text(file, kind))
    return " ".join(name for name, d in (("lost", second - ours), ("more", ours - second)) if d)


@pytest.mark.slow
@pytest.mark.parametrize(("file", "kind"), entries())
def test_two_readers_find_the_same_words(file: str, kind: str) -> None:
    expected, reason = KNOWN.get(file, ("", "no difference is known"))
    assert differences(file, kind) == expected, reason


def test_no_explanation_outlives_its_file() -> None:
    assert not MANIFEST.exists() or set(KNOWN) <= {entry.values[0] for entry in entries()}
