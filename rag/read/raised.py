"""Raised characters: 10⁶ is not 106, nor the note behind "fee¹" a digit of it."""

from __future__ import annotations

_RAISED = dict(zip("0123456789+-−=()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ⁿ", strict=True))
RAISED = frozenset(_RAISED.values())
STROKES = ("/", "⁄")
"""Of a fraction."""


def raised(text: str) -> str:
    """Superscript text as it is to be read: each character by its raised form where all of them
    have one; as it is where not ("1st", a raised word)."""
    bare = text.strip()
    if bare and all(character in _RAISED for character in bare):
        return "".join(_RAISED.get(character, character) for character in text)
    return text


def has_base(line: str, start: int) -> bool:
    """Whether what is raised from here on belongs to what stands right before it, as in "10⁶/mL";
    else a stroke behind it makes it the upper half of a fraction: "¹/2" is one half."""
    return bool(line[max(start - 1, 0) : start].strip())


class Line:
    """A line's pieces, of which those that stand raised beside each other are read as one."""

    def __init__(self) -> None:
        self._pieces: list[tuple[str, str]] = []  # a text as it is read, and as it was
        self._raised: list[str] = []

    def add(self, text: str, *, is_raised: bool) -> None:
        """More of the line."""
        if is_raised:
            self._raised.append(text)
        else:
            self._lower()
            self._pieces.append((text, text))

    def take(self) -> str:
        """The line, which begins anew."""
        self._lower()
        line = "".join(text for text, _ in self._pieces)
        whole: list[str] = []
        at = 0
        for text, plain in self._pieces:
            end = at + len(text)
            is_numerator = (
                text != plain and line.startswith(STROKES, end) and not has_base(line, at)
            )
            whole.append(plain if is_numerator else text)
            at = end
        self._pieces.clear()
        return "".join(whole)

    def _lower(self) -> None:
        if self._raised:
            plain = "".join(self._raised)
            self._pieces.append((raised(plain), plain))
            self._raised.clear()
