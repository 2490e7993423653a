"""The generations of an index in Milvus, as `Generations` describes them.

The index folder keeps what a builder needs and a reader does not: the lock, the hashes of files
that have not been touched, and vectors of a build that was stopped.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import cast

from rag.errors import (
    IndexBusyError,
    IndexMissingError,
    IndexUnreachableError,
    IndexUnusableError,
    SettingsError,
)
from rag.index import generation
from rag.index.generation import REBUILD, none_before
from rag.index.milvus import MilvusStore
from rag.index.milvus_client import open_client
from rag.index.milvus_schema import names
from rag.index.milvus_write import Writer
from rag.index.serving import first_good, open_serving
from rag.index.store import Work
from rag.settings import Settings

_OLDEST = (2, 5)


class MilvusGenerations:
    """An index by its name, which is its folder's, and the engine that keeps it."""

    def __init__(self, settings: Settings) -> None:
        self._folder = Path(settings.index)
        self._names = names(settings.index)
        self._client = open_client(settings.milvus_uri)

    def current(self) -> str | None:
        """The generation whose documents the alias stands for."""
        collection = self._client.collection_of(self._names.alias)
        return collection and (self._names.generation(collection) or collection)

    def open(self) -> MilvusStore:
        """The one that the alias names, or the good one before it."""
        return open_serving(
            self.current,
            self._open_named,
            lambda name: self._open_first(generation.best_first(self._listed(), name)),
        )

    def before(self, name: str) -> MilvusStore:
        """The newest good one that is older than the named one."""
        store = self._open_first(self._older(name))
        if store is None:
            raise none_before(self._told(), name)
        return store

    def locked(self) -> AbstractContextManager[None]:
        """Hold the folder's lock: builders of one index share a folder."""
        return generation.locked(self._folder)

    def sweep(self, live: str | None) -> None:
        """Remove all but the live one and the one before."""
        if live is not None:
            self._keep(live, next(iter(self._older(live)), None))

    def write(self, work: Work) -> tuple[int, int]:
        """Write collections beside the others, and switch to them."""
        self._check_version()
        before = self.current()
        serials = [generation.serial(name) for name in [*self._listed(), before or ""]
                   if generation.is_name(name)]  # fmt: skip
        name = f"{max(serials, default=0) + 1:06d}-{work.index_id}"
        try:
            written = Writer(self._client, self._names, name).write(
                work, cast("MilvusStore | None", work.old)
            )
            if self.current() != before:
                raise IndexBusyError(
                    f"another build of {self._told()} has switched meanwhile; let one machine "
                    f"build, and {REBUILD} again",
                    logged=f"another build of {self._told()} has switched meanwhile",
                )
            self.switch(name)
        except IndexUnreachableError:
            raise  # the next build sweeps
        except BaseException:
            with suppress(IndexUnusableError):
                if self.current() != name:
                    self._drop(name)
            raise
        self._keep(name, work.old.name if work.old else None)
        return written

    def _check_version(self) -> None:
        """Raises SettingsError where the engine is too old to rank words."""
        version = str(self._client.call("get_server_version"))
        found = re.match(r"v?(\d+)\.(\d+)", version)  # milvus-lite says its name
        if found and (int(found[1]), int(found[2])) < _OLDEST:
            raise SettingsError(
                f"Milvus at {self._client.uri} is version {version}; expected 2.5 or newer, which "
                "ranks words (BM25): upgrade it, or set store to local"
            )

    def switch(self, name: str) -> None:
        """Point the alias at it."""
        collection, alias = self._names.documents(name), self._names.alias
        changed = "create_alias" if self._client.collection_of(alias) is None else "alter_alias"
        self._client.call(changed, collection, alias)

    def _open_named(self, name: str | None) -> MilvusStore:
        if name is None:
            if not self._listed():
                told = f"there is no index {self._told()} yet"
                raise IndexMissingError(f"{told}; {REBUILD}", logged=told)
            raise generation.damaged(f"{self._told()} has no generation that serves")
        if not generation.is_name(name):
            raise generation.damaged(
                f"{self._names.alias} in {self._client.uri} does not name a generation"
            )
        return MilvusStore(self._client, self._names, name)

    def _open_first(self, found: Iterable[str]) -> MilvusStore | None:
        return first_good(found, lambda name: MilvusStore(self._client, self._names, name))

    def _listed(self) -> list[str]:
        """The generations that there are anything of, oldest first."""
        found = self._client.call("list_collections")
        listed = {self._names.generation(collection) for collection in found} - {None}
        return sorted(cast("set[str]", listed), key=generation.serial)

    def _older(self, name: str) -> list[str]:
        found = generation.best_first(self._listed(), name)
        return [other for other in found if generation.serial(other) < generation.serial(name)]

    def _keep(self, *kept: str | None) -> None:
        for name in self._listed():
            if name not in kept:
                with suppress(IndexUnusableError):  # the next build tries again
                    self._drop(name)

    def _drop(self, name: str) -> None:
        for collection in (self._names.documents(name), self._names.passages(name)):
            self._client.call("drop_collection", collection, patient=True)

    def _told(self) -> str:
        return f"{self._names.index} in {self._client.uri}"
