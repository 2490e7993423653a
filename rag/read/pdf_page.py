"""One page of a PDF, drawn, and the marks on it: each in a process of its own.

The process is given the file's bytes, never a path, and puts itself under limits first: drawing a
page, unlike reading its text, unpacks every picture on it. Whatever a page does to pdfium, the
server only learns that it could not be drawn.
"""

from __future__ import annotations

import atexit
import base64
import json
import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any

from rag.errors import ReadError
from rag.read.limits import limit_process
from rag.read.pdf_fields import open_page
from rag.read.pdf_marks import Mark, StoredLine, find_marks

if TYPE_CHECKING:
    from pypdfium2 import PdfPage

WIDTH = 1240
"""Pixels across: A4 at 150 dots an inch, and the widest panel on a screen of twice the density."""

_MOST_PIXELS = 4_000_000
_MOST_HEIGHT = 8_000  # WebP ends at 16,383
_QUALITY = 85
_SECONDS = 20
_MEMORY_BYTES = 2_000_000_000
_START = "import sys; sys.path[:] = sys.argv[1:]; from rag.read.pdf_page import main; main()"


@dataclass(frozen=True, slots=True)
class DrawnPage:
    """A page as it is shown: cropped and turned."""

    pages: int
    """How many pages the file has."""
    width: int
    height: int
    """The picture's size in pixels."""
    picture: bytes
    """WebP."""
    marks: tuple[Mark, ...]
    """Empty where the words could not be placed for certain."""


def draw(data: bytes, number: int, stored: Sequence[StoredLine], start: int, end: int) -> DrawnPage:
    """Draw page ``number``, from 1, and mark what of ``[start, end)`` stands on it.

    ``stored`` and the offsets are as in `find_marks`.

    Raises:
        ReadError: the file has no such page, or the page cannot be drawn.
    """
    order = {"size": len(data), "number": number, "stored": stored, "start": start, "end": end}
    try:
        answer = json.loads(_ask(json.dumps(order).encode() + b"\n" + data))
        return DrawnPage(
            int(answer["pages"]),
            int(answer["width"]),
            int(answer["height"]),
            base64.b64decode(answer["picture"], validate=True),
            tuple(Mark(*map(_number, mark)) for mark in answer["marks"]),
        )
    except (OSError, subprocess.SubprocessError, ValueError, KeyError, TypeError) as error:
        raise ReadError(f"Page {number} cannot be drawn: open the file in a viewer.") from error


def _ask(order: bytes) -> bytes:
    with _SPARE.take() as process:
        try:
            answer, _ = process.communicate(order, timeout=_SECONDS)
        except BaseException:
            process.kill()
            raise
    _SPARE.refill()
    if process.returncode:
        raise subprocess.SubprocessError(f"it ended with status {process.returncode}")
    return answer


class _Spare:
    """The next page's process, waiting for its order: to start takes longer than to draw."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def take(self) -> subprocess.Popen[bytes]:
        """A process that waits."""
        with self._lock:
            process, self._process = self._process, None
        if process is not None and process.poll() is None:
            return process
        return _start()

    def refill(self) -> None:
        """Start the next one now, while the page is being looked at."""
        with self._lock:
            if self._process is None:
                self._process = _start()

    def end(self) -> None:
        """End the one that waits; its input ends with us anyway."""
        with self._lock:
            process, self._process = self._process, None
        if process is not None:
            with process:
                process.kill()


_SPARE = _Spare()
atexit.register(_SPARE.end)


def _start() -> subprocess.Popen[bytes]:
    # The same modules that we would import, and none from the working directory by accident.
    paths = [path or os.getcwd() for path in sys.path]  # noqa: PTH109 as Python itself spells it
    return subprocess.Popen(  # noqa: S603 our own command, no shell
        [sys.executable, "-P", "-c", _START, *paths],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C is ours to handle
    )


def main() -> None:
    """Read an order and a file from standard input, and write the page to standard output."""
    # What takes longest to import comes before the order does.
    import pypdfium2  # noqa: F401
    from PIL import WebPImagePlugin  # noqa: F401  # named, it spares Pillow the search for it

    limit_process(memory_bytes=_MEMORY_BYTES, cpu=_SECONDS, fsize=0)
    line = sys.stdin.buffer.readline()
    if not line:
        return  # nobody wants a page any more
    order = json.loads(line)
    data = sys.stdin.buffer.read(order["size"])
    stored = [StoredLine(start, text) for start, text in order["stored"]]
    answer = _answer(data, order["number"], stored, order["start"], order["end"])
    sys.stdout.write(json.dumps(answer))


def _answer(
    data: bytes, number: int, stored: list[StoredLine], start: int, end: int
) -> dict[str, Any]:
    from pypdfium2 import PdfDocument

    pdf = PdfDocument(data)
    page, fields = open_page(pdf, number - 1)
    picture, width, height = _picture(page)
    return {
        "pages": len(pdf),
        "width": width,
        "height": height,
        "picture": base64.b64encode(picture).decode(),
        "marks": [astuple(mark) for mark in find_marks(page, stored, start, end, fields)],
    }


def _picture(page: PdfPage) -> tuple[bytes, int, int]:
    """The page as WebP, and its width and height in pixels."""
    width, height = page.get_size()
    scale = min(WIDTH / width, _MOST_HEIGHT / height, (_MOST_PIXELS / (width * height)) ** 0.5)
    image = page.render(scale=scale, rev_byteorder=True, limit_image_cache=True).to_pil()
    file = BytesIO()
    image.save(file, "WEBP", quality=_QUALITY, method=0)
    return file.getvalue(), image.width, image.height


def _number(value: object) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"a side of a mark is a number, not {value!r}")
    return value
