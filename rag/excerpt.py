"""Words cut out of a sentence can say something else than the sentence: "dogs are allowed"."""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import lru_cache

from rag.document import Block, BlockKind, Document
from rag.split import sentence_borders

# What is left out says something: a word, or that it is a question.
_SAYS = re.compile(r"[\w?？؟]")
_AROUND = 500
"""Characters on each side at most: a list of names may be a sentence without an end."""
_LINE = re.compile(r"[^\r\n]+")


def cut_from(document: Document, start: int, end: int) -> tuple[int, int] | None:
    """The range of whole sentences that ``text[start:end]`` is only a part of.

    None where nothing but marks and white space is left out of them. A row of a table, a heading
    and a line of code count as sentences, as they do in a quote; an item of a list goes on from the
    line above the list. Of a sentence beyond all measure, the words around.
    """
    low = max(min(start, _sentence(document, start)[0]), start - _AROUND)
    above = lead_in(document, start)
    low = low if above is None else min(low, above)
    high = min(max(end, _sentence(document, end - 1)[1]), end + _AROUND)
    left_out = document.text[low:start], document.text[end:high]
    return (low, high) if any(map(_SAYS.search, left_out)) else None


def lead_in(document: Document, offset: int) -> int | None:
    """Where the sentence begins that an item of a list goes on from: "It does not cover:".

    None where the character is in no item, or that sentence does not end in a colon or stands too
    far above.
    """
    blocks = document.blocks
    own = document.block_before(offset)
    if own < 0 or blocks[own].kind != "item":
        return None
    found = None
    for number in range(own - 1, -1, -1):
        block = blocks[number]
        if block.kind not in ("prose", "item") or offset - block.end > _AROUND:
            break
        if document.text[block.end - 1] in ":：":
            start = _sentence(document, block.end - 1)[0]
            if offset - start > _AROUND:
                break
            found = start
        if block.kind == "prose":
            break
    return found


def _sentence(document: Document, offset: int) -> tuple[int, int]:
    """The sentence that holds a character; that character alone where none does."""
    blocks = document.blocks or (Block(0, len(document.text), "prose"),)
    block = blocks[max(0, document.block_before(offset))]
    if block.start <= offset < block.end:
        borders = _borders(document.text, block.start, block.end, block.kind)
        at = bisect_right(borders, offset, key=lambda border: border[0]) - 1
        if at >= 0 and offset < borders[at][1]:
            return borders[at]
    return offset, offset + 1


@lru_cache(maxsize=4)  # a word that stands everywhere is asked about a thousand times
def _borders(text: str, start: int, end: int, kind: BlockKind) -> tuple[tuple[int, int], ...]:
    if kind in ("row", "heading"):
        return ((start, end),)
    if kind == "code":
        return tuple(match.span() for match in _LINE.finditer(text, start, end))
    return tuple(sentence_borders(text, start, end))
