"""What makes an index what it is, besides its documents: part of the index id."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from rag import read, split
from rag.index import lexical
from rag.index import manifest as manifests
from rag.read.ocr import Ocr


def recipe_of(encoder_sha256: str, passage_chars: int, ocr: Ocr | None) -> dict[str, Any]:
    """The versions and settings that decide what is read, split, embedded and how it is kept."""
    return {
        "format": manifests.FORMAT,
        "readers": sorted({read.reader_version(kind, ocr) for kind in read.FORMATS.values()}),
        "split": split.VERSION,
        "lexical": lexical.VERSION,
        "passage_chars": passage_chars,
        "encoder_sha256": encoder_sha256,
    }


def recipe_sha256(made_by: dict[str, Any]) -> str:
    """A recipe's hex SHA-256."""
    return hashlib.sha256(json.dumps(made_by, sort_keys=True).encode()).hexdigest()
