"""What readers of tables share: which rows are those of a table, and cells that reach down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from rag.read.extraction import Draft, after_empty_cells
from rag.table_heads import NAME_CHARS, heads

# What a cell may say: what is longer was laid out with a table.
_CELL_CHARS = 300
_SAMPLE = 20
_MOST_REPEATED = 1_000_000


class Table:
    """A table's rows, which get their numbers at its end: if it is known by then that the first of
    them tells what the columns are called. A table may also hold a page's layout, or a form."""

    def __init__(self, draft: Draft) -> None:
        self.number = 0
        """Of the present row, from 1."""
        self._draft = draft
        self._blocks: list[tuple[int, int, bool]] = []  # its place, its number, whether a head
        self._sample: list[list[str]] = []
        self._longest = 0
        self._marked: bool | None = None

    @property
    def is_empty(self) -> bool:
        """Whether no row has been written yet."""
        return not self._blocks

    def add(self, line: str, *, head: bool | None = None, page: int | None = None) -> None:
        """Write the present row, a tab between its cells. ``head``: whether the file says that it
        tells what the columns are called, None where it says nothing."""
        cells = [cell if cell.strip() else "" for cell in line.rstrip().split("\t")]
        indent, words = after_empty_cells("\t".join(cells))
        before = len(self._draft.blocks)
        self._draft.add(words, "row", page=page, indent=indent)
        if len(self._draft.blocks) == before:
            return
        if not self._blocks:
            self._marked = head
        self._blocks.append((before, self.number, bool(head)))
        self._longest = max(self._longest, *map(len, cells))
        if len(self._sample) <= _SAMPLE:
            self._sample.append(cells)

    def end(self) -> None:
        """Number the rows."""
        if self._is_numbered():
            for place, number, head in self._blocks:
                block = self._draft.blocks[place]
                self._draft.blocks[place] = replace(block, row=number, level=int(head))

    def _is_numbered(self) -> bool:
        if len(self._blocks) < 2:
            return False
        inside = self._draft.blocks[self._blocks[0][0] : self._blocks[-1][0]]
        if any(block.kind == "heading" for block in inside):  # it parts a page, not a table
            return False
        if self._marked is not None:
            return self._marked
        return self._longest <= _CELL_CHARS and _has_head(self._sample)


def _has_head(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first row may be taken for the names of the columns, without its file's word."""
    first, below = rows[0], rows[1:]
    named = [cell for cell in first if cell]
    if len(named) < 2 or any(len(cell) > NAME_CHARS or "\n" in cell for cell in named):
        return False
    if heads(first, below):
        return True
    alike = sum(len(row) == len(first) for row in below)
    whole = len(named) >= max(3, len(first) - 1) and len(set(named)) == len(named)
    # "Name: | Ann | Born: | 1990" is a form, "1. Mow, | twice a week" a list.
    called = not any(cell[-1] in ":：,;" or any(map(str.isdecimal, cell)) for cell in named)
    return called and whole and 2 * alike > len(below) > 1


def claimed(told: str | None, otherwise: int = 1, most: int = 999_999) -> int:
    """A count that a file claims, of rows or columns that a cell takes, say."""
    told = (told or "").strip()[:9]
    return min(int(told), most) if told.isascii() and told.isdecimal() else otherwise


@dataclass(slots=True)
class Repeats:
    """How many characters a document may still repeat: a small file could claim gigabytes."""

    left: int = _MOST_REPEATED


@dataclass(slots=True)
class Spans:
    """The cells of a table that reach down into further rows. Each of those rows holds the text,
    as a person reads it; what is long was said once."""

    repeats: Repeats
    _open: dict[int, tuple[int, int, str]] = field(default_factory=dict)
    """By column: the last row, how many columns, the text."""

    def begin_row(self, number: int) -> bool:
        """Go on to this row; whether any cell may reach into it."""
        if self._open:
            self.repeats.left -= len(self._open)
            self._open = {at: one for at, one in self._open.items() if one[0] >= number}
            if self.repeats.left <= 0:
                self._open = {}
        return bool(self._open)

    def open(self, column: int, last: int, text: str, width: int = 1) -> None:
        """A cell that reaches down to a row, ``width`` columns wide."""
        self._open[column] = (last, width, text if len(text) <= _CELL_CHARS else "")

    def close(self, column: int) -> None:
        """The cell of this column reaches no further."""
        self._open.pop(column, None)

    def end(self) -> None:
        """No cell does."""
        self._open = {}

    def at(self, column: int) -> tuple[str, int] | None:
        """The text that reaches into the present row here, and how many columns wide."""
        found = self._open.get(column)
        if found is None or self.repeats.left <= 0:
            return None
        self.repeats.left -= len(found[2]) + 1
        return found[2], found[1]

    def through(self, column: int, text: str) -> str:
        """The text of a cell that continues the one above it: its own, or that one's."""
        above = self.at(column)
        return text or (above[0] if above else "")

    def columns(self) -> list[int]:
        """Where a cell may reach into the present row."""
        return list(self._open)
