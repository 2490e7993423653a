"""Quotes that say the very same: each is shown once, and names the other places."""

from __future__ import annotations

import re
from dataclasses import replace

from rag.diff import said
from rag.retrieve import ReadPassage
from rag.types import Quote

_WORD = re.compile(r"\w+")


def grouped(quotes: list[Quote]) -> list[Quote]:
    """Quotes with the very same words become one, the others named by it."""
    groups: dict[tuple[str, ...], Quote] = {}
    for quote in quotes:
        words = _all_said(quote.text)
        if words in groups:
            kept = groups[words]
            groups[words] = replace(kept, also_in=(*kept.also_in, quote))
        else:
            groups[words] = quote
    return list(groups.values())


def with_copies(quote: Quote, passages: list[ReadPassage], quotes: list[Quote]) -> Quote:
    """The quote, naming the other places in these passages that say it in the very same words.

    None of them shares a character with another, or with one of the quotes.
    """
    wanted, meant = _words(quote.text), _all_said(quote.text)
    taken: dict[str, list[tuple[int, int]]] = {}
    for kept in quotes:
        for one in (kept, *kept.also_in):
            taken.setdefault(one.document.path, []).append((one.start, one.end))
    copies = list(quote.also_in)
    for passage in passages:
        document, sentences = passage.document, passage.sentences
        words = [_words(document.text[s.start : s.end]) for s in sentences]
        for first in range(len(sentences)):
            if not words[first]:  # "* * *" before it is no copy of it
                continue
            gathered: tuple[str, ...] = ()
            for last in range(first, len(sentences)):
                gathered += words[last]
                if len(gathered) >= len(wanted):
                    break
            if gathered != wanted:
                continue
            copy = Quote(document, sentences[first].start, sentences[last].end, quote.relevance)
            places = taken.setdefault(document.path, [])
            free = not any(start < copy.end and copy.start < end for start, end in places)
            if free and _all_said(copy.text) == meant:
                places.append((copy.start, copy.end))
                copies.append(copy)
    return replace(quote, also_in=tuple(copies))


def _words(text: str) -> tuple[str, ...]:
    """The words alone, in order: "6 percent" is not "5 percent", a dropped "not" is a change."""
    return tuple(_WORD.findall(text.casefold()))


def _all_said(text: str) -> tuple[str, ...]:
    """The words and the signs that mean something: "> 3" is not "< 3", "-5" is not "5". A star is
    Markdown's emphasis."""
    return tuple(word for word in said(text) if word != "*")
