"""A generation becomes rows of Milvus: what the one before holds already is copied, vectors too."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from rag import split
from rag.document import Document
from rag.errors import IndexDamagedError, IndexUnreachableError, IndexWriteError
from rag.index import milvus_rows as rows_of
from rag.index import milvus_schema as schema_of
from rag.index.generation import REBUILD
from rag.index.manifest import Manifest
from rag.index.milvus import MilvusStore
from rag.index.milvus_client import Client
from rag.index.milvus_schema import Names, Row, words
from rag.index.store import Work
from rag.index.vectors import text_sha256
from rag.reports import Progress
from rag.searched import searched
from rag.words import tokens

EXACT_UP_TO = 100_000
"""Passages; every vector is looked at up to here, beyond it the engine chooses its own index."""
_BATCH_BYTES = 4_000_000
_BATCH_ROWS = 1_000
_MOST_PAUSE_S = 2.0
_COPIED = ["document", "start", "end", "first", "last", "searched_sha256", "vector", "words"]


@dataclass(frozen=True, slots=True)
class _Run:
    """Passages that stand one behind the other in both generations."""

    low: int
    """The number of the first in the old one, and the one behind the last."""
    high: int
    first: int
    """The number of the first in the new one."""
    shift: int
    """What is added to their documents' numbers."""


@dataclass(slots=True)
class _Passages:
    """The new generation's passages, in order."""

    rows: list[Row] = field(default_factory=list)
    """Those that are new, without their vectors."""
    texts: list[str] = field(default_factory=list)
    """What is searched of those."""
    copied: list[_Run] = field(default_factory=list)
    """Those of the old generation, run by run."""
    count: int = 0


class Writer:
    """Fills the two collections of one generation and seals them with its manifest."""

    def __init__(self, client: Client, names: Names, name: str) -> None:
        self._client = client
        self._names = names
        self._name = name
        self._bytes = 0

    def write(self, work: Work, old: MilvusStore | None) -> tuple[int, int]:
        """Write it all, and look whether it is all there.

        Returns how many passages there are, and how many had to be embedded.

        Raises:
            IndexDamagedError: what is to be copied makes no sense.
            IndexUnreachableError: the engine does not answer, or refuses.
            IndexWriteError: what was written is not what is found.
        """
        documents, passages = self._names.documents(self._name), self._names.passages(self._name)
        self._create(documents, schema_of.documents_schema())
        found = _Passages()
        written = self._insert(documents, self._document_rows(work, old, found))
        vectors, embedded = work.embed(found.texts)
        work.report(Progress("write", 0, found.count))
        dimension = vectors.shape[1] if found.texts or old is None else old.dimension()
        self._create(passages, schema_of.passages_schema(max(2, dimension)))
        self._insert(passages, self._passage_rows(work, found, vectors, old))
        manifest = work.manifest(found.count)
        self._insert(documents, rows_of.manifest_rows(manifest, written, self._bytes))
        self._settle(documents, [("nothing", "FLAT", "L2"), ("path_sha256", "INVERTED", "")])
        dense = "FLAT" if found.count <= EXACT_UP_TO else "AUTOINDEX"
        self._settle(
            passages,
            [
                ("vector", dense, "IP"),
                ("lexical", "SPARSE_INVERTED_INDEX", "BM25"),
                ("searched_sha256", "INVERTED", ""),
            ],
        )
        self._check(manifest)
        work.report(Progress("write", found.count, found.count))
        return found.count, embedded

    def _check(self, manifest: Manifest) -> None:
        """To open it is to count it. Raises IndexWriteError: it is not all there."""
        try:
            found = MilvusStore(self._client, self._names, self._name).manifest
            reason = "" if found == manifest else "its manifest differs"
        except IndexDamagedError as error:
            reason = str(error)
        if reason:
            raise IndexWriteError(
                f"what was written into {self._client.uri} is not what is found there ({reason}); "
                f"{REBUILD} again; what answered before still does",
                logged=f"what was written into {self._client.uri} is not what is found there",
            )

    def _document_rows(
        self, work: Work, old: MilvusStore | None, found: _Passages
    ) -> Iterator[Row]:
        kept = _Kept(old, frozenset(work.harvest.kept)) if old and work.same_recipe else None
        for number, path in enumerate(sorted([*work.harvest.kept, *work.harvest.read])):
            if kept and path in work.harvest.kept:
                was, rows = kept.take(path)
                head = rows_of.read_head([row for row in rows if row["kind"] == "head"])
                here = replace(head, first=found.count)
                body = [row for row in rows if row["kind"] != "head"]
                yield from rows_of.numbered(number, [*rows_of.head_rows(here), *body])
                _note(
                    found, _Run(head.first, head.first + head.passages, found.count, number - was)
                )
                continue
            if old and path in work.harvest.kept:
                document, file_bytes = old.document(path), work.harvest.kept[path].file_bytes
            else:
                document, file_bytes = work.harvest.read[path]
            yield from _made(number, document, file_bytes, work.passage_chars, found)

    def _passage_rows(
        self, work: Work, found: _Passages, vectors: NDArray[np.float32], old: MilvusStore | None
    ) -> Iterator[Row]:
        for number, (row, text, vector) in enumerate(
            zip(found.rows, found.texts, vectors, strict=True)
        ):
            if not number % _BATCH_ROWS:
                work.report(Progress("write", number, found.count))
            yield row | {"vector": vector, "words": words(tokens(text))}
        if old is None:
            return
        for run in found.copied:
            for row in old.passage_rows(run.low, run.high, _COPIED):
                yield {name: row[name] for name in _COPIED} | {
                    "id": int(row["id"]) - run.low + run.first,
                    "document": int(row["document"]) + run.shift,
                }

    def _create(self, collection: str, schema: object) -> None:
        self._client.call(
            "create_collection",
            collection,
            schema=schema,
            consistency_level="Strong",
            patient=True,
        )

    def _insert(self, collection: str, rows: Iterable[Row]) -> int:
        """Insert rows a batch at a time; how many there were."""
        batch: list[Row] = []
        size = count = 0
        for row in rows:
            row_bytes = sum(_size(value) for value in row.values())
            if batch and (size + row_bytes > _BATCH_BYTES or len(batch) == _BATCH_ROWS):
                self._insert_batch(collection, batch)
                batch, size = [], 0
            batch.append(row)
            size += row_bytes
            count += 1
            self._bytes += row_bytes
        if batch:
            self._insert_batch(collection, batch)
        return count

    def _insert_batch(self, collection: str, batch: list[Row]) -> None:
        try:
            self._client.call("insert", collection, batch, patient=True, again=False)
        except IndexUnreachableError:
            # It may have been inserted or not: what replaces itself is in there once.
            self._client.call("upsert", collection, batch, patient=True)

    def _settle(self, collection: str, indexes: list[tuple[str, str, str]]) -> None:
        """Write a collection out, index it, and have it ready for questions."""
        from pymilvus import MilvusClient

        self._client.call("flush", collection, patient=True)
        parameters = MilvusClient.prepare_index_params()
        for name, kind, metric in indexes:
            # What the local index uses (bm25s' defaults).
            more = {"params": {"bm25_k1": 1.5, "bm25_b": 0.75}} if metric == "BM25" else {}
            metrics = {"metric_type": metric} if metric else {}
            parameters.add_index(name, index_type=kind, index_name=name, **metrics, **more)
        self._client.call("create_index", collection, parameters, patient=True, sync=False)
        for name, _, _ in indexes:
            self._wait_for_index(collection, name)

    def _wait_for_index(self, collection: str, name: str) -> None:
        pause_s = 0.01
        while True:
            found = self._client.call("describe_index", collection, name, patient=True)
            state = found["state"] if found else ""
            if state == "Finished":
                return
            if state == "Failed":
                raise IndexWriteError(
                    f"{self._client.uri} could not index {name} of {collection}; {REBUILD} again; "
                    "what answered before still does",
                    logged=f"{self._client.uri} could not index {name} of {collection}",
                )
            time.sleep(pause_s)
            pause_s = min(2 * pause_s, _MOST_PAUSE_S)


