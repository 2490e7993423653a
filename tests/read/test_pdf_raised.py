"""PDF: a raised number is read as one, and never as more digits of what it stands beside."""

from __future__ import annotations

import pytest
from pypdfium2 import PdfDocument
from read.blocks import read_bytes
from read.test_pdf import TextLine, make_pdf
from read.test_pdf_marks import marked, squeezed, stored

from rag.read.pdf_marks import find_marks


def line(*parts: tuple[str, float, float], y: float = 700) -> list[TextLine]:
    """Parts of a line that follow each other: the text, its size and how far it is raised."""
    found: list[TextLine] = []
    x = 72.0
    for text, size, rise in parts:
        found.append((x, y + rise, size, "F1", text))
        x += sum(WIDTHS.get(letter, 0.556) for letter in text) * size
    return found


# Helvetica's, of what is not as wide as a digit.
WIDTHS = {" ": 0.278, "k": 0.5, "m": 0.833, "M": 0.833, "s": 0.5, "i": 0.222, "t": 0.278,
          "f": 0.278, ".": 0.278, "x": 0.5, "-": 0.333, "+": 0.584, ",": 0.278, "r": 0.333,
          "c": 0.5, "/": 0.278, "(": 0.333, ")": 0.333}  # fmt: skip


@pytest.mark.parametrize(
    ("parts", "text"),
    [
        ([("10", 11, 0), ("6", 7, 4), (" kg", 11, 0)], "10⁶ kg"),
        ([("10", 11, 0), ("-3", 7, 4), (" m", 11, 0)], "10⁻³ m"),
        ([("5 m", 11, 0), ("2", 7, 4), (" in all", 11, 0)], "5 m² in all"),
        ([("the fee.", 11, 0), ("12", 7, 4), (" It is", 11, 0)], "the fee.¹² It is"),
        ([("the fee", 11, 0), ("1,2", 7, 4), (" is", 11, 0)], "the fee¹,² is"),
        ([("CO", 11, 0), ("2", 7, -2), (" in air", 11, 0)], "CO2 in air"),
        ([("3", 11, 0), ("1/2", 7, 4), (" cups", 11, 0)], "31/2 cups"),
        ([("on the 2", 11, 0), ("nd", 7, 4), (" day", 11, 0)], "on the 2nd day"),
        ([("the 12", 11, 0), ("34", 11, 0), (" small", 7, 0)], "the 1234 small"),
    ],
)
def test_a_raised_number_is_read_as_one(parts: list[tuple[str, float, float]], text: str) -> None:
    page = line(*parts) + line(("The next line is not.", 11, 0), y=660)
    found = read_bytes(make_pdf([page]), ".pdf").text.split("\n\n")[0]
    assert "".join(found.split()) == "".join(text.split())


def test_a_raised_number_is_marked_on_the_page() -> None:
    data = make_pdf([line(("Mass is 10", 11, 0), ("6", 7, 4), (" kg", 11, 0))])
    lines = read_bytes(data, ".pdf").text.split("\n")
    document = PdfDocument(data)
    try:
        marks = find_marks(document[0], stored(lines), 8, 11)
        assert squeezed(marked(document[0], marks)) == "106"
    finally:
        document.close()


def test_a_fraction_of_one_number_over_another_is_no_power() -> None:
    page = [*line(("add 3", 11, 0)), (102, 705, 6, "F1", "1"), (102, 697, 6, "F1", "2"),
            *line(("More words.", 11, 0), y=660)]  # fmt: skip
    text = read_bytes(make_pdf([page]), ".pdf").text
    assert not set("¹²³") & set(text)
