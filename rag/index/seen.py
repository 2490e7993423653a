"""The hash of a file that has not been touched since it was taken: nothing is read to know it.

A note beside the generations, which no build needs. It goes by what the system itself keeps of a
file, so that neither a new text of the same length nor a modification time that was set back goes
unseen.
"""

from __future__ import annotations

import json
import time
from contextlib import suppress
from pathlib import Path

from rag.corpus import look_at
from rag.index.checked import Look, look, settled
from rag.index.seal import seal, unseal

NAME = "seen.json"


class Seen:
    """What the files of a corpus looked like when they were last hashed."""

    def __init__(self, corpus: Path, index: Path) -> None:
        self._corpus = corpus
        self._path = index / NAME
        self._known = _read(self._path)
        self._now: dict[str, tuple[Look, str]] = {}
        self._looks: dict[str, Look] = {}

    def sha256(self, path: str) -> tuple[str, int] | None:
        """A file's hash and size in bytes, if it is as it was; None: it has to be read."""
        started = time.time_ns()
        found = look_at(self._corpus, path)
        if found is None:
            return None
        seen = look(found)
        if settled(seen, started):
            self._looks[path] = seen
            if path in self._known and self._known[path][0] == seen:
                self._now[path] = self._known[path]
                return self._known[path][1], seen[0]
        return None

    def remember(self, path: str, sha256: str) -> None:
        """Note the hash of a file that `sha256` was asked for before it was read."""
        if path in self._looks:
            self._now[path] = self._looks[path], sha256

    def save(self) -> None:
        """Keep what was noted for the next build; without it that one only takes longer."""
        fresh = self._path.with_suffix(".new")
        with suppress(OSError):
            if self._now == self._known:
                fresh.unlink(missing_ok=True)  # a build was killed while it wrote it
                return
            rows = json.dumps({path: [*look, sha256] for path, (look, sha256) in self._now.items()})
            fresh.write_text(seal(rows), encoding="utf-8")
            fresh.replace(self._path)


def _read(path: Path) -> dict[str, tuple[Look, str]]:
    """The notes of the last build; none if they are damaged."""
    try:
        rows = json.loads(unseal(path.read_text(encoding="utf-8")))
        return {
            name: ((size, modified, changed, inode), sha256)
            for name, (size, modified, changed, inode, sha256) in rows.items()
        }
    except (OSError, ValueError, TypeError, AttributeError, RecursionError):
        return {}
