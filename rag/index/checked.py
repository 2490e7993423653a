"""Large files whose checksum has been found right, and which nobody has touched since.

Hashing a million passages' files takes seconds, at every start. So a note is kept of what the
system itself says of a file (see `rag.index.seen`) when its bytes were last hashed: as long as that
is so, it is taken for the same file. What is quoted has its own hash, which is always compared.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from contextlib import suppress
from pathlib import Path

from rag.index.seal import seal, unseal

NAME = "checked.json"
LARGE_BYTES = 64_000_000
"""Smaller files are hashed every time."""
TICK_NS = 2_500_000_000
"""No file system in use keeps time more coarsely than in two seconds."""

Look = tuple[int, int, int, int]


def look(found: os.stat_result) -> Look:
    """What cannot stay the same when a file's bytes change: its size, when it was written, when
    the system last changed anything of it (which cannot be set back), and which file it is."""
    return found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino


def settled(seen: Look, now_ns: int) -> bool:
    """Whether a file that is written once more would look different.

    One that was touched within the last tick of the clock might not; and Windows does not say when
    it changed a file.
    """
    return os.name == "posix" and max(seen[1:3]) < now_ns - TICK_NS


class Checked:
    """The large files of an index that are known to be right."""

    def __init__(self, index: Path) -> None:
        self._index = index
        self._known = _read(index / NAME)
        self._new: dict[str, list[object]] = {}

    def sha256(self, path: Path) -> str:
        """A file's hash, from the note if it may be trusted.

        Raises:
            OSError: it cannot be read.
        """
        with path.open("rb") as file:
            now, found = time.time_ns(), look(os.fstat(file.fileno()))
            if found[0] < LARGE_BYTES:
                return hashlib.file_digest(file, "sha256").hexdigest()
            name = path.relative_to(self._index).as_posix()
            *known, sha256 = self._known.get(name, [None])
            if known == list(found) and settled(found, now):
                return str(sha256)
            fresh = hashlib.file_digest(file, "sha256").hexdigest()
        if settled(found, now):
            self._new[name] = [*found, fresh]
        return fresh

    def save(self) -> None:
        """Keep what was hashed; where that cannot be written, the next start hashes again."""
        if not self._new:
            return
        kept = {
            name: row for name, row in self._known.items() if (self._index / name).exists()
        } | self._new
        rows = json.dumps(kept)
        fresh = self._index / f"{NAME}.{os.getpid()}"
        with suppress(OSError):
            fresh.write_text(seal(rows), encoding="utf-8")
            fresh.replace(self._index / NAME)


def _read(path: Path) -> dict[str, list[object]]:
    """The note; an empty one if it is damaged."""
    try:
        found = json.loads(unseal(path.read_text(encoding="utf-8")))
        return {name: list(row) for name, row in found.items()}
    except (OSError, ValueError, TypeError, AttributeError, RecursionError):
        return {}
