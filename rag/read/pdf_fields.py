"""What stands in a PDF page's form fields and text boxes: drawn into the page, read with it.

pdfium's text leaves annotations out. Flattened, they become the page's last object, a form
with one form inside for each, and so have glyphs with places like any others. But pdfium takes
positions inside a form for positions on the page, and joins into one line what is apart: each
annotation's text is therefore read for itself, and then set beside its label.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument, PdfPage

    from rag.read.pdf_line import Line

_DEEPEST = 5
_ALIGNED = 0.6


def open_page(pdf: PdfDocument, index: int) -> tuple[PdfPage, bool]:
    """A page with its visible fields and text boxes drawn into it, and whether it has any.

    Raises:
        PdfiumError: the page is damaged.
    """
    import pypdfium2.raw as pdfium

    page = pdf[index]
    found, drawn = _look(page)
    if not found:
        return page, False
    if not drawn and pdf.get_formtype() != pdfium.FORMTYPE_NONE:
        # pdfium gives those without an appearance one. Not done for others: it may draw their
        # ticks anew, as shapes without a character.
        page.close()
        pdf.init_forms()
        page = pdf[index]
    done = pdfium.FPDFPage_Flatten(page.raw, pdfium.FLAT_NORMALDISPLAY)
    page.close()
    return pdf[index], done == pdfium.FLATTEN_SUCCESS


def _look(page: PdfPage) -> tuple[bool, bool]:
    """Whether the page shows annotations with text, and whether all of them are drawn.

    Those that only print are hidden on the way: flattening would show them.
    """
    import pypdfium2.raw as pdfium

    texts = (
        pdfium.FPDF_ANNOT_FREETEXT,
        pdfium.FPDF_ANNOT_STAMP,
        pdfium.FPDF_ANNOT_WATERMARK,
        pdfium.FPDF_ANNOT_WIDGET,
    )
    unseen = pdfium.FPDF_ANNOT_FLAG_HIDDEN | pdfium.FPDF_ANNOT_FLAG_NOVIEW
    found, drawn = False, True
    for number in range(pdfium.FPDFPage_GetAnnotCount(page.raw)):
        annotation = pdfium.FPDFPage_GetAnnot(page.raw, number)
        if not annotation:
            continue
        flags = pdfium.FPDFAnnot_GetFlags(annotation)
        if flags & unseen:
            pdfium.FPDFAnnot_SetFlags(annotation, flags | pdfium.FPDF_ANNOT_FLAG_HIDDEN)
        elif pdfium.FPDFAnnot_GetSubtype(annotation) in texts:
            found = True
            drawn = drawn and bool(pdfium.FPDFAnnot_HasKey(annotation, b"AP"))
        pdfium.FPDFPage_CloseAnnot(annotation)
    return found, drawn


def stretches(page: PdfPage, text_page: Any) -> list[tuple[bool, int, int]]:
    """Whose a stretch of pdfium's characters [start, end) is: True for the page's own.

    Only for a page that `open_page` drew fields into.
    """
    import pypdfium2.raw as pdfium

    count = pdfium.FPDFText_CountChars(text_page)
    last = pdfium.FPDFPage_GetObject(page.raw, pdfium.FPDFPage_CountObjects(page.raw) - 1)
    owners: dict[int, int] = {}
    for number, annotation in enumerate(_children(last), 1):
        owners.update((address(item), number) for item in texts_in(annotation))
    found: list[tuple[bool, int, int]] = []
    start = owner = 0
    for index in range(count):
        item = pdfium.FPDFText_GetTextObject(text_page, index)
        if item and (now := owners.get(address(item), 0)) != owner:
            found.append((owner == 0, start, index))
            owner, start = now, index
    return [*found, (owner == 0, start, count)]


def placed(own: list[Line], fields: Sequence[list[Line]]) -> list[Line]:
    """The page's own lines, and each field's after or before the one that it stands beside.

    A tick belongs to the nearest words, any other value to those on its left.
    """
    lines = list(own)
    for field in filter(None, fields):
        value = field[0]
        tick = not any(map(str.isalnum, value.text))
        lefts = [ln for ln in own if _aligned(ln, value) and ln.left <= value.left]
        rights = [ln for ln in own if _aligned(ln, value) and ln.left > value.left]
        left = max(lefts, key=lambda line: line.right, default=None)
        right = min(rights, key=lambda line: line.left, default=None)
        if left and right and tick and right.left - value.right < value.left - left.right:
            left = None
        single = len(field) == 1
        if left:
            at = lines.index(left) + 1
            while at < len(lines) and lines[at].beside:
                at += 1
            value.beside = single
        elif right and single:
            at = lines.index(right)
            right.beside = True
        else:
            at = len(lines)
        lines[at:at] = field
    return lines


def _aligned(line: Line, value: Line) -> bool:
    apart = abs(line.baseline - value.baseline)
    return line.turn == value.turn and apart < _ALIGNED * max(line.size, value.size)


def _children(item: Any) -> Iterator[Any]:
    import pypdfium2.raw as pdfium

    if item and pdfium.FPDFPageObj_GetType(item) == pdfium.FPDF_PAGEOBJ_FORM:
        for number in range(pdfium.FPDFFormObj_CountObjects(item)):
            yield pdfium.FPDFFormObj_GetObject(item, number)


def texts_in(item: Any, depth: int = _DEEPEST) -> Iterator[Any]:
    """The text objects in a form, and in the forms inside it."""
    import pypdfium2.raw as pdfium

    for child in _children(item):
        if pdfium.FPDFPageObj_GetType(child) == pdfium.FPDF_PAGEOBJ_TEXT:
            yield child
        elif depth:
            yield from texts_in(child, depth - 1)


def address(item: Any) -> int:
    """An object of a page, told from the others."""
    return ctypes.addressof(item.contents)
