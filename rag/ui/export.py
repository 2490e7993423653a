"""Answers of the page as a file to download: the server makes every quotation anew.

The browser sends back the records that the page itself wrote into the cards: the question and
places with the hash of their words. No word of a document comes from the browser. An answer of
which one place no longer holds its words is left out, and the person is told: without that
quotation it would be another answer.
"""

from __future__ import annotations

import base64
import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from rag.document import Document
from rag.errors import RagError
from rag.exports import FORMATS, export, file_name
from rag.types import Answer, Quote
from rag.ui.desk import Desk
from rag.ui.library import Library
from rag.ui.markup import Html, element, icon, pack, unpack
from rag.ui.wording import sentence

log = logging.getLogger(__name__)

MAX_ANSWERS = 500
"""Of one conversation; a page that is asked by hand holds fewer."""

MAX_RECORD_CHARS = 1_000_000

_INDEX_ID = re.compile(r"[0-9a-f]{1,64}")
_CHOICES = {
    "docx": ("Word", "A document with footnotes"),
    "markdown": ("Markdown", "Plain text with footnotes"),
    "json": ("JSON", "With receipts, to check by rag verify"),
    "annotations": ("Web annotations", "W3C JSON-LD, for annotation tools"),
}


class _StaleError(Exception):
    """A place no longer holds the words that it held."""


def answer_record(answer: Answer) -> dict[str, Any]:
    """What a card keeps of its answer, for a vote and for an export: places, no words."""
    shown = answer.quotes or answer.near_misses
    return {
        "question": answer.question,
        "searched": answer.searched,
        "scope": answer.scope,
        "unread": answer.unread,
        "missing": list(answer.missing),
        "answered": answer.answered,
        "index_id": answer.index_id,
        "quotes": [_place(quote) for quote in shown],
        "relevance": [round(quote.relevance, 4) for quote in shown],
        "also_in": [[_place(other) for other in quote.also_in] for quote in shown],
    }


def export_menu() -> Html:
    """The dialog in which a format is chosen; one serves all answers and the conversation."""
    choices = (
        element(
            "button",
            element("span", name, class_="title"),
            element("span", use, class_="fine"),
            type="button",
            class_="export-as",
            value=to,
        )
        for to, (name, use) in _CHOICES.items()
    )
    return element(
        "dialog",
        element(
            "div",
            element("h2", "Export", id="export-title"),
            element(
                "button",
                icon("close"),
                type="button",
                class_="close",
                data_close_export=True,
                aria_label="Close",
            ),
            class_="export-head",
        ),
        element("div", *choices, class_="export-choices"),
        element("p", class_="hint", role="status", id="export-note"),
        id="export",
        aria_labelledby="export-title",
    )


async def made_file(library: Library, data: Any, desk: Desk) -> str:
    """`export_file`, in its turn."""
    try:
        with desk.pages.enter() as ticket:
            return await ticket.run(lambda: export_file(library, data))
    except RagError as error:
        return _parcel(f"{sentence(error)}.")


def export_file(library: Library, data: Any) -> str:
    """The file with its name and type, and a note for the person, packed; never an exception."""
    data = data if isinstance(data, dict) else {}
    to, sent = data.get("format"), data.get("answers")
    if not isinstance(to, str) or to not in FORMATS or not isinstance(sent, list):
        return _parcel("This could not be exported. Load the page again.")
    if not sent:
        return _parcel("There is no answer to export yet.")
    if len(sent) > MAX_ANSWERS:
        return _parcel(f"More than {MAX_ANSWERS} answers cannot be exported at once.")
    try:
        return _export(library, to, sent)
    except RagError as error:
        log.warning("an export failed: %s", error)
    except Exception:
        log.exception("an export failed")
    return _parcel("This could not be exported. The reason is in the log of the server.")


def _export(library: Library, to: str, sent: Sequence[Any]) -> str:
    shelf = _Shelf(library, {})
    answers, left_out = [], []
    for token in sent:
        record = unpack(token, MAX_RECORD_CHARS)
        try:
            answers.append(shelf.answer(record))
        except _StaleError:
            left_out.append(str(record["question"]))
        except (KeyError, TypeError, ValueError, OverflowError):
            log.warning("an answer was not exported: not of this page")
            return _parcel("This could not be exported. Load the page again.")
    note = ""
    if left_out:
        note = "Left out, because its documents have changed since. Ask again: "
        note += ", ".join(f"“{question}”" for question in left_out)
    if not answers:
        return _parcel(note)
    now = datetime.now(UTC)
    file = {
        "name": file_name(to, now),
        "type": FORMATS[to].media_type,
        "data": base64.b64encode(export(answers, to, now)).decode(),
    }
    return _parcel(note, file)


def _parcel(note: str, file: dict[str, str] | None = None) -> str:
    return pack({"note": note, "file": file})


def _place(quote: Quote) -> list[Any]:
    return [quote.document.path, quote.start, quote.end, quote.sha256]


@dataclass(frozen=True, slots=True)
class _Shelf:
    """Documents fetched for one export, each once."""

    library: Library
    fetched: dict[str, Document]

    def answer(self, record: Any) -> Answer:
        """The answer of a card's record.

        Raises:
            _StaleError: a place no longer holds its words.
            KeyError, TypeError, ValueError, OverflowError: no record of ours.
        """
        question, searched, index_id = record["question"], record["searched"], record["index_id"]
        if not all(isinstance(text, str) for text in (question, searched, index_id)):
            raise TypeError("a text is no text")
        (question + searched).encode("utf-8")  # a lone surrogate fits in no file
        if not _INDEX_ID.fullmatch(index_id):
            raise ValueError("no index has such an id")
        if len(question) > self.library.settings.max_question_chars:
            raise ValueError("longer than any question")
        missing = record["missing"]
        if not isinstance(missing, list) or any(phrase not in question for phrase in missing):
            raise ValueError("a phrase that the question does not hold")
        quotes = tuple(
            self._quote(place, relevance, tuple(self._quote(copy, 0.0) for copy in copies))
            for place, relevance, copies in zip(
                record["quotes"], record["relevance"], record["also_in"], strict=True
            )
        )
        found = record["answered"] is True
        if found and not quotes:
            raise ValueError("an answer without a quotation")
        return Answer(
            question,
            quotes if found else (),
            () if found else quotes,
            index_id,
            searched=searched,
            scope=min(10**9, max(0, int(record["scope"]))),
            missing=tuple(missing),
            unread=min(10**9, max(0, int(record["unread"]))),
        )

    def _quote(self, place: Any, relevance: Any, also_in: tuple[Quote, ...] = ()) -> Quote:
        path, start, end, sha256 = place
        try:
            document = self.fetched[path]
        except KeyError:
            try:
                document = self.fetched[path] = self.library.document(path)
            except RagError as error:
                raise _StaleError from error
        try:
            quote = Quote(
                document, int(start), int(end), min(1.0, max(0.0, float(relevance))), also_in
            )
        except ValueError as error:
            raise _StaleError from error
        if quote.sha256 != sha256:
            raise _StaleError
        return quote
