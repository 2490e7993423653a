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
from typing import NamedTuple

from rag.document import Document
from rag.words import COMMON, tokens

_NAME = 60  # characters of a column's name
_HEAD = 4000  # and of all of them
_MOST_CHARS = 1_000_000
"""A longer text is not looked through, and counts as holding everything."""
_A_YEAR = r"(?:1[5-9]|20)\d\d"
# Not "$2000", "1,500", "2000 mg" and "1500 guests", nor "the 1960's".
_ASKED_YEAR = re.compile(
    rf"(?<![\w.,/$€£¥₹-]){_A_YEAR}(?![\w,/%]|['’]s\b|\.\d|[-–]\d|\s?(?:m?g|kg|m?l|[kcm]?m|k?w|k?v|watts?|"
    r"volts?|euros?|dollars?|pounds|sq|square|[a-z]{3,}s)\b)",
)
_YEAR = re.compile(rf"(?<!\d)({_A_YEAR})(?!\d)")
_SHORT = re.compile(r"(?:FY\s?|[_'’/–-])(\d\d)(?!\d)", re.IGNORECASE)  # "FY23", "2022/23"
_DECADE = re.compile(r"\b(\d{3})0s\b")
_RANGE = re.compile(rf"\b({_A_YEAR})\s?(?:[-–—/]|to|and|until|till|through)\s?({_A_YEAR}|\d\d)\b")
# "From 2019 on", "born before 1960": what holds for years that stand nowhere.
_OPEN = re.compile(
    r"\b(?:(?P<up>from|since|after|effective)|before|until|till|by|prior to)\b[^.\n]{0,20}?"
    rf"\b(?P<year>{_A_YEAR})\b",
    re.IGNORECASE,
)
_DECADES = {
    word: number
    for number, word in enumerate(
        "twenties thirties forties fifties sixties seventies eighties nineties".split(), start=2
    )
}
_DECADE_WORD = re.compile(r"\b(?:" + "|".join(_DECADES) + r")\b", re.IGNORECASE)
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
# Beside what a column numbers: "Room no.".
_COUNTING = frozenset(tokens("no nr number id"))
_COUNTED = re.compile(r"\b(\d+)\s?(?:-|–|to|and|through)\s?(\d+)\b")
# "24/0899", "E07": what a list or a table calls its entries by. "2023/24", dates and "2-3 years"
# are none.
_ENTRY = re.compile(
    r"(?<![\w./-])(?![12]\d{3}[-/]|\d{1,2}[-/]\d{1,2}[-/]\d{2}|\d{1,3}-\d{1,3}(?![-/]?\d))"
    r"(?:[A-Za-z]{1,4}[-‐-–./]?\d{2,}|[A-Za-z]{0,4}[-‐-–./]?\d+(?:[-/]\d+)+)(?![\w%]|[.,/-]\d)"
)
_GOES_ON = re.compile(r"\s?(?:[-–—,&]|to|through|and|or)\s?[A-Za-z]{0,4}[-‐-–./]?\d", re.IGNORECASE)
_MARKS = ' \t\r\n-–•*|(["“'
# Of a sentence that may well cover a number that it does not name, and of a question that does not
# ask about the number that it names.
_COVERS = re.compile(
    r"\b(?:all|any|every|each|others?|further|later|newer|more|higher|above|below|under|over|"
    r"after|before|since|until|till|up to|at least|upwards?|from|onwards?)\b",
    re.IGNORECASE,
)
_ROW_COVERS = re.compile(
    r"\b(?:others?|further|later|newer|higher|additional|following|(?:and|or) (?:more|above)|"
    r"upwards?|onwards?)\b",
    re.IGNORECASE,
)
_COMPARES = re.compile(
    r"\b(?:after|since|before|prior to|than|above|below|until)\s(?:[^\W\d]+\s)?\d", re.IGNORECASE
)
# "Since 2015", "between 2010 and 2015": bounds, and not what a document must name.
_BOUNDS = re.compile(
    rf"\b(?:(?:between|from)\s+(?:[^\W\d]+\s+){{0,2}}{_A_YEAR}\s+(?:and|to|until|till)\s+"
    rf"(?:[^\W\d]+\s+){{0,2}}{_A_YEAR}|(?:since|after|before|until|till|by|than|prior\s+to)\s+"
    rf"(?:[^\W\d]+\s+){{0,2}}{_A_YEAR})\b",
    re.IGNORECASE,
)
_OR = re.compile(r"\bor\b", re.IGNORECASE)
_BOUND_COLUMN = re.compile(
    r"\b(?:max|min|maximum|minimum|up to|from|to|over|under|until|below|above)\b", re.IGNORECASE
)


