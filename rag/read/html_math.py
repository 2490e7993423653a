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
    if tag not in ("mfrac", "msup", "msubsup", "msqrt", "mroot"):
        return list(children)
    parts = [child for child in children if child.tag != "-text"]
    if tag == "msqrt":
        return ["√", *(["(", *parts, ")"] if len(parts) > 1 else _one(parts))]
    if len(parts) < 2:
        return list(children)
    if tag == "mfrac":
        return [*_one(parts[:1]), "/", *_one(parts[1:])]
    if tag == "mroot":
        return [RAISED, parts[1], LOWERED, "√", *_one(parts[:1])]
    return [*parts[:-1], RAISED, parts[-1], LOWERED]


def _one(parts: list[LexborNode]) -> list[Piece]:
    """A part as one thing: in brackets if it is of several and has none."""
    several = any(map(_is_several, parts))
    return ["(", *parts, ")"] if several else list(parts)


def _is_several(part: LexborNode) -> bool:
    """Through groups of one, such as a style around a sum."""
    while part.tag in _GROUPS:
        inner = list(part.iter())
        if len(inner) != 1:
            return len(inner) > 1 and not (_is_sign(inner[0], "(") and _is_sign(inner[-1], ")"))
        part = inner[0]
    return False


def _is_sign(part: LexborNode, sign: str) -> bool:
    return part.tag == "mo" and part.text().strip() == sign
