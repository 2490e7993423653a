"""A corpus in one file, as public sets have it: a folder of text files is made of it.

``NAME.corpus.jsonl`` holds ``{"id": …, "title": …, "text": …}`` a line. Each becomes a file of
its own, named for its title, since a title is what a person's file would be named for.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from rag.errors import EvaluationError
from rag.evaluation.question_files import json_lines

SUFFIX = ".corpus.jsonl"
MAX_DOCUMENT_BYTES = 50_000_000

_NOT_IN_NAMES = re.compile(r"[^\w ,'()&-]+")


@dataclass(frozen=True, slots=True)
class Filed:
    """Where a document of the file has gone, and what it belongs to."""

    path: str
    article: str
    """Its title, so that a split holds out whole articles; without one, its id up to ``#``."""


def unpack(source: Path, folder: Path) -> dict[str, Filed]:
    """Write each document into the folder, where it is not there yet; by id where it is.

    Raises:
        EvaluationError: the file cannot be read, is malformed or is empty; it names the line.
    """
    filed: dict[str, Filed] = {}
    try:
        for number, fields in json_lines(source, MAX_DOCUMENT_BYTES):
            where = f"{source.name}, line {number}"
            identity, title, text = (fields.get(name) for name in ("id", "title", "text"))
            if not (isinstance(identity, str) and identity and isinstance(text, str)):
                raise EvaluationError(f'{where}: expected {{"id": "…", "title": "…", "text": "…"}}')
            if not isinstance(title, str | None):
                raise EvaluationError(f"{where}: the title is not a text")
            if identity in filed:
                raise EvaluationError(f"{where}: this id stands twice")
            # No name in the file decides where anything is written: the number alone does.
            stem = " ".join(_NOT_IN_NAMES.sub(" ", title or "").split())[:60].strip() or "untitled"
            relative = f"{len(filed):06d}/{stem}.txt"
            article = (title or "").replace(" ", "_") or identity.partition("#")[0]
            filed[identity] = Filed(relative, article)
            path = folder / relative
            if not path.exists():
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(text.encode("utf-8"))
    except UnicodeError:
        raise EvaluationError(f"{source} is not UTF-8; save it as UTF-8") from None
    except OSError as error:
        raise EvaluationError(
            f"{source} cannot be unpacked ({error.strerror}): {error.filename}"
        ) from None
    if not filed:
        raise EvaluationError(f"{source} has no documents; expected one a line")
    return filed
