"""The records that an XLS file's stream is made of, and the strings in them."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

_BEGIN, _END = 0x0809, 0x000A
_WIDE, _FAR_EAST, _RICH = 0x01, 0x04, 0x08  # a string's flags
_MOST_STRINGS = 10_000_000

Runs: TypeAlias = list[tuple[int, int]]
"""Of a string: from which UTF-16 unit on it is in which font."""


@dataclass(frozen=True, slots=True)
class Record:
    """A record; ``parts`` are what continues it, for data that one record cannot hold."""

    kind: int
    data: bytes
    parts: tuple[bytes, ...] = ()

    def number(self, at: int) -> int:
        """The two bytes at this place."""
        number: int = struct.unpack_from("<H", self.data, at)[0]
        return number

    def text(self, at: int, counted: int) -> str:
        """A string whose length, in characters, stands in ``counted`` bytes before its flags."""
        reading = _Strings([self.data, *self.parts], at)
        return reading.string(int.from_bytes(reading.take(counted), "little"))

    def shared_strings(self) -> tuple[list[str], dict[int, Runs]]:
        """The workbook's table of strings, and the runs of those that have fonts of their own."""
        (count,) = struct.unpack_from("<I", self.data, 4)
        reading = _Strings([self.data, *self.parts], 8)
        strings: list[str] = []
        fonts: dict[int, Runs] = {}
        while len(strings) < min(count, _MOST_STRINGS) and not reading.ended():
            text = reading.string(int.from_bytes(reading.take(2), "little"))
            if reading.runs:
                fonts[len(strings)] = reading.runs
            strings.append(text)
        return strings, fonts

    def shape_text(self) -> str:
        """A shape's words, which lie in the record after it."""
        reading = _Strings(list(self.parts), 0)
        return reading.string(self.number(10)).replace("\r", "\n")


def records(stream: bytes, start: int) -> Iterator[Record]:
    """The records of the part that begins at ``start``, with those of charts inside it."""
    at, depth = start, 0
    while at + 4 <= len(stream):
        kind, data, at = _next(stream, at)
        parts: list[bytes] = []
        while stream[at : at + 2] == b"\x3c\x00" and at + 4 <= len(stream):
            _, part, at = _next(stream, at)
            parts.append(part)
        depth += (kind == _BEGIN) - (kind == _END)
        yield Record(kind, data, tuple(parts))
        if depth <= 0:
            return


def _next(stream: bytes, at: int) -> tuple[int, bytes, int]:
    kind, length = struct.unpack_from("<HH", stream, at)
    return kind, stream[at + 4 : at + 4 + length], at + 4 + length


class _Strings:
    """Strings that go on in the next part; their characters' width is told anew there."""

    def __init__(self, parts: list[bytes], at: int) -> None:
        self.parts = parts
        self.number, self.at = 0, at
        self.runs: Runs = []
        """Of the string that was read last."""

    def ended(self) -> bool:
        """Whether nothing is left."""
        self._turn()
        return self.number >= len(self.parts)

    def take(self, size: int) -> bytes:
        """The next bytes, across parts.

        Raises:
            IndexError: fewer are left.
        """
        taken = b""
        while len(taken) < size:
            self._turn()
            piece = self.parts[self.number][self.at : self.at + size - len(taken)]
            self.at += len(piece)
            taken += piece
        return taken

    def string(self, length: int) -> str:
        """A string of this many UTF-16 units: its flags, then its characters."""
        (flags,) = self.take(1)
        runs = int.from_bytes(self.take(2), "little") if flags & _RICH else 0
        extra = int.from_bytes(self.take(4), "little") if flags & _FAR_EAST else 0
        wide = bool(flags & _WIDE)
        pieces: list[bytes] = []
        while length > 0:
            if self.at >= len(self.parts[self.number]):
                self._turn()
                wide = bool(self.take(1)[0] & _WIDE)
            step = 2 if wide else 1
            piece = self.parts[self.number][self.at : self.at + step * length]
            self.at += len(piece)
            length -= max(len(piece) // step, 1)
            pieces.append(piece if wide else bytes(b for c in piece for b in (c, 0)))
        self.runs = self._runs(runs)
        self._skip(extra)
        return b"".join(pieces).decode("utf-16-le", "replace").replace("\0", "\ufffd")

    def _runs(self, count: int) -> Runs:
        found: Runs = []
        while len(found) < count and not self.ended():
            found.append(struct.unpack("<HH", self.take(4)))
        return found

    def _skip(self, size: int) -> None:
        while size > 0 and not self.ended():
            step = min(size, len(self.parts[self.number]) - self.at)
            self.at += step
            size -= step

    def _turn(self) -> None:
        while self.number < len(self.parts) and self.at >= len(self.parts[self.number]):
            self.number, self.at = self.number + 1, 0
