"""Years, codes and numbers that tell what a question is about from its like.

"What was the deficit in 2022?" is about no year but that, "What does E-419 mean?" about no other
error, "What is on pallet 954?" about no other pallet, however near the reader finds them. It is
plain in the words: of SQuAD 2.0 dev's questions with a year, one of 249 answerable ones has it
nowhere in its paragraph, and of the unanswerable ones 96 of 397.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from functools import lru_cache

from rag.document import Document
from rag.words import COMMON, tokens

_MOST_CHARS = 2_000_000
"""A longer text is not looked through, and counts as holding everything."""
_YEAR = re.compile(r"(?<![\w.,/-])(?:1[0-9]|20)\d\d(?![\w,/]|\.\d|[-–]\d)")
_SPAN = re.compile(
    r"\b((?:1[0-9]|20)\d\d)\s?(?:[-–—/]|to|and|until|till|through)\s?((?:1[0-9]|20)?\d\d)\b"
)
# One to four letters and two digits or more: "E-419", "A320", "M25". Fewer digits are as often
# words of a language: "WW1", "Q3".
_CODE = re.compile(
    r"(?<![\w-])([A-Za-z]{1,4})[-‐-–]?(\d{2,}(?:(?!s\b)[A-Za-z])?)s?(?![\w-]|[.,]\d)"
)
# Letters before a number that documents write in other ways, too.
_SPELT = frozenset(
    "s ss sec sect cl art ch p pp no nr vol fig reg rule para fy q h wk item line page room "
    "rs usd eur gbp inr chf aud cad us jan feb mar apr may jun jul aug sep sept oct nov dec".split()
)


_COUNTED = re.compile(r"\b(\d+)\s?(?:-|–|to|and|through)\s?(\d+)\b")


def about_others(question: str, sentences: Sequence[str]) -> list[bool]:
    """Of each, whether it tells of another one of what the question gives a number to, "pallet
    935", where any of them tells of the one that is asked about."""
    asked = _numbered(question)
    if not asked:
        return [False] * len(sentences)
    told = [_numbered(sentence) for sentence in sentences]
    known = {
        word for word in asked if any(not asked[word].isdisjoint(t.get(word, ())) for t in told)
    }
    return [
        any(_tells_of_another(asked[word], of.get(word, set()), sentence) for word in known)
        for of, sentence in zip(told, sentences, strict=True)
    ]


def _numbered(text: str) -> dict[str, set[str]]:
    """The numbers that follow each word, as its stem."""
    found: dict[str, set[str]] = {}
    for word, number in itertools.pairwise(tokens(text)):
        if number.isdecimal() and word.isalpha() and word not in COMMON:
            found.setdefault(word, set()).add(number)
    return found


def _tells_of_another(asked: set[str], numbers: set[str], sentence: str) -> bool:
    if not numbers or not asked.isdisjoint(re.findall(r"\d+", sentence)):
        return False
    ranges = [(int(a), int(b)) for a, b in _COUNTED.findall(sentence)]
    return not any(a <= int(number) <= b for number in asked for a, b in ranges)


def names_absent(question: str, document: Document) -> bool:
    """Whether the question names a year or a code that neither the document's text nor its title
    nor its path holds, however it is written there."""
    if len(document.text) > _MOST_CHARS:
        return False
    years, codes = _named(question)
    if not years and not codes:
        return False
    above = f"{document.title}\n{document.path}\n"
    return any(not _holds_year(document.text, above, year) for year in years) or any(
        not (code.search(document.text) or code.search(above)) for code in codes
    )


@lru_cache(maxsize=8)
def _named(question: str) -> tuple[tuple[int, ...], tuple[re.Pattern[str], ...]]:
    years = tuple(int(match.group()) for match in _YEAR.finditer(question))
    codes = tuple(
        re.compile(rf"(?<![A-Za-z]){letters}[\s‐-–./-]?{rest}(?!\d)", re.IGNORECASE)
        for letters, rest in _CODE.findall(question)
        if letters.casefold() not in _SPELT
    )
    return years, codes


def _holds_year(text: str, above: str, year: int) -> bool:
    """The year itself, "FY23", "2022/23", "the 1980s", or years on both sides: "2019 to 2024"."""
    # "The 1200 guests" may be "1,200 guests", and no year.
    if any(form in text or form in above for form in (f"{year}", f"{year:,}")):
        return True
    short = re.compile(rf"(?:\bFY\s?|['’/–-]){year % 100:02}\b|\b{year // 10}0s\b", re.IGNORECASE)
    if short.search(text) or short.search(above):
        return True
    return any(_within(year, *span.groups()) for span in _SPAN.finditer(text))


def _within(year: int, first: str, last: str) -> bool:
    return int(first) <= year <= int(last if len(last) == 4 else first[:2] + last)
