"""Answers as plain data: what ``rag ask --json``, the HTTP API and the MCP tool return."""

from __future__ import annotations

from typing import TypedDict

from rag.types import Answer, Quote


class PlaceDict(TypedDict):
    """Where the same words, or nearly, also stand."""

    document: str
    title: str
    start: int
    end: int
    page: int | None
    rows: list[int]
    section: str | None


class QuoteDict(PlaceDict):
    """An exact slice of a document: ``text`` is its characters ``start`` to ``end``."""

    text: str
    relevance: float
    recognised: bool
    sha256: str
    also_in: list[PlaceDict]


class AnswerDict(TypedDict):
    """Quotes that answer the question, or a refusal with near misses."""

    question: str
    answered: bool
    quotes: list[QuoteDict]
    near_misses: list[QuoteDict]
    index_id: str
    timings_ms: dict[str, float]


def answer_to_dict(answer: Answer) -> AnswerDict:
    """The answer as JSON-ready values."""
    return {
        "question": answer.question,
        "answered": answer.answered,
        "quotes": [_quote(quote) for quote in answer.quotes],
        "near_misses": [_quote(quote) for quote in answer.near_misses],
        "index_id": answer.index_id,
        "timings_ms": {stage: round(ms, 3) for stage, ms in answer.timings_ms.items()},
    }


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
        "recognised": quote.recognised,
        "sha256": quote.sha256,
        "also_in": [_place(other) for other in quote.also_in],
    }
