"""The corpus becomes a generation: read, split, encode, write, switch."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag import read, split
from rag.corpus import list_files, open_file
from rag.errors import CorpusError, IndexUnusableError, LimitError, ReadError
from rag.index import generation, lexical, pending
from rag.index import manifest as manifests
from rag.index.local import LocalStore, open_store
from rag.index.schema import SCHEMA, pack
from rag.index.vectors import embed, text_sha256
from rag.models import bundled
from rag.models.encoder import Encoder, open_encoder
from rag.read.worker import Workers, open_workers
from rag.settings import Settings
from rag.types import BuildReport, Document, Noted, Progress, Skipped

Report = Callable[[Progress], None]

_FEW = 10
_LEFT = 0.1
"""Where at least `_FEW` documents are indexed and less than this share of them is left, a disk
that is not mounted is likelier than a person who means it."""


@dataclass(frozen=True, slots=True)
class _Harvest:
    """What the corpus holds now."""

    documents: dict[str, tuple[Document, int]]
    """By path, with the file's size in bytes."""
    kept: set[str]
    """The paths whose bytes the old generation had read already."""
    skipped: list[Skipped]
    skipped_sha256: dict[str, str]


def build(
    settings: Settings,
    *,
    encoder: Encoder | None = None,
    progress: Report | None = None,
    allow_empty: bool = False,
) -> BuildReport:
    """Bring the index up to date with the corpus, doing only the work that changed.

    The old generation serves until the new one is complete. A file that cannot
    be read is skipped with its reason. The encoder is only loaded when there is
    something to embed; what it has embedded survives an interruption.

    ``allow_empty`` builds even where no document is left, or less than a tenth of ten or more:
    otherwise that is an error, so that a corpus that has vanished never empties the index.

    Raises:
        CorpusError: no such folder, no files, none that can be read, or hardly any left.
        ModelError: the encoder cannot be loaded.
        IndexBusyError: another build is running.
        IndexWriteError: the disk is full, or the folder may not be written.
        SettingsError: OCR is asked for, and tesseract or a language is not installed.
    """
    started = time.perf_counter()
    report = progress or (lambda _: None)
    index = Path(settings.index)
    corpus = Path(settings.corpus)
    paths, refused = list_files(corpus)
    if not paths and not allow_empty:
        raise CorpusError(
            f"the corpus folder {corpus} has no documents; put some in and run `rag build`"
        )
    with open_workers(settings) as workers, generation.locked(index):
        if encoder is None and settings.encoder != "default":
            encoder = open_encoder(settings.encoder)  # only the weights tell what it is
        recipe = _recipe(settings, encoder, workers)
        old = _previous(index)
        generation.sweep(index, old.folder.name if old and not old.warning else None)
        harvest = _harvest(corpus, paths, workers, _usable(old, recipe), report)
        skipped = tuple(sorted([*refused, *harvest.skipped]))
        if not harvest.documents and not allow_empty:
            raise CorpusError(
                f"none of the {len(paths)} files in {corpus} could be read "
                f"({skipped[0].path}: {skipped[0].reason}); "
                "put a readable document in and run `rag build`"
            )
        if old and not allow_empty:
            _check_left(corpus, old, harvest)
        documents = [harvest.documents[path] for path in sorted(harvest.documents)]
        index_id = _index_id(recipe, [document for document, _ in documents], skipped)
        passages, embedded = old.manifest.passages if old else 0, 0
        if old is None or old.warning or old.manifest.index_id != index_id:
            with generation.new_generation(index) as folder:
                texts = _write_documents(folder, documents, settings.passage_chars)
                vectors, embedded = embed(
                    texts, settings, encoder, recipe["encoder_sha256"], old, report
                )
                report(Progress("write", 0, 1))
                _write_rankers(folder, texts, vectors)
                manifest = manifests.Manifest(
                    index_id=index_id,
                    recipe=recipe,
                    encoder=encoder.name if encoder else bundled.ENCODER.name,
                    documents=len(documents),
                    passages=len(texts),
                    skipped=skipped,
                    skipped_sha256=harvest.skipped_sha256,
                )
                manifests.write(folder, manifest)
                generation.publish(index, folder, index_id, old.folder.name if old else None)
                report(Progress("write", 1, 1))
            passages = len(texts)
        pending.remove(index)
    before = set(old.file_sha256()) if old else set()
    now = set(harvest.documents)
    return BuildReport(
        added=tuple(sorted(now - before)),
        changed=tuple(sorted((before & now) - harvest.kept)),
        removed=tuple(sorted(before - now)),
        kept=tuple(sorted(harvest.kept)),
        skipped=skipped,
        notes=tuple(Noted(held.path, note) for held, _ in documents for note in held.notes),
        index_id=index_id,
        passages=passages,
        embedded=embedded,
        seconds=time.perf_counter() - started,
    )


