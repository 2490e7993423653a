"""A vector for each passage, computed only where no earlier build has computed it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rag.index import pending
from rag.index.store import Store
from rag.models.encoder import Encoder, open_encoder
from rag.settings import Settings
from rag.types import Progress

_ENCODED_AT_ONCE = 64
"""Passages between two progress reports, and what a kill costs: a second or two of work."""


def embed(
    texts: list[str],
    settings: Settings,
    encoder: Encoder | None,
    encoder_sha256: str,
    old: Store | None,
    report: Callable[[Progress], None],
) -> tuple[NDArray[np.float32], int]:
    """Unit vectors, shape ``(texts, dimension)``, and how many of them had to be computed.

    They are carried over from the old generation, or from a build that was stopped, where it has
    the very same text. The encoder is loaded only if some are missing.
    """
    hashes = [text_sha256(text) for text in texts]
    known: dict[str, NDArray[np.float32]] = {}
    if old is not None and old.manifest.recipe["encoder_sha256"] == encoder_sha256:
        known = old.embedded(frozenset(hashes))
    wanted = {
        sha256: text for sha256, text in zip(hashes, texts, strict=True) if sha256 not in known
    }
    computed = 0
    if wanted:
        index = Path(settings.index)
        resumed = pending.resume(index, encoder_sha256, wanted)
        known.update(resumed)
        # Like lengths together, so that little of a batch is padding.
        todo = sorted(
            wanted.keys() - resumed.keys(), key=lambda sha256: (len(wanted[sha256]), sha256)
        )
        computed = len(todo)
        if todo:
            encoder = encoder or open_encoder(settings.encoder)
            for start in range(0, len(todo), _ENCODED_AT_ONCE):
                report(Progress("encode", start, len(todo)))
                batch = todo[start : start + _ENCODED_AT_ONCE]
                vectors = encoder.encode([wanted[sha256] for sha256 in batch])
                pending.add(index, batch, vectors)
                known.update(zip(batch, vectors, strict=True))
        report(Progress("encode", len(todo), len(todo)))
    if not texts:
        return np.empty((0, 1), np.float32), 0
    return np.stack([known[sha256] for sha256 in hashes]), computed


def text_sha256(text: str) -> str:
    """The hash that a vector is known by: of the text it stands for, in UTF-8."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()
