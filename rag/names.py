"""The names of several words in a question, and whether a cell of a table is about one of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from collections.abc import Set as AbstractSet

from rag.followup import WORD, is_shouted
from rag.words import COMMON, tokens

# Before a name, and no part of it.
_TITLES = frozenset("mr mrs ms miss dr prof professor sir lady herr frau the".split())
_ORDERS = frozenset(
    "give show find list tell name get state describe compare did provide return display report "
    "print look search check confirm identify explain calculate please must regarding concerning "
    "after before during since under per according let need want".split()
)
# A number behind one of these is a date.
_DAYS = frozenset(
    "monday tuesday wednesday thursday friday saturday sunday january february march april june "
    "july august september october november december".split()
)
_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")


def names(question: str) -> list[tuple[str, ...]]:
    """The names of several words in a question, each as its words' stems. In a question all in
    capitals none can be told."""
    found: list[list[str]] = []
    opens, end, before = False, -1, ""
    if is_shouted(question):
        return []
    for number, word in enumerate(WORD.finditer(question)):
        small = word.group().casefold()
        goes_on = end >= 0 and not question[end : word.start()].strip()
        named = word.group() != small and small not in COMMON and small not in _TITLES
        if word.group().isdigit():
            named = not _clock(question, *word.span()) and not (goes_on and before in _DAYS)
        elif goes_on and _is_letter(question, *word.span()):
            named = True
        if named and not (number == 0 and small in _ORDERS):
            if not goes_on:
                found.append([])
                opens = opens or number == 0
            # "Krause's", "J. F. Krause": one letter tells nothing, but in "Type B".
            alone = goes_on and len(small) == 1 and not _dotted(question, word.end())
            found[-1] += [stem for stem in tokens(word.group()) if len(stem) > 1 or alone]
            end, before = word.end(), small
        elif small not in _TITLES:
            end = -1
    if opens and len(found[0]) > 2:  # "Ask Anna Krause": a capital at the very start tells nothing
        del found[0][0]
    return [tuple(name) for name in found if len(name) > 1]


def names_another(cell: str, name: frozenset[str], asked: AbstractSet[str]) -> bool:
    """Whether a cell that holds a part of a name goes on with the name of something else: "Anna
    Brandt" is not Anna Krause; "Gold" and "Gold, a year" may well be the Gold Membership."""
    for run in _runs(_BRACKETS.sub(" ", cell)):
        with_capital = part = False
        others = 0  # 2 for one with a capital or a number
        for word in run:
            stems = set(tokens(word))
            if not name.isdisjoint(stems):
                part = True
                with_capital = with_capital or word != word.casefold()
            elif asked.isdisjoint(stems):
                others = max(others, 1 + any(c.isupper() or c.isdigit() for c in word))
        # Where nothing has capitals, they tell nothing.
        if part and (others > 1 or (others and not with_capital)):
            return True
    return False


def _runs(cell: str) -> Iterator[list[str]]:
    """The words of a cell, parted where a common one stands: "Junior | under | 16"."""
    run: list[str] = []
    for word in WORD.findall(cell):
        if word in COMMON:
            yield run
            run = []
        else:
            run.append(word)
    yield run


def is_shortened(cell: str, name: frozenset[str]) -> bool:
    """Whether a cell is this name and no more, with initials for some words of it: "J. Weber" and
    "Weber, J." for John Weber."""
    missing, initials = set(name), list[str]()
    for word in WORD.finditer(cell):
        small, stems = word.group().casefold(), set(tokens(word.group()))
        if stems <= name:
            missing -= stems
        elif len(small) == 1 and word.group().isupper() and cell[word.end() :][:1] == ".":
            initials.append(small)
        elif small not in _TITLES:
            return False
    words = all(word.isalpha() and len(word) > 1 for word in missing)
    return (
        bool(missing)
        and missing < name
        and words
        and sorted(word[0] for word in missing) == sorted(initials)
    )


def rest_of_name(cell: str, name: frozenset[str]) -> str | None:
    """What a cell that begins with this name calls itself beyond it: "Ex" of "DrainMaster L Ex",
    nothing of "DrainMaster L" and of "DrainMaster L, used". None where it does not begin so."""
    held: set[str] = set()
    words = list(WORD.finditer(cell))
    for number, word in enumerate(words):
        if held == name:
            between = cell[words[number - 1].end() : word.start()]
            goes_on = not between.strip() and not word.group()[0].islower()
            return cell[word.start() :] if goes_on else ""
        held.update(tokens(word.group()))
        if not held <= name:
            return None
    return "" if held == name else None


def _is_letter(question: str, start: int, end: int) -> bool:
    """Whether it is a letter that ends a name, "Vitamin A": not the "A" of "Claim A Refund"."""
    behind = question[end:].lstrip()[:1]
    return end - start == 1 and question[start].isupper() and not behind.isupper()


def _dotted(question: str, end: int) -> bool:
    """Whether a letter is short for a word: a full stop follows, and more after it."""
    return question[end : end + 1] == "." and bool(question[end + 1 :].strip())


def _clock(question: str, start: int, end: int) -> bool:
    """Whether the number is one of "15:00"."""
    return question[end : end + 1] == ":" or question[start - 1 : start] == ":"
