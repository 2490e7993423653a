"""The rows of Word's tables in its three formats: cells that reach across and down."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple, TypeAlias

from rag.read.grid import Spans

Joined: TypeAlias = Literal["restart", "continue"] | None
"""Whether a cell reaches down from here, or from above into here."""

MOST_COLUMNS = 63
"""Of a table of Word."""
_MOST_ROWS = 1 << 30  # that a cell may reach down
_NEAR = 100  # twentieths of a point: so far apart may be what is meant as one border


class Cell(NamedTuple):
    """A cell: its text, how many columns wide, and how it is joined."""

    text: str
    width: int = 1
    joined: Joined = None


def reached(cells: Sequence[Cell], spans: Spans, before: int = 0) -> list[str]:
    """The texts of a row, one for each column: of a cell that is joined to the one above it that
    one's, and of columns that no cell begins in none. ``before``: columns that the row leaves out.
    """
    texts = [""] * before
    for cell in cells:
        column, text = len(texts), cell.text
        if cell.joined == "continue":
            above = spans.at(column)
            text = text or (above[0] if above else "")
        elif cell.joined == "restart":
            spans.open(column, _MOST_ROWS, text)
        else:
            spans.close(column)
        texts += [text, *[""] * (cell.width - 1)]
    return texts


class RowLayout:
    """Where a row's cells end, in a format that tells no more: twentieths of a point."""

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


class Columns:
    """A table's columns: as the row with the most cells has them."""

    def __init__(self) -> None:
        self._layout = RowLayout()

    def see(self, layout: RowLayout) -> None:
        """A row of the table."""
        if len(self._layout.cells) < len(layout.cells) <= MOST_COLUMNS:
            self._layout = layout

    def texts(self, cells: Sequence[str], layout: RowLayout, spans: Spans) -> list[str]:
        """A row's texts, one for each column, as far as its layout tells which those are."""
        if len(cells) > len(layout.cells):
            return list(cells)
        ends = self._ends(layout, len(cells))
        before = ends[0] if ends else 0
        ends = ends or list(range(len(cells) + 1))
        return reached(
            [Cell(text, ends[n + 1] - ends[n], layout.cells[n][1]) for n, text in enumerate(cells)],
            spans,
            before,
        )

    def _ends(self, layout: RowLayout, count: int) -> list[int]:
        """The column in which the first cell begins, then for each cell the one behind it; empty
        where the row's borders are not the table's."""
        borders = [self._layout.left, *(right for right, _ in self._layout.cells)]
        ends: list[int] = []
        at = 0
        for border in (layout.left, *(right for right, _ in layout.cells[:count])):
            while at < len(borders) and borders[at] < border - _NEAR:
                at += 1
            while at + 1 < len(borders) and abs(borders[at + 1] - border) < abs(
                borders[at] - border
            ):
                at += 1
            if at == len(borders) or borders[at] > border + _NEAR:
                return []
            ends.append(at)
            at += 1
        return ends
