"""The source panel: a quote marked in its document, on a picture of its page or in the text."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rag.document import Block, Document
from rag.errors import IndexMissingError, RagError, ReadError, SettingsError
from rag.facsimile import is_paged, page_of
from rag.read.pdf_page import DrawnPage
from rag.types import Quote
from rag.ui.desk import Desk
from rag.ui.facsimile import NOT_MARKED, facsimile, view_switch
from rag.ui.library import Library
from rag.ui.markup import Html, element, icon, join, unpack
from rag.ui.quotes import highlighted, look, where
from rag.ui.wording import sentence

log = logging.getLogger(__name__)

AROUND = 20_000
"""Characters shown before and after a quote; a thousand-page document must not be sent whole."""


@dataclass(frozen=True, slots=True)
class Request:
    """A place in a document that a person asked to see, and how much around it."""

    path: str
    start: int
    end: int
    sha256: str
    first: int
    last: int
    position: int = 0
    total: int = 1
    view: str = ""
    """What was chosen: ``page`` or ``text``; neither, to begin with."""
    page: int = 0
    """The page to show, from 1; 0 for the quote's."""

    @classmethod
    def from_event(cls, data: Any) -> Request | None:
        """What the browser sent, or None where it makes no sense."""
        data = data if isinstance(data, dict) else {}
        place = unpack(data.get("place"))
        try:
            start, end = int(place["start"]), int(place["end"])
            return cls(
                str(place["path"]),
                start,
                end,
                str(place.get("sha", "")),
                max(0, int(data.get("first", start - AROUND))),
                int(data.get("last", end + AROUND)),
                int(data.get("position", 0)),
                int(data.get("total", 1)),
                str(data.get("view", "")),
                int(data.get("page", 0)),
            )
        except (KeyError, TypeError, ValueError, AttributeError):
            return None


async def shown_source(library: Library, data: Any, desk: Desk) -> Html:
    """`source_panel`, in its turn, with the place that it is of."""
    try:
        with desk.pages.enter() as ticket:
            panel = await ticket.run(lambda: source_panel(library, data))
    except RagError as error:
        panel = _message("This cannot be shown now", sentence(error))
    place = data.get("place") if isinstance(data, dict) else None
    return join([element("span", hidden=True, data_place=str(place)), panel])


def source_panel(library: Library, data: Any) -> Html:
    """The panel's content for a click on a citation; never an exception."""
    request = Request.from_event(data)
    if request is None:
        return _message("This place could not be read", "Ask again, then click the citation.")
    try:
        document = library.document(request.path)
        return _panel(document, request, Path(library.settings.corpus))
    except SettingsError as error:
        log.info("%r cannot be shown: %r", request.path, str(error))
        return _message(
            "This document is no longer in the index",
            f"{request.path} was removed or renamed since the answer was given.",
        )
    except IndexMissingError:
        return _message("There is no index any more", "Documents can be shown after a rebuild.")
    except RagError as error:
        log.warning("%r cannot be shown: %s", request.path, error)
        return _message("This cannot be shown now", sentence(error))
    except Exception:
        log.exception("%r cannot be shown", request.path)
        return _message("This document cannot be shown", "The reason is in the server's log.")


def _panel(document: Document, request: Request, corpus: Path) -> Html:
    start, end = request.start, request.end
    if not 0 <= start < end <= len(document.text) or request.sha256 != _sha256(document, request):
        return join(
            [
                _heading(document, request, element("bdi", document.path)),
                _note(
                    "This document has changed since the answer was given: the quotation is no "
                    "longer at this place. Ask again for a current one."
                ),
                _text(document, request, (0, 0)),
            ]
        )
    place = where(Quote(document, start, end, 0.0))
    pages = document.place(start, end).pages
    if not is_paged(document) or not pages:
        return join([_heading(document, request, place), _text(document, request, (start, end))])
    number = request.page or pages[0]
    drawn, note = _drawn(document, request, number, corpus)
    return join(
        [
            _heading(document, request, place, view_switch("page" if drawn else "text")),
            _note(note) if note else None,
            facsimile(document, drawn, number, pages)
            if drawn
            else _text(document, request, (start, end)),
        ]
    )


