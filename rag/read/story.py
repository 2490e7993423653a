"""The paragraphs and table rows of an RTF or DOC file, in the order in which it shows them."""

from __future__ import annotations

import re
from typing import NamedTuple, Protocol

from rag.document import BlockKind
from rag.read.extraction import HEADING_CHARS, Draft
from rag.read.grid import Repeats, Spans, Table
from rag.read.raised import Line
from rag.read.word_table import Columns, RowLayout

_HEADING = re.compile(r"heading\s*([1-9])", re.IGNORECASE)
_DEEPEST = 6


class Format(Protocol):
    """What of a reader's state a paragraph's kind depends on."""

    @property
    def style(self) -> int:
        """The number of its style."""

    @property
    def outline(self) -> int | None:
        """Its own outline level from 0, which counts before its style's."""

    @property
    def listed(self) -> bool:
        """Whether it is in a list."""

    @property
    def in_table(self) -> bool:
        """Whether it is in a cell."""


class StyleSheet:
    """Which of a file's paragraph styles are headings, and which is the title's."""

    def __init__(self) -> None:
        self._outlines: dict[int, int] = {}
        self._names: dict[int, str] = {}
        self._style = -1

    def begin(self, style: int) -> None:
        """What follows defines this style."""
        self._style = style

    def outline(self, level: int) -> None:
        """The outline level of the style being defined."""
        self._outlines[self._style] = level

    def name(self, text: str) -> None:
        """More of the name of the style being defined; a semicolon ends it."""
        known = self._names.get(self._style, "")
        if len(known) < 100:
            self._names[self._style] = known + text[:100]
        if ";" in text:
            self._style = -1

    def is_title(self, style: int) -> bool:
        """Whether this is the title's style."""
        return self._name(style).lower() == "title"

    def level(self, style: int, outline: int | None) -> int:
        """A paragraph's level as a heading, 1 to 6; 0 for none. Its own outline level counts."""
        outline = self._outlines.get(style) if outline is None else outline
        if outline is not None:
            return min(outline + 1, _DEEPEST) if 0 <= outline < 9 else 0
        heading = _HEADING.fullmatch(self._name(style))
        if heading:
            return min(int(heading.group(1)), _DEEPEST)
        return 1 if self.is_title(style) else 0

    def _name(self, style: int) -> str:
        return self._names.get(style, "").partition(";")[0].strip()


class _Part(NamedTuple):
    """What becomes a block."""

    text: str
    kind: BlockKind
    level: int = 0
    table: Columns | None = None
    """The same for each row of one table."""
    layout: RowLayout | None = None
    """Of a row, whose text has a tab between the cells."""
    number: int = 0
    """Of the row in it, from 1."""


class Story:
    """One run of text: the body, a note, a header, a text box."""

    def __init__(self, styles: StyleSheet) -> None:
        self.boxes: list[Story] = []
        """Text boxes anchored in the present paragraph; they follow it."""
        self.title: str | None = None
        self.listed = False
        self.head = False
        """Whether the present row is repeated on each page that its table goes on to."""
        self.layout = RowLayout()
        """Of the present row."""
        self._styles = styles
        self._table, self._rows = Columns(), 0  # the present or the next one
        self._has_head = False
        self._parts: list[_Part | Story] = []
        self._line = Line()
        self._cells: list[str] = []
        self._cell: list[str] = []  # finished lines of the present cell
        self._nested: list[str] = []  # finished cells of a row in a table inside the cell

    def write_text(self, text: str, *, is_raised: bool) -> None:
        """More of the present paragraph."""
        self._line.add(text, is_raised=is_raised)

    def end_paragraph(self, state: Format) -> None:
        """A paragraph mark: in a table it ends a line of the cell."""
        if state.in_table:
            self._end_line()
            return
        text = self._take()
        if text.strip() and (self._cells or self._cell):  # a table whose last row has no end
            self._row()
        self._table, self._rows, self._has_head = Columns(), 0, False
        if text.strip():
            level = self._styles.level(state.style, state.outline)
            if level and len(text) <= HEADING_CHARS:
                if self.title is None and self._styles.is_title(state.style):
                    self.title = text
                self._parts.append(_Part(text, "heading", level))
            else:
                listed = self.listed or state.listed
                self._parts.append(_Part(text, "item" if listed else "prose"))
        self.listed = False
        self._end_boxes()

    def end_cell(self, *, nested: bool) -> None:
        """A cell's end."""
        if nested:
            self._nested.append(self._take().strip())
            return
        self._end_line()
        self._cells.append("\n".join(self._cell))
        self._cell = []

    def end_nested_row(self) -> None:
        """The end of a row in a table inside a cell: a line of that cell."""
        if any(self._nested):
            self._cell.append("\t".join(self._nested))
        self._nested = []

    def end_row(self) -> None:
        """A row's end; text after its last cell mark is its last cell."""
        self._end_line()
        self._row()
        self._end_boxes()

    def end(self, state: Format) -> None:
        """The story's end, which may lack the marks before it."""
        if state.in_table or self._cells or self._cell or self._nested:
            self.end_row()
        else:
            self.end_paragraph(state)

    def write(self, draft: Draft, repeats: Repeats, *, meta: bool = False) -> None:
        """Add the finished blocks. Boxes in boxes are written without calls within calls."""
        stack: list[_Part | Story] = [self]
        tables: dict[Columns, tuple[Table, Spans]] = {}
        while stack:
            part = stack.pop()
            if isinstance(part, Story):
                stack.extend(reversed(part._parts))
            elif meta:
                draft.add(part.text, "meta")
            elif part.table is None or part.layout is None:
                draft.add(part.text, part.kind, part.level)
            else:
                table, spans = tables.setdefault(part.table, (Table(draft), Spans(repeats)))
                table.number = part.number
                spans.begin_row(part.number)
                texts = part.table.texts(part.text.split("\t"), part.layout, spans)
                table.add("\t".join(texts), head=part.level > 0 or None)
        for table, _ in tables.values():
            table.end()

    def words(self) -> str:
        """The story's text on one line, to tell it from others."""
        return " ".join(" ".join(p.text.split()) for p in self._parts if not isinstance(p, Story))

    def _take(self) -> str:
        """The present line, its halves of characters beyond U+FFFF joined."""
        return (
            self._line.take()
            .encode("utf-16-le", "surrogatepass")
            .decode("utf-16-le", "replace")
            .replace("\0", "\ufffd")
        )

    def _end_line(self) -> None:
        self.end_nested_row()
        text = self._take().strip()
        if text:
            self._cell.append(text)

    def _row(self) -> None:
        if self._cell:
            self._cells.append("\n".join(self._cell))
            self._cell = []
        cells, self._cells = self._cells, []
        filled = [cell for cell in cells if cell]
        self._rows += 1
        self._has_head = self._has_head or self.head
        parts_page = not (self._has_head or self.layout.is_joined()) and "\n" in "".join(filled)
        if len(filled) == 1 and (len(cells) == 1 or parts_page):
            # A frame around ordinary text.
            self._parts += [_Part(line, "prose") for line in filled[0].split("\n")]
            return
        self._table.see(self.layout)
        if filled:
            text = "\t".join(cell.replace("\t", " ") for cell in cells)
            self._parts.append(
                _Part(text, "row", int(self.head), self._table, self.layout, self._rows)
            )

    def _end_boxes(self) -> None:
        self._parts += self.boxes
        self.boxes.clear()
