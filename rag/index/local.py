"""One generation, open for searching: FAISS, BM25 and SQLite on this machine."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rag.errors import IndexDamagedError
from rag.index import dense, generation
from rag.index import manifest as manifests
from rag.index.dense import Dense
from rag.index.lexical import Lexical, Words, load
from rag.index.local_documents import Known as Known  # a part of what a store tells
from rag.index.local_documents import LocalDocuments
from rag.index.serving import first_good, open_serving


class LocalStore(LocalDocuments):
    """A generation's documents, passages, vectors and words. Safe to share between threads."""

    def __init__(
        self, manifest: manifests.Manifest, folder: Path, nearest: Dense, lexical: Lexical
    ) -> None:
        super().__init__(folder)
        self.manifest = manifest
        self.current: str | None = folder.name
        """What CURRENT held when this was opened; another name where that one is damaged."""
        self.warning = ""
        """Why this generation serves instead of the one that should, and the next step."""
        self.nearest = nearest
        self._lexical = lexical

    def check_counts(self) -> None:
        """Compare what was opened with what the manifest counts.

        Raises:
            IndexDamagedError: they differ.
        """
        documents, passages = self.manifest.documents, self.manifest.passages
        found = len(self._ids), len(self._owners), self.nearest.count
        if found != (documents, passages, passages):
            raise generation.damaged(
                f"{self.folder} holds {found[0]} documents, {found[1]} passages and {found[2]} "
                f"vectors; its manifest counts {documents}, {passages} and {passages}"
            )

    @property
    def name(self) -> str:
        """What the generation is called: its folder's name."""
        return self.folder.name

    def size_bytes(self) -> int:
        """What the generation takes on disk."""
        return generation.size_bytes(self.folder)

    def dense(
        self, vector: NDArray[np.float32], count: int, among: NDArray[np.int64] | None
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """The ``count`` passages nearest to a unit vector of shape ``(dimension,)``, best first.

        Returns passage numbers and cosines. ``among`` limits the search to some passages.

        Raises:
            IndexDamagedError: the vectors cannot be read any more.
        """
        try:
            return self.nearest.search(vector, count, among)
        except OSError as error:
            raise generation.damaged(
                f"the vectors in {self.folder} cannot be read", error
            ) from None

    def lexical(
        self, question: str, count: int, among: NDArray[np.int64] | None
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """The ``count`` passages with the best BM25 scores above zero, best first."""
        return self._lexical.top(question, count, among)

    def vectors(self) -> NDArray[np.float32]:
        """Every passage's vector, shape ``(passages, dimension)``."""
        return self.nearest.vectors()

    def words(self) -> Words:
        """Every passage's words.

        Raises:
            IndexDamagedError: they make no sense.
        """
        folder = self.folder / manifests.LEXICAL
        try:
            words = load(folder)
            if len(words.lengths) != len(self._owners):
                raise ValueError("there are others than passages")
        except (OSError, ValueError, TypeError, LookupError) as error:
            raise generation.damaged(f"{folder} makes no sense", error) from None
        return words

    def embedded(self, wanted: Collection[str]) -> dict[str, NDArray[np.float32]]:
        """The vectors of those texts that are held, by the hash of the text."""
        held = zip(self.searched_sha256(), self.vectors(), strict=True)
        return {sha256: vector for sha256, vector in held if sha256 in wanted}


def open_store(index: Path) -> LocalStore:
    """The generation of ``index`` that serves now.

    Where it is damaged, the good one before it, with a ``warning`` that is logged too.

    Raises:
        IndexMissingError: when nothing has been built there yet.
        IndexDamagedError: when no generation matches its manifest.
    """
    return open_serving(
        partial(generation.current_name, index), partial(_open_named, index), partial(_good, index)
    )


def _good(index: Path, name: str | None) -> LocalStore | None:
    try:
        return open_first(index, generation.others(index, name))
    except OSError:
        return None


def _open_named(index: Path, name: str | None) -> LocalStore:
    try:
        known = generation.names(index)
    except OSError as error:
        raise IndexDamagedError(
            f"the index in {index} cannot be listed ({error.strerror}); mend its permissions, "
            f"or {generation.REBUILD} with another --index",
            logged=f"the index in {index} cannot be listed",
        ) from None
    pointer = index / generation.CURRENT
    if name is None:
        if not known:
            raise generation.missing(index)
        raise generation.damaged(f"{pointer} is missing")
    if not generation.is_name(name):
        raise generation.damaged(f"{pointer} does not name a generation")
    return open_generation(generation.generation_folder(index, name))


def open_first(index: Path, names: Iterable[str]) -> LocalStore | None:
    """The first of these generations that is sound."""
    return first_good(
        names, lambda name: open_generation(generation.generation_folder(index, name))
    )


def open_generation(folder: Path) -> LocalStore:
    """Open one generation once its checksums and counts have been checked.

    Raises:
        IndexDamagedError: when its files do not match their manifest.
    """
    manifest = manifests.load(folder)
    try:
        nearest = dense.load(folder, manifest.probes)
        lexical = Lexical.from_folder(folder / manifests.LEXICAL)
        store = LocalStore(manifest, folder, nearest, lexical)
    except (
        OSError, RuntimeError, ValueError, TypeError, LookupError, ArithmeticError, sqlite3.Error
    ) as error:  # fmt: skip
        raise generation.damaged(f"{folder} cannot be opened", error) from None
    store.check_counts()
    return store
