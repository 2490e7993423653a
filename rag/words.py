"""The words of a text as they are searched and compared: stems, and codes as a whole."""

from __future__ import annotations

import itertools
import re
import unicodedata
from functools import lru_cache
from typing import Any

from rag.diff import MARKS, UNSPACED, unspaced

WORD = re.compile(rf"\w[\w{MARKS}]*")
# Vowel points and lengthened lines, which most writers of Hebrew and Arabic leave out.
_POINTS = re.compile(
    "[\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06ed]"
)
# A note's mark is no part of its word, an exponent none of its number; "m²" is a word.
_RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻"
_BEFORE_RAISED = re.compile(
    rf"(?:(?<=[^\W\d_]{{3}})|(?<=[^\w\s]|\d))(?<![{_RAISED}])(?=[{_RAISED}])"
)
_PART = re.compile(f"[{UNSPACED}]+|[^{UNSPACED}]+")
_CODE = re.compile(r"\w+(?:[-./:]\w+)+")
_DIGIT = re.compile(r"\d")

COMMON = frozenset(
    "a about an and any are as at be been but by can could did do does for from had has have he "
    "her his how i if in into is it its may me my no not of on or our over say says she should "
    "so some than that the their them then there these they this those to under us was we were "
    "what when where which who whom whose why will with would you your".split()
)
"""Words that hardly tell one passage from another. They are searched too, and weigh little."""


@lru_cache(maxsize=1)
def _stemmer() -> Any:
    import Stemmer

    return Stemmer.Stemmer("english")


def tokens(text: str) -> list[str]:
    """The text's words, case-folded and stemmed; for searching only, never for quoting.

    What is joined and holds a digit ("3.7.12", "AB-12/4", "2023-10-07") is a word as a whole too:
    its parts alone are those of any other such code. Where a script sets no spaces, each letter is
    a word, and each two: whoever looks for 和平 finds it in 他们促进和平发展.
    """
    text = _BEFORE_RAISED.sub(" ", text)
    text = _POINTS.sub("", unicodedata.normalize("NFKC", text).casefold())
    words = WORD.findall(text)
    if unspaced(text):
        words = [word for run in words for part in _PART.findall(run) for word in _letters(part)]
    stems: list[str] = _stemmer().stemWords(words)
    codes = (match for match in _CODE.findall(text) if _DIGIT.search(match))
    return [*stems, *codes]


COMMON_WEIGHT = 1 / 5
"""Of the score that a common word has. Where most texts are tables, "what" and "of" are rare, and
the lines of prose that hold them came before the row with the very code that was asked for."""


def light_words(question: str) -> frozenset[str]:
    """Those that weigh `COMMON_WEIGHT` in a search. "The US" is no "us": initials weigh all."""
    return common_stems() - {word.casefold() for word in WORD.findall(question) if word.isupper()}


@lru_cache(maxsize=1)
def common_stems() -> frozenset[str]:
    """`COMMON` as `tokens` gives it."""
    return frozenset(tokens(" ".join(COMMON)))


def _letters(part: str) -> list[str]:
    if not unspaced(part):
        return [part]
    return [*part, *(a + b for a, b in itertools.pairwise(part))]
