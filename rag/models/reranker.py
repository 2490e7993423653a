"""A question and a text, read together, become one relevance."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from rag.errors import ModelError
from rag.models import bundled
from rag.models.encoder import hush, unknown_model, weights_sha256

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from sentence_transformers import CrossEncoder
    from tokenizers import Encoding, Tokenizer

MAX_TOKENS = 512
"""The model's positions; a longer pair loses the text's tail."""


class Reranker(Protocol):
    """What the engine needs of a cross-encoder. Safe to share between threads."""

    name: str
    sha256: str

    def score(self, question: str, texts: Sequence[str]) -> NDArray[np.float32]:
        """Logits, shape ``(len(texts),)``: how well each text answers the question."""
        ...


class OnnxReranker:
    """The bundled int8 cross-encoder, run by onnxruntime without torch.

    Each text is a run of its own on one core, as many at once as there are
    cores. On two cores that took two thirds of the time of padded batches. And
    a text's score never depends on its neighbours: in a batch they would share
    the scale of its int8 numbers.
    """

    def __init__(
        self, session: InferenceSession, tokenizer: Tokenizer, name: str, sha256: str
    ) -> None:
        self.name = name
        self.sha256 = sha256
        self._session = session
        self._tokenizer = tokenizer
        self._cores = ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="rerank")

    def score(self, question: str, texts: Sequence[str]) -> NDArray[np.float32]:
        """Logits, shape ``(len(texts),)``: about -12 (unrelated) to 12 (answers it)."""
        encodings = self._tokenizer.encode_batch([(question, text) for text in texts])
        # Longest first: the last run to finish is a short one.
        order = sorted(range(len(texts)), key=lambda index: -len(encodings[index].ids))
        logits = np.empty(len(texts), np.float32)
        logits[order] = list(self._cores.map(lambda index: self._run(encodings[index]), order))
        return logits

    def _run(self, encoding: Encoding) -> float:
        inputs = {
            "input_ids": np.array([encoding.ids], np.int64),
            "attention_mask": np.array([encoding.attention_mask], np.int64),
            "token_type_ids": np.array([encoding.type_ids], np.int64),
        }
        (logits,) = self._session.run(["logits"], inputs)
        return float(logits[0, 0])


class CrossEncoderReranker:
    """Any other cross-encoder, run by sentence-transformers on the CPU."""

    def __init__(self, model: CrossEncoder, name: str, sha256: str) -> None:
        self.name = name
        self.sha256 = sha256
        self._model = model

    def score(self, question: str, texts: Sequence[str]) -> NDArray[np.float32]:
        """Logits, shape ``(len(texts),)``."""
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
    import onnxruntime
    from tokenizers import Tokenizer

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(
        str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"]
    )
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()  # the file asks for 512 tokens always
    tokenizer.enable_truncation(MAX_TOKENS, strategy="only_second")
    model = bundled.RERANKER
    return OnnxReranker(session, tokenizer, model.name, model.sha256)
