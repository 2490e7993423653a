"""What the corpus holds: every file as a document, read only if its bytes are new, or refused."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from rag import read
from rag.corpus import open_file
from rag.document import Document
from rag.errors import CorpusError, LimitError, ReadError
from rag.index.local import Known
from rag.index.seen import Seen
from rag.index.store import Store
from rag.reports import Progress, Skipped

ReadAll = Callable[[Mapping[str, tuple[str, int]]], Iterator[Document | ReadError]]
"""Reads files, given by path with their hex SHA-256 and size in bytes: what became of each, in
that order."""

_FEW = 10
_LEFT = 0.1
"""Where at least `_FEW` documents are indexed and less than this share of them is left, a disk
that is not mounted is likelier than a person who means it."""


@dataclass(frozen=True, slots=True)
class Harvest:
    """What the corpus holds now."""

    read: dict[str, tuple[Document, int]]
    """What is new, or has moved, by path, with the file's size in bytes."""
    kept: dict[str, Known]
    """What the old generation holds of the very same bytes."""
    skipped: list[Skipped]
    skipped_sha256: dict[str, str]


def gather(
    corpus: Path,
    index: Path,
    paths: list[str],
    read_all: ReadAll,
    old: Store | None,
    report: Callable[[Progress], None],
) -> Harvest:
    """Every file as a document or with its reason; only bytes not seen before are read.

    Those of a file that moved are read again only where its new name may matter. A file
    that was skipped is remembered if the reason was found in the bytes that were hashed, unless it
    broke a limit: that is tried again, since the machine may be less busy and the limits others.
    """
    known = old.known() if old else {}
    named = {held.file_sha256: path for path, held in known.items()}
    refused = {item.path: item for item in old.manifest.skipped} if old else {}
    refused_sha256 = old.manifest.skipped_sha256 if old else {}
    harvest = Harvest({}, {}, [], {})
    seen = Seen(corpus, index)
    todo: dict[str, tuple[str, int]] = {}
    for path in paths:
        try:
            sha256, size_bytes = seen.sha256(path) or hash_file(corpus, path)
        except OSError as error:
            reason = f"cannot be opened ({error.strerror}): check its permissions"
            harvest.skipped.append(Skipped(path, reason))
            continue
        except ReadError as error:
            harvest.skipped.append(Skipped(path, str(error)))
            continue
        seen.remember(path, sha256)
        if path in known and known[path].file_sha256 == sha256:
            harvest.kept[path] = known[path]
        elif path in refused and refused_sha256.get(path) == sha256:
            harvest.skipped.append(refused[path])
            harvest.skipped_sha256[path] = sha256
        elif old and sha256 in named and (moved := read.renamed(old.document(named[sha256]), path)):
            harvest.read[path] = (moved, size_bytes)
        else:
            todo[path] = sha256, size_bytes
    seen.save()
    done = len(paths) - len(todo)
    outcomes = read_all(todo)
    for number, (path, (sha256, size_bytes)) in enumerate(todo.items(), done):
        report(Progress("read", number, len(paths), path))
        outcome = next(outcomes)
        if isinstance(outcome, Document):
            if outcome.file_sha256 != sha256:  # it was written to meanwhile
                size_bytes = _size(corpus, path, outcome.file_sha256) or size_bytes
            harvest.read[path] = (outcome, size_bytes)
            continue
        harvest.skipped.append(Skipped(path, str(outcome)))
        if not isinstance(outcome, LimitError) and outcome.file_sha256 == sha256:
            harvest.skipped_sha256[path] = sha256
    report(Progress("read", len(paths), len(paths)))
    return harvest


def hash_file(corpus: Path, path: str) -> tuple[str, int]:
    """A file's hex SHA-256 and its size in bytes.

    Raises:
        ReadError, OSError: it cannot be opened, or read.
    """
    with open_file(corpus, path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest(), file.tell()


def _size(corpus: Path, path: str, sha256: str) -> int | None:
    """The size in bytes of a file that has this hash; None where it has another by now."""
    try:
        found, size_bytes = hash_file(corpus, path)
    except (OSError, ReadError):
        return None
    return size_bytes if found == sha256 else None


def check_left(corpus: Path, before: dict[str, Known], harvest: Harvest) -> None:
    """Refuse to empty the index: a document is left if its path or its bytes still are there."""
    held = {document.file_sha256 for document, _ in harvest.read.values()}
    left = sum(
        path in harvest.kept or path in harvest.read or known.file_sha256 in held
        for path, known in before.items()
    )
    if len(before) >= _FEW and left < _LEFT * len(before):
        raise CorpusError(
            f"{len(before) - left} of the {len(before)} documents in the index are gone from "
            f"{corpus}, or cannot be read any more; the index is left as it is: bring them back, "
            "or run `rag build --allow-empty` if this is meant"
        )
