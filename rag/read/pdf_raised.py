"""Raised numbers on a PDF's page: pdfium gives 10⁶ as "106" or "10 6", or begins a line with it."""

from __future__ import annotations

import re

from rag.read.pdf_glyphs import Glyphs
from rag.read.pdf_line import Line
from rag.read.raised import raised

_NUMBER = re.compile(r"[-+−]?\d+")
_STROKES = "/⁄"
_BETWEEN = ",–"
_SIGNS = "+-−=()×·"
# Sizes of the character that the number is raised against.
_SMALL = 0.85
_RAISED = 0.15
_HIGHEST = 0.9
_NEAR = 0.3


def raise_numbers(line: Line, before: Line | None, glyphs: Glyphs) -> bool:
    """Give a line's raised numbers their raised digits; whether it begins with one that stands at
    the end of the line ``before``.

    A fraction's numerator, over a stroke or other characters, is left as it is.
    """
    text, places = line.text, line.places
    spans: list[tuple[int, int]] = []
    base: int | None = None
    for number in _NUMBER.finditer(text):
        start, end = number.span()
        if spans and start < spans[-1][1]:
            continue
        further = bool(spans) and spans[-1][1] == start - 1 and text[start - 1] in _BETWEEN
        if not further:
            base = _base(line, start, before)
        first = start
        if base is None or not _is_raised(places[start], base, line.turn, glyphs, not further):
            if glyphs.size(places[end - 1]) >= _SMALL * glyphs.size(places[start]):
                continue
            raised_ones = (
                at
                for at in range(start + 1, end)
                if _is_raised(places[at], places[at - 1], line.turn, glyphs, True)
            )
            first = next(raised_ones, end)
            base = places[first - 1]
        if first == end or base is None:
            continue
        while end < len(text) and (text[end].isalnum() or text[end] in _SIGNS):
            if not _is_raised(places[end], base, line.turn, glyphs, False):
                break
            end += 1
        # Of "2x" and "3×3" not all can be raised: then nothing is.
        if raised(text[first:end]) != text[first:end] and not _is_over(line, first, end, glyphs):
            spans.append((first, end))
    if spans:
        _rewrite(line, spans)
    return bool(spans) and spans[0][0] == 0


def _base(line: Line, start: int, before: Line | None) -> int | None:
    """The place of the character that a number follows."""
    at = start
    while at and line.text[at - 1].isspace():
        at -= 1
    if at:
        return line.places[at - 1]
    return before.places[-1] if before and before.turn == line.turn else None


def _is_raised(place: int, base: int, turn: int, glyphs: Glyphs, near: bool) -> bool:
    """Whether a character is smaller than another and above its baseline, and close to it."""
    size = glyphs.size(base)
    if glyphs.size(place) >= _SMALL * size:
        return False
    height = glyphs.baseline(place, turn) - glyphs.baseline(base, turn)
    apart = glyphs.box(place, turn)[0] - glyphs.box(base, turn)[1]
    return _RAISED * size < height < _HIGHEST * size and (not near or abs(apart) < _NEAR * size)


def _is_over(line: Line, start: int, end: int, glyphs: Glyphs) -> bool:
    """Whether a number is a fraction's upper one: the next character is a stroke, or below it."""
    left, right = (glyphs.box(line.places[at], line.turn)[at == end - 1] for at in (start, end - 1))
    last = line.places[end - 1]
    for place in range(last + 1, min(last + 4, glyphs.count)):
        begin, until = glyphs.box(place, line.turn)
        if begin < until:  # none of the line ends that pdfium makes
            return glyphs.character(place) in _STROKES or (
                begin < (left + right) / 2 and until > left
            )
    return False


def _rewrite(line: Line, spans: list[tuple[int, int]]) -> None:
    """Put raised digits at these positions, and no space before them."""
    pieces: list[str] = []
    places: list[int] = []
    at = 0
    for start, end in spans:
        words = line.text[at:start].rstrip()
        pieces += words, raised(line.text[start:end])
        places += *line.places[at : at + len(words)], *line.places[start:end]
        at = end
    line.text = "".join([*pieces, line.text[at:]])
    line.places = [*places, *line.places[at:]]
