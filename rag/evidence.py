"""Passages become quotes, or a refusal.

The reranker has read each passage with the question, and tells how well each of
its sentences answers. A sentence's evidence joins that with its passage's
relevance, on a scale from 0 to 1 where ``settings.threshold`` parts answers from
near misses.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass, replace

from rag.answer_types import asks_yes_or_no, lacks_answer
from rag.copies import grouped, with_copies
from rag.document import Document, Sentence
from rag.lists import stranded
from rag.numbers import Told, about_others, names_absent, numbered_cells
from rag.questions import answers_of_others, asks_for_questions, is_question
from rag.retrieve import ReadPassage
from rag.rows import Row, rows_of_others, table_of
from rag.settings import Settings
from rag.short_answer import short_answer
from rag.split import leads
from rag.types import Quote, Why
from rag.widen import leaned, widened
from rag.words import COMMON, WORD, tokens

_TOLD_CHARS = 4000  # of a row, in which it tells what it is about
# Logits taken from a sentence about something else, another row of a table or another number, and
# from one that does not answer the follow-up.
_LACKING = 16.0
# For each logit below `settings.doubt`.
_DOUBTED = 2.0
# From one without the count or date that is asked for, or in a document without the year or code
# that is asked about: shown as related at most.
_ABSENT, _RELATED = 4.0, -1.0


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A sentence with its evidence as a logit, and where it stands in its passage."""

    passage: ReadPassage
    rank: int
    """The passage's, from 1."""
    position: int
    score: float
    """The sentence's own logit."""
    logit: float

    @property
    def document(self) -> Document:
        return self.passage.document

    @property
    def sentences(self) -> tuple[Sentence, ...]:
        return self.passage.sentences

    @property
    def sentence(self) -> Sentence:
        return self.sentences[self.position]

    @property
    def row(self) -> Row:
        return Row(self.document, self.sentence.block)

    @property
    def told(self) -> Told:
        """What it tells; of a very long row, the beginning."""
        above = self.passage.searched.text.partition("\n")[0]
        start, end = self.sentence.start, min(self.sentence.end, self.sentence.start + _TOLD_CHARS)
        short = end == self.sentence.end
        cells = numbered_cells(self.document, self.sentence.block) if short else ()
        return Told(above, self.document.text[start:end], cells)

    @property
    def relevance(self) -> float:
        return logistic(self.logit)


def find_quotes(
    question: str,
    passages: list[ReadPassage],
    settings: Settings,
    top: int,
    *,
    may_answer: bool = True,
    apart: Collection[tuple[str, int]] = (),
) -> tuple[tuple[Quote, ...], tuple[Quote, ...]]:
    """Quotes that answer, best first, and no near misses; or no quotes, and near misses.

    ``passages`` come most relevant first; the sentences of the best ``settings.read`` of them
    compete, if they are within ``settings.read_margin`` of the first. Without ``may_answer`` there
    are near misses at most: a phrase that the question quotes stands nowhere, or it names nothing.
    ``apart`` are sentences that do not answer, as document path and start.
    """
    candidates = _candidates(question, _worth_reading(passages, settings), settings, apart)
    if may_answer and candidates and candidates[0].relevance >= settings.threshold:
        least = candidates[0].logit - settings.margin
        answers = [c for c in candidates if c.logit >= least and c.relevance >= settings.threshold]
        if quotes := _merged(question, answers, top, settings.merge_margin):
            return tuple(with_copies(quote, passages, quotes) for quote in quotes), ()
    related = [c for c in candidates if c.relevance >= settings.near_miss_threshold]
    misses = _merged(question, related, settings.near_misses, settings.merge_margin, near=True)
    return (), tuple(misses)


def _worth_reading(passages: list[ReadPassage], settings: Settings) -> list[ReadPassage]:
    """The best ``settings.read`` of the passages; those of one table count as one.

    Each of those has the relevance of the best of them: which part of a table holds the row that is
    asked about, the rows tell better.
    """
    best: dict[object, float] = {}
    worth: list[ReadPassage] = []
    for passage in passages:
        # A passage of headings alone may come first, but has nothing to quote.
        if not passage.searched.sentences:
            continue
        part = table_of(passage.document, passage.searched.sentences) or passage.hit.passage
        if len(best) == settings.read and part not in best:
            continue
        relevance = best.setdefault(part, passage.hit.relevance)
        if relevance >= next(iter(best.values())) - settings.read_margin:
            worth.append(replace(passage, hit=replace(passage.hit, relevance=relevance)))
    return worth


