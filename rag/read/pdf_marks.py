"""Where on a PDF's page some words of its extracted text stand.

The page's lines are read again, as for the index, and matched with the stored ones; so
each stored character leads to pdfium's, and that to its box. What the boxes cover is
counted afterwards: marks that cover anything but the wanted characters are not given.
"""

from __future__ import annotations

import ctypes
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from rag.read.pdf_line import Line
from rag.read.pdf_lines import page_lines
from rag.read.pdf_turn import open_text

if TYPE_CHECKING:
    from pypdfium2 import PdfPage

_FINE = 1_000_000
"""Steps a page is divided into, across and down: pdfium gives places on a picture in integers."""
_ALIGNED = 0.5
_MOST_ALIKE = 200
"""Lines of a page with the same words; with more, their matching would take too long."""


class StoredLine(NamedTuple):
    """A line of a page as it stands in the document's text."""

    start: int
    """Its offset in that text, in code points."""
    text: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A rectangle on a page over ``text[start:end]``, all on one line of it.

    Sides are fractions, 0 to 1, of the page as it is shown: cropped, turned, from its upper
    left corner.
    """

    start: int
    end: int
    left: float
    top: float
    right: float
    bottom: float


class _Box(NamedTuple):
    """Points on the page as it is written, before it is cropped or turned."""

    left: float
    bottom: float
    right: float
    top: float

    def joined(self, other: _Box) -> _Box:
        return _Box(
            min(self.left, other.left),
            min(self.bottom, other.bottom),
            max(self.right, other.right),
            max(self.top, other.top),
        )

    def covers(self, other: _Box) -> bool:
        """Whether the middle of the other lies in this one."""
        x, y = (other.left + other.right) / 2, (other.bottom + other.top) / 2
        return self.left <= x <= self.right and self.bottom <= y <= self.top


@dataclass(slots=True)
class _Run:
    """Characters side by side: ``text[start:end]`` of the document, and their box."""

    start: int
    end: int
    box: _Box


def find_marks(
    page: PdfPage, stored: Sequence[StoredLine], start: int, end: int, fields: bool = False
) -> list[Mark]:
    """Rectangles that cover exactly the words of ``[start, end)`` that stand on this page.

    ``stored`` are all lines of the page in the document's text, in its order. Offsets are the
    document's; ``fields`` is as for `page_lines`. The list is empty where the words cannot be told
    from others for certain: the page reads differently from what is stored, or something else
    stands at the same place.
    """
    lines = _matched(stored, page_lines(page, fields)[0])
    text_page = open_text(page)  # after the lines: they mend what pdfium would leave out
    try:
        glyphs = _Glyphs(text_page)
        wanted: set[int] = set()
        spans: list[tuple[StoredLine, Line, int, int]] = []
        for number, line in enumerate(stored):
            first, last = max(start - line.start, 0), min(end - line.start, len(line.text))
            if line.text[max(first, 0) : max(last, 0)].strip():
                found = lines.get(number)
                if found is None:
                    return []
                spans.append((line, found, first, last))
                wanted.update(_places(found, first, last))
        for box in (glyphs.loose, glyphs.tight):
            runs = [run for span in spans for run in _runs(*span, box)]
            if glyphs.covered(runs, wanted):
                marks = [_on_picture(page, run) for run in runs]
                return marks if all(_is_seen(mark) for mark in marks) else []
        return []
    finally:
        text_page.close()


def _matched(stored: Sequence[StoredLine], lines: Sequence[Line]) -> dict[int, Line]:
    """The page's line of each stored one, by number.

    The order may differ, where columns or running heads were moved; so the longest stretch of
    lines that both have is matched first, then the next. A line that does not stand equally
    often in both has no match.
    """
    by_text: defaultdict[str, list[int]] = defaultdict(list)
    for number, line in enumerate(lines):
        by_text[line.text].append(number)
    count = Counter(line.text for line in stored)
    open_pairs = {
        (number, other)
        for number, (_, text) in enumerate(stored)
        if count[text] == len(by_text[text]) <= _MOST_ALIKE
        for other in by_text[text]
    }
    found: dict[int, Line] = {}
    while open_pairs:
        stretch = _longest(open_pairs)
        found.update((number, lines[other]) for number, other in stretch)
        taken, given = {number for number, _ in stretch}, {other for _, other in stretch}
        open_pairs = {(a, b) for a, b in open_pairs if a not in taken and b not in given}
    return found


def _longest(pairs: set[tuple[int, int]]) -> list[tuple[int, int]]:
    """The longest stretch of pairs that follow each other in both; the first of equals."""
    length: dict[tuple[int, int], int] = {}
    last = min(pairs)
    for a, b in sorted(pairs):
        length[a, b] = length.get((a - 1, b - 1), 0) + 1
        if length[a, b] > length.get(last, 0):
            last = a, b
    return [(last[0] - back, last[1] - back) for back in reversed(range(length[last]))]


def _places(line: Line, first: int, last: int) -> range:
    """pdfium's indexes of a line's characters ``[first, last)``, with those left out between."""
    return range(line.places[first], line.places[last - 1] + 1)


def _runs(stored: StoredLine, line: Line, first: int, last: int, box_of: Any) -> Iterator[_Run]:
    """The characters ``[first, last)`` of a line, in as few boxes as hug them.

    Straight lines, turned ones too, make one box; slanted ones fall into small boxes, as one
    would cover their neighbours.
    """
    run: _Run | None = None
    across = line.turn % 2 == 0
    for position in range(first, last):
        box = box_of(line.places[position])
        if box is None:
            continue
        at = stored.start + position
        if run is not None and _beside(run.box, box, across):
            run.box = run.box.joined(box)
            run.end = at + 1
        else:
            if run is not None:
                yield _Run(run.start, at, run.box)
            run = _Run(at if run else stored.start + first, at + 1, box)
    if run is not None:
        yield _Run(run.start, stored.start + last, run.box)


def _beside(run: _Box, box: _Box, across: bool) -> bool:
    """Whether a box stands in line with those before it."""
    if across:
        shared = min(run.top, box.top) - max(run.bottom, box.bottom)
        return shared >= _ALIGNED * max(run.top - run.bottom, box.top - box.bottom)
    shared = min(run.right, box.right) - max(run.left, box.left)
    return shared >= _ALIGNED * max(run.right - run.left, box.right - box.left)


class _Glyphs:
    """A page's character boxes, with the buffers that pdfium writes its answers to."""

    def __init__(self, text_page: Any) -> None:
        import pypdfium2.raw as pdfium

        self.pdfium = pdfium
        self.page = text_page.raw
        self.count = pdfium.FPDFText_CountChars(self.page)
        self.edges = [ctypes.c_double() for _ in range(4)]
        self.rect = pdfium.FS_RECTF()

    def tight(self, index: int) -> _Box | None:
        """The ink's box; None for what has none, such as a space that pdfium made."""
        left, right, bottom, top = self.edges
        if not self.pdfium.FPDFText_GetCharBox(self.page, index, left, right, bottom, top):
            return None
        return _box(left.value, bottom.value, right.value, top.value)

    def loose(self, index: int) -> _Box | None:
        """The box of the character's full height and width, the same height for all of a font."""
        if self.tight(index) is None:
            return None
        rect = self.rect
        if not self.pdfium.FPDFText_GetLooseCharBox(self.page, index, rect):
            return None
        return _box(rect.left, rect.bottom, rect.right, rect.top)

    def covered(self, runs: Sequence[_Run], wanted: set[int]) -> bool:
        """Whether the boxes cover the wanted characters and no other.

        A character drawn twice at one place, and letters that share one glyph, count as one.
        """
        wanted_boxes = {index: box for index in wanted if (box := self._inked(index))}
        if not wanted_boxes:
            return False
        whole = runs[0].box
        for run in runs[1:]:
            whole = whole.joined(run.box)
        for index in range(self.count):
            box = self._inked(index)
            if box is None or not whole.covers(box):
                if index in wanted_boxes:
                    return False
                continue
            inside = any(run.box.covers(box) for run in runs)
            if inside != (index in wanted_boxes) and not self._twin(index, box, wanted_boxes):
                return False
        return True

    def _inked(self, index: int) -> _Box | None:
        code = self.pdfium.FPDFText_GetUnicode(self.page, index)
        return None if code == 0 or chr(code).isspace() else self.tight(index)

    def _twin(self, index: int, box: _Box, wanted: dict[int, _Box]) -> bool:
        return index not in wanted and box in wanted.values()


def _box(left: float, bottom: float, right: float, top: float) -> _Box | None:
    return _Box(left, bottom, right, top) if left < right and bottom < top else None


def _on_picture(page: PdfPage, run: _Run) -> Mark:
    """The run's box on the page as it is shown."""
    import pypdfium2.raw as pdfium

    x, y = ctypes.c_int(), ctypes.c_int()
    corners = []
    for across, up in ((run.box.left, run.box.bottom), (run.box.right, run.box.top)):
        pdfium.FPDF_PageToDevice(page.raw, 0, 0, _FINE, _FINE, 0, across, up, x, y)
        corners.append((x.value / _FINE, y.value / _FINE))
    (a, b), (c, d) = corners
    return Mark(run.start, run.end, *_clipped(min(a, c), min(b, d), max(a, c), max(b, d)))


def _clipped(*sides: float) -> tuple[float, ...]:
    return tuple(min(max(side, 0.0), 1.0) for side in sides)


def _is_seen(mark: Mark) -> bool:
    """Whether it lies on the page, not on what was cropped off."""
    return mark.left < mark.right and mark.top < mark.bottom
