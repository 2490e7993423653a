"""Marks on a PDF's page: over the wanted words and nothing else, or none."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unicodedata import normalize

import numpy as np
import pytest
from conftest import shared
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdfium2 import PdfDocument, PdfiumError, PdfPage
from read.pdfs import Field, form, pdf
from read.test_pdf import TextLine, column, make_pdf

from rag.document import Document
from rag.errors import ReadError
from rag.facsimile import stored_lines
from rag.read import read
from rag.read.pdf_fields import open_page
from rag.read.pdf_marks import Mark, StoredLine, find_marks

LINES = ["The office waits for the file, and", "waits again: the office is first-", "rate at that."]


@contextmanager
def opened(data: bytes, number: int = 1) -> Iterator[PdfPage]:
    document = PdfDocument(data)
    try:
        yield document[number - 1]
    finally:
        document.close()


def stored(lines: list[str]) -> list[StoredLine]:
    """Lines as they stand in a text, one below the other."""
    starts = [sum(len(line) + 1 for line in lines[:number]) for number in range(len(lines))]
    return [StoredLine(start, line) for start, line in zip(starts, lines, strict=True)]


def marked(page: PdfPage, marks: list[Mark]) -> str:
    """The characters of pdfium whose middles lie under the marks, without white space.

    Asked another way than the marks were made: from the picture back to the page.
    """
    text_page = page.get_textpage()
    try:
        left, bottom, right, top = page.get_bbox()
        turn = page.get_rotation() // 90
        found = []
        for index in range(text_page.count_chars()):
            box = text_page.get_charbox(index)
            x = ((box[0] + box[2]) / 2 - left) / (right - left)
            y = ((box[1] + box[3]) / 2 - bottom) / (top - bottom)
            across, down = [(x, 1 - y), (y, x), (1 - x, y), (1 - y, 1 - x)][turn]
            if box[0] < box[2] and box[1] < box[3]:
                for mark in marks:
                    if mark.left <= across <= mark.right and mark.top <= down <= mark.bottom:
                        found.append(text_page.get_text_range(index, 1))
                        break
        return squeezed("".join(found))
    finally:
        text_page.close()


def squeezed(text: str) -> str:
    """The text without what differs between a page's characters and its lines."""
    for dash in "\x02\ufffe":
        text = text.replace(dash, "-")
    return "".join(normalize("NFKC", text.replace("\ufffd", "")).split())


def turned(words: str, matrix: str) -> TextLine:
    """A line set with this matrix: an empty string at the usual place, and the words at theirs."""
    return 72, 700, 14, "F1", f") Tj {matrix} Tm ({words}"


def ink(page: PdfPage) -> np.ndarray:
    """The page as it is shown, True where it is dark."""
    bitmap = page.render(scale=2, grayscale=True)
    try:
        return bitmap.to_numpy().reshape(bitmap.height, bitmap.width) < 128
    finally:
        bitmap.close()


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
@pytest.mark.parametrize("crop", ["", "/CropBox[60 600 400 820]"])
def test_the_mark_lies_on_the_ink_however_the_page_is_turned(turn: int, crop: str) -> None:
    with opened(pdf([["Nothing else on this page"]], extra=f"/Rotate {turn}{crop}")) as page:
        (mark,) = find_marks(page, stored(["Nothing else on this page"]), 0, 25)
        dark = ink(page)
        height, width = dark.shape
        rows, columns = np.nonzero(dark)
        assert mark.left * width - 2 <= columns.min() <= columns.max() <= mark.right * width + 2
        assert mark.top * height - 2 <= rows.min() <= rows.max() <= mark.bottom * height + 2
        sides = (mark.right - mark.left) * width, (mark.bottom - mark.top) * height
        assert min(sides) < 50 < 200 < max(sides)


@pytest.mark.parametrize("matrix", ["0 1 -1 0 300 300", "0 -1 1 0 300 500", "-1 0 0 -1 400 300"])
def test_turned_writing_is_marked(matrix: str) -> None:
    with opened(make_pdf([[turned("SPOT", matrix)]])) as page:
        (mark,) = find_marks(page, stored(["SPOT"]), 0, 4)
        assert marked(page, [mark]) == "SPOT"


def test_slanted_writing_is_hugged_not_boxed() -> None:
    slanted = turned("slanted words", "0.7 0.7 -0.7 0.7 100 300")
    with opened(make_pdf([[slanted, (150, 310, 8, "F1", "below")]])) as page:
        lines = stored(["slanted words", "below"])
        marks = find_marks(page, lines, 0, 13)
        assert len(marks) > 3
        assert marked(page, marks) == "slantedwords"


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_range_is_marked_and_read_off_again(data: st.DataObject) -> None:
    lines = stored(LINES)
    text = "\n".join(LINES)
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    with opened(pdf([LINES])) as page:
        marks = find_marks(page, lines, start, end)
        assert marked(page, marks) == squeezed(text[start:end])
        words = "".join(text[mark.start : mark.end] for mark in marks)
        assert squeezed(words) == squeezed(text[start:end])


