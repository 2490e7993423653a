"""A quote's page as it looks on paper: only of the file that was indexed, and never a crash."""

from __future__ import annotations

import html
import io
import re
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from conftest import shared
from PIL import Image
from read.pdfs import pdf

from rag.document import Document
from rag.errors import ReadError
from rag.facsimile import is_paged, page_of
from rag.read import read
from rag.read.pdf_page import WIDTH
from rag.types import Quote
from rag.ui.library import Library
from rag.ui.quotes import place_of
from rag.ui.source import source_panel

PAGES = [
    ["The keeper earned four pounds a month.", "He lit the lamp at dusk."],
    ["The wall was built in 1874, and the"],
    ["harbour was dredged every spring.", "Nobody knows by whom."],
]


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    (tmp_path / "harbour.pdf").write_bytes(pdf(PAGES))
    return tmp_path


@pytest.fixture
def document(corpus: Path) -> Document:
    return read(corpus, "harbour.pdf", max_bytes=1_000_000)


def quote_of(document: Document, words: str) -> Quote:
    start = document.text.index(words.split()[0])
    pattern = r"\s+".join(map(re.escape, words.split()))
    match = re.compile(pattern).search(document.text, start)
    assert match
    return Quote(document, *match.span(), 1.0)


def panel(document: Document, corpus: Path, quote: Quote, **sent: Any) -> str:
    """What the source panel shows for a click on the quote's citation."""
    library = SimpleNamespace(
        settings=SimpleNamespace(corpus=str(corpus)), document=lambda path: document
    )
    shown = source_panel(cast("Library", library), {"place": place_of(quote), **sent})
    return html.unescape(shown)


def test_a_page_is_drawn_with_the_words_marked(document: Document, corpus: Path) -> None:
    quote = quote_of(document, "He lit the lamp at dusk.")
    drawn = page_of(document, 1, quote.start, quote.end, corpus)
    picture = Image.open(io.BytesIO(drawn.picture))
    assert picture.format == "WEBP"
    assert picture.size == (drawn.width, drawn.height)
    assert drawn.width == WIDTH
    assert drawn.pages == 3
    (mark,) = drawn.marks
    assert document.text[mark.start : mark.end] == quote.text
    sides = mark.left * drawn.width, mark.top * drawn.height
    inside = picture.convert("L").crop(
        (*map(int, sides), int(mark.right * drawn.width), int(mark.bottom * drawn.height))
    )
    assert inside.getextrema()[0] < 64  # type: ignore[operator]


def test_a_quote_over_a_page_break_is_marked_on_both_pages(
    document: Document, corpus: Path
) -> None:
    quote = quote_of(document, "The wall was built in 1874, and the harbour was dredged")
    assert document.place(quote.start, quote.end).pages == (2, 3)
    words = []
    for number in (1, 2, 3):
        drawn = page_of(document, number, quote.start, quote.end, corpus)
        words.append([document.text[mark.start : mark.end] for mark in drawn.marks])
    assert words == [[], ["The wall was built in 1874, and the"], ["harbour was dredged"]]


def test_a_changed_file_is_not_shown(document: Document, corpus: Path) -> None:
    (corpus / "harbour.pdf").write_bytes(pdf([[*PAGES[0], "And five in winter."], *PAGES[1:]]))
    with pytest.raises(ReadError, match="changed since it was indexed"):
        page_of(document, 1, 0, 38, corpus)


def test_a_file_that_changes_after_it_was_shown_is_not_shown_again(
    document: Document, corpus: Path
) -> None:
    page_of(document, 1, 0, 38, corpus)
    (corpus / "harbour.pdf").write_bytes(b"%PDF-1.4 other")
    with pytest.raises(ReadError, match="changed since it was indexed"):
        page_of(document, 1, 0, 38, corpus)


