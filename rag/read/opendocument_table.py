"""The rows of an OpenDocument table: how often one stands, which are heads, what reaches down."""

from __future__ import annotations

from collections.abc import Iterator

from rag.read.grid import Spans
from rag.read.package import Element, local, value

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
            above = spans.at(column)
            reached.append((text or (above[0] if above else ""), cell))
            continue
        rows = repeated(cell, "number-rows-spanned", _ROWS)
        if rows > 1:
            spans.open(column, before + rows, text)
        reached.append((text, cell))
    return reached


def repeated(element: Element, name: str, most: int) -> int:
    """A count that an element claims, 1 where it claims none."""
    count = value(element, name) or "1"
    return min(int(count), most) if count.isdecimal() else 1
