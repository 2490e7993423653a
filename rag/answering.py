"""A question becomes an answer: searched in one or two wordings, quoted or refused."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rag.asked import Asked
from rag.errors import QuestionTimeoutError, not_indexed
from rag.evidence import find_quotes, logit
from rag.folders import Folders
from rag.followup import Wording, names_nothing, search_questions
from rag.index.store import Store
from rag.models.encoder import Encoder
from rag.models.reranker import Reranker
from rag.phrases import phrases
from rag.repeats import Repeats
from rag.retrieve import ReadPassage, holding, rerank, retrieve
from rag.settings import Settings
from rag.types import Answer, Hit, Quote

_UNSAID = 2.0
"""Logits taken from what a question that leans on others finds alone: "Who makes it?" finds who
makes anything. Of 200 follow-ups in CANARD the right document is first for .815, and was for .780
before."""


@dataclass(frozen=True, slots=True)
class Trace:
    """An answer with what it was found among, for those who measure."""

    answer: Answer
    passages: tuple[ReadPassage, ...]
    """Those that the reranker has read, most relevant first."""
    ranked: tuple[tuple[str, int, int], ...]
    """The first ``depth`` passages as document path, start and end: those read, then the next
    ones by fused rank."""


@dataclass(frozen=True, slots=True)
class _Search:
    """What one wording of a question found."""

    wording: Wording
    passages: list[ReadPassage]
    unread: list[Hit]
    quotes: tuple[Quote, ...]
    near_misses: tuple[Quote, ...]

    @property
    def evidence(self) -> float:
        """How surely it answers, as a logit."""
        best = (*self.quotes, *self.near_misses)
        surest = best[0].relevance if best else 0.0
        return logit(surest) - (_UNSAID if self.wording.leans else 0.0)


def answer(
    asked: Asked, store: Store, encoder: Encoder, reranker: Reranker, settings: Settings
) -> Trace:
    """What the generation answers.

    Raises:
        SettingsError: a document is not in the index.
        QuestionTimeoutError: it took longer than ``settings.question_seconds``.
    """
    clock = _Stopwatch(settings.question_seconds)
    among = _among(store, asked.documents, asked.folders)
    literal = True
    missing: tuple[str, ...] = ()
    wanted = phrases(asked.question)
    if wanted:
        with clock.stage("retrieve"):
            held, missing = holding(store, asked.question, wanted, settings, among)
        literal = len(held) > 0
        among = held if literal else among  # what is near is worth showing all the same
    half = settings.rerank // 2
    count = max(settings.rerank, asked.depth)

    def search(wording: Wording) -> _Search:
        words, repeats = wording.words, Repeats(asked.question, wording.taken, reranker, settings)
        may = literal and (bool(wanted) or not names_nothing(words))
        with clock.stage("retrieve"):
            left = retrieve(store, encoder, words, settings, among, count)
        passages: list[ReadPassage] = []
        quotes: tuple[Quote, ...] = ()
        misses: tuple[Quote, ...] = ()
        for some in filter(None, (half, settings.rerank - half)):
            now, left = left[:some], left[some:]
            with clock.stage("rerank"):
                passages = rerank(store, reranker, words, now, passages)
            with clock.stage("evidence"):
                looking = True
                while looking:
                    quotes, misses = find_quotes(
                        words, passages, settings, asked.top, may_answer=may, apart=repeats.places
                    )
                    looking = repeats.look(quotes, passages)
            if not left or _enough(quotes, asked, settings):
                break
        return _Search(wording, passages, left, quotes, misses)

    searches = [search(wording) for wording in search_questions(asked.question, asked.earlier)]
    # Where a question leans on the ones before it, evidence decides whether it needed them.
    found = max(searches, key=lambda one: one.evidence)
    best = [passage.hit for passage in found.passages] + found.unread
    numbers = np.array([hit.passage for hit in best[: asked.depth]], np.int64)
    return Trace(
        Answer(
            asked.question,
            found.quotes,
            found.near_misses,
            store.manifest.index_id,
            clock.read(),
            found.wording.words,
            0 if asked.documents is None else len(set(asked.documents)),
            missing,
            _unread(asked, store),
        ),
        tuple(found.passages),
        tuple(store.spans(numbers)) if asked.depth else (),
    )


def _enough(quotes: tuple[Quote, ...], asked: Asked, settings: Settings) -> bool:
    """Whether half of ``settings.rerank`` passages are enough to read.

    They are where one quote answers, certainly and alone: those left would hardly change it. Where
    two do, or one has a copy, there may be more of them.
    """
    alone = len(quotes) == 1 < asked.top and not quotes[0].also_in
    return alone and quotes[0].relevance >= settings.certain


def _among(
    store: Store, documents: Sequence[str] | None, folders: Folders | None
) -> NDArray[np.int64] | None:
    """The passages to search, None for all of them.

    Raises:
        SettingsError: a document is not in the index, or not in the folders, which is told alike.
    """
    try:
        return store.among(documents, folders)
    except KeyError as error:
        raise not_indexed(error.args[0]) from None


def _unread(asked: Asked, store: Store) -> int:
    """How many files a search of all that may be searched did not see."""
    if asked.documents is not None:
        return 0
    skipped = store.manifest.skipped
    return sum(asked.folders is None or asked.folders.lack(path) for path, _ in skipped)


class _Stopwatch:
    """Milliseconds by stage, and an end to them."""

    def __init__(self, seconds: float) -> None:
        self._started = time.perf_counter()
        self._seconds = seconds
        self._stages: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Raises QuestionTimeoutError if the time was over when it began."""
        started = time.perf_counter()
        if started - self._started > self._seconds:
            raise QuestionTimeoutError(
                f"the question was given up after {self._seconds:g} seconds, before it came to "
                f"{name}; ask again, or raise question_seconds"
            )
        yield
        spent = (time.perf_counter() - started) * 1000
        self._stages[name] = self._stages.get(name, 0.0) + spent

    def read(self) -> dict[str, float]:
        return self._stages | {"total": (time.perf_counter() - self._started) * 1000}
