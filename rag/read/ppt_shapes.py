"""What a PPT file's shapes say: text boxes, tables, and words drawn as art."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from rag.read.ppt_records import Record

SHAPE, GROUP, HEADER, CHARACTERS, BYTES = 0xF004, 0xF003, 0x0F9F, 0x0FA0, 0x0FA8
_TEXT_BOX, _CLIENT, _OUTLINE_REF = 0xF00D, 0xF011, 0x0F9E
# (kind, place of the byte that says what for): of 2003 and before, and of later programs
_PLACEHOLDERS = ((0x0BC3, 4), (0x0420, 0))
_ANCHOR, _OPTIONS, _MORE_OPTIONS = 0xF00F, 0xF00B, 0xF122
_FIELDS = (0x0FD8, 0x0FF7, 0x0FF8, 0x0FF9, 0x0FFA, 0x1015)  # numbers, dates, footers in a text
_TABLE, _WORD_ART, _SHOWN = 0x039F, 0x00C0, 0x03BF  # options of a shape
_HIDDEN = 0x00020002  # that it says so, and what

Text = tuple[int, str]
"""What a text is for (a title, a body, ...), and its paragraphs."""


def text_of(shape: Record, outline: list[Text]) -> Text:
    """A shape's text, which may stand in the outline instead; slide numbers are left out."""
    box = shape.child(_TEXT_BOX)
    if box is None:
        return 4, _word_art(shape)
    role, text = 4, ""
    fields = [entry.number(0) for entry in box.children() if entry.kind in _FIELDS]
    for entry in box.children():
        if entry.kind == HEADER:
            role = entry.number(0)
        elif entry.kind in (CHARACTERS, BYTES):
            text = paragraphs(entry, fields)
        elif entry.kind == _OUTLINE_REF and entry.number(0) < len(outline):
            return outline[entry.number(0)]
    return role, text


def paragraphs(entry: Record, fields: list[int]) -> str:
    """A text's paragraphs, a line each; ``fields``: where a number or date is put in."""
    if entry.kind == BYTES:
        text = entry.data.decode("latin-1")
    else:
        text = entry.data.decode("utf-16-le", "surrogatepass")
    if fields:
        units = list(text)
        for at in fields:
            if at < len(units):
                units[at] = ""
        text = "".join(units)
    return text.replace("\r", "\n").replace("\x0b", "\n").replace("\0", "\ufffd")


def utf_16(data: bytes) -> str:
    """Words in UTF-16."""
    return data.decode("utf-16-le", "replace").replace("\0", "\ufffd")


def placeholder(shape: Record) -> int | None:
    """What a placeholder is for; None for a shape that is none."""
    client = shape.child(_CLIENT)
    for mark in client.children() if client is not None else ():
        for kind, at in _PLACEHOLDERS:
            if mark.kind == kind and at < len(mark.data):
                return mark.data[at]
    return None


def table_rows(table: Record, outline: list[Text]) -> Iterator[str]:
    """A table's rows, a tab between cells: shapes whose upper edges are level make a row."""
    cells: dict[int, dict[int, str]] = {}
    for shape in table.all(SHAPE):
        anchor = shape.child(_ANCHOR)
        if anchor is not None and shape.child(_TEXT_BOX) is not None:
            left, top = struct.unpack_from("<ii", anchor.data)
            text = text_of(shape, outline)[1].strip().replace("\t", " ")  # a tab parts cells
            cells.setdefault(top, {})[left] = text
    columns = sorted({left for row in cells.values() for left in row})
    for top in sorted(cells):
        yield "\t".join(cells[top].get(left, "") for left in columns).rstrip()


def _options(shape: Record) -> Iterator[tuple[int, int, bytes]]:
    """(number, value, long value) of each of a shape's options."""
    for entry in shape.children():
        if entry.kind in (_OPTIONS, _MORE_OPTIONS):
            long = 6 * entry.instance
            for at in range(0, min(long, len(entry.data) - 5), 6):
                number, option = struct.unpack_from("<HI", entry.data, at)
                size = option if number & 0x8000 else 0
                yield number & 0x3FFF, option, entry.data[long : long + size]
                long += size


def _word_art(shape: Record) -> str:
    for number, _, words in _options(shape):
        if number == _WORD_ART:
            return utf_16(words).rstrip("\ufffd").replace("\r", "\n")
    return ""


def is_table(group: Record) -> bool:
    """Whether a group of shapes is a table, drawn."""
    first = group.child(SHAPE)
    options = _options(first) if first is not None else ()
    return any(number == _TABLE and option & 1 for number, option, _ in options)


def is_hidden(shape: Record) -> bool:
    """Whether a shape, or a group as its first shape says, is not shown."""
    first = shape.child(SHAPE) if shape.kind == GROUP else shape
    options = _options(first) if first is not None else ()
    return any(number == _SHOWN and option & _HIDDEN == _HIDDEN for number, option, _ in options)
