"""Raised characters: 10⁶ is not 106, nor the note behind "fee¹" a digit of it."""

from __future__ import annotations

_RAISED = dict(zip("0123456789+-−=()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ⁿ", strict=True))
RAISED = frozenset(_RAISED.values())


def raised(text: str) -> str:
    """Superscript text as it is to be read: each character by its raised form where all of them
    have one; as it is where not ("1st", a raised word)."""
    bare = text.strip()
    if bare and all(character in _RAISED for character in bare):
        return "".join(_RAISED.get(character, character) for character in text)
    return text


class Line:
    """A line's pieces, of which those that stand raised beside each other are read as one."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._raised: list[str] = []

    def add(self, text: str, *, is_raised: bool) -> None:
        """More of the line."""
        if is_raised:
            self._raised.append(text)
        else:
            self._lower()
            self._pieces.append(text)

    def take(self) -> str:
        """The line, which begins anew."""
        self._lower()
        text = "".join(self._pieces)
        self._pieces.clear()
        return text

    def _lower(self) -> None:
        if self._raised:
            self._pieces.append(raised("".join(self._raised)))
            self._raised.clear()
