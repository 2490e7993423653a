"""The present line of a page, in pieces: white space as a browser shows it, raised characters."""

from __future__ import annotations

import re

from rag.read.html_math import LOWERED, RAISED
from rag.read.raised import RAISED as RAISED_SIGNS
from rag.read.raised import STROKES, has_base, raised

_SPACE = re.compile(r"[ \t\n\r\f]+")
_TERM = re.compile(r"[\w.,]*")
_DEEPEST = 10  # of the exponents of exponents that are told apart


class Line:
    """A line, or several of them, that is being written."""

    def __init__(self) -> None:
        self.pieces: list[str] = []
        """None of them is empty."""
        self._apart = False
        self._raising: list[int] = []  # where raised words began
        self._upper: tuple[int, str] | None = None  # which piece was raised last, and what it was
        self._link: str | None = None  # the target of the link that ends right here

    def add(self, text: str) -> None:
        """Words, and white space that collapses."""
        text = _SPACE.sub(" ", text)
        if text.startswith(" ") and (not self.pieces or self.pieces[-1][-1] in " \n\t"):
            text = text[1:]
        if not text:
            return
        if self._apart and self.pieces and self.pieces[-1][-1].isalnum() and text[0].isalnum():
            self.pieces.append(" ")
        self._apart = False
        self._link = None
        self.pieces.append(text)
        if text.startswith(STROKES):
            self._restore(is_fraction=False)

    def add_verbatim(self, text: str) -> None:
        """Words and all white space between them."""
        if text:
            self._link = None
            self.pieces.append(text)

    def mark(self, sign: str) -> None:
        """A sign of a formula."""
        if sign == RAISED:
            self.raise_words()
        elif sign == LOWERED:
            self.lower_words(is_exponent=True)
        else:
            self.add(sign)

    def part(self) -> None:
        """Something is shown here: a word before it is another one than a word behind it."""
        self._apart = True

    def raise_words(self) -> None:
        """What follows is raised."""
        self._raising.append(len(self.pieces))

    def lower_words(self, *, is_exponent: bool = False) -> None:
        """What was raised ends here; an exponent stays one where its characters have no raised
        form: x^(a+b)."""
        begin = self._raising.pop()
        depth = len(self._raising)
        if begin >= len(self.pieces) or depth > (_DEEPEST if is_exponent else 0):
            return
        plain = "".join(self.pieces[begin:])
        text = raised(plain)
        if text != plain:
            self._upper = (begin, plain)
        elif is_exponent and plain.strip():
            is_term = _TERM.fullmatch(plain.strip()) and RAISED_SIGNS.isdisjoint(plain)
            text = f"^{plain}" if is_term else f"^({plain})"
            self._apart = True
        self.pieces[begin:] = [text]

    def begin_lowered(self) -> None:
        """What follows is below the line: behind a stroke it is a fraction's lower half."""
        if self.pieces and self.pieces[-1].strip() in STROKES:
            self._restore(is_fraction=True)

    def _restore(self, *, is_fraction: bool) -> None:
        """Let what was raised before the stroke that stands last be a fraction's upper half; not
        what may be an exponent of the word before it, but of a number where it ``is_fraction``."""
        at, plain = self._upper or (-1, "")
        if at < 0 or at != len(self.pieces) - 2:
            return
        before = self.pieces[at - 1] if at else ""
        if not has_base(before, len(before)):
            self.pieces[at] = plain
        elif is_fraction and before[-1].isdecimal():
            self.pieces[at] = f" {plain}"

    def begin_link(self, target: str) -> None:
        """A link begins. Where another ends a page shows them apart, as boxes of a menu; one that
        is written in several pieces is a word."""
        if self._link is not None and self._link != target:
            self.part()
        self._link = None

    def end_link(self, target: str) -> None:
        """A link ends."""
        self._link = target

    def trim(self) -> None:
        """A browser shows no space before a line's end."""
        if self.pieces and self.pieces[-1].endswith(" "):
            self.pieces[-1] = self.pieces[-1][:-1]
            if not self.pieces[-1]:
                self.pieces.pop()

    def begin_line(self) -> None:
        """What follows stands on another line."""
        self.trim()
        if self.pieces and self.pieces[-1][-1] not in "\n\t":
            self.pieces.append("\n")

    def end_cell(self) -> None:
        """A cell's words are written: no line follows in it."""
        self.trim()
        while self.pieces and self.pieces[-1] == "\n":
            self.pieces.pop()

    def take(self) -> str:
        """All that was written; what follows is on a line of its own."""
        begin = self._raising[0] if self._raising else len(self.pieces)
        text = "".join(self.pieces[:begin]) + raised("".join(self.pieces[begin:]))
        self.pieces.clear()
        self._raising = [0] * len(self._raising)
        self._upper = self._link = None
        return text
