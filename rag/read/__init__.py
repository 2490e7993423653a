"""A file becomes a Document: its text, its blocks, and what made them.

``read`` is the way in. One module a family of formats, each with ``extract``;
which one reads a file is decided by its bytes first and its name second.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from pathlib import Path, PurePosixPath
from types import ModuleType

from rag.corpus import open_file
from rag.document import Document
from rag.errors import LimitError, ReadError
from rag.read.extraction import Extraction, scalar
from rag.read.ocr import Ocr
from rag.read.sniff import FORMATS, Kind, sniff
from rag.read.xhtml import SUFFIXES as XHTML_SUFFIXES

__all__ = ["FORMATS", "extract", "read", "reader_version", "renamed"]

_MODULES: dict[Kind, str] = {
    "text": "text", "code": "text", "table": "table", "markdown": "markdown", "html": "html",
    "pdf": "pdf", "docx": "docx", "doc": "doc", "rtf": "rtf", "xlsx": "spreadsheet",
    "pptx": "presentation", "odt": "opendocument", "ods": "opendocument", "odp": "opendocument",
    "eml": "mail", "epub": "epub", "ppt": "ppt", "xls": "xls", "msg": "msg",
    "picture": "picture",
}  # fmt: skip
"""Which module reads a kind."""

_WITH_OCR: frozenset[Kind] = frozenset({"pdf", "picture"})

Reader = Callable[[bytes, str], tuple[Kind, Extraction]]
"""From a file's bytes and its suffix; raises ReadError."""


def read(
    corpus: Path, relative: str, *, max_bytes: int, ocr: Ocr | None = None, by: Reader | None = None
) -> Document:
    """Read one file of the corpus, once: its hash is that of the very bytes that were read.

    ``max_bytes`` is the largest file to open. ``by`` is where its bytes are read, by default
    here; files that nobody vouches for are read by `rag.read.worker`, in a process of its own.

    Raises:
        CorpusError: the corpus folder is missing.
        ReadError: the file cannot be read; one line that says why and what to do, and does not
            name the file. It knows the hash of the bytes, if it is they that cannot be read.
    """
    try:
        with open_file(corpus, relative) as file:
            data = file.read(max_bytes + 1)
    except OSError as error:
        raise ReadError(f"cannot be read ({error.strerror}): check its permissions") from error
    if len(data) > max_bytes:
        raise LimitError(f"larger than {max_bytes:,} bytes: split it, or raise max_file_bytes")
    suffix = PurePosixPath(relative).suffix.lower()
    sha256 = hashlib.sha256(data).hexdigest()
    try:
        kind, extraction = by(data, suffix) if by else extract(data, suffix, ocr)
    except ReadError as error:
        error.file_sha256 = sha256
        raise
    return Document(
        path=relative,
        title=extraction.title or _title(relative),
        text=extraction.text,
        blocks=extraction.blocks,
        file_sha256=sha256,
        reader=reader_version(kind, ocr),
        notes=extraction.notes,
        paging="slide" if kind in ("pptx", "ppt", "odp") else "page",
    )


def renamed(document: Document, relative: str) -> Document | None:
    """What `read` gives for a document's very bytes under another name; None: read it, to know."""
    if PurePosixPath(relative).suffix.lower() != PurePosixPath(document.path).suffix.lower():
        return None  # it may be taken for another format
    before = _title(document.path)
    if document.title == before != _title(relative):
        return None  # nothing tells whether the file or its name said so
    return replace(document, path=relative)


def extract(data: bytes, suffix: str, ocr: Ocr | None = None) -> tuple[Kind, Extraction]:
    """The reader's kind and what it found in a file's bytes; ``suffix`` with its dot.

    ``ocr`` reads the pages that are pictures; None leaves them unread.

    Raises:
        ReadError: the bytes are empty, damaged, hostile, encrypted or without text.
    """
    if not data.strip(b"\0 \t\r\n"):
        raise ReadError("an empty file: put text in it or remove it")
    kind = sniff(data, suffix)
    try:
        extraction = _extract(data, kind, suffix, ocr)
    except (ReadError, MemoryError):
        raise
    except Exception as error:  # a library's own: whatever it is, it concerns this one file
        reason = " ".join(scalar(str(error)).split())[:200] or type(error).__name__
        raise ReadError(f"cannot be read as {kind} ({reason}): save it again, or as PDF") from error
    if not extraction.blocks:
        raise ReadError("no text in it: nothing to quote; remove it, or run OCR on it first")
    return kind, extraction


def reader_version(kind: Kind, ocr: Ocr | None = None) -> str:
    """Name and version of what reads a kind; it changes whenever the text or blocks may."""
    module = _module(kind)
    version: str = module.reader() if hasattr(module, "reader") else module.VERSION
    return f"{version}, {ocr.name}" if ocr and kind in _WITH_OCR else version


def _title(relative: str) -> str:
    """What a document without a title of its own is called."""
    stem = PurePosixPath(relative).stem.replace("-", " ").replace("_", " ")
    return " ".join(stem.split()) or relative


def _extract(data: bytes, kind: Kind, suffix: str, ocr: Ocr | None) -> Extraction:
    options: dict[str, object] = {}
    if kind in ("text", "code"):
        options["code"] = kind == "code"
    elif kind == "table":
        options["tabs"] = suffix in (".tsv", ".tab")
    elif kind == "html":
        options["xml"] = suffix in XHTML_SUFFIXES
    elif kind in _WITH_OCR:
        options["ocr"] = ocr
    elif kind in ("odt", "ods", "odp"):
        options["kind"] = kind
    extraction: Extraction = _module(kind).extract(data, **options)
    return extraction


def _module(kind: Kind) -> ModuleType:
    """The module that reads a kind, imported when the first such file comes."""
    return import_module(f"rag.read.{_MODULES[kind]}")
