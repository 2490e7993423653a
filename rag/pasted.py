"""What people paste to have it checked: a quotation in its marks, often with its source."""

from __future__ import annotations

import re

_PAIRS = {
    '"': '"', "'": "'", "“": "”", "‘": "’", "„": "“”", "‚": "‘’", "«": "»", "»": "«", "‹": "›",
    "「": "」", "『": "』",
}  # fmt: skip
"""Opening marks, each with what may close it."""
# What stands behind a closing mark: nothing, or a source in brackets, after a dash, on a new line.
_SOURCE = re.compile(r"\s*[.,;]?\s*(?:$|[(\[—–-]|\d+$|\n)")
_SOURCE_CHARS = 500
# What "Copy" on the page puts under a quotation, and `rag ask` too.
_PLACE = re.compile(r"chars \d+–\d+(?:, recognised by OCR)?$")
_NUMBER = re.compile(r"\A\s*\d+\.\s+(?=[\"'“‘„‚«»‹「『])")
_QUOTED = re.compile(r"^[ \t]*>[ \t]?", re.MULTILINE)


def wordings(text: str) -> tuple[str, ...]:
    """The text as it is; then, if it is a quotation in marks or with its source, its words alone.

    At most two, no white space around them. The second one is part of the first, unless it was
    marked as quoted at the start of every line.
    """
    words = text
    if all(line.lstrip().startswith(">") for line in text.splitlines() if line.strip()):
        words = _QUOTED.sub("", words)
    words = _NUMBER.sub("", _without_citation(words))
    words = _unmarked(words.strip())
    return (text,) if words == text or not words else (text, words)


def frame(text: str, words: str) -> str:
    """What of the text stands around its words, as ``“…” (talks.md)``."""
    before, found, after = text.partition(words)
    return f"{before}…{after}" if found else "the marks at the start of each line"


def _without_citation(text: str) -> str:
    """The text without its last line, where that says where a quotation stands."""
    above, _, last = text.rstrip().rpartition("\n")
    cited = "(" in last and "), " in last and _PLACE.search(last)
    return above if above and cited else text


def _unmarked(text: str) -> str:
    """What one pair of marks encloses, or the text as it is."""
    opening, closing = text[:1], _PAIRS.get(text[:1])
    if closing is None:
        return text
    end = max(text.rfind(mark, 1) for mark in closing)
    behind = text[end + 1 :]
    if end < 0 or len(behind) > _SOURCE_CHARS or not _SOURCE.match(behind):
        return text
    depth = 1  # "A," he said, "B" is no quotation as a whole: the first mark closes too early
    for at in range(1, end):
        if text[at] in closing and not _apostrophe(text, at):
            depth -= 1
        elif text[at] == opening:
            depth += 1
        if not depth:
            return text
    return text[1:end].strip()


def _apostrophe(text: str, at: int) -> bool:
    return text[at] in "'’" and text[at - 1].isalnum() and text[at + 1 : at + 2].isalnum()
