"""Passages become quotes, or a refusal.

The reranker has read each passage with the question, and tells how well each of
its sentences answers. A sentence's evidence joins that with its passage's
relevance, on a scale from 0 to 1 where ``settings.threshold`` parts answers from
near misses.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace

from rag.answer_types import lacks_answer
from rag.copies import grouped, with_copies
from rag.document import Document, Sentence
from rag.excerpt import lead_in
from rag.index.lexical import COMMON, tokens
from rag.retrieve import ReadPassage
from rag.rows import Row, rows_of_others, table_of
from rag.settings import Settings
from rag.split import leads
from rag.types import Quote, Why

_WORD = re.compile(r"\w+")

# A sentence that opens with one of these means something only after the sentence before it.
_LEANING = frozenset(
    "he she it they him her them his its their this that these those such both neither either "
    "however but yet so thus hence therefore moreover furthermore nevertheless nonetheless instead "
    "consequently accordingly otherwise similarly likewise meanwhile also additionally still then "
    "conversely besides and or nor afterwards afterward".split()
)
_WIDEST = 2  # sentences that widening may add: past that the quote is no longer about the question
# Logits taken from a sentence without the count or date that is asked for, and from a table's row
# about something else.
_LACKING = 16.0


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
    def relevance(self) -> float:
        return logistic(self.logit)


def find_quotes(
    question: str,
    passages: list[ReadPassage],
    settings: Settings,
    top: int,
    *,
    may_answer: bool = True,
) -> tuple[tuple[Quote, ...], tuple[Quote, ...]]:
    """Quotes that answer, best first, and no near misses; or no quotes, and near misses.

    ``passages`` come most relevant first; the sentences of the best ``settings.read`` of them
    compete, if they are within ``settings.read_margin`` of the first. Without ``may_answer`` there
    are near misses at most: a phrase that the question quotes stands nowhere, or it names nothing.
    """
    candidates = _candidates(question, _worth_reading(passages, settings), settings)
    if may_answer and candidates and candidates[0].relevance >= settings.threshold:
        least = candidates[0].logit - settings.margin
        answers = [c for c in candidates if c.logit >= least and c.relevance >= settings.threshold]
        quotes = _merged(question, answers, top, settings.merge_margin)
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


def _candidates(question: str, passages: list[ReadPassage], settings: Settings) -> list[_Candidate]:
    """Every quotable sentence of the passages, best evidence first."""
    found: dict[tuple[str, int], _Candidate] = {}
    for rank, passage in enumerate(passages, start=1):
        document, place = passage.document, {s: n for n, s in enumerate(passage.sentences)}
        scores = passage.reading.sentences()
        for sentence, score in zip(passage.searched.sentences, scores, strict=True):
            logit = evidence(passage.hit.relevance, float(score), settings)
            if lacks_answer(question, document.text[sentence.start : sentence.end]):
                logit -= _LACKING
            # Overlapping passages share a sentence: the more relevant one keeps it.
            key = document.path, sentence.start
            if key not in found:
                found[key] = _Candidate(passage, rank, place[sentence], float(score), logit)
    others = rows_of_others(question, [candidate.row for candidate in found.values()])
    weighed = (
        replace(candidate, logit=candidate.logit - _LACKING) if other else candidate
        for candidate, other in zip(found.values(), others, strict=True)
    )
    return sorted(weighed, key=lambda c: -c.logit)


def evidence(passage: float, sentence: float, settings: Settings) -> float:
    """How surely a sentence answers, as a logit, from its passage's and its own relevance."""
    return (
        settings.passage_weight * passage
        + settings.sentence_weight * sentence
        + settings.evidence_bias
    )


def logistic(logit: float) -> float:
    """A logit on the scale from 0 to 1."""
    return 1 / (1 + math.exp(-max(-60.0, min(60.0, logit))))


def _merged(
    question: str,
    candidates: list[_Candidate],
    top: int,
    merge_margin: float,
    *,
    near: bool = False,
) -> list[Quote]:
    """The best ``top`` quotes: neighbours joined, leaning openings widened, a list's items with the
    line above them, each place once."""
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
        for _ in range(0 if near else _WIDEST):
            if first == 0 or not _joins(candidate, first - 1) or not _leans(candidate, first):
                break
            first -= 1
        start, end = candidate.sentences[first].start, candidate.sentences[last].end
        if _overlapping(quotes, candidate.document, start, end) is not None:
            continue
        if not near and (above := lead_in(candidate.document, start)) is not None:
            start = above
            # Another item of a list: one quote, not the line above it twice.
            if (held := _overlapping(quotes, candidate.document, start, end)) is not None:
                quotes[held] = replace(quotes[held], end=max(end, quotes[held].end))
                continue
        quotes.append(
            Quote(
                candidate.document,
                start,
                end,
                candidate.relevance,
                why=_why(question, candidate, start, end),
                answer=None if near else _short_answer(candidate),
            )
        )
    return grouped(quotes)


def _overlapping(quotes: list[Quote], document: Document, start: int, end: int) -> int | None:
    """Which of the quotes shares characters with this range."""
    for number, quote in enumerate(quotes):
        if quote.document.path == document.path and quote.start < end and start < quote.end:
            return number
    return None


def _short_answer(candidate: _Candidate) -> tuple[int, int] | None:
    """The words of the sentence that answer, whole ones, as a range of the document."""
    read, sentence = candidate.passage, candidate.sentence
    number = read.searched.sentences.index(sentence)
    found = read.reading.answer(number)
    if found is None:
        return None
    shift = sentence.start - read.searched.spans[number][0]
    start, end = found[0] + shift, found[1] + shift
    # What is searched differs from the document where a word was divided at a line's end.
    text = candidate.document.text
    before = read.searched.text[read.searched.spans[number][0] : found[1]]
    if text[sentence.start : end] != before:
        return None
    # A word piece may be half a word.
    while start > sentence.start and text[start - 1].isalnum() and text[start].isalnum():
        start -= 1
    while end < sentence.end and text[end - 1].isalnum() and text[end].isalnum():
        end += 1
    return start, end


def _why(question: str, candidate: _Candidate, start: int, end: int) -> Why:
    hit = candidate.passage.hit
    held = set(tokens(candidate.document.text[start:end]))
    asked = dict.fromkeys(word for word in _WORD.findall(question) if word.casefold() not in COMMON)
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


def _leans(candidate: _Candidate, position: int) -> bool:
    sentence = candidate.sentences[position]
    opening = _WORD.search(candidate.document.text, sentence.start, sentence.end)
    return opening is not None and opening.group().casefold() in _LEANING
