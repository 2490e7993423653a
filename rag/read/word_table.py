"""The rows of Word's tables in its three formats: cells that reach across and down."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias

from rag.read.grid import Spans

Joined: TypeAlias = Literal["restart", "continue"] | None
"""Whether a cell reaches down from here, or from above into here."""

MOST_COLUMNS = 200
"""That are told apart: Word makes 63 at most."""
_MOST_ROWS = 1 << 30  # that a cell may reach down
# Twentieths of a point. Borders that were drawn row by row are so far apart, and mean the same.
_NEAR = 120


class RowLayout:
    """Where a row's cells end, in twentieths of a point, and how they are joined."""

    def __init__(self, left: int = 0) -> None:
        self.left = left
        self.joined: Joined = None
        """Of the cell whose end comes next."""
        self.cells: list[tuple[int, Joined]] = []

    def end_cell(self, right: int) -> None:
        """The next cell ends here."""
        if len(self.cells) <= MOST_COLUMNS:
            self.cells.append((right, self.joined))
        self.joined = None

    def is_joined(self) -> bool:
        """Whether any cell of the row is joined to one above or below it."""
        return any(joined for _, joined in self.cells)

    def borders(self) -> list[int]:
        """Its left one, then each cell's right one."""
        return [self.left, *(right for right, _ in self.cells)]


class Columns:
    """A table's columns: as the row with the most cells has them."""

    def __init__(self) -> None:
        self._borders: list[int] = []

    def see(self, layout: RowLayout) -> None:
        """A row of the table."""
        if len(self._borders) <= len(layout.cells) <= MOST_COLUMNS:
            self._borders = layout.borders()

    def texts(self, cells: Sequence[str], layout: RowLayout, spans: Spans) -> list[str]:
        """A row's texts, one for each column, as far as its layout tells which those are: of a
        cell that is joined to the one above it that one's, and none where no cell begins."""
        if len(cells) > len(layout.cells):
            return list(cells)
        borders = layout.borders()[: len(cells) + 1]
        columns = self._columns(borders) or range(len(borders))
        texts = [""] * columns[0]
        for number, text in enumerate(cells):
            texts.append(_reached(text, borders[number], layout.cells[number][1], spans))
            texts += [""] * (columns[number + 1] - columns[number] - 1)
        return texts

    def _columns(self, borders: Sequence[int]) -> list[int]:
        """Before which of the table's columns each border stands; empty where one is none of the
        table's."""
        known, columns, at = self._borders, [], 0
        for border in borders:
            while at < len(known) and known[at] < border - _NEAR:
                at += 1
            while at + 1 < len(known) and abs(known[at + 1] - border) < abs(known[at] - border):
                at += 1
            if at >= len(known) or abs(known[at] - border) > _NEAR:
                return []
            columns.append(at)
            at += 1
        return columns


def _reached(text: str, left: int, joined: Joined, spans: Spans) -> str:
    """The text of a cell with this left border, or of the one above that it is joined to."""
    if joined == "continue":
        return spans.through(left, text)
    if joined == "restart":
        spans.open(left, _MOST_ROWS, text)
    else:
        spans.close(left)
    return text
