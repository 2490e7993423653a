"""A line of a PDF's page, and lines that belong together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from rag.read.raised import RAISED

# Sizes, as the next two.
_WIDE = 1.5
_COLUMN = 2.5
_TOUCHING = 0.25


@dataclass(slots=True)
class Line:
    """A line of text. Lengths are points along and across the reading direction, up positive."""

    text: str
    places: Sequence[int]
    """pdfium's index of each character of ``text``, rising."""
    left: float
    right: float
    baseline: float
    size: float
    bold: bool
    turn: int
    """Quarter turns of the writing against the page."""
    gaps: list[int] = field(default_factory=list)
    """The places of spaces wider than one and a half times the size: columns of a table."""
    widest: float = 0.0
    """The widest of these, in sizes."""
    beside: bool = False
    """Stands beside the line before it, as a form's value and its label do."""
    unknown: bool = False
    """Whether the file does not tell what one of its characters means: the text has its code."""

    @property
    def in_columns(self) -> bool:
        """Whether its spaces are far wider than justified text has: a table's row."""
        return len(self.gaps) > 1 or self.widest > _COLUMN

    def add_gap(self, place: int, width: float) -> None:
        """Note a space of so many points where it is wide."""
        if width > _WIDE * self.size:
            self.gaps.append(place)
            self.widest = max(self.widest, width / self.size)

    def part_cells(self) -> None:
        """Put a tab for the spaces between a row's cells."""
        if self.in_columns:
            gaps = set(self.gaps)
            pairs = zip(self.text, self.places, strict=True)
            self.text = "".join("\t" if place in gaps else letter for letter, place in pairs)


def alike(above: Line, line: Line) -> bool:
    """Whether two lines are of one size."""
    return 0.92 < line.size / above.size < 1.09


def joined(group: list[Line]) -> Line:
    """The parts of a line as one, a space where there is room for it."""
    words: list[str] = []
    places: list[int] = []
    whole = replace(group[0], gaps=list(group[0].gaps))
    for part in group:
        width = part.left - whole.right
        apart = width > _TOUCHING * whole.size or not alike(whole, part)
        if words and apart and part.text[0] not in RAISED:
            words.append(" ")
            places.append(places[-1] + 1)  # the line end that pdfium put there
            whole.add_gap(places[-1], width)
        words.append(part.text)
        places += part.places
        whole.right = part.right
        whole.size = max(whole.size, part.size)
        whole.bold = whole.bold and part.bold
        whole.unknown = whole.unknown or part.unknown
        if part is not group[0]:
            whole.gaps += part.gaps
            whole.widest = max(whole.widest, part.widest)
    whole.text, whole.places = "".join(words), places
    return whole
