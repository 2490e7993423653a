"""PDF: words that nobody sees on the page are in no text; in doubt they are."""

from __future__ import annotations

import pytest
from read.blocks import read_bytes
from read.pdfs import pdf
from read.test_pdf import TextLine, make_pdf

SEEN = (72, 700, 10, "F1", "This sentence is on the page.")
NOTE = "page 1 of 1: words that do not show on the page are left out"
PICTURE = "q 400 0 0 60 60 490 cm BI /W 1 /H 1 /CS /G /BPC 8 ID \x00 EI Q"
BOX = "70 490 300 30 re f"


def drawn(operators: str, text: str = "Other words.", *, under: str = "") -> TextLine:
    """A line that these operators set, with what is drawn under it."""
    return 72, 500, 10, "F1", f") Tj ET {under} BT {operators} 1 0 0 1 72 500 Tm ({text}"


def text_of(*lines: TextLine) -> tuple[str, tuple[str, ...]]:
    extraction = read_bytes(make_pdf([list(lines)]), ".pdf")
    return extraction.text, extraction.notes


@pytest.mark.parametrize(
    "line",
    [
        (700, 500, 10, "F1", "Off the page."),
        (72, -40, 10, "F1", "Under the page."),
        (72, 500, 0.5, "F1", "Smaller than a point."),
        drawn("3 Tr"),
        drawn("1 g"),
        drawn("1 1 1 rg", under=f"1 g {BOX}"),
    ],
)
def test_words_that_do_not_show_are_left_out_with_a_note(line: TextLine) -> None:
    assert text_of(SEEN, line) == (SEEN[-1], (NOTE,))


def test_words_outside_of_the_cropped_page_are_left_out() -> None:
    data = pdf([["First line.", "Second line."]], extra="/CropBox[0 775 595 842]")
    assert read_bytes(data, ".pdf").text == "First line."


@pytest.mark.parametrize(
    "line",
    [
        drawn("1 g", under=f"0 0 1 rg {BOX}"),
        drawn("1 g", under="20 w 70 503 m 370 503 l S"),
        drawn("1 g", "Words over two cells.", under="0 g 70 490 25 30 re f 145 490 40 30 re f"),
        drawn("1 g", under=PICTURE),
        drawn("3 Tr", under=PICTURE),
        (560, 500, 10, "F1", "Words over the edge."),
    ],
)
def test_white_words_on_a_colour_and_the_words_of_a_picture_stay(line: TextLine) -> None:
    text, notes = text_of(SEEN, line)
    assert "ords" in text.removeprefix(SEEN[-1])
    assert NOTE not in notes


def test_words_that_are_not_drawn_stay_where_the_page_has_no_others() -> None:
    assert text_of(drawn("3 Tr"))[0] == "Other words."
