"""What changed from one generation to the next, and the way back to the one before."""

from __future__ import annotations

from rag.index.store import Store, open_generations
from rag.reports import IndexChanges
from rag.settings import Settings


def changes(settings: Settings) -> IndexChanges:
    """What the build of the generation that serves has changed.

    Raises:
        IndexMissingError: nothing has been built, or there is no good generation before.
        IndexDamagedError: there is no usable index.
    """
    generations = open_generations(settings)
    after = generations.open()
    return _compare(generations.before(after.name), after)


def rollback(settings: Settings) -> IndexChanges:
    """Return to the good generation before the one that serves; readers follow.

    The corpus stays as it is: the next build brings the index up to date with it again.

    Raises:
        IndexMissingError: nothing has been built, or there is no good generation before.
        IndexDamagedError: there is no usable index.
        IndexBusyError: a build is running.
        IndexWriteError: the switch cannot be written.
    """
    generations = open_generations(settings)
    left = generations.open()  # first: a lock would create the folder
    with generations.locked():
        left = generations.open()
        # The one that answers in the place of a damaged one is the one to return to.
        back = left if left.warning else generations.before(left.name)
        generations.switch(back.name)
    return _compare(left, back)


def _compare(before: Store, after: Store) -> IndexChanges:
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


def _hashes(store: Store) -> dict[str, tuple[str, str]]:
    """Of each document's file and text: another reader may find other words in the same file."""
    return {path: (known.file_sha256, known.text_sha256) for path, known in store.known().items()}
