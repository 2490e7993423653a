"""The present line of a page, in pieces: white space as a browser shows it, raised characters."""

from __future__ import annotations

import re

from rag.read.html_math import LOWERED, RAISED
from rag.read.raised import raised

_SPACE = re.compile(r"[ \t\n\r\f]+")


class Line:
    """A line, or several of them, that is being written."""

    def __init__(self) -> None:
        self.pieces: list[str] = []
        """None of them is empty."""
        self._apart = False
        self._raising: list[int] = []  # where raised words began

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
        self.pieces.append(text)

    def add_verbatim(self, text: str) -> None:
        """Words and all white space between them."""
        if text:
            self.pieces.append(text)

    def mark(self, sign: str) -> None:
        """A sign of a formula."""
        if sign == RAISED:
            self.raise_words()
        elif sign == LOWERED:
            self.lower_words()
        else:
            self.add(sign)

    def part(self) -> None:
        """Something is shown here: a word before it is another one than a word behind it."""
        self._apart = True

    def raise_words(self) -> None:
        """What follows is raised."""
        self._raising.append(len(self.pieces))

    def lower_words(self) -> None:
        """What was raised ends here."""
        begin = self._raising.pop()
        if not self._raising and begin < len(self.pieces):
            self.pieces[begin:] = [raised("".join(self.pieces[begin:]))]

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
        text = "".join(self.pieces)
        self.pieces.clear()
        return text
