"""How a generation's documents and its manifest are rows of Milvus: texts cut into parts.

A string of Milvus holds 65,535 bytes, so that whatever may be longer lies in parts, put together
and compared with its SHA-256 before anything is made of it. A document's number counts from 0 in
order of path; the manifest has number -1. Nothing from a document or its name enters a filter but
letters and digits: documents are found by the SHA-256 of their path, folders by bisection.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from itertools import groupby
from typing import Any, Literal

from rag.document import Document, Sentence
from rag.index.manifest import Manifest, said, understood
from rag.index.milvus_schema import Row
from rag.index.schema import pack, unpack
from rag.index.seal import seal, unseal
from rag.index.vectors import text_sha256

FORMAT = 1
"""Raised whenever an older reader could misunderstand the rows."""
PARTS = 1 << 20
"""More than any document has."""
OVERLAP = 250
"""Characters that a part of a text shares with the next: what is sought lies in one of them."""
_TEXT_CHARS = 16_000  # with the overlap, and four bytes each, they fit
JSON_CHARS = 65_000
"""Of the ASCII that JSON is written in."""
_KINDS = ("text", "blocks", "sentences")


@dataclass(frozen=True, slots=True)
class Head:
    """What is held of a document but for its text, its blocks and its sentences."""

    path: str
    title: str
    file_sha256: str
    text_sha256: str
    file_bytes: int
    reader: str
    notes: tuple[str, ...]
    paging: Literal["page", "slide"]
    chars: int
    blocks_sha256: str
    sentences_sha256: str
    first: int
    """The number of its first passage."""
    passages: int
    parts: int
    """How many parts its text, its blocks and its sentences have."""


_FIELDS: dict[str, type] = {
    field.name: {"int": int, "tuple[str, ...]": tuple}.get(str(field.type), str)
    for field in fields(Head)
}


@dataclass(frozen=True, slots=True)
class Made:
    """A document as rows hold it."""

    head: Head
    document: Document
    sentences: tuple[Sentence, ...]


def document_rows(
    document: Document,
    sentences: Sequence[Sentence],
    *,
    file_bytes: int,
    first: int,
    passages: int,
) -> list[Row]:
    """A document's rows, not yet `numbered`."""
    blocks = pack(document.blocks)
    told = json.dumps([[s.start, s.end, s.block] for s in sentences], separators=(",", ":"))
    cut = {
        "text": list(_text_parts(document.text)),
        "blocks": _cut(blocks),
        "sentences": _cut(told),
    }
    head = Head(
        path=document.path,
        title=document.title,
        file_sha256=document.file_sha256,
        text_sha256=document.text_sha256,
        file_bytes=file_bytes,
        reader=document.reader,
        notes=document.notes,
        paging=document.paging,
        chars=len(document.text),
        blocks_sha256=text_sha256(blocks),
        sentences_sha256=text_sha256(told),
        first=first,
        passages=passages,
        parts=sum(map(len, cut.values())),
    )
    return head_rows(head) + [_row(kind, part) for kind, parts in cut.items() for part in parts]


def numbered(number: int, rows: Sequence[Row]) -> list[Row]:
    """The rows of one document, in order, under its number."""
    return [row | {"key": number * PARTS + part} for part, row in enumerate(rows)]


def head_rows(head: Head) -> list[Row]:
    """Those that stand first among a document's rows."""
    rows = [_row("head", part) for part in _cut(_sealed(asdict(head)))]
    rows[0]["path_sha256"] = text_sha256(head.path)
    return rows


def manifest_rows(manifest: Manifest, rows: int, size_bytes: int) -> list[Row]:
    """The manifest, with how many rows the documents have and how much was written."""
    raw = said(manifest) | {"format": FORMAT, "rows": rows, "bytes": size_bytes}
    return numbered(-1, [_row("manifest", part) for part in _cut(_sealed(raw))])


