"""Formulas of a page (MathML), spelt on a line: "1/2" is not 12, nor 10⁶ 106."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

RAISED, LOWERED = "<sup>", "</sup>"
"""Between these marks the words are raised."""

Piece: TypeAlias = "LexborNode | str"

_GROUPS = frozenset({"mrow", "mfrac", "mstyle", "mpadded"})


def spelt(tag: str, children: list[LexborNode]) -> list[Piece]:
    """An element's children in their order, with the signs that a line needs between them."""
    if tag not in ("mfrac", "msup", "msubsup", "msqrt"):
        return list(children)
    parts = [child for child in children if child.tag != "-text"]
    if tag == "msqrt":
        return ["√", *(["(", *parts, ")"] if len(parts) > 1 else _one(parts))]
    if len(parts) < 2:
        return list(children)
    if tag == "mfrac":
        return [*_one(parts[:1]), "/", *_one(parts[1:])]
    return [*parts[:-1], RAISED, parts[-1], LOWERED]


def _one(parts: list[LexborNode]) -> list[Piece]:
    """A part as one thing: in brackets if it is of several."""
    several = any(part.tag in _GROUPS and _is_several(part) for part in parts)
    return ["(", *parts, ")"] if several else list(parts)


def _is_several(part: LexborNode) -> bool:
    return len(list(part.iter())) > 1
