"""A PDF page's lines: their characters, and where and how large they are set.

Straight on pdfium's functions: a page has thousands of characters, and a thousand
pages must read in tens of seconds.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import compress, groupby, pairwise, repeat
from typing import TYPE_CHECKING, Any

from rag.read.extraction import trimmed
from rag.read.pdf_fields import address, placed, stretches
from rag.read.pdf_glyphs import Glyphs
from rag.read.pdf_line import Line, joined
from rag.read.pdf_objects import unseen_texts
from rag.read.pdf_raised import raise_numbers
from rag.read.pdf_turn import open_text, turn_of

if TYPE_CHECKING:
    from pypdfium2 import PdfPage

# pdfium marks a hyphen at a line's end, behind which it leaves out the line end, with one of these.
_HYPHENS = ("\x02", "\ufffe")
_LINE_MARK = re.compile("[\r\n\x02\ufffe]")
_SPACE = re.compile(r"(?<=\S)\s+(?=\S)")
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff]{2,}")
_PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")
_NOTHING = frozenset("\0\x02\ufffe")
# These, codes without a character, and halves of a pair, as some fonts' tables give them.
_UNCLEAN = re.compile("[\0-\x08\x0b-\x1f\ufffe\ud800-\udfff]")
_PLAIN = re.compile("[A-Za-zÀ-ÿ0-9.,:;!?()'-]")
# Sizes, as the next three: how far left and down the next line begins.
_BACK = 1.5
_FALL = 0.6
_LEVEL = 0.2
_OVERLAP = 0.1


def page_lines(page: PdfPage, fields: bool = False) -> tuple[list[Line], bool]:
    """The lines of a page in pdfium's order, and whether it has words that it does not show.

    Those are left out, as are lines of white space.
    ``fields``: `pdf_fields.open_page` drew form fields into the page; they stand by their labels.
    """
    unseen = unseen_texts(page)
    text_page = open_text(page)
    try:
        reader = _Reader(text_page, unseen)
        if not fields:
            return reader.lines(0, reader.count), reader.hides
        own: list[Line] = []
        others: list[list[Line]] = []
        for is_own, *span in stretches(page, text_page.raw):
            found = reader.lines(*span)
            own += found if is_own else []
            others += [] if is_own else [found]
        return placed(own, others), reader.hides
    finally:
        text_page.close()


class _Reader:
    """One page's text, cut into lines."""

    def __init__(self, text_page: Any, unseen: set[int]) -> None:
        import pypdfium2.raw as pdfium

        self.pdfium = pdfium
        self.page = text_page.raw
        self.glyphs = Glyphs(text_page)
        self.count = self.glyphs.count
        get = pdfium.FPDFText_GetUnicode
        # One character an index, so that an offset into this string is pdfium's index.
        self.text = "".join(map(chr, map(get, repeat(self.page, self.count), range(self.count))))
        shown = self._shown(unseen) if unseen else self.text
        self.hides = shown != self.text
        self.text = shown

    def _shown(self, unseen: set[int]) -> str:
        """The text with a line end for every character that the page does not show."""
        characters = list(self.text)
        for index, character in enumerate(characters):
            item = self.pdfium.FPDFText_GetTextObject(self.page, index)
            if item and address(item) in unseen and not character.isspace():
                characters[index] = "\n"
        return "".join(characters)

    def lines(self, start: int, end: int) -> list[Line]:
        """The lines of pdfium's characters [start, end), in their order."""
        text = self.text
        lines: list[Line] = []
        for mark in _LINE_MARK.finditer(text, start, end):
            if mark.group() in _HYPHENS:
                if self.pdfium.FPDFText_IsHyphen(self.page, mark.start()) != 1:
                    continue
                text = f"{text[: mark.start()]}-{text[mark.end() :]}"
                lines += self._line(text, start, mark.end())
            else:
                lines += self._line(text, start, mark.start())
            start = mark.end()
        return self._rejoined(lines + self._line(text, start, end))

    def _line(self, text: str, start: int, end: int) -> list[Line]:
        """The line that is ``text[start:end]``, or none where that is white space.

        Several where pdfium went on below, back at the left, as it does among short cells.
        """
        span = trimmed(text, start, end)
        if span is None:
            return []
        turn = turn_of(self.page, span[0])
        lines: list[Line] = []
        first = span[0]
        gaps: list[tuple[int, float]] = []
        for space in _SPACE.finditer(text, *span):
            before, after = space.start() - 1, space.end()
            width = self.glyphs.box(after, turn)[0] - self.glyphs.box(before, turn)[1]
            if width < -_BACK * self.glyphs.size(after) and self._is_below(before, after, turn):
                lines += self._level_line(text, first, space.start(), turn, gaps)
                first, gaps = after, []
            else:
                gaps.append((space.start(), width))
        return lines + self._level_line(text, first, span[1], turn, gaps)

    def _level_line(
        self, text: str, start: int, end: int, turn: int, gaps: list[tuple[int, float]]
    ) -> list[Line]:
        """The line that is ``text[start:end]``; ``gaps`` are its spaces, with their widths."""
        first, last = start, end - 1
        samples = {first, max(last - 1, first), _visible(text, (first + last) // 2, last)}
        size = max(map(self.glyphs.size, samples))  # past small capitals and exponents
        boxes = self.glyphs.box(first, turn), self.glyphs.box(last, turn)
        line = Line(
            *self._words(text, start, end),
            min(box[0] for box in boxes),
            max(box[1] for box in boxes),
            self.glyphs.baseline(first, turn),
            size,
            all(map(self.glyphs.is_bold, samples)),
            turn,
        )
        for place, width in gaps:
            line.add_gap(place, width)
        span = range(start, end)
        no_meaning = map(self.pdfium.FPDFText_HasUnicodeMapError, repeat(self.page), span)
        line.unknown = any(map(self._is_unknown, compress(span, no_meaning)))
        return [line] if line.text else []

    def _rejoined(self, lines: list[Line]) -> list[Line]:
        """The lines, with those that pdfium tore apart made whole.

        On a page of few words it cannot tell which way the page is written, and takes every object
        of one character for a line of its own: a table's cell "5", a tick.
        """
        groups: list[list[Line]] = []
        for before, line in pairwise([None, *lines]):
            assert line is not None  # noqa: S101 the first alone is none
            if raise_numbers(line, before, self.glyphs) or (before and self._is_torn(before, line)):
                groups[-1].append(line)
            else:
                groups.append([line])
        whole = [joined(group) if len(group) > 1 else group[0] for group in groups]
        for line in whole:
            line.part_cells()
        return whole

    def _is_torn(self, before: Line, line: Line) -> bool:
        """Whether a line goes on to the right of the one before it, one character alone at the
        border."""
        alone = not before.text[-2:-1].strip() or not line.text[1:2].strip()
        if not alone or before.turn != line.turn:
            return False
        if line.left < before.right - _OVERLAP * max(before.size, line.size):
            return False
        # Not the lines' own: a line may begin with an exponent.
        last, first = before.places[-1], line.places[0]
        apart = abs(self.glyphs.baseline(last, line.turn) - self.glyphs.baseline(first, line.turn))
        return apart < _LEVEL * max(self.glyphs.size(last), self.glyphs.size(first))

    def _is_below(self, before: int, after: int, turn: int) -> bool:
        """Whether a character stands on a line of its own under the one before it."""
        fall = self.glyphs.baseline(before, turn) - self.glyphs.baseline(after, turn)
        return fall > _FALL * max(self.glyphs.size(before), self.glyphs.size(after))

    def _words(self, text: str, start: int, end: int) -> tuple[str, Sequence[int]]:
        """A line's characters, clean, and where each of them stands.

        A glyph that stands for several letters, as of lam and alef, has them in reading
        order; pdfium turns right-to-left letters round one by one, those as well.
        """
        line = text[start:end]
        places = range(start, end)
        for run in () if line.isascii() else _RIGHT_TO_LEFT.finditer(line):
            boxes = groupby(range(*run.span()), lambda at: self.glyphs.whole_box(start + at))
            for (left, right, *_), shared in boxes:
                first, *others = shared
                if others and left < right:
                    turned = line[first : others[-1] + 1][::-1]
                    line = f"{line[:first]}{turned}{line[others[-1] + 1 :]}"
        return _clean(line, places) if _UNCLEAN.search(line) else (line, places)

    def _is_unknown(self, index: int) -> bool:
        """Whether a character of which pdfium has only the code may be another than that code's.

        One that draws nothing is none. Fonts without a name (Type 3) are mostly TeX's, whose plain
        letters have their own codes.
        """
        left, right, bottom, top = self.glyphs.whole_box(index)
        drawn = left < right and bottom < top
        return drawn and not (_PLAIN.match(self.text[index]) and not self.glyphs.font(index))


def _clean(line: str, places: Sequence[int]) -> tuple[str, Sequence[int]]:
    """The line with pairs of halves joined, and what is no character left out or a hole."""
    kept: list[tuple[str, int]] = []
    at = 0
    while at < len(line):
        character = line[at]
        pair = _PAIR.match(line, at)
        if pair:
            character = pair.group().encode("utf-16-le", "surrogatepass").decode("utf-16-le")
        elif _UNCLEAN.match(character) and character not in _NOTHING:
            character = "\ufffd"
        if character not in _NOTHING:
            kept.append((character, places[at]))
        at += len(pair.group()) if pair else 1
    span = trimmed("".join(character for character, _ in kept), 0, len(kept))
    kept = kept[slice(*span)] if span else []
    return "".join(character for character, _ in kept), [place for _, place in kept]


def _visible(text: str, index: int, last: int) -> int:
    """The first index from ``index`` on whose character is no white space."""
    while index < last and text[index].isspace():
        index += 1
    return index
