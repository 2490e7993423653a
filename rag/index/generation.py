"""How an index lies on disk, and how one generation takes over from another.

    index/
      CURRENT                     the name of the generation that serves
      build.lock                  held by the build that is running
      build.holder                who that is, for one that has to wait
      pending.vectors             what an unfinished build has embedded
      seen.json                   the hashes of documents that have not been touched since
      checked.json                large files whose checksum was found right, likewise
      generations/
        000007-3f9a…/             immutable once it has its name
          manifest.json           format, settings, models, counts; every file's sha256, and its own
          documents.sqlite        texts, blocks, sentences, passages
          vectors.faiss           one unit vector a passage
          lexical/                BM25

A build writes under a name that starts with a dot, flushes, renames the folder
to its final name, then replaces CURRENT: readers see the old generation or the
new one, never a mixture, whenever the machine stops.
"""

from __future__ import annotations

import json
import os
import platform
import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from rag.errors import IndexBusyError, IndexDamagedError, IndexMissingError, IndexWriteError

CURRENT = "CURRENT"
HOLDER = "build.holder"
REBUILD = "run `rag build`"
_NAME = re.compile(r"[0-9]{6,}-[0-9a-f]{16}")


def current_name(index: Path) -> str | None:
    """What CURRENT holds; None where there is no such file, "" where it cannot be read."""
    try:
        return (index / CURRENT).read_bytes().decode("ascii", "replace").strip()
    except FileNotFoundError:
        return None
    except OSError:
        return ""


def is_name(name: str) -> bool:
    """Whether this is what a generation may be called, and so a safe folder name."""
    return _NAME.fullmatch(name) is not None


def names(index: Path) -> list[str]:
    """The generations on disk, oldest first.

    Raises:
        OSError: they cannot be listed.
    """
    try:
        found = [path.name for path in (index / "generations").iterdir() if is_name(path.name)]
    except FileNotFoundError:
        return []
    return sorted(found, key=serial)


def others(index: Path, name: str | None) -> list[str]:
    """The generations but the named one, best first: the older ones, newest first, then newer.

    Raises:
        OSError: they cannot be listed.
    """
    return best_first(names(index), name)


def best_first(known: list[str], name: str | None) -> list[str]:
    """Generations, given oldest first, but the named one: older ones, newest first, then newer."""
    found = [other for other in known if other != name]
    if name is None or not is_name(name):
        return found[::-1]
    older = [other for other in found if serial(other) < serial(name)]
    return older[::-1] + [other for other in found if other not in older]


def generation_folder(index: Path, name: str) -> Path:
    """Where the named generation lies."""
    return index / "generations" / name


def missing(index: Path) -> IndexMissingError:
    """The error for an index that was never built."""
    told = f"there is no index in {index} yet"
    return IndexMissingError(f"{told}; {REBUILD}", logged=told)


def damaged(what: str, detail: object = None) -> IndexDamagedError:
    """The error for ``what`` is wrong; ``detail`` may hold words of documents: no log has it."""
    told = what if detail is None else f"{what} ({detail})"
    return IndexDamagedError(f"{told}; {REBUILD}", logged=f"{what}; {REBUILD}")


def none_before(index: str, name: str) -> IndexMissingError:
    """The error where there is no way back."""
    return IndexMissingError(
        f"{index} holds no good generation before {name} to compare with or return to; each "
        f"build that changes something keeps one: to go further back, put the documents back and "
        f"{REBUILD}"
    )


@contextmanager
def locked(index: Path) -> Iterator[None]:
    """Hold the index's build lock; what cannot be written inside is one clear error.

    The operating system lets go of a dead holder's lock: a note of who holds it decides nothing.

    Raises:
        IndexBusyError: another build holds it.
        IndexWriteError: the disk is full, or the folder may not be written.
    """
    from filelock import FileLock, Timeout

    try:
        index.mkdir(parents=True, exist_ok=True)
        with FileLock(index / "build.lock", timeout=0, is_singleton=False), _noted(index):
            yield
    except Timeout:
        raise IndexBusyError(
            f"another build of {index} is running{_holder(index)}; wait until it is done and try "
            "again",
            logged=f"another build of {index} is running",
        ) from None
    except (OSError, sqlite3.Error) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise IndexWriteError(
            f"the index in {index} cannot be written ({reason}); make room or mend its "
            f"permissions and {REBUILD}; what answered before still does",
            logged=f"the index in {index} cannot be written",
        ) from error


