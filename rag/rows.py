"""Which rows of tables a question is about.

A reranker sees that a table tells prices or telephone numbers, and hardly in which row: of a list
of 240 goods it took the right row for one question in three, and for somebody who is not listed
the row of a namesake. What it cannot weigh is plain in the words.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import NamedTuple

from rag.document import Document, Sentence
from rag.names import is_shortened, names, names_another, rest_of_name
from rag.words import common_stems, tokens

# "2.3<tab>The Tenant shall insure it", "(b)<tab>Definitions": a clause, whose number stands apart.
_CLAUSE = re.compile(
    r"(?:\(?(?:\d{1,3}|[^\W\d_]|[ivxIVX]{1,5})[.)]|\d{1,2}(?:\.\d{1,3})+\.?(?=\s+\w+ \w+ \w+))"
    r"(?: *\t| {3})\s*[^\t]+"
)
# Of a text longer than this only what the question may mean is taken apart into stems.
_LONG_CHARS = 4000
_SHORT_CHARS = 3
"""A letter with its marks: "L,", "(b)"."""
_CELLS = 100
"""What a row is about stands in one of its first cells, or in one with all of a name."""


class Row(NamedTuple):
    """A block of a document that may be a row of a table."""

    document: Document
    block: int

    @property
    def first(self) -> int | None:
        """The block that is the first row of its table; None where it is no row."""
        return self.document.first_row(self.block)


class _Known(NamedTuple):
    """A row's words, as stems: those of the question at least."""

    row: Row
    held: frozenset[str]
    above: frozenset[str]
    """Of the title, the section, and what the columns are called if that is certain."""
    columns: frozenset[str]
    """Of the first row, which mostly tells what the columns are called."""


class _Cell(NamedTuple):
    text: str
    """As far as it is looked at."""
    stems: frozenset[str]


def rows_of_others(question: str, rows: Sequence[Row]) -> list[bool]:
    """Of each, whether it is a row about something else than the question.

    It is if it has no name of the question, where any row holds a part of one: "Anna Brandt" is not
    whom "Anna Krause" asks about, nor is anybody else. And if another row holds all of the
    question's words that it holds and more, or it only tells what the columns are called.
    """
    # A row that was cut for its length is here once a piece.
    asked = frozenset(tokens(question)) - common_stems()
    known = _known({(row.document.path, row.block): row for row in rows}, asked)
    others = _without_name(question, asked, list(known.values()))
    # "Price" may be what one table's column is called, and a word in a row of another: a row holds
    # less than others only if it does with what is above it, too.
    # With fewer words, and other ones, it is not told: "main hall" may be all that a row needs, and
    # another hold "rent" and "day". The reader chooses.
    shared = {
        key: (asked & one.held, asked & (one.held | one.above | one.columns))
        for key, one in known.items()
    }
    # First rows are no measure for others: they hold what the columns are called.
    measures = [key for key, one in known.items() if key not in others and one.row.first != key[1]]
    most = {shared[key] for key in measures}
    for key, (held, told) in shared.items():
        if any(held < more and told < more_told for more, more_told in most):
            others.add(key)
    others |= _heads(asked, known, [key for key in measures if key not in others])
    return [(row.document.path, row.block) in others for row in rows]


def table_of(document: Document, sentences: Sequence[Sentence]) -> tuple[str, int] | None:
    """The table that all of these sentences are rows of, as its document's path and the block that
    is its first row; None where there is no such table."""
    first, last = (document.first_row(sentences[n].block) for n in (0, -1))
    return (document.path, first) if first is not None and first == last else None


def _known(
    rows: dict[tuple[str, int], Row], asked: frozenset[str]
) -> dict[tuple[str, int], _Known]:
    """The words of those that are rows, and above them, for a question of these stems."""
    found: dict[tuple[str, int], _Known] = {}
    tables: dict[tuple[str, int], tuple[frozenset[str], frozenset[str]]] = {}
    for key, row in rows.items():
        document, block, first = row.document, row.document.blocks[row.block], row.first
        text = document.text[block.start : block.end]
        if first is None or (block.row is None and _CLAUSE.fullmatch(text)):
            continue
        if (table := (document.path, first)) not in tables:
            tables[table] = _above(document, first)
        found[key] = _Known(row, _stems(text, asked), *tables[table])
    return found


def _stems(text: str, asked: frozenset[str]) -> frozenset[str]:
    """A text's words as stems; of a long one hardly more than those that are asked for: to stem
    all words of a row of a megabyte takes a third of a second."""
    if len(text) > _LONG_CHARS:
        pieces = set(unicodedata.normalize("NFKC", text).casefold().split())
        begins = _begins({stem for stem in asked if len(stem) > 1})
        # Where points may stand between letters, all are stemmed.
        if all(map(str.isascii, asked)):
            pieces = {
                piece
                for piece in pieces
                if len(piece) <= _SHORT_CHARS or any(begin in piece for begin in begins)
            }
        text = " ".join(pieces)
    return frozenset(tokens(text))