class _Years(NamedTuple):
    """The years that a text names."""

    whole: frozenset[int]
    short: frozenset[int]
    decades: frozenset[int]
    """Without their last digit: 198, or 8 for "the eighties"."""
    ranges: tuple[tuple[int, int], ...]


def names_absent(question: str, document: Document) -> bool:
    """Whether the question names a year or a code that neither the document's text nor its title
    nor its path holds, however it is written there. A document without any year is of none."""
    if len(document.text) > _MOST_CHARS:
        return False
    years, codes = _named(question)
    above = f"{document.title}\n{document.path}"
    if years:
        told = [_years(text) for text in (document.text, above)]
        dated = any(held.whole or held.short for held in told)
        if dated and _lack(question, [any(_holds(held, year) for held in told) for year in years]):
            return True
    texts = document.text, above
    return _lack(question, [any(_holds_code(text, *code) for text in texts) for code in codes])


def _lack(question: str, there: Sequence[bool]) -> bool:
    """Whether what must be there is not: of "1985 or 1986" one must, else all."""
    return bool(there) and not (any if _OR.search(question) else all)(there)


class Told(NamedTuple):
    """What a sentence tells."""

    above: str
    """Its title and section."""
    sentence: str
    cells: tuple[tuple[str, str], ...] = ()
    """Of a row, the numbers in it with what their columns are called."""


def numbered_cells(document: Document, block: int) -> tuple[tuple[str, str], ...]:
    """The cells of a row that hold a whole number and no more, each behind its column's name."""
    first = document.first_row(block)
    if first is None or first == block:
        return ()
    head = document.blocks[first]
    if head.end - head.start > _HEAD:
        return ()
    both = zip(document.cells(first), document.cells(block), strict=False)
    return tuple(
        (name, cell)
        for name, cell in both
        if cell.isdecimal() and len(name) < _NAME and not _BOUND_COLUMN.search(name)
    )


def about_others(question: str, told: Sequence[Told]) -> list[bool]:
    """Of each sentence whether it tells of another one of what the question gives a number to:
    "pallet 935", where any tells of the one that is asked about; a row with another number in the
    column "Pallet"; one that opens with another such code."""
    if _COMPARES.search(question):
        return [False] * len(told)
    asked, entries = _numbered(question), _entries(question)
    if not asked and not entries:
        return [False] * len(told)
    by_number = _by_number(asked, told)
    in_rows = {} if _COVERS.search(question) else asked
    return [
        number or _in_other_row(in_rows, one) or (bool(entries) and _opens_with_other(entries, one))
        for number, one in zip(by_number, told, strict=True)
    ]


def _by_number(asked: dict[str, set[str]], told: Sequence[Told]) -> list[bool]:
    numbers = [_numbered(f"{one.above}\n{one.sentence}") for one in told]
    known = {
        word: number
        for word, number in asked.items()
        if any(not number.isdisjoint(held.get(word, ())) for held in numbers)
    }
    return [
        any(
            _tells_of_another(number, held.get(word, set()), one.above, one.sentence)
            for word, number in known.items()
        )
        for held, one in zip(numbers, told, strict=True)
    ]


def _in_other_row(asked: dict[str, set[str]], told: Told) -> bool:
    """Whether it is a row whose column "Priority" has another number than "priority 3"."""
    if not told.cells or _ROW_COVERS.search(told.sentence):
        return False
    found: dict[str, set[str]] = {}
    for name, cell in told.cells:
        for word in [word for word in tokens(name) if word not in _COUNTING][-1:]:
            found.setdefault(word, set()).add(cell)
    return any(asked[word].isdisjoint(found[word]) for word in asked.keys() & found.keys())