def test_a_file_that_is_gone_or_leads_out_is_not_shown(
    document: Document, corpus: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("outside") / "harbour.pdf"
    (corpus / "harbour.pdf").rename(outside)
    with pytest.raises(ReadError, match="no longer in the corpus"):
        page_of(document, 1, 0, 38, corpus)
    (corpus / "harbour.pdf").symlink_to(outside)
    with pytest.raises(ReadError, match="no longer in the corpus"):
        page_of(document, 1, 0, 38, corpus)
    with pytest.raises(ReadError, match="no longer in the corpus"):
        page_of(document, 1, 0, 38, corpus / "not there")


@pytest.mark.parametrize("number", [0, -1, 4, 10**9, 10**30])
def test_a_page_that_does_not_exist_is_an_error(
    document: Document, corpus: Path, number: int
) -> None:
    with pytest.raises(ReadError, match=r"no page|cannot be drawn"):
        page_of(document, number, 0, 38, corpus)


@pytest.mark.parametrize("size", ["14400 40", "40 14400", "14400 14400", "3 3", "0 0"])
def test_a_picture_is_bounded_whatever_the_size_of_the_page(corpus: Path, size: str) -> None:
    width, height = map(int, size.split())
    box = f"/MediaBox[71 778 {71 + width} {778 + height}]"  # the word is at 72, 780
    data = pdf([["Wide"]]).replace(b"/MediaBox[0 0 595 842]", box.encode())
    (corpus / "wide.pdf").write_bytes(data)
    document = read(corpus, "wide.pdf", max_bytes=1_000_000)
    drawn = page_of(document, 1, 0, 4, corpus)
    assert drawn.width <= WIDTH
    assert drawn.width * drawn.height <= 4_100_000
    assert len(drawn.picture) < 5_000_000


def test_a_quote_on_the_last_of_a_thousand_pages_is_quick(tmp_path: Path) -> None:
    (tmp_path / "long.pdf").write_bytes(
        pdf([[f"Line {line} of page {page} stands here." for line in range(40)]
             for page in range(1000)])
    )  # fmt: skip
    document = read(tmp_path, "long.pdf", max_bytes=100_000_000)
    quote = quote_of(document, "Line 7 of page 999 stands here.")
    assert quote.page == 1000
    started = time.perf_counter()
    shown = panel(document, tmp_path, quote)
    seconds = time.perf_counter() - started
    assert "Page 1,000 of 1,000" in shown
    assert shown.count("<mark") == 1
    assert seconds < 10  # 0.4 s on a machine at rest


def test_the_panel_shows_the_page_and_one_press_away_the_text(
    document: Document, corpus: Path
) -> None:
    quote = quote_of(document, "He lit the lamp at dusk.")
    page, text = panel(document, corpus, quote), panel(document, corpus, quote, view="text")
    assert "<img" in page
    assert 'alt="Page 1 of harbour.pdf"' in page
    assert 'data-view="text"' in page
    assert "<img" not in text
    assert "<mark>He lit the lamp at dusk.</mark>" in text
    assert 'data-view="page"' in text


def test_the_panel_says_why_there_is_no_picture(document: Document, corpus: Path) -> None:
    (corpus / "harbour.pdf").unlink()
    quote = quote_of(document, "He lit the lamp at dusk.")
    for view in ("", "page"):
        shown = panel(document, corpus, quote, view=view)
        assert "no longer in the corpus" in shown
        assert "<mark>He lit the lamp at dusk.</mark>" in shown


def test_words_that_cannot_be_marked_are_shown_in_the_text(
    document: Document, corpus: Path
) -> None:
    """As for OCR, or another version of the reader: the page's own lines are others."""
    text = document.text.replace("He lit", "He lıt")
    other = Document(
        document.path, "T", text, document.blocks, document.file_sha256, document.reader
    )
    quote = quote_of(other, "He lıt the lamp at dusk.")
    shown = panel(other, corpus, quote)
    assert "could not be marked" in shown
    assert "<img" not in shown
    assert "<mark>He lıt the lamp at dusk.</mark>" in shown
    asked = panel(other, corpus, quote, view="page")
    assert "could not be marked" in asked
    assert "<img" in asked
    assert "<mark" not in asked


@pytest.mark.parametrize(
    "sent",
    [
        {"page": -3},
        {"page": 99},
        {"page": 10**40},
        {"view": "<script>"},
        {"view": ["page"]},
        {"page": "2", "view": "page"},
        {"first": -(10**9), "last": 10**9, "view": "text"},
    ],
)
def test_the_panel_takes_whatever_a_browser_sends(
    document: Document, corpus: Path, sent: dict[str, Any]
) -> None:
    shown = panel(document, corpus, quote_of(document, "He lit the lamp at dusk."), **sent)
    assert 'class="source-title"' in shown
    assert 'data-view="<' not in shown
    assert "cannot be shown</h2>" not in shown


def test_other_formats_have_no_picture(corpus: Path) -> None:
    (corpus / "note.md").write_text("The lamp burned whale oil.")
    document = read(corpus, "note.md", max_bytes=1_000)
    assert not is_paged(document)
    shown = panel(document, corpus, quote_of(document, "The lamp burned whale oil."))
    assert "data-view" not in shown
    assert "<mark>" in shown


def test_every_drawable_file_of_the_collection_is_drawn_or_refused() -> None:
    folder = shared("docs") / "pdf"
    drawn = refused = 0
    for path in sorted(folder.glob("*.pdf"))[::6]:
        try:
            document = read(folder, path.name, max_bytes=2_000_000)
        except ReadError:
            continue
        block = document.blocks[0]
        try:
            assert page_of(document, block.page or 1, block.start, block.end, folder).picture
            drawn += 1
        except ReadError:
            refused += 1
    assert drawn > 10
    assert refused <= 1
