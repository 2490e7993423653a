"""Word documents of before 2007 (DOC), as [MS-DOC] describes them.

Kept: paragraphs, fields' results, tables (a row a line, a tab between cells), then
footnotes, endnotes and text boxes, then headers and footers as meta. Left out: field
codes, hidden and deleted text, struck-through text (unless all of it is), comments and
pictures.
"""

from __future__ import annotations

import struct
from array import array
from bisect import bisect_right
from dataclasses import dataclass
from typing import TypeVar

from rag.errors import ReadError
from rag.read.compound import Compound, is_encrypted
from rag.read.doc_properties import Look, Properties, character_runs, font_names, paragraph_runs
from rag.read.extraction import STRUCK, Draft, Extraction, first_heading, holds_words
from rag.read.grid import Repeats
from rag.read.story import Story, StyleSheet
from rag.read.word_table import RowLayout

VERSION = "doc 4"

_T = TypeVar("_T")
_MAGIC = 0xA5EC
_CLX, _CHARACTERS, _PARAGRAPHS, _FONTS = (
    0x1A2,
    0xFA,
    0x102,
    0x112,
)  # where the header keeps their places
_LENGTHS = 0x4C  # of the text's parts, in this order
_PARTS = ("body", "notes", "headers", "macros", "comments", "notes", "boxes", "header boxes")
_SPELT = {"\x0b": "\n", "\x1e": "\u2011", "\x1f": "\u00ad", "\t": "\t"}
_PLAIN = Look()
_CELL, _FIELD, _RESULT, _FIELD_END = "\x07", "\x13", "\x14", "\x15"


@dataclass(frozen=True, slots=True)
class Format:
    """What of a paragraph's properties its kind depends on."""

    style: int
    outline: int | None
    listed: bool
    in_table: bool


def extract(data: bytes) -> Extraction:
    """The document's text.

    Raises:
        ReadError: encrypted, damaged, or of Word 95 and before.
    """
    compound = Compound(data)
    if is_encrypted(compound):
        raise ReadError("encrypted: save a copy without the password and rebuild")
    document = compound.stream("WordDocument")
    try:
        (magic,) = struct.unpack_from("<H", document, 0)
        if magic != _MAGIC:
            raise ReadError("a document of Word 95 or before: save it as DOCX and rebuild")
        return _read(compound, document)
    except (struct.error, IndexError) as error:
        raise ReadError("a damaged document: save it again from its program") from error


def _read(compound: Compound, document: bytes) -> Extraction:
    (flags,) = struct.unpack_from("<H", document, 0x0A)
    table = compound.stream("1Table" if flags & 0x0200 else "0Table")
    characters, places = _pieces(document, table)
    fonts = font_names(table, *struct.unpack_from("<II", document, _FONTS))
    at, size = struct.unpack_from("<II", document, _CHARACTERS)
    reading = _Reading(
        characters,
        places,
        list(struct.unpack_from("<8i", document, _LENGTHS)),
        character_runs(document, table, at, size, fonts),
        paragraph_runs(document, table, *struct.unpack_from("<II", document, _PARAGRAPHS)),
    )
    draft = reading.write(keep_struck=False)
    notes = (STRUCK,) if reading.has_struck else ()
    if notes and not holds_words(draft.blocks):
        draft, notes = reading.write(keep_struck=True), ()
    extraction = draft.finish()
    return Extraction(extraction.text, extraction.blocks, first_heading(extraction), notes)


