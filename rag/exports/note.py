"""What an export says around the quotations: a footnote for each, and a few fixed labels."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from rag.types import Answer, Quote

RELATED = "Related, not an answer"
SEARCHED = "Searched for: "

# Not the invisible joiners and marks that Persian or Hindi titles are spelt with.
_UNRULY = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_SHA256_DIGITS = 16


def footnote(quote: Quote) -> str:
    """One line, ready to paste: the citation, what a row's columns are called, the hash of the
    words, where else they stand.

    A title or a file's name can hold anything: line ends, control characters and what turns the
    direction of the text are spelt out (``\\u202e``), so that none of it reaches the words beside
    it. The quotation itself is never treated so.
    """
    place = quote.citation + (", not exact" if quote.recognised else "")
    parts = [place, f"sha256 {quote.sha256[:_SHA256_DIGITS]}"]
    if quote.columns:  # "5" alone tells nobody five of what
        parts.insert(1, f"first row: {quote.columns}")
    if quote.also_in:
        parts.append("also in " + "; ".join(other.citation for other in quote.also_in))
    return inert(" · ".join(parts))


def colophon(answers: Sequence[Answer], time: datetime) -> str:
    """The line at the end: which index answered, when this was made, and what a place means."""
    ids = list(dict.fromkeys(answer.index_id for answer in answers))
    return inert(
        f"{'Index' if len(ids) == 1 else 'Indexes'} {', '.join(ids)}. Exported {time:%Y-%m-%d}. "
        "Each quotation is an exact part of the text extracted from its document; "
        "“chars” counts the characters of that text."
    )


def refused(answer: Answer) -> str:
    """What stands in for quotations; nobody may think that all documents were searched."""
    if not answer.scope:
        files = "one file" if answer.unread == 1 else f"{answer.unread:,} files"
        unread = f" Not searched: {files} that could not be read." if answer.unread else ""
        return "The documents do not answer this." + unread
    only = "one document" if answer.scope == 1 else f"{answer.scope:,} documents"
    return f"The chosen documents do not answer this; only {only} searched."


def searched(answer: Answer) -> str | None:
    """What was searched for, where a follow-up was searched together with an earlier question."""
    return answer.searched if answer.searched not in ("", answer.question) else None


def missing(answer: Answer) -> str | None:
    """Which phrases in the question's quotation marks stand nowhere: what is quoted lacks them."""
    phrases = ", ".join(f"“{phrase}”" for phrase in answer.missing)
    return f"In no passage, word for word: {phrases}" if phrases else None


def is_verbatim(quote: Quote) -> bool:
    """Whether its spaces and line ends carry meaning: a table's row, or code."""
    return any(
        block.kind in ("row", "code") and block.start <= quote.start < block.end
        for block in quote.document.blocks
    )


def inert(text: str) -> str:
    """On one line, with nothing in it that a terminal or a bidirectional layout would obey."""
    return _UNRULY.sub(lambda match: f"\\u{ord(match[0]):04x}", text)
