"""Which sentences of a document stand where: what a quote begins and ends with."""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import lru_cache

from rag.document import Block, BlockKind, Document
from rag.split import sentence_borders

_LINE = re.compile(r"[^\r\n]+")


def sentence_at(document: Document, offset: int) -> tuple[int, int]:
    """The sentence that holds a character; that character alone where none does."""
    block = block_at(document, offset)
    if block.start <= offset < block.end:
        borders = sentences_of(document, block)
        at = bisect_right(borders, offset, key=lambda border: border[0]) - 1
        if at >= 0 and offset < borders[at][1]:
            return borders[at]
    return offset, offset + 1


def block_at(document: Document, offset: int) -> Block:
    """The last block that begins at this offset or before it; without blocks the text is one."""
    blocks = document.blocks or (Block(0, len(document.text), "prose"),)
    return blocks[max(0, document.block_before(offset))]


def sentences_of(document: Document, block: Block) -> tuple[tuple[int, int], ...]:
    """The sentences of a block, as ranges. A row, a heading and a line of code count as one."""
    return _borders(document.text, block.start, block.end, block.kind)


@lru_cache(maxsize=8)  # a word that stands everywhere is asked about a thousand times
def _borders(text: str, start: int, end: int, kind: BlockKind) -> tuple[tuple[int, int], ...]:
    if kind in ("row", "heading"):
        return ((start, end),)
    if kind == "code":
        return tuple(match.span() for match in _LINE.finditer(text, start, end))
    return tuple(sentence_borders(text, start, end))
