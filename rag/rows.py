"""Which rows of tables a question is about.

A reranker sees that a table tells prices or telephone numbers, and hardly in which row: of a list
of 240 goods it took the right row for one question in three, and for somebody who is not listed
the row of a namesake. What it cannot weigh is plain in the words.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from rag.document import Document, Sentence
from rag.followup import WORD, is_shouted
from rag.index.lexical import COMMON, tokens

_COMMON_STEMS = frozenset(tokens(" ".join(COMMON)))
# Before a name, and no part of it.
_TITLES = frozenset("mr mrs ms miss dr prof professor sir lady herr frau the".split())
_ORDERS = frozenset(
    "give show find list tell name get state describe compare did provide return display report "
    "print look search check confirm identify explain calculate please must regarding concerning "
    "after before during since under per according let need want".split()
)


class Row(NamedTuple):
    """A block of a document that may be a row of a table."""

    document: Document
    block: int
    above: str
    """What is known of it but for its cells: title, section, what the columns are called."""


def rows_of_others(question: str, rows: Sequence[Row]) -> list[bool]:
    """Of each, whether it is a row about something else than the question.

    It is if it holds no name of the question whole, where any row holds a part of one: "Anna
    Brandt" is not whom "Anna Krause" asks about, nor is anybody else. And if another row holds more
    of the question's words.
    """
    asked = set(tokens(question)) - _COMMON_STEMS
    # A row that was cut for its length is here once a piece.
    distinct = {(row.document.path, row.block): row for row in rows}
    by_block = {key: _cells(row) for key, row in distinct.items()}
    cells = [by_block[row.document.path, row.block] for row in rows]
    # First rows are no measure for others: they hold what the columns are called.
    later = [
        cell if cell is not None and row.document.first_row(row.block) != row.block else set[str]()
        for row, cell in zip(rows, cells, strict=True)
    ]
    all_held = set[str]().union(*later)
    # Nor is a number a part of a name: "Fiscal Year 2023" is meant by a row of 2023.
    called = [n for n in names(question) if any(word.isalpha() and word in all_held for word in n)]
    aboves = {row.above for row, cell in zip(rows, cells, strict=True) if cell}
    above = {line: set(tokens(line)) for line in aboves}
    known = [
        cell | above[row.above] if cell else set[str]()
        for row, cell in zip(rows, cells, strict=True)
    ]
    others = [
        bool(cell and called) and not any(held.issuperset(one) for one in called)
        for cell, held in zip(cells, known, strict=True)
    ]
    # "Price" may be what one table's column is called, and a word in a row of another: a row holds
    # less than others only if it does with what is above it, too.
    shared = [
        (len(asked & (cell or set())), len(asked & held))
        for cell, held in zip(cells, known, strict=True)
    ]
    best = [n for n, cell, other in zip(shared, later, others, strict=True) if cell and not other]
    most = [max(column) for column in zip(*best, strict=True)] or [0, 0]
    return [
        other or (cell is not None and all(n < m for n, m in zip(counts, most, strict=True)))
        for counts, cell, other in zip(shared, cells, others, strict=True)
    ]


def table_of(document: Document, sentences: Sequence[Sentence]) -> tuple[str, int] | None:
    """The table that all of these sentences are rows of, as its document's path and the block that
    is its first row; None where there is no such table."""
    first, last = (document.first_row(sentences[n].block) for n in (0, -1))
    return (document.path, first) if first is not None and first == last else None


def _cells(row: Row) -> set[str] | None:
    """The words of a row, as stems; None where the block is none."""
    if row.document.first_row(row.block) is None:
        return None
    block = row.document.blocks[row.block]
    return set(tokens(row.document.text[block.start : block.end]))


def names(question: str) -> list[tuple[str, ...]]:
    """The names of several words in a question, each as its words' stems. In a question all in
    capitals none can be told."""
    found: list[list[str]] = []
    opens, end = False, -1
    if is_shouted(question):
        return []
    for number, word in enumerate(WORD.finditer(question)):
        small = word.group().casefold()
        named = word.group() != small and small not in COMMON and small not in _TITLES
        named = named or (word.group().isdigit() and not _clock(question, *word.span()))
        if named and not (number == 0 and small in _ORDERS):
            if question[end : word.start()].strip() or end < 0:
                found.append([])
                opens = opens or number == 0
            # "Krause's", "J. F. Krause": one letter tells nothing.
            found[-1] += [stem for stem in tokens(word.group()) if len(stem) > 1]
            end = word.end()
        elif small not in _TITLES:
            end = -1
    if opens and len(found[0]) > 2:  # "Ask Anna Krause": a capital at the very start tells nothing
        del found[0][0]
    return [tuple(name) for name in found if len(name) > 1]


def _clock(question: str, start: int, end: int) -> bool:
    """Whether the number is one of "15:00"."""
    return question[end : end + 1] == ":" or question[start - 1 : start] == ":"
