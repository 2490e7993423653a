"""A spreadsheet's numbers as its formula line shows them, by the cell's format."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation

from rag.read.package import Element

_GENERAL = ""
# The formats that a workbook uses by number without defining them.
_BUILT_IN = {
    9: "0%", 10: "0.00%", **dict.fromkeys((14, 15, 16, 17, *range(27, 32), 36), "yyyy-mm-dd"),
    **dict.fromkeys((18, 19, 20, 21, *range(32, 36), 45, 47), "hh:mm:ss"), 22: "yyyy-mm-dd hh:mm",
    46: "[h]:mm:ss", **dict.fromkeys(range(50, 59), "yyyy-mm-dd"),
}  # fmt: skip
# What in a format is no code: quoted words, escaped and padding characters, colours, locales.
_LITERAL = re.compile(r'"[^"]*"|[\\_*].|\[(?!h+\]|m+\]|s+\])[^\]]*\]', re.IGNORECASE | re.S)
_ELAPSED = re.compile(r"\[(?:h+|m+|s+)\]", re.IGNORECASE)
_LARGEST_SERIAL = 2_958_466  # the day after 9999-12-31
_FALSE_LEAP_DAY = 60  # Excel counts a 29 February 1900
_DAY_SECONDS = 86_400


class NumberFormats:
    """The formats of a workbook's cell styles."""

    def __init__(self, written: dict[int, str], styles: Iterable[int], *, from_1904: bool) -> None:
        """``written``: the codes that the workbook defines; ``styles``: each style's format."""
        codes = _BUILT_IN | {number: _code(code) for number, code in written.items()}
        self._codes = [codes.get(number, _GENERAL) for number in styles]
        self._from_1904 = from_1904

    @classmethod
    def from_xml(cls, styles: Element | None, *, from_1904: bool) -> NumberFormats:
        """The formats of an XLSX package's style part."""
        written: dict[int, str] = {}
        numbers: list[int] = []
        for entry in styles.iter("{*}numFmt") if styles is not None else ():
            written[_number(entry)] = entry.get("formatCode") or ""
        for table in styles.iter("{*}cellXfs") if styles is not None else ():
            numbers += [_number(entry) for entry in table.iter("{*}xf")]
        return cls(written, numbers, from_1904=from_1904)

    def show(self, raw: str, style: int) -> str:
        """A cell's number as text; what is no number stays as it is."""
        try:
            number = Decimal(raw)
        except InvalidOperation:
            return raw
        if not number.is_finite() or abs(number.adjusted()) > 400:
            return raw
        code = self._codes[style] if 0 <= style < len(self._codes) else _GENERAL
        if _ELAPSED.search(code):
            return _elapsed(number) if 0 <= number < _LARGEST_SERIAL else plain_number(number)
        if re.search("[dmyhs]", code) and 0 <= number < _LARGEST_SERIAL:
            return self._date(number, code)
        if code.rstrip(" )").endswith("%"):
            return plain_number(_rounded(number) * 100) + "%"
        return plain_number(number)

    def _date(self, serial: Decimal, code: str) -> str:
        dated = bool(re.search("[dy]", code)) or not re.search("[hs]", code)
        timed = bool(re.search("[hs]", code))
        days, seconds = divmod(round(serial * _DAY_SECONDS), _DAY_SECONDS)
        clock = f"{seconds // 3600:02}:{seconds // 60 % 60:02}"
        if seconds % 60:
            clock += f":{seconds % 60:02}"
        if not dated or (days == 0 and not self._from_1904):
            return clock if seconds or timed else plain_number(serial)
        if self._from_1904:
            start = datetime(1904, 1, 1)
        else:
            if days == _FALSE_LEAP_DAY:
                return plain_number(serial)
            start = datetime(1899, 12, 31 if days < _FALSE_LEAP_DAY else 30)
        try:
            day = (start + timedelta(days=days)).date().isoformat()
        except OverflowError:
            return plain_number(serial)
        return f"{day} {clock}" if timed or seconds else day


def plain_number(number: Decimal) -> str:
    """At most 15 significant digits, as Excel keeps them; an exponent only where it must be."""
    if not number.is_finite():
        return str(number)
    number = _rounded(number)
    if number == 0:
        return "0"
    if -10 <= number.adjusted() <= 20:
        text = f"{number:f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    digits = "".join(map(str, number.as_tuple().digits)).rstrip("0")
    mantissa = digits[0] + ("." + digits[1:] if digits[1:] else "")
    return f"{'-' if number < 0 else ''}{mantissa}E{number.adjusted():+03}"


def _rounded(number: Decimal) -> Decimal:
    """Binary fractions leave traces such as 0.30000000000000004."""
    return Decimal(f"{number:.15g}")


def _number(entry: Element) -> int:
    number = entry.get("numFmtId") or ""
    return int(number) if number.isdecimal() else 0


def _code(written: str) -> str:
    """A format's first section in lower case, without what it writes literally."""
    bare = _LITERAL.sub("", written).partition(";")[0].lower()
    return "" if "general" in bare else bare


def _elapsed(serial: Decimal) -> str:
    seconds = round(serial * _DAY_SECONDS)
    clock = f"{seconds // 3600}:{seconds // 60 % 60:02}"
    return f"{clock}:{seconds % 60:02}" if seconds % 60 else clock