def _entries(question: str) -> dict[str, set[str]]:
    """The codes of a question by their shape."""
    found: dict[str, set[str]] = {}
    for match in _ENTRY.finditer(question):
        found.setdefault(_shape(match.group()), set()).add(match.group().casefold())
    return found


def _opens_with_other(asked: dict[str, set[str]], told: Told) -> bool:
    """Whether a sentence opens with a code of the same shape as one of these, and holds none."""
    sentence = told.sentence
    start = len(sentence) - len(sentence.lstrip(_MARKS))
    match = _ENTRY.match(sentence, start)
    if match is None or _GOES_ON.match(sentence, match.end()):
        return False
    codes = asked.get(_shape(match.group()))
    held = f"{told.above}\n{sentence}".casefold()
    return codes is not None and not any(code in held for code in codes)


def _shape(code: str) -> str:
    return re.sub(r"\d", "9", code.casefold())


@lru_cache(maxsize=8)
def _named(question: str) -> tuple[tuple[int, ...], tuple[tuple[str, str], ...]]:
    """The years and the codes of a question, a code as its letters and the rest."""
    years = tuple(int(m.group()) for m in _ASKED_YEAR.finditer(_BOUNDS.sub(" ", question)))
    codes = _CODE.findall(question)
    return years, tuple(code for code in codes if code[0].casefold() not in _SPELT)


@lru_cache(maxsize=16)
def _years(text: str) -> _Years:
    ranges = [(int(a), int(b if len(b) == 4 else a[:2] + b)) for a, b in _RANGE.findall(text)]
    for match in _OPEN.finditer(text):
        year = int(match["year"])
        ranges.append((year, 9999) if match["up"] else (0, year))
    decades = {int(decade) for decade in _DECADE.findall(text)}
    decades.update(_DECADES[word.casefold()] for word in _DECADE_WORD.findall(text))
    return _Years(
        frozenset(map(int, _YEAR.findall(text))),
        frozenset(map(int, _SHORT.findall(text))),
        frozenset(decades),
        tuple(dict.fromkeys(ranges)),
    )


def _holds(held: _Years, year: int) -> bool:
    """The year itself, "FY23", "2022/23", "the 1980s", or years around it: "2019 to 2024"."""
    return (
        year in held.whole
        or year % 100 in held.short
        or not held.decades.isdisjoint((year // 10, year // 10 % 10))
        or any(first <= year <= last for first, last in held.ranges)
    )


@lru_cache(maxsize=64)
def _holds_code(text: str, letters: str, rest: str) -> bool:
    """The code itself, with another sign or none between, or its letters written out, "Uranium-235"
    for U-235; or it is one of many: "E-900 upward", "E-400 to E-450"."""
    code = rf"(?<![A-Za-z]){letters}[a-z]*[\s‐-–./-]?"
    if re.search(rf"{code}{rest}(?!\d)", text, re.IGNORECASE):
        return True
    number = int(re.sub(r"\D", "", rest))
    many = rf"{code}(\d+)\s?(?:(?:upwards?|onwards?|and (?:above|up)|or higher)\b|"
    many += rf"(?:[-–—]|to|through)\s?(?:{letters}[\s‐-–./-]?)?(\d+))"
    return any(
        int(first) <= number and (not last or number <= int(last))
        for first, last in re.findall(many, text, re.IGNORECASE)
    )


def _numbered(text: str) -> dict[str, set[str]]:
    """The numbers that follow each word, as its stem."""
    found: dict[str, set[str]] = {}
    for word, number in itertools.pairwise(tokens(text)):
        if number.isdecimal() and word.isalpha() and word not in COMMON:
            found.setdefault(word, set()).add(number)
    return found


def _tells_of_another(asked: set[str], numbers: set[str], above: str, sentence: str) -> bool:
    if not numbers or not asked.isdisjoint(re.findall(r"\d+", f"{above}\n{sentence}")):
        return False
    if _COVERS.search(sentence):
        return False
    ranges = [(int(a), int(b)) for a, b in _COUNTED.findall(sentence)]
    return not any(a <= int(number) <= b for number in asked for a, b in ranges)
