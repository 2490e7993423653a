"""A question becomes ranked passages: two rankers, fused by rank, then read by a third."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from rag.defined_terms import under_both_names
from rag.document import Document, Sentence
from rag.index.store import Store
from rag.models.encoder import Encoder
from rag.models.reading import Reading
from rag.models.reranker import Reranker
from rag.phrases import holds, unmarked
from rag.searched import Searched, searched
from rag.settings import Settings
from rag.types import Hit

# What an embedding forgets and no other word can stand for: "INV-00276", "954", "2023-10-07".
_CODE = re.compile(r"(?<!\w)(?:\w{3,}|[^\W\d_]\d|\w+(?=[-./:,]\w))(?:[-./:,]\w+)*")
_RARE = 4
"""Passages at most that hold a code of which all are read."""
_BROKEN = re.compile(r"(?<=[-\u2010])\r?\n")


def retrieve(
    store: Store,
    encoder: Encoder,
    question: str,
    settings: Settings,
    among: NDArray[np.int64] | None = None,
    count: int | None = None,
) -> list[Hit]:
    """The best passages by fused rank, best first, not yet read; before them those with a code or
    a number of the question that hardly any other has.

    ``among`` limits the search to some passages. ``count`` is how many to return, by default
    ``settings.rerank``.
    """
    vector = encoder.encode([question])[0]
    dense_ids, dense_scores = store.dense(vector, settings.candidates, among)
    lexical_ids, lexical_scores = store.lexical(question, settings.candidates, among)
    dense = dict(zip(dense_ids.tolist(), dense_scores.tolist(), strict=True))
    lexical = dict(zip(lexical_ids.tolist(), lexical_scores.tolist(), strict=True))
    fused = fuse([list(dense), list(lexical)], settings.fusion_k)
    coded = _with_codes(store, question, among)[: settings.rerank // 2]
    best = coded + sorted(fused.keys() - set(coded), key=lambda number: (-fused[number], number))
    count = settings.rerank if count is None else count
    dense_rank, lexical_rank = (
        {number: rank for rank, number in enumerate(ranking, start=1)}
        for ranking in (dense, lexical)
    )
    return [
        Hit(
            number,
            dense.get(number, 0.0),
            lexical.get(number, 0.0),
            fused.get(number, 0.0),
            dense_rank=dense_rank.get(number),
            lexical_rank=lexical_rank.get(number),
        )
        for number in best[:count]
    ]


def _with_codes(store: Store, question: str, among: NDArray[np.int64] | None) -> list[int]:
    """The passages that hold a rare code of the question.

    Of a list of two thousand invoices, cut into passages that look alike, a row found by its number
    alone came behind eight that both rankers had in some place, and was not read.
    """
    found: list[int] = []
    codes = (match.group() for match in _CODE.finditer(question))
    for code in dict.fromkeys(code for code in codes if any(map(str.isdecimal, code))):
        near, _ = store.lexical(code, _RARE + 1, among)
        holders = [n for n in near.tolist() if holds(next(_wordings(store, n)), code)]
        if len(holders) <= _RARE:
            found += holders
    return list(dict.fromkeys(found))


def holding(
    store: Store,
    question: str,
    wanted: Sequence[str],
    settings: Settings,
    among: NDArray[np.int64] | None,
) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """The passages that hold these phrases word for word, and the phrases that none of them holds.

    Passages that hold all of them; where there are none, those that hold one. A phrase is looked
    for in the ``settings.phrase_candidates`` passages with the most of its words, and of the
    question's.
    """
    found: dict[int, int] = {}
    missing = []
    for phrase in wanted:
        near = [
            store.lexical(words, settings.phrase_candidates, among)[0]
            for words in (phrase, question)
        ]
        holders = [
            number
            for number in np.unique(np.concatenate(near)).tolist()
            if any(holds(text, phrase) for text in _wordings(store, number))
        ]
        if not holders:
            missing.append(phrase)
        for number in holders:
            found[number] = found.get(number, 0) + 1
    most = max(found.values(), default=0)
    least = len(wanted) if most == len(wanted) else 1
    held = sorted(number for number, count in found.items() if count >= least)
    return np.array(held, np.int64), tuple(missing)


def _wordings(store: Store, number: int) -> Iterator[str]:
    """A passage as it is searched; then Markdown as it is read; then with each hyphen at a line's
    end, which may be a word's."""
    document, _, sentences = store.passage(number)
    found = searched(document, sentences)
    yield found.text
    if document.reader.startswith("markdown"):
        yield unmarked(found.text)
    yield " ".join(_BROKEN.sub("", document.text[s.start : s.end]) for s in found.sentences)


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
    store: Store,
    reranker: Reranker,
    question: str,
    hits: list[Hit],
    already: Sequence[ReadPassage] = (),
) -> list[ReadPassage]:
    """The passages with their relevance, and those ``already`` read, most relevant first."""
    passages = [store.passage(hit.passage) for hit in hits]
    texts = [
        under_both_names(searched(document, sentences), document.text, question)
        for document, _, sentences in passages
    ]
    readings = reranker.read(question, texts)
    read = [
        ReadPassage(replace(hit, relevance=reading.relevance), document, sentences, text, reading)
        for hit, (document, _, sentences), text, reading in zip(
            hits, passages, texts, readings, strict=True
        )
    ]
    return sorted(
        [*already, *read], key=lambda passage: (-passage.hit.relevance, passage.hit.passage)
    )
