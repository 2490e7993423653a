"""One generation in Milvus, open for searching: the engine ranks, our code reads and checks."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from rag import split
from rag.errors import IndexDamagedError
from rag.folders import Folders
from rag.index import milvus_rows as rows_of
from rag.index.generation import REBUILD
from rag.index.lexical import tokens
from rag.index.local import Known
from rag.index.manifest import Manifest
from rag.index.milvus_client import Client
from rag.index.milvus_rows import PARTS, Head, Made, Names, Row, batches
from rag.types import Document, DocumentInfo, Passage, Sentence

_CACHED_DOCUMENTS = 64
_CACHED_FOLDERS = 64
_PAGE = 128
"""Rows of texts in one answer: some 8 MB."""
_HEADS = 500
_PASSAGES = 1_000
_HASHES = 200
_RANGES = 500  # in one filter; where there are more, several searches are merged
_MOST = 16_384
"""Results that Milvus gives at once."""
_TIES = 64
"""Asked for beyond what is wanted, so that of equal ones those with the lowest number come."""
_PIVOTS = 64
_SEEN = 5_000
_SETTLED_S = 10.0
"""After so long, what was there when a generation was opened is there wherever it is asked for:
no part of a cluster may be more than five seconds behind (Milvus' ``gracefulTime``)."""
_SCANNED = 10_000
"""Documents whose texts are looked through in one call."""
_PLACE = ["document", "start", "end", "first", "last", "searched_sha256"]
_TEXT = ["key", "kind", "body"]


class MilvusStore:
    """A generation's documents, passages, vectors and words. Safe to share between threads."""

    def __init__(self, client: Client, names: Names, name: str) -> None:
        self.name = name
        self.current: str | None = name
        """What the alias named when this was opened; another name where that one is damaged."""
        self.warning = ""
        """Why this generation serves instead of the one that should, and the next step."""
        self._client = client
        self._documents = names.documents(name)
        self._passages = names.passages(name)
        self._opened = time.monotonic()
        self._seen: dict[int, Row] = {}
        """Places of passages that a search has told already."""
        self.manifest, self._rows, self._size_bytes = self._read_manifest()
        self._check_counts()
        self._made = lru_cache(maxsize=_CACHED_DOCUMENTS)(self._read_document)
        self._spans = lru_cache(maxsize=_CACHED_FOLDERS)(self._folder)
        self._infos = lru_cache(maxsize=1)(self._read_infos)

    def _read_manifest(self) -> tuple[Manifest, int, int]:
        for collection in (self._documents, self._passages):
            self._client.call("load_collection", collection, patient=True)
        found = self._texts(-1)
        with self._making_sense("its manifest"):
            manifest, rows, size_bytes = rows_of.read_manifest(found)
            if manifest.index_id != self.name.partition("-")[2]:
                raise ValueError("it is another generation's")
            return manifest, rows, size_bytes

    def _check_counts(self) -> None:
        found = self._count(self._documents, "key >= 0"), self._count(self._passages, "id >= 0")
        if found != (self._rows, self.manifest.passages):
            raise IndexDamagedError(
                f"{self.name} in {self._client.uri} holds {found[0]} rows of documents and "
                f"{found[1]} passages; its manifest counts {self._rows} and "
                f"{self.manifest.passages}; {REBUILD}"
            )

    def _count(self, collection: str, where: str) -> int:
        found = self._query(collection, where, ["count(*)"], patient=True)
        return int(found[0]["count(*)"])

    def _query(
        self, collection: str, where: str, fields: list[str], *, patient: bool = False
    ) -> list[Row]:
        found: list[Row] = self._client.call(
            "query",
            collection,
            filter=where,
            output_fields=fields,
            consistency_level=self._consistency(),
            patient=patient,
        )
        return found

    def _consistency(self) -> str:
        """How far a cluster's parts must have caught up before they answer.

        Nothing is written once a generation serves. So all of it is seen by whoever is no more
        than seconds behind, as "Bounded" is, once it has been there for longer; until then each
        answer waits for the last write, a fifth of a second.
        """
        return "Bounded" if time.monotonic() - self._opened > _SETTLED_S else "Strong"

    def size_bytes(self) -> int:
        """What was written."""
        return self._size_bytes

    def dimension(self) -> int:
        """How many numbers a vector has."""
        fields = self._client.call("describe_collection", self._passages)["fields"]
        (found,) = (field["params"]["dim"] for field in fields if field["name"] == "vector")
        return int(found)

    def __contains__(self, path: str) -> bool:
        return path in self._found([path])

    def among(
        self, documents: Sequence[str] | None, folders: Folders | None
    ) -> NDArray[np.int64] | None:
        """The numbers of the passages to search, ascending; None for all of them.

        Raises:
            KeyError: the path of a document that is not held, or not in the folders.
        """
        limited = folders is not None and not folders.everything
        if documents is not None:
            found = self._found(documents)
            for path in documents:
                if path not in found or (folders is not None and not folders.covers(path)):
                    raise KeyError(path)
            spans = [(head.first, head.first + head.passages) for head in found.values()]
        elif folders is not None and limited:
            spans = [self._passages_between(*span) for span in self._within(folders)]
        else:
            return None
        numbers = [np.arange(low, high, dtype=np.int64) for low, high in sorted(spans)]
        return np.concatenate([np.empty(0, np.int64), *numbers])

    def dense(
        self, vector: NDArray[np.float32], count: int, among: NDArray[np.int64] | None
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """The passages nearest to a unit vector of shape ``(dimension,)``, best first.

        Returns numbers and cosines, at most ``count``.
        """
        if not self.manifest.passages:
            return np.empty(0, np.int64), np.empty(0, np.float32)
        return self._search("vector", vector, count, among, {"metric_type": "IP"})

    def lexical(
        self, question: str, count: int, among: NDArray[np.int64] | None
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """The passages that share most words with a question, best first, at most ``count``."""
        words = rows_of.words(tokens(question))
        if not words or not self.manifest.passages:
            return np.empty(0, np.int64), np.empty(0, np.float32)
        return self._search("lexical", words, count, among, {"metric_type": "BM25"})

    def _search(
        self,
        field: str,
        sought: object,
        count: int,
        among: NDArray[np.int64] | None,
        parameters: dict[str, str],
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        numbers: list[int] = []
        scores: list[float] = []
        for where in _filters(among):
            (hits,) = self._client.call(
                "search",
                self._passages,
                data=[sought],
                anns_field=field,
                limit=min(count + _TIES, self.manifest.passages, _MOST),
                filter=where,
                output_fields=_PLACE,
                search_params=parameters,
                consistency_level=self._consistency(),
            )
            numbers += [int(hit["id"]) for hit in hits]
            if len(self._seen) > _SEEN:
                self._seen.clear()
            self._seen |= {int(hit["id"]): hit["entity"] for hit in hits}
            # BM25 is above zero; an engine that calls the best the least turns its sign.
            scores += [
                abs(hit["distance"]) if field == "lexical" else hit["distance"] for hit in hits
            ]
        found, score = np.array(numbers, np.int64), np.array(scores, np.float32)
        order = np.lexsort((found, -score))[:count]
        return found[order], score[order]

    def passage(self, number: int) -> tuple[Document, Passage, tuple[Sentence, ...]]:
        """A passage with its document and its sentences, checked against the hash of its text.

        Raises:
            IndexDamagedError: the rows do not fit together.
        """
        row = self._seen.get(int(number)) or self._places([int(number)])[0]
        made = self._made(int(row["document"]))
        with self._making_sense(f"passage {number}"):
            return made.document, *_checked(row, made)

    def spans(self, passages: NDArray[np.int64]) -> list[tuple[str, int, int]]:
        """For each passage its document's path and its range, in the order given."""
        found = self._places(passages.tolist())
        owners = sorted({int(row["document"]) for row in found})
        heads = dict(zip(owners, self._heads_at(owners), strict=True))
        return [
            (heads[int(row["document"])].path, int(row["start"]), int(row["end"])) for row in found
        ]

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
                    found = self._query(
                        self._documents,
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

    def embedded(self, wanted: Collection[str]) -> dict[str, NDArray[np.float32]]:
        """The vectors of those texts that are held, by the hash of the text."""
        found = {}
        for hashes in batches(sorted(wanted), _HASHES):
            listed = ", ".join(f'"{sha256}"' for sha256 in hashes)
            for row in self._query(
                self._passages,
                f"searched_sha256 in [{listed}]",
                ["searched_sha256", "vector"],
                patient=True,
            ):
                found[str(row["searched_sha256"])] = np.array(row["vector"], np.float32)
        return found

    def check_rows(self) -> None:
        """Look at every row, before rows are copied.

        Raises:
            IndexDamagedError: some make no sense, or a text is not the one that was stored.
        """
        first, last = 0, ""
        passages = self.passage_rows(0, self.manifest.passages, _PLACE)
        for number, rows in self.all_rows():
            with self._making_sense(f"document {number}"):
                made = rows_of.read_document(rows)
                if made.head.first != first or (number and made.head.path <= last):
                    raise ValueError("it is not in its place")
                first, last = first + made.head.passages, made.head.path
                for row in islice(passages, made.head.passages):
                    if row["document"] != number:
                        raise ValueError("a passage of it is another document's")
                    _checked(row, made)
        if first != self.manifest.passages:
            raise IndexDamagedError(
                f"{self.name} in {self._client.uri} has passages of no document; {REBUILD}"
            )

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
        for row in self._query(
            self._documents, _keys(numbers[0], numbers[-1] + 1), _TEXT, patient=True
        ):
            found[int(row["key"]) // PARTS].append(row)
        for number, rows in found.items():
            yield number, sorted(rows, key=lambda row: int(row["key"]))

    def heads(self) -> Iterator[Head]:
        """Every document's head, in order of path."""
        for low in range(0, self.manifest.documents, _HEADS):
            yield from self._heads_at(range(low, min(low + _HEADS, self.manifest.documents)))

    def passage_rows(self, low: int, high: int, fields: list[str]) -> Iterator[Row]:
        """The rows of the passages from one number to before another, in order."""
        for start in range(low, high, _PASSAGES):
            end = min(start + _PASSAGES, high)
            found = self._query(
                self._passages, f"id >= {start} and id < {end}", ["id", *fields], patient=True
            )
            by_id = {int(row["id"]): row for row in found}
            with self._making_sense("its passages"):
                for number in range(start, end):
                    yield by_id[number]

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
            found = self._query(self._documents, f"key >= {start} and key < {start + _PAGE}", _TEXT)
            rows += sorted(found, key=lambda row: int(row["key"]))
            start += _PAGE
            if len(found) < _PAGE:
                return rows

    def _heads_at(self, numbers: Sequence[int]) -> list[Head]:
        heads = []
        for some in batches(numbers, _HEADS):
            found = self._query(
                self._documents,
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
        hashes = {rows_of.sha256(path): path for path in paths if _utf8(path)}
        found = {}
        for some in batches(sorted(hashes), _HASHES):
            listed = ", ".join(f'"{sha256}"' for sha256 in some)
            for row in self._query(
                self._documents, f"path_sha256 in [{listed}]", ["key", "path_sha256"]
            ):
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

    def _places(self, numbers: Sequence[int]) -> list[Row]:
        found: dict[int, Row] = {}
        for some in batches(sorted(set(numbers)), _PASSAGES):
            for row in self._query(
                self._passages, f"id in [{', '.join(map(str, some))}]", ["id", *_PLACE]
            ):
                found[int(row["id"])] = row
        with self._making_sense("its passages"):
            return [found[number] for number in numbers]

    @contextmanager
    def _making_sense(self, what: str) -> Iterator[None]:
        try:
            yield
        except (ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
            raise IndexDamagedError(
                f"{what} of generation {self.name} in {self._client.uri} makes no sense "
                f"({error}); {REBUILD}"
            ) from None


def _checked(row: Row, made: Made) -> tuple[Passage, tuple[Sentence, ...]]:
    """A passage's place and sentences, if they give the text that its vector stands for.

    Raises:
        ValueError, TypeError: they do not.
    """
    passage = Passage(*(int(row[name]) for name in ("start", "end", "first", "last")))
    sentences = made.sentences[passage.first : passage.last]
    if not 0 <= passage.first < passage.last <= len(made.sentences):
        raise ValueError("a passage has no sentence")
    if (passage.start, passage.end) != (sentences[0].start, sentences[-1].end):
        raise ValueError("a passage is not where its sentences are")
    if rows_of.sha256(split.searched(made.document, sentences).text) != row["searched_sha256"]:
        raise ValueError("its text does not match its checksum")
    return passage, sentences


def _filters(among: NDArray[np.int64] | None) -> list[str]:
    """What limits a search to some passages: ranges of their numbers, in one filter or more."""
    if among is None:
        return [""]
    if not len(among):
        return []
    edges = np.flatnonzero(np.diff(among) != 1)
    lows = among[np.concatenate([[0], edges + 1])].tolist()
    highs = among[np.concatenate([edges, [len(among) - 1]])].tolist()
    runs = list(zip(lows, highs, strict=True))
    alone = [low for low, high in runs if low == high]
    ranges = [f"(id >= {low} and id <= {high})" for low, high in runs if low < high]
    filters = [f"id in [{', '.join(map(str, some))}]" for some in batches(alone, _MOST)]
    return filters + [" or ".join(some) for some in batches(ranges, _RANGES)]


def _keys(low: int, high: int) -> str:
    return f"key >= {low * PARTS} and key < {high * PARTS}"


def _utf8(path: str) -> bool:
    try:
        path.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
