"""Answers as W3C Web Annotations: JSON-LD of https://www.w3.org/TR/annotation-model/.

One AnnotationCollection with an annotation a quotation. Its motivation is ``highlighting``: it
draws attention to a passage and claims nothing about it. Its body is the question, as a ``tagging``
text: a label that the passage was found under. It is no comment on the passage and no reply.

The target's source is the document's path, relative to the corpus folder, as an IRI. Offsets
count code points, as the model wants it, in the *extracted* text: the target says that text's
SHA-256, and which reader extracted it. Where a quotation of a PDF lies on one page, a third
selector names the page, refined by the quotation between words of that page; so all selectors
select the same words.

A refusal has no words to point at, so no annotation: the collection lists the question as refused.
Ids are UUIDs made of what they name: the same export has the same ids.
"""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Container, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote as percent_encoded
from uuid import UUID, uuid5

from rag.types import Answer, Quote

CONTEXT_CHARS = 64
"""Of the words before and after a quotation; enough to tell two places with the same words."""

_OURS = "urn:x-rag-quotes:"
_PDF_FRAGMENT = "http://tools.ietf.org/rfc/rfc8118"
_IDS = UUID("6f2d3f0e-6c0c-5b63-9d0b-7a3c2a0c9e11")


def render(answers: Sequence[Answer], time: datetime) -> bytes:
    """The collection as JSON-LD in UTF-8."""
    from rag import __version__

    made = {
        "created": time.isoformat().replace("+00:00", "Z"),
        "generator": {"id": _OURS + "software", "type": "Software", "name": f"rag {__version__}"},
    }
    annotations = (
        _named(_annotation(answer, quote)) for answer in answers for quote in answer.quotes
    )
    # The same question twice is one annotation.
    items = [item | made for item in {item["id"]: item for item in annotations}.values()]
    refused = [answer.question for answer in answers if not answer.answered]
    collection = _named(
        {
            "@context": ["http://www.w3.org/ns/anno.jsonld", {"quotes": _OURS}],
            "type": "AnnotationCollection",
            "label": "Questions, answered in quotations",
            "total": len(items),
            "quotes:refused": refused,
            **made,
            "first": {"type": "AnnotationPage", "startIndex": 0, "items": items},
        }
    )
    page = {"id": f"{collection['id']}#page", "partOf": collection["id"]}
    collection["first"] = page | collection["first"]
    return (json.dumps(collection, ensure_ascii=False, indent=2) + "\n").encode("utf-8")


def _annotation(answer: Answer, quote: Quote) -> dict[str, Any]:
    return {
        "type": "Annotation",
        "motivation": "highlighting",
        "body": {
            "type": "TextualBody",
            "value": answer.question,
            "format": "text/plain",
            "purpose": "tagging",
        },
        "target": {
            "type": "SpecificResource",
            "source": percent_encoded(quote.document.path, safe="/"),
            "selector": _selectors(quote),
            "quotes:fileSha256": quote.document.file_sha256,
            "quotes:textSha256": quote.document.text_sha256,
            "quotes:quoteSha256": quote.sha256,
            "quotes:reader": quote.document.reader,
            "quotes:recognised": quote.recognised,
            "quotes:citation": quote.citation,
        },
        "quotes:index": answer.index_id,
    }


def _selectors(quote: Quote) -> list[dict[str, Any]]:
    text, start, end = quote.document.text, quote.start, quote.end
    before, after = text[max(0, start - CONTEXT_CHARS) : start], text[end : end + CONTEXT_CHARS]
    selectors: list[dict[str, Any]] = [
        _words(quote, before, after),
        {"type": "TextPositionSelector", "start": start, "end": end},
    ]
    pages = quote.document.place(start, end).pages
    if len(pages) == 1 and quote.document.path.lower().endswith(".pdf"):
        on_page = _on_page(quote, before, after, (pages, ()))
        selectors.append(
            {
                "type": "FragmentSelector",
                "conformsTo": _PDF_FRAGMENT,
                "value": f"page={pages[0]}",
                "refinedBy": _words(quote, *on_page),
            }
        )
    return selectors


def _words(quote: Quote, before: str, after: str) -> dict[str, Any]:
    return {
        "type": "TextQuoteSelector", "exact": quote.text, "prefix": before, "suffix": after,
    }  # fmt: skip


def _on_page(
    quote: Quote, before: str, after: str, page: Container[tuple[int, ...]]
) -> tuple[str, str]:
    """Of the words around a quotation those that stand on its page."""
    place, start, end = quote.document.place, quote.start, quote.end
    kept = bisect_left(
        range(1, len(before) + 1), True, key=lambda n: place(start - n, start).pages not in page
    )
    if kept < len(before):
        before = before[len(before) - kept :].lstrip()
    kept = bisect_left(
        range(1, len(after) + 1), True, key=lambda n: place(end, end + n).pages not in page
    )
    if kept < len(after):
        after = after[:kept].rstrip()
    return before, after


def _named(content: dict[str, Any]) -> dict[str, Any]:
    """The same, with an id made of what it holds."""
    canonical = json.dumps(content, sort_keys=True)
    named = {"id": uuid5(_IDS, canonical).urn} | content
    # A context comes first: readers that stream need it.
    return {"@context": named.pop("@context"), **named} if "@context" in named else named
