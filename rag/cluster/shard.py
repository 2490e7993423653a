"""A shard: what one worker has read and embedded in one go, as bytes that never change.

    rag shard 1\\n
    the length of the header in 8 bytes, big-endian
    the header, JSON: the recipe's hash, documents, refusals, the hashes of the embedded texts
    their vectors, float32, little-endian, row by row

It is called by the SHA-256 of its bytes: whatever a kill has torn or a disk has changed has
another, and counts as not there. Never pickle.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.document import Document
from rag.errors import LimitError, ReadError
from rag.index.schema import pack as pack_blocks
from rag.index.schema import unpack as unpack_blocks
from rag.index.schema import unpack_notes

Vector = NDArray[np.float32]

_MAGIC = b"rag shard 1\n"
_LENGTH_BYTES = 8
_DOCUMENT = ("path", "title", "text", "file_sha256", "reader", "paging")


@dataclass(frozen=True, slots=True)
class Shard:
    """What a worker made of its files, or of texts."""

    outcomes: Mapping[str, tuple[str, Document | ReadError]]
    """By path, the hex SHA-256 of the file and what it was read as, or why it was not."""
    vectors: Mapping[str, Vector]
    """By the hex SHA-256 of the text."""


def name_of(data: bytes) -> str:
    """What a shard is called."""
    return hashlib.sha256(data).hexdigest()


def pack(shard: Shard, recipe_sha256: str) -> bytes:
    """A shard as bytes: the same ones for the same content."""
    documents, refused = [], []
    for path, (sha256, outcome) in sorted(shard.outcomes.items()):
        if isinstance(outcome, Document):
            row: dict[str, Any] = {name: getattr(outcome, name) for name in _DOCUMENT}
            documents.append(
                row | {"blocks": pack_blocks(outcome.blocks), "notes": json.dumps(outcome.notes)}
            )
        else:
            refused.append([path, sha256, str(outcome), isinstance(outcome, LimitError)])
    hashes = sorted(shard.vectors)
    header = {
        "recipe": recipe_sha256,
        "documents": documents,
        "refused": refused,
        "hashes": hashes,
    }
    rows = [shard.vectors[sha256].astype("<f4").tobytes() for sha256 in hashes]
    text = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode()
    return b"".join([_MAGIC, len(text).to_bytes(_LENGTH_BYTES, "big"), text, *rows])


def unpack(data: bytes, name: str, recipe_sha256: str) -> Shard:
    """The shard of that name, if it was made by the same recipe.

    Raises:
        ValueError: it was not, or these are not the bytes that a worker wrote.
    """
    if name_of(data) != name:
        raise ValueError("its bytes are not those it is named for")
    try:
        return _unpack(data, recipe_sha256)
    except (TypeError, LookupError, AttributeError, RecursionError) as error:
        raise ValueError(f"no shard of ours ({error})") from error


def _unpack(data: bytes, recipe_sha256: str) -> Shard:
    if not data.startswith(_MAGIC):
        raise ValueError("no shard, or one of another version")
    start = len(_MAGIC) + _LENGTH_BYTES
    end = start + int.from_bytes(data[len(_MAGIC) : start], "big")
    header = json.loads(data[start:end])
    if header["recipe"] != recipe_sha256:
        raise ValueError("made by another recipe")
    outcomes: dict[str, tuple[str, Document | ReadError]] = {}
    for row in header["documents"]:
        document = _document(row)
        outcomes[document.path] = (document.file_sha256, document)
    for path, sha256, reason, limit in header["refused"]:
        _check_texts(path, sha256, reason)
        error = (LimitError if limit is True else ReadError)(reason)
        error.file_sha256 = sha256
        outcomes[path] = (sha256, error)
    hashes = header["hashes"]
    _check_texts(*hashes)
    return Shard(outcomes, _vectors(data[end:], hashes))


def _document(row: dict[str, Any]) -> Document:
    fields = {name: row[name] for name in _DOCUMENT}
    _check_texts(*fields.values())
    if fields["paging"] not in ("page", "slide"):
        raise ValueError("pages are counted as pages or slides")
    return Document(
        **fields,
        blocks=unpack_blocks(row["blocks"], len(row["text"])),
        notes=unpack_notes(row["notes"]),
    )


def _vectors(data: bytes, hashes: list[str]) -> dict[str, Vector]:
    if not hashes:
        if data:
            raise ValueError("vectors of no text")
        return {}
    dimension, rest = divmod(len(data), 4 * len(hashes))
    rows = np.frombuffer(data, "<f4").astype(np.float32) if not rest else np.empty(0, np.float32)
    if rest or not dimension or not np.isfinite(rows).all():
        raise ValueError("not a vector of finite numbers for each text")
    return dict(zip(hashes, rows.reshape(len(hashes), dimension), strict=True))


def _check_texts(*values: object) -> None:
    for value in values:
        if not isinstance(value, str):
            raise TypeError("not a text where one is expected")
        value.encode()  # UnicodeEncodeError, a ValueError, for lone surrogates
