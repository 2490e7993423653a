"""Where and how one page's characters are set, as pdfium tells it."""

from __future__ import annotations

import ctypes
import math
import re
from typing import Any

_BOLD = re.compile(rb"bold|black|heavy|demi", re.IGNORECASE)
_BOLD_WEIGHT = 600


class Glyphs:
    """The characters of a page by pdfium's index, with the buffers that it writes its answers to.

    Lengths are points along and across the reading direction, up positive.
    """

    def __init__(self, text_page: Any) -> None:
        import pypdfium2.raw as pdfium

        self.pdfium = pdfium
        self.page = text_page.raw
        self.edges = [ctypes.c_double() for _ in range(4)]
        self.matrix = pdfium.FS_MATRIX()
        self.name = ctypes.create_string_buffer(128)
        self.count = pdfium.FPDFText_CountChars(self.page)

    def character(self, index: int) -> str:
        return chr(self.pdfium.FPDFText_GetUnicode(self.page, index))

    def box(self, index: int, turn: int) -> tuple[float, float]:
        """From where to where a character reaches along the line, in points."""
        left, right, bottom, top = self.edges
        self.pdfium.FPDFText_GetCharBox(self.page, index, left, right, bottom, top)
        if turn == 0:
            return left.value, right.value
        if turn == 1:
            return bottom.value, top.value
        if turn == 2:
            return -right.value, -left.value
        return -top.value, -bottom.value

    def whole_box(self, index: int) -> tuple[float, ...]:
        self.box(index, 0)
        return tuple(edge.value for edge in self.edges)

    def baseline(self, index: int, turn: int) -> float:
        x, y = self.edges[:2]
        self.pdfium.FPDFText_GetCharOrigin(self.page, index, x, y)
        return (y.value, -x.value, -y.value, x.value)[turn]

    def size(self, index: int) -> float:
        """The size a character is shown at: its font's, times the scale it is drawn with."""
        size = float(self.pdfium.FPDFText_GetFontSize(self.page, index))
        if self.pdfium.FPDFText_GetMatrix(self.page, index, self.matrix):
            size *= math.hypot(self.matrix.c, self.matrix.d) or 1.0
        return abs(size) or 1.0

    def is_bold(self, index: int) -> bool:
        if self.pdfium.FPDFText_GetFontWeight(self.page, index) >= _BOLD_WEIGHT:
            return True
        return bool(_BOLD.search(self.font(index)))

    def font(self, index: int) -> bytes:
        """The name of a character's font, where it has one."""
        size = len(self.name)
        flags = ctypes.c_int()
        length = self.pdfium.FPDFText_GetFontInfo(self.page, index, self.name, size, flags)
        return self.name.value if 0 < length <= size else b""
