"""How an index lies on disk, and how one generation takes over from another.

    index/
      CURRENT                     the name of the generation that serves
      build.lock                  held by the build that is running
      generations/
        000007-3f9a…/             immutable once it has its name
          manifest.json           format, settings, models, counts; every file's size and sha256
          documents.sqlite        texts, blocks, sentences, passages
          vectors.faiss           one unit vector a passage
          lexical/                BM25

A build writes under a name that starts with a dot, flushes, renames the folder
to its final name, then replaces CURRENT: readers see the old generation or the
new one, never a mixture, whenever the machine stops.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rag.errors import IndexBusyError, IndexDamagedError, IndexMissingError
from rag.types import Skipped

FORMAT = 2
"""Raised whenever an older reader could misunderstand the files."""

CURRENT = "CURRENT"
MANIFEST = "manifest.json"
DOCUMENTS = "documents.sqlite"
VECTORS = "vectors.faiss"
LEXICAL = "lexical"
REBUILD = "run `rag build`"
_KEPT = 2  # generations on disk after a build: the one that serves and the one before


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a generation holds and what made it."""

    index_id: str
    recipe: dict[str, Any]
    """Every setting and version that shapes the index: with the files, its identity."""
    encoder: str
    documents: int
    passages: int
    skipped: tuple[Skipped, ...]
    skipped_sha256: dict[str, str]
    """The hash of each skipped file, so that it is not tried again until it changes."""


def current_name(index: Path) -> str | None:
    """The name of the generation that serves; None before the first build.

    Raises:
        IndexDamagedError: CURRENT does not hold a generation's name.
    """
    try:
        name = (index / CURRENT).read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise IndexDamagedError(f"{index / CURRENT} cannot be read: {error}; {REBUILD}") from None
    if not name.replace("-", "").isalnum():
        raise IndexDamagedError(f"{index / CURRENT} does not name a generation; {REBUILD}")
    return name


def generation_folder(index: Path, name: str) -> Path:
    """Where the named generation lies."""
    return index / "generations" / name


def missing(index: Path) -> IndexMissingError:
    """The error for an index that was never built."""
    return IndexMissingError(f"there is no index in {index} yet; {REBUILD}")


def load_manifest(folder: Path) -> Manifest:
    """The manifest, once every file it names has the size and the hash it gives.

    Raises:
        IndexDamagedError: naming the file that is missing or differs.
    """
    try:
        raw = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        if raw["format"] != FORMAT:
            raise IndexDamagedError(
                f"the index in {folder.parent.parent} has format {raw['format']}, "
                f"this version reads {FORMAT}; {REBUILD}"
            )
        manifest = Manifest(
            index_id=str(raw["index_id"]),
            recipe=dict(raw["recipe"]),
            encoder=str(raw["encoder"]),
            documents=int(raw["documents"]),
            passages=int(raw["passages"]),
            skipped=tuple(Skipped(str(path), str(reason)) for path, reason in raw["skipped"]),
            skipped_sha256=dict(raw["skipped_sha256"]),
        )
        files = {str(name): str(sha256) for name, sha256 in raw["files"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise IndexDamagedError(
            f"{folder / MANIFEST} cannot be read ({error}); {REBUILD}"
        ) from None
    for name, sha256 in files.items():
        try:
            found = _file_sha256(folder / name)
        except OSError as error:
            raise IndexDamagedError(
                f"{folder / name} cannot be read ({error.strerror}); {REBUILD}"
            ) from None
        if found != sha256:
            raise IndexDamagedError(f"{folder / name} does not match its checksum; {REBUILD}")
    return manifest


@contextmanager
def locked(index: Path) -> Iterator[None]:
    """Hold the index's build lock.

    Raises:
        IndexBusyError: another build holds it.
    """
    from filelock import FileLock, Timeout

    index.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(index / "build.lock", timeout=0, is_singleton=False):
            yield
    except Timeout:
        raise IndexBusyError(
            f"another build of {index} is running; wait until it is done and try again"
        ) from None


@contextmanager
def new_generation(index: Path) -> Iterator[Path]:
    """A folder to write the next generation into; it is removed unless `publish` renames it."""
    generations = index / "generations"
    generations.mkdir(parents=True, exist_ok=True)
    for leftover in generations.glob(".building-*"):  # of a build that was killed: we hold the lock
        shutil.rmtree(leftover, ignore_errors=True)
    folder = generations / f".building-{os.getpid()}"
    folder.mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def publish(index: Path, folder: Path, manifest: Manifest) -> None:
    """Make a finished folder the generation that serves, and remove the ones long past."""
    generations = index / "generations"
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    raw = {
        "format": FORMAT,
        "index_id": manifest.index_id,
        "recipe": manifest.recipe,
        "encoder": manifest.encoder,
        "documents": manifest.documents,
        "passages": manifest.passages,
        "skipped": manifest.skipped,
        "skipped_sha256": manifest.skipped_sha256,
        "files": {path.relative_to(folder).as_posix(): _file_sha256(path) for path in files},
    }
    (folder / MANIFEST).write_text(
        json.dumps(raw, ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
    )
    for path in [*files, folder / MANIFEST, folder / LEXICAL, folder]:
        _flush(path)
    names = sorted(path.name for path in generations.iterdir() if not path.name.startswith("."))
    serial = int(names[-1].partition("-")[0]) + 1 if names else 1
    name = f"{serial:06d}-{manifest.index_id}"
    folder.replace(generations / name)
    _flush(generations)
    pointer = index / f"{CURRENT}.new"
    pointer.write_text(name + "\n", encoding="ascii")
    _flush(pointer)
    pointer.replace(index / CURRENT)
    _flush(index)
    for old in names[: 1 - _KEPT]:
        shutil.rmtree(generations / old, ignore_errors=True)


def size_bytes(folder: Path) -> int:
    """What the generation takes on disk."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _file_sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _flush(path: Path) -> None:
    """Ask the disk to keep a file or a folder's names through a power cut."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
