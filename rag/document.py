"""A document: its text, the blocks that its reader saw, sentences and passages as ranges of it.

This module imports nothing of ours but which row names a table's columns. Every value is frozen.
Offsets are Unicode code points into a document's extracted text and half-open:
``text[start:end]``.
"""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from rag.table_heads import begins_table, heads, names_columns

BlockKind = Literal["heading", "prose", "item", "row", "code", "meta"]
"""What a reader saw a block as. Headings and meta (front matter, scripts, rules) are context:
they are searched and cited, never quoted by themselves."""

QUOTABLE: frozenset[str] = frozenset({"prose", "item", "row", "code"})

BULLETS = "-*+•‣▪◦·–—o→►▶▸➢➤✓✔✗✘×☐☑☒❑❏■□◆◇○●★☆※»・⁃∙①-⑳❶-❿➀-➓"
"""Signs that lists are typed with by hand, for a pattern's brackets."""

_COLUMNS_CHARS = 200
"""Of the names of a sheet's columns; more would leave less room for its rows in a passage."""
_BORDERS = (re.compile(r"\t"), re.compile(r"(?<!\\)\|"), re.compile(r" {3,}"))
"""Between the cells of a row: a tab in what our readers lay out, else as Markdown or a page of
plain text sets them apart. The first of them that a row holds is its own."""
_LINE_END = re.compile(r"[\r\n]")
_SAMPLE = 20
"""Of a table's rows, to tell whether the first one is their head."""
_MOST_COMPARED = 2000
"""Rows behind an empty one that may name columns: a file could have any number."""
_MOST_TITLES = 10
"""Rows of one cell above what the columns of a sheet are called; more of them are a list."""


@dataclass(frozen=True, slots=True)
class Block:
    """A run of a document's text that its reader saw as one unit: a paragraph, a heading, a row.

    Blocks are in order, do not overlap, and leave only white space and list or
    quotation markers between them. ``level`` is a heading's depth, 1 to 6; of a row 1
    if the file says that it tells what the columns are called; else 0. ``page`` is
    where it begins, from 1, in formats with pages or slides.
    """

    start: int
    end: int
    kind: BlockKind
    level: int = 0
    page: int | None = None
    row: int | None = None
    """The row of its sheet or table that it is, from 1, as a spreadsheet program numbers it."""
    breaks: tuple[int, ...] = ()
    """Where, inside the block, each further page begins."""
    recognised: bool = False
    """Read off a picture by OCR: its words may differ from what a person sees there."""


class _Heading(NamedTuple):
    """A heading, and the number of the one that it stands under, or -1."""

    block: Block
    above: int


class Place(NamedTuple):
    """Where in a document a span lies, in words a person can follow."""

    pages: tuple[int, ...]
    """The first and, where the span runs on, the last page; empty if the format has none."""
    rows: tuple[int, ...]
    """The first and, where the span runs on, the last row; empty outside sheets and tables."""
    section: str | None
    """The headings above the span, outermost first, joined by " › "; None above the first."""


