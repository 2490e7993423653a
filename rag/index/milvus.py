"""One generation in Milvus, open for searching: the engine ranks, our code reads and checks."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from rag.document import Document, Passage, Sentence
from rag.folders import Folders
from rag.index import milvus_rows as rows_of
from rag.index.generation import damaged
from rag.index.milvus_client import Client
from rag.index.milvus_collection import HASHES, batches, open_collection
from rag.index.milvus_documents import MilvusDocuments
from rag.index.milvus_rows import Made
from rag.index.milvus_schema import Names, Row, words
from rag.index.vectors import text_sha256
from rag.searched import searched
from rag.words import COMMON_WEIGHT, light_words, tokens

_PASSAGES = 1_000
_RANGES = 500  # in one filter; where there are more, several searches are merged
_MOST = 16_384
"""Results that Milvus gives at once."""
_TIES = 64
"""Asked for beyond what is wanted, so that of equal ones those with the lowest number come."""
_SEEN = 5_000
_PLACE = ["document", "start", "end", "first", "last", "searched_sha256"]


class MilvusStore(MilvusDocuments):
    """A generation's documents, passages, vectors and words. Safe to share between threads."""

    def __init__(self, client: Client, names: Names, name: str) -> None:
        documents = open_collection(client, names.documents(name))
        self._passages = open_collection(client, names.passages(name))
        super().__init__(documents, name)
        self.current: str | None = name
        """What the alias named when this was opened; another name where that one is damaged."""
        self.warning = ""
        """Why this generation serves instead of the one that should, and the next step."""
        self._seen: dict[int, Row] = {}
        """Places of passages that a search has told already."""
        self._check_counts()

    def _check_counts(self) -> None:
        found = self._documents.count("key >= 0"), self._passages.count("id >= 0")
        if found != (self._rows, self.manifest.passages):
            raise damaged(
                f"{self.name} in {self._documents.uri} holds {found[0]} rows of documents and "
                f"{found[1]} passages; its manifest counts {self._rows} and "
                f"{self.manifest.passages}"
            )

    def dimension(self) -> int:
        """How many numbers a vector has."""
        return self._passages.dimension("vector")

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
        return self._search("vector", vector, count, among, "IP")

    def lexical(
        self, question: str, count: int, among: NDArray[np.int64] | None
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """The passages that share most words with a question, best first, at most ``count``."""
        # What a word weighs can be said by how often it is asked for alone. Each comes once first:
        # of a long text, what is too much for a string is left out at the end.
        light, times = light_words(question), round(1 / COMMON_WEIGHT)
        said = tokens(question)
        sought = words(said + [word for word in said if word not in light] * (times - 1))
        if not sought or not self.manifest.passages:
            return np.empty(0, np.int64), np.empty(0, np.float32)
        numbers, scores = self._search("lexical", sought, count, among, "BM25")
        return numbers, scores / np.float32(times)

    def _search(
        self,
        field: str,
        sought: object,
        count: int,
        among: NDArray[np.int64] | None,
        metric: str,
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        numbers: list[int] = []
        scores: list[float] = []
        for where in _filters(among):
            hits = self._passages.search(
                field,
                sought,
                metric=metric,
                count=min(count + _TIES, self.manifest.passages, _MOST),
                where=where,
                fields=_PLACE,
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

    def embedded(self, wanted: Collection[str]) -> dict[str, NDArray[np.float32]]:
        """The vectors of those texts that are held, by the hash of the text."""
        found = {}
        for hashes in batches(sorted(wanted), HASHES):
            listed = ", ".join(f'"{sha256}"' for sha256 in hashes)
            for row in self._passages.query(
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
            raise damaged(f"{self.name} in {self._documents.uri} has passages of no document")

    def passage_rows(self, low: int, high: int, fields: list[str]) -> Iterator[Row]:
        """The rows of the passages from one number to before another, in order."""
        for start in range(low, high, _PASSAGES):
            end = min(start + _PASSAGES, high)
            found = self._passages.query(
                f"id >= {start} and id < {end}", ["id", *fields], patient=True
            )
            by_id = {int(row["id"]): row for row in found}
            with self._making_sense("its passages"):
                for number in range(start, end):
                    yield by_id[number]

    def _places(self, numbers: Sequence[int]) -> list[Row]:
        found: dict[int, Row] = {}
        for some in batches(sorted(set(numbers)), _PASSAGES):
            for row in self._passages.query(
                f"id in [{', '.join(map(str, some))}]", ["id", *_PLACE]
            ):
                found[int(row["id"])] = row
        with self._making_sense("its passages"):
            return [found[number] for number in numbers]


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
    if text_sha256(searched(made.document, sentences).text) != row["searched_sha256"]:
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
