"""What the items of a list are counted with, whoever set them: "-", "(a)", "iv.", "3)", "6.2.1".

In many formats a list's items are typed as paragraphs, each behind a sign of its own.
"""

from __future__ import annotations

import re

from rag.document import BULLETS, Document

_MARKER = re.compile(
    rf"(?:(?P<bullet>[{BULLETS}])|"
    r"(?P<clause>\d{1,3}(?:\.\d{1,3})+)\.?|\[(?P<bracket>\d{1,3})\]|"
    r"\(?(?:(?P<part>\d{1,3}[a-z])|(?P<number>\d{1,3})|(?P<roman>[ivx]{1,5})|"
    r"(?P<double>(?P<half>[a-z])(?P=half))|(?P<letter>[a-z])|"
    r"(?P<ROMAN>[IVX]{2,5})|(?P<LETTER>[A-Z]))[.)])\s+(?=\S)"
)


def level_of(document: Document, number: int) -> str | None:
    """What an item is counted with: two of one list have the same. None where it is none."""
    if number >= len(document.blocks):
        return None
    block, text = document.blocks[number], document.text
    if block.kind not in ("prose", "item"):
        return None
    marker = _MARKER.match(text, block.start, block.end)
    if marker is None:
        if block.kind == "item":
            return "item"
        return "small" if text[block.start].islower() else None
    kind = str(marker.lastgroup)
    if kind == "clause":
        return kind + "." * marker["clause"].count(".")
    if kind == "roman" and _goes_on_as_letter(document, number, marker["roman"]):
        return "letter"
    if kind == "LETTER" and marker["LETTER"] in "IVX" and _beside_roman(document, number):
        return "ROMAN"
    return kind


def goes_on_counting(document: Document, number: int) -> bool:
    """Whether the block is a numbered item, and not the first of its list: "(b)", "3."."""
    block = document.blocks[number]
    marker = _MARKER.match(document.text, block.start, block.end)
    if marker is None or marker.lastgroup in ("bullet", "clause"):
        return False
    return marker.group().strip(" \t\r\n()[].").casefold() not in ("1", "1a", "a", "aa", "i")


def _goes_on_as_letter(document: Document, number: int, sign: str) -> bool:
    """Whether "(i)" comes after "(h)"."""
    if len(sign) > 1 or number == 0:
        return False
    above = document.blocks[number - 1]
    before = _MARKER.match(document.text, above.start, above.end)
    return before is not None and before["letter"] == chr(ord(sign) - 1)


def _beside_roman(document: Document, number: int) -> bool:
    """Whether "I." stands beside "II.", "V." beside "IV."."""
    blocks = document.blocks
    beside = (blocks[n] for n in (number - 1, number + 1) if 0 <= n < len(blocks))
    markers = (_MARKER.match(document.text, block.start, block.end) for block in beside)
    return any(marker is not None and marker["ROMAN"] for marker in markers)


def opens_small(document: Document, number: int) -> bool:
    """Whether what stands behind its sign opens in lower case: it goes on from a line above."""
    block = document.blocks[number]
    marker = _MARKER.match(document.text, block.start, block.end)
    return document.text[marker.end() if marker else block.start].islower()