@contextmanager
def _noted(index: Path) -> Iterator[None]:
    """Say who holds the lock; a courtesy that no build fails for."""
    holder = {
        "pid": os.getpid(),
        "host": platform.node(),
        "since": datetime.now(UTC).isoformat(" ", "seconds"),
    }
    with suppress(OSError):
        (index / HOLDER).write_text(json.dumps(holder), encoding="utf-8")
    try:
        yield
    finally:
        with suppress(OSError):
            (index / HOLDER).unlink(missing_ok=True)


def _holder(index: Path) -> str:
    """Who holds the lock, as `` (process 12 on host, since …)``; empty where nobody has said."""
    try:
        note = json.loads((index / HOLDER).read_bytes()[:1000])
        pid, since = int(note["pid"]), datetime.fromisoformat(note["since"]).astimezone(UTC)
        host = re.sub(r"[^\w.-]", "?", note["host"], flags=re.ASCII)[:100] or "this machine"
    except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return ""
    return f" (process {pid} on {host}, since {since:%Y-%m-%d %H:%M:%S} UTC)"


def sweep(index: Path, live: str | None) -> None:
    """Remove what builds that were killed have left; the caller holds the lock.

    ``live`` is the generation that serves, if it is sound: all but it and the one before go.
    """
    for leftover in (index / "generations").glob(".building-*"):
        shutil.rmtree(leftover, ignore_errors=True)
    for leftover in [index / f"{CURRENT}.new", *index.glob("checked.json.*")]:
        leftover.unlink(missing_ok=True)
    if live is not None:
        _keep(index, live, next(iter(older(index, live)), None))


@contextmanager
def new_generation(index: Path) -> Iterator[Path]:
    """A folder to write the next generation into; it is removed unless `publish` renames it."""
    folder = index / "generations" / f".building-{os.getpid()}"
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def publish(index: Path, folder: Path, index_id: str, before: str | None) -> None:
    """Make a finished folder the generation that serves.

    ``before`` is the good generation that served until now: it stays, to return to. All others
    are removed.
    """
    generations = index / "generations"
    for path in {parent for file in files(folder) for parent in (file, file.parent)} | {folder}:
        _flush(path)
    taken = [*names(index), current_name(index) or ""]  # one that was removed keeps its number
    number = max((serial(name) for name in taken if is_name(name)), default=0) + 1
    name = f"{number:06d}-{index_id}"
    folder.replace(generations / name)
    try:
        _flush(generations)
        switch(index, name)
    except BaseException:
        if current_name(index) != name:
            shutil.rmtree(generations / name, ignore_errors=True)
        raise
    _keep(index, name, before)


def switch(index: Path, name: str) -> None:
    """Point CURRENT at a generation, in one step; the caller holds the lock."""
    pointer = index / f"{CURRENT}.new"
    pointer.write_text(name + "\n", encoding="ascii")
    _flush(pointer)
    pointer.replace(index / CURRENT)
    _flush(index)


def files(folder: Path) -> list[Path]:
    """Every file of a generation, sorted.

    Raises:
        OSError: a folder cannot be listed; `Path.rglob` would take it for an empty one.
    """

    def unlistable(error: OSError) -> None:
        raise error

    walk = os.walk(folder, onerror=unlistable)
    return sorted(Path(parent, name) for parent, _, names in walk for name in names)


def size_bytes(folder: Path) -> int:
    """What the generation takes on disk."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _keep(index: Path, *kept: str | None) -> None:
    for name in names(index):
        if name not in kept:
            shutil.rmtree(index / "generations" / name, ignore_errors=True)


def older(index: Path, name: str) -> list[str]:
    """The generations before the named one, newest first.

    Raises:
        OSError: they cannot be listed.
    """
    return [other for other in others(index, name) if serial(other) < serial(name)]


def serial(name: str) -> int:
    """What a generation counts as: the first has 1."""
    return int(name.partition("-")[0])


def _flush(path: Path) -> None:
    """Ask the disk to keep a file or a folder's names through a power cut."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
