"""The corpus becomes a generation: read, split, encode, write, switch."""

from __future__ import annotations

import hashlib
import json
import logging
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from rag.cluster.cluster import open_cluster
from rag.cluster.sharing import Sharing
from rag.corpus import check_apart, list_files
from rag.errors import CorpusError, IndexDamagedError, IndexMissingError
from rag.index.harvest import Harvest, check_left, gather
from rag.index.here import Here
from rag.index.local import Known
from rag.index.recipe import recipe_of
from rag.index.store import Generations, Store, Work, open_generations
from rag.index.vectors import embed
from rag.models import bundled
from rag.models.encoder import Encoder, open_encoder
from rag.read.worker import open_workers
from rag.reports import BuildReport, Noted, Progress, Skipped
from rag.settings import Settings

Report = Callable[[Progress], None]
_LOG = logging.getLogger(__name__)


def build(
    settings: Settings,
    *,
    encoder: Encoder | None = None,
    progress: Report | None = None,
    allow_empty: bool = False,
    sharing: Sharing | None = None,
) -> BuildReport:
    """Bring the index up to date with the corpus, doing only the work that changed.

    The old generation serves until the new one is complete. A file that cannot
    be read is skipped with its reason. The encoder is only loaded when there is
    something to embed; what it has embedded survives an interruption.

    ``allow_empty`` builds even where no document is left, or less than a tenth of ten or more:
    otherwise that is an error, so that a corpus that has vanished never empties the index.

    With ``sharing``, workers of a cluster read, split and embed; the index is the same.

    Raises:
        CorpusError: no such folder, no files, none that can be read, or hardly any left.
        ClusterError: the cluster cannot be used, or its machines are not set up like this one.
        ModelError: the encoder cannot be loaded.
        IndexBusyError: another build is running.
        IndexWriteError: the disk is full, or the folder may not be written.
        SettingsError: corpus and index are one folder; OCR is asked for, and tesseract or a
            language is not installed.
    """
    started = time.perf_counter()
    report = progress or (lambda _: None)
    try:
        return _build(settings, encoder, report, allow_empty, started, sharing)
    except IndexDamagedError as error:
        # Its checksums agree, its rows do not: nothing of it is carried over.
        _LOG.warning("%s; building anew", error)
        return _build(settings, encoder, report, allow_empty, started, sharing, carry_over=False)


def _build(
    settings: Settings,
    encoder: Encoder | None,
    report: Report,
    allow_empty: bool,
    started: float,
    sharing: Sharing | None,
    *,
    carry_over: bool = True,
) -> BuildReport:
    index = Path(settings.index)
    corpus = Path(settings.corpus)
    check_apart(corpus, index)
    paths, refused = list_files(corpus, index)
    if not paths and not allow_empty:
        raise CorpusError(
            f"the corpus folder {corpus} has no documents; put some in and run `rag build`",
            logged=f"the corpus folder {corpus} has no documents",
        )
    generations = open_generations(settings)
    given = encoder
    with ExitStack() as stack:
        workers = stack.enter_context(open_workers(settings))
        stack.enter_context(generations.locked())
        if encoder is None and settings.encoder != "default":
            encoder = open_encoder(settings.encoder)  # only the weights tell what it is
        encoder_sha256 = encoder.sha256 if encoder else bundled.ENCODER.sha256
        recipe = recipe_of(encoder_sha256, settings.passage_chars, workers.ocr)
        old = _previous(generations) if carry_over else None
        generations.sweep(old.name if old and not old.warning else None)
        hands = (
            stack.enter_context(
                open_cluster(sharing, settings, recipe, old, given, workers, report)
            )
            if sharing
            else Here(settings, encoder, encoder_sha256, workers, report)
        )
        harvest = gather(corpus, index, paths, hands.read_all, _usable(old, recipe), report)
        skipped = tuple(sorted([*refused, *harvest.skipped]))
        if not harvest.kept and not harvest.read and not allow_empty:
            raise CorpusError(
                f"none of the {len(paths)} files in {corpus} could be read "
                f"({skipped[0].path}: {skipped[0].reason}); "
                "put a readable document in and run `rag build`",
                logged=f"none of the {len(paths)} files in {corpus} could be read",
            )
        before = old.known() if old else {}
        if not allow_empty:
            check_left(corpus, before, harvest)
        if old:
            old.check_rows()
        held = _held(harvest)
        index_id = _index_id(recipe, held, skipped)
        passages, embedded = old.manifest.passages if old else 0, 0
        if old is None or old.warning or old.manifest.index_id != index_id:
            work = Work(
                harvest=harvest,
                old=old,
                same_recipe=old is not None and old.manifest.recipe == recipe,
                passage_chars=settings.passage_chars,
                embed=lambda texts: embed(texts, encoder_sha256, old, hands.compute),
                report=report,
                index_id=index_id,
                recipe=recipe,
                encoder=encoder.name if encoder else bundled.ENCODER.name,
                skipped=skipped,
            )
            passages, embedded = generations.write(work)
        hands.finish()
    return BuildReport(
        added=tuple(sorted(held.keys() - before.keys())),
        changed=tuple(sorted((before.keys() & held.keys()) - harvest.kept.keys())),
        removed=tuple(sorted(before.keys() - held.keys())),
        kept=tuple(sorted(harvest.kept)),
        skipped=skipped,
        notes=tuple(Noted(path, note) for path in sorted(held) for note in held[path].notes),
        index_id=index_id,
        passages=passages,
        embedded=embedded,
        seconds=time.perf_counter() - started,
    )


def _previous(generations: Generations) -> Store | None:
    """The generation to build on; a missing or damaged one is built anew from the corpus."""
    try:
        return generations.open()
    except (IndexMissingError, IndexDamagedError):
        return None


def _usable(old: Store | None, recipe: dict[str, Any]) -> Store | None:
    """The old generation if today's readers would read every file as it did."""
    return old if old and old.manifest.recipe["readers"] == recipe["readers"] else None


def _held(harvest: Harvest) -> dict[str, Known]:
    """What the new generation will hold of each document but for its text, by path."""
    return harvest.kept | {
        path: Known(
            document.title, document.file_sha256, document.text_sha256, file_bytes, document.notes
        )
        for path, (document, file_bytes) in harvest.read.items()
    }


def _index_id(recipe: dict[str, Any], held: dict[str, Known], skipped: tuple[Skipped, ...]) -> str:
    """The same corpus and the same recipe give the same 16 hex digits, on any machine."""
    identity = {
        "recipe": recipe,
        "documents": [
            (path, held[path].title, held[path].file_sha256, held[path].text_sha256)
            for path in sorted(held)
        ],
        "skipped": skipped,
    }
    return hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()[:16]
