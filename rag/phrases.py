"""Phrases that a question puts in quotation marks: they must be found letter for letter."""

from __future__ import annotations

import re
import unicodedata

# A straight mark behind a letter or digit opens nothing: it stands for inches.
_MARKED = re.compile(
    r'(?<!\w)"(?=\S)([^"]+)(?<=\S)"(?!\w)|“([^”]+)”|„([^“”]+)[“”]|«([^»]+)»|「([^」]+)」|『([^』]+)』'
)
_EDGES = " \t\r\n,.;:!?…"
_SPACES = re.compile(r"\s+")
_APOSTROPHES = str.maketrans("’ʼ", "''")


def phrases(question: str) -> tuple[str, ...]:
    """What stands in double quotation marks, in order, without the marks that end a sentence.

    Single marks are left alone: too many of them are apostrophes.
    """
    found = (next(filter(None, match.groups())) for match in _MARKED.finditer(question))
    return tuple(dict.fromkeys(words for phrase in found if (words := phrase.strip(_EDGES))))


def holds(text: str, phrase: str) -> bool:
    """Whether the phrase stands in the text: case, white space and apostrophes' shape apart.

    Whole words only: "art" does not stand in "party".
    """
    words = _plain(phrase)
    before = r"(?<!\w)" if words[:1].isalnum() else ""
    after = r"(?!\w)" if words[-1:].isalnum() else ""
    return re.search(before + re.escape(words) + after, _plain(text)) is not None


def _plain(text: str) -> str:
    text = unicodedata.normalize("NFC", text).translate(_APOSTROPHES)
    return _SPACES.sub(" ", text).strip().casefold()
