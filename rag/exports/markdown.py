"""Answers as Markdown with footnotes: CommonMark, and the footnotes that most renderers add.

Text from documents is hostile. In a paragraph every character that CommonMark, or an extension
in common use (tables, mathematics, emoji names, smart quotes), could act on is escaped; each line
end of the quotation is a line break. A row or a piece of code stands in a fenced block as it is.

What Markdown cannot carry is NUL: by its specification every renderer shows U+FFFD instead. Some
renderers link a bare mail address in spite of an escape; the words stay the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime

from rag.exports.note import (
    RELATED,
    SEARCHED,
    colophon,
    footnote,
    is_verbatim,
    missing,
    refused,
    searched,
)
from rag.types import Answer, Quote

_ACTIVE = re.compile(
    r"""[\\`*_{}\[\]<>\#~|&$^"'=+@]
    | (?<!\w)- | -(?!\w)              # a hyphen inside a word is nothing else
    | (?<=\.)\. | \.(?=\.)            # an ellipsis, to what makes quotation marks curly
    | (?<=[?!,])[?!,] | \((?=(?:c|r|p|tm)\))
    | (?<=%)% | %(?=%)
    | :(?=\S)                         # of an address, or of an emoji's name
    | (?<=\bwww)\.
    | !\Z                             # before a footnote it would be an image
    """,
    re.VERBOSE | re.IGNORECASE,
)
_LIST_MARKER = re.compile(r"^(\d+|[a-z]|[ivxlcdm]+)([.)])(?=\s|\Z)", re.IGNORECASE)
_LINE_OPENER = re.compile(r"^([:(])")
_EDGE_SPACES = re.compile(r"^ +|(?<! ) +$")  # else quadratic in a run of spaces
_LOST_AT_FIRST = frozenset("\x0b\x1c\x1d\x1e\x1f\x85")
"""White space that a renderer trims at a paragraph's beginning, and shows as U+FFFD if named."""
_NOT_IN_A_FENCE = re.compile("[\r\0]")


def render(answers: Sequence[Answer], time: datetime) -> bytes:
    """The Markdown in UTF-8."""
    notes: list[str] = []
    parts = [part for answer in answers for part in _answer(answer, notes)]
    parts += ["---", escape(colophon(answers, time))]
    parts += [f"[^{number}]: {escape(note)}" for number, note in enumerate(notes, start=1)]
    return ("\n\n".join(parts) + "\n").encode("utf-8")


def escape(text: str) -> str:
    """Text for a heading or a paragraph: a renderer shows exactly this, and does nothing."""
    return "&#10;".join(_lines(text))


def _lines(text: str) -> list[str]:
    active = _ACTIVE.sub(r"\\\g<0>", text).replace("\t", "&#9;").replace("\r", "&#13;")
    lines = [_line(line) for line in active.split("\n")]
    if lines[0][:1].isspace():  # a renderer trims a paragraph
        lines[0] = f"&#{ord(lines[0][0])};{lines[0][1:]}"
    return lines


def _line(line: str) -> str:
    line = _LINE_OPENER.sub(r"\\\1", _LIST_MARKER.sub(r"\1\\\2", line))
    return _EDGE_SPACES.sub(lambda match: "&#32;" * len(match[0]), line)


def _answer(answer: Answer, notes: list[str]) -> Iterator[str]:
    yield f"# {escape(answer.question)}"
    also_asked = searched(answer)
    if also_asked is not None:
        yield f"{SEARCHED}{escape(also_asked)}"
    lacking = missing(answer)
    if lacking is not None:
        yield escape(lacking)
    if not answer.answered:
        yield refused(answer)
        if answer.near_misses:
            yield f"## {RELATED}"
    for quote in answer.quotes or answer.near_misses:
        notes.append(footnote(quote))
        yield _quote(quote, f"[^{len(notes)}]")


def _quote(quote: Quote, mark: str) -> str:
    fenced = is_verbatim(quote) or quote.text[0] in _LOST_AT_FIRST
    if fenced and not _NOT_IN_A_FENCE.search(quote.text):
        runs = re.findall("`+", quote.text)
        fence = "`" * max(3, 1 + max(map(len, runs), default=0))
        lines = f"{fence}\n{quote.text}\n{fence}\n\n{mark}"
    else:
        # A backslash at a line's end breaks the line; at the end of all it would be itself.
        body = quote.text.rstrip("\n")
        end = "&#10;" * (len(quote.text) - len(body))
        lines = "\\\n".join(_lines(body)) + end + mark
    return "> " + lines.replace("\n", "\n> ")
