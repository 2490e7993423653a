"""What must hold of every document's blocks, whatever the file."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from rag.document import Block
from rag.read import extract
from rag.read.extraction import Extraction


def read_bytes(data: bytes, suffix: str) -> Extraction:
    """An extraction whose blocks have been checked."""
    extraction = extract(data, suffix)[1]
    check_blocks(extraction)
    return extraction


def read_text(text: str, suffix: str = ".txt") -> Extraction:
    """As ``read_bytes``, from text in UTF-8; the text must come back unchanged."""
    extraction = read_bytes(text.encode("utf-8"), suffix)
    if suffix in (".txt", ".md"):
        assert extraction.text == text
    return extraction


def check_blocks(extraction: Extraction) -> None:
    """Blocks are in order, disjoint, inside the text and trimmed; gaps hold no word."""
    position = 0
    text = extraction.text
    text.encode("utf-8")  # no lone surrogates
    for block in extraction.blocks:
        assert position <= block.start < block.end <= len(text)
        words = text[block.start : block.end]
        assert words == words.strip()
        if block.kind == "row":
            assert block.level in (0, 1 if block.row else 0)
        else:
            assert (block.level > 0) == (block.kind == "heading")
        assert block.level <= 6
        check_gap(text[position : block.start])
        assert list(block.breaks) == sorted(set(block.breaks))
        assert all(block.start < at < block.end for at in block.breaks)
        position = block.end
    check_gap(text[position:])


def check_gap(gap: str) -> None:
    """Between blocks there are only white space and markers: no letter, no free number."""
    for line in gap.splitlines():
        # "1. # " is a list's number before an empty heading, "1. - " before a list in it.
        bare = line.strip(" \t>").rstrip(" \t#*+-")
        number = bare.rstrip(".)")
        numbered = bare != number and number.isdigit()
        assert numbered or not any(character.isalnum() for character in bare), repr(gap)


def pieces(blocks: Iterable[Block]) -> list[tuple[int, int, int | None, str]]:
    """(start, end, page, kind) of every block, one that runs over page breaks in its parts."""
    found = []
    for block in blocks:
        borders = [block.start, *block.breaks, block.end]
        for number, (start, end) in enumerate(pairwise(borders)):
            page = block.page + number if block.page is not None else None
            found.append((start, end, page, block.kind))
    return found


def kinds(extraction: Extraction) -> list[tuple[str, str]]:
    """(kind, text) of every block; a heading's kind carries its level."""
    return [
        (f"{block.kind}{block.level or ''}", extraction.text[block.start : block.end])
        for block in extraction.blocks
    ]
