"""The weights that install with the package, each pinned by its SHA-256.

They lie beside this file. A version number is not proof enough: every file that decides
a number is hashed before it is loaded.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from rag.errors import ModelError


@dataclass(frozen=True, slots=True)
class Bundled:
    """A model beside this file; ``files`` maps names to SHA-256."""

    name: str
    files: dict[str, str]

    @property
    def sha256(self) -> str:
        """The pinned hash of the weights, the first of ``files``."""
        return next(iter(self.files.values()))


_AGAIN = "run `pip install --force-reinstall rag-quotes`"

TOKENIZER = "encoder.tokenizer.json"
"""BERT's 30,522 lower-case English word pieces, which both models read."""
_TOKENIZER_SHA256 = "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"

ENCODER = Bundled(
    name="sentence-transformers/all-MiniLM-L6-v2 (int8)",
    files={
        "encoder.onnx": "84695c88b9d1e6a961392dfc22369dba205b557837ec523b258c96eb567f0e8a",
        TOKENIZER: _TOKENIZER_SHA256,
    },
)
"""Made by ``training/encoder.py``."""

RERANKER = Bundled(
    name="cross-encoder/ms-marco-MiniLM-L-12-v2 (int8)",
    files={
        "reranker.onnx": "ef1c10618cda0f2949e4cbbbe38f192b62a952516b42e1de138454877f1ed9f7",
        TOKENIZER: _TOKENIZER_SHA256,
    },
)
"""Made by ``training/reranker.py``."""


def locate(model: Bundled) -> Path:
    """The folder that has the model, once every pinned file in it has the pinned hash.

    Raises:
        ModelError: when a file is missing, or a hash differs.
    """
    folder = Path(__file__).parent
    for name, pinned in model.files.items():
        try:
            with (folder / name).open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise ModelError(
                f"{name} of {model.name} cannot be read ({error.strerror}); {_AGAIN}"
            ) from None
        if found != pinned:
            raise ModelError(
                f"{name} of {model.name} has sha256 {found[:12]}…, expected {pinned[:12]}…; "
                f"{_AGAIN}"
            )
    return folder
