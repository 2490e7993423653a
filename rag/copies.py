"""Quotes that say the very same: each is shown once, and names the other places."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from rag.diff import same_letters
from rag.retrieve import ReadPassage
from rag.types import Quote
from rag.widen import leaned, widened

_WORD = re.compile(r"\w+")
_EMPHASIS = re.compile(r"(?<![\w*])(\*{1,3}+)(?=[^\s*])([^*]+)(?<=\S)\1(?![\w*])")  # Markdown's
_QUOTES = str.maketrans(dict.fromkeys("“”„‟«»", '"') | dict.fromkeys("‘‚‹›", "'"))
_STOPS = (".", "!", ";", ",", "。", "！")
_Said = tuple[str, tuple[tuple[str, ...], ...]]


def grouped(quotes: list[Quote]) -> list[Quote]:
    """Quotes with the very same words become one, the others named by it."""
    groups: dict[_Said, Quote] = {}
    for quote in quotes:
        said = _said(quote)
        if said in groups:
            kept = groups[said]
            groups[said] = replace(kept, also_in=(*kept.also_in, quote))
        else:
            groups[said] = quote
    return list(groups.values())


def with_copies(quote: Quote, passages: list[ReadPassage], quotes: list[Quote]) -> Quote:
    """The quote, naming the other places in these passages that say it in the very same words.

    None of them shares a character with another, or with one of the quotes, and none of them must
    be read with more than it holds: where "Except on Mondays." follows, something else is said.
    """
    wanted, meant = _words(quote.text), _said(quote)
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
            if free and _said(copy) == meant and _stands_alone(copy):
                places.append((copy.start, copy.end))
                copies.append(copy)
    return replace(quote, also_in=tuple(copies))


def _stands_alone(quote: Quote) -> bool:
    """Whether it says all that an answer would quote there."""
    span = quote.start, quote.end
    return widened(quote.document, *leaned(quote.document, *span)) == span


def _words(text: str) -> tuple[str, ...]:
    """The words alone, in order: only what shares them is compared further."""
    return tuple(_WORD.findall(text.casefold()))


def _said(quote: Quote) -> _Said:
    """All that a quote says: its characters, and of rows the cells and what the columns are called.

    Signs, case and empty cells count: "–5" is not "5", "5 MW" is not "5 mW". The shape of quotes
    and dashes, Markdown's emphasis and a last mark but a question's do not.
    """
    text = " ".join(same_letters(quote.text).translate(_QUOTES).split())
    text = _EMPHASIS.sub(r"\2", text)
    if text.endswith(_STOPS) and not text.endswith(".."):
        text = text[:-1]
    return text, tuple(_rows(quote))


def _rows(quote: Quote) -> Iterator[tuple[str, ...]]:
    """The cells of each row that it quotes, after those of its sheet's first row."""
    document = quote.document
    for number in range(max(document.block_before(quote.start), 0), len(document.blocks)):
        block = document.blocks[number]
        if block.start >= quote.end:
            break
        if block.kind == "row":
            first = document.first_row(number)
            if first is not None and first != number and block.row is not None:
                yield tuple(document.cells(first))
            yield tuple(document.cells(number))
