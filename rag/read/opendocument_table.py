"""The rows of an OpenDocument table: how often one stands, which are heads, what reaches down."""

from __future__ import annotations

from collections.abc import Iterator

from rag.read.grid import Repeats, Spans, claimed
from rag.read.opendocument_text import Words, is_dropped
from rag.read.package import Element, local, value

_COLUMNS = 16_384  # more than any program has
# Equal rows and cells are written once with a count, which may be a million.
_MOST_ROWS, _MOST_CELLS = 1000, 200
_ROWS = 2**20


def table_rows(table: Element) -> Iterator[Element]:
    """Its rows, through whatever groups them."""
    for child in table:
        if local(child) == "table-row":
            yield child
        elif local(child) in ("table-header-rows", "table-rows", "table-row-group"):
            yield from table_rows(child)


def head_rows(table: Element) -> int:
    """How many of its first rows are repeated on each page."""
    groups = (part for part in table if local(part) == "table-header-rows")
    return sum(repeated_rows(row) for part in groups for row in table_rows(part))


def is_out_of_sight(part: Element) -> bool:
    """Whether a sheet does not show a row or a column, as a filter may have it."""
    return value(part, "visibility") in ("collapse", "filter")


def hidden_columns(table: Element) -> set[int]:
    """The columns, from 0, that a sheet does not show."""
    found: set[int] = set()
    at = 0
    for column in _columns(table):
        last = min(at + repeated(column, "number-columns-repeated", _COLUMNS), _COLUMNS)
        if is_out_of_sight(column):
            found.update(range(at, last))
        at = last
    return found


def _columns(table: Element) -> Iterator[Element]:
    for child in table:
        if local(child) == "table-column":
            yield child
        elif local(child) in ("table-header-columns", "table-columns", "table-column-group"):
            yield from _columns(child)


def repeated_rows(row: Element) -> int:
    """How often a row stands."""
    return repeated(row, "number-rows-repeated", _ROWS)


def reached(
    cells: list[tuple[str, Element]], spans: Spans, before: int
) -> list[tuple[str, Element]]:
    """A row's cells; of one that another from above covers, that one's text."""
    reached = []
    for column, (text, cell) in enumerate(cells):
        if local(cell) == "covered-table-cell":
            reached.append((spans.through(column, text), cell))
            continue
        rows = repeated(cell, "number-rows-spanned", _ROWS)
        if rows > 1:
            spans.open(column, before + rows, text)
        reached.append((text, cell))
    return reached


def repeated(element: Element, name: str, most: int) -> int:
    """A count that an element claims, 1 where it claims none."""
    return claimed(value(element, name), most=most)


class Cells:
    """Reads the cells of tables, row by row."""

    def __init__(self, words: Words) -> None:
        self.words = words
        self.repeats = Repeats()

    def rows(self, table: Element) -> Iterator[tuple[int, Element, list[tuple[str, Element]]]]:
        """The rows with a word in them, each with its number from 1 and (text, cell) for each
        column."""
        number = 0
        spans = Spans(self.repeats)
        for row in table_rows(table):
            times = repeated_rows(row)
            cells = list(self._cells(row))
            if any(text for text, _ in cells):
                for offset in range(min(times, _MOST_ROWS)):
                    spans.begin_row(number + offset + 1)
                    yield number + offset + 1, row, reached(cells, spans, number + offset)
            number += times

    def _cells(self, row: Element) -> Iterator[tuple[str, Element]]:
        column = 0
        for cell in row:
            if local(cell) in ("table-cell", "covered-table-cell"):
                text = "\n".join(self._lines(cell, self.words.styles.is_struck(cell, False)))
                # Beyond the last column of any program, only words count.
                times = repeated(cell, "number-columns-repeated", _MOST_CELLS)
                column += times
                for _ in range(times if column < _COLUMNS else bool(text)):
                    yield text, cell

    def _lines(self, container: Element, struck: bool) -> Iterator[str]:
        """A cell's paragraphs and its inner tables' rows. ``struck``: as its own style says."""
        for child in container:
            if local(child) in ("p", "h"):
                paragraph = self.words.of(child, struck=struck)
                if paragraph.text.strip():
                    yield paragraph.text.strip().replace("\t", " ")  # a tab stands between cells
                for box in paragraph.boxes:
                    yield from self._lines(box, struck)
            elif local(child) == "table":
                for _, _, cells in self.rows(child):
                    yield "\t".join(text for text, _ in cells)
            elif not is_dropped(child):
                yield from self._lines(child, struck)
