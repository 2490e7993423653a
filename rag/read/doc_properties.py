"""What a DOC file says of its characters and paragraphs: pages of runs with their changes."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

_PAGE_BYTES = 512
_SIZES = (1, 1, 2, 4, 2, 2, -1, 3)  # of a change's operand, by the top bits of its number
_TABLE_DEFINITION, _TAB_STOPS = 0xD608, 0xC615
_DELETED, _HIDDEN, _SYMBOL = 0x0800, 0x083C, 0x6A09
_IN_TABLE, _ROW_END, _LIST, _OUTLINE = 0x2416, 0x2417, 0x460B, 0x2640


@dataclass(frozen=True, slots=True)
class Properties:
    """A paragraph's properties, as far as its kind depends on them."""

    style: int = 0
    outline: int | None = None
    listed: bool = False
    in_table: bool = False
    row_end: bool = False


def character_runs(
    document: bytes, table: bytes, at: int, size: int
) -> tuple[list[int], list[str | None]]:
    """Where runs begin in the file, and what to write for each of their characters, if not itself:
    nothing for what is hidden or deleted, and a symbol for the mark that stands for it.
    """
    found: list[tuple[int, str | None]] = []
    for page in _pages(document, table, at, size):
        starts = struct.unpack_from(f"<{page[511]}I", page)
        for number, start in enumerate(starts):
            offset = 2 * page[4 * (page[511] + 1) + number]
            changes = page[offset + 1 : offset + 1 + page[offset]] if offset else b""
            states = dict(_changes(changes))
            instead = None
            if _on(states.get(_DELETED)) or _on(states.get(_HIDDEN)):
                instead = ""
            elif len(states.get(_SYMBOL, b"")) == 4:
                instead = chr(struct.unpack("<2xH", states[_SYMBOL])[0])
            found.append((start, instead))
    found.sort(key=lambda run: run[0])
    return [start for start, _ in found], [instead for _, instead in found]


def paragraph_runs(
    document: bytes, table: bytes, at: int, size: int
) -> tuple[list[int], list[Properties]]:
    """Where paragraphs begin in the file, and their properties."""
    found: list[tuple[int, Properties]] = []
    for page in _pages(document, table, at, size):
        starts = struct.unpack_from(f"<{page[511]}I", page)
        for number, start in enumerate(starts):
            offset = 2 * page[4 * (page[511] + 1) + 13 * number]
            found.append((start, _paragraph(page, offset) if offset else Properties()))
    found.sort(key=lambda run: run[0])
    return [start for start, _ in found], [properties for _, properties in found]


def _paragraph(page: bytes, offset: int) -> Properties:
    length = 2 * page[offset] - 1
    offset += 1
    if length < 0:  # the length is in the next byte
        length = 2 * page[offset]
        offset += 1
    changes = page[offset : offset + length]
    if len(changes) < 2:
        return Properties()
    states = dict(_changes(changes[2:]))
    outline = states.get(_OUTLINE)
    return Properties(
        style=struct.unpack_from("<H", changes)[0],
        outline=outline[0] if outline else None,
        listed=any(states.get(_LIST, b"")),
        in_table=_on(states.get(_IN_TABLE)),
        row_end=_on(states.get(_ROW_END)),
    )


def _pages(document: bytes, table: bytes, at: int, size: int) -> Iterator[bytes]:
    """The pages that an index in the table stream lists: n + 1 places, n page numbers."""
    count = min(size, len(table)) // 8
    for (number,) in struct.iter_unpack("<I", table[at + 4 * (count + 1) : at + size][: 4 * count]):
        start = (number & 0x3FFFFF) * _PAGE_BYTES
        page = document[start : start + _PAGE_BYTES]
        if len(page) == _PAGE_BYTES and page[511] <= 101:
            yield page


def _changes(data: bytes) -> Iterator[tuple[int, bytes]]:
    """(number, operand) of each change."""
    at = 0
    while at + 2 < len(data):
        (number,) = struct.unpack_from("<H", data, at)
        at += 2
        size = _SIZES[number >> 13]
        if size < 0:
            if number == _TABLE_DEFINITION:
                size = int.from_bytes(data[at : at + 2], "little") + 1
            elif number == _TAB_STOPS and data[at] == 255:
                return
            else:
                size = data[at] + 1
        yield number, data[at : at + size]
        at += size


def _on(operand: bytes | None) -> bool:
    return bool(operand) and operand is not None and operand[0] in (1, 0x81)
