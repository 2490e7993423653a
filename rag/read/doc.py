"""Word documents of before 2007 (DOC), as [MS-DOC] describes them.

Kept: paragraphs, fields' results, tables (a row a line, a tab between cells), then
footnotes, endnotes and text boxes, then headers and footers as meta. Left out: field
codes, hidden and deleted text, comments and pictures.
"""

from __future__ import annotations

import struct
from array import array
from bisect import bisect_right
from dataclasses import dataclass
from typing import TypeVar

from rag.errors import ReadError
from rag.read.compound import Compound, is_encrypted
from rag.read.doc_properties import Properties, character_runs, paragraph_runs
from rag.read.extraction import Draft, Extraction, first_heading
from rag.read.story import Story, StyleSheet

VERSION = "doc 2"

_T = TypeVar("_T")
_MAGIC = 0xA5EC
_CLX, _CHARACTERS, _PARAGRAPHS = 0x1A2, 0xFA, 0x102  # where the header keeps their places
_LENGTHS = 0x4C  # of the text's parts, in this order
_PARTS = ("body", "notes", "headers", "macros", "comments", "notes", "boxes", "header boxes")
_SPELT = {"\x0b": "\n", "\x1e": "\u2011", "\x1f": "\u00ad", "\t": "\t"}
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
    spelt = character_runs(document, table, *struct.unpack_from("<II", document, _CHARACTERS))
    formats = paragraph_runs(document, table, *struct.unpack_from("<II", document, _PARAGRAPHS))
    lengths = list(struct.unpack_from("<8i", document, _LENGTHS))
    draft = Draft()
    start = 0
    late: list[tuple[Story, bool]] = []
    for name, length in zip(_PARTS, lengths, strict=True):
        end = min(start + max(length, 0), len(characters))
        story = Story(StyleSheet())
        _tell(story, characters[start:end], places[start:end], spelt, formats)
        if name == "body":
            story.write(draft)
        elif name in ("notes", "boxes"):
            late.append((story, False))
        elif name in ("headers", "header boxes"):
            late.append((story, True))
        start = end
    for story, meta in sorted(late, key=lambda entry: entry[1]):
        story.write(draft, meta=meta)
    extraction = draft.finish()
    return Extraction(extraction.text, extraction.blocks, first_heading(extraction))


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


def _tell(
    story: Story,
    characters: str,
    places: array[int],
    spelt: tuple[list[int], list[str | None]],
    formats: tuple[list[int], list[Properties]],
) -> None:
    """Write a part's characters into its story."""
    fields: list[bool] = []  # for each open field, whether its code is being passed
    form = Format(0, None, listed=False, in_table=False)
    for character, place in zip(characters, places, strict=True):
        if character == _FIELD:
            fields.append(True)
        elif character == _RESULT and fields:
            fields[-1] = False
        elif character == _FIELD_END and fields:
            fields.pop()
        elif character in ("\r", "\x0c", "\x0e", _CELL):
            properties = _at(formats, place) or Properties()
            level = properties.style if 1 <= properties.style <= 9 else 0
            outline = properties.outline if properties.outline is not None else level - 1
            form = Format(0, outline, properties.listed, properties.in_table)
            if character == _CELL and properties.row_end:
                story.end_row()
            elif character == _CELL:
                story.end_cell(nested=False)
            else:
                story.end_paragraph(form)
        elif character < " " and character not in _SPELT:
            continue  # where a picture, a note or a drawing stands
        elif not any(fields):
            instead = _at(spelt, place)
            story.write_text(_SPELT.get(character, character) if instead is None else instead)
    story.end(form)


def _at(runs: tuple[list[int], list[_T]], place: int) -> _T | None:
    """What a sorted list of runs says of a place in the file."""
    number = bisect_right(runs[0], place) - 1
    return runs[1][number] if number >= 0 else None
