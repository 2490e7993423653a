"""The files of a generation: what the one before holds already is copied, the rest is made.

Both ways lead to the same bytes: nothing in a generation tells how it came about.
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rag import split
from rag.document import Document
from rag.index import dense, lexical
from rag.index import manifest as manifests
from rag.index.harvest import Harvest
from rag.index.local import LocalStore
from rag.index.schema import SCHEMA, pack
from rag.index.vectors import text_sha256
from rag.searched import searched

_COPY = (
    """INSERT INTO documents SELECT :document, path, title, text, text_sha256, file_sha256,
        file_bytes, reader, blocks, notes, paging
      FROM old.documents WHERE id = :old""",
    """INSERT INTO sentences SELECT :document, number, start, "end", block
      FROM old.sentences WHERE document = :old ORDER BY number""",
    """INSERT INTO passages SELECT id - :low + :passage, :document, start, "end", first, last,
        searched_sha256
      FROM old.passages WHERE id >= :low AND id < :high ORDER BY id""",
)

_AT_ONCE = 65_536


@dataclass(frozen=True, slots=True)
class Written:
    """The passages that have become rows, in order."""

    sources: NDArray[np.int64]
    """Each one's number in the old generation; -1 if it is none of its."""
    texts: list[str]
    """What is searched of those that are not, in order."""


def write_documents(
    folder: Path, harvest: Harvest, old: LocalStore | None, passage_chars: int, *, same_recipe: bool
) -> Written:
    """Fill the database, in order of path.

    With the ``same_recipe`` as the old generation's, what is kept of it is copied as it is; else
    its documents are split anew.
    """
    sources: list[NDArray[np.int64]] = [np.empty(0, np.int64)]
    texts: list[str] = []
    passage = 0
    with closing(sqlite3.connect(folder / manifests.DOCUMENTS, uri=True)) as database:
        database.executescript(SCHEMA)
        if old and same_recipe:
            database.execute("ATTACH ? AS old", (old.database_uri,))
        for number, path in enumerate(sorted([*harvest.kept, *harvest.read])):
            if old and same_recipe and path in harvest.kept:
                low, high = old.passage_range(path)
                found = {"document": number, "old": old.number(path)}
                for statement in _COPY:
                    database.execute(
                        statement, found | {"low": low, "high": high, "passage": passage}
                    )
                sources.append(np.arange(low, high))
                passage += high - low
                continue
            if old and path in harvest.kept:
                document, file_bytes = old.document(path), harvest.kept[path].file_bytes
            else:
                document, file_bytes = harvest.read[path]
            made = _insert(database, number, document, file_bytes, passage, passage_chars)
            texts += made
            sources.append(np.full(len(made), -1))
            passage += len(made)
        database.commit()
    return Written(np.concatenate(sources), texts)


def write_rankers(
    folder: Path, written: Written, made: NDArray[np.float32], old: LocalStore | None
) -> None:
    """Write the vectors, those ``made`` for the new texts and those copied, and the words."""
    words = lexical.from_texts(written.texts)
    new = written.sources < 0
    if old and not new.all():
        words = lexical.merge(old.words(), words, written.sources)
    lexical.save(words, folder / manifests.LEXICAL)
    vectors = made if old is None or new.all() else _joined(old.vectors(), made, written.sources)
    dense.save(vectors, folder, old.nearest if old else None, written.sources)


def _joined(
    held: NDArray[np.float32], made: NDArray[np.float32], sources: NDArray[np.int64]
) -> NDArray[np.float32]:
    new = sources < 0
    vectors = np.empty((len(new), held.shape[1]), np.float32)
    for start in range(0, len(new), _AT_ONCE):  # held may be more than fits into memory twice
        block = slice(start, start + _AT_ONCE)
        vectors[block][~new[block]] = held[sources[block][~new[block]]]
    if new.any():
        vectors[new] = made
    return vectors


def _insert(
    database: sqlite3.Connection,
    number: int,
    document: Document,
    file_bytes: int,
    first: int,
    passage_chars: int,
) -> list[str]:
    """Write one document under its number, its passages from ``first``; what is searched of it."""
    sentences, passages = split.split(document, passage_chars=passage_chars)
    database.execute(
        "INSERT INTO documents VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            number,
            document.path,
            document.title,
            document.text,
            document.text_sha256,
            document.file_sha256,
            file_bytes,
            document.reader,
            pack(document.blocks),
            json.dumps(document.notes),
            document.paging,
        ),
    )
    database.executemany(
        "INSERT INTO sentences VALUES (?, ?, ?, ?, ?)",
        ((number, n, s.start, s.end, s.block) for n, s in enumerate(sentences)),
    )
    texts = [searched(document, sentences[p.first : p.last]).text for p in passages]
    database.executemany(
        "INSERT INTO passages VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            (first + n, number, p.start, p.end, p.first, p.last, text_sha256(text))
            for n, (p, text) in enumerate(zip(passages, texts, strict=True))
        ),
    )
    return texts