def _begins(stems: Iterable[str]) -> set[str]:
    """What words of these stems begin with: all of a stem but its last letter."""
    return {stem[: max(2, len(stem) - 1)] for stem in stems}


def _above(document: Document, first: int) -> tuple[frozenset[str], frozenset[str]]:
    block = document.blocks[first]
    section = document.place(block.start, block.end).section or ""
    above = frozenset(tokens(f"{document.title} {section}"))
    columns = frozenset(tokens(" ".join(document.cells(first))) if block.row else ())
    return above | columns if document.is_head(first) else above, columns


def _without_name(question: str, asked: frozenset[str], rows: list[_Known]) -> set[tuple[str, int]]:
    """Which rows are about nothing that the question names, where it names what is in any."""
    # First rows hold what the columns are called, and name nothing.
    in_any = frozenset[str]().union(*(one.held for one in rows if one.row.first != one.row.block))
    # Nor is a number a part of a name: "Fiscal Year 2023" is meant by a row of 2023.
    called = [
        frozenset(name)
        for name in names(question)
        if any(word.isalpha() and word in in_any for word in name)
    ]
    about: set[tuple[str, int]] = set()
    for name in called:
        initials = {word[0] for word in name}
        longer: set[tuple[str, int]] = set()
        exact = False
        for one in rows:
            key = one.row.document.path, one.row.block
            left = _left(one, name, in_any)
            if not left <= one.held and one.held.isdisjoint(initials):
                continue
            cells = _cells(one, left, asked)
            if not _has_name(one, cells, name, left, asked):
                continue
            rests = [rest_of_name(cell.text, name) for cell in cells if name <= cell.stems]
            if any(rests) and "" not in rests:
                longer.add(key)
            else:
                about.add(key)
                exact = exact or "" in rests
        # Of "DrainMaster L" and "DrainMaster L Ex" the one that is called no more than is asked.
        about |= longer if not exact else set()
    keys = {(one.row.document.path, one.row.block) for one in rows} if called else set()
    return keys - about


def _left(row: _Known, name: frozenset[str], in_any: frozenset[str]) -> set[str]:
    """The words of a name that a row must hold: those that stand above it, and those that no row
    holds, it need not."""
    return {
        word for word in name - row.above if word in in_any or not word.isalpha() or len(word) == 1
    }


def _has_name(
    row: _Known, cells: list[_Cell], name: frozenset[str], left: set[str], asked: frozenset[str]
) -> bool:
    """Whether a row is about what is called so.

    The words must stand in one cell, or be all that stands in neighbouring ones: "Anna", "Krause".
    One that no row holds and no column is called may be left out, "membership" of Gold Membership,
    where the cell is not called otherwise: "Anna Brandt" is not Anna Krause. "A. Krause" may be.
    """
    if any(is_shortened(cell.text, name) for cell in cells if "." in cell.text):
        return True
    if not left <= row.held:
        return False
    if not left or _in_neighbours(cells, name, left):
        return not left or left == name - row.above or not _parts_names(row)
    within = (cell.text for cell in cells if left <= cell.stems)
    if len(left) > 1:
        return any(within)
    # Past the beginning of a long cell a word is one of many.
    near = (text for text in within if left <= set(tokens(text)))
    return any(not names_another(text, name, asked) for text in near)


def _in_neighbours(cells: list[_Cell], name: frozenset[str], left: set[str]) -> bool:
    """Whether cells side by side hold all these words, and nothing but the name."""
    held: set[str] = set()
    for cell in cells:
        whole = len(cell.text) < _LONG_CHARS
        held = held | cell.stems if whole and cell.stems and cell.stems <= name else set()
        if left <= held:
            return True
    return False


def _parts_names(row: _Known) -> bool:
    """Whether the table has several columns of names, "First name" and "Last name": one of a name
    is not the whole."""
    heads = row.row.document.cells(row.row.first or 0)
    return sum("name" in cell.casefold() for cell in heads) > 1


def _heads(
    asked: frozenset[str], known: dict[tuple[str, int], _Known], about: list[tuple[str, int]]
) -> set[tuple[str, int]]:
    """The rows that tell what the columns are called, of tables with a row that the question is
    about: one that holds a word of it that they do not."""
    told: dict[object, set[str]] = {}
    for key in about:
        row = known[key].row
        told.setdefault((key[0], row.first), set()).update(asked & known[key].held)
    return {
        key
        for key, (row, held, *_) in known.items()
        if not told.get((key[0], row.first), set()) <= held and row.document.is_head(row.block)
    }


def _cells(row: _Known, left: set[str], asked: frozenset[str]) -> list[_Cell]:
    """The cells that may be what is left of a name."""
    cells, begins = row.row.document.cells(row.row.block), _begins(left)
    others = (cell for cell in cells[_CELLS:] if all(begin in cell.casefold() for begin in begins))
    looked_at = (*cells[:_CELLS], *islice(others, _CELLS))
    return [_Cell(cell[:_LONG_CHARS], _stems(cell, asked)) for cell in looked_at]
