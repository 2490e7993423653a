"""The documents of one generation in Milvus: texts, facts and folders, read and checked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache

from rag.document import Document
from rag.folders import Folders
from rag.index import milvus_rows as rows_of
from rag.index.generation import damaged
from rag.index.local import Known
from rag.index.manifest import Manifest
from rag.index.milvus_collection import HASHES, Collection, batches
from rag.index.milvus_rows import PARTS, Head, Made
from rag.index.milvus_schema import Row
from rag.index.vectors import text_sha256
from rag.reports import DocumentInfo

_CACHED_DOCUMENTS = 64
_CACHED_FOLDERS = 64
_PAGE = 128
"""Rows of texts in one answer: some 8 MB."""
_HEADS = 500
_PIVOTS = 64
_SCANNED = 10_000
"""Documents whose texts are looked through in one call."""
_TEXT = ["key", "kind", "body"]


class MilvusDocuments:
    """A generation's documents and its manifest. Safe to share between threads."""

    def __init__(self, documents: Collection, name: str) -> None:
        """Read the manifest.

        Raises:
            IndexDamagedError: it makes no sense, or is another generation's.
        """
        self.name = name
        self._documents = documents
        self.manifest, self._rows, self._size_bytes = self._read_manifest()
        self._made = lru_cache(maxsize=_CACHED_DOCUMENTS)(self._read_document)
        self._spans = lru_cache(maxsize=_CACHED_FOLDERS)(self._folder)
        self._infos = lru_cache(maxsize=1)(self._read_infos)

    def _read_manifest(self) -> tuple[Manifest, int, int]:
        found = self._texts(-1)
        with self._making_sense("its manifest"):
            manifest, rows, size_bytes = rows_of.read_manifest(found)
            if manifest.index_id != self.name.partition("-")[2]:
                raise ValueError("it is another generation's")
            return manifest, rows, size_bytes

    def size_bytes(self) -> int:
        """What was written."""
        return self._size_bytes

    def __contains__(self, path: str) -> bool:
        return path in self._found([path])

    def document(self, path: str) -> Document:
        """A document by its path.

        Raises:
            KeyError: when the generation has no such document.
            IndexDamagedError: when its text is not the one that was stored.
        """
        number = self._numbers([path])[path]
        return self._made(number).document

    def paths(self, folders: Folders | None = None) -> frozenset[str]:
        """The documents, or those in some folders."""
        paths = (info.path for info in self._infos())
        return frozenset(path for path in paths if folders is None or folders.covers(path))

    def holding(self, words: str, folders: Folders | None = None) -> Iterator[Document]:
        """The documents whose text has these very characters, in order of path.

        The engine finds those with a piece of them, and the whole text is looked at here.
        """
        piece = rows_of.probe(words)
        limited = folders is not None and not folders.everything
        spans = self._within(folders) if folders and limited else [(0, self.manifest.documents)]
        for first, last in spans:
            for low in range(first, last, _SCANNED):
                high = min(low + _SCANNED, last)
                numbers: Sequence[int] = range(low, high)
                if piece:
                    found = self._documents.query(
                        f'kind == "text" and {_keys(low, high)} and body like "%{piece}%"',
                        ["key"],
                    )
                    numbers = sorted({int(row["key"]) // PARTS for row in found})
                for number in numbers:
                    document = self._made(number).document
                    if words in document.text:
                        yield document

    def documents(self) -> tuple[DocumentInfo, ...]:
        """What is indexed, in order of path."""
        return self._infos()

    def known(self) -> dict[str, Known]:
        """What is held of each document but for its text, by path."""
        return {
            head.path: Known(
                head.title, head.file_sha256, head.text_sha256, head.file_bytes, head.notes
            )
            for head in self.heads()
        }

    def all_rows(self) -> Iterator[tuple[int, list[Row]]]:
        """Every document's number with its rows, in order of path, a few documents at a time."""
        group: list[int] = []
        rows = 0
        for number, head in enumerate(self.heads()):
            if group and rows + head.parts > _PAGE:
                yield from self._grouped(group)
                group, rows = [], 0
            group.append(number)
            rows += head.parts + 1
        if group:
            yield from self._grouped(group)

    def _grouped(self, numbers: Sequence[int]) -> Iterator[tuple[int, list[Row]]]:
        if len(numbers) == 1:
            yield numbers[0], self._texts(numbers[0])
            return
        found: dict[int, list[Row]] = {number: [] for number in numbers}
        for row in self._documents.query(_keys(numbers[0], numbers[-1] + 1), _TEXT, patient=True):
            found[int(row["key"]) // PARTS].append(row)
        for number, rows in found.items():
            yield number, sorted(rows, key=lambda row: int(row["key"]))

    def heads(self) -> Iterator[Head]:
        """Every document's head, in order of path."""
        for low in range(0, self.manifest.documents, _HEADS):
            yield from self._heads_at(range(low, min(low + _HEADS, self.manifest.documents)))

    def _read_infos(self) -> tuple[DocumentInfo, ...]:
        return tuple(
            DocumentInfo(
                head.path,
                head.title,
                head.chars,
                head.passages,
                head.file_bytes,
                head.reader,
                head.notes,
            )
            for head in self.heads()
        )

    def _read_document(self, number: int) -> Made:
        rows = self._texts(number)
        with self._making_sense(f"document {number}"):
            return rows_of.read_document(rows)

    def _texts(self, number: int) -> list[Row]:
        """A document's rows, in order; they have no gap, so that a page that is not full is the
        last."""
        rows: list[Row] = []
        start = number * PARTS
        while True:
            found = self._documents.query(f"key >= {start} and key < {start + _PAGE}", _TEXT)
            rows += sorted(found, key=lambda row: int(row["key"]))
            start += _PAGE
            if len(found) < _PAGE:
                return rows

    def _heads_at(self, numbers: Sequence[int]) -> list[Head]:
        heads = []
        for some in batches(numbers, _HEADS):
            found = self._documents.query(
                f'kind == "head" and key in [{", ".join(str(n * PARTS) for n in some)}]',
                _TEXT,
            )
            by_number = {int(row["key"]) // PARTS: row for row in found}
            for number in some:
                with self._making_sense(f"document {number}"):
                    heads.append(self._whole_head(by_number[number]))
        return heads

    def _whole_head(self, row: Row) -> Head:
        if len(row["body"]) < rows_of.JSON_CHARS:
            return rows_of.read_head([row])
        rows = self._texts(int(row["key"]) // PARTS)
        return rows_of.read_head([row for row in rows if row["kind"] == "head"])

    def _numbers(self, paths: Sequence[str]) -> dict[str, int]:
        hashes = {text_sha256(path): path for path in paths if _utf8(path)}
        found = {}
        for some in batches(sorted(hashes), HASHES):
            listed = ", ".join(f'"{sha256}"' for sha256 in some)
            for row in self._documents.query(f"path_sha256 in [{listed}]", ["key", "path_sha256"]):
                found[hashes[str(row["path_sha256"])]] = int(row["key"]) // PARTS
        return found

    def _found(self, paths: Sequence[str]) -> dict[str, Head]:
        numbers = self._numbers(paths)
        heads = dict(zip(numbers, self._heads_at(list(numbers.values())), strict=True))
        with self._making_sense("its documents"):
            if any(path != head.path for path, head in heads.items()):
                raise ValueError("one is not the one that its row names")
        return heads

    def _within(self, folders: Folders) -> list[tuple[int, int]]:
        """The numbers of the documents in folders, as ranges one behind the other."""
        merged: list[tuple[int, int]] = []
        for low, high in sorted(self._spans(name) for name in folders.names):
            if merged and low < merged[-1][1]:
                merged[-1] = (merged[-1][0], max(high, merged[-1][1]))
            elif low < high:
                merged.append((low, high))
        return merged

    def _folder(self, name: str) -> tuple[int, int]:
        """The documents are in order of path: those of a folder stand together."""
        after = name + chr(ord("/") + 1)
        return self._bisect(name + "/"), self._bisect(after)

    def _bisect(self, path: str) -> int:
        """How many documents come before a path."""
        low, high = 0, self.manifest.documents
        while low < high:
            step = max(1, (high - low) // _PIVOTS)
            pivots = range(low, high, step)
            heads = self._heads_at(pivots)
            before = sum(head.path < path for head in heads)
            if not before:
                return low
            # The last of them that comes before, and the one behind it.
            low, high = pivots[before - 1] + 1, min(high, pivots[before - 1] + step)
        return low

    def _passages_between(self, low: int, high: int) -> tuple[int, int]:
        first, last = self._heads_at([low, high - 1])
        return first.first, last.first + last.passages

    @contextmanager
    def _making_sense(self, what: str) -> Iterator[None]:
        try:
            yield
        except (ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
            raise damaged(
                f"{what} of generation {self.name} in {self._documents.uri} makes no sense", error
            ) from None


def _keys(low: int, high: int) -> str:
    return f"key >= {low * PARTS} and key < {high * PARTS}"


def _utf8(path: str) -> bool:
    try:
        path.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
