"""What the corpus holds: every file as a document, read only if its bytes are new, or refused."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rag import read
from rag.corpus import open_file
from rag.errors import CorpusError, LimitError, ReadError
from rag.index.local import LocalStore
from rag.read.worker import Workers
from rag.types import Document, Progress, Skipped

_FEW = 10
_LEFT = 0.1
"""Where at least `_FEW` documents are indexed and less than this share of them is left, a disk
that is not mounted is likelier than a person who means it."""


@dataclass(frozen=True, slots=True)
class Harvest:
    """What the corpus holds now."""

    documents: dict[str, tuple[Document, int]]
    """By path, with the file's size in bytes."""
    kept: set[str]
    """The paths whose bytes the old generation had read already."""
    skipped: list[Skipped]
    skipped_sha256: dict[str, str]


def gather(
    corpus: Path,
    paths: list[str],
    workers: Workers,
    old: LocalStore | None,
    report: Callable[[Progress], None],
) -> Harvest:
    """Every file as a document or with its reason; only bytes not seen before are read.

    Those of a file that moved are read again only where its new name may matter. A file
    that was skipped is remembered, unless it broke a limit: that is tried again, since the machine
    may be less busy and the limits others.
    """
    known = old.file_sha256() if old else {}
    named = {sha256: path for path, sha256 in known.items()}
    sizes = {info.path: info.file_bytes for info in old.documents()} if old else {}
    refused = {item.path: item for item in old.manifest.skipped} if old else {}
    refused_sha256 = old.manifest.skipped_sha256 if old else {}
    harvest = Harvest({}, set(), [], {})
    todo: dict[str, tuple[str, int]] = {}
    for path in paths:
        try:
            with open_file(corpus, path) as file:
                sha256 = hashlib.file_digest(file, "sha256").hexdigest()
                size_bytes = file.tell()
        except OSError as error:
            reason = f"cannot be opened ({error.strerror}): check its permissions"
            harvest.skipped.append(Skipped(path, reason))
        except ReadError as error:
            harvest.skipped.append(Skipped(path, str(error)))
        else:
            if old and known.get(path) == sha256:
                harvest.documents[path] = (old.document(path), sizes[path])
                harvest.kept.add(path)
            elif path in refused and refused_sha256.get(path) == sha256:
                harvest.skipped.append(refused[path])
                harvest.skipped_sha256[path] = sha256
            elif (
                old
                and sha256 in named
                and (moved := read.renamed(old.document(named[sha256]), path))
            ):
                harvest.documents[path] = (moved, size_bytes)
            else:
                todo[path] = sha256, size_bytes
    done = len(paths) - len(todo)
    outcomes = workers.read_all(corpus, list(todo))
    for number, (path, (sha256, size_bytes)) in enumerate(todo.items(), done):
        report(Progress("read", number, len(paths), path))
        outcome = next(outcomes)
        if isinstance(outcome, Document):
            harvest.documents[path] = (outcome, size_bytes)
            continue
        harvest.skipped.append(Skipped(path, str(outcome)))
        if not isinstance(outcome, LimitError):
            harvest.skipped_sha256[path] = sha256
    report(Progress("read", len(paths), len(paths)))
    return harvest


def check_left(corpus: Path, old: LocalStore, harvest: Harvest) -> None:
    """Refuse to empty the index: a document is left if its path or its bytes still are there."""
    before = old.file_sha256()
    held = {document.file_sha256 for document, _ in harvest.documents.values()}
    left = sum(path in harvest.documents or sha256 in held for path, sha256 in before.items())
    if len(before) >= _FEW and left < _LEFT * len(before):
        raise CorpusError(
            f"{len(before) - left} of the {len(before)} documents in the index are gone from "
            f"{corpus}, or cannot be read any more; the index is left as it is: bring them back, "
            "or run `rag build --allow-empty` if this is meant"
        )
