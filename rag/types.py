"""What a question gets: hits, quotes, an answer, receipts.

This module imports nothing of ours but documents. Every value is frozen. Offsets are Unicode
code points into a document's extracted text and half-open: ``text[start:end]``.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from rag.document import Document


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found for a question, with what each ranker thought of it.

    ``dense`` is a cosine, -1 to 1. ``lexical`` is a BM25 score, 0 up. ``fused``
    orders the candidates, 0 to 1. ``relevance`` is the reranker's logit, about
    -12 to 12, and 0 until it has read the passage. Only ``relevance`` is
    comparable between questions.
    """

    passage: int
    """The passage's number in its generation, from 0."""
    dense: float
    lexical: float
    fused: float
    relevance: float = 0.0
    dense_rank: int | None = None
    """Its place among the candidates by embedding, from 1; None where it is none of them."""
    lexical_rank: int | None = None
    """The same by words."""


@dataclass(frozen=True, slots=True)
class Why:
    """Why a quote was chosen. The ranks are its passage's, from 1; None is none of the candidates.

    The logits are about -12 to 12; ``relevance`` of the quote joins the two.
    """

    dense_rank: int | None
    """By embedding: nearest in meaning."""
    lexical_rank: int | None
    """By BM25: sharing the rarest words."""
    rank: int
    """By the reranker, which read it with the question."""
    passage: float
    """The reranker's logit of the passage; for a table's row, of the table's best passage."""
    sentence: float
    """The logit of the best sentence in the quote."""
    words: tuple[str, ...]
    """The question's words that stand in the quote, in any inflection; common ones left out."""


@dataclass(frozen=True, slots=True)
class Quote:
    """An exact slice of a document: a place, not a string.

    A quote holds its document and a range; its text is always
    ``document.text[start:end]``, so there is no way to make one from free text.

    Raises:
        ValueError: when the range is empty or outside the document.
    """

    document: Document
    start: int
    end: int
    relevance: float
    """How surely the evidence answers, as a probability-like figure, 0 to 1."""
    also_in: tuple[Quote, ...] = ()
    """The same words, or nearly, elsewhere in the corpus; each an exact quote of its own."""
    why: Why | None = field(default=None, compare=False)
    """None where no question was asked."""
    answer: tuple[int, int] | None = field(default=None, compare=False)
    """The words in it that answer, as a range of the document, to mark; None where unsure."""

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end <= len(self.document.text):
            raise ValueError(
                f"a quote of {self.document.path} must lie within its {len(self.document.text)} "
                f"characters, not at {self.start}-{self.end}"
            )
        if self.answer and not self.start <= self.answer[0] < self.answer[1] <= self.end:
            raise ValueError(
                f"what is marked of {self.document.path} must lie within the quote at "
                f"{self.start}-{self.end}, not at {self.answer[0]}-{self.answer[1]}"
            )

    @property
    def text(self) -> str:
        """The quoted words: ``document.text[start:end]``."""
        return self.document.text[self.start : self.end]

    @property
    def sha256(self) -> str:
        """Hex SHA-256 of the quoted words in UTF-8."""
        return hashlib.sha256(self.text.encode("utf-8")).hexdigest()

    @property
    def page(self) -> int | None:
        """The page the quote begins on, from 1; None where the format has no pages."""
        pages = self.document.place(self.start, self.end).pages
        return pages[0] if pages else None

    @property
    def section(self) -> str | None:
        """The headings above the quote, outermost first; None where there are none."""
        return self.document.place(self.start, self.end).section

    @property
    def rows(self) -> tuple[int, ...]:
        """The first and the last row of a sheet or table that it quotes; empty outside of them."""
        return self.document.place(self.start, self.end).rows

    @property
    def columns(self) -> str | None:
        """The first row of the sheet that it quotes a later row of, "Product | Price | Stock"; None
        elsewhere."""
        return self.document.columns(self.start)

    @property
    def recognised(self) -> bool:
        """Whether any of it was read off a picture by OCR: exact to the text, not the paper."""
        return self.document.recognised(self.start, self.end)

    @property
    def citation(self) -> str:
        """Ready to paste: ``How the talks began (talks.md), § Doha, chars 812–1003``."""
        pages, rows, section = self.document.place(self.start, self.end)
        one, many = ("slide", "slides") if self.document.paging == "slide" else ("p.", "pp.")
        parts = [
            f"{self.document.title} ({self.document.path})",
            _counted(pages, one, many),
            section and f"§ {section}",
            _counted(rows, "row", "rows"),
            f"chars {self.start}–{self.end}",
            "recognised by OCR" if self.recognised else None,
        ]
        return ", ".join(filter(None, parts))

    def receipt(
        self,
        *,
        question: str | None = None,
        index_id: str | None = None,
        time: datetime | None = None,
    ) -> Receipt:
        """What a person keeps to check this quote later, with `rag verify`; ``time`` is now.

        Raises:
            ValueError: ``time`` has no time zone.
        """
        moment = datetime.now(UTC) if time is None else time
        if moment.utcoffset() is None:
            raise ValueError(f"the time of a receipt must have a time zone; {moment} has none")
        pages, rows, section = self.document.place(self.start, self.end)
        return Receipt(
            quote=self.text,
            document=self.document.path,
            title=self.document.title,
            file_sha256=self.document.file_sha256,
            text_sha256=self.document.text_sha256,
            start=self.start,
            pages=pages,
            rows=rows,
            section=section,
            columns=self.columns or "",
            recognised=self.recognised,
            reader=self.document.reader,
            index_id=index_id,
            question=question,
            time=moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        )


