"""A PDF page's objects, looked over before its text is read.

pdfium's text has words that nobody sees on the page: outside of it, smaller than a point, of no
colour but the paper's, or not drawn at all. They are told here, so that no quotation has them.
"""

from __future__ import annotations

import ctypes
import math
from typing import TYPE_CHECKING, Any, NamedTuple

from rag.read.pdf_fields import address, texts_in

if TYPE_CHECKING:
    from pypdfium2 import PdfPage

_NO_WIDTH = 0.01
_LEAN = 2
"""Points; with less than one, pdfium takes a page of vertical lines for one line."""
_READABLE = 1  # point
_WHITE = 250  # of 255
_BAR = 5
"""Points: a thicker line may be what white words are written on."""
_MOST_COMPARED = 500_000
_PARTS = (0.1, 0.3, 0.5, 0.7, 0.9)  # of a text, at which something may lie behind it


class _Box(NamedTuple):
    left: float
    bottom: float
    right: float
    top: float


def unseen_texts(page: PdfPage) -> set[int]:
    """The addresses of the text objects that the page does not show.

    In doubt a text is shown: white words over anything but white, and words that are not drawn
    over a picture, which they may be the text of. On the way, vertical text of no width, in a font
    that the file lacks, is leaned, or pdfium would leave it out.
    """
    looked = _Look(page)
    for item in looked.items:
        if looked.kind(item) == looked.pdfium.FPDF_PAGEOBJ_TEXT:
            looked.add_text(item)
        elif looked.kind(item) == looked.pdfium.FPDF_PAGEOBJ_FORM:
            looked.add_form(item)
    return looked.unseen()


class _Look:
    """What one page's texts look like, with the buffers that pdfium writes its answers to."""

    def __init__(self, page: PdfPage) -> None:
        import pypdfium2.raw as pdfium

        self.pdfium = pdfium
        self.page = _Box(*page.get_bbox())
        self.edges = [ctypes.c_float() for _ in range(4)]
        self.colour = [ctypes.c_uint() for _ in range(4)]
        self.number = ctypes.c_float()
        self.matrix = pdfium.FS_MATRIX()
        count = pdfium.FPDFPage_CountObjects(page.raw)
        self.items = [pdfium.FPDFPage_GetObject(page.raw, number) for number in range(count)]
        self.hidden: set[int] = set()
        """Hidden whatever lies around."""
        self.white: list[tuple[int, _Box]] = []
        self.undrawn: list[tuple[int, _Box]] = []
        self.seen = False
        """Whether any text is plainly shown."""

    def kind(self, item: Any) -> int:
        return int(self.pdfium.FPDFPageObj_GetType(item))

    def add_text(self, item: Any) -> None:
        box = self._lean(item, self._box(item))
        if not _meets(box, self.page) or self._is_tiny(item, box):
            self.hidden.add(address(item))
        elif self._is_undrawn(item):
            self.undrawn.append((address(item), box))
        elif self._is_white(item) and self._mode(item) == self.pdfium.FPDF_TEXTRENDERMODE_FILL:
            self.white.append((address(item), box))
        else:
            self.seen = True

    def add_form(self, form: Any) -> None:
        """A form's own texts are not judged: their places are the form's."""
        self.seen = self.seen or not all(map(self._is_undrawn, texts_in(form)))

    def unseen(self) -> set[int]:
        """The texts that nothing speaks for."""
        found = set(self.hidden)
        if not self.white and not (self.undrawn and self.seen):
            return found
        backs = self._backs()
        if len(backs) * (len(self.white) + len(self.undrawn)) > _MOST_COMPARED:
            return found
        found.update(text for text, box in self.white if not _is_backed(box, backs))
        if self.seen:  # else they are the only text there is of whatever the page shows
            found.update(text for text, box in self.undrawn if not _is_backed(box, backs))
        return found

    def _backs(self) -> list[_Box]:
        """What words may be written on: pictures, and shapes that are not white."""
        backs = []
        for item in self.items:
            kind = self.kind(item)
            if kind == self.pdfium.FPDF_PAGEOBJ_TEXT:
                continue
            if kind != self.pdfium.FPDF_PAGEOBJ_PATH or self._is_back(item):
                backs.append(self._box(item))
        return backs

    def _is_back(self, path: Any) -> bool:
        fill, stroke = ctypes.c_int(), ctypes.c_int()
        self.pdfium.FPDFPath_GetDrawMode(path, fill, stroke)
        if fill.value:
            return not self._is_white(path)
        self.pdfium.FPDFPageObj_GetStrokeWidth(path, self.number)
        return bool(stroke.value) and self.number.value > _BAR

    def _lean(self, item: Any, box: _Box) -> _Box:
        """Lean upright text of no width, by so little from its foot to its head that its places
        stay right."""
        height = box.top - box.bottom
        if box.right - box.left >= _NO_WIDTH or height <= 1:
            return box
        lean = _LEAN / height
        self.pdfium.FPDFPageObj_Transform(item, 1, 0, lean, 1, -lean * box.bottom, 0)
        return box._replace(right=box.right + _LEAN)

    def _box(self, item: Any) -> _Box:
        self.pdfium.FPDFPageObj_GetBounds(item, *self.edges)
        return _Box(*(edge.value for edge in self.edges))

    def _mode(self, item: Any) -> int:
        return int(self.pdfium.FPDFTextObj_GetTextRenderMode(item))

    def _is_undrawn(self, item: Any) -> bool:
        return bool(self._mode(item) == self.pdfium.FPDF_TEXTRENDERMODE_INVISIBLE)

    def _is_white(self, item: Any) -> bool:
        if not self.pdfium.FPDFPageObj_GetFillColor(item, *self.colour):
            return False
        return all(part.value >= _WHITE for part in self.colour[:3])

    def _is_tiny(self, item: Any, box: _Box) -> bool:
        if min(box.right - box.left, box.top - box.bottom) >= _READABLE:
            return False  # a line of letters is at least half as high as its size
        self.pdfium.FPDFTextObj_GetFontSize(item, self.number)
        self.pdfium.FPDFPageObj_GetMatrix(item, self.matrix)
        scale = math.hypot(self.matrix.c, self.matrix.d)
        return bool(0 < self.number.value * scale < _READABLE)


def _meets(box: _Box, page: _Box) -> bool:
    return (
        box.left <= page.right
        and box.right >= page.left
        and box.bottom <= page.top
        and box.top >= page.bottom
    )


def _is_backed(box: _Box, backs: list[_Box]) -> bool:
    # A row of white words may stand on several cells, with gaps between them.
    places = [box.left + (box.right - box.left) * part for part in _PARTS]
    y = (box.bottom + box.top) / 2
    return any(
        b.bottom <= y <= b.top and any(b.left <= x <= b.right for x in places) for b in backs
    )
