"""A quote as HTML: its words, its citation, and the buttons that show and copy it.

The words are sliced from a document, through ``Quote.text``; their ``textContent`` is exact.
"""

from __future__ import annotations

from collections.abc import Iterator

from rag.document import Document
from rag.types import Quote
from rag.ui.markup import Html, element, escape, icon, join, pack

_VERBATIM = frozenset({"row", "code"})
"""Blocks whose spaces and line breaks carry meaning."""


def words(quote: Quote) -> Html:
    """The quoted words; their ``textContent`` is ``quote.text``, exactly."""
    kind = _kind_at(quote.document, quote.start)
    mark = quote.answer or (quote.end, quote.end)
    said = highlighted(quote.document.text, quote.start, quote.end, mark, kind)
    return element("p", *said, class_=f"words {look(kind)}", dir="auto")


def highlighted(
    text: str, start: int, end: int, mark: tuple[int, int], kind: str = "prose"
) -> Iterator[Html]:
    """``text[start:end]``, a block's or part of one, what is inside ``mark`` highlighted."""
    said = _cells if kind == "row" else escape
    a, b = max(start, min(mark[0], end)), min(end, max(mark[1], start))
    if a >= b:
        yield said(text[start:end])
        return
    yield said(text[start:a])
    yield element("mark", said(text[a:b]))
    yield said(text[b:end])


def _cells(text: str) -> Html:
    """A table's row: the tab between two cells stays what it is, and is drawn as a line."""
    first, *others = text.split("\t")
    tab = element("span", "\t", class_="tab")
    return join([first, *(join([tab, cell]) for cell in others)])


def _kind_at(document: Document, offset: int) -> str:
    """The kind of the block at an offset; ``prose`` between blocks."""
    at = document.block_before(offset)
    return document.blocks[at].kind if at >= 0 and offset < document.blocks[at].end else "prose"


def look(kind: str) -> str:
    """The class that says whether white space shows."""
    return f"verbatim {kind}" if kind in _VERBATIM else "flowing"


def citation(quote: Quote, *, small: bool = False) -> Html:
    return element(
        "button",
        icon("open"),
        element("span", quote.document.title, class_="title", dir="auto"),
        element("span", " ", where(quote), class_="where"),
        type="button",
        class_="cite small" if small else "cite",
        value=place_of(quote),
        title="Show this quotation in its document",
    )


def where(quote: Quote) -> Html:
    """The citation without the title: ``talks.md, p. 2, § Doha, chars 812–1003``.

    The path alone is set apart: one in Arabic would have the rest run from right to left.
    """
    path = quote.document.path
    rest = quote.citation.removeprefix(f"{quote.document.title} ({path})")
    return join([element("bdi", path), rest])


def copy_button(quote: Quote, *, sentence: bool = False) -> Html:
    """Copies the card's words, or, where they are cut out of it, the whole ``sentence``."""
    what = "sentence" if sentence else "quotation"
    return element(
        "button",
        icon("copy"),
        element("span", "Copy sentence" if sentence else "Copy", class_="label"),
        type="button",
        class_="copy",
        name=what,
        value=pack(quote.citation),
        title=f"Copy the {what} with its citation",
    )


def place_of(quote: Quote) -> str:
    """A quote's place, packed for a button's value."""
    return pack(
        {"path": quote.document.path, "start": quote.start, "end": quote.end, "sha": quote.sha256}
    )
