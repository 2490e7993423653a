"""What a DOC file says of its characters and paragraphs: pages of runs with their changes."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from rag.read.symbols import is_symbolic, meant, symbol
from rag.read.word_table import Joined, RowLayout

_PAGE_BYTES = 512
_SIZES = (1, 1, 2, 4, 2, 2, -1, 3)  # of a change's operand, by the top bits of its number
_TABLE_DEFINITION, _TAB_STOPS = 0xD608, 0xC615
_DELETED, _HIDDEN, _SYMBOL, _FONT = 0x0800, 0x083C, 0x6A09, 0x4A4F
_STRUCK, _STRUCK_TWICE, _HEIGHT = 0x0837, 0x2A53, 0x2A48
_FONT_NAME, _CELL_BYTES = 40, 20  # where it is in its entry; of a cell in a row's definition
_IN_TABLE, _ROW_END, _LIST, _OUTLINE = 0x2416, 0x2417, 0x460B, 0x2640
_JOINED: dict[int, Joined] = {1: "continue", 3: "restart"}


@dataclass(frozen=True, slots=True)
class Properties:
    """A paragraph's properties, as far as its kind depends on them."""

    style: int = 0
    outline: int | None = None
    listed: bool = False
    in_table: bool = False
    row_end: bool = False
    layout: RowLayout | None = None
    """Of the row that it ends."""


@dataclass(frozen=True, slots=True)
class Look:
    """How a run is shown, as far as that changes what its text says."""

    hidden: bool = False
    """Or deleted."""
    struck: bool = False
    raised: bool = False
    font: str = ""
    """Its name, if its characters are symbols."""
    symbol: str = ""
    """What each of its characters stands for."""

    def text(self, character: str) -> str:
        """What a character of the run says."""
        return self.symbol or (meant(self.font, character) if self.font else character)


def font_names(table: bytes, at: int, size: int) -> list[str]:
    """The names of the document's fonts, by their numbers."""
    data = table[at : at + size]
    names: list[str] = []
    at = 4
    while at < len(data):
        entry = data[at : at + data[at] + 1]
        name = entry[_FONT_NAME : len(entry) - len(entry) % 2]
        names.append(name.decode("utf-16-le", "replace").partition("\0")[0])
        at += len(entry)
    return names


def character_runs(
    document: bytes, table: bytes, at: int, size: int, fonts: list[str]
) -> tuple[list[int], list[Look]]:
    """Where runs begin in the file, and how each is shown."""
    found: list[tuple[int, Look]] = []
    for page in _pages(document, table, at, size):
        starts = struct.unpack_from(f"<{page[511]}I", page)
        for number, start in enumerate(starts):
            offset = 2 * page[4 * (page[511] + 1) + number]
            changes = page[offset + 1 : offset + 1 + page[offset]] if offset else b""
            found.append((start, _look(dict(_changes(changes)), fonts)))
    found.sort(key=lambda run: run[0])
    return [start for start, _ in found], [look for _, look in found]


def _look(states: dict[int, bytes], fonts: list[str]) -> Look:
    def font(operand: bytes) -> str:
        number = int.from_bytes(operand, "little")
        return fonts[number] if operand and number < len(fonts) else ""

    name = font(states.get(_FONT, b""))
    stands_for = states.get(_SYMBOL, b"")
    return Look(
        hidden=_on(states.get(_DELETED)) or _on(states.get(_HIDDEN)),
        struck=_on(states.get(_STRUCK)) or _on(states.get(_STRUCK_TWICE)),
        raised=states.get(_HEIGHT) == b"\1",
        font=name if is_symbolic(name) else "",
        symbol=symbol(font(stands_for[:2]), int.from_bytes(stands_for[2:], "little"))
        if len(stands_for) == 4
        else "",
    )


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
        layout=_layout(states[_TABLE_DEFINITION]) if _TABLE_DEFINITION in states else None,
    )


def _layout(definition: bytes) -> RowLayout | None:
    """A row's: its size, how many cells, their borders, then for each what it is like."""
    count = definition[2] if len(definition) > 2 else 0
    cells = 3 + 2 * (count + 1)
    if len(definition) < cells:
        return None
    left, *borders = struct.unpack_from(f"<{count + 1}h", definition, 3)
    layout = RowLayout(left)
    for number, right in enumerate(borders):
        (flags,) = struct.unpack(
            "<H", definition[cells + _CELL_BYTES * number :][:2].ljust(2, b"\0")
        )
        layout.joined = _JOINED.get(flags >> 5 & 3)
        layout.end_cell(right)
    return layout


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
