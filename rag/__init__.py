"""Answers you can check: questions about a folder of documents, answered only in quotations.

    import rag

    rag.build(corpus="corpus", index="index")
    answer = rag.query("What did Hamas ask for in return?")
    for quote in answer.quotes:
        print(quote.text, "—", quote.citation)

Importing this package is instant: models load with the first build or question.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from rag.errors import (
    CorpusError,
    IndexBusyError,
    IndexDamagedError,
    IndexMissingError,
    IndexUnusableError,
    ModelError,
    QuestionError,
    RagError,
    ReadError,
    SettingsError,
    UsageError,
)
from rag.settings import Settings, load_settings
from rag.types import (
    Answer,
    Block,
    BuildReport,
    Document,
    DocumentInfo,
    IndexInfo,
    Place,
    Progress,
    Quote,
    Skipped,
)

if TYPE_CHECKING:
    from rag.engine import Engine

__all__ = [
    "Answer",
    "Block",
    "BuildReport",
    "CorpusError",
    "Document",
    "DocumentInfo",
    "IndexBusyError",
    "IndexDamagedError",
    "IndexInfo",
    "IndexMissingError",
    "IndexUnusableError",
    "ModelError",
    "Place",
    "Progress",
    "QuestionError",
    "Quote",
    "RagError",
    "ReadError",
    "Settings",
    "SettingsError",
    "Skipped",
    "UsageError",
    "__version__",
    "build",
    "load_settings",
    "open_index",
    "query",
]

__version__ = "0.1.0"

_engines: dict[Settings, Engine] = {}


def build(
    corpus: str | PathLike[str] | None = None,
    index: str | PathLike[str] | None = None,
    *,
    settings: Settings | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> BuildReport:
    """Bring the index up to date with the corpus folder, doing only the work that changed.

    Raises:
        CorpusError: no such folder, no files in it, or none that can be read.
        ModelError: the encoder cannot be loaded.
        IndexBusyError: another build of this index is running.
        SettingsError: a setting is unknown or out of range.
    """
    from rag.index.build import build as build_index

    return build_index(_settings(settings, corpus=corpus, index=index), progress=progress)


def open_index(
    index: str | PathLike[str] | None = None, *, settings: Settings | None = None
) -> Engine:
    """Open an index and keep it and the models warm; ``.query(...)`` is safe between threads.

    Raises:
        IndexMissingError, IndexDamagedError: there is no usable index.
        ModelError: a model cannot be loaded.
    """
    from rag.engine import open_engine

    return open_engine(_settings(settings, index=index))


def query(
    question: str,
    *,
    index: str | PathLike[str] | None = None,
    history: Sequence[str | Answer] = (),
    documents: Sequence[str] | None = None,
    top: int | None = None,
) -> Answer:
    """Answer one question in quotations, or refuse with near misses.

    The index and the models stay warm for the next call. ``history`` holds the
    conversation's earlier questions, or their answers, oldest first;
    ``documents`` limits the search to these paths; ``top`` is the most quotes.

    Raises:
        QuestionError: the question is empty or too long.
        IndexMissingError, IndexDamagedError: there is no usable index.
        ModelError: a model cannot be loaded.
        SettingsError: a setting is out of range, or a document is not in the index.
    """
    from rag.engine import checked

    settings = _settings(None, index=Path(index).absolute() if index is not None else None)
    checked(question, settings)  # before seconds are spent on loading models
    engine = _engines.get(settings)
    if engine is None:
        engine = _engines.setdefault(settings, open_index(settings=settings))
    return engine.query(question, history=history, documents=documents, top=top)


def _settings(settings: Settings | None, **keywords: str | PathLike[str] | None) -> Settings:
    if settings is None:
        return load_settings(**keywords)
    given = {name: str(value) for name, value in keywords.items() if value is not None}
    from dataclasses import replace

    return replace(settings, **given)  # type: ignore[arg-type]
