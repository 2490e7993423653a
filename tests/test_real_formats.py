"""Random documents in real formats: whatever is shown says the same words at the same place.

A sentence is put at a known place in a file; the file is indexed; a question finds the sentence.
Then the quote, its citation, its receipt, the source panel's mark, the marks on a PDF's page
and every export must say those words and that place.
"""

from __future__ import annotations

import io
import json
import re
import shutil
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from html import unescape
from pathlib import Path

import pytest
from conftest import Library
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree
from read.made import FORMATS, Place, Section
from test_peers import marked

import rag
from rag.engine import Engine
from rag.facsimile import page_of
from rag.types import Answer, Quote

# What breaks offsets, markup and encodings; all in Windows-1252, which every format can hold.
PIECES = (
    "<b>bold</b>", "AT&T", "5 < 6 > 4", "R&D", "café", "naïve", "Straße", "50 %", "“quoted”",
    "it’s", "a–b", "&amp;", "{curly}", "back\\slash", "(round)", "#1", "*stars*", "_under_",
    "`tick`", "$5", "x=1", "½", "mid·dot", "[link](url)", "™", "€9", "100,000.50",
)  # fmt: skip
# Only where a format can say them.
WIDE = ("İstanbul", "北京", "👍🏽", "ﬁn", "e\u0301té", "שלום", "Ω≈ç")
NAMES = "amber birch cedar delta ember fjord grove heath islet kelp larch maple north olive".split()


@st.composite
def documents(draw: st.DrawFn) -> list[Section]:
    """Sections whose every sentence has a word of its own, which a question can ask for."""
    sections = []
    number = 0
    for name in draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=4, unique=True)):
        sentences = []
        for _ in range(draw(st.integers(1, 3))):
            number += 1
            pieces = draw(st.lists(st.sampled_from(PIECES + WIDE), min_size=1, max_size=4))
            sentences.append(f"The key of {name} zq{number}x is {' '.join(pieces)} indeed.")
        sections.append(Section(f"Chapter {name}", tuple(sentences)))
    return sections


def for_format(suffix: str, sections: Sequence[Section]) -> list[Section]:
    """The sections in letters that the format, as we make it, can hold."""
    if suffix != ".pdf":
        return list(sections)
    return [
        Section(
            s.heading, tuple(t.encode("cp1252", "ignore").decode("cp1252") for t in s.sentences)
        )
        for s in sections
    ]


def single_spaced(text: str) -> str:
    return " ".join(text.split())


def check_place(quote: Quote, place: Place, suffix: str) -> None:
    """The quote's place and its citation name where the sentence was put."""
    assert quote.page == place.page
    assert quote.rows == (() if place.row is None else (place.row,))
    if place.section and quote.document.title != place.section:
        assert quote.section == place.section
    if place.page is not None:
        slides = suffix in (".pptx", ".odp")
        assert f"{'slide' if slides else 'p.'} {place.page}" in quote.citation
    if place.row is not None:
        assert f"row {place.row}" in quote.citation


def check_receipts(quotes: Sequence[Quote], corpus: Path) -> None:
    """Receipts say the same, survive being saved, and are proved by the file alone."""
    saved = []
    for quote in quotes:
        receipt = quote.receipt()
        assert (receipt.quote, receipt.start, receipt.end) == (quote.text, quote.start, quote.end)
        place = quote.document.place(quote.start, quote.end)
        assert (receipt.pages, receipt.rows, receipt.section) == place
        saved += rag.parse_receipts(receipt.to_json())
        assert saved[-1] == receipt
    verdicts = rag.verify(saved, corpus)
    assert {(verdict.outcome, verdict.same_file) for verdict in verdicts} == {("exact", True)}


def check_page_marks(quote: Quote, corpus: Path) -> None:
    """The marks on a PDF's page lie over the quote's words, all of them, on that page."""
    assert quote.page is not None
    drawn = page_of(quote.document, quote.page, quote.start, quote.end, corpus)
    said = " ".join(quote.document.text[mark.start : mark.end] for mark in drawn.marks)
    assert "".join(said.split()) == "".join(quote.text.split())
    assert all(0 <= mark.left < mark.right <= 1 for mark in drawn.marks)
    assert all(0 <= mark.top < mark.bottom <= 1 for mark in drawn.marks)


