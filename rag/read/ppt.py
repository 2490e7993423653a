"""PowerPoint presentations of before 2007 (PPT), as [MS-PPT] describes them.

The same shape as a PPTX: slides in the order in which they are shown, each block's
``page`` the slide's number; the title as heading, then the shapes' paragraphs and
tables (a row a block, a tab between cells), then the speaker's notes. Footers and what
the masters write on every slide are meta, as are hidden shapes; the masters' own hints
("Click to edit"), slide numbers and comments are left out.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator

from rag.document import BlockKind
from rag.errors import ReadError
from rag.read.compound import Compound, is_encrypted
from rag.read.extraction import HEADING_CHARS, Draft, Extraction, after_empty_cells
from rag.read.ppt_records import Record, persistent, record_at
from rag.read.ppt_shapes import (
    BYTES,
    CHARACTERS,
    GROUP,
    HEADER,
    SHAPE,
    Text,
    is_hidden,
    is_table,
    paragraphs,
    placeholder,
    table_rows,
    text_of,
    utf_16,
)

VERSION = "ppt 3"

_DOCUMENT, _SLIDE, _NOTES, _MASTER = 0x03E8, 0x03EE, 0x03F0, 0x03F8
_NOTES_ATOM, _LIST, _LISTED, _FOOTERS, _WORDS = 0x03F1, 0x0FF0, 0x03F3, 0x0FD9, 0x0FBA
_SLIDES, _MASTERS, _NOTES_LIST = 0, 1, 2  # which of the document's lists
_DRAWING = 0x040C
_TITLES, _BODIES, _NOTES_BODY = (0, 6), (1, 7, 8), 2
_FOOTER_PLACES = (7, 8, 9, 10)
_MOST_CHARACTERS = 50_000_000
_DEEPEST = 100


def extract(data: bytes) -> Extraction:
    """Every slide and its notes.

    Raises:
        ReadError: encrypted, damaged, or of PowerPoint 95 and before.
    """
    compound = Compound(data)
    if is_encrypted(compound):
        raise ReadError("encrypted: save a copy without the password and rebuild")
    stream = compound.stream("PowerPoint Document")
    if not stream:
        raise ReadError("a presentation of PowerPoint 95 or before: save it as PPTX and rebuild")
    try:
        return _Presentation(compound, stream).read()
    except (struct.error, IndexError) as error:
        raise ReadError("a damaged presentation: save it again from its program") from error


class _Presentation:
    """A presentation's slides, written into the draft."""

    def __init__(self, compound: Compound, stream: bytes) -> None:
        self.stream = stream
        self.draft = Draft()
        self.written = 0
        self.places, self.number = persistent(compound, stream)

    def read(self) -> Extraction:
        """Every slide with its notes, then what stands on all of them."""
        document = self._record(self.number, _DOCUMENT)
        if document is None:
            raise ReadError("a damaged presentation: save it again from its program")
        lists = {
            entry.instance: list(_listed(entry))
            for entry in document.children()
            if entry.kind == _LIST
        }
        notes = {
            number: record
            for reference, _, _ in lists.get(_NOTES_LIST, [])
            if (record := self._record(reference, _NOTES)) is not None
            and (number := _first_number(record, _NOTES_ATOM)) is not None
        }
        for page, (reference, identifier, outline) in enumerate(lists.get(_SLIDES, []), 1):
            slide = self._record(reference, _SLIDE)
            if slide is not None:
                self._slide(slide, outline, page)
                if identifier in notes:
                    self._notes(notes[identifier], page)
        seen: set[str] = set()
        self._footers([document], None, seen)
        for reference, _, _ in lists.get(_MASTERS, []):
            master = self._record(reference, _MASTER)
            if master is not None:
                self._fixed_words(master, seen)
        return self.draft.finish()

    def _record(self, reference: int, kind: int) -> Record | None:
        place = self.places.get(reference)
        if place is None or place + 8 > len(self.stream):
            return None
        record = record_at(self.stream, place)
        return record if record.kind == kind else None

    def _slide(self, slide: Record, outline: list[Text], page: int) -> None:
        for shape in slide.all(SHAPE):
            role, text = text_of(shape, outline)
            if role in _TITLES and not is_hidden(shape):
                heading = len(text) <= HEADING_CHARS
                self._add(text, "heading" if heading else "prose", page, 2 if heading else 0)
        self._group(_drawn(slide), outline, page, 0)
        self._footers([slide], page, set())

    def _group(
        self,
        records: Iterable[Record],
        outline: list[Text],
        page: int,
        depth: int,
        *,
        hidden: bool = False,
    ) -> None:
        """The words of shapes and of groups of shapes, in their order; of hidden ones as meta."""
        for record in records:
            if record.kind == GROUP and depth < _DEEPEST:
                out = hidden or is_hidden(record)
                if is_table(record):
                    self._table(record, outline, page, "meta" if out else "row")
                else:
                    self._group(record.children(), outline, page, depth + 1, hidden=out)
            elif record.kind == SHAPE:
                role, text = text_of(record, outline)
                out = hidden or is_hidden(record)
                if role not in _TITLES or out:
                    kind: BlockKind = "item" if role in _BODIES else "prose"
                    if out or placeholder(record) in _FOOTER_PLACES:
                        kind = "meta"
                    for paragraph in text.split("\n"):
                        self._add(paragraph, kind, page)

    def _table(self, table: Record, outline: list[Text], page: int, kind: BlockKind) -> None:
        """Each row under its columns; the tabs of empty first cells keep them."""
        for line in table_rows(table, outline):
            indent, words = after_empty_cells(line)
            self._add(words, kind, page, indent=indent)

    def _notes(self, notes: Record, page: int) -> None:
        for shape in notes.all(SHAPE):
            role, text = text_of(shape, [])
            if role == _NOTES_BODY:
                for paragraph in text.split("\n"):
                    self._add(paragraph, "prose", page)

    def _footers(self, holders: Iterable[Record], page: int | None, seen: set[str]) -> None:
        """Headers, footers and dates that a person wrote."""
        for holder in holders:
            for footers in (entry for entry in holder.children() if entry.kind == _FOOTERS):
                for words in footers.children():
                    if words.kind == _WORDS:
                        self._once(utf_16(words.data), page, seen)

    def _fixed_words(self, master: Record, seen: set[str]) -> None:
        """What a master writes itself: its shapes that are no placeholders."""
        for shape in master.all(SHAPE):
            if placeholder(shape) is None:
                self._once(text_of(shape, [])[1], None, seen)

    def _once(self, text: str, page: int | None, seen: set[str]) -> None:
        if text.strip() and text not in seen:
            seen.add(text)
            self._add(text, "meta", page)

    def _add(
        self, text: str, kind: BlockKind, page: int | None, level: int = 0, indent: str = ""
    ) -> None:
        self.written += len(text)
        if self.written > _MOST_CHARACTERS:
            raise ReadError(f"more than {_MOST_CHARACTERS:,} characters in it: split it")
        self.draft.add(text, kind, level, page, indent=indent)


def _listed(entries: Record) -> Iterator[tuple[int, int, list[Text]]]:
    """A list's slides: the number of the record, the slide's own, and its outline's texts."""
    outline: list[Text] = []
    role = 4
    slide: tuple[int, int, list[Text]] | None = None
    for entry in entries.children():
        if entry.kind == _LISTED:
            if slide is not None:
                yield slide
            outline = []
            slide = entry.number(0), entry.number(12), outline
        elif entry.kind == HEADER:
            role = entry.number(0)
            outline.append((role, ""))
        elif entry.kind in (CHARACTERS, BYTES) and outline:
            outline[-1] = role, paragraphs(entry, [])
    if slide is not None:
        yield slide


def _drawn(slide: Record) -> Iterator[Record]:
    """The shapes and groups that lie directly on a slide."""
    drawing = slide.child(_DRAWING)
    for page in drawing.children() if drawing is not None else ():
        for group in page.children():
            if group.kind == GROUP:
                yield from group.children()


def _first_number(record: Record, kind: int) -> int | None:
    atom = record.child(kind)
    return atom.number(0) if atom is not None else None
