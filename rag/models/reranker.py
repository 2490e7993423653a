"""A question and a text, read together, become one relevance."""

from __future__ import annotations

import os
from bisect import bisect_right
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from rag.errors import ModelError
from rag.models import bundled
from rag.models.encoder import hush, unknown_model, weights_sha256
from rag.models.evidence_head import LAYERS, EvidenceHead, open_evidence_head
from rag.models.session import open_session

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from sentence_transformers import CrossEncoder
    from tokenizers import Encoding, Tokenizer

_STATES = [f"/bert/encoder/layer.{layer}/output/LayerNorm/Add_1_output_0" for layer in LAYERS]

MAX_TOKENS = 512
"""The model's positions; a longer pair loses the text's tail."""


Spans = Sequence[tuple[int, int]]
"""Sentences as ranges of a text's characters."""


class Reading(Protocol):
    """A text that was read with a question."""

    @property
    def relevance(self) -> float:
        """A logit, about -12 (unrelated) to 12 (answers it)."""
        ...

    def sentences(self, spans: Spans) -> NDArray[np.float32]:
        """Logits, shape ``(len(spans),)``: how well each sentence of the text answers."""
        ...


class Reranker(Protocol):
    """What the engine needs of a cross-encoder. Safe to share between threads."""

    name: str
    sha256: str

    def read(self, question: str, texts: Sequence[str]) -> Sequence[Reading]:
        """Each text read with the question. A text's first line is its title and section."""
        ...


@dataclass(frozen=True, slots=True)
class SentenceBySentence:
    """A reading whose sentences are read once more, each by itself under the text's first line."""

    relevance: float
    question: str
    text: str
    score: Callable[[str, Sequence[str]], NDArray[np.float32]]
    """Logits for texts, from a question and the texts."""

    def sentences(self, spans: Spans) -> NDArray[np.float32]:
        """See `Reading`."""
        title, _, _ = self.text.partition("\n")
        return self.score(self.question, [f"{title}\n{self.text[a:b]}" for a, b in spans])


@dataclass(frozen=True, slots=True)
class WholeReading:
    """A reading that knows what the reranker saw of each word piece."""

    relevance: float
    states: NDArray[np.float32]
    encoding: Encoding
    head: EvidenceHead

    def sentences(self, spans: Spans) -> NDArray[np.float32]:
        """See `Reading`."""
        types = np.array(self.encoding.type_ids, np.int64)
        return self.head.score(self.states, types, self.pieces(spans))

    def pieces(self, spans: Spans) -> list[slice]:
        """Of each sentence, its word pieces by position; an empty slice for one past the last."""
        # [CLS] and the question come first, then the text's pieces in order, a [SEP] at the end.
        first = self.encoding.type_ids.index(1) if 1 in self.encoding.type_ids else 0
        ends = [end for _, end in self.encoding.offsets[first:-1]]
        return [
            slice(first + bisect_right(ends, start), first + bisect_right(ends, end))
            for start, end in spans
        ]


class OnnxReranker:
    """The bundled int8 cross-encoder, run by onnxruntime without torch.

    Each text is a run of its own on one core, as many at once as there are
    cores. On two cores that took two thirds of the time of padded batches. And
    a text's score never depends on its neighbours: in a batch they would share
    the scale of its int8 numbers.
    """

    def __init__(
        self,
        session: InferenceSession,
        tokenizer: Tokenizer,
        head: EvidenceHead,
        name: str,
        sha256: str,
    ) -> None:
        self.name = name
        self.sha256 = sha256
        self._session = session
        self._tokenizer = tokenizer
        self._head = head
        self._cores = ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="rerank")

    def read(self, question: str, texts: Sequence[str]) -> list[WholeReading]:
        """See `Reranker`."""
        encodings = self._tokenizer.encode_batch([(question, text) for text in texts])
        # Longest first: the last run to finish is a short one.
        order = sorted(range(len(texts)), key=lambda index: -len(encodings[index].ids))
        readings = self._cores.map(lambda index: self._run(encodings[index]), order)
        by_index = dict(zip(order, readings, strict=True))
        return [by_index[index] for index in range(len(texts))]

    def _run(self, encoding: Encoding) -> WholeReading:
        inputs = {
            "input_ids": np.array([encoding.ids], np.int64),
            "attention_mask": np.array([encoding.attention_mask], np.int64),
            "token_type_ids": np.array([encoding.type_ids], np.int64),
        }
        logits, *states = self._session.run(["logits", *_STATES], inputs)
        joined = np.concatenate([layer[0] for layer in states], axis=1)
        return WholeReading(float(logits[0, 0]), joined, encoding, self._head)


class CrossEncoderReranker:
    """Any other cross-encoder, run by sentence-transformers on the CPU."""

    def __init__(self, model: CrossEncoder, name: str, sha256: str) -> None:
        self.name = name
        self.sha256 = sha256
        self._model = model

    def read(self, question: str, texts: Sequence[str]) -> list[SentenceBySentence]:
        """See `Reranker`."""
        logits = self._score(question, texts)
        return [
            SentenceBySentence(float(logit), question, text, self._score)
            for logit, text in zip(logits, texts, strict=True)
        ]

    def _score(self, question: str, texts: Sequence[str]) -> NDArray[np.float32]:
        import torch

        scores = self._model.predict(
            [(question, text) for text in texts],
            batch_size=8,
            activation_fn=torch.nn.Identity(),
            show_progress_bar=False,
        )
        return np.asarray(scores, np.float32).reshape(len(texts))


def open_reranker(name: str = "default") -> Reranker:
    """The pinned cross-encoder, or a sentence-transformers one by path or hub name.

    Raises:
        ModelError: when it is unknown, unreadable, or not the pinned one.
    """
    if name == "default":
        return _open_bundled(bundled.locate(bundled.RERANKER))
    from sentence_transformers import CrossEncoder

    hush()
    try:
        model = CrossEncoder(name, device="cpu")
    except Exception as error:  # the library lets anything through
        raise unknown_model("reranker", name, error) from error
    if model.num_labels != 1:
        raise ModelError(f"the reranker {name!r} has {model.num_labels} outputs; expected one")
    return CrossEncoderReranker(model, name, weights_sha256(model))


def _open_bundled(folder: Path) -> OnnxReranker:
    from tokenizers import Tokenizer

    session = open_session(_with_outputs((folder / "model.onnx").read_bytes(), _STATES))
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()  # the file asks for 512 tokens always
    tokenizer.enable_truncation(MAX_TOKENS, strategy="only_second")
    model = bundled.RERANKER
    return OnnxReranker(session, tokenizer, open_evidence_head(), model.name, model.sha256)


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
