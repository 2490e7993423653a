"""A message's plain text as blocks: what its writer says, and what is quoted of earlier messages.

Marks of quotation (">") at the beginning of a line part blocks as blank lines do: where their
number changes, another person speaks. The line that tells who wrote what is quoted is context; the
head of a message that was forwarded is in rows, as a message's own is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from rag.document import Block, BlockKind
from rag.read.text import LINE_END, Line, find_blocks, split_lines

# Not ">From ": there the mark keeps a line from beginning another message of a mailbox.
_QUOTATION = re.compile(r"(?m)^(?!>From )(?:[ \t]*>)+")
_ATTRIBUTION = re.compile(
    r"(?:On|Am|Le|El|Il|Op|Den|W dniu)\b.*\d.*(?:\b(?:wrote|schreef|skrev|a écrit|escribió|"
    r"ha scritto|napisał(?:\(a\))?) ?|\bschrieb\b.*):"
)
_ATTRIBUTION_CHARS = 300
_FROM = re.compile(r"\*?(?:From|Von|De|Da|Van)\*? ?:\*? ?\S")
_HEAD = re.compile(
    r"\*?(?:From|Sent|Date|To|Cc|Bcc|Reply-To|Subject|Importance|Attachments?|Von|Gesendet|Datum|An|"
    r"Betreff|De|Envoyé|À|Objet|Da|Inviato|Oggetto|Para|Enviado|Asunto|Van|Verzonden|Aan|"
    r"Onderwerp)\*? ?:",
)
_RECEIVERS = re.compile(r"\*?(?:To|Cc|Bcc|Reply-To|An|À|Para|A|Aan|Til|Till|Do|DW|CC|Kopie)\*? ?:")
_ORIGINAL = re.compile(r"[-_]{3,} ?\w[\w ]*\w ?[-_]{3,}|_{10,}")


def body_blocks(text: str) -> list[Block]:
    """The blocks of a message's text. Short lines are prose: in a message they say something."""
    # Of the same length: the places in it are the text's.
    plain = _QUOTATION.sub(lambda match: " " * len(match[0]), text)
    lines = [line for line in split_lines(plain) if line.text]
    told = _told(plain, lines)
    blocks: list[Block] = []
    number = 0
    while number < len(lines):
        first = number
        number = told.get(first, first) + 1
        if first in told:
            kind: BlockKind = "row" if _HEAD.match(lines[first].text) else "meta"
            blocks.append(Block(lines[first].start, lines[number - 1].end, kind))
            continue
        depth = _depth(text, lines[first])
        while number < len(lines) and number not in told and _depth(text, lines[number]) == depth:
            number += 1
        blocks += _said(plain, lines[first].start - lines[first].indent, lines[number - 1].end)
    return blocks


def _depth(text: str, line: Line) -> int:
    """How many marks of quotation stand before the line."""
    return text.count(">", line.start - line.indent, line.start)


def _said(plain: str, start: int, end: int) -> Iterator[Block]:
    """The blocks of what one person wrote."""
    for block in find_blocks(plain[start:end]):
        kind: BlockKind = "prose" if block.kind == "heading" else block.kind
        yield Block(block.start + start, block.end + start, kind)


def _told(plain: str, lines: list[Line]) -> dict[int, int]:
    """The lines that tell about a message and are not of it: the first and the last of each."""
    rows: dict[int, int] = {}
    number = 0
    while number < len(lines):
        words = lines[number].text
        if _ORIGINAL.fullmatch(words):
            rows[number] = number
        elif (end := _attributes(lines, number)) is not None:
            rows[number] = end
        elif _FROM.match(words) and _HEAD.match(_text(lines, number + 1)):
            rows |= _head(plain, lines, number)
        number = (rows[next(reversed(rows))] if number in rows else number) + 1
    return rows


def _head(plain: str, lines: list[Line], number: int) -> dict[int, int]:
    """The lines of a message's head; a list of receivers may go on in the line below."""
    rows: dict[int, int] = {}
    while _HEAD.match(words := _text(lines, number)):
        end = number
        if _RECEIVERS.match(words):
            while lines[end].text[-1] in ",;" and _goes_on(plain, lines[end : end + 2]):
                end += 1
        rows[number] = end
        number = end + 1
    return rows


def _goes_on(plain: str, lines: list[Line]) -> bool:
    """Whether the second of two lines is directly below the first, and begins no other entry."""
    if len(lines) < 2 or _HEAD.match(lines[1].text):
        return False
    return len(LINE_END.findall(plain, lines[0].end, lines[1].start)) == 1


def _attributes(lines: list[Line], number: int) -> int | None:
    """The last line of the sentence that tells who wrote what follows, if one begins here."""
    words = lines[number].text
    for end in (number, number + 1):
        words = words if end == number else f"{words} {_text(lines, end)}"
        if is_attribution(words):
            return end
    return None


def is_attribution(line: str) -> bool:
    """Whether a line tells who wrote what is quoted below it: "On 6 May 2024 Ann wrote:"."""
    return len(line) <= _ATTRIBUTION_CHARS and _ATTRIBUTION.fullmatch(line) is not None


def _text(lines: list[Line], number: int) -> str:
    return lines[number].text if number < len(lines) else ""
