"""An answer as HTML: a fixed lead line, quote cards, or a refusal with its near misses.

Gradio's sanitizer stays on and removes ``data-*`` and ``aria-*``: what a button stands for is its
``value``, what it is called is text inside it.

The words of ours are the labels in this file and counts; everything else is sliced from a
document, through ``Quote.text``, or is the user's own question.
"""

from __future__ import annotations

from collections.abc import Sequence

from rag.types import Answer, Quote
from rag.ui.export import answer_record
from rag.ui.markup import Html, element, icon, join, pack
from rag.ui.quotes import citation, copy_button, words
from rag.ui.why import why_this
from rag.ui.wording import count


def answer_card(answer: Answer, *, votes: bool = True) -> Html:
    """One turn of the chat; ``votes`` says whether it can be rated."""
    body = _found(answer) if answer.answered else _refused(answer)
    return element(
        "article",
        body,
        _scope(answer.scope) if answer.answered else None,
        _missing(answer.missing) if answer.answered else None,
        _searched(answer),
        _footer(answer, votes),
        class_="answer" if answer.answered else "answer refused",
    )


def message_card(message: str, *, hint: str = "") -> Html:
    """A calm line where an answer would be: the question could not be asked."""
    return element(
        "div",
        element("p", message, class_="lead"),
        element("p", hint, class_="hint") if hint else None,
        class_="answer notice",
    )


def waiting_card(ahead: int | None = None) -> Html:
    """What stands in for the answer: searching, or waiting behind ``ahead`` other questions."""
    lead = "Searching the documents"
    if ahead is not None:
        lead = (
            f"Waiting, {count(ahead, 'question')} before yours"
            if ahead
            else "Waiting, yours is next"
        )
    lines = join(element("span", class_=f"bone bone-{n}") for n in (1, 2, 3))
    return element(
        "div",
        element("p", lead, class_="lead"),
        element("div", lines, class_="skeleton"),
        element("button", "Stop", type="button", class_="stop", title="Stop searching"),
        class_="answer waiting",
    )


def _found(answer: Answer) -> Html:
    documents = len({quote.document.path for quote in answer.quotes})
    lead = f"Found in {count(documents, 'document')}"
    return join(
        [
            element("p", lead, class_="lead"),
            element("ol", *(_card(quote) for quote in answer.quotes), class_="quotes"),
        ]
    )


def _refused(answer: Answer) -> Html:
    scope = answer.scope
    lead = (
        "The chosen documents do not answer this" if scope else "The documents do not answer this"
    )
    hint = (
        f"Only {count(scope, 'document')} searched. Nothing there is close enough to quote."
        if scope
        else "Nothing in them is close enough to quote as an answer."
    )
    return join(
        [
            element("p", icon("none"), lead, class_="lead"),
            element("p", hint, class_="hint"),
            unread_hint(answer.unread),
            _missing(answer.missing),
            _near(answer.near_misses),
        ]
    )


def unread_hint(files: int) -> Html | None:
    """What was not searched; the list of documents tells which files, and why."""
    if not files:
        return None
    return element(
        "p", f"{count(files, 'file')} could not be read, and so not searched.", class_="hint"
    )


def _near(quotes: Sequence[Quote]) -> Html | None:
    if not quotes:
        return None
    return element(
        "details",
        element("summary", "Related, not an answer ", element("b", str(len(quotes)))),
        element("ol", *(_card(quote, near=True) for quote in quotes), class_="quotes near"),
        class_="near-misses",
    )


def _card(quote: Quote, *, near: bool = False) -> Html:
    return element(
        "li",
        _columns(quote),
        element("blockquote", words(quote), class_="quote"),
        element("div", citation(quote), copy_button(quote), class_="source-line"),
        _also(quote.also_in),
        why_this(quote),
        class_="card near" if near else "card",
    )


def _columns(quote: Quote) -> Html | None:
    if not quote.columns:
        return None
    label = element("span", "First row:", class_="label")
    return element("p", label, " ", element("bdi", quote.columns), class_="columns")


def _also(quotes: Sequence[Quote]) -> Html | None:
    if not quotes:
        return None
    return element(
        "div",
        element("span", "Also in", class_="label"),
        *(citation(quote, small=True) for quote in quotes),
        class_="also",
    )


def _searched(answer: Answer) -> Html | None:
    if not answer.searched or answer.searched == answer.question:
        return None
    return element(
        "details",
        element("summary", "Searched together with your earlier questions"),
        element("p", answer.searched, dir="auto"),
        class_="searched",
    )


def _scope(scope: int) -> Html | None:
    if not scope:
        return None
    return element("p", f"Only {count(scope, 'document')} searched.", class_="hint")


def _missing(phrases: Sequence[str]) -> Html | None:
    if not phrases:
        return None
    words = (element("bdi", f"“{phrase}” ") for phrase in phrases)
    return element("p", "In no passage, word for word: ", *words, class_="hint")


def _footer(answer: Answer, votes: bool) -> Html:
    record = pack(answer_record(answer))
    return element(
        "footer",
        element(
            "span",
            _thumb("up", "Useful answer", record),
            _thumb("down", "Not a useful answer", record),
            class_="votes",
            role="group",
            title="Rate this answer",
        )
        if votes
        else None,
        element(
            "button",
            icon("export"),
            element("span", "Export", class_="label"),
            type="button",
            class_="export",
            value=record,
            title="Export this answer",
        ),
        element("span", _seconds(answer.timings_ms.get("total", 0.0)), class_="fine"),
        element("span", "index ", answer.index_id[:12], class_="fine", title=answer.index_id),
        class_="answer-footer",
    )


def _seconds(milliseconds: float) -> str:
    return f"{milliseconds / 1000:.1f} s" if milliseconds >= 50 else "< 0.1 s"


def _thumb(verdict: str, label: str, record: str) -> Html:
    return element(
        "button",
        icon(f"thumb-{verdict}"),
        element("span", label, class_="sr-only"),
        type="button",
        class_="vote",
        name=verdict,
        value=record,
        title=label,
    )