def test_columns_read_apart_and_heads_moved_keep_their_places() -> None:
    """The text has the right column first and the running head last; "same" stands in both."""
    page = [
        (72, 760, 10, "F1", "A running head"),
        *column("left one", "same", "left two"),
        *column("right one", "same", "right two", x=330),
    ]
    lines = stored(
        ["right one", "same", "right two", "left one", "same", "left two", "A running head"]
    )
    with opened(make_pdf([page])) as opened_page:
        left = find_marks(opened_page, lines, lines[4].start, lines[4].start + 4)
        right = find_marks(opened_page, lines, lines[1].start, lines[1].start + 4)
        assert left[0].left == pytest.approx(72 / 612, abs=0.01)
        assert right[0].left == pytest.approx(330 / 612, abs=0.01)


def test_a_page_that_reads_differently_gets_no_mark() -> None:
    with opened(pdf([LINES])) as page:
        assert find_marks(page, stored([*LINES[:2], "rate at thus."]), 0, 200) == []
        assert find_marks(page, stored([*LINES, LINES[0]]), 0, 34) == []
        assert find_marks(page, [], 0, 34) == []


def test_words_printed_over_other_words_get_no_mark() -> None:
    page = [(72, 700, 10, "F1", "rose by 5 percent"), (72, 700, 10, "F1", "fell by 6 persons")]
    with opened(make_pdf([page])) as opened_page:
        lines = stored(["rose by 5 percent", "fell by 6 persons"])
        assert find_marks(opened_page, lines, 0, 17) == []


def test_words_that_were_cropped_off_get_no_mark() -> None:
    with opened(pdf([LINES], extra="/CropBox[0 0 595 500]")) as page:
        assert find_marks(page, stored(LINES), 0, 34) == []


def pdfs() -> list[Path]:
    # The two with a thousand pages, and the bombs, are tests of their own.
    return [
        path
        for path in sorted((shared("docs") / "pdf").glob("*.pdf"))
        if path.stat().st_size < 600_000 and "bomb" not in path.name
    ]


def test_random_ranges_of_many_pdfs_are_marked_exactly_or_not_at_all() -> None:
    chance = random.Random(3)
    ranges, unmarked, wrong = 0, [], []
    for path in pdfs():
        try:
            document = read(path.parent, path.name, max_bytes=10_000_000)
        except ReadError:
            continue
        if not document.reader.startswith("pdf "):
            continue
        for number, page, fields in pages(path):
            lines = stored_lines(document, number)
            for start, end in chosen(document, lines, chance):
                ranges += 1
                marks = find_marks(page, lines, start, end, fields)
                if not marks:
                    unmarked.append((path.name, number, document.text[start:end]))
                    continue
                quote = on_page(document, lines, start, end)
                if sorted(marked(page, marks)) != sorted(quote):
                    wrong.append((path.name, number, quote, marked(page, marks)))
    assert ranges > 300
    assert wrong == []
    assert len(unmarked) <= 0.02 * ranges, unmarked


def test_a_forms_value_is_marked_where_it_stands() -> None:
    document = PdfDocument(
        form([(72, 700, "Name:"), (72, 670, "Town:")], [Field("Bonn", 150, 670)])
    )
    page, fields = open_page(document, 0)
    try:
        (mark,) = find_marks(page, stored(["Name:", "Town:", "Bonn"]), 12, 16, fields)
        assert marked(page, [mark]) == "Bonn"
        assert (mark.left, mark.top) == pytest.approx((152 / 595, 1 - 681 / 842), abs=0.01)
    finally:
        document.close()


def pages(path: Path) -> Iterator[tuple[int, PdfPage, bool]]:
    """A few pages of a file."""
    document = PdfDocument(path.read_bytes())
    try:
        for number in range(1, len(document) + 1, max(1, len(document) // 3)):
            try:
                yield number, *open_page(document, number - 1)
            except PdfiumError:
                continue
    finally:
        document.close()


def chosen(
    document: Document, lines: tuple[StoredLine, ...], chance: random.Random
) -> Iterator[tuple[int, int]]:
    """Ranges from a word's start to another's end, over a few lines at most."""
    for line in chance.sample(lines, min(4, len(lines))):
        end = min(len(document.text), line.start + chance.randrange(5, 250))
        end = document.text.find(" ", end)
        yield line.start, end if end > line.start else line.start + len(line.text)


def on_page(document: Document, lines: tuple[StoredLine, ...], start: int, end: int) -> str:
    """What of the range stands on the page of these lines."""
    parts = [
        document.text[max(start, line.start) : min(end, line.start + len(line.text))]
        for line in lines
        if line.start < end and line.start + len(line.text) > start
    ]
    return squeezed("".join(parts))
