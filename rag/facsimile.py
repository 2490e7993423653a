"""A quote's page as it looks on paper: which file may be opened, and what is drawn of it.

Only the very bytes that were indexed are shown: a file that has changed since may hold other
words at the same place.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path
from threading import BoundedSemaphore

from rag.corpus import resolve
from rag.document import Document
from rag.errors import CorpusError, ReadError
from rag.read.pdf_marks import StoredLine
from rag.read.pdf_page import DrawnPage, draw

_KEPT_PAGES = 32
_AT_ONCE = BoundedSemaphore(2)
"""Processes that draw at one time."""


def is_paged(document: Document) -> bool:
    """Whether it was read from a file whose pages can be drawn."""
    return document.reader.startswith("pdf ")


def page_of(document: Document, number: int, start: int, end: int, corpus: Path) -> DrawnPage:
    """Page ``number``, from 1, of an indexed PDF, with ``text[start:end]`` marked on it.

    Drawing takes about a third of a second; the last pages are kept.

    Raises:
        ReadError: the file is gone, is not the one that was indexed, has no such page, or
            cannot be drawn; a line for a person.
    """
    if number < 1:
        raise ReadError(f"There is no page {number}: pages are numbered from 1.")
    try:
        path = resolve(corpus, document.path)
        found = path.stat()
    except (ReadError, CorpusError, OSError) as error:
        raise ReadError("The file is no longer in the corpus, so its pages cannot be shown.") from (
            error
        )
    stamp = (found.st_size, found.st_mtime_ns, found.st_ino)
    lines = stored_lines(document, number)
    return _page(path, stamp, document.file_sha256, number, lines, start, end)


def stored_lines(document: Document, number: int) -> tuple[StoredLine, ...]:
    """The lines of one page in a PDF's text, in the text's order."""
    lines: list[StoredLine] = []
    for block in document.blocks:
        bounds = (block.start, *block.breaks, block.end)
        at = -1 if block.page is None else number - block.page
        if 0 <= at < len(bounds) - 1:
            start = bounds[at]
            for text in document.text[start : bounds[at + 1]].split("\n"):
                if text:
                    lines.append(StoredLine(start, text))
                start += len(text) + 1
    return tuple(lines)


@lru_cache(maxsize=_KEPT_PAGES)
def _page(
    path: Path,
    stamp: tuple[int, int, int],  # a file written anew is looked at anew
    sha256: str,
    number: int,
    lines: tuple[StoredLine, ...],
    start: int,
    end: int,
) -> DrawnPage:
    with _AT_ONCE:
        try:
            data = path.read_bytes()
        except OSError as error:
            raise ReadError(
                "The file can no longer be opened, so its pages cannot be shown."
            ) from error
        if len(data) != stamp[0] or hashlib.sha256(data).hexdigest() != sha256:
            raise ReadError(
                "The file has changed since it was indexed: rebuild to see its pages again."
            )
        return draw(data, number, lines, start, end)
