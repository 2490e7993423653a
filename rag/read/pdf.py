"""PDF: the text layer as pdfium orders it, page by page.

Lines are joined by a line end, blocks by a blank line. Columns are read one after
the other. A paragraph that runs over a page break is one block; running heads and
footnotes that stand inside it on paper stand before or after it. A word hyphenated
at a line's end keeps its hyphen and line end: whether the hyphen belongs to the word
is not in the file. Visible form values and text boxes are read beside their labels; words
that the page does not show are left out.
pdfium is not thread-safe: read PDFs in one thread of a process.
"""

from __future__ import annotations

import re
import zlib
from importlib.metadata import version
from typing import TYPE_CHECKING

from rag.document import Block
from rag.errors import ReadError
from rag.read.extraction import Extraction, first_heading, sensible_title
from rag.read.ocr import Ocr
from rag.read.pdf_fields import open_page
from rag.read.pdf_layout import PlacedBlock, lay_out
from rag.read.pdf_line import Line
from rag.read.pdf_lines import page_lines
from rag.read.scan import Scans, listed

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument

VERSION = "pdf 6"

_PASSWORD_ERROR = 4  # FPDF_ERR_PASSWORD
_MOST_PAGES = 20_000
_MOST_STREAM_BYTES = 128_000_000
_STEP_BYTES = 1 << 20
_STREAM = re.compile(rb"<<[^\0]{0,300}?/FlateDecode[^\0]{0,300}?>>\s{0,4}stream\r?\n")


def reader() -> str:
    """Name and version of this reader."""
    return f"{VERSION} pypdfium2 {version('pypdfium2')}"


def extract(data: bytes, ocr: Ocr | None = None) -> Extraction:
    """The text layer of every page; ``notes`` name the pages without one.

    With ``ocr`` such a page, and one with little text over a picture, is recognised.

    Raises:
        ReadError: encrypted, damaged, or no text on any page.
    """
    from pypdfium2 import PdfDocument, PdfiumError

    _check_streams(data)
    try:
        pdf = PdfDocument(data)
    except PdfiumError as error:
        if error.err_code == _PASSWORD_ERROR:
            raise ReadError("encrypted: save a copy without the password and rebuild") from error
        raise ReadError("a damaged PDF: print it to a new PDF and rebuild") from error
    try:
        return _extract(pdf, ocr)
    finally:
        pdf.close()


def _check_streams(data: bytes) -> None:
    """Refuse a stream that inflates beyond reason: pdfium would hold twice its size in memory.

    Pictures are left alone, since reading text never inflates them.
    """
    for match in _STREAM.finditer(data):
        if b"/Image" in match.group() or len(data) - match.end() < _MOST_STREAM_BYTES // 1032:
            continue  # deflate cannot pass 1,032 to 1
        inflater = zlib.decompressobj()
        size, source = 0, data[match.end() : match.end() + _STEP_BYTES]
        position = match.end() + _STEP_BYTES
        try:
            while source and not inflater.eof:
                size += len(inflater.decompress(source, _STEP_BYTES))
                if size > _MOST_STREAM_BYTES:
                    raise ReadError(
                        f"a page whose content unpacks to more than {_MOST_STREAM_BYTES:,} bytes: "
                        "print it to a new PDF"
                    )
                source = inflater.unconsumed_tail
                if not source:
                    source = data[position : position + _STEP_BYTES]
                    position += _STEP_BYTES
        except zlib.error:  # encrypted or damaged: pdfium's matter
            continue


def _extract(pdf: PdfDocument, ocr: Ocr | None) -> Extraction:
    from pypdfium2 import PdfiumError

    count = len(pdf)
    if count == 0:
        raise ReadError("a PDF without pages: print it to a new PDF and rebuild")
    if count > _MOST_PAGES:
        raise ReadError(f"a PDF of {count:,} pages, more than {_MOST_PAGES:,}: split it")
    pages: list[list[Line]] = []
    broken: list[int] = []
    unknown: list[int] = []
    unseen: list[int] = []
    scans = Scans(ocr)
    for number in range(1, count + 1):
        try:
            page, fields = open_page(pdf, number - 1)
            try:
                lines, hides = page_lines(page, fields)
                scans.add_page(page, number, "".join(line.text for line in lines))
                pages.append(lines)
                if hides:
                    unseen.append(number)
                if any(line.unknown for line in lines):
                    unknown.append(number)
            finally:
                page.close()
        except PdfiumError:
            pages.append([])
            broken.append(number)
    if not any(pages) and not scans.recognised:
        if len(broken) == count:
            raise ReadError("a damaged PDF: none of its pages opens; print it to a new PDF")
        raise ReadError(scans.nothing(count))
    notes = scans.notes(count)
    if broken:
        plural = "s" if len(broken) > 1 else ""
        notes += (f"page{plural} {listed(broken)} of {count}: damaged, and could not be read",)
    if unseen:
        plural = "s" if len(unseen) > 1 else ""
        notes += (
            f"page{plural} {listed(unseen)} of {count}: words that do not show on the page are "
            "left out",
        )
    if unknown:
        plural = "s" if len(unknown) > 1 else ""
        notes += (
            f"page{plural} {listed(unknown)} of {count}: some letters have no meaning in the file; "
            "check the words against the page",
        )
    text, blocks = _write(lay_out(pages) if any(pages) else [[]] * count, scans.recognised)
    extraction = Extraction(text, blocks, None, notes)
    title = sensible_title(pdf.get_metadata_value("Title")) or first_heading(extraction)
    return Extraction(text, blocks, title, extraction.notes)


def _write(
    pages: list[list[PlacedBlock]], recognised: dict[int, list[str]]
) -> tuple[str, tuple[Block, ...]]:
    """The text, lines joined by one line end and blocks by a blank line.

    What was recognised on a page follows what its text layer holds.
    """
    pieces: list[str] = []
    blocks: list[Block] = []
    length = 0
    for number, page in enumerate(pages, 1):
        for placed in page:
            if blocks:
                pieces.append("\n\n")
                length += 2
            begins = length
            breaks: list[int] = []
            for position, line in enumerate(placed.lines):
                if position:
                    pieces.append("\n")
                    length += 1
                if position in placed.turns:
                    breaks.append(length)
                pieces.append(line.text)
                length += len(line.text)
            blocks.append(
                Block(begins, length, placed.kind, placed.level, number, breaks=tuple(breaks))
            )
        for paragraph in recognised.get(number, ()):
            if blocks:
                pieces.append("\n\n")
                length += 2
            end = length + len(paragraph)
            blocks.append(Block(length, end, "prose", page=number, recognised=True))
            pieces.append(paragraph)
            length = end
    return "".join(pieces), tuple(blocks)
