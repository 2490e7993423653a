"""How a generation's database is laid out, and how a document's blocks are written in it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import astuple, fields

from rag.types import Block

SCHEMA = """
CREATE TABLE documents (
    id INTEGER PRIMARY KEY,            -- in order of path, from 0
    path TEXT NOT NULL UNIQUE,
    title TEXT NOT NULL,
    text TEXT NOT NULL,
    text_sha256 TEXT NOT NULL,
    file_sha256 TEXT NOT NULL,
    file_bytes INTEGER NOT NULL,
    reader TEXT NOT NULL,
    blocks TEXT NOT NULL,              -- JSON: rag.types.Block, field by field, without defaults
    notes TEXT NOT NULL,               -- JSON: what of the file could not be read
    paging TEXT NOT NULL
) STRICT;
CREATE TABLE sentences (
    document INTEGER NOT NULL,
    number INTEGER NOT NULL,           -- within the document, from 0
    start INTEGER NOT NULL,
    "end" INTEGER NOT NULL,
    block INTEGER NOT NULL,
    PRIMARY KEY (document, number)
) STRICT, WITHOUT ROWID;
CREATE TABLE passages (
    id INTEGER PRIMARY KEY,            -- its vector's row, from 0
    document INTEGER NOT NULL,
    start INTEGER NOT NULL,
    "end" INTEGER NOT NULL,
    first INTEGER NOT NULL,            -- sentences [first, last)
    last INTEGER NOT NULL,
    searched_sha256 TEXT NOT NULL      -- of the text that was embedded
) STRICT;
"""

_DEFAULTS = [field.default for field in fields(Block)]
_BREAKS = [field.name for field in fields(Block)].index("breaks")


def pack(blocks: Iterable[Block]) -> str:
    """Blocks as the database holds them; most have the default in their last fields."""
    rows = []
    for block in blocks:
        row = list(astuple(block))
        while row[-1] == _DEFAULTS[len(row) - 1]:
            row.pop()
        rows.append(row)
    return json.dumps(rows, separators=(",", ":"))


def unpack(blocks: str) -> tuple[Block, ...]:
    """The blocks that `pack` wrote."""
    return tuple(
        Block(*row[:_BREAKS], *map(tuple, row[_BREAKS : _BREAKS + 1]), *row[_BREAKS + 1 :])
        for row in json.loads(blocks)
    )
