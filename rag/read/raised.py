"""Raised characters: 10⁶ is not 106, nor the note behind "fee¹" a digit of it."""

from __future__ import annotations

_RAISED = dict(zip("0123456789+-−=()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ⁿ", strict=True))


def raised(text: str) -> str:
    """Superscript text as it is to be read: each character by its raised form where all of them
    have one; as it is where not ("1st", a raised word)."""
    bare = text.strip()
    if bare and all(character in _RAISED for character in bare):
        return "".join(_RAISED.get(character, character) for character in text)
    return text
