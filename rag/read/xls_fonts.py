"""Which of an XLS workbook's fonts strike text through, and what they leave of it."""

from __future__ import annotations

from itertools import pairwise

from rag.read.xls_records import Record, Runs

FONT, STYLE = 0x31, 0xE0
_STRIKES = 0x08  # of a font's flags
_MISSING = 4
"""No font has this number: the fifth is number five."""


class Fonts:
    """The fonts of a workbook, and those of its cell styles, as its records tell them."""

    def __init__(self) -> None:
        self._strike: list[bool] = []
        self._styles: list[int] = []

    def add(self, record: Record) -> None:
        """A font or a style."""
        if record.kind == FONT:
            self._strike.append(bool(record.number(2) & _STRIKES))
        elif record.kind == STYLE:
            self._styles.append(record.number(0))

    def strikes(self, style: int) -> bool:
        """Whether a cell of this style is struck through."""
        return style < len(self._styles) and self._is_struck(self._styles[style])

    def shown(self, text: str, runs: Runs) -> str:
        """A text without its runs that are struck through."""
        if not any(self._is_struck(font) for _, font in runs):
            return text
        units = text.encode("utf-16-le", "surrogatepass")
        ends = [*runs, (len(units) // 2, 0)]
        kept = [units[: 2 * runs[0][0]]]
        for (start, font), (end, _) in pairwise(ends):
            if not self._is_struck(font):
                kept.append(units[2 * start : 2 * end])
        return b"".join(kept).decode("utf-16-le", "replace")

    def _is_struck(self, number: int) -> bool:
        place = number - (number > _MISSING)
        return number != _MISSING and place < len(self._strike) and self._strike[place]
