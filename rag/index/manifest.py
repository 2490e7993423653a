"""The file that says what a generation holds, and by which damage to any of its files is told."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from rag.index import generation
from rag.index.checked import Checked
from rag.index.dense import VECTORS
from rag.index.generation import damaged
from rag.reports import Skipped

FORMAT = 4
"""Raised whenever an older reader could misunderstand the files."""

MANIFEST = "manifest.json"
DOCUMENTS = "documents.sqlite"
LEXICAL = "lexical"
_RECIPE = ("readers", "split", "passage_chars", "encoder_sha256")
"""What of a recipe is looked at; the rest is only compared."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a generation holds and what made it."""

    index_id: str
    recipe: dict[str, Any]
    """Every setting and version that shapes the index: with the files, its identity."""
    encoder: str
    documents: int
    passages: int
    skipped: tuple[Skipped, ...]
    skipped_sha256: dict[str, str]
    """The hash of each skipped file, so that it is not tried again until it changes."""
    probes: int = 1
    """How many lists of a compressed index a question looks into; 1 where there are none."""
    recall: float = 1.0
    """The share of the ten nearest passages that the vectors' search finds; 1 where it is exact."""


def write(folder: Path, manifest: Manifest) -> None:
    """Seal a folder: its manifest has the checksum of every file in it, and of itself."""
    files = {
        path.relative_to(folder).as_posix(): _file_sha256(path) for path in generation.files(folder)
    }
    raw = {"format": FORMAT} | said(manifest) | {"files": files}
    (folder / MANIFEST).write_text(sealed(raw), encoding="utf-8")


def said(manifest: Manifest) -> dict[str, Any]:
    """What a manifest says, for JSON."""
    return {field.name: getattr(manifest, field.name) for field in fields(Manifest)}


def understood(raw: dict[str, Any]) -> Manifest:
    """The manifest that says so.

    Raises:
        ValueError, TypeError, LookupError, ArithmeticError: none does.
    """
    manifest = Manifest(
        index_id=str(raw["index_id"]),
        recipe=dict(raw["recipe"]),
        encoder=str(raw["encoder"]),
        documents=int(raw["documents"]),
        passages=int(raw["passages"]),
        skipped=tuple(Skipped(str(path), str(reason)) for path, reason in raw["skipped"]),
        skipped_sha256=dict(raw["skipped_sha256"]),
        probes=int(raw["probes"]),
        recall=float(raw["recall"]),
    )
    for name in _RECIPE:
        manifest.recipe[name]
    return manifest


def sealed(raw: dict[str, Any]) -> str:
    """The one text of a manifest that says this, with its own checksum as the last entry."""
    rest = {name: value for name, value in raw.items() if name != "sha256"}
    sha256 = hashlib.sha256(json.dumps(rest, sort_keys=True).encode()).hexdigest()
    return json.dumps(rest | {"sha256": sha256}, ensure_ascii=False, indent=1) + "\n"


def load(folder: Path) -> Manifest:
    """The manifest, once it and every file of the folder match their checksums.

    Raises:
        IndexDamagedError: naming the file that is missing, unknown or differs.
    """
    path = folder / MANIFEST
    try:
        text = path.read_bytes().decode()
        raw = json.loads(text)
        if raw["format"] != FORMAT:
            raise damaged(
                f"the index in {folder.parent.parent} has format {raw['format']}, "
                f"this version reads {FORMAT}"
            )
        if text != sealed(raw):
            raise damaged(f"{path} does not match its checksum")
        manifest = understood(raw)
        files = {str(name): str(sha256) for name, sha256 in raw["files"].items()}
        for name in sorted({DOCUMENTS, VECTORS, *_names(folder)} - {MANIFEST} - set(files)):
            raise damaged(f"{folder / name} is not in the manifest")
    except (
        OSError, ValueError, KeyError, TypeError, AttributeError, ArithmeticError, RecursionError
    ) as error:  # fmt: skip
        raise damaged(f"{path} cannot be read", error) from None
    checked = Checked(folder.parent.parent)
    for name, sha256 in files.items():
        try:
            found = checked.sha256(folder / name)
        except OSError as error:
            raise damaged(f"{folder / name} cannot be read", error.strerror) from None
        if found != sha256:
            raise damaged(f"{folder / name} does not match its checksum")
    checked.save()
    return manifest


def _names(folder: Path) -> set[str]:
    """The files of a generation; what a file manager hides there is no concern of ours."""
    return {
        path.relative_to(folder).as_posix()
        for path in generation.files(folder)
        if not path.name.startswith(".")
    }


def _file_sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
