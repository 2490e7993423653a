"""The documents of one generation on this machine: SQLite, open for reading."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple
from weakref import finalize

import numpy as np
from numpy.typing import NDArray

from rag.document import Document, Passage, Sentence
from rag.errors import IndexDamagedError
from rag.folders import Folders
from rag.index import generation
from rag.index import manifest as manifests
from rag.index.schema import open_database, read_only_uri, unpack, unpack_notes
from rag.reports import DocumentInfo

_CACHED_DOCUMENTS = 64
_CACHED_FOLDERS = 64


class Known(NamedTuple):
    """What a generation holds of a document but for its text."""

    title: str
    file_sha256: str
    text_sha256: str
    file_bytes: int
    notes: tuple[str, ...]


class _Shared:
    """A connection that threads take in turns."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self.database = database
        self.lock = threading.Lock()


class LocalDocuments:
    """A generation's documents, their passages and sentences. Safe to share between threads."""

    def __init__(self, folder: Path) -> None:
        """Open them.

        Raises:
            IndexDamagedError, sqlite3.Error: they cannot be read.
        """
        self.folder = folder
        database, scanned = (open_database(folder / manifests.DOCUMENTS) for _ in range(2))
        self._asking = _Shared(database)
        self._scanning = _Shared(scanned)  # of every text; no question waits for it
        for one in (database, scanned):  # the last query that uses a replaced generation
            finalize(self, one.close)
        rows = self._rows("SELECT document FROM passages ORDER BY id")
        self._owners = np.fromiter((row[0] for row in rows), np.int64, len(rows))
        # The table and not its index on path, which in a file made up to mislead may say otherwise.
        self._ids: dict[str, int] = dict(
            self._rows("SELECT path, id FROM documents NOT INDEXED ORDER BY id")
        )
        self._load = lru_cache(maxsize=_CACHED_DOCUMENTS)(self._read_document)
        self._within = lru_cache(maxsize=_CACHED_FOLDERS)(self._paths_within)

    def __contains__(self, path: str) -> bool:
        return path in self._ids

    def among(
        self, documents: Sequence[str] | None, folders: Folders | None
    ) -> NDArray[np.int64] | None:
        """The numbers of the passages to search, ascending; None for all of them.

        Raises:
            KeyError: the path of a document that is not held, or not in the folders.
        """
        limited = folders is not None and not folders.everything
        if documents is None and not limited:
            return None
        held = self.paths(folders if limited else None)
        for path in documents or ():
            if path not in held:
                raise KeyError(path)
        return self.passages_of(held if documents is None else documents)

    def paths(self, folders: Folders | None = None) -> frozenset[str]:
        """The documents, or those in some folders."""
        return self._within(folders)

    def _paths_within(self, folders: Folders | None) -> frozenset[str]:
        return frozenset(path for path in self._ids if folders is None or folders.covers(path))

    def passages_of(self, paths: Iterable[str]) -> NDArray[np.int64]:
        """The numbers of the passages of these documents, ascending."""
        ids = [self._ids[path] for path in paths]
        return np.flatnonzero(np.isin(self._owners, ids))

    def searched_sha256(self) -> list[str]:
        """For each passage in order, the hash of the text that its vector stands for."""
        return [row[0] for row in self._rows("SELECT searched_sha256 FROM passages ORDER BY id")]

    def known(self) -> dict[str, Known]:
        """What is held of each document but for its text, by path."""
        rows = self._rows(
            "SELECT path, title, file_sha256, text_sha256, file_bytes, notes FROM documents "
            "NOT INDEXED ORDER BY id"
        )
        with self._making_sense():
            return {
                path: Known(title, file_sha256, text_sha256, size, unpack_notes(notes))
                for path, title, file_sha256, text_sha256, size, notes in rows
            }

    def passage(self, number: int) -> tuple[Document, Passage, tuple[Sentence, ...]]:
        """A passage with its document and its sentences.

        Raises:
            IndexDamagedError: the rows do not fit together.
        """
        ((owner, *numbers),) = self._rows(
            'SELECT document, start, "end", first, last FROM passages WHERE id = ?', (int(number),)
        )
        passage = Passage(*numbers)
        sentences = self._rows(
            'SELECT start, "end", block FROM sentences '
            "WHERE document = ? AND number >= ? AND number < ? ORDER BY number",
            (owner, passage.first, passage.last),
        )
        document, found = self._load(owner), tuple(Sentence(*row) for row in sentences)
        self._check(document, found)
        return document, passage, found

    def number(self, path: str) -> int:
        """A document's number: they count from 0 in order of path."""
        return self._ids[path]

    def passage_range(self, path: str) -> tuple[int, int]:
        """The number of a document's first passage, and the one behind its last."""
        number = self._ids[path]
        low, high = np.searchsorted(self._owners, [number, number + 1]).tolist()
        return low, high

    @property
    def database_uri(self) -> str:
        """Where SQLite reads the documents, as something that never changes."""
        return read_only_uri(self.folder / manifests.DOCUMENTS)

    def check_rows(self) -> None:
        """Look at every row, before rows are copied: whoever seals a generation again can have
        written anything into it.

        Raises:
            IndexDamagedError: some make no sense, or a text is not the one that was stored.
        """
        shapes = {}
        for number in self._ids.values():
            document = self._read_document(number)
            shapes[number] = len(document.text), len(document.blocks)
        counts: dict[int, int] = {}
        with self._making_sense():
            for document, count, *found in self._rows(
                'SELECT document, count(*), min(number), max(number), min(start), max("end"), '
                'min("end" - start), min(block), max(block) FROM sentences GROUP BY document'
            ):
                chars, blocks = shapes[document]
                counts[document] = count
                first, last, start, end, shortest, lowest, highest = found
                if (first, last) != (0, count - 1) or lowest < 0 or highest >= blocks:
                    raise ValueError("a sentence lies in no block")
                if start < 0 or end > chars or shortest < 1:
                    raise ValueError("a sentence lies outside of its text")
            for document, start, end, first, last, fewest in self._rows(
                'SELECT document, min(start), max("end"), min(first), max(last), min(last - first) '
                "FROM passages GROUP BY document"
            ):
                if start < 0 or end > shapes[document][0]:
                    raise ValueError("a passage lies outside of its text")
                if first < 0 or last > counts[document] or fewest < 1:
                    raise ValueError("a passage has no sentence")
        if np.any(np.diff(self._owners) < 0):
            raise generation.damaged(
                f"{self.folder / manifests.DOCUMENTS} makes no sense",
                "its passages are not in the order of their documents",
            )

    def document(self, path: str) -> Document:
        """A document by its path.

        Raises:
            KeyError: when the generation has no such document.
            IndexDamagedError: when its text is not the one that was stored.
        """
        return self._load(self._ids[path])

    def holding(self, words: str, folders: Folders | None = None) -> Iterator[Document]:
        """The documents whose text has these very characters, in order of path."""
        held = self.paths(folders)
        for number, path in self._rows(
            "SELECT id, path FROM documents WHERE instr(text, ?) ORDER BY id",
            (words,),
            self._scanning,
        ):
            if path in held:
                yield self._load(number)

    def spans(self, passages: NDArray[np.int64]) -> list[tuple[str, int, int]]:
        """For each passage its document's path and its range, in the order given."""
        found = self._rows(
            'SELECT p.id, path, start, "end" FROM passages p JOIN documents d ON d.id = document '
            "WHERE p.id IN (SELECT value FROM json_each(?))",
            (json.dumps(passages.tolist()),),
        )
        spans = {number: (path, start, end) for number, path, start, end in found}
        return [spans[number] for number in passages.tolist()]

    def documents(self) -> tuple[DocumentInfo, ...]:
        """What is indexed, in order of path."""
        rows = self._rows(
            "SELECT path, title, length(text), count(p.id), file_bytes, reader, notes "
            "FROM documents d "
            "LEFT JOIN passages p ON p.document = d.id GROUP BY d.id ORDER BY d.id"
        )
        with self._making_sense():
            return tuple(
                DocumentInfo(path, title, length, passages, size, reader, unpack_notes(notes))
                for path, title, length, passages, size, reader, notes in rows
            )

    def _read_document(self, number: int) -> Document:
        rows = self._rows(
            "SELECT path, title, text, text_sha256, file_sha256, reader, blocks, notes, paging "
            "FROM documents WHERE id = ?",
            (number,),
        )
        with self._making_sense():
            ((path, title, text, text_sha256, file_sha256, reader, blocks, notes, paging),) = rows
            document = Document(
                path,
                title,
                text,
                unpack(blocks, len(text)),
                file_sha256,
                reader,
                unpack_notes(notes),
                paging,
            )
        if document.text_sha256 != text_sha256:
            raise IndexDamagedError(
                f"the text of {path} in {self.folder} does not match its checksum; "
                f"{generation.REBUILD}",
                logged=f"a text in {self.folder} does not match its checksum; {generation.REBUILD}",
            )
        return document

    def _check(self, document: Document, sentences: Sequence[Sentence]) -> None:
        """Whoever seals a generation again can have written anything into it."""
        with self._making_sense():
            if not sentences:
                raise ValueError("a passage has no sentence")
            for sentence in sentences:
                if not 0 <= sentence.start < sentence.end <= len(document.text):
                    raise ValueError("a sentence lies outside of its text")
                if not 0 <= sentence.block < len(document.blocks):
                    raise ValueError("a sentence lies in no block")

    @contextmanager
    def _making_sense(self) -> Iterator[None]:
        try:
            yield
        except (ValueError, TypeError, LookupError, RecursionError) as error:
            raise generation.damaged(
                f"{self.folder / manifests.DOCUMENTS} makes no sense", error
            ) from None

    def _rows(
        self, query: str, parameters: Sequence[object] = (), by: _Shared | None = None
    ) -> list[tuple[Any, ...]]:
        by = by or self._asking
        try:
            with by.lock:
                return by.database.execute(query, parameters).fetchall()
        except sqlite3.Error as error:
            raise generation.damaged(
                f"{self.folder / manifests.DOCUMENTS} cannot be read", error
            ) from None
