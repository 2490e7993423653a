"""A row of a Word table: its cells, and where they stand."""

from __future__ import annotations

from collections.abc import Iterator

from rag.read.docx_styles import is_on
from rag.read.docx_text import DROPPED
from rag.read.grid import claimed
from rag.read.package import Element, alternative, local, value
from rag.read.word_table import MOST_COLUMNS, RowLayout

_WIDTH = 1000  # of a column that the table says nothing of
_MOST_WIDTH = 31680  # that Word allows


class Row:
    """What a row says of itself. ``borders``: those of the table's columns."""

    def __init__(self, row: Element, borders: list[int]) -> None:
        marks = {local(m): m for part in row if local(part) == "trPr" for m in part}
        self.is_deleted = "del" in marks
        self.is_head = "tblHeader" in marks and is_on(marks["tblHeader"])
        self.cells = list(children(row, "tc"))
        column = _number(marks.get("gridBefore"), "val", 0, MOST_COLUMNS)
        self.layout = RowLayout(_border(borders, column))
        for cell in self.cells:
            marks = {local(m): m for part in cell if local(part) == "tcPr" for m in part}
            if "vMerge" in marks:
                begins = value(marks["vMerge"], "val") == "restart"
                self.layout.joined = "restart" if begins else "continue"
            column += max(_number(marks.get("gridSpan"), "val", 1, MOST_COLUMNS), 1)
            self.layout.end_cell(_border(borders, column))


def column_borders(table: Element) -> list[int]:
    """Where the columns begin and end that the table's cells are counted in."""
    borders = [0]
    for column in table.iterfind("{*}tblGrid/{*}gridCol"):
        borders.append(borders[-1] + (_number(column, "w", 0, _MOST_WIDTH) or _WIDTH))
    return borders


def children(element: Element, *names: str) -> Iterator[Element]:
    """The nearest descendants with these names, through content controls and the like."""
    for child in element:
        name = local(child)
        if name in names:
            yield child
        elif name == "AlternateContent":
            yield from children(alternative(child), *names)
        elif name not in DROPPED and name not in ("p", "tbl", "tr", "tc"):
            yield from children(child, *names)


def _border(borders: list[int], column: int) -> int:
    beyond = column - len(borders) + 1
    return borders[column] if beyond <= 0 else borders[-1] + beyond * _WIDTH


def _number(mark: Element | None, name: str, otherwise: int, most: int) -> int:
    return claimed(value(mark, name) if mark is not None else None, otherwise, most)
