"""A question becomes ranked passages: two rankers, fused by rank, then read by a third."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from rag.index.local import LocalStore
from rag.models.encoder import Encoder
from rag.models.reranker import Reading, Reranker
from rag.settings import Settings
from rag.split import Searched, searched
from rag.types import Document, Hit, Sentence


def retrieve(
    store: LocalStore,
    encoder: Encoder,
    question: str,
    settings: Settings,
    among: NDArray[np.int64] | None = None,
) -> list[Hit]:
    """The best ``settings.rerank`` passages by fused rank, best first, not yet read.

    ``among`` limits the search to some passages.
    """
    vector = encoder.encode([question])[0]
    dense_ids, dense_scores = store.dense(vector, settings.candidates, among)
    lexical_ids, lexical_scores = store.lexical(question, settings.candidates, among)
    dense = dict(zip(dense_ids.tolist(), dense_scores.tolist(), strict=True))
    lexical = dict(zip(lexical_ids.tolist(), lexical_scores.tolist(), strict=True))
    fused = fuse([list(dense), list(lexical)], settings.fusion_k)
    best = sorted(fused, key=lambda number: (-fused[number], number))[: settings.rerank]
    return [
        Hit(number, dense.get(number, 0.0), lexical.get(number, 0.0), fused[number])
        for number in best
    ]


def fuse(rankings: list[list[int]], k: int) -> dict[int, float]:
    """Reciprocal rank fusion, scaled so that 1 is first place in every ranking.

    Cormack, Clarke and Buettcher, "Reciprocal Rank Fusion outperforms Condorcet
    and individual Rank Learning Methods" (SIGIR 2009): the sum of 1 / (k + rank).
    Ranks alone cross this line, so any engine's scores will do.
    """
    fused: dict[int, float] = {}
    for ranking in rankings:
        for rank, number in enumerate(ranking, start=1):
            fused[number] = fused.get(number, 0.0) + (k + 1) / (k + rank) / len(rankings)
    return fused


@dataclass(frozen=True, slots=True)
class ReadPassage:
    """A passage that the reranker has read with the question."""

    hit: Hit
    document: Document
    sentences: tuple[Sentence, ...]
    """All of its sentences, headings included."""
    searched: Searched
    reading: Reading


def rerank(
    store: LocalStore, reranker: Reranker, question: str, hits: list[Hit]
) -> list[ReadPassage]:
    """The passages with their relevance, most relevant first."""
    passages = [store.passage(hit.passage) for hit in hits]
    texts = [searched(document, sentences) for document, _, sentences in passages]
    readings = reranker.read(question, [text.text for text in texts])
    read = [
        ReadPassage(replace(hit, relevance=reading.relevance), document, sentences, text, reading)
        for hit, (document, _, sentences), text, reading in zip(
            hits, passages, texts, readings, strict=True
        )
    ]
    return sorted(read, key=lambda passage: (-passage.hit.relevance, passage.hit.passage))
