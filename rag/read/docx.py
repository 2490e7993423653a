"""Word documents (DOCX), read from the package's own XML.

Kept: every paragraph's visible text, in links, fields' results, content controls,
smart tags, insertions, text boxes, diagrams, tables and notes, what is ticked or
chosen in a form, formulas on one line. Left out: deletions, struck-through text (unless
all of it is), field codes, hidden text, and the second copy that Word keeps of a
drawing for old programs. Numbers that Word counts by itself (of lists, headings,
notes) are not in the file and not in the text. A table's cell that reaches down stands
in each of its rows, and one that reaches across is followed by empty ones. Headers,
footers and comments come last, as meta.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import version

from rag.document import BlockKind
from rag.read.docx_row import Row, children, column_borders
from rag.read.docx_styles import Styles
from rag.read.docx_text import DROPPED, Text
from rag.read.drawing import diagram_lines
from rag.read.extraction import (
    HEADING_CHARS,
    STRUCK,
    Draft,
    Extraction,
    first_heading,
    holds_words,
    sensible_title,
)
from rag.read.grid import Repeats, Spans, Table
from rag.read.package import Element, Package, alternative, local, value
from rag.read.word_table import Columns

VERSION = "docx 6"


def reader() -> str:
    """Name and version of this reader."""
    return f"{VERSION} lxml {version('lxml')}"


def extract(data: bytes) -> Extraction:
    """Body, then footnotes and endnotes, then headers and footers, then comments.

    Raises:
        ReadError: damaged, hostile or not a Word document.
    """
    package = Package(data)
    story = _Story(package, keep_struck=False)
    if story.has_struck and not holds_words(story.draft.blocks):
        story = _Story(package, keep_struck=True)
    extraction = story.draft.finish(notes=story.notes())
    title = package.title() or sensible_title(story.title) or first_heading(extraction)
    return Extraction(extraction.text, extraction.blocks, title, extraction.notes)


class _Story:
    """Writes the parts' paragraphs and tables into the draft."""

    def __init__(self, package: Package, *, keep_struck: bool) -> None:
        self.draft = Draft()
        self.package = package
        self.keep_struck = keep_struck
        self.has_struck = False
        self.relations: dict[str, tuple[str, str]] = {}
        self.title: str | None = None
        self.meta = False
        self.chunks = 0
        self.repeats = Repeats()
        self.begun: list[tuple[Element, Text]] = []  # paragraphs whose ends were deleted
        main = package.main("word/document.xml")
        self.parts = sorted(package.relations(main).values())
        self.styles = Styles(next(map(package.xml, self._named("styles")), None))
        self._read(self.open(main))
        for name in self._named("footnotes", "endnotes"):
            for note in self.open(name):
                if value(note, "type") in (None, "normal"):
                    self._read(note)
        self.meta = True
        self._headers()
        for name in self._named("comments"):
            self._read(self.open(name))

    def _named(self, *kinds: str) -> list[str]:
        """The parts of these kinds that are there."""
        return [
            name
            for kind in kinds
            for told, name in self.parts
            if told == kind and name in self.package
        ]

    def _headers(self) -> None:
        """Each header and footer once."""
        seen: set[str] = set()
        for name in self._named("footer", "header"):
            part = self.open(name)
            words = " ".join("".join(part.itertext()).split())
            if words and words not in seen:
                seen.add(words)
                self._read(part)

    def open(self, part: str) -> Element:
        """A part's XML; what is read next is in it."""
        self.relations = self.package.relations(part)
        return self.package.xml(part)

    def notes(self) -> tuple[str, ...]:
        """What was met and not read."""
        chunks = (f"{self.chunks} embedded documents were not read",) if self.chunks else ()
        return chunks + ((STRUCK,) if self.has_struck and not self.keep_struck else ())

    def _read(self, container: Element) -> None:
        self.blocks(container)
        self._end_paragraphs()

    def blocks(self, container: Element) -> None:
        """Every paragraph and table under the element, through whatever wraps them."""
        for child in container:
            name = local(child)
            if name == "p":
                self._paragraph(child)
            elif name == "tbl":
                self._end_paragraphs()
                self._table(child)
            elif name == "AlternateContent":
                self.blocks(alternative(child))
            elif name == "altChunk":
                self.chunks += 1
            elif name not in DROPPED:
                self.blocks(child)

    def _paragraph(self, paragraph: Element) -> None:
        text = self._text(paragraph)
        self.begun.append((paragraph, text))
        if not text.goes_on:
            self._end_paragraphs()

    def _text(self, paragraph: Element) -> Text:
        text = Text(paragraph, self.styles, keep_struck=self.keep_struck)
        self.has_struck = self.has_struck or text.has_struck
        return text

    def _end_paragraphs(self) -> None:
        """Write those that have begun as one: as the last of them is set."""
        begun, self.begun = self.begun, []
        if not begun:
            return
        paragraph = begun[-1][0]
        text = "".join(part.text for _, part in begun)
        kind, level = self._kind(paragraph, text)
        if kind == "heading" and self.title is None and self.styles.is_title(paragraph):
            self.title = text
        self.draft.add(text, kind, level)
        for box in (box for _, part in begun for box in part.boxes):
            for line in self._diagram(box):
                self.draft.add(line, "meta" if self.meta else "item")
            self._read(box)

    def _diagram(self, box: Element) -> Iterator[str]:
        """A diagram's lines; a text box has none."""
        return diagram_lines(box, self.package, self.relations)

    def _kind(self, paragraph: Element, text: str) -> tuple[BlockKind, int]:
        if self.meta:
            return "meta", 0
        level = self.styles.heading_level(paragraph)
        if level and len(text) <= HEADING_CHARS:
            return "heading", level
        return ("item" if self.styles.is_listed(paragraph) else "prose"), 0

    def _table(self, table: Element) -> None:
        rows, spans = Table(self.draft), Spans(self.repeats)
        styled = self.styles.has_head(table)
        has_head = False
        borders, columns = column_borders(table), Columns()
        shown = [
            row for row in (Row(r, borders) for r in children(table, "tr")) if not row.is_deleted
        ]
        for row in shown:
            columns.see(row.layout)
        for rows.number, row in enumerate(shown, 1):
            spans.begin_row(rows.number)
            texts = [self._cell(cell) for cell in row.cells]
            filled = [number for number, text in enumerate(texts) if text.strip()]
            words = [text.replace("\t", " ") for text in texts]
            reached = columns.texts(words, row.layout, spans)
            is_head = row.is_head or (styled and rows.number == 1)
            has_head = has_head or is_head
            parts_page = not (has_head or row.layout.is_joined()) and "\n" in "".join(texts)
            alone = len(row.cells) == 1 and reached[0]
            if len(filled) == 1 and (alone or parts_page):
                self._read(row.cells[filled[0]])  # a frame around ordinary text
            elif filled and self.meta:
                self.draft.add("\t".join(reached), "meta")
            elif filled:
                rows.add("\t".join(reached), head=is_head or None)
        rows.end()

    def _cell(self, cell: Element) -> str:
        """A cell's paragraphs, nested rows, text boxes and diagrams, a line each."""
        lines: list[str] = []
        begun: list[str] = []
        for child in children(cell, "p", "tbl"):
            if local(child) == "p":
                text = self._text(child)
                begun.append(text.text)
                if not text.goes_on:
                    lines.append("".join(begun))
                    begun.clear()
                for box in text.boxes:
                    lines += [*self._diagram(box), self._cell(box)]
            else:
                rows = (map(self._cell, children(row, "tc")) for row in children(child, "tr"))
                lines += map("\t".join, rows)
        lines.append("".join(begun))
        return "\n".join(line.strip() for line in lines if line.strip())
