"""Words cut out of a sentence can say something else than the sentence: "dogs are allowed"."""

from __future__ import annotations

import re

from rag.borders import sentence_at
from rag.document import Document
from rag.lists import lead_in

# What is left out says something: a word, or that it is a question.
_SAYS = re.compile(r"[\w?？؟]")
_AROUND = 500
"""Characters on each side at most: a list of names may be a sentence without an end."""


def cut_from(document: Document, start: int, end: int) -> tuple[int, int] | None:
    """The range of whole sentences that ``text[start:end]`` is only a part of.

    None where nothing but marks and white space is left out of them. A row of a table, a heading
    and a line of code count as sentences, as they do in a quote; an item of a list goes on from the
    line above the list, an answer from its question. Of a sentence beyond all measure, the words
    around.
    """
    low = max(min(start, sentence_at(document, start)[0]), start - _AROUND)
    above = lead_in(document, start)
    low = low if above is None else min(low, above)
    high = min(max(end, sentence_at(document, end - 1)[1]), end + _AROUND)
    left_out = document.text[low:start], document.text[end:high]
    return (low, high) if any(map(_SAYS.search, left_out)) else None
