"""EPUB books: the chapters in the order of the book, each read as the HTML that it is."""

from __future__ import annotations

import posixpath
import re
from urllib.parse import unquote

from rag.errors import ReadError
from rag.read.extraction import Draft, Extraction, first_heading, sensible_title
from rag.read.package import Element, Package, value
from rag.read.xhtml import as_html

VERSION = "epub 1"

_CONTAINER = "META-INF/container.xml"
_ENCRYPTION = "META-INF/encryption.xml"
_MOST_CHARACTERS = 100_000_000
_CHAPTER_TYPES = ("application/xhtml+xml", "text/html", "text/x-oeb1-document", "application/xml",
                  "text/xml")  # fmt: skip
_DOCTYPE = re.compile(r"<!DOCTYPE[^\[>]*(\[)?[^>]*>", re.I)


def reader() -> str:
    """Name and version of this reader, and of the one for its HTML."""
    from rag.read import html

    return f"{VERSION} {html.reader()}"


def extract(data: bytes) -> Extraction:
    """The chapters of the book's spine.

    Raises:
        ReadError: encrypted, damaged, hostile, or larger than the limits.
    """
    from rag.read import html

    package = Package(data)
    main, book = _book(package)
    locked = _locked(package)
    draft = Draft()
    missing = written = 0
    chapter_notes: list[str] = []
    for name in _spine(main, book):
        if name in locked:
            raise ReadError("encrypted: only its shop's programs open it; find a copy without")
        if name not in package:
            missing += 1
            continue
        source = html.decoded(package.bytes(name))
        _refuse_entities(source, name)
        source = as_html(source)
        written += len(source)
        if written > _MOST_CHARACTERS:
            raise ReadError(f"more than {_MOST_CHARACTERS:,} characters in it: split the book")
        chapter = html.extract_text(source)
        if chapter.blocks:
            draft.add_parts(chapter.text, chapter.blocks)
        chapter_notes += chapter.notes
    if missing:
        chapter_notes.insert(0, f"{missing} chapters are missing from the file")
    notes = tuple(dict.fromkeys(chapter_notes))
    extraction = draft.finish(notes=notes)
    title = next(book.iter("{http://purl.org/dc/elements/1.1/}title"), None)
    named = sensible_title(title.text) if title is not None else None
    return Extraction(extraction.text, extraction.blocks, named or first_heading(extraction), notes)


def _book(package: Package) -> tuple[str, Element]:
    """The package document's name and its XML."""
    container = package.xml(_CONTAINER, doctype=True)
    for entry in container.iter("{*}rootfile"):
        name = value(entry, "full-path") or ""
        if name in package:
            return name, package.xml(name, doctype=True)
    raise ReadError("a damaged book: its list of chapters is missing; save it again")


def _spine(main: str, book: Element) -> list[str]:
    """The names of the chapters' parts, in the order of reading."""
    folder = posixpath.dirname(main)
    chapters: dict[str, str] = {}
    for item in book.iter("{*}item"):
        kind = (item.get("media-type") or "").lower()
        href = unquote((item.get("href") or "").partition("#")[0])
        if kind in _CHAPTER_TYPES or href.lower().endswith((".xhtml", ".html", ".htm")):
            chapters[item.get("id") or ""] = posixpath.normpath(posixpath.join(folder, href))
    spine = [reference.get("idref") or "" for reference in book.iter("{*}itemref")]
    # A chapter listed twice is one chapter: a small list could repeat it without end.
    return list(dict.fromkeys(chapters[item] for item in spine if item in chapters))


def _locked(package: Package) -> frozenset[str]:
    """Parts that are encrypted. Publishers garble fonts as well, which does not matter."""
    if _ENCRYPTION not in package:
        return frozenset()
    references = package.xml(_ENCRYPTION, doctype=True).iter("{*}CipherReference")
    return frozenset(unquote(reference.get("URI") or "") for reference in references)


def _refuse_entities(source: str, name: str) -> None:
    doctype = _DOCTYPE.search(source[:10_000])
    if doctype and doctype.group(1):
        raise ReadError(f"its part {name} declares entities, as no honest book does: refused")