def _pieces(document: bytes, table: bytes) -> tuple[str, array[int]]:
    """The text, and for each of its UTF-16 units its place in the file.

    The text lies in pieces, each of one or two bytes a character.
    """
    at, size = struct.unpack_from("<II", document, _CLX)
    end = min(at + size, len(table))
    while at < end and table[at] == 1:  # properties that pieces share
        at += 3 + struct.unpack_from("<H", table, at + 1)[0]
    if at >= end or table[at] != 2:
        raise IndexError
    (size,) = struct.unpack_from("<I", table, at + 1)
    count = (size - 4) // 12
    if not 0 < count <= len(table):
        raise IndexError
    positions = struct.unpack_from(f"<{count + 1}I", table, at + 5)
    pieces: list[str] = []
    places = array("I")
    for number in range(count):
        length = positions[number + 1] - positions[number]
        (where,) = struct.unpack_from("<I", table, at + 5 + 4 * (count + 1) + 8 * number + 2)
        if length < 0 or len(places) + length > len(document):
            raise IndexError
        if where & 0x40000000:
            where = (where & 0x3FFFFFFF) // 2
            pieces.append(document[where : where + length].decode("cp1252", "replace"))
            step = 1
        else:
            units = document[where : where + 2 * length]
            # A unit a character: halves of pairs are joined when the text is written.
            pieces.append("".join(map(chr, struct.unpack(f"<{len(units) // 2}H", units))))
            step = 2
        places.extend(range(where, where + step * len(pieces[-1]), step))
    return "".join(pieces), places


@dataclass
class _Reading:
    """What a file holds, to be written part by part."""

    characters: str
    places: array[int]
    lengths: list[int]
    looks: tuple[list[int], list[Look]]
    formats: tuple[list[int], list[Properties]]
    has_struck: bool = False

    def write(self, *, keep_struck: bool) -> Draft:
        """The body, then notes and boxes, then headers and footers as meta."""
        draft, repeats = Draft(), Repeats()
        start = 0
        late: list[tuple[Story, bool]] = []
        for name, length in zip(_PARTS, self.lengths, strict=True):
            end = min(start + max(length, 0), len(self.characters))
            if name in ("body", "notes", "boxes", "headers", "header boxes"):
                story = self._tell(start, end, keep_struck=keep_struck)
                if name == "body":
                    story.write(draft, repeats)
                else:
                    late.append((story, name.startswith("header")))
            start = end
        for story, meta in sorted(late, key=lambda entry: entry[1]):
            story.write(draft, repeats, meta=meta)
        return draft

    def _tell(self, start: int, end: int, *, keep_struck: bool) -> Story:
        """The story of a part's characters."""
        story = Story(StyleSheet())
        fields: list[bool] = []  # for each open field, whether its code is being passed
        form = Format(0, None, listed=False, in_table=False)
        for number in range(start, end):
            character, place = self.characters[number], self.places[number]
            if character == _FIELD:
                fields.append(True)
            elif character == _RESULT and fields:
                fields[-1] = False
            elif character == _FIELD_END and fields:
                fields.pop()
            elif character in ("\r", "\x0c", "\x0e", _CELL):
                properties = _at(self.formats, place) or Properties()
                level = properties.style if 1 <= properties.style <= 9 else 0
                outline = properties.outline if properties.outline is not None else level - 1
                form = Format(0, outline, properties.listed, properties.in_table)
                if character == _CELL and properties.row_end:
                    story.layout = properties.layout or RowLayout()
                    story.end_row()
                elif character == _CELL:
                    story.end_cell(nested=False)
                else:
                    story.end_paragraph(form)
            elif character < " " and character not in _SPELT:
                continue  # where a picture, a note or a drawing stands
            elif not any(fields):
                look = _at(self.looks, place) or _PLAIN
                if look.hidden:
                    continue
                if look.struck:
                    self.has_struck = self.has_struck or character > " "
                    if not keep_struck:
                        continue
                text = look.text(_SPELT.get(character, character))
                story.write_text(text, is_raised=look.raised)
        story.end(form)
        return story


def _at(runs: tuple[list[int], list[_T]], place: int) -> _T | None:
    """What a sorted list of runs says of a place in the file."""
    number = bisect_right(runs[0], place) - 1
    return runs[1][number] if number >= 0 else None
