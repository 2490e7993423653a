"""Pictures: PNG, JPEG and TIFF with a page each, read by OCR where that is on."""

from __future__ import annotations

import io
from importlib.metadata import version
from typing import TYPE_CHECKING

from rag.document import Block
from rag.errors import ReadError
from rag.read.extraction import Draft, Extraction
from rag.read.ocr import MOST_PAGES, MOST_PIXELS, Ocr, Picture
from rag.read.scan import TURN_ON, Scans

if TYPE_CHECKING:
    from PIL import Image

VERSION = "picture 1"

_LEAST_DPI, _MOST_DPI = 70, 1200  # outside of these a file's own claim is no use


def reader() -> str:
    """Name and version of this reader."""
    return f"{VERSION} pillow {version('pillow')}"


def extract(data: bytes, ocr: Ocr | None = None) -> Extraction:
    """The paragraphs that OCR finds on each page.

    Raises:
        ReadError: OCR is off or finds nothing, or the picture is too large.
    """
    if ocr is None:
        raise ReadError(f"a picture, without text of its own: {TURN_ON}")
    from PIL import Image

    scans = Scans(ocr)
    with Image.open(io.BytesIO(data), formats=("PNG", "JPEG", "TIFF")) as image:
        count = getattr(image, "n_frames", 1)
        if count > MOST_PAGES:
            raise ReadError(f"a picture of {count:,} pages, more than {MOST_PAGES:,}: split it")
        for number in range(1, count + 1):
            image.seek(number - 1)
            if image.width * image.height > MOST_PIXELS:
                raise ReadError(f"a picture of more than {MOST_PIXELS:,} pixels: make it smaller")
            scans.add_picture(_grey(image), number)
    if not scans.recognised:
        raise ReadError("a picture in which OCR found no words: remove it")
    draft = Draft()
    for number, paragraphs in scans.recognised.items():
        page = number if count > 1 else None
        for paragraph in paragraphs:
            block = Block(0, len(paragraph), "prose", page=page, recognised=True)
            draft.add_parts(paragraph, (block,))
    return draft.finish(notes=scans.notes(count))


def _grey(image: Image.Image) -> Picture:
    """Upright, on white paper."""
    from PIL import Image, ImageOps

    dpi = float(image.info.get("dpi", (0, 0))[0])
    image = ImageOps.exif_transpose(image)
    if image.has_transparency_data:
        paper = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(paper, image.convert("RGBA"))
    image = image.convert("L")
    likely = round(dpi) if _LEAST_DPI <= dpi <= _MOST_DPI else None
    return Picture(image.width, image.height, image.tobytes(), likely)
