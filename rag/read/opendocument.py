"""OpenDocument (ODT, ODS, ODP), read from the package's own XML.

Text: paragraphs, headings, lists, tables (a row a block, a tab between cells), text
boxes after their paragraph, notes after the body; then headers and footers as
meta. Sheets: a heading with the name, a block a row, which knows its number, each cell as it is
shown under its column. A cell that reaches down stands in each of its rows. Slides: the
title as heading, ``page`` the slide's number, the speaker's notes after the slide; what
the master slides write is meta. Left out: deletions, what is struck through, formulas,
comments (of cells: meta), hidden text, and numbers that the program counts. Tables of
contents, hidden sheets, rows and columns, and descriptions of pictures are meta.
"""

from __future__ import annotations

from importlib.metadata import version
from typing import Literal

from rag.document import BlockKind
from rag.errors import ReadError
from rag.read.extraction import (
    HEADING_CHARS,
    STRUCK,
    Draft,
    Extraction,
    after_empty_cells,
    first_heading,
    holds_words,
    sensible_title,
)
from rag.read.grid import Table
from rag.read.opendocument_table import Cells, head_rows, hidden_columns, is_out_of_sight
from rag.read.opendocument_text import Styles, Words, formulas, is_dropped
from rag.read.package import Element, Package, local, value

VERSION = "odf 6"

_DEEPEST = 6
_HEADERS = ("header", "header-left", "header-first", "footer", "footer-left", "footer-first")
_INDEXES = ("table-of-content", "alphabetical-index", "table-index", "illustration-index",
            "object-index", "user-index")  # fmt: skip
_MOST_CHARACTERS = 50_000_000


def reader() -> str:
    """Name and version of this reader."""
    return f"{VERSION} lxml {version('lxml')}"


def extract(data: bytes, kind: Literal["odt", "ods", "odp"]) -> Extraction:
    """The document's text.

    Raises:
        ReadError: encrypted, damaged, hostile or larger than the limits.
    """
    package = Package(data)
    manifest = "META-INF/manifest.xml"
    if manifest in package and b"encryption-data" in package.bytes(manifest):
        raise ReadError("encrypted: save a copy without the password and rebuild")
    content = package.xml("content.xml")
    styles = package.xml("styles.xml") if "styles.xml" in package else None
    reading = _read(content, styles, kind, keep_struck=False)
    if reading.words.struck and not holds_words(reading.draft.blocks):
        reading = _read(content, styles, kind, keep_struck=True)
    notes = [STRUCK] if reading.words.struck else []
    if count := formulas(content, package):
        notes.append(f"{count} formula{'s are' if count > 1 else ' is'} left out")
    extraction = reading.draft.finish()
    title = _title(package) or sensible_title(reading.title)
    if kind == "odt":
        title = title or first_heading(extraction)
    return Extraction(extraction.text, extraction.blocks, title, tuple(notes))


def _read(
    content: Element,
    styles: Element | None,
    kind: Literal["odt", "ods", "odp"],
    *,
    keep_struck: bool,
) -> _Reading:
    roots = [content] if styles is None else [styles, content]
    reading = _Reading(Styles(*roots, keep_struck=keep_struck))
    for body in content.iter("{*}body"):
        for part in body:
            if kind == "odp":
                reading.slides(part)
            elif kind == "ods":
                reading.sheets(part)
            else:
                reading.blocks(part)
    reading.end_notes()
    if styles is not None and kind != "ods":  # a sheet's are "???" and "Page 1" of the program
        reading.masters(styles)
    return reading


def _title(package: Package) -> str | None:
    if "meta.xml" not in package:
        return None
    try:
        found = next(package.xml("meta.xml").iter("{http://purl.org/dc/elements/1.1/}title"), None)
    except ReadError:  # a title is not worth a document
        return None
    return sensible_title(found.text) if found is not None else None