def read_manifest(rows: Sequence[Row]) -> tuple[Manifest, int, int]:
    """What `manifest_rows` was given.

    Raises:
        ValueError, TypeError, LookupError: it did not make these rows.
    """
    raw = _unsealed(rows)
    if raw["format"] != FORMAT:
        raise ValueError(f"its format is {raw['format']}, this version reads {FORMAT}")
    return understood(raw), int(raw["rows"]), int(raw["bytes"])


def read_head(rows: Sequence[Row]) -> Head:
    """A document's head from the rows that hold it, in order.

    Raises:
        ValueError, TypeError, LookupError: they are no head.
    """
    raw = _unsealed(rows)
    notes = raw.pop("notes")
    if not isinstance(notes, list) or not all(isinstance(note, str) for note in notes):
        raise TypeError("its notes are not lines of text")
    head = Head(**raw, notes=tuple(notes))
    for name, kind in _FIELDS.items():
        if type(getattr(head, name)) is not kind:
            raise TypeError(f"its {name} is none")
    if head.paging not in ("page", "slide"):
        raise ValueError("its pages are of no kind")
    if min(head.first, head.passages, head.chars, head.parts) < 0:
        raise ValueError("it counts below nothing")
    return head


def read_document(rows: Sequence[Row]) -> Made:
    """A document from all of its rows, in any order.

    Raises:
        ValueError, TypeError, LookupError: they are not what was written.
    """
    ordered = sorted(rows, key=lambda row: int(row["key"]))
    found = {kind: list(parts) for kind, parts in groupby(ordered, lambda row: str(row["kind"]))}
    head = read_head(found.pop("head", []))
    if set(found) != set(_KINDS) or sum(map(len, found.values())) != head.parts:
        raise ValueError("a part of it is missing")
    text = "".join(row["body"][:_TEXT_CHARS] for row in found["text"])
    blocks, told = (_joined(found[kind]) for kind in ("blocks", "sentences"))
    if text_sha256(blocks) != head.blocks_sha256 or text_sha256(told) != head.sentences_sha256:
        raise ValueError("its blocks or sentences do not match their checksum")
    document = Document(
        head.path,
        head.title,
        text,
        unpack(blocks, len(text)),
        head.file_sha256,
        head.reader,
        head.notes,
        head.paging,
    )
    if document.text_sha256 != head.text_sha256:
        raise ValueError("its text does not match its checksum")
    for whole, part in zip(_text_parts(text), found["text"], strict=True):
        if whole != part["body"]:
            raise ValueError("its text does not match its checksum")  # where two parts overlap
    sentences = tuple(Sentence(*map(int, row)) for row in json.loads(told))
    for sentence in sentences:
        if not 0 <= sentence.start < sentence.end <= len(text):
            raise ValueError("a sentence lies outside of its text")
        if not 0 <= sentence.block < len(document.blocks):
            raise ValueError("a sentence lies in no block")
    return Made(head, document, sentences)


def probe(sought: str) -> str:
    """A piece of a text that can be asked for as it is: letters, digits and spaces, the longest
    such run, no longer than parts overlap; empty if there is none."""
    runs = re.findall(r"[^\W_]+(?: [^\W_]+)*", sought)
    return max(runs, key=len, default="")[:OVERLAP].rstrip()


def _text_parts(text: str) -> Iterator[str]:
    for start in range(0, len(text) or 1, _TEXT_CHARS):
        end = min(len(text), start + _TEXT_CHARS)
        yield text[start : end + OVERLAP]


def _cut(ascii_text: str) -> list[str]:
    return [
        ascii_text[start : start + JSON_CHARS] for start in range(0, len(ascii_text), JSON_CHARS)
    ]


def _row(kind: str, body: str) -> Row:
    return {"kind": kind, "path_sha256": "", "body": body, "nothing": [0.0, 0.0]}


def _joined(rows: Sequence[Row]) -> str:
    return "".join(row["body"] for row in rows)


def _sealed(raw: dict[str, Any]) -> str:
    """Its checksum, and what it says, in ASCII."""
    return seal(json.dumps(raw, sort_keys=True, separators=(",", ":")))


def _unsealed(rows: Sequence[Row]) -> dict[str, Any]:
    return dict(json.loads(unseal(_joined(rows))))
