"""The contract between an index and those who ask it, and the one way to open one.

What is asked, quoted, cited and refused must not depend on where an index is kept. Ranks cross
this line, and scores only to be shown: two engines' scores cannot be compared, and none decides
what is an answer. Texts cross it checked against their SHA-256.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from rag.document import Document, Passage, Sentence
from rag.folders import Folders
from rag.reports import DocumentInfo, Progress, Skipped
from rag.settings import Settings

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from rag.index.harvest import Harvest
    from rag.index.local import Known
    from rag.index.manifest import Manifest


class Store(Protocol):
    """One generation, open for searching: it never changes. Safe to share between threads.

    Passages have numbers from 0, in order of their documents' paths and of their places in them.
    Every method raises IndexDamagedError where what is stored makes no sense, and
    IndexUnreachableError where the store is kept by an engine that does not answer.
    """

    current: str | None
    """The name that should serve, as it was when this was opened; this one's unless that one is
    damaged."""
    warning: str
    """Why this generation serves instead of the one that should, and the next step; or empty."""

    @property
    def name(self) -> str:
        """What the generation is called."""

    @property
    def manifest(self) -> Manifest:
        """What it holds and what made it."""

    def __contains__(self, path: str) -> bool: ...

    def among(
        self, documents: Sequence[str] | None, folders: Folders | None
    ) -> NDArray[np.int64] | None:
        """The numbers of the passages to search, ascending; None for all of them.

        ``documents`` are paths, None for all; ``folders`` limits them further.

        Raises:
            KeyError: the path of a document that is not held, or not in the folders.
        """

    def dense(
        self, vector: NDArray[np.float32], count: int, among: NDArray[np.int64] | None
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """The passages nearest to a unit vector of shape ``(dimension,)``, best first: at most
        ``count`` numbers, and their scores."""

    def lexical(
        self, question: str, count: int, among: NDArray[np.int64] | None
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """The passages that share most words with a question, best first: at most ``count``
        numbers, and their scores."""

    def passage(self, number: int) -> tuple[Document, Passage, tuple[Sentence, ...]]:
        """A passage with its document and its sentences."""

    def spans(self, passages: NDArray[np.int64]) -> list[tuple[str, int, int]]:
        """For each passage its document's path and its range, in the order given."""

    def document(self, path: str) -> Document:
        """A document by its path.

        Raises:
            KeyError: when the generation has no such document.
        """

    def paths(self, folders: Folders | None = None) -> frozenset[str]:
        """The documents, or those in some folders."""

    def holding(self, words: str, folders: Folders | None = None) -> Iterator[Document]:
        """The documents whose text has these very characters, in order of path."""

    def documents(self) -> tuple[DocumentInfo, ...]:
        """What is indexed, in order of path."""

    def known(self) -> dict[str, Known]:
        """What is held of each document but for its text, by path, in that order."""

    def embedded(self, wanted: Collection[str]) -> dict[str, NDArray[np.float32]]:
        """The vectors of those texts that it holds, by the hex SHA-256 of the text."""

    def check_rows(self) -> None:
        """Look at every row, before rows are copied."""

    def size_bytes(self) -> int:
        """What the generation takes."""


@dataclass(frozen=True, slots=True)
class Work:
    """What a build has found out, ready to be written as the next generation."""

    harvest: Harvest
    old: Store | None
    """The generation to copy from what is kept; from the same place as the new one."""
    same_recipe: bool
    """Whether its rows can be copied as they are; else its documents are split anew."""
    passage_chars: int
    embed: Callable[[list[str]], tuple[NDArray[np.float32], int]]
    """Unit vectors of texts, in order, and how many had to be computed."""
    report: Callable[[Progress], None]
    index_id: str
    recipe: dict[str, Any]
    encoder: str
    skipped: tuple[Skipped, ...]

    def manifest(self, passages: int) -> Manifest:
        """What says it all, once the passages have been counted."""
        from rag.index.manifest import Manifest

        return Manifest(
            index_id=self.index_id,
            recipe=self.recipe,
            encoder=self.encoder,
            documents=len(self.harvest.kept) + len(self.harvest.read),
            passages=passages,
            skipped=self.skipped,
            skipped_sha256=self.harvest.skipped_sha256,
        )


class Generations(Protocol):
    """Where the generations of one index are kept, of which one serves."""

    def current(self) -> str | None:
        """The name of the one that should serve; it differs after every switch."""

    def open(self) -> Store:
        """The one that serves. Where it is damaged, the good one before it, with a ``warning``
        that is logged too.

        Raises:
            IndexMissingError: when nothing has been built there yet.
            IndexDamagedError: when no generation matches its manifest.
        """

    def before(self, name: str) -> Store:
        """The newest good one that is older than the named one.

        Raises:
            IndexMissingError: there is none.
        """

    def locked(self) -> AbstractContextManager[None]:
        """Hold the lock that every build and every switch holds.

        Raises:
            IndexBusyError: another build holds it.
            IndexWriteError: what is to be written inside cannot be.
        """

    def sweep(self, live: str | None) -> None:
        """Remove what builds that were killed have left. ``live`` is the one that serves, if it is
        sound: all but it and the one before go."""

    def write(self, work: Work) -> tuple[int, int]:
        """Write the next generation and switch to it, or leave everything as it was.

        Returns how many passages it has, and how many had to be embedded.
        """

    def switch(self, name: str) -> None:
        """Let the named one serve, in one step."""


def open_generations(settings: Settings) -> Generations:
    """Where the settings say that the index is kept. Nothing is opened yet.

    Raises:
        SettingsError: Milvus is asked for, and its client is not installed.
    """
    if settings.store == "milvus":
        from rag.index.milvus_generations import MilvusGenerations

        return MilvusGenerations(settings)
    from rag.index.local_generations import LocalGenerations

    return LocalGenerations(Path(settings.index))


def open_store(settings: Settings) -> Store:
    """The generation that serves now. Raises what `Generations.open` raises."""
    return open_generations(settings).open()