def _counted(numbers: tuple[int, ...], one: str, many: str) -> str | None:
    if len(numbers) < 2:
        return f"{one} {numbers[0]}" if numbers else None
    return f"{many} {numbers[0]}–{numbers[-1]}"


@dataclass(frozen=True, slots=True)
class Answer:
    """Quotes that answer the question, best first, or a refusal with near misses."""

    question: str
    quotes: tuple[Quote, ...]
    near_misses: tuple[Quote, ...]
    """Related, not an answer: shown only when there are no quotes."""
    index_id: str
    timings_ms: Mapping[str, float] = field(default_factory=dict, hash=False)
    """Milliseconds by stage, and their ``total``."""
    searched: str = ""
    """What was searched for: the question, or a follow-up together with the one before it."""
    scope: int = 0
    """How many documents the search was limited to; 0 where it was not."""
    missing: tuple[str, ...] = ()
    """Phrases that the question put in quotation marks and that no passage searched holds."""
    unread: int = 0
    """How many files of the corpus could not be read, so that nothing in them was searched; 0 where
    the search was limited to documents."""

    @property
    def answered(self) -> bool:
        """Whether the documents hold an answer."""
        return bool(self.quotes)

    def receipts(self, *, time: datetime | None = None) -> tuple[Receipt, ...]:
        """A receipt for each quote, in order; none for a refusal. ``time`` is now."""
        return tuple(
            quote.receipt(question=self.question, index_id=self.index_id, time=time)
            for quote in self.quotes
        )


RECEIPT_FORMATS = (1, 2)
"""One of them is part of every receipt; the next one when a field is added or changes its meaning.
Receipts of the first do not tell ``columns``."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """A claim that these words stood at this place: what `rag verify` checks against the files.

    Unlike a quote it outlives the index and the documents; so it holds its words, and nothing
    in it counts until it has been verified.

    Raises:
        ValueError: the quote is empty, or its start is negative.
    """

    quote: str
    document: str
    """The document's path, relative to the corpus folder."""
    title: str
    file_sha256: str
    """Hex SHA-256 of the file's bytes when it was read."""
    text_sha256: str
    """Hex SHA-256 of the text extracted from it, in UTF-8."""
    start: int
    """Where the quote began in that text, in code points."""
    pages: tuple[int, ...]
    """The first and, where the quote runs on, the last page; empty if the format has none."""
    rows: tuple[int, ...]
    """Likewise the rows of a sheet or table."""
    section: str | None
    recognised: bool
    """Whether OCR read it off a picture."""
    reader: str
    """Name and version of what extracted the text."""
    index_id: str | None
    question: str | None
    time: str
    """When the receipt was given: ISO 8601, UTC, such as ``2026-03-01T12:00:00Z``."""
    columns: str | None = None
    """What the columns of a quoted row were called, "" where it had none; None where the receipt
    is of format 1."""

    def __post_init__(self) -> None:
        if not self.quote or self.start < 0:
            raise ValueError(
                f"a receipt holds a quote that is not empty and starts at 0 or later, "
                f"not {len(self.quote)} characters at {self.start}"
            )

    @property
    def end(self) -> int:
        """Where the quote ended in the extracted text."""
        return self.start + len(self.quote)

    @property
    def quote_sha256(self) -> str:
        """Hex SHA-256 of the quoted words in UTF-8: the same as ``Quote.sha256``."""
        return hashlib.sha256(self.quote.encode("utf-8")).hexdigest()

    def to_json(self) -> str:
        """The receipt as a JSON document, one field a line, read again by `parse_receipts`."""
        told = self.columns is not None
        fields = {
            "format": RECEIPT_FORMATS[told],
            "quote": self.quote,
            "quote_sha256": self.quote_sha256,
            "document": self.document,
            "title": self.title,
            "file_sha256": self.file_sha256,
            "text_sha256": self.text_sha256,
            "start": self.start,
            "end": self.end,
            "pages": list(self.pages),
            "rows": list(self.rows),
            **({"columns": self.columns} if told else {}),
            "section": self.section,
            "recognised": self.recognised,
            "reader": self.reader,
            "index_id": self.index_id,
            "question": self.question,
            "time": self.time,
        }
        return json.dumps(fields, ensure_ascii=False, indent=2) + "\n"
