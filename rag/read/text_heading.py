"""Which lines of plain text may be headings, by their words.

A heading is searched with its section and never quoted. So what says something by itself is none:
where that is in doubt the line is prose.
"""

from __future__ import annotations

import re

HEADING_CHARS = 100
_HEADING_WORDS = 14
_CLOSE = r"[\"'”’»)\]}*_]*(?:\[\w{1,4}\])*$"
_NO_HEADING_END = re.compile(rf"[.!?…。！？؟۔।॥;,；，、]{_CLOSE}")
_COLON_END = re.compile(rf"[:：]{_CLOSE}")
_LABELLED = re.compile(r"(.*?\w)(?:: +|：\s*)(?=\S)(.+)")
# "Chapter 4", "Part II", "Book Two", "B": what comes behind their colon is a title.
_COUNTED = re.compile(
    r"(?:[^\W\d_]+ )?(?:\d+(?:\.\d+)*|[a-z]|[ivxlc]+|one|two|three|four|five|six|seven|eight|nine|"
    r"ten|eleven|twelve|\w+teen|twenty)",
    re.IGNORECASE,
)
_TIME_OR_MONEY = re.compile(r"\b\d{1,2}:\d\d\b|[$£€¥] ?\d|\d ?[€¥]")
_VERB = re.compile(r"\b(?:is|are|was|were|will|must|shall|has|have|had|can|cannot|may|should)\b")
# "How rent is paid", "Documents you must send" are no sentences.
_CLAUSE = re.compile(
    r"\b(?:how|what|when|where|who|whom|whose|which|why|that|if|whether)\b|"
    r"(?<=.)\b(?:i|you|we|they|he|she|it)\b",
    re.IGNORECASE,
)


def may_head(text: str) -> bool:
    """Whether a line has the shape of a heading: short, in words, without a mark at its end."""
    if len(text) > HEADING_CHARS or len(text.split()) > _HEADING_WORDS:
        return False
    letter = next((c for c in text if c.isalpha()), "")
    if not letter or letter.islower():
        return False
    if text[0] in '(<[{=$#@\\`|/"“«„' or "://" in text or "\x1b" in text:
        return False
    if _COLON_END.search(text):
        return len(text.split()) <= 3
    return not _NO_HEADING_END.search(text)


def states(text: str) -> bool:
    """Whether a line of this shape says something by itself: "Next meeting: 14 May", "Held at
    10:00", "The office is closed on Fridays"."""
    if _TIME_OR_MONEY.search(text):
        return True
    label = _label(text)
    if label and any(map(str.isdecimal, label[2])):
        return True
    return _VERB.search(text) is not None and not _CLAUSE.search(text) and not _is_titled(text)


def is_labelled(text: str) -> bool:
    """Whether it may be a label and its value: "Chair: Bob Ray". So may be a title and what it is
    about."""
    return _label(text) is not None


def _label(text: str) -> re.Match[str] | None:
    match = _LABELLED.match(text)
    return None if match and _COUNTED.fullmatch(match[1]) else match


def _is_titled(text: str) -> bool:
    """Whether its words begin with capitals: "Life is Beautiful"."""
    words = [word for word in text.split()[1:] if len(word) > 3]
    return sum(word[0].isupper() for word in words) * 2 > len(words)
