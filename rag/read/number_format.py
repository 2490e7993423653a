"""A spreadsheet's numbers by the cell's format: the digits as the formula line shows them, with the
words and signs that the format writes around them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from rag.read.format_section import Section, sections
from rag.read.package import Element

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
_LONGEST = 255  # code that Excel takes
_DASHES = frozenset("-–—−")
_SIGNS = dict.fromkeys(map(ord, "-()−"))


class NumberFormats:
    """The formats of a workbook's cell styles."""

    def __init__(self, written: dict[int, str], styles: Iterable[int], *, from_1904: bool) -> None:
        """``written``: the codes that the workbook defines; ``styles``: each style's format."""
        codes = _BUILT_IN | written
        self._formats = [number_format(codes.get(number, "")) for number in styles]
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
        known = 0 <= style < len(self._formats)
        chosen = self._formats[style] if known else number_format("")
        return chosen.show(raw, from_1904=self._from_1904)


@dataclass(frozen=True, slots=True)
class NumberFormat:
    """A format: what it makes of a number."""

    code: str
    """Its first section in lower case, without what it writes literally."""
    sections: tuple[Section, ...]
    """None where it holds anything that is not understood."""

    def show(self, raw: str, *, from_1904: bool = False) -> str:
        """A number as text; what is no number stays as it is."""
        try:
            number = Decimal(raw)
        except InvalidOperation:
            return raw
        if not number.is_finite() or abs(number.adjusted()) > 400:
            return raw
        code = self.code
        if _ELAPSED.search(code):
            return _elapsed(number) if 0 <= number < _LARGEST_SERIAL else plain_number(number)
        if re.search("[dmyhs]", code) and 0 <= number < _LARGEST_SERIAL:
            return _date(number, code, from_1904=from_1904)
        if worded := self._worded(number):
            return worded
        if code.rstrip(" )").endswith("%"):
            return plain_number(_rounded(number) * 100) + "%"
        return plain_number(number)

    def _worded(self, number: Decimal) -> str | None:
        """The number with the words and signs around it; None where that is not certain."""
        if not self.sections:
            return None
        section = self.sections[0]
        if number < 0 and len(self.sections) > 1:
            section = self.sections[1]
        elif number == 0 and len(self.sections) > 2 and _DASHES.isdisjoint(self.sections[2].words):
            section = self.sections[2]  # "-" stands for a nought
        own = section is not self.sections[0]  # it writes the sign itself
        if not section.digits:
            words = " ".join(section.before.split())  # "Yes" for 1; without a word it hides it
            return words if any(map(str.isalpha, words)) and (number >= 0 or own) else None
        before, after = section.before, section.after
        if number < 0 and own:
            if not section.is_signed and section.words:  # "5 owed"
                return None
            before, after = before.translate(_SIGNS), after.translate(_SIGNS)
        value = _rounded(abs(number)) * (100 if section.percent else 1)
        value /= 1000**section.thousands
        digits = section.filled(plain_number(value))
        sign = "-" if number < 0 else ""
        return " ".join(f"{sign}{before}{digits}{after}".split()) if digits else None


@lru_cache(maxsize=4096)
def number_format(written: str) -> NumberFormat:
    """The format of this code."""
    if len(written) > _LONGEST:
        return NumberFormat("", ())
    bare = _LITERAL.sub("", written).partition(";")[0].lower()
    return NumberFormat("" if "general" in bare else bare, sections(written))


def _date(serial: Decimal, code: str, *, from_1904: bool) -> str:
    dated = bool(re.search("[dy]", code)) or not re.search("[hs]", code)
    timed = bool(re.search("[hs]", code))
    days, seconds = divmod(round(serial * _DAY_SECONDS), _DAY_SECONDS)
    clock = f"{seconds // 3600:02}:{seconds // 60 % 60:02}"
    if seconds % 60:
        clock += f":{seconds % 60:02}"
    if not dated or (days == 0 and not from_1904):
        return clock if seconds or timed else plain_number(serial)
    if from_1904:
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


def _elapsed(serial: Decimal) -> str:
    seconds = round(serial * _DAY_SECONDS)
    clock = f"{seconds // 3600}:{seconds // 60 % 60:02}"
    return f"{clock}:{seconds % 60:02}" if seconds % 60 else clock
