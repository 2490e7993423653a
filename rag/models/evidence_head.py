"""Which sentences of a passage answer, from what the reranker saw of each word piece.

The default reranker reads a question and a passage once. A small network takes its states of every
piece, after its eighth layer and its last, and gives each sentence a logit against "nothing here
answers". So no sentence is read a second time by itself, out of its context.

One transformer layer with the norm before each part (Xiong et al., "On Layer Normalization in the
Transformer Architecture", ICML 2020), and for each sentence a weighted mean of its pieces. A
million weights; ``training/evidence_head.py`` makes them. All but the means are computed in the
reranker's own graph, where ``training/reranker.py`` puts them: what is here is what sentences are.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from rag.errors import ModelError

SHA256 = "1f542c33e8a8d7c0f2800a8e18c1e6aafe9e8a8e6da3c0cae9a6db08852b7dc8"
"""Of the weights, ``evidence_head.npz`` beside this file."""

LAYERS = (7, 11)
"""The reranker's layers, from 0, whose states it reads."""
HEADS = 4
WIDTH = 256
NO_PIECES = -100.0
"""The logit of a sentence that the reranker did not see, past its last position."""

Floats = NDArray[np.float32]


class EvidenceHead:
    """Safe to share between threads."""

    def __init__(self, weights: dict[str, Floats]) -> None:
        self.weights = weights

    def score(self, seen: Floats, pieces: Sequence[slice]) -> Floats:
        """Logits, shape ``(len(pieces),)``: 0 is as likely evidence as not.

        Args:
            seen: What the head sees of every piece of question and passage, ``(pieces, WIDTH)``.
            pieces: Of each sentence, the pieces that it holds.
        """
        w = self.weights
        none = self._mlp(seen[0], "null")
        weight = seen @ w["att.weight"][0] + w["att.bias"]
        logits = np.full(len(pieces), NO_PIECES, np.float32)
        for number, held in enumerate(pieces):
            if held.start < held.stop:
                share = _softmax(weight[held])
                logits[number] = self._mlp(share @ seen[held], "sent") - none
        return logits

    def _mlp(self, x: Floats, name: str) -> np.float32:
        w = self.weights
        hidden = np.maximum(_linear(x, w, f"{name}.0"), 0)
        logit: np.float32 = _linear(hidden, w, f"{name}.2")[0]
        return logit


def open_evidence_head() -> EvidenceHead:
    """The weights that come with the package.

    From then on numpy's matrix products take one thread each in this process: these matrices are
    small, and threads that wait for each other in a loop cost a loaded machine a second a question.

    Raises:
        ModelError: they are missing or not the ones that were tested.
    """
    from threadpoolctl import threadpool_limits

    try:
        data = (resources.files("rag.models") / "evidence_head.npz").read_bytes()
    except OSError as error:
        raise ModelError(
            f"rag/models/evidence_head.npz cannot be read ({error.strerror}); "
            "install the package again"
        ) from None
    found = hashlib.sha256(data).hexdigest()
    if found != SHA256:
        raise ModelError(
            f"rag/models/evidence_head.npz has sha256 {found[:12]}…, expected {SHA256[:12]}…; "
            "install the package again"
        )
    threadpool_limits(1, user_api="blas")
    with np.load(io.BytesIO(data), allow_pickle=False) as stored:
        return EvidenceHead({name: stored[name].astype(np.float32) for name in stored.files})


def _linear(x: Floats, w: dict[str, Floats], name: str) -> Floats:
    y: Floats = x @ w[f"{name}.weight"].T + w[f"{name}.bias"]
    return y


def _softmax(x: Floats) -> Floats:
    y = np.exp(x - x.max(-1, keepdims=True))
    z: Floats = y / y.sum(-1, keepdims=True)
    return z
