"""Which row of a table tells what its columns are called, as far as its words tell.

This module imports nothing of ours.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

NAME_CHARS = 60
"""Of what a column may be called."""
_COLUMNS = 50
_LOOKED_AT = 200  # of a cell's characters
_YEAR = re.compile(r"(?:FY ?)?(?:19|20)\d\d")
# What stands in a column of numbers where the number is missing.
_MISSING = frozenset(
    "n/a n.a. na nil none null no yes tbd tba tbc unknown pending free open closed varies "
    "unlimited included".split()
) | {
    "sold out", "out of stock", "on request", "not applicable", "not available", "to be confirmed"
}  # fmt: skip


def heads(row: Sequence[str], below: Sequence[Sequence[str]]) -> bool:
    """Whether a row of cells has a word, or one of several years, in a column where all of several
    below it have numbers."""
    dated = _holds_consecutive_years(row)
    return len(below) > 1 and any(
        all(len(one) > at for one in below)
        and _heads_numbers(cell, [one[at] for one in below], dated=dated)
        for at, cell in enumerate(row)
    )


def names_columns(row: Sequence[str]) -> bool:
    """Whether a row may be what columns are called: several short cells, words or years."""
    named = [cell for cell in row if cell]
    return len(named) > 1 and all(
        len(cell) <= NAME_CHARS and (not _has_digit(cell) or _YEAR.fullmatch(cell))
        for cell in named
    )


def begins_table(
    row: Sequence[str], below: Sequence[Sequence[str]], before: Sequence[Sequence[str]]
) -> bool:
    """Whether, behind an empty row, this one and those below it are a table of their own, and not
    more of the rows before: it names a column of numbers, or they have words throughout where all
    before had numbers."""
    if not below or not names_columns(row):
        return False
    dated = _holds_consecutive_years(row)
    for at, cell in enumerate(row[:_COLUMNS]):
        under = [one[at][:_LOOKED_AT] for one in below if len(one) > at and one[at]]
        above = [one[at][:_LOOKED_AT] for one in before if len(one) > at and one[at]]
        numbers = sum(map(_has_digit, above))
        if _is_word(cell):
            if len(under) == len(below) and all(map(_has_digit, under)):
                alike = cell in above or cell.casefold() in _MISSING
                if not alike and numbers in (0, len(above)):
                    return True
            elif under and all(map(_is_word, under)) and numbers == len(above) > 1:
                return True
        elif dated and _YEAR.fullmatch(cell) and _are_quantities(under):
            return True
    return False


def _heads_numbers(cell: str, under: Sequence[str], *, dated: bool) -> bool:
    if _is_word(cell):
        return all(map(_has_digit, under))
    return dated and _YEAR.fullmatch(cell) is not None and _are_quantities(under)


def _holds_consecutive_years(row: Sequence[str]) -> bool:
    """Whether columns may be called by years: one alone may as well be a quantity."""
    years = {int(cell[-4:]) for cell in row if _YEAR.fullmatch(cell)}
    return any(year + 1 in years for year in years)


def _are_quantities(cells: Sequence[str]) -> bool:
    return bool(cells) and all(_has_digit(cell) and not _YEAR.fullmatch(cell) for cell in cells)


def _is_word(cell: str) -> bool:
    return any(map(str.isalpha, cell)) and not _has_digit(cell)


def _has_digit(cell: str) -> bool:
    return any(map(str.isdecimal, cell))