def _recipe(settings: Settings, encoder: Encoder | None, workers: Workers) -> dict[str, Any]:
    return {
        "format": manifests.FORMAT,
        "readers": sorted(
            {read.reader_version(kind, workers.ocr) for kind in read.FORMATS.values()}
        ),
        "split": split.VERSION,
        "lexical": lexical.VERSION,
        "passage_chars": settings.passage_chars,
        "encoder_sha256": encoder.sha256 if encoder else bundled.ENCODER.sha256,
    }


def _previous(index: Path) -> LocalStore | None:
    """The generation to build on; a missing or damaged one is built anew from the corpus."""
    try:
        return open_store(index)
    except IndexUnusableError:
        return None


def _usable(old: LocalStore | None, recipe: dict[str, Any]) -> LocalStore | None:
    """The old generation if today's readers would read every file as it did."""
    return old if old and old.manifest.recipe["readers"] == recipe["readers"] else None


def _harvest(
    corpus: Path, paths: list[str], workers: Workers, old: LocalStore | None, report: Report
) -> _Harvest:
    """Every file as a document or with its reason; only bytes not seen before are read.

    A file that was skipped is remembered, unless it broke a limit: that is tried again, since
    the machine may be less busy and the limits others.
    """
    known = old.file_sha256() if old else {}
    sizes = {info.path: info.file_bytes for info in old.documents()} if old else {}
    refused = {item.path: item for item in old.manifest.skipped} if old else {}
    refused_sha256 = old.manifest.skipped_sha256 if old else {}
    harvest = _Harvest({}, set(), [], {})
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


def _check_left(corpus: Path, old: LocalStore, harvest: _Harvest) -> None:
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


def _index_id(
    recipe: dict[str, Any], documents: list[Document], skipped: tuple[Skipped, ...]
) -> str:
    """The same corpus and the same recipe give the same 16 hex digits, on any machine."""
    identity = {
        "recipe": recipe,
        "documents": [
            (document.path, document.title, document.file_sha256, document.text_sha256)
            for document in documents
        ],
        "skipped": skipped,
    }
    return hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()[:16]


def _write_documents(
    folder: Path, documents: list[tuple[Document, int]], passage_chars: int
) -> list[str]:
    """Fill the database; returns what is searched of each passage, in order."""
    texts: list[str] = []
    with closing(sqlite3.connect(folder / manifests.DOCUMENTS)) as database:
        database.executescript(SCHEMA)
        for number, (document, file_bytes) in enumerate(documents):
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
            for passage in passages:
                text = split.searched(document, sentences[passage.first : passage.last]).text
                database.execute(
                    "INSERT INTO passages VALUES (?, ?, ?, ?, ?, ?, ?)",
                    (
                        len(texts),
                        number,
                        passage.start,
                        passage.end,
                        passage.first,
                        passage.last,
                        text_sha256(text),
                    ),
                )
                texts.append(text)
        database.commit()
    return texts


def _write_rankers(folder: Path, texts: list[str], vectors: NDArray[np.float32]) -> None:
    import faiss

    flat = faiss.IndexFlatIP(vectors.shape[1])
    flat.add(vectors)
    with (folder / manifests.VECTORS).open("wb") as file:  # faiss itself overlooks a full disk
        faiss.write_index(flat, faiss.PyCallbackIOWriter(file.write))  # type: ignore[attr-defined]
    lexical.save(texts, folder / manifests.LEXICAL)
