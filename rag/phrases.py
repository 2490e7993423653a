"""Phrases that a question puts in quotation marks: they must be found letter for letter."""

from __future__ import annotations

import re

from rag.diff import same_letters, unspaced

# A straight mark behind a letter or digit opens nothing: it stands for inches.
_MARKED = re.compile(
    r'(?<!\w)"(?=\S)([^"]+)(?<=\S)"(?!\w)|“([^”]+)”|„([^“”]+)[“”]|«([^»]+)»|「([^」]+)」|『([^』]+)』'
)
_EDGES = " \t\r\n,.;:!?…"
_SPACES = re.compile(r"\s+")
_INSIDE = re.compile(r"\w\w")
_NUMBER = re.compile(r"\d[.,]\d")
# Of Markdown: a link's words and where it leads, code, and what is emphasised; as in CommonMark a
# "_" within a word emphasises nothing.
_LINK = re.compile(r"!?(?<!\\)\[([^\[\]]*)\](?:\([^()]*(?:\([^()]*\)[^()]*)*\)|\[[^\[\]]*\])")
_PAIRED = re.compile(
    r"(?<![\\`])(`+)(?!`)(.{1,300}?)(?<!`)\1(?!`)|(?<![\\*])(\*{1,3})(?=[^\s*])(.{1,300}?)(?<=[^\s*])\3(?!\*)|"
    r"(?<![\\\w])(_{1,3})(?=[^\s_])(.{1,300}?)(?<=[^\s_])\5(?!\w)",
    re.DOTALL,
)
_NESTED = 3  # of marks: a link's words, strong, with code in them


def phrases(question: str) -> tuple[str, ...]:
    """What stands in double quotation marks, in order, without the marks that end a sentence.

    Single marks are left alone: too many of them are apostrophes.
    """
    found = (next(filter(None, match.groups())) for match in _MARKED.finditer(question))
    return tuple(dict.fromkeys(words for phrase in found if (words := phrase.strip(_EDGES))))


def holds(text: str, phrase: str) -> bool:
    """Whether the phrase stands in the text: case, white space, soft hyphens and the shape of
    apostrophes and hyphens apart.

    Whole words only: "art" does not stand in "party". Where a script sets no spaces, no border of
    a word is seen.
    """
    words, held = _plain(phrase), _plain(text)
    at = held.find(words) if words else -1
    while at >= 0 and (_joined(held, at) or _joined(held, at + len(words))):
        at = held.find(words, at + 1)
    return at >= 0


def unmarked(text: str) -> str:
    """Markdown as it is read: emphasis, code and links without their marks."""
    text = _LINK.sub(r"\1", text)
    for _ in range(_NESTED):
        text = _PAIRED.sub(lambda match: match[2] or match[4] or match[6], text)
    return text


def _joined(text: str, at: int) -> bool:
    """Whether a word or a number goes on from before this place to behind it."""
    beside = text[max(0, at - 1) : at + 1]
    if _INSIDE.fullmatch(beside):
        return not unspaced(beside)
    return in_number(text, at)


def in_number(text: str, at: int) -> bool:
    """Whether a number goes on over its point or comma here: "5 percent" does not stand in "1.5
    percent", nor "1" in "1,500"."""
    return any(_NUMBER.fullmatch(text, max(0, n - 1), n + 2) for n in (at - 1, at))


def _plain(text: str) -> str:
    return _SPACES.sub(" ", same_letters(text).replace("ʼ", "'")).strip().casefold()
