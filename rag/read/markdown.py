"""Markdown: the file's own text; markdown-it-py only tells where its blocks are.

A block that runs over several lines of a quotation or a list keeps what stands at
the beginning of its inner lines ("> ", indentation): the text is the file's own,
and cutting there would cut sentences.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from importlib.metadata import version
from itertools import pairwise
from typing import TYPE_CHECKING

from rag.document import Block, BlockKind
from rag.read.decode import decode
from rag.read.extraction import HEADING_CHARS, Extraction, sensible_title, trimmed
from rag.read.text import LINE_END
from rag.read.text_heading import is_labelled, may_head, states

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

VERSION = "markdown 6"

# Two levels a list: deep enough for any honest nesting, shallow enough for Python's stack.
_MOST_NESTING = 100
# A file may also begin with a rule ("---"): only keys make it front matter.
_FRONT_MATTER = re.compile(
    r"(---|\+\+\+)[ \t]*(?:\r\n?|\n)(?:\s*#[^\r\n]*)*\s*[\w\"'-]+[ \t]*[:=].*?(?:\r\n?|\n)"
    r"(?:\1|\.\.\.)[ \t]*(?=[\r\n]|\Z)",
    re.DOTALL,
)
# What a browser shows nothing of. One that is not closed goes on to the end.
_UNSHOWN = re.compile(
    r"<(script|style)\b.*?(?:</\1\s*>|\Z)|<!--.*?(?:-->|\Z)|<!\[CDATA\[.*?(?:\]\]>|\Z)|"
    r"<\?.*?(?:\?>|\Z)|<![a-z].*?(?:>|\Z)",
    re.IGNORECASE | re.DOTALL,
)
_TAG = re.compile(r"<[^<>]*>")
_SENTENCE_END = re.compile(r"[.!?:…。！？][\"'”’»)\]*_]*\s*\Z")
_NUMBERED = re.compile(r"(?m)^[ \t>]*\d{1,9}[.)](?=[ \t]|$)")
_ROW_EDGE = "| \t"
# A line that is strong and nothing else.
_STRONG = re.compile(r"(\*\*|__)(?=[^\s*_])([^*_\r\n]+)(?<=\S)\1")
_DENIES = re.compile(r"\b(?:not?|never|none|only|must)\b", re.IGNORECASE)
_STRONG_LEVEL = 6
"""Of a heading by its letters alone: below all others."""


@cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark", {"maxNesting": _MOST_NESTING}).enable("table")


def reader() -> str:
    """Name and version of this reader."""
    return f"{VERSION} markdown-it-py {version('markdown-it-py')}"


def extract(data: bytes) -> Extraction:
    """The text exactly as the file holds it, with the blocks CommonMark and its tables see."""
    text = decode(data)
    lines = _line_ranges(text)
    front = _FRONT_MATTER.match(text)
    # The same number of line ends in front matter's place keeps every line's number.
    source = text
    if front:
        source = "\n" * len(LINE_END.findall(front.group())) + text[front.end() :]
    blocks, title = _blocks(source, text, lines)
    blocks = _with_strong_headings(text, blocks)
    return Extraction(text, tuple(_fill(text, blocks)), sensible_title(title))


def _line_ranges(text: str) -> list[tuple[int, int]]:
    ends = [(m.start(), m.end()) for m in LINE_END.finditer(text)]
    starts = [0, *(end for _, end in ends)]
    return list(zip(starts, [*(start for start, _ in ends), len(text)], strict=True))


def _blocks(source: str, text: str, lines: list[tuple[int, int]]) -> tuple[list[Block], str | None]:
    """The parser's blocks in order, and the plain text of the first first-level heading."""
    parser = _parser()
    tokens: list[Token] = []
    normal = LINE_END.sub("\n", source).replace("\0", "\ufffd")
    parser.block.parse(normal, parser, {}, tokens)
    blocks: list[Block] = []
    title: str | None = None
    items = table = row = 0
    headed = False
    for before, token in zip([None, *tokens], tokens, strict=False):
        items += (token.type == "list_item_open") - (token.type == "list_item_close")
        table += (token.type == "table_open") - (token.type == "table_close")
        row = 0 if token.type == "table_open" else row + (token.type == "tr_open")
        if token.map is None:
            continue
        first, last = token.map
        at: tuple[int, int] | None = None
        kind: BlockKind = "prose"
        level = 0
        if token.type == "tr_open":
            start, end = lines[first]
            bare = text[start:end]
            left = len(bare) - len(bare.lstrip(_ROW_EDGE + ">"))
            right = len(bare.rstrip(_ROW_EDGE))
            at, kind = trimmed(text, start + left, start + max(left, right)), "row"
            headed = at is not None if row == 1 else headed  # "| | |" only satisfies the syntax
            level = int(row == 1)
        elif token.type == "inline" and not table and before is not None:
            at = _inline_range(token, before, text, lines)
            if before.type == "heading_open" and len(token.content) <= HEADING_CHARS:
                kind, level = "heading", int(before.tag[1])
                if level == 1 and title is None:
                    title = _plain(token.content)
            elif items:
                kind = "item"
        elif token.type in ("fence", "code_block"):
            size = len(LINE_END.findall(token.content.rstrip("\n"))) + bool(token.content)
            top = first + (token.type == "fence")
            if size:
                end = lines[min(top + size, len(lines)) - 1][1]
                at, kind = trimmed(text, lines[top][0], end), "code"
        elif token.type == "html_block":
            end = lines[min(last, len(lines)) - 1][1]
            at = trimmed(text, lines[first][0], end)
        if at is not None and (not blocks or at[0] >= blocks[-1].end):
            number = row if kind == "row" and headed else None
            parts = [(at, kind)]
            if token.type == "html_block":
                parts = list(_shown(text, *at))
            elif token.type == "inline":
                around = _without_comments(text, *at)
                if kind != "heading" or len(around) == 1:
                    parts = [(part, kind) for part in around]
            blocks += (Block(*part, said, level, row=number) for part, said in parts)
    return blocks, title


