"""Which reader a file needs: its first bytes decide, its name where they do not."""

from __future__ import annotations

import io
import re
import zipfile
from typing import Literal

from rag.errors import ReadError

Kind = Literal[
    "text", "code", "markdown", "html", "table", "pdf", "docx",
    "doc", "eml", "epub", "msg", "odp", "ods", "odt", "picture", "ppt", "pptx", "rtf", "xls",
    "xlsx",
]  # fmt: skip

FORMATS: dict[str, Kind] = {
    ".txt": "text", ".text": "text", ".log": "text", ".rst": "text", ".asc": "text",
    ".md": "markdown", ".markdown": "markdown", ".mdown": "markdown", ".mkd": "markdown",
    ".html": "html", ".htm": "html", ".xhtml": "html",
    ".csv": "table", ".tsv": "table", ".tab": "table",
    ".pdf": "pdf", ".docx": "docx", ".docm": "docx", ".dotx": "docx",
    ".doc": "doc", ".dot": "doc", ".rtf": "rtf", ".odt": "odt", ".ods": "ods", ".odp": "odp",
    ".ppt": "ppt", ".pptx": "pptx", ".pptm": "pptx", ".ppsx": "pptx",
    ".xls": "xls", ".xlsx": "xlsx", ".xlsm": "xlsx",
    ".epub": "epub", ".eml": "eml", ".msg": "msg",
    ".png": "picture", ".jpg": "picture", ".jpeg": "picture",
    ".tif": "picture", ".tiff": "picture",
    ".json": "code", ".jsonl": "code", ".xml": "code", ".yaml": "code", ".yml": "code",
    ".toml": "code", ".ini": "code", ".py": "code", ".js": "code", ".ts": "code", ".sql": "code",
    ".sh": "code", ".c": "code", ".h": "code", ".cpp": "code", ".java": "code", ".rs": "code",
    ".go": "code", ".css": "code",
}  # fmt: skip
"""Suffix to reader. A file with another suffix is read as text, if it is text."""

_TEXTUAL: frozenset[Kind] = frozenset({"text", "code", "markdown", "html", "table", "eml"})
_PICTURES = (b"\x89PNG\r\n", b"\xff\xd8\xff", b"II*\0", b"MM\0*")
# GIF; BMP, by its reserved words too, and bzip2 by its first block: words begin with BM and BZh.
_OTHER_PICTURES = re.compile(rb"GIF8|BM.{4}\0{4}", re.DOTALL)
_ARCHIVES = re.compile(rb"\x1f\x8b|7z\xbc\xaf|Rar!|BZh[1-9]1AY&SY|\xfd7zXZ")
_PDF = re.compile(rb"(?:\xef\xbb\xbf)?\s*%PDF-")
_MIMETYPES: dict[bytes, Kind] = {
    b"application/vnd.oasis.opendocument.text": "odt",
    b"application/vnd.oasis.opendocument.spreadsheet": "ods",
    b"application/vnd.oasis.opendocument.presentation": "odp",
    b"application/epub+zip": "epub",
}
_OFFICE_FOLDERS: dict[str, Kind] = {"word/": "docx", "ppt/": "pptx", "xl/": "xlsx"}
_OLE_STREAMS: tuple[tuple[str, Kind], ...] = (
    ("PowerPoint Document", "ppt"),
    ("__substg1.0", "msg"),
    ("WordDocument", "doc"),
    ("Workbook", "xls"),
    ("Book", "xls"),
)
_HTML = re.compile(
    rb"\s*(?:<!--.*?-->\s*)*(?:<\?xml[^>]*>\s*)?(?:<!doctype html|<html)", re.I | re.S
)


def sniff(data: bytes, suffix: str) -> Kind:
    """The reader for a file's bytes; ``suffix`` is its name's, in lower case, with the dot.

    Raises:
        ReadError: no reader can help: an archive, an encrypted package.
    """
    named = FORMATS.get(suffix)
    may_be_text = named is None or named in _TEXTUAL
    if b"%PDF-" in data[:1024] and (not may_be_text or _PDF.match(data)):
        return "pdf"
    if data.startswith(b"PK\x03\x04"):
        return _zip_kind(data)
    if data.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return _ole_kind(data, named)
    if data.startswith(b"{\\rtf"):
        return "rtf"
    if data.startswith(_PICTURES) and named not in _TEXTUAL:
        return "picture"
    if _OTHER_PICTURES.match(data) and named not in _TEXTUAL:
        raise ReadError("a picture, without text of its own: save it as PNG and turn on OCR")
    if _ARCHIVES.match(data):
        raise ReadError("a compressed archive: unpack it into the corpus and rebuild")
    if named in _TEXTUAL and named is not None:
        return named
    if named == "pdf" and (data.startswith(b"%PDF") or b"endobj" in data):
        return "pdf"  # damaged, and pdfium may mend it
    if _HTML.match(data[:4096]):
        return "html"
    if named is not None:
        raise ReadError(f"not a {named} file inside: rename it to what it is, or save it again")
    return "text"


def _zip_kind(data: bytes) -> Kind:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            names = package.namelist()
            if "mimetype" in names:
                with package.open("mimetype") as entry:
                    kind = _MIMETYPES.get(entry.read(100).strip())
                if kind:
                    return kind
    except Exception as error:  # zipfile lets struct, codec and zlib errors through
        raise ReadError("a damaged ZIP package: save it again from its program") from error
    for folder, kind in _OFFICE_FOLDERS.items():
        if any(name.lstrip("/").lower().startswith(folder) for name in names):
            return kind
    raise ReadError("a ZIP archive, not a document: unpack it into the corpus and rebuild")


def _ole_kind(data: bytes, named: Kind | None) -> Kind:
    """Compound files name their streams in UTF-16; the names say which program wrote them."""
    if "EncryptedPackage".encode("utf-16-le") in data:
        raise ReadError("encrypted: save a copy without the password and rebuild")
    if named in ("doc", "xls", "ppt", "msg"):
        return named
    for stream, kind in _OLE_STREAMS:
        if stream.encode("utf-16-le") in data:
            return kind
    raise ReadError(
        "a compound file of an unknown program: save it in a format named in the README"
    )
