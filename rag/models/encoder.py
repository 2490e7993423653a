"""Texts become vectors."""

from __future__ import annotations

import hashlib
import logging
import os
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from rag.errors import ModelError
from rag.models import bundled
from rag.models.session import open_session

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from sentence_transformers import SentenceTransformer
    from tokenizers import Encoding, Tokenizer

MAX_PIECES = 256
"""Word pieces that the default encoder sees of a text; what it was trained on."""

BATCH = 8
"""Texts encoded at once: on a laptop's cache small batches win (44 passages/s at 8, 32 at 32)."""


class Encoder(Protocol):
    """What the engine needs of an embedding model. Safe to share between threads."""

    name: str
    sha256: str
    """Identifies the weights: vectors of different weights must never meet in one index."""
    dimension: int

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors, shape ``(len(texts), dimension)``."""
        ...


class OnnxEncoder:
    """The bundled int8 encoder, run by onnxruntime without torch.

    Each text is a run of its own on one core, as many at once as there are cores:
    nothing is padded, and a text's vector is the same, bit by bit, whatever else
    is encoded with it.
    """

    dimension = 384

    def __init__(
        self, session: InferenceSession, tokenizer: Tokenizer, name: str, sha256: str
    ) -> None:
        self.name = name
        self.sha256 = sha256
        self._session = session
        self._tokenizer = tokenizer
        self._cores = ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="encode")

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors, shape ``(len(texts), dimension)``."""
        vectors = np.empty((len(texts), self.dimension), np.float32)
        encodings = self._tokenizer.encode_batch(list(texts))
        # Longest first: the last run to finish is a short one.
        order = sorted(range(len(texts)), key=lambda index: -len(encodings[index]))
        found = map if len(texts) == 1 else self._cores.map
        for index, vector in zip(
            order, found(lambda index: self._run(encodings[index]), order), strict=True
        ):
            vectors[index] = vector
        return vectors

    def _run(self, encoding: Encoding) -> NDArray[np.float32]:
        (vector,) = self._session.run(None, {"pieces": np.array(encoding.ids, np.int64)})
        return np.asarray(vector, np.float32)


class SentenceTransformerEncoder:
    """An embedding model run by sentence-transformers."""

    def __init__(self, model: SentenceTransformer, name: str, sha256: str) -> None:
        self.name = name
        self.sha256 = sha256
        dimension = model.get_embedding_dimension()
        if dimension is None:
            raise ModelError(f"{name} does not tell its vectors' length; choose another encoder")
        self.dimension: int = dimension
        self._model = model
        self._lock = threading.Lock()  # its tokenizer cannot be borrowed by two threads at once

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors, shape ``(len(texts), dimension)``."""
        if not texts:
            return np.empty((0, self.dimension), np.float32)
        with self._lock:
            vectors = self._model.encode(
                list(texts),
                batch_size=BATCH,
                normalize_embeddings=True,
                convert_to_numpy=True,
                show_progress_bar=False,
            )
        return np.ascontiguousarray(vectors, dtype=np.float32)


def open_encoder(name: str = "default", *, device: str = "cpu") -> Encoder:
    """The pinned encoder, or a sentence-transformers model by path or hub name.

    The latter runs on a ``device`` of torch's, the pinned one on the CPU alone. Only a hub name
    that is not on the machine yet reaches for the network.

    Raises:
        ModelError: when it is unknown, unreadable, or not the pinned one.
    """
    if name == "default":
        return _open_bundled(bundled.locate(bundled.ENCODER))
    model = _load(name, device)
    return SentenceTransformerEncoder(model, name, weights_sha256(model))


def _open_bundled(folder: Path) -> OnnxEncoder:
    from tokenizers import Tokenizer

    session = open_session(folder / "encoder.onnx")
    tokenizer = Tokenizer.from_file(str(folder / bundled.TOKENIZER))
    tokenizer.no_padding()  # the file asks for 128 pieces always
    tokenizer.enable_truncation(MAX_PIECES)
    return OnnxEncoder(session, tokenizer, bundled.ENCODER.name, bundled.ENCODER.sha256)


def hush() -> None:
    """Keep the libraries' own progress bars and remarks off a person's terminal."""
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()  # type: ignore[no-untyped-call]
    for name in ("sentence_transformers", "transformers"):
        logging.getLogger(name).setLevel(logging.ERROR)


def _load(name: str, device: str) -> SentenceTransformer:
    from sentence_transformers import SentenceTransformer

    hush()
    try:
        return SentenceTransformer(name, device=device)
    except Exception as error:  # the library lets anything through
        raise unknown_model("encoder", name, error) from error


def unknown_model(role: str, name: str, error: Exception) -> ModelError:
    """The error for a model that did not load."""
    reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
    return ModelError(
        f"the {role} {name!r} could not be loaded ({reason}); "
        f"give a folder with its files, or unset RAG_{role.upper()} for the default"
    )


def weights_sha256(model: Any) -> str:
    """Hex SHA-256 over a torch module's parameters: their names, shapes and bytes."""
    digest = hashlib.sha256()
    for name, tensor in sorted(model.state_dict().items()):
        array = tensor.cpu().contiguous().float().numpy()
        digest.update(f"{name} {array.shape}\n".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()
