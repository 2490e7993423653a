"""A row of a Word table: its cells, and how they are joined."""

from __future__ import annotations

from collections.abc import Iterator

from rag.read.docx_styles import is_on
from rag.read.docx_text import DROPPED
from rag.read.grid import Spans
from rag.read.package import Element, alternative, local, value
from rag.read.word_table import MOST_COLUMNS, Cell, Joined, reached


class Row:
    """What a row says of itself."""

    def __init__(self, row: Element) -> None:
        marks = {local(m): m for part in row if local(part) == "trPr" for m in part}
        self.is_deleted = "del" in marks
        self.is_head = "tblHeader" in marks and is_on(marks["tblHeader"])
        self.before = _count(marks.get("gridBefore"), 0)
        """How many columns it leaves out before its first cell."""
        self.cells = list(children(row, "tc"))
        self._joined = [_joined(cell) for cell in self.cells]

    @property
    def is_joined(self) -> bool:
        """Whether any cell is joined to one above or below it."""
        return any(joined for _, joined in self._joined)

    def texts(self, texts: list[str], spans: Spans) -> list[str]:
        """The row's texts by columns, from those of its cells."""
        cells = zip(texts, self._joined, strict=True)
        return reached([Cell(text, *joined) for text, joined in cells], spans, self.before)


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


def _joined(cell: Element) -> tuple[int, Joined]:
    """How many columns wide a cell is, and how it is joined downwards."""
    marks = {local(m): m for part in cell if local(part) == "tcPr" for m in part}
    joined: Joined = None
    if "vMerge" in marks:
        joined = "restart" if value(marks["vMerge"], "val") == "restart" else "continue"
    return max(_count(marks.get("gridSpan"), 1), 1), joined


def _count(mark: Element | None, otherwise: int) -> int:
    told = (value(mark, "val") or "")[:4] if mark is not None else ""
    return min(int(told), MOST_COLUMNS) if told.isascii() and told.isdecimal() else otherwise
