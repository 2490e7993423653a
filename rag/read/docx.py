"""Word documents (DOCX), read from the package's own XML.

Kept: every paragraph's visible text, in links, fields' results, content controls,
smart tags, insertions, text boxes, diagrams, tables and notes. Left out: deletions, field
codes, hidden text, and the second copy that Word keeps of a drawing for old
programs. Numbers that Word counts by itself (of lists, headings, notes) are not in
the file and not in the text. A table's cell that reaches down stands in each of its
rows. Headers, footers and comments come last, as meta.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import version

from rag.document import BlockKind
from rag.read.docx_styles import Styles
from rag.read.docx_symbols import symbol
from rag.read.drawing import diagram_lines
from rag.read.extraction import (
    HEADING_CHARS,
    Draft,
    Extraction,
    first_heading,
    scalar,
    sensible_title,
)
from rag.read.grid import Repeats, Spans, Table
from rag.read.package import Element, Package, alternative, local, value

VERSION = "docx 4"

_CHARACTERS = {"tab": "\t", "ptab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "\u2011",
               "softHyphen": "\u00ad"}  # fmt: skip
_DROPPED = frozenset(
    {"del", "moveFrom", "delText", "instrText", "delInstrText", "rt", "pPr", "rPr"}
)
_MOST_ROWS = 1 << 30  # that joined cells may reach
_BOXES = ("txbxContent", "relIds")


def reader() -> str:
    """Name and version of this reader."""
    return f"{VERSION} lxml {version('lxml')}"


def extract(data: bytes) -> Extraction:
    """Body, then footnotes and endnotes, then headers and footers, then comments.

    Raises:
        ReadError: damaged, hostile or not a Word document.
    """
    package = Package(data)
    main = package.main("word/document.xml")
    parts = sorted(package.relations(main).values())
    styles = Styles(
        next((package.xml(n) for k, n in parts if k == "styles" and n in package), None)
    )
    story = _Story(package, styles)
    story.blocks(story.open(main))
    for kind in ("footnotes", "endnotes"):
        for name in (name for word, name in parts if word == kind and name in package):
            for note in story.open(name):
                if value(note, "type") in (None, "normal"):
                    story.blocks(note)
    seen: set[str] = set()
    story.meta = True
    for name in (name for kind, name in parts if kind in ("header", "footer") and name in package):
        part = story.open(name)
        words = " ".join("".join(part.itertext()).split())
        if words and words not in seen:
            seen.add(words)
            story.blocks(part)
    for name in (name for kind, name in parts if kind == "comments" and name in package):
        story.blocks(story.open(name))
    extraction = story.draft.finish(notes=story.notes())
    title = package.title() or sensible_title(story.title) or first_heading(extraction)
    return Extraction(extraction.text, extraction.blocks, title, extraction.notes)


class _Story:
    """Writes a part's paragraphs and tables into the draft."""

    def __init__(self, package: Package, styles: Styles) -> None:
        self.draft = Draft()
        self.package = package
        self.styles = styles
        self.relations: dict[str, tuple[str, str]] = {}
        self.title: str | None = None
        self.meta = False
        self.chunks = 0
        self.repeats = Repeats()

    def open(self, part: str) -> Element:
        """A part's XML; what is read next is in it."""
        self.relations = self.package.relations(part)
        return self.package.xml(part)

    def notes(self) -> tuple[str, ...]:
        """What was met and not read."""
        return (f"{self.chunks} embedded documents were not read",) if self.chunks else ()

    def blocks(self, container: Element) -> None:
        """Every paragraph and table under the element, through whatever wraps them."""
        for child in container:
            name = local(child)
            if name == "p":
                self._paragraph(child)
            elif name == "tbl":
                self._table(child)
            elif name == "AlternateContent":
                self.blocks(alternative(child))
            elif name == "altChunk":
                self.chunks += 1
            elif name not in _DROPPED:
                self.blocks(child)

    def _paragraph(self, paragraph: Element) -> None:
        text, boxes = paragraph_text(paragraph, self.styles)
        kind, level = self._kind(paragraph, text)
        if kind == "heading" and self.title is None and self.styles.is_title(paragraph):
            self.title = text
        self.draft.add(text, kind, level)
        for box in boxes:
            for line in self._diagram(box):
                self.draft.add(line, "meta" if self.meta else "item")
            self.blocks(box)

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
        for row in _children(table, "tr"):
            marks = {local(m): m for part in row if local(part) == "trPr" for m in part}
            if "del" in marks:
                continue
            rows.number += 1
            cells = list(_children(row, "tc"))
            texts = [self._cell(cell) for cell in cells]
            filled = [number for number, text in enumerate(texts) if text.strip()]
            if len(filled) == 1 and (len(cells) == 1 or "\n" in texts[filled[0]]):
                self.blocks(cells[filled[0]])  # a frame around ordinary text
            elif filled and self.meta:
                self.draft.add("\t".join(texts), "meta")
            elif filled:
                spans.begin_row(rows.number)
                head = "tblHeader" in marks and _is_on(marks["tblHeader"])
                head = head or (styled and rows.number == 1)
                rows.add("\t".join(_reached(cells, texts, spans)), head=head or None)
        rows.end()

    def _cell(self, cell: Element) -> str:
        """A cell's paragraphs, nested rows, text boxes and diagrams, a line each."""
        lines: list[str] = []
        for child in _children(cell, "p", "tbl"):
            if local(child) == "p":
                text, boxes = paragraph_text(child, self.styles)
                lines.append(text)
                for box in boxes:
                    lines += [*self._diagram(box), self._cell(box)]
            else:
                rows = (map(self._cell, _children(row, "tc")) for row in _children(child, "tr"))
                lines += map("\t".join, rows)
        return "\n".join(line.strip() for line in lines if line.strip())


