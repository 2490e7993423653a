"""A table of a page: which of its rows are rows, and where its cells reach."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag.read.extraction import Draft
from rag.read.grid import Repeats, Spans, Table, claimed

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

GROUPS = frozenset({"thead", "tbody", "tfoot"})
# What holds one of these is no row of a table, but a part of a page that is laid out with one.
_LAYOUT = "table, h1, h2, h3, h4, h5, h6, pre, blockquote"
_LISTS = "ul, ol, dl"  # the same, but in a table whose columns or rows have names
_MOST_ROWS, _MOST_COLUMNS = 65_534, 1000  # that a cell may claim, in any browser


class HtmlTable:
    """A table that stands open. The page's present line, in pieces, is its row as it is written."""

    def __init__(self, draft: Draft, repeats: Repeats) -> None:
        self._rows = Table(draft)
        self._repeats = repeats
        self._spans = Spans(repeats)
        self._number = 0  # of the present row among all, where the others begin with the first row
        self._has_names = False
        self._in_head = False
        self._head: bool | None = None  # the present row
        self._column = 0  # of the present cell
        self._begin = 0  # of the present cell in the line

    def begin_group(self, tag: str) -> None:
        """The head, a body or the foot: no cell reaches out of it."""
        self._spans.end()
        self._in_head = tag == "thead"

    def begin_row(self, node: LexborNode) -> bool:
        """Whether it is a row of several cells, to be written as one."""
        self._number += 1
        self._column = 0
        reached = self._spans.begin_row(self._number)
        cells = [child for child in node.iter() if child.tag in ("td", "th")]
        self._has_names = self._has_names or any(cell.tag == "th" for cell in cells)
        first = self._rows.is_empty
        self._rows.number = 1 if first else self._rows.number + 1
        if not cells or len(cells) + reached < 2 or self._is_layout(node):
            return False
        words = [bool(cell.text().strip()) for cell in cells]
        if first and words[0] and not any(words[1:]) and not _reaches_down(cells):
            return False  # the table's title
        filled = {cell.tag for cell, has_words in zip(cells, words, strict=True) if has_words}
        self._head = self._in_head or filled == {"th"} or None
        if not self._head and cells[0].tag == "th":  # it is called something itself
            self._head = False
        return True

    def _is_layout(self, row: LexborNode) -> bool:
        if row.css_first(_LAYOUT) is not None:
            return True
        return not self._has_names and row.css_first(_LISTS) is not None

    def begin_cell(self, line: list[str]) -> None:
        """A cell of the row begins, behind those from above that stand before it."""
        while (cell := self._spans.at(self._column)) is not None:
            line += filter(None, (cell[0], self._borders(cell[1])))
            self._column += cell[1]
        self._begin = len(line)

    def end_cell(self, node: LexborNode, line: list[str]) -> None:
        """The cell's words are written."""
        width = min(_told(node, "colspan") or 1, _MOST_COLUMNS)
        rows = _told(node, "rowspan") or _MOST_ROWS  # 0: as many as the group has
        if rows > 1:
            last = self._number + min(rows, _MOST_ROWS) - 1
            self._spans.open(self._column, last, "".join(line[self._begin :]), width)
        self._column += width
        line.append(self._borders(width))

    def _borders(self, width: int) -> str:
        """The tabs behind a cell: the columns that it covers are empty, so that those behind it
        stand under their names."""
        if width > 1:
            self._repeats.left -= width
        return "\t" * (width if self._repeats.left > 0 else 1)

    def end_row(self, line: list[str]) -> None:
        """The row is written."""
        self.begin_cell(line)
        self._rows.add("".join(line), head=self._head)

    def end(self) -> None:
        """The table is."""
        self._rows.end()


def _reaches_down(cells: list[LexborNode]) -> bool:
    return any(_told(cell, "rowspan") != 1 for cell in cells)


def _told(cell: LexborNode, name: str) -> int:
    """How many rows or columns a cell says that it takes."""
    return claimed(cell.attributes.get(name))