class _Reading:
    """Writes a document's parts into the draft."""

    def __init__(self, styles: Styles) -> None:
        self.draft = Draft()
        self.styles = styles
        self.title: str | None = None
        self.page: int | None = None
        self.written = 0
        self.words = Words(styles)
        self.cells = Cells(self.words)

    def blocks(self, container: Element, kind: BlockKind = "prose") -> None:
        """Every paragraph, list and table under the element, through whatever wraps them."""
        for child in container:
            name = local(child)
            if name in ("p", "h"):
                self._paragraph(child, kind)
            elif is_dropped(child) or self.styles.is_hidden(child) or name == "notes":
                continue
            elif name in ("title", "desc"):  # what a picture shows, in words
                self._add(child.text or "", "meta")
            elif name == "table":
                self._table(child, kind)
            elif name == "list-item" and kind == "prose":
                self.blocks(child, "item")
            else:
                self.blocks(child, "meta" if name in _INDEXES else kind)

    def end_notes(self) -> None:
        """The notes met so far, after the text that they belong to."""
        notes, self.words.notes = self.words.notes, []
        for note in notes:
            self.blocks(note)

    def sheets(self, spreadsheet: Element) -> None:
        """Every sheet, with the words of its shapes and, as meta, of its comments."""
        for table in spreadsheet:
            if local(table) != "table":
                continue
            kind: BlockKind = "meta" if self.styles.is_hidden(table) else "row"
            heading = " ".join((value(table, "name") or "").split())
            columns = hidden_columns(table)
            kept_back: list[tuple[int, str]] = []  # what they hold
            for number, row, cells in self.cells.rows(table):
                self._add(heading, "heading", 2)
                heading = ""
                texts = [text for text, _ in cells]
                if is_out_of_sight(row):
                    self._add("\t".join(texts), "meta", row=number)
                    continue
                for at in columns.intersection(range(len(texts))):
                    if texts[at]:
                        self._count(texts[at])
                        kept_back.append((number, texts[at]))
                        texts[at] = ""
                indent, words = after_empty_cells("\t".join(texts).rstrip())
                self._add(words, kind, indent=indent, row=number)
            for number, words in kept_back:
                self._add(words, "meta", row=number)
            for shapes in (part for part in table if local(part) == "shapes"):
                self.blocks(shapes, "meta" if kind == "meta" else "prose")
            for comment in table.iter("{*}annotation"):
                self.blocks(comment, "meta")

    def slides(self, presentation: Element) -> None:
        """Every slide, then its notes."""
        number = 0
        for part in presentation:
            if local(part) in ("footer-decl", "header-decl"):
                self._add(" ".join("".join(part.itertext()).split()), "meta")
            if local(part) != "page":
                continue
            number += 1
            self.page = number
            self._shapes(part)
            for notes in (child for child in part if local(child) == "notes"):
                self.blocks(notes)
            self.end_notes()
        self.page = None

    def _shapes(self, slide: Element) -> None:
        for shape in slide:
            if local(shape) == "notes" or is_dropped(shape):
                continue
            if value(shape, "class") == "title":
                texts = [self.words.of(p).text for p in shape.iter("{*}p")]
                title = "\n".join(text.strip() for text in texts if text.strip())
                self._add(title, *_heading(title, 2))
            else:
                self.blocks([shape])

    def masters(self, styles: Element) -> None:
        """Headers and footers, and what stands on every slide: each text once, as meta."""
        seen: set[str] = set()
        for master in styles.iter("{*}master-page"):
            for part in master:
                shown = local(part) in _HEADERS or (
                    local(part) in ("frame", "custom-shape", "rect", "g")
                    and value(part, "class") in (None, "footer", "date-time", "header")
                    and value(part, "placeholder") != "true"
                )
                words = " ".join("".join(part.itertext()).split()) if shown else ""
                if words and words not in seen:
                    seen.add(words)
                    self.blocks([part], "meta")

    def _paragraph(self, element: Element, kind: BlockKind) -> None:
        paragraph = self.words.of(element)
        text, level = paragraph.text, 0
        if kind != "meta":
            if local(element) == "h":
                outline = value(element, "outline-level") or "1"
                level = min(max(int(outline), 1), _DEEPEST) if outline.isdecimal() else 1
            elif self.styles.is_title(element):
                level = 1
                self.title = self.title or text
        self._add(text, *(_heading(text, level) if level else (kind, 0)))
        for box in paragraph.boxes:
            self.blocks([box], "meta" if kind == "meta" else "prose")

    def _add(
        self,
        text: str,
        kind: BlockKind,
        level: int = 0,
        indent: str = "",
        row: int | None = None,
    ) -> None:
        self._count(text)
        self.draft.add(text, kind, level, self.page, row=row, indent=indent)

    def _count(self, text: str) -> None:
        self.written += len(text)
        if self.written > _MOST_CHARACTERS:
            raise ReadError(f"more than {_MOST_CHARACTERS:,} characters in it: split the document")

    def _table(self, table: Element, kind: BlockKind) -> None:
        rows = Table(self.draft)
        heads = head_rows(table)
        for rows.number, _, cells in self.cells.rows(table):
            filled = [cell for text, cell in cells if text]
            texts = [text for text, _ in cells]
            line = "\t".join(texts)
            if len(filled) == 1 and (len(cells) == 1 or "\n" in line):
                self.blocks(filled[0], kind)  # a frame around ordinary text
            elif kind == "meta":
                self._add(line, kind)
            else:
                self._count(line)
                rows.add(line, page=self.page, head=rows.number <= heads or None)
        rows.end()


def _heading(text: str, level: int) -> tuple[BlockKind, int]:
    return ("heading", level) if len(text) <= HEADING_CHARS else ("prose", 0)
