"""What changed from one generation to the next, and the way back to the one before."""

from __future__ import annotations

from pathlib import Path

from rag.errors import IndexMissingError
from rag.index import generation
from rag.index.local import LocalStore, open_first, open_store
from rag.types import IndexChanges


def changes(index: Path) -> IndexChanges:
    """What the build of the generation that serves has changed.

    Raises:
        IndexMissingError: nothing has been built, or there is no good generation before.
        IndexDamagedError: there is no usable index.
    """
    after = open_store(index)
    return _compare(_before(index, after.folder.name), after)


def rollback(index: Path) -> IndexChanges:
    """Return to the good generation before the one that serves; readers follow.

    The corpus stays as it is: the next build brings the index up to date with it again.

    Raises:
        IndexMissingError: nothing has been built, or there is no good generation before.
        IndexDamagedError: there is no usable index.
        IndexBusyError: a build is running.
        IndexWriteError: the switch cannot be written.
    """
    left = open_store(index)  # first: a lock would create the folder
    with generation.locked(index):
        left = open_store(index)
        # The one that answers in the place of a damaged one is the one to return to.
        back = left if left.warning else _before(index, left.folder.name)
        generation.switch(index, back.folder.name)
    return _compare(left, back)


def _before(index: Path, name: str) -> LocalStore:
    store = open_first(index, generation.older(index, name))
    if store is None:
        raise IndexMissingError(
            f"{index} holds no good generation before {name}; each build that changes something "
            f"keeps one: to go further back, put the documents back and {generation.REBUILD}"
        )
    return store


def _compare(before: LocalStore, after: LocalStore) -> IndexChanges:
    old, new = _hashes(before), _hashes(after)
    was, now = set(before.manifest.skipped), set(after.manifest.skipped)
    return IndexChanges(
        before=before.manifest.index_id,
        after=after.manifest.index_id,
        added=tuple(sorted(new.keys() - old.keys())),
        changed=tuple(sorted(path for path in old.keys() & new.keys() if old[path] != new[path])),
        removed=tuple(sorted(old.keys() - new.keys())),
        skipped=tuple(sorted(now - was)),
        no_longer_skipped=tuple(sorted(was - now)),
    )


def _hashes(store: LocalStore) -> dict[str, tuple[str, str]]:
    """Of each document's file and text: another reader may find other words in the same file."""
    return {path: (known.file_sha256, known.text_sha256) for path, known in store.known().items()}
