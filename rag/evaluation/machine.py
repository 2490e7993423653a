"""What a result was made with, so that two of them can be compared. No host name, no path."""

from __future__ import annotations

import os
import platform
import subprocess
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import rag
from rag.engine import Engine

_UNTOLD = ("corpus", "index", "question_seconds")  # paths, and what an evaluation sets itself
_MODELS = ("encoder", "reranker")


def made_with(engine: Engine) -> dict[str, object]:
    """Date, code, machine, index, models and settings."""
    info = engine.info()
    chosen = {k: v for k, v in asdict(engine.settings).items() if k not in _UNTOLD}
    chosen |= {name: _without_path(chosen[name]) for name in _MODELS}
    models = {
        "encoder": {"name": _without_path(info.encoder), "sha256": info.encoder_sha256},
        "reranker": {"name": _without_path(info.reranker), "sha256": info.reranker_sha256},
    }
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "version": rag.__version__,
        "commit": commit(),
        "machine": {
            "processor": platform.machine(),
            "cores": os.cpu_count(),
            "system": platform.system(),
            "python": platform.python_version(),
            "load": _load(),
        },
        "index_id": info.index_id,
        "documents": info.documents,
        "passages": info.passages,
        "models": models,
        "settings": chosen,
    }


def _load() -> float | None:
    """How many processes wanted a core, a minute's mean: more than there are, and times are not
    those of a machine at rest."""
    try:
        return round(os.getloadavg()[0], 1)
    except (AttributeError, OSError):
        return None


def commit() -> str | None:
    """The git commit of this code, ``+`` after it where files differ; None outside a repository."""
    here = Path(__file__).parent.parent / "__init__.py"
    if _git("ls-files", "--error-unmatch", str(here), folder=here.parent) is None:
        return None  # installed into an environment that happens to lie in a repository
    head = _git("rev-parse", "--short=12", "HEAD", folder=here.parent)
    changed = _git("status", "--porcelain", "--untracked-files=no", folder=here.parent)
    return f"{head}+" if head and changed else head


def _git(*arguments: str, folder: Path) -> str | None:
    try:
        done = subprocess.run(  # noqa: S603 - no shell, and no argument from outside
            ["git", "--no-optional-locks", "-C", str(folder), *arguments],  # noqa: S607
            capture_output=True,
            text=True,
            check=True,
            timeout=30,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()


def _without_path(name: object) -> str:
    """A model's name; of one that is a folder here, its last part."""
    text = str(name)
    return Path(text).name if Path(text).exists() else text
