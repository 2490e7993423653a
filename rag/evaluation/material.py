"""What an evaluation needs: the questions to ask, and an open engine to ask them of."""

from __future__ import annotations

import hashlib
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path
from typing import TypeAlias

from rag.engine import Engine, open_engine
from rag.errors import EvaluationError, RagError
from rag.evaluation import corpus_file
from rag.evaluation.question_files import read_questions
from rag.evaluation.questions import Half, Question, sample
from rag.index.build import build
from rag.models import bundled
from rag.reports import Progress
from rag.settings import Settings

Questions: TypeAlias = str | PathLike[str] | Sequence[str | PathLike[str] | Question]
Report: TypeAlias = Callable[[Progress], None]

# Machines differ: what a question takes is told, and never ends an evaluation.
_PATIENCE_S = 3600.0


@dataclass(frozen=True, slots=True)
class Material:
    """Questions and the engine to ask them of."""

    dataset: str
    questions: tuple[Question, ...]
    left_out: Mapping[str, int]
    half: Half | None
    engine: Engine


@contextmanager
def opened(
    questions: Questions,
    *,
    corpus: str | PathLike[str] | None,
    index: str | PathLike[str] | None,
    settings: Settings,
    limit: int | None,
    seed: int,
    half: Half | None,
    progress: Report,
) -> Iterator[Material]:
    """Read the questions, index the corpus where one is named, and open the engine.

    A corpus is indexed in ``index``, or in a folder of its own that is gone afterwards, so that an
    index in use is never touched; without one, ``settings.index`` is asked as it is. A corpus in
    one file is kept under ``index`` by its SHA-256, an index of it by what made it.

    Raises:
        EvaluationError: the questions are malformed, none is left, or there is no such half.
        Also what `rag.build` and `rag.open_index` raise.
    """
    if half not in (None, "tune", "report"):
        raise EvaluationError(f"the half is {half!r}; expected tune or report")
    if limit is not None and (type(limit) is not int or limit < 1):
        raise EvaluationError(f"the limit is {limit!r}; expected 1 or more")
    settings = replace(settings, question_seconds=_PATIENCE_S)
    if corpus is not None:
        settings = replace(settings, store="local")  # a folder of its own: Milvus is left alone
    asked = _read(questions, settings)
    with tempfile.TemporaryDirectory(prefix="rag-eval-") as temporary:
        home = Path(temporary if index is None else index)
        name, filed = "", None
        if corpus is None:
            settings = replace(settings, index=settings.index if index is None else str(index))
        elif Path(corpus).name.endswith(corpus_file.SUFFIX):
            source = Path(corpus)
            name = source.name.removesuffix(corpus_file.SUFFIX)
            home /= _sha256(source)[:16]
            filed = _unpacked(source, home)
            place = home / f"index-{_made_by(settings)}"
            settings = replace(settings, corpus=str(home / "corpus"), index=str(place))
        else:
            settings = replace(settings, corpus=str(corpus), index=str(home))
        left_out: Counter[str] = Counter()
        kept = []
        for question in asked:
            if name and name in question.maybe_answered_in:
                left_out["from elsewhere, but may be answered here"] += 1
                continue
            filed_question = _filed(question, filed) if filed else question
            if half is None or filed_question.half == half:
                kept.append(filed_question)
        kept = sample(kept, limit, seed)
        if not kept:
            raise EvaluationError("no question is left to ask; expected at least one")
        if corpus is not None:
            build(settings, progress=progress)
        engine = open_engine(settings)
        try:
            yield Material(
                name or Path(settings.corpus if corpus is not None else settings.index).name,
                tuple(kept),
                left_out,
                half,
                engine,
            )
        finally:
            engine.close()


def _read(questions: Questions, settings: Settings) -> list[Question]:
    listed = [questions] if isinstance(questions, str | PathLike) else questions
    found: list[Question] = []
    for item in listed:
        if isinstance(item, Question):
            found.append(item)
        else:
            found += read_questions([Path(item)], max_chars=settings.max_question_chars)
    return found


def _filed(question: Question, filed: Mapping[str, corpus_file.Filed]) -> Question:
    """The question with its documents' paths for their ids; an unknown id stays as it is."""
    document = question.document
    place = filed.get(document) if document is not None else None
    return replace(
        question,
        document=place.path if place else document,
        article=place.article if place else question.article,
        also_documents=tuple(
            filed[name].path if name in filed else name for name in question.also_documents
        ),
    )


def _unpacked(source: Path, home: Path) -> dict[str, corpus_file.Filed]:
    """The corpus in one file as ``home/corpus``, complete or not at all."""
    done, begun = home / "corpus", home / "corpus.begun"
    filed = corpus_file.unpack(source, done if done.exists() else begun)
    if not done.exists():
        begun.rename(done)
    return filed


def _made_by(settings: Settings) -> str:
    """What an index depends on beside its corpus, so that two models do not replace each other's
    index while the other is being asked."""
    encoder = bundled.ENCODER.sha256 if settings.encoder == "default" else settings.encoder
    return hashlib.sha256(f"{encoder} {settings.passage_chars}".encode()).hexdigest()[:8]


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise RagError(
            f"{path} cannot be read ({error.strerror}); expected NAME{corpus_file.SUFFIX}"
        ) from None
