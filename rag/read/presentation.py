"""PowerPoint presentations (PPTX, PPTM, PPSX), read from the package's own XML.

Slides in the order in which they are shown, each block's ``page`` the slide's number:
the title as heading, then the shapes' paragraphs, tables (a row a block, a tab
between cells), diagrams, charts (their words, then their data as rows), then the
speaker's notes. Footers, dates and what layouts and masters write on every slide
are meta, as are the shapes that a slide hides. Hidden slides are kept; what is struck
through, slide numbers and comments are left out. A cell that is merged down stands in each
of its rows.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib.metadata import version

from rag.document import BlockKind
from rag.read.chart import chart_rows, chart_titles
from rag.read.drawing import diagram_lines, has_head, paragraph_text, table_rows
from rag.read.extraction import (
    HEADING_CHARS,
    STRUCK,
    Draft,
    Extraction,
    after_empty_cells,
    holds_words,
)
from rag.read.grid import Repeats, Table
from rag.read.package import Element, Package, alternative, is_true, local
from rag.read.struck import drop_struck

VERSION = "pptx 3"

_TITLES = ("title", "ctrTitle")
_FOOTERS = ("ftr", "dt", "hdr")
_LISTED = ("body", "obj")  # their paragraphs are bullets unless they say otherwise


def reader() -> str:
    """Name and version of this reader."""
    return f"{VERSION} lxml {version('lxml')}"


def extract(data: bytes) -> Extraction:
    """Every slide and its notes.

    Raises:
        ReadError: damaged, hostile or not a presentation.
    """
    package = Package(data)
    deck = _Deck(package, keep_struck=False)
    deck.read()
    if deck.struck and not holds_words(deck.draft.blocks):
        deck = _Deck(package, keep_struck=True)
        deck.read()
    return deck.draft.finish(package.title(), (STRUCK,) if deck.struck else ())


class _Deck:
    """A presentation's slides, written into the draft."""

    def __init__(self, package: Package, *, keep_struck: bool) -> None:
        self.package = package
        self.draft = Draft()
        self.repeats = Repeats()
        self.struck = False
        """Whether anything that is struck through was left out."""
        self._keep_struck = keep_struck

    def xml(self, part: str) -> Element:
        """A part's XML without what is struck through."""
        root = self.package.xml(part)
        if not self._keep_struck and drop_struck(root):
            self.struck = True
        return root

    def read(self) -> None:
        """Every slide with its notes, then what stands on all of them."""
        package = self.package
        main = package.main("ppt/presentation.xml")
        relations = package.relations(main)
        masters: dict[str, None] = {}  # in the order of their first use
        for number, entry in enumerate(package.xml(main).iter("{*}sldId"), 1):
            part = relations.get(_relation(entry) or "", ("", ""))[1]
            if part not in package:
                continue
            page = _Slide(self, part, number)
            page.read()
            masters.update(dict.fromkeys(page.related("slideLayout")))
        for layout in list(masters):
            above = package.relations(layout).values()
            masters.update(dict.fromkeys(name for kind, name in above if kind == "slideMaster"))
        seen: set[str] = set()
        for part in masters:
            if part in package:
                _Slide(self, part, None).fixed_words(seen)


def _relation(element: Element) -> str | None:
    """The ``r:id``; a slide has a plain ``id`` as well."""
    for key, found in element.attrib.items():
        if str(key).startswith("{") and str(key).endswith("}id"):
            return str(found)
    return None


