"""Compound files (OLE2), in which Office kept its documents before 2007: a file of streams."""

from __future__ import annotations

import struct

from rag.errors import ReadError

_HEADER_BYTES = 512
_ENTRY_BYTES = 128
_LAST_SECTOR = 0xFFFFFFFA  # greater numbers mark ends and free sectors
_FOLDER, _STREAM, _ROOT = 1, 2, 5


class Compound:
    """An open compound file. Chains of sectors end, whatever the file says.

    Raises:
        ReadError: damaged.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        try:
            self._open()
        except (struct.error, IndexError) as error:
            raise ReadError("a damaged file: save it again from its program") from error

    def __contains__(self, name: str) -> bool:
        return name.lower() in self._entries

    def stream(self, name: str) -> bytes:
        """A stream, in whatever folder; empty if there is none."""
        return self.read(*self._entries.get(name.lower(), (_LAST_SECTOR, 0)))

    def folders(self) -> dict[str, dict[str, tuple[int, int]]]:
        """Folder by folder ("a/b", the root is ""), where its streams are, for `read`.

        Names are in lower case. A folder that the tree leads to twice is taken once.
        """
        found: dict[str, dict[str, tuple[int, int]]] = {"": {}}
        waiting = [("", self._tree[0][2])] if self._tree else []
        seen: set[int] = set()
        while waiting:
            folder, number = waiting.pop()
            if number >= len(self._tree) or number in seen:
                continue
            seen.add(number)
            name, kind, child, siblings, place = self._tree[number]
            waiting += [(folder, sibling) for sibling in siblings]
            if kind == _STREAM:
                found[folder].setdefault(name, place)
            elif kind == _FOLDER:
                inner = f"{folder}/{name}".lstrip("/")
                found.setdefault(inner, {})
                waiting.append((inner, child))
        return found

    def read(self, start: int, size: int) -> bytes:
        """The bytes of a stream that begins in this sector."""
        if size >= self._cutoff:
            return b"".join(map(self._sector, _chain(self._fat, start)))[:size]
        pieces = []
        for number in _chain(self._mini_fat, start):
            at = number * self._mini_size
            pieces.append(self._mini[at : at + self._mini_size])
        return b"".join(pieces)[:size]

    def _open(self) -> None:
        data = self._data
        shift, mini_shift = struct.unpack_from("<HH", data, 30)
        if not 7 <= shift <= 16 or not 2 <= mini_shift <= shift:
            raise IndexError
        self._size, self._mini_size = 1 << shift, 1 << mini_shift
        first_folder, _, self._cutoff, first_mini = struct.unpack_from("<IIII", data, 48)
        sectors = list(struct.unpack_from("<109I", data, 76))
        (extension,) = struct.unpack_from("<I", data, 68)
        seen: set[int] = set()
        while extension < _LAST_SECTOR and extension not in seen:
            seen.add(extension)
            *more, extension = self._numbers(extension)
            sectors += more
        self._fat: list[int] = []
        for sector in dict.fromkeys(number for number in sectors if number < _LAST_SECTOR):
            self._fat += self._numbers(sector)
        self._mini_fat = [n for s in _chain(self._fat, first_mini) for n in self._numbers(s)]
        folder = b"".join(map(self._sector, _chain(self._fat, first_folder)))
        self._entries: dict[str, tuple[int, int]] = {}
        self._mini = b""
        self._tree: list[tuple[str, int, int, tuple[int, int], tuple[int, int]]] = []
        for at in range(0, len(folder) - _ENTRY_BYTES + 1, _ENTRY_BYTES):
            length, kind = struct.unpack_from("<HB", folder, at + 64)
            start, size = struct.unpack_from("<II", folder, at + 116)
            left, right, child = struct.unpack_from("<III", folder, at + 68)
            name = folder[at : at + max(min(length, 64) - 2, 0)].decode("utf-16-le", "replace")
            name = name.lower()
            self._tree.append((name, kind, child, (left, right), (start, size)))
            if kind == _STREAM:
                self._entries.setdefault(name, (start, size))
            elif kind == _ROOT:
                self._mini = b"".join(map(self._sector, _chain(self._fat, start)))[:size]

    def _sector(self, number: int) -> bytes:
        start = (number + 1) * self._size
        return self._data[start : start + self._size]

    def _numbers(self, sector: int) -> list[int]:
        data = self._sector(sector)
        return list(struct.unpack(f"<{len(data) // 4}I", data[: len(data) // 4 * 4]))


def _chain(table: list[int], start: int) -> list[int]:
    """The sectors of a stream, in order; a loop ends it."""
    chain: dict[int, None] = {}
    while start < len(table) and start not in chain:
        chain[start] = None
        start = table[start]
    return list(chain)


def is_encrypted(compound: Compound) -> bool:
    """Whether the Word, Excel or PowerPoint document inside needs a password."""
    word = compound.stream("WordDocument")
    if len(word) > 12 and struct.unpack_from("<H", word, 10)[0] & 0x0100:
        return True
    if compound.stream("Current User")[12:16] == b"\xdf\xc4\xd1\xf3" or (
        "EncryptedSummary" in compound
    ):
        return True
    book = compound.stream("Workbook") or compound.stream("Book")
    at = 0
    while at + 4 <= len(book):
        record, length = struct.unpack_from("<HH", book, at)
        if record == 0x002F:  # FILEPASS, before the first sheet
            return True
        if record == 0x000A:
            break
        at += 4 + length
    return False
