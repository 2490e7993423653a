"""The sections of a spreadsheet's number format: for numbers above nought, below it, and for it."""

from __future__ import annotations

import re
from dataclasses import dataclass

_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"|\\(?P<escaped>.)|[_*].|\[(?P<bracket>[^\]]*)\]|(?P<general>general)|'
    r"(?P<plain>.)",
    re.IGNORECASE | re.S,
)
_COLOUR = re.compile(
    r"black|blue|cyan|green|magenta|red|white|yellow|colou?r ?\d{1,2}", re.IGNORECASE
)
_DIGITS = "0#?G"  # G: as the program chooses
_CODE = _DIGITS + ".,%"
_SHOWN = " $-+():!^&'~{}<>="
"""What a format shows as it is, without quotation marks; so is what is not in ASCII."""


@dataclass(frozen=True, slots=True)
class Section:
    """What stands before a number's digits and behind them, and how they are written."""

    before: str
    """All of it where the section shows no digits: "Yes" for 1."""
    digits: str
    """Signs for digits, with what is set between them; empty for none."""
    after: str
    percent: bool = False
    thousands: int = 0
    """How many times the number is divided by a thousand, where a word says so: 1.5M."""

    @property
    def words(self) -> str:
        """What it writes around the digits."""
        return self.before + self.after

    @property
    def is_signed(self) -> bool:
        """Whether it writes that a number is below nought."""
        return any(sign in self.words for sign in "-(−")

    def filled(self, digits: str) -> str | None:
        """A number as the section writes it; None if that is not certain."""
        places = self.digits.count("0")
        if set(self.digits) == {"0"}:
            return digits.zfill(places) if digits.isdecimal() else digits
        if all(sign in "0#?.,G" for sign in self.digits):
            return digits
        # "000-00-0000": each digit has its place.
        if not digits.isdecimal() or len(digits) > places or set(self.digits) & set("#?.,G"):
            return None
        following = iter(digits.zfill(places))
        return "".join(next(following) if sign == "0" else sign for sign in self.digits)


def sections(code: str) -> tuple[Section, ...]:
    """A format's first three sections; none where any of them is not understood."""
    parts: list[list[tuple[str, bool]]] = [[]]  # its signs, and whether each is code
    for token in _TOKEN.finditer(code):
        if token["plain"] == ";":
            if len(parts) == 3:  # what follows is for texts
                break
            parts.append([])
        elif (sign := _sign(token)) is None:
            return ()
        else:
            parts[-1].append(sign)
    found = [_section(part) for part in parts]
    known = tuple(section for section in found if section is not None)
    return known if len(known) == len(found) else ()


def _sign(token: re.Match[str]) -> tuple[str, bool] | None:
    """What a token shows, and whether it is code for digits; None if that is not known."""
    if token["general"]:
        return "G", True
    bracket, plain = token["bracket"], token["plain"]
    if bracket is not None:
        if bracket.startswith("$"):
            return bracket[1:].partition("-")[0], False
        return ("", False) if _COLOUR.fullmatch(bracket) else None
    if plain is None:
        return token["quoted"] or token["escaped"] or "", False
    if plain in _CODE:
        return plain, True
    return (plain, False) if plain in _SHOWN or not plain.isascii() else None


def _section(signs: list[tuple[str, bool]]) -> Section | None:
    places = [at for at, (sign, is_code) in enumerate(signs) if is_code and sign in _DIGITS]
    if not places:
        return Section("".join(sign for sign, _ in signs), "", "")
    before, core, after = (
        signs[: places[0]],
        signs[places[0] : places[-1] + 1],
        signs[places[-1] + 1 :],
    )
    if any(sign == "%" if is_code else set(sign) & set(_CODE) for sign, is_code in core):
        return None
    if any(is_code and sign in ".," for sign, is_code in before):
        return None
    percents = sum(is_code and sign == "%" for sign, is_code in [*before, *after])
    thousands = sum(is_code and sign == "," for sign, is_code in after)
    lead = "".join(sign for sign, _ in before)
    words = "".join(sign for sign, is_code in after if not is_code or sign == "%")
    if percents > 1:
        return None
    return Section(
        lead,
        "".join(sign for sign, _ in core),
        words,
        percent=percents == 1,
        thousands=thousands if any(map(str.isalpha, lead + words)) else 0,
    )
