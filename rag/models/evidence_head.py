"""Which sentences of a passage answer, from what the reranker saw of each word piece.

The default reranker reads a question and a passage once. This small network takes its states of
every piece, after its eighth layer and its last, and gives each sentence a logit against
"nothing here answers". So no sentence is read a second time by itself, out of its context.

One transformer layer with the norm before each part (Xiong et al., "On Layer Normalization in the
Transformer Architecture", ICML 2020), and for each sentence a weighted mean of its pieces. A
million weights: numpy is fast enough. ``training/`` makes them.
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
NO_PIECES = -100.0
"""The logit of a sentence that the reranker did not see, past its last position."""

Floats = NDArray[np.float32]


class EvidenceHead:
    """Safe to share between threads."""

    def __init__(self, weights: dict[str, Floats]) -> None:
        self.weights = weights

    def score(self, states: Floats, types: NDArray[np.int64], pieces: Sequence[slice]) -> Floats:
        """Logits, shape ``(len(pieces),)``: 0 is as likely evidence as not.

        Args:
            states: Of every piece of question and passage, shape ``(pieces, 768)``.
            types: 0 for the question's pieces, 1 for the passage's.
            pieces: Of each sentence, the pieces that it holds.
        """
        w = self.weights
        x = _norm(states @ w["inp.weight"].T + w["inp.bias"], w, "ln")
        x += w["typ.weight"][types] + w["pos.weight"][: len(x)]
        x += self._attention(_norm(x, w, "enc.0.norm1"))
        x += self._feed_forward(_norm(x, w, "enc.0.norm2"))
        x = _norm(x, w, "out")
        none = self._mlp(x[0], "null")
        weight = x @ w["att.weight"][0] + w["att.bias"]
        logits = np.full(len(pieces), NO_PIECES, np.float32)
        for number, held in enumerate(pieces):
            if held.start < held.stop:
                share = _softmax(weight[held])
                logits[number] = self._mlp(share @ x[held], "sent") - none
        return logits

    def _attention(self, x: Floats) -> Floats:
        w, size = self.weights, x.shape[1] // HEADS
        mixed = x @ w["enc.0.self_attn.in_proj_weight"].T + w["enc.0.self_attn.in_proj_bias"]
        query, key, value = (
            part.reshape(len(x), HEADS, size).transpose(1, 0, 2) for part in np.split(mixed, 3, 1)
        )
        seen = _softmax(query @ key.transpose(0, 2, 1) / np.float32(size**0.5)) @ value
        joined = seen.transpose(1, 0, 2).reshape(len(x), -1)
        return _linear(joined, w, "enc.0.self_attn.out_proj")

    def _feed_forward(self, x: Floats) -> Floats:
        w = self.weights
        return _linear(np.maximum(_linear(x, w, "enc.0.linear1"), 0), w, "enc.0.linear2")

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


def _norm(x: Floats, w: dict[str, Floats], name: str) -> Floats:
    centred = x - x.mean(-1, keepdims=True)
    spread = np.sqrt((centred * centred).mean(-1, keepdims=True) + np.float32(1e-5))
    y: Floats = centred / spread * w[f"{name}.weight"] + w[f"{name}.bias"]
    return y


def _softmax(x: Floats) -> Floats:
    y = np.exp(x - x.max(-1, keepdims=True))
    z: Floats = y / y.sum(-1, keepdims=True)
    return z
