"""A question and a text, read together, become one relevance."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from rag.errors import ModelError
from rag.models import bundled
from rag.models.encoder import unknown_model, weights_sha256

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from sentence_transformers import CrossEncoder
    from tokenizers import Tokenizer

MAX_TOKENS = 512
"""The model's positions; a longer pair loses the text's tail."""
BATCH_TOKENS = 1024
"""Padded tokens run at once: more fall out of a laptop's cache and run slower."""


class Reranker(Protocol):
    """What the engine needs of a cross-encoder. Safe to share between threads."""

    name: str
    sha256: str

    def score(self, question: str, texts: Sequence[str]) -> NDArray[np.float32]:
        """Logits, shape ``(len(texts),)``: how well each text answers the question."""
        ...


class OnnxReranker:
    """The bundled int8 cross-encoder, run by onnxruntime without torch."""

    def __init__(
        self, session: InferenceSession, tokenizer: Tokenizer, name: str, sha256: str
    ) -> None:
        self.name = name
        self.sha256 = sha256
        self._session = session
        self._tokenizer = tokenizer

    def score(self, question: str, texts: Sequence[str]) -> NDArray[np.float32]:
        """Logits, shape ``(len(texts),)``: about -12 (unrelated) to 12 (answers it)."""
        logits = np.empty(len(texts), np.float32)
        if not texts:
            return logits
        encodings = self._tokenizer.encode_batch([(question, text) for text in texts])
        order = sorted(range(len(texts)), key=lambda index: len(encodings[index].ids))
        while order:
            # Longest first, so that a batch is padded to its first text and no further.
            width = len(encodings[order[-1]].ids)
            batch = [order.pop() for _ in range(min(len(order), max(1, BATCH_TOKENS // width)))]
            ids = np.zeros((len(batch), width), np.int64)
            kinds = np.zeros_like(ids)
            mask = np.zeros_like(ids)
            for row, index in enumerate(batch):
                encoding = encodings[index]
                length = len(encoding.ids)
                ids[row, :length] = encoding.ids
                kinds[row, :length] = encoding.type_ids
                mask[row, :length] = 1
            (scores,) = self._session.run(
                ["logits"], {"input_ids": ids, "attention_mask": mask, "token_type_ids": kinds}
            )
            logits[batch] = scores[:, 0]
        return logits


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
    # Waiting threads sleep: spinning ones starve whatever else the machine is doing.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    session = onnxruntime.InferenceSession(
        str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"]
    )
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()  # the file asks for 512 tokens always
    tokenizer.enable_truncation(MAX_TOKENS, strategy="only_second")
    model = bundled.RERANKER
    return OnnxReranker(session, tokenizer, model.name, model.sha256)
