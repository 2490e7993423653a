"""Answers you can check: questions about a folder of documents, answered only in quotations.

    import rag

    rag.build(corpus="corpus", index="index")
    answer = rag.query("What did Hamas ask for in return?")
    for quote in answer.quotes:
        print(quote.text, "—", quote.citation)

Importing this package is instant: models load with the first build or question.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from os import PathLike
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from rag.diff import Change
from rag.document import Block, Document, Place
from rag.errors import (
    ClusterError,
    CorpusError,
    EvaluationError,
    IndexBusyError,
    IndexDamagedError,
    IndexMissingError,
    IndexUnreachableError,
    IndexUnusableError,
    IndexWriteError,
    LimitError,
    ModelError,
    QuestionError,
    QuestionTimeoutError,
    RagError,
    ReadError,
    ReceiptError,
    SettingsError,
    UsageError,
)
from rag.evaluation.questions import GoldAnswer, Question
from rag.evaluation.results import Calibration, Evaluation, Figure, Outcome, Quoted
from rag.findings import Finding
from rag.receipts import parse_receipts
from rag.reports import BuildReport, DocumentInfo, IndexChanges, IndexInfo, Noted, Progress, Skipped
from rag.settings import Settings, load_settings
from rag.types import Answer, Quote, Receipt, Why
from rag.verdicts import Verdict

if TYPE_CHECKING:
    from datetime import datetime

    from rag.engine import Engine
    from rag.evaluation.material import Questions
    from rag.evaluation.questions import Half
    from rag.exports import ExportFormat

__all__ = [
    "Answer",
    "Block",
    "BuildReport",
    "Calibration",
    "Change",
    "ClusterError",
    "CorpusError",
    "Document",
    "DocumentInfo",
    "Evaluation",
    "EvaluationError",
    "Figure",
    "Finding",
    "GoldAnswer",
    "IndexBusyError",
    "IndexChanges",
    "IndexDamagedError",
    "IndexInfo",
    "IndexMissingError",
    "IndexUnreachableError",
    "IndexUnusableError",
    "IndexWriteError",
    "LimitError",
    "ModelError",
    "Noted",
    "Outcome",
    "Place",
    "Progress",
    "Question",
    "QuestionError",
    "QuestionTimeoutError",
    "Quote",
    "Quoted",
    "RagError",
    "ReadError",
    "Receipt",
    "ReceiptError",
    "Settings",
    "SettingsError",
    "Skipped",
    "UsageError",
    "Verdict",
    "Why",
    "__version__",
    "build",
    "calibrate",
    "changes",
    "evaluate",
    "export",
    "find",
    "load_settings",
    "open_index",
    "parse_receipts",
    "query",
    "rollback",
    "verify",
]

__version__ = "0.1.0"


def build(
    corpus: str | PathLike[str] | None = None,
    index: str | PathLike[str] | None = None,
    *,
    settings: Settings | None = None,
    progress: Callable[[Progress], None] | None = None,
    allow_empty: bool = False,
    ray: str | None = None,
    shards: str | None = None,
) -> BuildReport:
    """Bring the index up to date with the corpus folder, doing only the work that changed.

    Where no document is left, or of ten or more less than a tenth, that is an error and the
    index stays as it is, unless ``allow_empty`` says that it is meant.

    ``ray`` is the address of a Ray cluster that reads, splits and encodes, "local" for one of this
    machine's cores; ``shards`` is a folder or a URL that all of its machines see. The index is the
    same as one machine's.

    Raises:
        ClusterError: Ray is not installed, or the cluster cannot be used.
        CorpusError: no such folder, no files in it, none that can be read, or hardly any left.
        ModelError: the encoder cannot be loaded.
        IndexBusyError: another build of this index is running.
        IndexWriteError: the disk is full, or the index folder may not be written.
        SettingsError: a setting is unknown or out of range.
    """
    from rag.cluster.sharing import share
    from rag.index.build import build as build_index

    settings = _settings(settings, corpus=corpus, index=index)
    sharing = share(settings, ray, shards)
    return build_index(settings, progress=progress, allow_empty=allow_empty, sharing=sharing)


def changes(index: str | PathLike[str] | None = None) -> IndexChanges:
    """What the index's last build has changed: the generation that serves against the one before.

    Raises:
        IndexMissingError: nothing has been built, or there is no good generation before.
        IndexDamagedError: there is no usable index.
    """
    from rag.index import history

    return history.changes(_settings(None, index=index))


def rollback(index: str | PathLike[str] | None = None) -> IndexChanges:
    """Return to the good generation before the one that serves, in one step; readers follow.

    Tells what this has changed. The corpus stays as it is, so that the next build undoes it.

    Raises:
        IndexMissingError: nothing has been built, or there is no good generation before.
        IndexDamagedError: there is no usable index.
        IndexBusyError: a build is running.
        IndexWriteError: the index folder may not be written.
    """
    from rag.index import history

    return history.rollback(_settings(None, index=index))


def open_index(
    index: str | PathLike[str] | None = None, *, settings: Settings | None = None
) -> Engine:
    """Open an index and keep it and the models warm; ``.query(...)`` is safe between threads.

    Raises:
        IndexMissingError, IndexDamagedError: there is no usable index.
        ModelError: a model cannot be loaded.
    """
    from rag.engine import open_engine

    settings = _settings(settings, index=index)
    # What is open stays where it is, wherever the program goes.
    folders = {"corpus": Path(settings.corpus).absolute(), "index": Path(settings.index).absolute()}
    return open_engine(_settings(settings, **folders))


def query(
    question: str,
    *,
    index: str | PathLike[str] | None = None,
    history: Sequence[str | Answer] = (),
    documents: Sequence[str | PurePath] | None = None,
    top: int | None = None,
) -> Answer:
    """Answer one question in quotations, or refuse with near misses.

    The models and the last few indexes stay warm for the next call. ``history`` holds the
    conversation's earlier questions, or their answers, oldest first;
    ``documents`` limits the search to these paths; ``top`` is the most quotes.

    Raises:
        QuestionError: the question is empty, too long or not valid UTF-8.
        IndexMissingError, IndexDamagedError: there is no usable index.
        ModelError: a model cannot be loaded.
        SettingsError: a setting is out of range, or a document is not in the index.
    """
    from rag.asked import checked

    settings = _settings(None, index=index)
    settings = _settings(settings, index=Path(settings.index).absolute())
    checked(question, settings)  # before seconds are spent on loading models
    from rag.warm import warm_engine  # loads faiss and numpy

    return warm_engine(settings).query(question, history=history, documents=documents, top=top)


def verify(
    receipts: Iterable[Receipt], corpus: str | PathLike[str] | None = None
) -> tuple[Verdict, ...]:
    """A verdict for each receipt, in order: exact, moved, changed or gone.

    Reads the documents anew; needs no index and no models. Receipts come from
    ``answer.receipts()``, ``quote.receipt()`` or, out of a file, `parse_receipts`.

    Raises:
        CorpusError: no such folder.
        SettingsError: a setting is unknown or out of range, or OCR is not installed.
    """
    from rag.verdicts import verify as verify_receipts

    settings = _settings(None, corpus=corpus)
    return verify_receipts(receipts, settings)


def find(
    text: str,
    *,
    index: str | PathLike[str] | None = None,
    corpus: str | PathLike[str] | None = None,
    unsearched: Callable[[Skipped], None] | None = None,
) -> tuple[Finding, ...]:
    """Where a text stands in the documents: every exact place, else the nearest altered ones.

    Searches the index's documents as they were when it was built, or, if ``corpus`` is given,
    the files of that folder as they are now; ``unsearched`` is called with each file that could
    not be read, and why. No models are needed. An empty result means that the text is absent.

    Raises:
        UsageError: the text is empty or too long, or both ``index`` and ``corpus`` are given.
        IndexMissingError, IndexDamagedError: there is no usable index.
        CorpusError: no such folder.
        SettingsError: a setting is unknown or out of range.
    """
    from rag import findings

    findings.checked(text)  # before seconds are spent on reading documents
    settings = _settings(None, index=index, corpus=corpus)
    if corpus is None:
        from rag.index.store import open_store  # loads faiss and numpy

        store = open_store(settings)
        if unsearched:
            for item in store.manifest.skipped:
                unsearched(item)
        return findings.find_indexed(text, store)
    if index is not None:
        raise UsageError("both an index and a corpus are given; name one of them to search")
    documents, skipped = findings.corpus_documents(settings)
    if unsearched:
        for item in skipped:
            unsearched(item)
    return findings.find(text, documents)


def export(
    answers: Answer | Sequence[Answer], to: ExportFormat, *, time: datetime | None = None
) -> bytes:
    """An answer, or a conversation's answers in order, as a file for another program.

    ``to`` is ``"markdown"`` (with footnotes), ``"docx"`` (a Word document with footnotes),
    ``"annotations"`` (W3C Web Annotations, JSON-LD) or ``"json"`` (with receipts, for `verify`).
    Every quotation in it is the exact slice; what a format cannot carry is shown, never dropped:
    Word's shows control characters as pictures such as ``␌``, Markdown's NUL as U+FFFD. Text is
    UTF-8. ``time`` is what the file says of when it was made, by default now; the same answers
    and time give the same bytes.

    Raises:
        UsageError: no such format, or no answer.
        ValueError: ``time`` has no time zone.
    """
    from rag.exports import export as export_answers

    return export_answers(answers, to, time)


def evaluate(
    questions: Questions,
    *,
    corpus: str | PathLike[str] | None = None,
    index: str | PathLike[str] | None = None,
    limit: int | None = None,
    seed: int = 7,
    half: Half | None = None,
    settings: Settings | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> Evaluation:
    """How many of these questions, whose answers are known, are answered right or rightly refused.

    ``questions`` are files (CSV or JSON lines, docs/evaluation.md has the forms), `Question`s, or
    both. ``corpus`` is a folder of documents or a ``NAME.corpus.jsonl``, indexed for this alone,
    in ``index`` if that is given; without a corpus the index is asked as it is. ``limit`` is the
    most questions of each kind, chosen by ``seed``; ``half`` asks only of ``"tune"``, or only of
    ``"report"``, one half of the articles.

    Raises:
        EvaluationError: the questions are malformed, or none can be asked.
        Also what `build` and `open_index` raise.
    """
    from rag.evaluation.material import opened
    from rag.evaluation.run import evaluate as ask_all

    report = progress or (lambda _: None)
    with opened(
        questions,
        corpus=corpus,
        index=index,
        settings=_settings(settings),
        limit=limit,
        seed=seed,
        half=half,
        progress=report,
    ) as material:
        return ask_all(material, report)


def calibrate(
    questions: Questions,
    *,
    corpus: str | PathLike[str] | None = None,
    index: str | PathLike[str] | None = None,
    target: str | None = None,
    limit: int | None = None,
    seed: int = 7,
    settings: Settings | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> Calibration:
    """A refusal threshold for these questions, chosen on half of the articles, checked on the rest.

    ``target`` is ``"answer=.95"`` or ``"refuse=.95"``: the share of answerable questions to answer,
    or of the others to refuse; by default both shares count alike. Where questions are too few, or
    their scores do not part, no threshold is recommended and ``reason`` says why. The other
    arguments, and what is raised, are as in `evaluate`.
    """
    from rag.evaluation.threshold import calibrate as choose
    from rag.evaluation.threshold import parse_target

    wanted = parse_target(target)  # before minutes are spent on asking
    evaluation = evaluate(
        questions,
        corpus=corpus,
        index=index,
        limit=limit,
        seed=seed,
        settings=settings,
        progress=progress,
    )
    return choose(evaluation.outcomes, wanted)


def _settings(settings: Settings | None, **keywords: str | PathLike[str] | None) -> Settings:
    if settings is None:
        return load_settings(**keywords)
    given = {name: value for name, value in keywords.items() if value is not None}
    return replace(settings, **given)  # type: ignore[arg-type]
