"""What stands at the edges of a PDF's pages: running heads, feet, page numbers."""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise
from statistics import quantiles

from rag.read.pdf_line import Line, alike

_DIGITS = re.compile(r"\d+")
_FOLIO = re.compile(
    r"\W*(?:page\s+)?(?:\d{1,4}|[ivxlc]{1,7})\W*|"
    r"\W*(?:(?:page|seite|página|pagina|p\.)\s*)?\d{1,4}\s+(?:of|von|sur|de|di|van)\s+\d{1,4}\W*|"
    r"\W*page\s+\d{1,4}\s*[/|]\s*\d{1,4}\W*",
    re.IGNORECASE,
)
_END = re.compile(r"[.!?:;。！？…؟۔।][\"'”’»)\]]*$")
_FULL_STOP = re.compile(r"[.!?。！？؟۔।][\"'”’»)\]]*$")
_EDGE_LINES = 3
_RUNNING_CHARS = 200  # a longer line has no number that counts the pages
_GAP = 1.8
"""Distances of lines, from a head or foot to the body; a blank line between paragraphs is two."""
_MARGIN = 0.1  # of the body's width
_SAME_PLACE = 4  # points


def running_heads(pages: list[list[Line]]) -> set[int]:
    """Lines (by id) that stand at the same place on at least three pages and a third of them.

    Of their numbers one may count the pages. The only text of a page is never one.
    """
    seen: Counter[tuple[str, int, int]] = Counter()
    edges: list[list[tuple[Line, set[tuple[str, int, int]]]]] = []
    for number, page in enumerate(pages):
        order = sorted(page, key=lambda line: line.baseline)
        ends = {id(line): line for line in order[:_EDGE_LINES] + order[-_EDGE_LINES:]}
        keyed = [
            (line, {(w, line.turn, round(line.baseline / 8)) for w in _wordings(line.text, number)})
            for line in ends.values()
        ]
        edges.append(keyed)
        seen.update({key for _, keys in keyed for key in keys})
    least = max(3, len(pages) / 3)
    running: set[int] = set()
    for page, keyed in zip(pages, edges, strict=True):
        found = {id(line) for line, keys in keyed if any(seen[key] >= least for key in keys)}
        if len(found) < len(page):
            running |= found
    return running


def _wordings(text: str, page: int) -> list[str]:
    """The text, and for each of its numbers the text with how far that is ahead of the page.

    Two lines with a wording in common differ at most by a number that counts the pages.
    """
    wordings = [text]
    if len(text) <= _RUNNING_CHARS:
        for found in _DIGITS.finditer(text):
            ahead = f"{int(found.group()) - page:+}"
            wordings.append(f"{text[: found.start()]}#{ahead}{text[found.end() :]}")
    return wordings


def edges_apart(pages: list[list[Line]]) -> set[int]:
    """Lines (by id) that no sentence of the body runs into or out of: heads and feet that repeat
    on too few pages to be called running.

    They stand at a page's upper or lower edge, far from the rest; or, in a file of two pages, at
    the same place on both.
    """
    apart: set[int] = set()
    for page in pages:
        far = _GAP * leading_of(page)
        for inward in _inward(page):
            apart.update(map(id, _far_edge(inward, far)))
    if len(pages) == 2:
        for edges in zip(*map(_inward, pages), strict=True):
            for lines in zip(*(edge[:_EDGE_LINES] for edge in edges), strict=False):
                if not _same_edge(*lines):
                    break
                apart.update(map(id, lines))
    return apart


def _inward(page: list[Line]) -> tuple[list[Line], list[Line]]:
    """The page's lines from its upper edge, and from its lower one."""
    turns = Counter(line.turn for line in page)
    upright = [line for line in page if line.turn == turns.most_common(1)[0][0]]
    order = sorted(upright, key=lambda line: (-line.baseline, line.left))
    return order, order[::-1]


def _far_edge(inward: list[Line], far: float) -> list[Line]:
    """The head or foot that the widest gap sets off; none where it may be of the body's text."""
    gap, count = max(
        (
            (abs(inward[n - 1].baseline - inward[n].baseline) / max(inward[n].size, 1), n)
            for n in range(1, min(_EDGE_LINES + 1, len(inward)))
        ),
        default=(0.0, 0),
    )
    if gap <= far:
        return []
    edge, body = inward[:count], inward[count:]
    left = min(line.left for line in body)
    right = max(line.right for line in body)
    margin = _MARGIN * (right - left)
    near = body[0]
    is_head = edge[0].baseline > near.baseline
    # Whether the body's nearest line plainly has its other part elsewhere.
    if is_head:
        torn = near.text[0].islower()
    else:
        torn = not _END.search(near.text) and near.right >= right - margin
    for line in edge:
        small = line.text[0].islower() and not is_folio(line)
        if _FULL_STOP.search(line.text) or (small and is_head):
            return []  # a sentence, or its last words
        if line.left <= left + margin and line.right >= right - margin and not torn:
            return []  # a whole line of text
    return edge


def _same_edge(one: Line, other: Line) -> bool:
    """Whether two pages' lines differ at most by a number that counts the pages."""
    placed = one.turn == other.turn and abs(one.baseline - other.baseline) < _SAME_PLACE
    same = not set(_wordings(one.text, 0)).isdisjoint(_wordings(other.text, 1))
    return placed and same and alike(one, other)


def is_folio(line: Line) -> bool:
    """A page's number."""
    return bool(_FOLIO.fullmatch(line.text))


def leading_of(page: list[Line]) -> float:
    """The distance of baselines inside paragraphs, in sizes: the smaller ones on the page."""
    steps = [
        (above.baseline - line.baseline) / line.size
        for above, line in pairwise(page)
        if above.turn == line.turn and alike(above, line)
    ]
    steps = [step for step in steps if 0.7 < step < 3]
    if len(steps) < 2:
        return steps[0] if steps and steps[0] < 1.6 else 1.25
    return quantiles(steps, n=4)[0]
