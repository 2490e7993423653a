"""Answers as plain data: what ``rag ask --json``, the HTTP API and the MCP tool return."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, TypedDict

from rag.types import Answer, Quote, Why

if TYPE_CHECKING:
    from rag.diff import Change
    from rag.findings import Finding


class PlaceDict(TypedDict):
    """Where the same words, or nearly, also stand."""

    document: str
    title: str
    start: int
    end: int
    page: int | None
    rows: list[int]
    section: str | None


class WhyDict(TypedDict):
    """Ranks of the passage, from 1, and logits; null is a ranker that did not propose it."""

    dense_rank: int | None
    lexical_rank: int | None
    rank: int
    passage: float
    sentence: float
    words: list[str]


class QuoteDict(PlaceDict):
    """An exact slice of a document: ``text`` is its characters ``start`` to ``end``."""

    text: str
    relevance: float
    columns: str | None
    """The first row of its sheet, if it quotes a later one."""
    recognised: bool
    sha256: str
    also_in: list[PlaceDict]
    why: WhyDict | None
    answer: list[int] | None
    """Where in the document the words stand that answer, if that is known: two offsets."""


class AnswerDict(TypedDict):
    """Quotes that answer the question, or a refusal with near misses.

    ``missing`` are phrases in quotation marks that no passage holds word for word; ``unread`` is
    how many files of the corpus could not be read, and so not searched.
    """

    question: str
    answered: bool
    quotes: list[QuoteDict]
    near_misses: list[QuoteDict]
    missing: list[str]
    unread: int
    index_id: str
    timings_ms: dict[str, float]


class ChangeDict(TypedDict):
    """A run of a word diff."""

    op: Literal["same", "removed", "added"]
    text: str


class FoundDict(TypedDict):
    """A place in a document; ``text`` is its characters ``start`` to ``end``."""

    document: str
    title: str
    start: int
    end: int
    pages: list[int]
    rows: list[int]
    section: str | None
    text: str
    sha256: str


class SentenceDict(TypedDict):
    """A whole sentence, or a few; ``text`` is its document's characters ``start`` to ``end``."""

    start: int
    end: int
    text: str
    whole: bool
    """False where it goes on further: a sentence beyond all measure."""


class FindingDict(FoundDict):
    """A place that holds what was ``sought``, or nearly: ``diff`` goes from that to ``text``.

    Where it is ``partial``, it is only a part of ``sentence``, which may say something else.
    """

    outcome: Literal["exact", "altered"]
    partial: bool
    sentence: SentenceDict | None
    sought: str
    note: str
    likeness: float
    diff: list[ChangeDict]


class FindDict(TypedDict):
    """Whether a text is in the documents, and where, or what stands there instead."""

    outcome: Literal["exact", "altered", "absent"]
    findings: list[FindingDict]


def answer_to_dict(answer: Answer) -> AnswerDict:
    """The answer as JSON-ready values."""
    return {
        "question": answer.question,
        "answered": answer.answered,
        "quotes": [_quote(quote) for quote in answer.quotes],
        "near_misses": [_quote(quote) for quote in answer.near_misses],
        "missing": list(answer.missing),
        "unread": answer.unread,
        "index_id": answer.index_id,
        "timings_ms": {stage: round(ms, 3) for stage, ms in answer.timings_ms.items()},
    }


def findings_to_dict(findings: Sequence[Finding]) -> FindDict:
    """What was found of a text, as JSON-ready values."""
    return {
        "outcome": findings[0].outcome if findings else "absent",
        "findings": [_finding(finding) for finding in findings],
    }


def _finding(finding: Finding) -> FindingDict:
    excerpt = finding.excerpt
    return {
        "outcome": finding.outcome,
        "partial": excerpt is not None,
        "sentence": None
        if excerpt is None
        else {
            "start": excerpt.start,
            "end": excerpt.end,
            "text": finding.quote.document.text[excerpt.start : excerpt.end],
            "whole": excerpt.is_whole,
        },
        "sought": finding.sought,
        "note": finding.note,
        "likeness": round(finding.likeness, 4),
        **found_to_dict(finding.quote),
        "diff": diff_to_list(finding.diff),
    }


def found_to_dict(quote: Quote) -> FoundDict:
    """A place without a question, as JSON-ready values."""
    pages, rows, section = quote.document.place(quote.start, quote.end)
    return {
        "document": quote.document.path,
        "title": quote.document.title,
        "start": quote.start,
        "end": quote.end,
        "pages": list(pages),
        "rows": list(rows),
        "section": section,
        "text": quote.text,
        "sha256": quote.sha256,
    }


def diff_to_list(diff: Sequence[Change]) -> list[ChangeDict]:
    """A word diff as JSON-ready values."""
    return [{"op": change.op, "text": change.text} for change in diff]


def _place(quote: Quote) -> PlaceDict:
    return {
        "document": quote.document.path,
        "title": quote.document.title,
        "start": quote.start,
        "end": quote.end,
        "page": quote.page,
        "rows": list(quote.rows),
        "section": quote.section,
    }


def _quote(quote: Quote) -> QuoteDict:
    return {
        **_place(quote),
        "text": quote.text,
        "relevance": quote.relevance,
        "columns": quote.columns,
        "recognised": quote.recognised,
        "sha256": quote.sha256,
        "also_in": [_place(other) for other in quote.also_in],
        "why": _why(quote.why) if quote.why else None,
        "answer": list(quote.answer) if quote.answer else None,
    }


def _why(why: Why) -> WhyDict:
    return {
        "dense_rank": why.dense_rank,
        "lexical_rank": why.lexical_rank,
        "rank": why.rank,
        "passage": round(why.passage, 3),
        "sentence": round(why.sentence, 3),
        "words": list(why.words),
    }
