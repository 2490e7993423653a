"""The weights that install with the package, each pinned by its SHA-256.

They lie beside this file. A version number is not proof enough: every file that
decides a number is hashed before it is loaded.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from rag.errors import ModelError

FOLDER = Path(__file__).parent
TOKENIZER = "tokenizer.json"
"""The word pieces of both models."""
_REPAIR = "run `pip install --force-reinstall rag-quotes`"


@dataclass(frozen=True, slots=True)
class Bundled:
    """A model in this folder; ``files`` maps names to SHA-256."""

    name: str
    files: dict[str, str]

    @property
    def sha256(self) -> str:
        """The pinned hash of the weights, the first of ``files``."""
        return next(iter(self.files.values()))


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
    name="rag-quotes reader 3, from ms-marco-MiniLM-L-12-v2 (int8)",
    files={
        "reader.onnx": "0b15fc3306171d77d98e5128886ced95f5ed97c1f9910176400ff0eea8e18010",
        TOKENIZER: _TOKENIZER_SHA256,
    },
)
"""Made by ``training/reader.py``."""


def locate(model: Bundled, folder: Path = FOLDER) -> Path:
    """The model's folder, once every pinned file in it has the pinned hash.

    Raises:
        ModelError: when a file is missing, or a hash differs.
    """
    for name, pinned in model.files.items():
        try:
            with (folder / name).open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise ModelError(
                f"{name} of {model.name} cannot be read ({error.strerror}); {_REPAIR}"
            ) from None
        if found != pinned:
            raise ModelError(
                f"{name} of {model.name} has sha256 {found[:12]}…, "
                f"expected {pinned[:12]}…; {_REPAIR}"
            )
    return folder
