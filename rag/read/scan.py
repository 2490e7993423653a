"""Pages that are pictures: which of a PDF's are, their words by OCR, the notes that tell it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rag.read.ocr import DPI, MOST_PAGES, MOST_PIXELS, PAGE_SECONDS, Ocr, Picture, recognise

if TYPE_CHECKING:
    from pypdfium2 import PdfPage

_LITTLE_CHARS = 100  # a page number, a stamp, "downloaded by …"
_COVERED = 0.5  # of the page by pictures
_NESTED = 3
_LISTED = 20

TURN_ON = "turn on OCR (RAG_OCR=eng) and rebuild"


@dataclass(slots=True)
class Scans:
    """What became of the pages of one file that are pictures. Pages count from 1."""

    ocr: Ocr | None
    empty: list[int] = field(default_factory=list)
    """Without any text, and none recognised."""
    little: list[int] = field(default_factory=list)
    """With little text over a picture, and none recognised."""
    failed: list[int] = field(default_factory=list)
    left: list[int] = field(default_factory=list)
    """Not tried, after too many others."""
    recognised: dict[int, list[str]] = field(default_factory=dict)
    """The paragraphs of a page."""

    def add_page(self, page: PdfPage, number: int, text: str) -> None:
        """Look at a page whose text layer holds ``text``, and recognise what is a picture."""
        from pypdfium2 import PdfiumError

        if text and (len(text) > _LITTLE_CHARS or not _is_covered(page)):
            return
        if self.ocr is None:
            (self.little if text else self.empty).append(number)
        elif len(self.recognised) + len(self.failed) >= MOST_PAGES:
            self.left.append(number)
        else:
            try:
                picture = _draw(page)
            except PdfiumError:
                self.failed.append(number)
            else:
                self.add_picture(picture, number, text)

    def add_picture(self, picture: Picture, number: int, text: str = "") -> None:
        """Recognise a page, leaving out the paragraphs that its text layer ``text`` has too."""
        assert self.ocr is not None  # noqa: S101 callers ask before they draw
        found = recognise(picture, self.ocr)
        if found is None:
            self.failed.append(number)
            return
        known = "".join(text.split())
        paragraphs = [p for p in found if "".join(p.split()) not in known]
        if paragraphs:
            self.recognised[number] = paragraphs
        elif not text:
            self.empty.append(number)

    def notes(self, count: int) -> tuple[str, ...]:
        """A line each of what a reader of the quotes must know, for a file of ``count`` pages."""
        none = "OCR found no words there" if self.ocr else TURN_ON
        name = self.ocr.name if self.ocr else ""
        failed = f"tesseract failed, or took longer than {PAGE_SECONDS} s on a page"
        many = f"more than {MOST_PAGES:,} in one file: split it"
        found = f"recognised by OCR ({name}): check the words against the picture"
        notes = (
            _of(self.empty, count, "no text", none),
            _of(self.little, count, "little text over a picture", TURN_ON),
            _were(self.failed, f"not recognised: {failed}"),
            _were(self.left, f"not recognised: {many}"),
            _were(list(self.recognised), found),
        )
        return tuple(note for note in notes if note)

    def nothing(self, count: int) -> str:
        """Why a file of ``count`` pages without a word cannot be read."""
        none = "its only page has no text" if count == 1 else f"none of its {count} pages has text"
        return f"{none}: {'OCR found no words either; remove it' if self.ocr else TURN_ON}"


def listed(pages: list[int]) -> str:
    """Page numbers for people: ``2``, ``2 and 5``, ``1–4, 7 and 9``."""
    runs: list[list[int]] = []
    for page in pages:
        if runs and page == runs[-1][-1] + 1:
            runs[-1].append(page)
        else:
            runs.append([page])
    parts: list[str] = []
    for run in runs:
        parts += [f"{run[0]}–{run[-1]}"] if len(run) > 2 else map(str, run)
    if len(parts) > _LISTED:
        parts = [*parts[: _LISTED - 1], "others"]
    return " and ".join(filter(None, [", ".join(parts[:-1]), parts[-1]]))


def _of(pages: list[int], count: int, what: str, hint: str) -> str:
    """Such as ``3 of 12 pages have no text: 2, 5 and 7; hint``."""
    if not pages:
        return ""
    has = "has" if len(pages) == 1 else "have"
    plural = "page" if count == 1 else "pages"
    return f"{len(pages)} of {count} {plural} {has} {what}: {listed(pages)}; {hint}"


def _were(pages: list[int], what: str) -> str:
    """Such as ``pages 2 and 5 were recognised``."""
    if not pages:
        return ""
    return f"page{'s' * (len(pages) > 1)} {listed(pages)} {'were' if pages[1:] else 'was'} {what}"


def _is_covered(page: PdfPage) -> bool:
    """Whether pictures lie over most of the page."""
    import pypdfium2.raw as pdfium

    width, height = page.get_size()
    area = 0.0
    for item in page.get_objects(filter=(pdfium.FPDF_PAGEOBJ_IMAGE,), max_depth=_NESTED):
        left, bottom, right, top = item.get_bounds()
        area += max(right - left, 0.0) * max(top - bottom, 0.0)
        if area > _COVERED * width * height:
            return True
    return False


def _draw(page: PdfPage) -> Picture:
    width, height = page.get_size()
    scale = min(DPI / 72, (MOST_PIXELS / max(width * height, 1.0)) ** 0.5)
    bitmap = page.render(scale=scale, grayscale=True)
    try:
        data, stride = memoryview(bitmap.buffer).cast("B"), bitmap.stride
        rows = (data[at : at + bitmap.width] for at in range(0, stride * bitmap.height, stride))
        return Picture(bitmap.width, bitmap.height, b"".join(rows), round(scale * 72))
    finally:
        bitmap.close()
