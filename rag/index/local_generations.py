"""The generations in a folder of this machine, as `Generations` describes them."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import cast

from rag.index import generation
from rag.index import manifest as manifests
from rag.index.dense import measure
from rag.index.local import LocalStore, open_first, open_store
from rag.index.store import Work
from rag.index.write import write_documents, write_rankers
from rag.reports import Progress


class LocalGenerations:
    """An index folder; how it lies on disk is told in `rag.index.generation`."""

    def __init__(self, index: Path) -> None:
        self._index = index

    def current(self) -> str | None:
        """What CURRENT holds."""
        return generation.current_name(self._index)

    def open(self) -> LocalStore:
        """The one that CURRENT names, or the good one before it."""
        return open_store(self._index)

    def before(self, name: str) -> LocalStore:
        """The newest good one that is older than the named one."""
        store = open_first(self._index, generation.older(self._index, name))
        if store is None:
            raise generation.none_before(str(self._index), name)
        return store

    def locked(self) -> AbstractContextManager[None]:
        """Hold the folder's lock."""
        return generation.locked(self._index)

    def sweep(self, live: str | None) -> None:
        """Remove all but the live one and the one before."""
        generation.sweep(self._index, live)

    def write(self, work: Work) -> tuple[int, int]:
        """Write a folder beside the others, and switch to it."""
        old = cast("LocalStore | None", work.old)
        with generation.new_generation(self._index) as folder:
            written = write_documents(
                folder, work.harvest, old, work.passage_chars, same_recipe=work.same_recipe
            )
            vectors, embedded = work.embed(written.texts)
            work.report(Progress("write", 0, 1))
            write_rankers(folder, written, vectors, old)
            passages = len(written.sources)
            probes, recall = measure(folder)
            manifest = replace(work.manifest(passages), probes=probes, recall=recall)
            manifests.write(folder, manifest)
            generation.publish(self._index, folder, work.index_id, old.name if old else None)
            work.report(Progress("write", 1, 1))
        return passages, embedded

    def switch(self, name: str) -> None:
        """Point CURRENT at it."""
        generation.switch(self._index, name)
