"""A PDF's lines become blocks: running heads, headings, paragraphs, items, rows.

The rules lean one way: a cut between two sentences costs nothing, a cut inside a
sentence costs its quotation, and a heading joined to a paragraph spoils both. So a
line that plainly goes on (no end mark before it, a small letter first) is joined
where the setting allows any doubt.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from itertools import chain

from rag.document import QUOTABLE, BlockKind
from rag.read.pdf_edges import edges_apart, is_folio, leading_of, running_heads
from rag.read.pdf_line import Line, alike

_BULLET = re.compile(r"[•▪◦‣⁃∙●○■□➢✓\uf0b7\uf0a7·]\s*\S|[-–—*]\s+\S")
_NUMBER = re.compile(r"\(?(?:\d{1,3}|[a-zA-Z]|[ivx]{1,5})[.)]\s+\S")
_LEADER = re.compile(r"(?:\. ?){5,}")
_END = re.compile(r"[.!?:;。！？…؟۔।][\"'”’»)\]]*\s*(?:\[\w{1,4}\]|[⁰¹²³⁴-⁹]+[,–]?)*$")
_CAPTION = re.compile(r"\W*(?:table|figure|fig|chart|note|notes|source|sources)\b", re.IGNORECASE)
# What a line tells that is no heading: "Total due: 950.00", "Rent of £500", "Deposit 1,200.00".
_FACT = re.compile(
    r":\s+[^\w\s]?\d|[$£€¥₹]\s?\d|\d\s?[$£€¥₹]|\b(?:EUR|USD|GBP|CHF)\s?\d|"
    r"\d\s(?:EUR|USD|GBP|CHF)\b|(?<!\w)\d[\d,]*\d{2}[.]\d\d(?![\w.])"
)
_HEADING_CHARS = 200
_LARGER = 1.12
_DEEPEST = 6


@dataclass(slots=True)
class PlacedBlock:
    """Consecutive lines that belong together; the first is on the page that lists the block."""

    lines: list[Line]
    kind: BlockKind = "prose"
    level: int = 0
    turns: list[int] = field(default_factory=list)
    """The lines, by position, before which the page turns."""

    @property
    def size(self) -> float:
        """The size of its largest line, in points."""
        return max(line.size for line in self.lines)


def lay_out(pages: list[list[Line]]) -> list[list[PlacedBlock]]:
    """The blocks of every page, in the order of its lines."""
    body = _body_size(pages)
    bold_body = _mostly_bold(pages)
    running = running_heads(pages)
    apart = edges_apart(pages)
    laid: list[list[PlacedBlock]] = []
    for page in pages:
        leading = leading_of(page)
        blocks: list[PlacedBlock] = []
        for line in page:
            if id(line) in running:
                blocks.append(PlacedBlock([line], "meta"))
            elif line.beside and blocks and blocks[-1].kind != "meta":
                _set_beside(blocks, line)
            elif _row_like(line):
                blocks.append(PlacedBlock([line], "row"))
            elif (
                not blocks
                or blocks[-1].kind in ("meta", "row")
                or (id(line) in apart) != (id(blocks[-1].lines[-1]) in apart)
                or _begins(blocks[-1], line, leading)
            ):
                item = _BULLET.match(line.text) or _NUMBER.match(line.text)
                blocks.append(PlacedBlock([line], "item" if item else "prose"))
            else:
                blocks[-1].lines.append(line)
        for block in blocks:
            if _is_heading(block, body, bold_body):
                block.kind = "heading"
        for block in blocks[:1] + blocks[-1:]:
            if len(blocks) > 1 and _is_folio(block) and not _has_beside(block.lines[0], page):
                block.kind, block.level = "meta", 0
        laid.append(blocks)
    if not any(block.kind in QUOTABLE for block in chain.from_iterable(laid)):
        for block in chain.from_iterable(laid):  # else nothing of the file could be quoted
            block.kind = "prose" if block.kind == "heading" else block.kind
    _set_levels(laid, body)
    _join_pages(laid, apart)
    return laid


def _set_beside(blocks: list[PlacedBlock], line: Line) -> None:
    """Make a row of a form's label and its value, and an item of a tick and its words."""
    last = blocks[-1].lines[-1]
    if last.beside:
        blocks[-1].lines.append(line)
        return
    blocks[-1].lines.pop()
    if not blocks[-1].lines:
        blocks.pop()
    ticked = not any(map(str.isalnum, last.text))
    blocks.append(PlacedBlock([last, line], "item" if ticked else "row"))


def _body_size(pages: list[list[Line]]) -> float:
    """The size most characters are set in."""
    sizes: Counter[float] = Counter()
    for page in pages:
        for line in page:
            sizes[round(line.size * 2) / 2] += len(line.text)
    return sizes.most_common(1)[0][0] or 1.0


def _mostly_bold(pages: list[list[Line]]) -> bool:
    bold = Counter[bool]()
    for page in pages:
        for line in page:
            bold[line.bold] += len(line.text)
    return bold[True] > bold[False]


