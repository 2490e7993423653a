"""An open index with its models warm: what answers questions."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import PurePath

from rag.answering import Trace, answer
from rag.asked import ask
from rag.document import Document
from rag.errors import IndexDamagedError, RagError, SettingsError, not_indexed
from rag.findings import Finding, find_indexed
from rag.folders import Folders
from rag.index.build import build
from rag.index.store import Store, open_generations, open_store
from rag.models import bundled
from rag.models.encoder import Encoder, open_encoder
from rag.models.reranker import Reranker, open_reranker
from rag.reports import BuildReport, DocumentInfo, IndexInfo, Progress
from rag.settings import Settings
from rag.types import Answer


class Engine:
    """Answers questions from one index. Safe to share between threads.

    A new generation, built here or by another process, is picked up by the next
    question; one that is running finishes on the generation it began with. A process that is
    forked from the one that opened it opens its own.
    """

    def __init__(
        self, settings: Settings, encoder: Encoder, reranker: Reranker, store: Store | None
    ) -> None:
        self.settings = settings
        self._generations = open_generations(settings)
        self._encoder = encoder
        self._reranker = reranker
        self._store = store
        self._switching = threading.Lock()
        self._process = os.getpid()

    def query(
        self,
        question: str,
        *,
        history: Sequence[str | Answer] = (),
        documents: Sequence[str | PurePath] | None = None,
        top: int | None = None,
        folders: Folders | None = None,
    ) -> Answer:
        """Quotes that answer the question, or a refusal with near misses.

        ``history`` holds the conversation's earlier questions, or their answers,
        oldest first. ``documents`` limits the search to these paths. ``top`` is
        the most quotes to return, by default ``settings.top``. Where ``folders`` are given, it is
        as if the index held nothing else.

        A phrase in double quotation marks must stand in a passage word for word; where none
        holds it, the question is refused, and ``missing`` of the answer names the phrase.

        Raises:
            QuestionError: the question is empty, or it or one in the history is too long or not
                valid UTF-8.
            SettingsError: ``top`` is out of range, or a document is not in the index.
            QuestionTimeoutError: it took longer than ``settings.question_seconds``.
            IndexMissingError, IndexDamagedError: there is no usable index.
        """
        return self.trace(
            question, history=history, documents=documents, top=top, folders=folders
        ).answer

    def trace(
        self,
        question: str,
        *,
        history: Sequence[str | Answer] = (),
        documents: Sequence[str | PurePath] | None = None,
        top: int | None = None,
        depth: int = 0,
        folders: Folders | None = None,
    ) -> Trace:
        """What `query` answers, and the best ``depth`` passages. Raises what `query` raises."""
        asked = ask(
            question,
            self.settings,
            history=history,
            documents=documents,
            folders=folders,
            top=top,
            depth=depth,
        )
        store = self._current()
        try:
            return answer(asked, store, self._encoder, self._reranker, self.settings)
        except IndexDamagedError:
            now = self._current()
            if now is store:
                raise
            # Two builds have passed since: an engine that keeps the index keeps no older one.
            return answer(asked, now, self._encoder, self._reranker, self.settings)

    def find(self, text: str, *, folders: Folders | None = None) -> tuple[Finding, ...]:
        """Where a text stands in the indexed documents: every exact place, else the nearest.

        Raises:
            UsageError: the text is empty or too long.
            IndexMissingError, IndexDamagedError: there is no usable index.
        """
        return find_indexed(text, self._current(), folders)

    def holding(self, words: str) -> Iterator[Document]:
        """The indexed documents whose text has these very characters, in order of path."""
        return self._current().holding(words)

    def info(self) -> IndexInfo:
        """What the index holds and what made it."""
        return _info(self._current(), self._reranker.name, self._reranker.sha256)

    def documents(self) -> tuple[DocumentInfo, ...]:
        """What is indexed, in order of path."""
        return self._current().documents()

    def document(self, path: str) -> Document:
        """An indexed document by its path.

        Raises:
            SettingsError: it is not in the index.
        """
        store = self._current()
        if path not in store:
            raise not_indexed(path)
        return store.document(path)

    def build(self, progress: Callable[[Progress], None] | None = None) -> BuildReport:
        """Rebuild the index from the corpus with the warm encoder.

        Questions go on being answered from the old generation until the new one
        is complete. Raises what `rag.build` raises.
        """
        return build(self.settings, encoder=self._encoder, progress=progress)

    @property
    def models(self) -> tuple[str, str]:
        """The encoder and the reranker, as the settings name them."""
        return self.settings.encoder, self.settings.reranker

    def beside(self, settings: Settings) -> Engine:
        """Open another index with the models of this one, which its settings name too.

        Raises:
            IndexMissingError, IndexDamagedError: there is no usable index.
        """
        return open_engine(settings, encoder=self._encoder, reranker=self._reranker)

    def close(self) -> None:
        """Let go of the index's files once running questions are answered."""
        with self._switching:
            self._store = None

    def _current(self) -> Store:
        """The generation that serves now, opened anew after a switch."""
        if os.getpid() != self._process:  # neither the models' threads nor SQLite go along
            raise RagError(
                "this index was opened before a fork; open it in the child process instead"
            )
        name = self._generations.current()
        store = self._store
        if store is not None and name == store.current:
            return store
        with self._switching:
            store = self._store
            if store is None or store.current != name:
                try:
                    store = self._store = self._opened()
                except IndexDamagedError as error:
                    if store is None:
                        raise
                    store.current, store.warning = name, str(error)  # what is open goes on serving
            return store

    def _opened(self) -> Store:
        store = self._generations.open()
        self._check(store)
        return store

    def _check(self, store: Store) -> None:
        built = store.manifest.recipe["encoder_sha256"]
        if built != self._encoder.sha256:
            raise SettingsError(
                f"the index in {self.settings.index} was built with {store.manifest.encoder}, "
                f"the encoder is {self._encoder.name}; run `rag build`, or set the encoder back"
            )


