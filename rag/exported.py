"""An exported JSON's answers held against its own receipts: what was checked has to be what is
read.

A receipt tells of a quotation what `_held` lists, and of its answer the question and the index.
The rest of an answer, a near miss or a score, no receipt proves: it may be there, and is named.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from rag.errors import ReceiptError
from rag.types import Receipt

_ANSWER = frozenset(
    "question answered quotes near_misses missing unread index_id timings_ms searched".split()
)
_QUOTE_UNPROVED = frozenset("relevance columns also_in why answer".split())


def unproved(answers: Sequence[Any], receipts: Sequence[Receipt], source: str) -> tuple[str, ...]:
    """The names of what the answers tell and no receipt proves, each once.

    Raises:
        ReceiptError: an answer is none of ours, or tells something else than its receipts.
    """
    left = list(reversed(receipts))
    found: list[str] = []
    for answer in answers:
        try:
            quotes, refused = answer["quotes"], not answer["quotes"]
            if len(quotes) > len(left):
                raise _altered(source, "has more quotations than receipts")
            own = [left.pop() for _ in quotes]
            _check_answer(answer, own, source)
            for quote, receipt in zip(quotes, own, strict=True):
                _check_quote(quote, receipt, source)
            found += ["refusals"] if refused else []
            found += _told(answer, own)
        except (KeyError, TypeError) as error:
            raise ReceiptError(f"{source}: an answer is incomplete ({str(error)[:60]})") from None
    if left:
        raise _altered(source, "has more receipts than quotations")
    return tuple(dict.fromkeys(found))


def _check_answer(answer: dict[str, Any], receipts: Sequence[Receipt], source: str) -> None:
    if unknown := sorted(set(answer) - _ANSWER):
        raise _altered(source, f"an answer has an unknown field {unknown[0][:60]!r}")
    if answer["answered"] is not bool(receipts):
        raise _altered(source, "what it calls answered is not what has quotations")
    if receipts and answer.get("near_misses"):
        raise _altered(source, "an answer with quotations has near misses")
    for receipt in receipts:
        if answer["question"] != receipt.question or answer["index_id"] != receipt.index_id:
            raise _altered(source, "its receipts are of another question or index")


def _check_quote(quote: dict[str, Any], receipt: Receipt, source: str) -> None:
    held = _held(receipt)
    for name, value in held.items():
        if not _same(quote[name], value):
            raise _altered(source, f"the {name} of a quotation is not the one in its receipt")
    if unknown := sorted(set(quote) - set(held) - _QUOTE_UNPROVED):
        raise _altered(source, f"a quotation has an unknown field {unknown[0][:60]!r}")
    marked = quote.get("answer")
    if marked is not None:
        start, end = _offsets(marked) or (-1, -1)
        if not receipt.start <= start < end <= receipt.end:
            raise _altered(source, "the words that answer lie outside of their quotation")


def _held(receipt: Receipt) -> dict[str, Any]:
    """What a quotation in an export tells that its receipt does too."""
    return {
        "text": receipt.quote,
        "document": receipt.document,
        "title": receipt.title,
        "start": receipt.start,
        "end": receipt.end,
        "page": receipt.pages[0] if receipt.pages else None,
        "rows": list(receipt.rows),
        "section": receipt.section,
        "recognised": receipt.recognised,
        "sha256": receipt.quote_sha256,
    } | ({} if receipt.columns is None else {"columns": receipt.columns or None})


def _told(answer: dict[str, Any], receipts: Sequence[Receipt]) -> Iterator[str]:
    """What an answer tells beyond its receipts; what is empty tells nothing."""
    for name in ("near_misses", "missing", "unread", "timings_ms"):
        if answer.get(name):
            yield name
    if answer.get("searched", "") not in ("", answer["question"]):
        yield "searched"
    for quote, receipt in zip(answer["quotes"], receipts, strict=True):
        for name in ("columns", "also_in", "answer", "relevance", "why"):
            if quote.get(name) and (name != "columns" or receipt.columns is None):
                yield name


def _same(told: Any, held: Any) -> bool:
    """Whether it is the same value of the same type: 17.0 is not 17, nor is true 1."""
    if isinstance(held, list):
        return isinstance(told, list) and len(told) == len(held) and all(map(_same, told, held))
    return type(told) is type(held) and told == held


def _offsets(value: Any) -> tuple[int, int] | None:
    if isinstance(value, list) and len(value) == 2 and all(type(at) is int for at in value):
        return value[0], value[1]
    return None


def _altered(source: str, what: str) -> ReceiptError:
    return ReceiptError(f"{source} does not fit its receipts: {what}; it was altered: export again")