@dataclass(frozen=True, slots=True)
class Document:
    """A file's extracted text, immutable, with the map from offsets to places."""

    path: str
    """Relative to the corpus folder, "/" between parts: the document's identity."""
    title: str
    text: str
    blocks: tuple[Block, ...]
    file_sha256: str
    """Hex SHA-256 of the file's bytes as they were read."""
    reader: str
    """Name and version of what extracted the text, such as ``pdf pypdfium2 5.0.0``."""
    notes: tuple[str, ...] = ()
    """A line each of what could not be read, or not exactly: ``2 of 12 pages have no text: …``."""
    paging: Literal["page", "slide"] = "page"
    """What the numbers in ``Block.page`` count."""
    _headings: tuple[_Heading, ...] | None = field(
        default=None, init=False, repr=False, compare=False
    )
    """Found when first asked for: a table of 500,000 rows is looked through once."""
    _tables: tuple[int, ...] | None = field(default=None, init=False, repr=False, compare=False)
    """The same for the blocks that are the first rows of their tables."""
    list_leads: dict[int, int] = field(default_factory=dict, init=False, repr=False, compare=False)
    """Which block an item's list goes on from, as `rag.lists` has found it."""

    @property
    def text_sha256(self) -> str:
        """Hex SHA-256 of the extracted text in UTF-8."""
        return hashlib.sha256(self.text.encode("utf-8")).hexdigest()

    def place(self, start: int, end: int) -> Place:
        """The pages, the rows and the section of ``text[start:end]``."""
        pages: list[int] = []
        rows: list[int] = []
        for block in self._blocks_of(start, end):
            if block.page is not None:
                pages.append(block.page + bisect_right(block.breaks, start))
                pages.append(block.page + bisect_left(block.breaks, end))
            if block.row is not None:
                rows.append(block.row)
        outline = self._outline()
        names: list[str] = []
        number = bisect_right(outline, start, key=lambda heading: heading.block.start) - 1
        while number >= 0:
            block, number = outline[number]
            names.insert(0, " ".join(self.text[block.start : block.end].split()))
        if names and names[0] == self.title:
            del names[0]
        return Place(_ends(pages), _ends(rows), " › ".join(names) or None)

    def recognised(self, start: int, end: int) -> bool:
        """Whether any of ``text[start:end]`` was read off a picture by OCR."""
        return any(block.recognised for block in self._blocks_of(start, end))

    def block_before(self, offset: int) -> int:
        """The number of the last block that begins at this offset or before it; -1 for none."""
        return bisect_right(self.blocks, offset, key=lambda block: block.start) - 1

    def first_row(self, block: int) -> int | None:
        """The block that is the first row of the table that the block numbered ``block`` is a row
        of; None where it is none."""
        if self.blocks[block].kind != "row":
            return None
        if self._tables is None:
            object.__setattr__(self, "_tables", tuple(self._first_rows()))
        tables = self._tables or ()
        return tables[bisect_right(tables, block) - 1]

    def columns(self, offset: int) -> str | None:
        """What the columns are called of the sheet that has a row at this offset: its first row,
        "Product | Price | Stock", if this is a later one. Of columns that it leaves empty at its
        beginning nothing is told, and a column without a name is a dash.

        Only where rows have numbers: what a page sets in rows need not be a table.
        """
        here = self.block_before(offset)
        first = None if here < 0 else self.first_row(here)
        if first is None or first == here or self.blocks[first].row is None:
            return None
        named = [cell or "–" for cell in self.cells(first)]
        names = " | ".join(named[self._empty_cells(here) :])
        return (
            names if len(names) <= _COLUMNS_CHARS else names[:_COLUMNS_CHARS].rpartition(" | ")[0]
        )

    def cells(self, row: int) -> list[str]:
        """The cells of the row that the block is, from the first column on, each on one line."""
        block = self.blocks[row]
        text = self.text[block.start : block.end]
        border = next((one for one in _BORDERS if one.search(text)), _BORDERS[0])
        cells = [" ".join(cell.split()) for cell in border.split(text)]
        return [""] * self._empty_cells(row) + cells

    def is_head(self, row: int) -> bool:
        """Whether the row that the block is tells what the columns are called: its file says so,
        or it is the first one and has a word where all below it have a number."""
        if self.blocks[row].level:
            return True
        if self.first_row(row) != row:
            return False
        below = range(row + 1, min(row + 1 + _SAMPLE, len(self.blocks)))
        rows = [self.cells(number) for number in below if self.first_row(number) == row]
        return heads(self.cells(row), rows)

    def _first_rows(self) -> list[int]:
        """The first row of each table. A sheet may hold several, an empty row between them, and a
        line or two above the first one's columns; what an empty row parts may be one table too."""
        found: list[int] = []
        titled = False  # whether the table that is open has had rows of one cell only
        before: list[int] = []  # the last rows of it
        compared = 0
        for parted, run in self._runs():
            if not parted:
                found.append(run[0])
                titled, before = True, []
            titles = 0
            while titles < min(len(run), _MOST_TITLES + 1) and self._is_alone(run[titles]):
                titles += 1
            if titles > _MOST_TITLES or titles == len(run):
                before = [*before, *run][-_SAMPLE:]
                continue
            head = run[titles]
            begins = names_columns(self.cells(head))
            if titled:
                begins = begins and self.blocks[found[-1]].level <= self.blocks[head].level
            elif begins:
                compared += 1
                begins = compared < _MOST_COMPARED and not self.blocks[found[-1]].level
                begins = begins and begins_table(
                    self.cells(head),
                    [self.cells(row) for row in run[titles + 1 : titles + 1 + _SAMPLE]],
                    [self.cells(row) for row in before],
                )
                found += run[:1] if begins else ()
            if begins and found[-1] != head:
                found.append(head)
            titled = False
            before = [*([] if begins else before), *run[titles + begins :]][-_SAMPLE:]
        return found

    def _runs(self) -> Iterator[tuple[bool, list[int]]]:
        """The rows that follow each other without an empty one between them, and whether only such
        a one parts them from those before. Of rows without numbers only a table's first one."""
        run: list[int] = []
        parted = False
        before: Block | None = None
        last = 0
        for number, one in enumerate(self.blocks):
            if one.kind == "row":
                goes_on = before is not None and _goes_on(before, one)
                if not goes_on or (one.row or 0) > last + 1:
                    if run:
                        yield parted, run
                    parted, run = goes_on, []
                if not goes_on or one.row:
                    run.append(number)
                before, last = one, one.row or 0
            # A line across a table parts no rows that have numbers.
            elif one.kind == "heading" or (before and before.row is None):
                before = None
            elif one.row is not None:  # one that its sheet hides
                last = max(last, one.row)
        if run:
            yield parted, run

    def _is_alone(self, row: int) -> bool:
        """Whether a row has one cell only: a title, or a list's line."""
        block = self.blocks[row]
        return block.row is not None and sum(map(bool, self.cells(row))) == 1

    def _empty_cells(self, row: int) -> int:
        """How many empty cells a row has before the first one that it holds."""
        start = self.blocks[row].start
        before = _LINE_END.split(self.text[max(0, start - _COLUMNS_CHARS) : start])[-1]
        if "|" in before:  # of Markdown's marks the first one opens the row
            return before.count("|") - 1
        return len(before) - len(before.rstrip("\t"))

    def _outline(self) -> tuple[_Heading, ...]:
        if self._headings is None:
            found: list[_Heading] = []
            open_ones: list[int] = []  # each deeper than the one before
            for block in self.blocks:
                if block.kind == "heading":
                    while open_ones and found[open_ones[-1]].block.level >= block.level:
                        open_ones.pop()
                    within = open_ones[-1] if open_ones and block.level != 1 else -1
                    open_ones.append(len(found))
                    found.append(_Heading(block, within))
            object.__setattr__(self, "_headings", tuple(found))
        return self._headings or ()

    def _blocks_of(self, start: int, end: int) -> Iterator[Block]:
        """The blocks that share a character with ``text[start:end]``."""
        for number in range(max(self.block_before(start), 0), len(self.blocks)):
            block = self.blocks[number]
            if block.start >= end:
                break
            if block.end > start:
                yield block


def _goes_on(row: Block, following: Block) -> bool:
    """Whether a row is of the same table as the row before it."""
    if row.row is None or following.row is None:
        return row.row is following.row
    return row.row < following.row and row.level >= following.level


def _ends(numbers: list[int]) -> tuple[int, ...]:
    return tuple(sorted({*numbers[:1], *numbers[-1:]}))


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of a document; ``block`` is its block's position in ``Document.blocks``."""

    start: int
    end: int
    block: int


@dataclass(frozen=True, slots=True)
class Passage:
    """A run of whole sentences ``[first, last)``, the unit that is embedded and retrieved."""

    start: int
    end: int
    first: int
    last: int