def _with_strong_headings(text: str, blocks: list[Block]) -> list[Block]:
    """The blocks with the strong lines above text as headings, which they are where there are
    several: "**Children and adolescents**". One alone may be a notice that must be quotable."""
    found: dict[int, Block] = {}
    for number, (block, below) in enumerate(pairwise(blocks)):
        match = _STRONG.fullmatch(text, block.start, block.end)
        if block.kind != "prose" or match is None or below.kind not in ("prose", "item"):
            continue
        if _STRONG.fullmatch(text, below.start, below.end) or not _may_head(match[2]):
            continue
        found[number] = Block(match.start(2), match.end(2), "heading", _STRONG_LEVEL)
    if len(found) < 2:
        return blocks
    return [found.get(number, block) for number, block in enumerate(blocks)]


def _may_head(line: str) -> bool:
    return may_head(line) and not (states(line) or is_labelled(line) or _DENIES.search(line))


def _inline_range(
    token: Token, before: Token, text: str, lines: list[tuple[int, int]]
) -> tuple[int, int] | None:
    """The exact place of a heading's or paragraph's content, without the markers around it."""
    first, last = token.map or (0, 0)
    content = token.content.split("\n")
    # A line of a no-break space is of the paragraph, and the parser has left it out.
    spare = last - first - len(content)
    while spare > 0 and not text[slice(*lines[first])].rstrip().endswith(content[0].rstrip()):
        first, spare = first + 1, spare - 1
    start, end = lines[first]
    if before.type == "heading_open" and before.markup.startswith("#"):
        start = text.find(before.markup, start, end) + len(before.markup)
        found = text.find(content[0], start, end)
        return (found, found + len(content[0])) if found >= 0 and content[0] else None
    # A paragraph's first line is the tail of the file's line, after its markers.
    start += len(text[start:end].rstrip()) - len(content[0].rstrip())
    return trimmed(text, start, lines[first + len(content) - 1][1])


def _shown(text: str, start: int, end: int) -> Iterator[tuple[tuple[int, int], BlockKind]]:
    """The parts of an HTML block: prose where a browser shows words, else meta."""
    edges = [start, end]
    for match in _UNSHOWN.finditer(text, start, end):
        edges[-1:] = [match.start(), match.end(), end]
    for number, border in enumerate(pairwise(edges)):
        part = trimmed(text, *border)
        if part and any(map(str.isalnum, text[slice(*part)])):
            words = "" if number % 2 else _TAG.sub("", text[slice(*part)])
            yield part, "prose" if any(map(str.isalnum, words)) else "meta"


def _without_comments(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """The parts of a paragraph around its comments. A comment inside a sentence stays: half a
    sentence would say something else."""
    parts = []
    at = code = begin = start
    ticks = 0
    while (at := text.find("<!--", at, end)) >= 0 and (after := text.find("-->", at, end)) >= 0:
        ticks += text.count("`", code, at)
        code, after = at, after + 3
        before = text[max(begin, at - 20) : at]
        apart = not before.strip() or after == end or _SENTENCE_END.search(before)
        if apart and ticks % 2 == 0:  # else it may be shown, as code
            parts.append(trimmed(text, begin, at))
            begin = after
        at = after
    parts.append(trimmed(text, begin, end))
    return [part for part in parts if part]


def _plain(content: str) -> str:
    """Inline Markdown without its markup."""
    tokens = _parser().parseInline(content)
    children = [child for token in tokens for child in token.children or []]
    return "".join(
        child.content if child.type in ("text", "code_inline", "image") else " "
        for child in children
        if child.content or child.type in ("softbreak", "hardbreak")
    )


def _fill(text: str, blocks: list[Block]) -> list[Block]:
    """Make meta blocks of what is left: front matter, link definitions, a fence's language."""
    whole: list[Block] = []
    edges = [0, *(edge for block in blocks for edge in (block.start, block.end)), len(text)]
    for number in range(0, len(edges), 2):
        gap = _NUMBERED.sub(lambda m: " " * len(m.group()), text[edges[number] : edges[number + 1]])
        words = [i for i, character in enumerate(gap) if character.isalnum()]
        if words:
            start, end = edges[number] + words[0], edges[number] + words[-1] + 1
            # From the beginning of the first word's line to the end of the last one's.
            line = max(text.rfind("\n", 0, start), text.rfind("\r", 0, start)) + 1
            start = max(line, edges[number])
            ends = [at for at in (text.find("\n", end), text.find("\r", end)) if at >= 0]
            at = trimmed(text, start, min([*ends, edges[number + 1]]))
            if at:
                whole.append(Block(*at, "meta"))
        whole += blocks[number // 2 : number // 2 + 1]
    return whole