class _Kept:
    """What is kept of an old generation, handed out in order of path."""

    def __init__(self, old: MilvusStore, paths: frozenset[str]) -> None:
        self._rows = (
            (head.path, number, rows)
            for head, (number, rows) in zip(old.heads(), old.all_rows(), strict=True)
            if head.path in paths
        )

    def take(self, path: str) -> tuple[int, list[Row]]:
        """The number and the rows of the next document that is kept."""
        found, number, rows = next(self._rows)
        if found != path:  # `check_rows` has looked at their order
            raise LookupError(f"{found} where {path} should be")
        # A head's rows are made anew, and only they name the path.
        return number, [row | {"path_sha256": "", "nothing": [0.0, 0.0]} for row in rows]


def _made(
    number: int, document: Document, file_bytes: int, passage_chars: int, found: _Passages
) -> list[Row]:
    """A new document's rows; its passages are noted."""
    sentences, passages = split.split(document, passage_chars=passage_chars)
    rows = rows_of.document_rows(
        document,
        sentences,
        file_bytes=file_bytes,
        first=found.count,
        passages=len(passages),
    )
    for place in passages:
        text = searched(document, sentences[place.first : place.last]).text
        found.texts.append(text)
        found.rows.append(
            {
                "id": found.count,
                "document": number,
                "start": place.start,
                "end": place.end,
                "first": place.first,
                "last": place.last,
                "searched_sha256": text_sha256(text),
            }
        )
        found.count += 1
    return rows_of.numbered(number, rows)


def _note(found: _Passages, run: _Run) -> None:
    """Note passages to copy, as a part of the run before where they go on with it."""
    before = found.copied[-1] if found.copied else None
    if (
        before
        and (before.high, before.shift) == (run.low, run.shift)
        and before.first + before.high - before.low == run.first
    ):
        found.copied[-1] = replace(before, high=run.high)
    else:
        found.copied.append(run)
    found.count += run.high - run.low


def _size(value: object) -> int:
    if isinstance(value, str):
        return len(value.encode("utf-8"))
    return value.nbytes if isinstance(value, np.ndarray) else 8