def check_exports(answer: Answer) -> None:
    """Every export holds every quote's words and citation, as a program of its kind reads them."""
    annotations = json.loads(rag.export(answer, "annotations"))["first"]["items"]
    selectors = json.dumps(annotations, ensure_ascii=False)
    record = rag.export(answer, "json").decode("utf-8")
    receipts = rag.parse_receipts(record)
    assert [receipt.quote for receipt in receipts] == [quote.text for quote in answer.quotes]
    assert [receipt.start for receipt in receipts] == [quote.start for quote in answer.quotes]
    with zipfile.ZipFile(io.BytesIO(rag.export(answer, "docx"))) as package:
        written, footnotes = (
            "".join(etree.fromstring(package.read(f"word/{part}.xml")).itertext())
            for part in ("document", "footnotes")
        )
    page = rendered(rag.export(answer, "markdown").decode("utf-8"))
    for quote in answer.quotes:
        assert json.dumps(quote.text, ensure_ascii=False)[1:-1] in selectors
        assert f'"start": {quote.start}, "end": {quote.end}' in selectors
        assert "".join(quote.text.split()) in "".join(written.split())
        assert "".join(quote.citation.split()) in "".join(footnotes.split())
        assert "".join(quote.text.split()) in "".join(page.split())


def rendered(source: str) -> str:
    """What a reader of the Markdown sees, without the notes at its end."""
    from markdown_it import MarkdownIt

    return unescape(re.sub(r"<[^>]+>", "", MarkdownIt("commonmark").render(source)))


class _Shelf:
    """One folder for the examples of a property, emptied between them."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp())

    def library(self) -> Library:
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir()
        return Library(self.folder)


@pytest.fixture(scope="module")
def shelf() -> Iterator[_Shelf]:
    made = _Shelf()
    yield made
    shutil.rmtree(made.folder, ignore_errors=True)


def quote_of(engine: Engine, sentence: str) -> tuple[Answer, Quote]:
    key = re.search(r"zq\d+x", sentence)
    assert key is not None
    answer = engine.query(f"What is the key of {key.group()}?")
    (quote,) = [quote for quote in answer.quotes if key.group() in quote.text]
    return answer, quote


def check(suffix: str, shelf: _Shelf, sections: Sequence[Section]) -> None:
    """Make a file of the sections, index it, and look at all that is shown of it."""
    sections = for_format(suffix, sections)
    make, placed = FORMATS[suffix]
    library = shelf.library()
    (library.corpus / f"made{suffix}").write_bytes(make(sections))
    assert library.build().skipped == ()
    engine = library.open()
    expected = placed(sections)
    found = []
    for sentence, place in expected[:: max(1, len(expected) // 3)]:
        answer, quote = quote_of(engine, sentence)
        found.append(quote)
        assert single_spaced(sentence) in single_spaced(quote.text)
        assert quote.text == engine.document(f"made{suffix}").text[quote.start : quote.end]
        if quote.text.count("indeed.") == 1:  # a quote that took in its neighbours has more places
            check_place(quote, place, suffix)
        assert marked(engine, quote) == quote.text
    check_receipts(found, library.corpus)
    check_exports(answer)
    if suffix == ".pdf":
        check_page_marks(quote, library.corpus)
    engine.close()


QUICK = settings(
    max_examples=3,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.mark.parametrize("suffix", FORMATS)
@QUICK
@given(sections=documents())
def test_everything_shown_says_the_same_words_and_place(
    suffix: str, shelf: _Shelf, sections: list[Section]
) -> None:
    check(suffix, shelf, sections)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("suffix", FORMATS)
@settings(QUICK, max_examples=30)
@given(sections=documents())
def test_it_does_so_in_many_documents(suffix: str, shelf: _Shelf, sections: list[Section]) -> None:
    check(suffix, shelf, sections)
