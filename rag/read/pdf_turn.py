"""Which way a PDF's page is written, and its text read so.

pdfium takes words in the order in which the page is shown. Of a page that lies on its side, or
that someone turned the wrong way, the last line may so be the first.
"""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pypdfium2 import PdfPage, PdfTextPage

_SAMPLES = 50


def open_text(page: PdfPage) -> PdfTextPage:
    """The page's text, as if it were turned so that most of its writing stands upright."""
    text_page = page.get_textpage()
    turned = page.get_rotation()
    count = text_page.count_chars()
    sample = range(0, count, count // _SAMPLES + 1)
    turns = Counter(turn_of(text_page.raw, index) for index in sample)
    upright = 90 * turns.most_common(1)[0][0] if turns else turned
    if upright == turned:
        return text_page
    text_page.close()
    page.set_rotation(upright)
    try:
        return page.get_textpage()
    finally:
        page.set_rotation(turned)


def turn_of(text_page: Any, index: int) -> int:
    """Quarter turns of a character against the page as it was written, counter-clockwise."""
    import pypdfium2.raw as pdfium

    angle = pdfium.FPDFText_GetCharAngle(text_page, index)
    return -round(angle / (math.pi / 2)) % 4 if angle > 0 else 0  # pdfium measures clockwise
