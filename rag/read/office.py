"""Formats read by kreuzberg: its plain text as given, blocks by its lines and blank lines.

Its OCR, cache and quality processing (which rewrites text) are off; nothing is fetched.
Where it is known to change a word, the file is mended before it or refused.
"""

from __future__ import annotations

import re
from importlib.metadata import version

from rag.errors import ReadError
from rag.read.extraction import Extraction, scalar, sensible_title
from rag.read.package import Package
from rag.read.sniff import Kind
from rag.read.text import find_blocks, split_lines
from rag.types import Block

VERSION = "office 1"

MIME_TYPES: dict[Kind, str] = {
    "doc": "application/msword",
    "eml": "message/rfc822",
    "epub": "application/epub+zip",
    "msg": "application/vnd.ms-outlook",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "odt": "application/vnd.oasis.opendocument.text",
    "ppt": "application/vnd.ms-powerpoint",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "rtf": "application/rtf",
    "xls": "application/vnd.ms-excel",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_PACKAGES: frozenset[Kind] = frozenset({"epub", "ods", "odt", "pptx", "xlsx"})
_WITH_ENTITIES: frozenset[Kind] = frozenset({"epub", "ods", "odt"})
_SHEETS: frozenset[Kind] = frozenset({"ods", "xls", "xlsx"})
_MAIL: frozenset[Kind] = frozenset({"eml", "msg"})

# What kreuzberg writes for a picture, and before a message: its words, not the document's.
_PLACEHOLDER = re.compile(r"(?:\[Image(?::[^\]]*)?\]\s*)+")
_MAIL_HEAD = re.compile(r"(?:(?:Subject|From|To|Cc|Bcc|Date|Attachments): .*(?:\n|\Z))+")

_CODE_PAGE = re.compile(rb"\\ansicpg(\d+)")
_FONT = re.compile(rb"\\f(\d+)[^{};]*?\\fcharset(\d+)")
_FONT_USE = re.compile(rb"\\f(\d+)(?![^{};]*\\fcharset)")
_UNICODE = re.compile(rb"\\u-?\d+ ?(?:\\'[0-9a-fA-F]{2}|\?)?")
_HIGH_BYTE = re.compile(rb"\\'[89a-fA-F][0-9a-fA-F]")
# Windows character sets by code page; 0, 1, 2 and 77 are ANSI, default, symbol and Mac.
_CHARSETS = {
    b"932": 128, b"949": 129, b"936": 134, b"950": 136, b"1253": 161, b"1254": 162, b"1258": 163,
    b"1255": 177, b"1256": 178, b"1257": 186, b"1251": 204, b"874": 222, b"1250": 238,
}  # fmt: skip


def reader() -> str:
    """Name and version of this reader."""
    return f"{VERSION} kreuzberg {version('kreuzberg')}"


def extract(data: bytes, kind: Kind) -> Extraction:
    """kreuzberg's text for a file of this kind.

    Raises:
        ReadError: it cannot be read faithfully, is encrypted, or is a decompression bomb.
    """
    if kind not in MIME_TYPES:
        raise ReadError(
            f"{kind} files cannot be read yet: save it as PDF, DOCX or HTML and rebuild"
        )
    if kind in _PACKAGES:
        Package(data).check(entities=kind in _WITH_ENTITIES)
    if kind == "rtf":
        data = _faithful_rtf(data)
    from kreuzberg import ExtractionConfig, extract_bytes_sync

    config = ExtractionConfig(use_cache=False, enable_quality_processing=False)
    result = extract_bytes_sync(data, MIME_TYPES[kind], config)
    text = scalar(result.content).replace("\0", "\ufffd")
    metadata = {str(key): value for key, value in dict(result.metadata).items()}
    if kind in _SHEETS:
        blocks = _sheet_blocks(text, metadata.get("sheet_names"))
    else:
        blocks = [_own_words(text, block, mail=kind in _MAIL) for block in find_blocks(text)]
    title = metadata.get("subject" if kind in _MAIL else "title")
    return Extraction(text, tuple(blocks), sensible_title(str(title)) if title else None)


def _own_words(text: str, block: Block, *, mail: bool) -> Block:
    """Make what kreuzberg wrote itself meta, which is never quoted."""
    words = text[block.start : block.end]
    head = mail and block.start == 0 and _MAIL_HEAD.fullmatch(words)
    if head or _PLACEHOLDER.fullmatch(words):
        return Block(block.start, block.end, "meta")
    return block


def _sheet_blocks(text: str, names: object) -> list[Block]:
    """A row a line; a line that is the next sheet's name is its heading."""
    waiting = [str(name).strip() for name in names] if isinstance(names, list) else []
    blocks: list[Block] = []
    for line in split_lines(text):
        if line.text and waiting and line.text == waiting[0]:
            del waiting[0]
            blocks.append(Block(line.start, line.end, "heading", 1))
        elif line.text:
            blocks.append(Block(line.start, line.end, "row"))
    return blocks


def _faithful_rtf(data: bytes) -> bytes:
    r"""Spell out what kreuzberg 4.10 misreads; refuse what it garbles.

    It writes ``\~`` and ``\_`` (no-break space and hyphen) as those marks, and reads
    every byte by the file's code page where a font has a character set of its own.
    """
    page = _CODE_PAGE.search(data)
    expected = _CHARSETS.get(page.group(1) if page else b"1252", 0)
    foreign = {
        font for font, charset in _FONT.findall(data) if int(charset) not in (0, 1, 2, 77, expected)
    }
    plain = _UNICODE.sub(b"", data)
    if _HIGH_BYTE.search(plain) and (
        foreign & set(_FONT_USE.findall(data)) or re.search(rb"\\(?:mac|pca?)\b", data[:200])
    ):
        raise ReadError("an RTF of mixed character sets, which would be garbled: save it as DOCX")
    spelt = {b"~": b"\\u160 ?", b"_": b"\\u8209 ?", b"\\": b"\\\\"}
    return re.sub(rb"\\([\\~_])", lambda match: spelt[match.group(1)], data)
