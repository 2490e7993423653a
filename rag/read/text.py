"""Plain text: the file's own text, and where its paragraphs, headings, items and rows are."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import pairwise

from rag.document import BULLETS, Block, BlockKind
from rag.read.decode import decode
from rag.read.extraction import Extraction, sensible_title, trimmed
from rag.read.text_heading import HEADING_CHARS, is_labelled, may_head, states

VERSION = "text 4"

LINE_END = re.compile(r"\r\n?|\n")

# Wrapped text is set to 60-100 columns; a longer line is a whole paragraph.
_WRAPPED_COLUMNS = 120
_CLOSE = r"[\"'”’»)\]}*_]*(?:\[\w{1,4}\])*$"
_SENTENCE_END = re.compile(rf"[.!?:…。！？：؟۔।॥]{_CLOSE}")
_MARKER = re.compile(
    rf"\s*(?:[{BULLETS}]|\[\d{{1,3}}\]|"
    r"\(?(?:\d{1,3}[a-z]?|[A-Za-z]|([a-z])\1|[ivxIVX]{1,5})[.)])(?:\s+|$)"
)
_NUMBERED = re.compile(r"(\d{1,3})[.)]\s+")
_CLAUSE = re.compile(r"\d{1,3}(?:\.\d{1,3})+\.?\s")
_TABLE_GAP = re.compile(r"(?<=[^\s.!?:])(?: {3,}| *\t\s*| \| )(?=\S)")


@dataclass(frozen=True, slots=True)
class Line:
    """A line without its end, by its place in the text, trimmed; empty when start == end."""

    start: int
    end: int
    text: str
    indent: int


def extract(data: bytes, *, code: bool = False) -> Extraction:
    """The text exactly as the file holds it. ``code``: every block is code, none is a heading."""
    text = decode(data)
    blocks = _code_blocks(text) if code else _numbered(text, find_blocks(text))
    first = blocks[0] if blocks else None
    title = text[first.start : first.end] if first and first.level == 1 else None
    return Extraction(text, tuple(blocks), sensible_title(title))


def split_lines(text: str) -> list[Line]:
    """Lines at CR, LF or CRLF only: str.splitlines would also cut at U+2028, form feeds, ..."""
    lines: list[Line] = []
    start = 0
    ends = [(match.start(), match.end()) for match in LINE_END.finditer(text)]
    for end, following in [*ends, (len(text), len(text))]:
        at = trimmed(text, start, end) or (start, start)
        lines.append(Line(at[0], at[1], text[at[0] : at[1]], at[0] - start))
        start = following
    return lines


def find_blocks(text: str) -> list[Block]:
    """Blocks of plain text: paragraphs by blank lines, and inside such a run by its shape."""
    runs: list[list[Line]] = [[]]
    for line in split_lines(text):
        if line.text:
            runs[-1].append(line)
        elif runs[-1]:
            runs.append([])
    runs = [run for run in runs if run]
    by_line = _mostly_long([line for run in runs for line in run])
    blocks: list[Block] = []
    for run in runs:
        blocks += _run_blocks(run, by_line)
    return _settle(text, blocks)


def _run_blocks(run: list[Line], by_line: bool) -> list[Block]:
    """The blocks of consecutive lines without a blank one between them.

    ``by_line``: in most of the file a line is a paragraph.
    """
    width = _width(run)
    full = [_is_full(line, after, width) for line, after in pairwise(run)]
    wrapped = len(run) > 1 and sum(full) >= 0.5 * len(full)
    by_line = _mostly_long(run) or (by_line and not wrapped)
    groups: list[list[Line]] = [[]]
    underlined: list[Line] = []  # headings, as in reStructuredText
    for number, line in enumerate(run):
        if _is_rule(line.text):
            underlined += groups[-1] if len(groups[-1]) == 1 else []
            groups.append([])
        elif groups[-1] and not by_line and not _breaks(run, number, full[number - 1], wrapped):
            groups[-1].append(line)
        else:
            groups.append([line])
    groups = [group for group in groups if group]
    blocks: list[Block] = []
    for number, group in enumerate(groups):
        kind: BlockKind = "prose"
        single = len(group) == 1
        if single and _table_like(group[0].text) and _has_table_neighbour(groups, number):
            kind = "row"
        elif _MARKER.match(group[0].text):
            kind = "item"
        elif (
            single
            and _heading_like(group[0].text)
            and (group[0] in underlined or _is_set_apart(groups, number, by_line))
        ):
            kind = "heading"
        blocks.append(_block(group, kind))
    return blocks


def _mostly_long(lines: list[Line]) -> bool:
    """Whether most of the text is in lines too long to have been wrapped."""
    long = sum(len(line.text) for line in lines if len(line.text) > _WRAPPED_COLUMNS)
    return long > 0.5 * sum(len(line.text) for line in lines)


def _width(run: list[Line]) -> int:
    """The column at which a run's lines were cut, if they were: few lines are longer."""
    ends = sorted(line.indent + len(line.text) for line in run)
    return max(ends[len(ends) * 9 // 10], 50)


def _is_full(line: Line, after: Line, width: int) -> bool:
    """Whether a line was cut at the width: the next one's first word would not have fitted."""
    return line.indent + len(line.text) + 1 + len(after.text.split(None, 1)[0]) > width - 4


def _breaks(run: list[Line], number: int, full: bool, wrapped: bool) -> bool:
    """Whether a line begins a block; ``full``: the one before it was cut at the width.

    Where no mark ends the line before, a cut would cut a sentence: only a heading
    on top of its paragraph is set apart. Verse and addresses stay together.
    """
    before, line = run[number - 1], run[number]
    ended = bool(_SENTENCE_END.search(before.text))
    if _MARKER.match(line.text) and (ended or not wrapped or before.text[-1:] in ",;"):
        return True
    if _table_like(before.text) or _table_like(line.text):
        return True
    if ended:
        return not full or line.indent > before.indent
    if _heads_clause(before.text, line.text):
        return True
    if full or line.text[0].islower() or not _heading_like(before.text):
        return False
    return wrapped or len(line.text) > 1.6 * len(before.text) + 20


def _is_set_apart(groups: list[list[Line]], number: int, by_line: bool) -> bool:
    """Whether a short line is set apart: alone, or above longer prose, not one of many; and says
    nothing by itself."""
    if states(groups[number][0].text):
        return False
    if len(groups) == 1 or groups[number][0].text.isupper():
        return True
    following = groups[number + 1] if number + 1 < len(groups) else None
    if following is None:  # the last line of a run: a heading only among whole-line paragraphs
        return by_line and not _heading_like(groups[number - 1][0].text)
    return len(following) > 1 or len(following[0].text) > HEADING_CHARS


def _heading_like(text: str) -> bool:
    return may_head(text) and not _MARKER.match(text) and not _table_like(text)


def _settle(text: str, blocks: list[Block]) -> list[Block]:
    """Undo headings in long unbroken series (lists, verse), and those of nothing; the one at the
    top is the title."""
    settled: list[Block] = []
    start = 0
    while start < len(blocks):
        end = start
        while end < len(blocks) and blocks[end].kind == "heading":
            end += 1
        series, below = blocks[start:end], blocks[end] if end < len(blocks) else None
        for number, block in enumerate(series, start):
            shouted = text[block.start : block.end].isupper()
            listed = end - start > 3 and number < end - 1 and not shouted
            above = blocks[number - 1] if number else None
            if (listed and number > 0) or not _heads(text, above, block, below):
                settled.append(Block(block.start, block.end, "prose"))
            else:
                settled.append(Block(block.start, block.end, "heading", 2 if number else 1))
        settled += blocks[end : end + 1]
        start = end + 1
    return settled


def _heads(text: str, above: Block | None, block: Block, below: Block | None) -> bool:
    """Whether a line that may be a heading is one of something: what stands last in its file, "The
    gate code is 4471", must be quotable."""
    if below is None:  # at the end of paragraphs of a line each it is the next one's
        return above is not None and len(LINE_END.findall(text, above.end, block.start)) == 1
    long = below.end - below.start > HEADING_CHARS or below.kind != "prose"
    return long or not is_labelled(text[block.start : block.end])


def _numbered(text: str, blocks: list[Block]) -> list[Block]:
    """The blocks with the items that are headings as such: "7. Break" above its clause 7.1, or one
    of a series, each above its text. Those that follow each other are a list."""
    words = [text[block.start : block.end] for block in blocks]
    counts = [
        int(match[1]) if block.kind == "item" and (match := _NUMBERED.match(line)) else -1
        for block, line in zip(blocks, words, strict=True)
    ]
    heads = {
        number: count
        for number, count in enumerate(counts[:-1])
        if count >= 0 and _numbers_heading(words[number])
        if counts[number + 1] != count + 1 and (not number or counts[number - 1] != count - 1)
    }
    found = set()
    for (one, count), (other, after) in pairwise([*heads.items(), (-1, -1)]):
        found |= {one, other} if after == count + 1 else set()
        found |= {one} if _heads_clause(words[one], words[one + 1]) else set()
    return [
        replace(block, kind="heading", level=2)
        if number in found
        else replace(block, level=3)
        if found and block.kind == "heading" and _CLAUSE.match(words[number])
        else block
        for number, block in enumerate(blocks)
    ]


def _numbers_heading(text: str) -> bool:
    """Whether it is one line with a number and what may be a heading: "7. Break"."""
    match = _NUMBERED.match(text)
    return match is not None and "\n" not in text and _heading_like(text[match.end() :])


def _heads_clause(text: str, below: str) -> bool:
    """Whether a numbered heading has its first clause below: "7. Break", "7.1 The Tenant may"."""
    match = _NUMBERED.match(text)
    clause = match and re.match(rf"{match[1]}\.1\b", below)
    return bool(clause) and _numbers_heading(text)


def _has_table_neighbour(groups: list[list[Line]], number: int) -> bool:
    near = groups[max(number - 1, 0) : number] + groups[number + 1 : number + 2]
    return any(len(group) == 1 and _table_like(group[0].text) for group in near)


def _table_like(text: str) -> bool:
    return "\t" in text or " | " in text or ("  " in text and bool(_TABLE_GAP.search(text)))


def _is_rule(text: str) -> bool:
    """A line of dashes, stars or the like: a marker, with nothing to read in it."""
    return len(text) > 2 and not any(c.isalnum() for c in text) and len(set(text)) <= 2


def _block(group: list[Line], kind: BlockKind) -> Block:
    return Block(group[0].start, group[-1].end, kind, 2 if kind == "heading" else 0)


def _code_blocks(text: str) -> list[Block]:
    """Runs of lines between blank lines, as code."""
    blocks: list[Block] = []
    run: list[Line] = []
    for line in [*split_lines(text), Line(0, 0, "", 0)]:
        if line.text:
            run.append(line)
        elif run:
            blocks.append(_block(run, "code"))
            run = []
    return blocks
