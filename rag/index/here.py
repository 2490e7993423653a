"""The work of a build that no cluster shares: this machine's own workers and encoder."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rag.cluster.sharing import FOLDER
from rag.document import Document
from rag.errors import ReadError
from rag.index import pending
from rag.models.encoder import Encoder, open_encoder
from rag.read.worker import Workers
from rag.reports import Progress
from rag.settings import Settings

_ENCODED_AT_ONCE = 64
"""Passages between two progress reports, and what a kill costs: a second or two of work."""


class Here:
    """Reads files and embeds texts. The encoder is loaded when the first text needs it."""

    def __init__(
        self,
        settings: Settings,
        encoder: Encoder | None,
        encoder_sha256: str,
        workers: Workers,
        report: Callable[[Progress], None],
    ) -> None:
        self._settings = settings
        self._encoder = encoder
        self._encoder_sha256 = encoder_sha256
        self._workers = workers
        self._report = report
        self._index = Path(settings.index)

    def read_all(self, todo: Mapping[str, tuple[str, int]]) -> Iterator[Document | ReadError]:
        """What became of each file, in order; see `rag.index.harvest.ReadAll`."""
        return self._workers.read_all(Path(self._settings.corpus), list(todo))

    def compute(self, wanted: dict[str, str]) -> tuple[dict[str, NDArray[np.float32]], int]:
        """Vectors of texts, by hash; see `rag.index.vectors.Compute`.

        What a build that was stopped has left is used.
        """
        found = pending.resume(self._index, self._encoder_sha256, wanted)
        # Like lengths together, so that little of a batch is padding.
        todo = sorted(
            wanted.keys() - found.keys(), key=lambda sha256: (len(wanted[sha256]), sha256)
        )
        if todo:
            self._encoder = self._encoder or open_encoder(self._settings.encoder)
            for start in range(0, len(todo), _ENCODED_AT_ONCE):
                self._report(Progress("encode", start, len(todo)))
                batch = todo[start : start + _ENCODED_AT_ONCE]
                vectors = self._encoder.encode([wanted[sha256] for sha256 in batch])
                pending.add(self._index, batch, vectors)
                found.update(zip(batch, vectors, strict=True))
        self._report(Progress("encode", len(todo), len(todo)))
        return found, len(todo)

    def finish(self) -> None:
        """Forget what was kept in case the build was stopped, by this one or an earlier one.

        Raises:
            OSError: it cannot be removed.
        """
        pending.remove(self._index)
        shutil.rmtree(self._index / FOLDER, ignore_errors=True)
