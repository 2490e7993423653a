"""Texts become vectors."""

from __future__ import annotations

import hashlib
import logging
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from rag.errors import ModelError
from rag.models import bundled

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

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


class SentenceTransformerEncoder:
    """An embedding model run by sentence-transformers on the CPU."""

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


def open_encoder(name: str = "default") -> SentenceTransformerEncoder:
    """The pinned encoder, or a sentence-transformers model by path or hub name.

    Only a hub name that is not on the machine yet reaches for the network.

    Raises:
        ModelError: when it is unknown, unreadable, or not the pinned one.
    """
    if name == "default":
        folder = bundled.locate(bundled.ENCODER)
        model = _load(str(folder), local_files_only=True)
        return SentenceTransformerEncoder(model, bundled.ENCODER.name, bundled.ENCODER.sha256)
    model = _load(name, local_files_only=False)
    return SentenceTransformerEncoder(model, name, weights_sha256(model))


def hush() -> None:
    """Keep the libraries' own progress bars and remarks off a person's terminal."""
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()  # type: ignore[no-untyped-call]
    for name in ("sentence_transformers", "transformers"):
        logging.getLogger(name).setLevel(logging.ERROR)


def _load(name: str, *, local_files_only: bool) -> SentenceTransformer:
    from sentence_transformers import SentenceTransformer

    hush()
    try:
        return SentenceTransformer(name, device="cpu", local_files_only=local_files_only)
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
