r"""What an RTF field shows that has no result: a symbol, or what is ticked or chosen in a form."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from rag.read.symbols import TICKED, UNTICKED, is_symbolic, symbol

_SYMBOL = re.compile(r'\s*SYMBOL\s+(\d{1,5}|0x[0-9a-f]{1,4})\b([^"]*?\\f\s*"?([^"\\]*))?', re.I)
_MOST_CODE, _MOST_ENTRIES = 500, 100
_UNSET = 25  # the result of a form's field that nobody has touched


class Fields:
    """The fields that are open, the innermost last."""

    def __init__(self) -> None:
        self._open: list[_Field] = []

    def __len__(self) -> int:
        return len(self._open)

    def begin(self, depth: int) -> None:
        """A field, of which the group is so deep."""
        if depth and not self.end_at(depth):
            self._open.append(_Field(depth))

    def end_at(self, depth: int) -> bool:
        """Whether a field ends with the group that is so deep."""
        return bool(self._open) and self._open[-1].depth == depth

    def end(self) -> str:
        """End the innermost: what it shows instead of a result, if it has none."""
        ended = self._open.pop()
        if not ended.is_shown:
            return ended.sign()
        self.show()
        return ""

    def show(self) -> None:
        """The innermost has a result."""
        if self._open:
            self._open[-1].is_shown = True

    def write_code(self, text: str) -> None:
        """More of what it is told to show."""
        innermost = self._open[-1]
        if len(innermost.code) <= _MOST_CODE:
            innermost.code += text[:_MOST_CODE]

    def begin_entry(self) -> None:
        """What follows is the next of the texts to choose from."""
        if len(self._open[-1].entries) <= _MOST_ENTRIES:
            self._open[-1].entries.append("")

    def write_entry(self, text: str) -> None:
        """More of the text that was begun last."""
        entries = self._open[-1].entries
        if len(entries[-1]) <= _MOST_CODE:
            entries[-1] += text[:_MOST_CODE]

    def set(self, word: str, number: int) -> None:
        """What a control word of the form says."""
        if word in ("fftype", "ffres", "ffdefres"):
            self._open[-1].numbers[word] = number


@dataclass(slots=True)
class _Field:
    depth: int
    is_shown: bool = False
    """Whether any of its result is a word."""
    code: str = ""
    entries: list[str] = field(default_factory=list)
    numbers: dict[str, int] = field(default_factory=dict)

    def sign(self) -> str:
        """What it shows without a result."""
        result = self.numbers.get("ffres", _UNSET)
        result = self.numbers.get("ffdefres", 0) if result == _UNSET else result
        kind = self.numbers.get("fftype")
        if kind == 1 or self.code.strip().startswith("FORMCHECKBOX"):
            return TICKED if result == 1 else UNTICKED
        if kind == 2:
            return self.entries[result] if 0 <= result < len(self.entries) else ""
        told = _SYMBOL.match(self.code)
        if not told:
            return ""
        number = int(told[1], 16 if told[1].lower().startswith("0x") else 10)
        font = told[3] or ""
        if number < 0x100 and not is_symbolic(font):
            return bytes((number,)).decode("cp1252", "replace")
        return symbol(font, number)
