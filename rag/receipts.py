"""Receipts read back from JSON that anyone may have written: nothing in it is taken on trust.

A receipt is given by ``Quote.receipt`` and checked by `rag.verdicts`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import fields
from datetime import datetime
from typing import Any, NamedTuple

from rag.errors import ReceiptError
from rag.exported import unproved
from rag.records import strict_json
from rag.types import RECEIPT_FORMATS, Receipt

MAX_JSON_BYTES = 10_000_000
"""One JSON text of receipts; a receipt of a long quote has some thousand bytes."""
MAX_QUOTE_CHARS = 20_000
"""Sentences have a thousand at most, so no quote that was ever an answer is longer."""

_SHA256 = re.compile(r"[0-9a-f]{64}")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z", re.ASCII)


class Parsed(NamedTuple):
    """What a JSON text of receipts holds."""

    receipts: tuple[Receipt, ...]
    unproved: tuple[str, ...] = ()
    """What an export tells besides, under the names that it has there."""


def parse_receipts(text: str | bytes, source: str = "the receipt") -> tuple[Receipt, ...]:
    """The receipts in a JSON text from anywhere: one, a list of them, or an export with its own.

    Nothing is taken on trust: every field must be there, of its type and in its range, and the
    quote must have the hash that the receipt gives. ``source`` names the text in messages.

    Raises:
        ReceiptError: what is wrong, and what was expected.
    """
    return parse(text, source).receipts


def parse(text: str | bytes, source: str) -> Parsed:
    """`parse_receipts`, and what they leave unproved."""
    try:
        raw = text.encode("utf-8") if isinstance(text, str) else text
        if len(raw) > MAX_JSON_BYTES:
            raise ReceiptError(
                f"{source} is larger than {MAX_JSON_BYTES:,} bytes; give fewer receipts at a time"
            )
        data = strict_json(raw.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        reason = " ".join(str(error).split())[:200]
        raise ReceiptError(
            f"{source} is not JSON in UTF-8 ({reason}); expected what "
            "`rag ask --receipts FOLDER` writes"
        ) from None
    if isinstance(data, dict) and "receipts" in data:
        return _exported(data, source)
    if not isinstance(data, list):
        return Parsed((_receipt(data, source),))
    if not data:
        raise ReceiptError(f"{source} is an empty list; expected at least one receipt")
    return Parsed(_listed(data, source))


def _listed(data: list[Any], source: str) -> tuple[Receipt, ...]:
    return tuple(
        _receipt(item, f"{source}, number {number}") for number, item in enumerate(data, start=1)
    )


def _exported(data: dict[str, Any], source: str) -> Parsed:
    """An export's receipts, none if all its answers are refusals; they must fit its answers."""
    answers, listed = data.get("answers"), data["receipts"]
    if set(data) != {"answers", "receipts"} or not (
        isinstance(answers, list) and isinstance(listed, list)
    ):
        raise ReceiptError(
            f'{source} is not an export; expected {{"answers": […], "receipts": […]}}, as '
            "`rag ask --format json` writes it"
        )
    receipts = _listed(listed, source)
    return Parsed(receipts, unproved(answers, receipts, source))


def _text(most: int, least: int = 0) -> tuple[Callable[[Any], bool], str]:
    def good(value: Any) -> bool:
        return isinstance(value, str) and least <= len(value) <= most and _encodable(value)

    return good, f"a text of {least} to {most:,} characters"


def _or_null(check: tuple[Callable[[Any], bool], str]) -> tuple[Callable[[Any], bool], str]:
    return lambda value: value is None or check[0](value), f"{check[1]}, or null"


def _encodable(value: str) -> bool:
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _is_path(value: Any) -> bool:
    return (
        _text(4096, 1)[0](value)
        and "\0" not in value
        and ".." not in value.split("/")
        and not value.startswith("/")
    )


def _is_time(value: Any) -> bool:
    if not isinstance(value, str) or not _TIME.fullmatch(value):
        return False
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def _is_pages(value: Any) -> bool:
    return (
        isinstance(value, list)
        and len(value) <= 2
        and all(type(page) is int and 0 < page < 10**9 for page in value)
        and value == sorted(set(value))
    )


def _is_offset(value: Any) -> bool:
    return type(value) is int and 0 <= value < 10**12


def _is_sha256(value: Any) -> bool:
    return isinstance(value, str) and _SHA256.fullmatch(value) is not None


_HASH = (_is_sha256, "a SHA-256 in 64 small hexadecimal digits")
_OFFSET = (_is_offset, "a whole number from 0")
_NAME = _text(2000)
_CHECKS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "format": (
        lambda value: type(value) is int and value in RECEIPT_FORMATS,
        " or ".join(map(str, RECEIPT_FORMATS)),
    ),
    "quote": _text(MAX_QUOTE_CHARS, 1),
    "quote_sha256": _HASH,
    "document": (_is_path, 'a path relative to the corpus, without ".."'),
    "title": _NAME,
    "file_sha256": _HASH,
    "text_sha256": _HASH,
    "start": _OFFSET,
    "end": _OFFSET,
    "pages": (_is_pages, "a list of the first and the last page, from 1"),
    "rows": (_is_pages, "a list of the first and the last row, from 1"),
    "columns": _NAME,
    "section": _or_null(_text(100_000)),
    "recognised": (lambda value: type(value) is bool, "true or false"),
    "reader": _NAME,
    "index_id": _or_null(_NAME),
    "question": _or_null(_text(100_000)),
    "time": (_is_time, "a time in UTC such as 2026-03-01T12:00:00Z"),
}


def _receipt(data: Any, source: str) -> Receipt:
    if not isinstance(data, dict):
        raise ReceiptError(f"{source} is {_short(data)}; expected a JSON object")
    names = set(_CHECKS)
    if data.get("format") == 1:
        names.remove("columns")
    for name, (good, expected) in _CHECKS.items():
        if name not in names:
            continue
        if name not in data:
            raise ReceiptError(f"{source} has no field {name!r}; expected {expected}")
        if not good(data[name]):
            raise ReceiptError(f"{source}: {name} is {_short(data[name])}; expected {expected}")
    unknown = sorted(set(data) - names)
    if unknown:
        raise ReceiptError(f"{source} has an unknown field {_short(unknown[0])}")
    quote, start, end = data["quote"], data["start"], data["end"]
    if end - start != len(quote):
        raise ReceiptError(
            f"{source}: {start}–{end} are {end - start} characters; expected as many as the "
            f"quote has, {len(quote)}"
        )
    sha256 = hashlib.sha256(quote.encode("utf-8")).hexdigest()
    if sha256 != data["quote_sha256"]:
        raise ReceiptError(
            f"{source}: the quote does not have the hash quote_sha256; it was altered, or "
            "copied badly: get the receipt again"
        )
    kept = {item.name: data.get(item.name) for item in fields(Receipt)}
    return Receipt(**kept | {name: tuple(data[name]) for name in ("pages", "rows")})


def _short(value: object) -> str:
    if isinstance(value, list | dict):  # it may be deeper than repr can go
        return "a list" if isinstance(value, list) else "an object"
    shown = repr(value)
    return shown if len(shown) <= 60 else f"{shown[:60]}…"