def paragraph_text(paragraph: Element, styles: Styles) -> tuple[str, list[Element]]:
    """A paragraph's visible text, and the text boxes and marks of diagrams anchored in it.

    A field is its code, then its result: text between the two marks (results of
    fields inside the code) is dropped, but only once the second mark is there, so
    that a broken field never swallows the text after it.
    """
    pieces: list[str] = []
    boxes: list[Element] = []
    fields: list[int | None] = []  # where a field's code began; None once in its result

    def visit(element: Element) -> None:
        for child in element:
            name = local(child)
            if name == "t":
                pieces.append(scalar(child.text or ""))
            elif name in _CHARACTERS:
                if local(element) != "tabs":
                    pieces.append(_CHARACTERS[name])
            elif name == "sym":
                pieces.append(_symbol(child))
            elif name == "fldChar":
                mark = value(child, "fldCharType")
                if mark == "begin":
                    fields.append(len(pieces))
                elif fields:
                    began = fields.pop()
                    if began is not None:
                        del pieces[began:]
                    if mark == "separate":
                        fields.append(None)
            elif name in _BOXES:
                boxes.append(child)
            elif name == "AlternateContent":
                visit(alternative(child))
            elif name in _DROPPED or (name == "r" and styles.is_hidden(child, paragraph)):
                continue
            else:
                visit(child)

    visit(paragraph)
    return "".join(pieces), boxes


def _children(element: Element, *names: str) -> Iterator[Element]:
    """The nearest descendants with these names, through content controls and the like."""
    for child in element:
        name = local(child)
        if name in names:
            yield child
        elif name == "AlternateContent":
            yield from _children(alternative(child), *names)
        elif name not in _DROPPED and name not in ("p", "tbl", "tr", "tc"):
            yield from _children(child, *names)


def _reached(cells: list[Element], texts: list[str], spans: Spans) -> Iterator[str]:
    """The texts of a row's cells; of one that is joined to the cell above it, that one's."""
    column = 0
    for cell, text in zip(cells, texts, strict=True):
        marks = {local(m): m for part in cell if local(part) == "tcPr" for m in part}
        joined = value(marks["vMerge"], "val") or "continue" if "vMerge" in marks else None
        if joined == "continue":
            above = spans.at(column)
            yield text or (above[0] if above else "")
        else:
            if joined == "restart":
                spans.open(column, _MOST_ROWS, text)
            else:
                spans.close(column)
            yield text
        width = value(marks["gridSpan"], "val") or "" if "gridSpan" in marks else ""
        column += int(width[:4]) if width.isascii() and width.isdecimal() else 1


def _is_on(mark: Element) -> bool:
    return value(mark, "val") not in ("0", "false", "off")


def _symbol(element: Element) -> str:
    try:
        return scalar(symbol(value(element, "font") or "", int(value(element, "char") or "", 16)))
    except (ValueError, OverflowError):
        return "\ufffd"
