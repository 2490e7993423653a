"""What the chat shows before the first question: examples, or what is missing and what to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from rag.ui.documents import Shelf
from rag.ui.markup import Html, element, icon, join
from rag.ui.wording import count

SHIPPED: Mapping[str, str] = MappingProxyType(
    {
        "talks.md": "Who led the American team in Doha?",
        "demands.txt": "What did Hamas ask for in return for releasing the hostages?",
        "ceasefire.md": "When did Israel and Hamas agree to a ceasefire?",
        "about-this-chatbot.md": "How does this chatbot answer questions?",
    }
)
"""A question for each of the documents that ship: shown while that document is indexed."""


def examples_for(shelf: Shelf, examples: Sequence[str] | None) -> tuple[str, ...]:
    """The questions to offer: those given, else those of the shipped documents we have."""
    if examples is not None:
        return tuple(examples)
    paths = {document.path for document in shelf.documents}
    return tuple(question for path, question in SHIPPED.items() if path in paths)


def welcome(
    shelf: Shelf, examples: Sequence[str] | None, corpus: str, *, may_build: bool = True
) -> Html:
    """The chat's empty state; whoever may not rebuild is not told to."""
    if shelf.state == "ready":
        return _ready(shelf, examples_for(shelf, examples))
    if not may_build:
        broken = shelf.state == "broken"
        title = "The index cannot be used" if broken else "No documents for you yet"
        return element(
            "div",
            element("h2", title),
            element("p", "Ask whoever runs this server.", class_="hint"),
            class_="welcome blank",
        )
    title, hint = {
        "empty": (
            "There are no documents yet",
            f"Put files into the folder {corpus}, then press Rebuild.",
        ),
        "missing": (
            "There is no index yet",
            f"Press Rebuild to read the documents in the folder {corpus}.",
        ),
        "broken": ("The index cannot be used", shelf.message),
    }[shelf.state]
    return element(
        "div",
        element("h2", title),
        element("p", hint, class_="hint"),
        element("button", icon("rebuild"), "Rebuild", type="button", class_="ask-rebuild"),
        class_="welcome blank",
    )


def _ready(shelf: Shelf, questions: Sequence[str]) -> Html:
    total = count(len(shelf.documents), "document")
    return element(
        "div",
        element("h2", "Ask, and read it in the source"),
        element(
            "p",
            f"Answers come from {total}, as exact quotations with citations. Where the documents "
            "do not say, neither does this page.",
            class_="hint",
        ),
        _examples(questions),
        class_="welcome",
    )


def _examples(questions: Sequence[str]) -> Html | None:
    if not questions:
        return None
    return join(
        [
            element("h3", "For example"),
            element(
                "ul",
                *(
                    element("li", element("button", q, type="button", class_="example"))
                    for q in questions
                ),
                class_="starters",
            ),
        ]
    )