def open_engine(
    settings: Settings, *, encoder: Encoder | None = None, reranker: Reranker | None = None
) -> Engine:
    """Open the index and load the models.

    Raises:
        IndexMissingError, IndexDamagedError: there is no usable index.
        ModelError: a model cannot be loaded.
    """
    store = open_store(settings)  # first: it is quick to say that there is none
    engine = open_models(settings, encoder=encoder, reranker=reranker)
    engine._check(store)
    engine._store = store
    return engine


def open_models(
    settings: Settings, *, encoder: Encoder | None = None, reranker: Reranker | None = None
) -> Engine:
    """An engine whose index may not exist yet: questions raise until it has been built.

    Raises:
        ModelError: a model cannot be loaded.
    """
    with ThreadPoolExecutor(1) as beside:  # hashing and loading leave Python to others
        loading = beside.submit(lambda: reranker or open_reranker(settings.reranker))
        opened = encoder or open_encoder(settings.encoder)
        return Engine(settings, opened, loading.result(), None)


def read_info(settings: Settings) -> tuple[IndexInfo, tuple[DocumentInfo, ...]]:
    """What the index holds, told without loading a model that is pinned.

    Raises:
        IndexMissingError, IndexDamagedError: there is no usable index.
        ModelError: the reranker cannot be loaded.
    """
    store = open_store(settings)
    reranker: Reranker | bundled.Bundled = bundled.RERANKER
    if settings.reranker != "default":
        reranker = open_reranker(settings.reranker)
    return _info(store, reranker.name, reranker.sha256), store.documents()


def _info(store: Store, reranker: str, reranker_sha256: str) -> IndexInfo:
    manifest = store.manifest
    return IndexInfo(
        index_id=manifest.index_id,
        documents=manifest.documents,
        passages=manifest.passages,
        skipped=manifest.skipped,
        encoder=manifest.encoder,
        encoder_sha256=manifest.recipe["encoder_sha256"],
        reranker=reranker,
        reranker_sha256=reranker_sha256,
        size_bytes=store.size_bytes(),
        recall=manifest.recall,
        warning=store.warning,
    )