def _candidates(
    question: str,
    passages: list[ReadPassage],
    settings: Settings,
    apart: Collection[tuple[str, int]],
) -> list[_Candidate]:
    """Every quotable sentence of the passages, best evidence first."""
    found: dict[tuple[str, int], _Candidate] = {}
    absent: dict[str, bool] = {}
    of_questions = asks_for_questions(question)
    for rank, passage in enumerate(passages, start=1):
        document, place = passage.document, {s: n for n, s in enumerate(passage.sentences)}
        if document.path not in absent:
            absent[document.path] = names_absent(question, document)
        scores = passage.reading.sentences()
        for sentence, score in zip(passage.searched.sentences, scores, strict=True):
            if not of_questions and is_question(document, sentence.block):
                continue
            logit = evidence(passage.hit.relevance, float(score), settings)
            key = document.path, sentence.start
            if key in apart:
                logit -= _LACKING
            if absent[document.path] or lacks_answer(
                question, document.text[sentence.start : sentence.end]
            ):
                logit = min(logit - _ABSENT, _RELATED)
            # Overlapping passages share a sentence: the more relevant one keeps it.
            if key not in found:
                found[key] = _Candidate(passage, rank, place[sentence], float(score), logit)
    rows = rows_of_others(question, [candidate.row for candidate in found.values()])
    numbers = about_others(question, [candidate.told for candidate in found.values()])
    weighed = (
        replace(candidate, logit=candidate.logit - _LACKING) if any(other) else candidate
        for candidate, *other in zip(found.values(), rows, numbers, strict=True)
    )
    ranked = sorted(weighed, key=lambda c: -c.logit)
    places = [(candidate.document, candidate.sentence.start) for candidate in ranked]
    others = answers_of_others(question, places)
    return [candidate for candidate, other in zip(ranked, others, strict=True) if not other]


def evidence(passage: float, sentence: float, settings: Settings) -> float:
    """How surely a sentence answers, as a logit, from its passage's and its own relevance.

    Where the reader says that the sentence does not answer, a passage about the very subject is no
    reason to quote it; it may be related.
    """
    weighed = (
        settings.passage_weight * passage
        + settings.sentence_weight * sentence
        + settings.evidence_bias
    )
    doubted = weighed - _DOUBTED * max(0.0, settings.doubt - sentence)
    return max(doubted, min(weighed, _RELATED))


def logistic(logit: float) -> float:
    """A logit on the scale from 0 to 1."""
    return 1 / (1 + math.exp(-max(-60.0, min(60.0, logit))))


def logit(relevance: float) -> float:
    """What `logistic` was given, as far as it can be told."""
    least = 1e-12
    held = max(least, min(1 - least, relevance))
    return math.log(held / (1 - held))


def _merged(
    question: str,
    candidates: list[_Candidate],
    top: int,
    merge_margin: float,
    *,
    near: bool = False,
) -> list[Quote]:
    """The best ``top`` quotes: neighbours joined, each with what it must not be read without, each
    place once."""
    chosen = {(c.document.path, c.sentence.start): c.logit for c in candidates}
    quotes: list[Quote] = []
    for candidate in candidates:
        if len(quotes) >= top and len(grouped(quotes)) == top:  # copies are one quote
            break
        first = last = candidate.position
        least = candidate.logit - merge_margin
        while first > 0 and _joins(candidate, first - 1):
            if chosen.get(_key(candidate, first - 1), -math.inf) < least:
                break
            first -= 1
        while last + 1 < len(candidate.sentences) and _joins(candidate, last):
            if chosen.get(_key(candidate, last + 1), -math.inf) < least:
                break
            last += 1
        document = candidate.document
        start, end = candidate.sentences[first].start, candidate.sentences[last].end
        if not near:
            start, end = leaned(document, start, end)
        own = candidate.sentence
        if _overlapping(quotes, document, own.start, own.end):
            continue
        if stranded(document, start):
            continue
        if not near:
            start, end = widened(document, start, end)
        # Another item of a list, or what goes on from a quote: one quote, no words of it twice.
        if held := _overlapping(quotes, document, start, end):
            _join(quotes, held, start, end)
            continue
        quotes.append(
            Quote(
                document,
                start,
                end,
                candidate.relevance,
                why=_why(question, candidate, start, end),
                answer=None
                if near or asks_yes_or_no(question)
                else short_answer(candidate.passage, candidate.sentence),
            )
        )
    return grouped(quotes)


def _overlapping(quotes: list[Quote], document: Document, start: int, end: int) -> list[int]:
    """Which of the quotes share characters with this range."""
    return [
        number
        for number, quote in enumerate(quotes)
        if quote.document.path == document.path and quote.start < end and start < quote.end
    ]


def _join(quotes: list[Quote], held: list[int], start: int, end: int) -> None:
    """Make the first of the held quotes one with the others and with this range."""
    start = min(start, *(quotes[number].start for number in held))
    end = max(end, *(quotes[number].end for number in held))
    quotes[held[0]] = replace(quotes[held[0]], start=start, end=end)
    for number in reversed(held[1:]):
        del quotes[number]


def _why(question: str, candidate: _Candidate, start: int, end: int) -> Why:
    hit = candidate.passage.hit
    held = set(tokens(candidate.document.text[start:end]))
    asked = dict.fromkeys(word for word in WORD.findall(question) if word.casefold() not in COMMON)
    words = tuple(word for word in asked if not held.isdisjoint(tokens(word)))
    return Why(
        hit.dense_rank, hit.lexical_rank, candidate.rank, hit.relevance, candidate.score, words
    )


def _key(candidate: _Candidate, position: int) -> tuple[str, int]:
    return candidate.document.path, candidate.sentences[position].start


def _joins(candidate: _Candidate, position: int) -> bool:
    """Whether the sentence at ``position`` and the next one belong to one block of prose."""
    one, two = candidate.sentences[position], candidate.sentences[position + 1]
    text = candidate.document.text
    return one.block == two.block and not leads(text[one.start : one.end])
