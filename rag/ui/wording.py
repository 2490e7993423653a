"""What is said in more than one place."""

from __future__ import annotations

from rag.ui.markup import Html, element, join

TITLE = "Ask the documents"


def masthead() -> Html:
    """The product's name and what it does."""
    tagline = element("p", "Exact quotations, each with its source", class_="tagline")
    return join([element("h1", TITLE), tagline])


def sentence(said: object) -> str:
    """An error, or a note, as one line that begins with a capital."""
    line = " ".join(str(said).split())
    return line[:1].upper() + line[1:]


def count(number: int, noun: str) -> str:
    """``1 document``, ``12,000 documents``."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
