"""What a word is, what kind of difference two texts have, and the word diff between them.

Everything counts in words, as a person would: a number with its sign and its decimals is one
word ("-5", "1.5"), and so are "don't" and "twenty-five"; where a script sets no spaces (Chinese,
Thai), a character is.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from rag.alignment import align

Difference = Literal[
    "only white space differs",
    "only white space and hyphens at line ends differ",
    "only punctuation, case or white space differs",
    "words differ",
]
DIFFERENCES: tuple[Difference, ...] = (
    "only white space differs",
    "only white space and hyphens at line ends differ",
    "only punctuation, case or white space differs",
    "words differ",
)
"""From the slightest to the gravest."""


@dataclass(frozen=True, slots=True)
class Change:
    """A run of a word diff.

    All runs but the added ones, joined, are the old text character for character; all but the
    removed ones are the new text.
    """

    op: Literal["same", "removed", "added"]
    text: str


# Letters of scripts that set no spaces between words, for a pattern's brackets.
UNSPACED = (
    r"\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf"
    r"\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
_UNSPACED_LETTER = re.compile(f"[{UNSPACED}]")
_NUMERALS = "〇零一二三四五六七八九十百千万萬亿億兆"
# Marks that belong to the letter before them; \w leaves them out.
MARKS = (
    r"\u0300-\u036f\u0483-\u0489\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed"
    r"\u0900-\u0963\u0966-\u0dff\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe00-\ufe0f\ufe20-\ufe2f"
)
_LETTERS = rf"[^\W{UNSPACED}]+"
_MONEY = "$£€¥₹"
_INSIDE = r"(?:[.,:/–−](?<=\d.)(?=\d)|['’\-‐‑\u00ad\u200b-\u200d\u2060])"
WORD = re.compile(
    rf"(?:(?<![\w)\]])[-−–][{_MONEY}]?(?=\d))?{_LETTERS}(?:{_INSIDE}{_LETTERS}|[{MARKS}]+(?:{_LETTERS})?)*"
    rf"|[{_NUMERALS}]+|[{UNSPACED}][{MARKS}]*"
)
_TOKEN = re.compile(rf"{WORD.pattern}|\s+|.", re.DOTALL)
_CUT_REACH = 200  # a longer run without white space is no word of any language

# A hyphen between letters, a line end behind it: typesetting or part of the word, nobody knows.
_LINE_END = re.compile(r"(?<=[^\W\d_])[-‐\u00ad][ \t]*\r?\n[ \t]*(?=[^\W\d_])")
_SAME_LETTER = str.maketrans("’‐‑–−", "'----", "\u00ad\u200b\u200c\u200d\u2060")
_MEANT = frozenset("%‰&@#*§†‡/\\′″?？؟")  # punctuation to Unicode, but they say something
# What takes away: a dash in "- 5", "x - 5" and "= -y", and in accounts the brackets of "(500)". At
# the start of a line "(1) The tenant" is a clause.
_MINUS = re.compile(
    rf"−|[-–‐‑](?=[ \t\u00a0\u202f]*[{_MONEY}]?\d)"
    r"|(?:(?<=[=<>≤≥≈*/×÷+])|(?<=[=<>≤≥≈*/×÷+] ))[-–](?=\w)"
)
_NEGATIVE = re.compile(
    r"(?:(?<=[^\n])|(?!\(\d{1,3}\)\s+[^\W\d_]))"
    rf"\(([{_MONEY}]?\s?\d[\d.,'’ \u00a0\u202f]*+[{_MONEY}%]?)\)"
)
# Units whose case says which: 5 MW is a thousand million times 5 mW.
_UNITS = frozenset(
    "m mw mwh mv ma mah mj mhz mpa mn mg ms mm ml mb mbit mbps kb kbit kbps gb gbit gbps tb tbit "
    "pb pa".split()
)
_UNIT = re.compile(r"(?:(?<=\d)|\A)[^\W\d_]+\Z")
_NUMBER = re.compile(r"\d+(?:[.,:'’]\d+)*")


def key(word: str) -> str:
    """The word without its case and the shape of its quotes and dashes, for comparing only.

    Not casefold or NFKC: to them "Maße" is "Masse" and "10²" is "102".
    """
    return same_letters(word).lower()


def same_letters(text: str) -> str:
    """The text with one shape for each quote and dash, and without what is not seen."""
    return unicodedata.normalize("NFC", text).translate(_SAME_LETTER)


def whole(text: str, start: int, end: int) -> bool:
    """Whether ``text[start:end]`` cuts no word: "5 percent" is cut out of "15 percent"."""
    return not (_cuts(text, start) or _cuts(text, end))


def difference(old: str, new: str) -> Difference:
    """What kind of difference there is between two texts that are not the same."""
    if not same_numbers(old, new):
        return "words differ"
    if "".join(old.split()) == "".join(new.split()):
        return "only white space differs"
    old, new = unhyphenated(old), unhyphenated(new)
    if "".join(old.split()) == "".join(new.split()):
        return "only white space and hyphens at line ends differ"
    if said(old) == said(new):
        return "only punctuation, case or white space differs"
    return "words differ"


def same_numbers(old: str, new: str) -> bool:
    """Whether the digits are parted alike: "1 250" is two numbers of a table, "1250" is another."""
    return _NUMBER.findall(same_letters(old)) == _NUMBER.findall(same_letters(new))


def unhyphenated(text: str) -> str:
    """The text with each word in one piece that a hyphen parts at the end of a line."""
    return _LINE_END.sub("", text)


def unspaced(text: str) -> bool:
    """Whether any of it is in a script that sets no spaces between words."""
    return _UNSPACED_LETTER.search(text) is not None


def word_diff(old: str, new: str) -> tuple[Change, ...]:
    """From the old text to the new one, with the fewest words removed or added.

    Of texts that share no words in a row for thousands, that whole part is removed and added.
    """
    before, after = _TOKEN.findall(old), _TOKEN.findall(new)
    changes: list[Change] = []
    i = j = 0
    for k, m in [*align(before, after), (len(before), len(after))]:
        _add(changes, "removed", before[i:k])
        _add(changes, "added", after[j:m])
        _add(changes, "same", before[k : k + 1])
        i, j = k + 1, m + 1
    return tuple(changes)


def marked(diff: Sequence[Change]) -> str:
    """A word diff on paper: ``rose by [-5-] {+6+} percent``."""
    parts: list[str] = []
    for number, change in enumerate(diff):
        if change.op == "same":
            parts.append(change.text)
        elif change.op == "removed":
            followed = number + 1 < len(diff) and diff[number + 1].op == "added"
            parts.append(f"[-{_visible(change.text)}-]{' ' if followed else ''}")
        else:
            parts.append(f"{{+{_visible(change.text)}+}}")
    return "".join(parts)


def said(text: str) -> list[str]:
    """The words and the signs that mean something, without case, white space, punctuation.

    A minus before a number, the brackets of a negative one and the case of a unit mean something.
    """
    text = _NEGATIVE.sub(r" ¬ \1 ", text)  # a sign that no other text is likely to hold
    kept: list[str] = []
    for token in _TOKEN.findall(_MINUS.sub(" − ", text)):
        if token.isspace():
            continue
        if len(token) == 1 and token not in _MEANT and unicodedata.category(token)[0] == "P":
            continue
        unit = _UNIT.search(token)
        measures = unit and (unit.start() or (kept and kept[-1][-1:].isdecimal()))
        cased = unit and measures and key(unit.group()) in _UNITS
        kept.append(same_letters(token) if cased else key(token))
    return kept


def _cuts(text: str, at: int) -> bool:
    if not 0 < at < len(text) or text[at - 1].isspace() or text[at].isspace():
        return False
    if text[at - 1 : at + 1].isascii() and text[at - 1 : at + 1].isalnum():
        return True  # the common case, told at once
    before = text[max(0, at - _CUT_REACH) : at].split()[-1]
    words = WORD.finditer(text, at - len(before), at + _CUT_REACH)
    return any(match.start() < at < match.end() for match in words)


def _add(changes: list[Change], op: Literal["same", "removed", "added"], run: list[str]) -> None:
    if not run:
        return
    text = "".join(run)
    if changes and changes[-1].op == op:
        text = changes.pop().text + text
    changes.append(Change(op, text))


def _visible(text: str) -> str:
    """White space other than a space spelt out: between the marks nobody would see it."""
    return "".join(
        repr(character)[1:-1] if character.isspace() and character != " " else character
        for character in text
    )