class _Slide:
    """Writes one slide, layout or master into the draft."""

    def __init__(self, deck: _Deck, part: str, number: int | None) -> None:
        self.deck = deck
        self.package = deck.package
        self.draft = deck.draft
        self.number = number
        self.relations = self.package.relations(part)
        self.root = deck.xml(part)
        self._hidden = False  # the present shape

    def related(self, kind: str) -> list[str]:
        """The parts of one kind that the slide uses."""
        return [name for word, name in self.relations.values() if word == kind]

    def read(self) -> None:
        """The title, then the other shapes in their order, then the notes."""
        shapes = [shape for tree in self.root.iter("{*}spTree") for shape in tree]
        titles = [
            shape for shape in shapes if _placeholder(shape) in _TITLES and not _is_hidden(shape)
        ]
        for shape in titles:
            title = "\n".join(text for text in map(paragraph_text, shape.iter("{*}p")) if text)
            heading = len(title) <= HEADING_CHARS
            self._add(title, "heading" if heading else "prose", 2 if heading else 0)
        self._shapes(shape for shape in shapes if shape not in titles)
        for notes in self.related("notesSlide"):
            if notes in self.package:
                for shape in self.deck.xml(notes).iter("{*}sp"):
                    if _placeholder(shape) == "body":
                        for paragraph in shape.iter("{*}p"):
                            self._add(paragraph_text(paragraph), "prose")

    def fixed_words(self, seen: set[str]) -> None:
        """What a layout or master writes itself: its shapes that are no placeholders."""
        for shape in self.root.iter("{*}sp"):
            text = "\n".join(map(paragraph_text, shape.iter("{*}p"))).strip()
            if text and _placeholder(shape) is None and text not in seen:
                seen.add(text)
                self._add(text, "meta")

    def _add(self, text: str, kind: BlockKind, level: int = 0) -> None:
        self.draft.add(text, "meta" if self._hidden else kind, level, self.number)

    def _row(self, row: str) -> None:
        indent, words = after_empty_cells(row)
        kind: BlockKind = "meta" if self._hidden else "row"
        self.draft.add(words, kind, page=self.number, indent=indent)

    def _shapes(self, shapes: Iterable[Element]) -> None:
        within = self._hidden
        for shape in shapes:
            name = local(shape)
            self._hidden = within or _is_hidden(shape)
            if name == "sp":
                self._shape(shape)
            elif name == "AlternateContent":
                self._shapes(alternative(shape))
            elif name == "graphicFrame":
                self._frame(shape)
            elif name in ("grpSp", "contentPart"):
                self._shapes(shape)
        self._hidden = within

    def _shape(self, shape: Element) -> None:
        role = _placeholder(shape)
        if role == "sldNum":
            return
        for paragraph in shape.iter("{*}p"):
            kind: BlockKind = "item" if _is_listed(paragraph, role) else "prose"
            self._add(paragraph_text(paragraph), "meta" if role in _FOOTERS else kind)

    def _frame(self, frame: Element) -> None:
        for table in frame.iter("{*}tbl"):
            self._table(table)
        for mark in frame.iter("{*}chart"):
            part = self.relations.get(_relation(mark) or "", ("", ""))[1]
            if part in self.package:
                chart = self.package.xml(part)
                for title in chart_titles(chart):
                    self._add(title, "prose")
                for row in chart_rows(chart):
                    self._row(row)
        for mark in frame.iter("{*}relIds"):
            for line in diagram_lines(mark, self.package, self.relations):
                self._add(line, "item")

    def _table(self, table: Element) -> None:
        rows = Table(self.draft)
        styled = has_head(table)
        for rows.number, line in table_rows(table, self.deck.repeats):
            if self._hidden:
                self._row(line)
            else:
                head = (styled and rows.number == 1) or None
                rows.add(line, page=self.number, head=head)
        rows.end()


def _is_hidden(shape: Element) -> bool:
    """Whether the selection pane says not to show it."""
    return any(
        is_true(mark.get("hidden"))
        for properties in shape
        if local(properties).startswith("nv")
        for mark in properties
        if local(mark) == "cNvPr"
    )


def _placeholder(shape: Element) -> str | None:
    """What a placeholder is for; None for a shape that is none."""
    for properties in shape:
        if local(properties) == "nvSpPr":
            for mark in properties.iter("{*}ph"):
                return mark.get("type") or "obj"
    return None


def _is_listed(paragraph: Element, role: str | None) -> bool:
    for properties in paragraph:
        if local(properties) == "pPr":
            for mark in properties:
                if local(mark) in ("buChar", "buAutoNum", "buBlip"):
                    return True
                if local(mark) == "buNone":
                    return False
    return role in _LISTED
