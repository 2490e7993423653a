"""What the bytes of each of an RTF file's fonts mean."""

from __future__ import annotations

import codecs

from rag.read.symbols import is_symbolic

# Windows character sets. 0 (ANSI) is the file's own code page: programs that mean Western
# letters in a file of another page spell them with \\u.
_CHARSETS: dict[int, str] = {
    77: "mac_roman", 78: "cp932", 79: "cp949", 80: "cp936", 81: "cp950", 128: "cp932",
    129: "cp949", 130: "johab", 134: "cp936", 136: "cp950", 161: "cp1253", 162: "cp1254",
    163: "cp1258", 177: "cp1255", 178: "cp1256", 186: "cp1257", 204: "cp1251", 222: "cp874",
    238: "cp1250", 254: "cp437", 255: "cp437",
}  # fmt: skip
_SYMBOLS = 2  # the character set of fonts that have no letters
_NAME_CHARS = 100
_EAST_ASIAN = frozenset({"cp932", "cp936", "cp949", "cp950", "johab"})
_BASES = {"ansi": "cp1252", "mac": "mac_roman", "pc": "cp437", "pca": "cp850"}
_PAGES = {10000: "mac_roman", 65001: "utf-8", 1361: "johab", 10001: "cp932", 20127: "cp1252"}


class Fonts:
    """The file's code page and its font table, as its control words tell them."""

    def __init__(self) -> None:
        self._base = "cp1252"
        self._encodings: dict[int, str] = {}
        self._names: dict[int, str] = {}
        self._symbolic: set[int] = set()
        self._font = -1  # whose entry of the table is being read

    def encoding(self, font: int) -> str:
        """The encoding of text in a font."""
        return self._encodings.get(font, self._base)

    def symbolic(self, font: int) -> str:
        """The font's name if its characters are symbols; else empty.

        Some programs say so of fonts with letters: it is believed of fonts known to have none.
        """
        name = self._names.get(font, "").partition(";")[0] if font in self._symbolic else ""
        return name if is_symbolic(name) else ""

    def name(self, text: str) -> None:
        """More of the name of the font whose entry is being read; a semicolon ends it."""
        known = self._names.get(self._font, "")
        if len(known) < _NAME_CHARS:
            self._names[self._font] = known + text[:_NAME_CHARS]

    def read(self, word: str, number: int | None, *, in_table: bool) -> None:
        """Take in a control word; ``in_table``: it stands in the font table."""
        if number is None:
            if in_table and word == "ftech":
                self._symbolic.add(self._font)
            self._base = _BASES.get(word, self._base)
        elif word == "ansicpg":
            self._base = _page_encoding(number) or self._base
        elif not in_table:
            return
        elif word == "f":
            self._font = number
        elif word == "fcharset" and number == _SYMBOLS:
            self._symbolic.add(self._font)
        elif word == "cpg":
            self._encodings[self._font] = _page_encoding(number) or self.encoding(self._font)
        elif word == "fcharset" and number in _CHARSETS:
            self._encodings[self._font] = _CHARSETS[number]
        elif word == "fcharset" and number == 0 and self._base in _EAST_ASIAN:
            self._encodings[self._font] = "cp1252"


def _page_encoding(number: int) -> str | None:
    """Python's name for a Windows code page, or None if there is no such page."""
    name = _PAGES.get(number, f"cp{number}")
    try:
        codecs.lookup(name)
    except LookupError:
        return None
    return name
