"""Formats of old programs, read by kreuzberg: PPT, XLS and MSG.

Its OCR, cache and quality processing (which rewrites text) are off; nothing is fetched.
What it writes itself (a picture's place, a list of attachments) is meta, never quoted.
"""

from __future__ import annotations

import re
from dataclasses import replace
from importlib.metadata import version
from typing import Any

from rag.errors import ReadError
from rag.read.compound import Compound, is_encrypted
from rag.read.extraction import Draft, Extraction, scalar, sensible_title
from rag.read.sniff import Kind
from rag.read.text import find_blocks
from rag.types import Block

VERSION = "office 2"

MIME_TYPES: dict[Kind, str] = {
    "msg": "application/vnd.ms-outlook",
    "ppt": "application/vnd.ms-powerpoint",
    "xls": "application/vnd.ms-excel",
}

# What kreuzberg writes for a picture, and before a message: its words, not the document's.
_PLACEHOLDER = re.compile(r"(?:\[Image(?::[^\]]*)?\]\s*)+")
_MAIL_HEAD = re.compile(r"(?:(?:Subject|From|To|Cc|Bcc|Date|Attachments): .*(?:\n|\Z))+")


def reader() -> str:
    """Name and version of this reader."""
    return f"{VERSION} kreuzberg {version('kreuzberg')}"


def extract(data: bytes, kind: Kind) -> Extraction:
    """kreuzberg's text for a file of this kind.

    Raises:
        ReadError: the kind is not read yet, or the file is encrypted or damaged.
    """
    if kind not in MIME_TYPES:
        raise ReadError(
            f"{kind} files cannot be read yet: save it as PDF, DOCX or HTML and rebuild"
        )
    if is_encrypted(Compound(data)):
        raise ReadError("encrypted: save a copy without the password and rebuild")
    from kreuzberg import ExtractionConfig, extract_bytes_sync

    config = ExtractionConfig(use_cache=False, enable_quality_processing=False)
    try:
        result = extract_bytes_sync(data, MIME_TYPES[kind], config)
    except Exception:
        raise
    except BaseException as error:  # a panic of its Rust code is no Exception
        if type(error).__name__ != "PanicException":
            raise
        raise ReadError(f"a damaged {kind} file: save it again from its program") from error
    text = scalar(result.content).replace("\0", "\ufffd")
    metadata = {str(key): value for key, value in dict(result.metadata).items()}
    if kind == "msg":
        return _message(text, sensible_title(str(metadata.get("subject") or "")))
    if kind == "xls":
        return _workbook(metadata.get("sheet_names"), result.tables)
    blocks = [_own_words(text, block) for block in find_blocks(text)]
    title = metadata.get("title")
    return Extraction(text, tuple(blocks), sensible_title(str(title)) if title else None)


def _message(text: str, subject: str | None) -> Extraction:
    """In the shape of an EML: the subject, a row each for the rest of the head, the body."""
    draft = Draft()
    head = _MAIL_HEAD.match(text)
    for line in head.group().splitlines() if head else ():
        name, _, words = line.partition(": ")
        if name == "Subject":
            draft.add(words, "heading", 1)
        else:
            draft.add(
                words if name == "Attachments" else line, "meta" if name == "Attachments" else "row"
            )
    body = text[head.end() if head else 0 :]
    # Short lines of a body are prose, not headings: in a message they say something.
    blocks = [
        replace(block, kind="prose", level=0) if block.kind == "heading" else block
        for block in find_blocks(body)
    ]
    if blocks:
        draft.add_parts(body, tuple(blocks))
    return draft.finish(subject)


def _own_words(text: str, block: Block) -> Block:
    """Make what kreuzberg wrote itself meta, which is never quoted."""
    if _PLACEHOLDER.fullmatch(text[block.start : block.end]):
        return Block(block.start, block.end, "meta")
    return block


def _workbook(names: object, tables: list[Any]) -> Extraction:
    """In the shape of an XLSX: a sheet's name as heading, a row a line, a tab between cells."""
    sheets = [str(name) for name in names] if isinstance(names, list) else []
    draft = Draft()
    for table in tables:
        if 0 < table.page_number <= len(sheets):
            draft.add(" ".join(sheets[table.page_number - 1].split()), "heading", 2)
        for cells in table.cells:
            line = "\t".join(cell.replace("\0", "\ufffd").strip() for cell in cells).rstrip()
            words = line.lstrip("\t")
            draft.add(words, "row", indent=line[: len(line) - len(words)])
    return draft.finish()
