"""Words cut out of a sentence can say something else than the sentence: "dogs are allowed"."""

from __future__ import annotations

import re
from typing import NamedTuple

from rag.borders import sentence_at
from rag.document import Document
from rag.lists import lead_in
from rag.split import MAX_SENTENCE_CHARS
from rag.widen import widened

# What is left out says something: a word, or that it is a question.
_SAYS = re.compile(r"[\w?？؟]")
_SPACE = re.compile(r"\s+")


class Excerpt(NamedTuple):
    """``text[start:end]``, which some words must be read with."""

    start: int
    end: int
    goes_on_before: bool
    """Whether its first sentence begins further above: a list of names may have no end."""
    goes_on_behind: bool

    @property
    def is_whole(self) -> bool:
        return not (self.goes_on_before or self.goes_on_behind)

    def shown(self, document: Document) -> str:
        """Its text, with an ellipsis where it is cut."""
        text = document.text[self.start : self.end]
        return f"{'… ' * self.goes_on_before}{text}{' …' * self.goes_on_behind}"


def cut_from(document: Document, start: int, end: int) -> Excerpt | None:
    """The whole sentences that ``text[start:end]`` is only a part of, with what they must not be
    read without.

    None where nothing but marks and white space is left out of them. A row of a table, a heading
    and a line of code count as sentences, as they do in a quote; an item of a list goes on from the
    line above the list, an answer from its question. Of a sentence beyond all measure, the words
    around.
    """
    text = document.text
    first = min(start, sentence_at(document, start)[0])
    last = max(end, sentence_at(document, end - 1)[1])
    low, high = widened(document, first, last)
    before, behind = start - first > MAX_SENTENCE_CHARS, last - end > MAX_SENTENCE_CHARS
    if before:
        low = start - MAX_SENTENCE_CHARS
        space = _SPACE.search(text, low, start)
        low = space.end() if space else low
        above = lead_in(document, start)
        if above is not None:
            low, before = min(low, above), False
    if behind:
        high = end + MAX_SENTENCE_CHARS
        spaces = [space.start() for space in _SPACE.finditer(text, end, high)]
        high = spaces[-1] if spaces and spaces[-1] > end else high
    left_out = text[low:start], text[end:high]
    return Excerpt(low, high, before, behind) if any(map(_SAYS.search, left_out)) else None