def _sha256(document: Document, request: Request) -> str:
    quoted = document.text[request.start : request.end]
    return hashlib.sha256(quoted.encode("utf-8", "replace")).hexdigest()


def _drawn(
    document: Document, request: Request, number: int, corpus: Path
) -> tuple[DrawnPage | None, str | None]:
    """The page, None where the text is shown instead, and what there is to say about it."""
    if request.view == "text":
        return None, None
    try:
        drawn = page_of(document, number, request.start, request.end, corpus)
    except ReadError as error:
        return None, str(error)
    pages = document.place(request.start, request.end).pages
    if drawn.marks or not pages[0] <= number <= pages[-1]:
        return drawn, None
    return (drawn if request.view == "page" else None), NOT_MARKED


def _text(document: Document, request: Request, mark: tuple[int, int]) -> Html:
    first = min(request.first, len(document.text))
    last = min(max(request.last, first), len(document.text))
    return element(
        "div",
        _more("before", first - AROUND, last, first > 0),
        *_blocks(document, first, last, mark),
        _more("after", first, last + AROUND, last < len(document.text)),
        class_="page",
        tabindex="0",
        role="region",
        aria_label="Text of the document",
    )


def _note(text: str) -> Html:
    return element("p", text, class_="changed", role="note")


def _heading(document: Document, request: Request, place: Html, switch: Html | None = None) -> Html:
    steps = _steps(request) if request.total > 1 else None
    return element(
        "div",
        element("h2", document.title, dir="auto", tabindex="-1", class_="source-title"),
        element("p", place, class_="where"),
        element("div", steps, switch, class_="source-bar") if steps or switch else None,
        class_="source-head",
    )


def _steps(request: Request) -> Html:
    at = request.position
    return element(
        "div",
        _step(-1, "Previous quotation", at <= 0),
        element("span", f"Quotation {at + 1} of {request.total}", class_="fine"),
        _step(1, "Next quotation", at >= request.total - 1),
        class_="steps",
        role="group",
        aria_label="Quotations of this answer",
    )


def _step(by: int, label: str, disabled: bool) -> Html:
    return element(
        "button",
        icon("up" if by < 0 else "down"),
        type="button",
        class_="step",
        data_step=by,
        disabled=disabled,
        aria_label=label,
        title=label,
    )


def _more(side: str, first: int, last: int, wanted: bool) -> Html | None:
    if not wanted:
        return None
    return element(
        "button",
        "Show more before" if side == "before" else "Show more after",
        type="button",
        class_="more",
        data_side=side,
        data_first=max(0, first),
        data_last=last,
    )


def _blocks(document: Document, first: int, last: int, mark: tuple[int, int]) -> Iterator[Html]:
    """The window's text in full: blocks as elements, what lies between them in front of each."""
    position = first
    for block in document.blocks or (Block(0, len(document.text), "prose"),):
        if block.end <= first:
            continue
        if block.start >= last:
            break
        start, end = max(block.start, first), min(block.end, last)
        gap = element("span", *highlighted(document.text, position, start, mark), class_="gap")
        yield _block(block, gap, join(highlighted(document.text, start, end, mark, block.kind)))
        position = end
    if position < last:
        yield element("span", *highlighted(document.text, position, last, mark), class_="gap")


def _block(block: Block, gap: Html, content: Html) -> Html:
    if block.kind == "heading":
        level = min(6, max(1, block.level) + 2)
        return element(f"h{level}", gap, content, dir="auto", class_="block heading")
    return element("p", gap, content, dir="auto", class_=f"block {block.kind} {look(block.kind)}")


def _message(title: str, line: str) -> Html:
    return element(
        "div",
        element("h2", title, tabindex="-1", class_="source-title"),
        element("p", line, class_="where"),
        class_="source-head",
    )
