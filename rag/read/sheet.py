"""What the spreadsheet formats share: a sheet's name, then its rows with their numbers."""

from __future__ import annotations

from rag.document import BlockKind
from rag.errors import ReadError
from rag.read.extraction import Draft, after_empty_cells

# A string of the shared table may stand in every cell: a small file could become gigabytes.
_MOST_CHARACTERS = 50_000_000
# More empty cells between two filled ones than any table has; a file may claim 16,384.
_WIDEST_GAP = 200
_LAST_COLUMN = 16_383


class SheetDraft:
    """A workbook's text, sheet by sheet: the name as heading, a block a row."""

    def __init__(self) -> None:
        self.draft = Draft()
        self._name, self._hidden = "", False
        self._columns: set[int] = set()  # those that the sheet hides
        self._last_hidden = -1  # of them
        self._kept_back: list[tuple[int, str]] = []  # what they hold, by its row
        self._written = 0

    def begin(self, name: str, *, hidden: bool) -> None:
        """What follows is on this sheet. ``hidden``: the workbook does not show it."""
        self._name, self._hidden = name, hidden
        self._columns, self._last_hidden = set(), -1

    def hide_columns(self, first: int, last: int) -> None:
        """The sheet does not show these columns, from 0; told from left to right."""
        if first > self._last_hidden:
            self._last_hidden = min(last, _LAST_COLUMN)
            self._columns.update(range(first, self._last_hidden + 1))

    def end(self) -> None:
        """All rows are written: what hidden columns hold comes behind them, as meta."""
        for number, words in self._kept_back:
            self.add(words, "meta", row=number)
        self._kept_back = []

    def add(self, text: str, kind: BlockKind, *, indent: str = "", row: int | None = None) -> None:
        """One block under the sheet's name, which a sheet without words does not get."""
        if text.strip():
            self.draft.add(self._name, "heading", 2)
            self._name = ""
            self.draft.add(text, "meta" if self._hidden else kind, row=row, indent=indent)

    def row(self, number: int, cells: list[tuple[int, str]], *, hidden: bool = False) -> None:
        """A row by its number from 1: (column from 0, text) of each cell that shows something.
        ``hidden``: the sheet does not show the row.

        Raises:
            ReadError: the workbook has more characters than any has.
        """
        pieces: list[str] = []
        kept_back: list[str] = []
        column = 0
        for at, words in sorted(cells, key=lambda cell: cell[0]):
            text = words.replace("\t", " ")  # a tab stands between cells
            if at in self._columns and not hidden:
                kept_back.append(text)
                continue
            pieces += ["\t"] * min(max(at - column, 0), _WIDEST_GAP)
            pieces.append(text)
            column = at
        line = "".join(pieces)
        self._written += len(line) + sum(map(len, kept_back))
        if self._written > _MOST_CHARACTERS:
            raise ReadError(
                f"more than {_MOST_CHARACTERS:,} characters in its cells: split the workbook"
            )
        if kept_back:
            self._kept_back.append((number, "\t".join(kept_back)))
        indent, words = after_empty_cells(line)
        self.add(words, "meta" if hidden else "row", indent=indent, row=number)
