"""How a generation's database is laid out and opened, and how blocks are written in it."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from dataclasses import fields
from operator import attrgetter
from pathlib import Path

from rag.document import Block

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
    blocks TEXT NOT NULL,              -- JSON: rag.document.Block, field by field, without defaults
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

_COMMENT = re.compile(r"""\s*--[^\n'"]*\n\s*|\s+""")

_row = attrgetter(*(field.name for field in fields(Block)))  # `astuple` copies deeply
_KINDS = (int, int, str, int, int | None, int | None, tuple, bool)
_DEFAULTS = [field.default for field in fields(Block)]
_BREAKS = [field.name for field in fields(Block)].index("breaks")


def open_database(path: Path) -> sqlite3.Connection:
    """A generation's database, for reading only. Threads may share it under a lock.

    Nothing in it is run: it must hold our tables and nothing else, no view and no trigger.

    Raises:
        sqlite3.Error: it is no such database.
    """
    database = sqlite3.connect(read_only_uri(path), uri=True, check_same_thread=False)
    try:
        for pragma in ("trusted_schema = OFF", "cell_size_check = ON", "query_only = ON"):
            database.execute(f"PRAGMA {pragma}")
        with closing(sqlite3.connect(":memory:")) as model:
            model.executescript(SCHEMA)
            if _shape(database) != _shape(model):
                raise sqlite3.DatabaseError("its tables are not those of an index")
    except BaseException:
        database.close()
        raise
    return database


def read_only_uri(path: Path) -> str:
    """By which SQLite opens a file that never changes, without locks or journals."""
    return f"{path.resolve().as_uri()}?mode=ro&immutable=1"


def _shape(database: sqlite3.Connection) -> list[tuple[object, ...]]:
    """Every table, index, view and trigger, in the words that made it, comments apart: those that
    an earlier version wrote mean the same."""
    found = database.execute("SELECT type, name, sql FROM sqlite_schema ORDER BY name")
    return [(kind, name, sql and _COMMENT.sub(" ", sql)) for kind, name, sql in found]


def pack(blocks: Iterable[Block]) -> str:
    """Blocks as the database holds them; most have the default in their last fields."""
    rows = []
    for block in blocks:
        row = list(_row(block))
        while row[-1] == _DEFAULTS[len(row) - 1]:
            row.pop()
        rows.append(row)
    return json.dumps(rows, separators=(",", ":"))


def unpack(blocks: str, length: int) -> tuple[Block, ...]:
    """The blocks that `pack` wrote, of a text of so many characters.

    Raises:
        ValueError, TypeError, LookupError, RecursionError: `pack` did not write them.
    """
    found = tuple(
        Block(*row[:_BREAKS], *map(tuple, row[_BREAKS : _BREAKS + 1]), *row[_BREAKS + 1 :])
        for row in json.loads(blocks)
    )
    last = 0
    for block in found:
        if not last <= block.start < block.end <= length:
            raise ValueError("its blocks do not lie in its text, one behind the other")
        last = block.end
        for value, kind in zip(_row(block), _KINDS, strict=True):
            if not isinstance(value, kind):
                raise TypeError("a block holds what no block does")
    return found


def unpack_notes(notes: str) -> tuple[str, ...]:
    """A document's notes.

    Raises:
        ValueError, TypeError, RecursionError: they are none.
    """
    found = json.loads(notes)
    if not isinstance(found, list) or not all(isinstance(note, str) for note in found):
        raise TypeError("its notes are not lines of text")
    return tuple(found)
