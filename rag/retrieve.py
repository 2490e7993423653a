"""A question becomes ranked passages: two rankers, fused by rank, then read by a third."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from rag.index.local import LocalStore
from rag.models.encoder import Encoder
from rag.models.reranker import Reranker
from rag.settings import Settings
from rag.split import searched_text
from rag.types import Hit


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


def rerank(store: LocalStore, reranker: Reranker, question: str, hits: list[Hit]) -> list[Hit]:
    """The same passages with their relevance, most relevant first."""
    texts = []
    for hit in hits:
        document, _, sentences = store.passage(hit.passage)
        texts.append(searched_text(document, sentences))
    scores = reranker.score(question, texts)
    read = [replace(hit, relevance=float(score)) for hit, score in zip(hits, scores, strict=True)]
    return sorted(read, key=lambda hit: (-hit.relevance, hit.passage))
