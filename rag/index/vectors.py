"""A vector for each passage, computed only where no earlier build has computed it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from rag.index.store import Store

Compute = Callable[[dict[str, str]], tuple[dict[str, NDArray[np.float32]], int]]
"""Vectors of texts that no index holds, by the hex SHA-256 of each; and how many of them had to be
computed."""


def embed(
    texts: list[str], encoder_sha256: str, old: Store | None, compute: Compute
) -> tuple[NDArray[np.float32], int]:
    """Unit vectors, shape ``(texts, dimension)``, and how many of them had to be computed.

    They are carried over from the old generation where it has the very same text.
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
        found, computed = compute(wanted)
        known.update(found)
    if not texts:
        return np.empty((0, 1), np.float32), 0
    return np.stack([known[sha256] for sha256 in hashes]), computed


def text_sha256(text: str) -> str:
    """The hash that a vector is known by: of the text it stands for, in UTF-8."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()
