"""The records that a PPT file's stream is made of, some of which hold others."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from rag.read.compound import Compound

_HEAD_BYTES = 8
_EDIT, _DIRECTORY = 0x0FF5, 0x1772
_DEEPEST = 100


@dataclass(frozen=True, slots=True)
class Record:
    """A record: what it is, which of several it is, and its bytes."""

    kind: int
    instance: int
    data: bytes
    holds: bool
    """Whether its data is records."""

    def children(self) -> Iterator[Record]:
        """The records in it."""
        at = 0
        while self.holds and at + _HEAD_BYTES <= len(self.data):
            record = record_at(self.data, at)
            yield record
            at += _HEAD_BYTES + len(record.data)

    def child(self, kind: int) -> Record | None:
        """The first record of this kind in it."""
        return next((record for record in self.children() if record.kind == kind), None)

    def all(self, *kinds: int) -> Iterator[Record]:
        """The records of these kinds at any depth, in order."""
        waiting = [(self, 0)]
        while waiting:
            record, depth = waiting.pop()
            if record.kind in kinds and depth:
                yield record
            elif depth < _DEEPEST:
                waiting += [(child, depth + 1) for child in reversed(list(record.children()))]

    def number(self, at: int) -> int:
        """The four bytes at this place."""
        number: int = struct.unpack_from("<I", self.data, at)[0]
        return number


def record_at(data: bytes, at: int) -> Record:
    """The record that begins here; one that claims more than there is ends with it.

    Raises:
        struct.error: there is none.
    """
    version, kind, size = struct.unpack_from("<HHI", data, at)
    body = data[at + _HEAD_BYTES : at + _HEAD_BYTES + size]
    return Record(kind, version >> 4, body, version & 15 == 15)


def persistent(compound: Compound, stream: bytes) -> tuple[dict[int, int], int]:
    """Where the newest version of each numbered record begins, and the document's number.

    A file that was saved quickly holds older versions too, each save with its own list.
    """
    (edit,) = struct.unpack_from("<I", compound.stream("Current User"), 16)
    places: dict[int, int] = {}
    document = 0
    seen: set[int] = set()
    while edit not in seen and record_at(stream, edit).kind == _EDIT:
        seen.add(edit)
        record = record_at(stream, edit)
        document = document or record.number(16)
        for number, place in _directory(record_at(stream, record.number(12))):
            places.setdefault(number, place)
        edit = record.number(8)
        if not edit:
            break
    return places, document


def _directory(record: Record) -> Iterator[tuple[int, int]]:
    """(number, place) of each record in a list of runs."""
    at = 0
    while record.kind == _DIRECTORY and at + 4 <= len(record.data):
        head = record.number(at)
        for number in range(head >> 20):
            at += 4
            if at + 4 <= len(record.data):
                yield (head & 0xFFFFF) + number, record.number(at)
        at += 4
