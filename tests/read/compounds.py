"""Compound files made by hand: folders and streams, each in sectors of its own."""

from __future__ import annotations

import struct
from itertools import pairwise

_SECTOR = 512
_FREE, _END, _FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD


def compound(streams: dict[str, bytes]) -> bytes:
    """A file with these streams; "/" in a name puts a stream into a folder.

    All streams lie in whole sectors: the limit under which they would not is set to zero.
    """
    entries: list[list[object]] = [["Root Entry", 5, _FREE, 0, 0]]  # name, kind, child, start, size
    folders = {"": 0}
    siblings: dict[int, list[int]] = {0: []}
    sectors: list[bytes] = []
    fat: list[int] = []

    def place(data: bytes) -> int:
        start = len(sectors)
        pieces = [data[at : at + _SECTOR] for at in range(0, len(data), _SECTOR)]
        sectors.extend(piece.ljust(_SECTOR, b"\0") for piece in pieces)
        fat.extend([*range(start + 1, start + len(pieces)), _END] if pieces else [])
        return start if pieces else _END

    for path, data in streams.items():
        *above, name = path.split("/")
        inside = 0
        for depth, folder in enumerate(above):
            key = "/".join(above[: depth + 1])
            if key not in folders:
                folders[key] = len(entries)
                siblings[inside].append(len(entries))
                siblings[len(entries)] = []
                entries.append([folder, 1, _FREE, 0, 0])
            inside = folders[key]
        siblings[inside].append(len(entries))
        entries.append([name, 2, _FREE, place(data), len(data)])
    right = dict.fromkeys(range(len(entries)), _FREE)
    for folder_number, members in siblings.items():
        if members:
            entries[folder_number][2] = members[0]
        for one, following in pairwise(members):
            right[one] = following
    folder_bytes = b"".join(
        _entry(str(name), int(str(kind)), right[number], child, start, size)
        for number, (name, kind, child, start, size) in enumerate(entries)
    )
    first_folder = place(folder_bytes)
    fat_sectors = 1
    while (len(fat) + fat_sectors) * 4 > fat_sectors * _SECTOR:
        fat_sectors += 1
    first_fat = len(sectors)
    fat += [_FAT] * fat_sectors
    table = struct.pack(f"<{len(fat)}I", *fat).ljust(fat_sectors * _SECTOR, b"\xff")
    header = struct.pack(
        "<8s16xHHHHH6xIIIIIIIII",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 0x3E, 3, 0xFFFE, 9, 6,
        0, fat_sectors, first_folder, 0, 0, _END, 0, _END, 0,
    )  # fmt: skip
    places = [*range(first_fat, first_fat + fat_sectors)]
    header += struct.pack("<109I", *places, *[_FREE] * (109 - fat_sectors))
    return header + b"".join(sectors) + table


def _entry(name: str, kind: int, right: int, child: object, start: object, size: object) -> bytes:
    encoded = name.encode("utf-16-le")[:62]
    return struct.pack(
        "<64sHBBIII16x4x16xIII",
        encoded, len(encoded) + 2, kind, 1, _FREE, right, child, start, size, 0,
    )  # fmt: skip