def _begins(block: PlacedBlock, line: Line, leading: float) -> bool:
    """Whether a line begins a block of its own after the lines of the block before it."""
    last = block.lines[-1]
    if last.turn != line.turn:
        return True
    larger = max(last.size, line.size)
    apart = line.left - last.right
    if abs(last.baseline - line.baseline) < 0.6 * larger and -0.3 * larger < apart < larger:
        return False  # pdfium broke a line at an exponent
    # Exponents and the like say nothing of the paragraph: compare with its last line of full size.
    above = next(ln for ln in reversed(block.lines) if ln.size >= 0.9 * block.size)
    ended = bool(_END.search(last.text))
    goes_on = not ended and (line.text[0].islower() or last.text.endswith("-"))
    if _BULLET.match(line.text):
        return not (goes_on and line.text[0] in "-–—")
    step = (above.baseline - line.baseline) / line.size
    if not alike(above, line) or above.bold != line.bold:
        near = 0.75 < line.size / above.size < 1.34 and step <= 2.5 * leading
        return not (goes_on and near)
    if not 0.3 < step <= max(1.3 * leading, leading + 0.15):
        return not goes_on or step > 2.5 * leading  # another column, or a gap
    if _NUMBER.match(line.text) and (ended or _NUMBER.match(above.text)):
        return True
    indented = abs(line.left - above.left) > 0.8 * line.size
    short = above.right < line.right - 5 * line.size
    return ended and (indented or short)


def _join_pages(pages: list[list[PlacedBlock]], apart: set[int]) -> None:
    """Join the paragraphs that run over a page break, in place.

    What stands between their halves on paper stands elsewhere in the text: the foot of the page
    before the paragraph, the head of the next page after it. A quotation of a sentence across the
    break is then the sentence and nothing else. ``apart``: lines by id that stand apart from the
    body, as heads and feet do; past them only what plainly goes on is joined.
    """
    running: PlacedBlock | None = None  # the paragraph that may run on from the page before
    home: list[PlacedBlock] = []  # the page it began on
    sure = True  # whether the paragraph is the page's last for certain
    for page in pages:
        body = [b for b in page if not _stands_apart(b, apart)]
        first = next((b for b in body if b.kind != "meta" and not _is_folio(b)), None)
        above = page[: page.index(first)] if first else []
        certain = sure and not any(_stands_apart(b, apart) for b in above)
        if running and first and _runs_on(running, first, certain):
            home.remove(running)
            home.append(running)
            running.turns.append(len(running.lines))
            running.lines += first.lines
            page.remove(first)
            body.remove(first)
            if any(b.kind != "meta" for b in body):
                running = None
            sure = certain and not any(_stands_apart(b, apart) for b in page)
        else:  # also a page without a body, such as a scan: what follows it is not the next page
            running = None
        if running is None:
            running, home = _last_of_body(body), page
            below = page[page.index(running) :] if running else []
            sure = not any(_stands_apart(b, apart) for b in below)


def _stands_apart(block: PlacedBlock, apart: set[int]) -> bool:
    return id(block.lines[0]) in apart


def _last_of_body(page: list[PlacedBlock]) -> PlacedBlock | None:
    """The paragraph at a page's end, above its foot and its footnotes."""
    prose = [b for b in page if b.kind in ("prose", "item")]
    size = max((b.size for b in prose), default=0.0)
    for block in reversed(page):
        if block.kind in ("prose", "item") and block.size > 0.92 * size:
            return block
        if block.kind in ("heading", "row"):
            return None
    return None


def _runs_on(block: PlacedBlock, first: PlacedBlock, certain: bool) -> bool:
    """Whether a page's first paragraph is the rest of the one that the page before broke off."""
    last, line = block.lines[-1], first.lines[0]
    if first.kind != "prose" or last.turn != line.turn or _END.search(last.text):
        return False
    if not alike(last, line) or last.bold != line.bold:
        return False
    widest = max(line.right for line in block.lines)
    if line.text[0].islower() or last.text.endswith("-"):
        return True
    full = len(block.lines) > 1 and last.right > widest - 3 * last.size
    return certain and full and not _CAPTION.match(line.text)


def _is_folio(block: PlacedBlock) -> bool:
    """A page's number, standing alone."""
    return len(block.lines) == 1 and is_folio(block.lines[0])


def _has_beside(line: Line, page: list[Line]) -> bool:
    """Whether another line stands at the same height: then a number may be a cell of its row."""
    return any(
        other is not line
        and other.turn == line.turn
        and abs(other.baseline - line.baseline) < 0.3 * line.size
        for other in page
    )


def _row_like(line: Line) -> bool:
    """A table's row, or one with a leader of dots."""
    return line.in_columns or bool(_LEADER.search(line.text))


def _is_heading(block: PlacedBlock, body: float, bold_body: bool) -> bool:
    text = " ".join(line.text for line in block.lines)
    if block.kind in ("meta", "row") or len(text) > _HEADING_CHARS or len(block.lines) > 4:
        return False
    if _BULLET.match(text) or not any(c.isalpha() for c in text) or text[0].islower():
        return False
    if _FACT.search(text) or (_END.search(text) and not text.endswith("?")):
        return False
    larger = all(line.size >= _LARGER * body for line in block.lines)
    bold = not bold_body and all(line.bold and line.size > 0.92 * body for line in block.lines)
    return larger or (bold and len(block.lines) <= 3)


def _set_levels(pages: list[list[PlacedBlock]], body: float) -> None:
    """Larger headings stand above smaller ones; those of the body's size come last."""
    headings = [block for page in pages for block in page if block.kind == "heading"]
    sizes = sorted({round(b.size * 2) / 2 for b in headings if b.size >= _LARGER * body})[::-1]
    for block in headings:
        size = round(block.size * 2) / 2
        place = sizes.index(size) if size in sizes else len(sizes)
        block.level = min(place + 1, _DEEPEST)
