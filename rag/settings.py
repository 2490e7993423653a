"""One ``Settings`` value: paths, models, limits, thresholds.

Where a value comes from, strongest first: a keyword argument, an environment
variable (``RAG_THRESHOLD=0.5``), the ``[tool.rag]`` table of the
``pyproject.toml`` in the working directory, the default below.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, get_type_hints

from rag.errors import SettingsError

ENV_PREFIX = "RAG_"


@dataclass(frozen=True, slots=True)
class Settings:
    """Every choice a person can make, with the reason for its default.

    Figures named below are on SQuAD 2.0 dev; ``python benchmarks/evaluate.py`` makes them again.
    """

    corpus: str = "corpus"
    index: str = "index"
    # Where the index is kept: "local" in the index folder, "milvus" by an engine at `milvus_uri`
    # (docs/scale.md), of which a token may be asked: RAG_MILVUS_TOKEN, in the environment alone.
    store: str = "local"
    milvus_uri: str = ""

    # Models: "default" is the pinned one that installs with the package; anything else is a
    # path or a hub name, loaded with sentence-transformers.
    encoder: str = "default"
    reranker: str = "default"

    # Splitting. MiniLM reads 256 word pieces, about 200 English words or 1,200 characters: a
    # longer passage would have a tail that its vector does not know.
    passage_chars: int = 1000

    # Retrieval. Each ranker proposes `candidates`; the best `rerank` of the fused list are read
    # by the cross-encoder, which costs most of a question's time. The right paragraph is among
    # the fused eight for .980 of questions, among ten for .985, among twenty for .993; eight and
    # ten put it first, and quote it, equally often.
    candidates: int = 50
    rerank: int = 8
    # The constant of reciprocal rank fusion. The usual 60 suits lists of a thousand; with 10 the
    # first places weigh more: right paragraph within five .966, against .956.
    fusion_k: int = 10

    # A phrase in quotation marks must stand in a passage word for word; it is looked for in this
    # many passages that share most of its words, and as many that share the question's.
    phrase_candidates: int = 200

    # Evidence. Every sentence of the best `read` passages competes to be quoted, if its passage is
    # within `read_margin` logits of the best.
    read: int = 6
    read_margin: float = 6.0
    top: int = 3
    near_misses: int = 3

    # A sentence's evidence is logistic(passage_weight * its passage's logit + sentence_weight *
    # its own + evidence_bias): fitted to tell answerable questions from questions about other
    # things, and from those that a document on their very subject leaves open. The weights fit the
    # default reranker; docs/performance.md has by which questions they were chosen.
    passage_weight: float = 0.5
    sentence_weight: float = 0.45
    evidence_bias: float = 2.5
    # A sentence's own logit against "nothing here answers" below which each further logit counts
    # threefold, whatever its passage is about. Of SQuAD's questions that are left open on their
    # very subject .267 are refused in place of .177, and none more of 300 that are answered.
    doubt: float = -3.5
    # Refusal: evidence below `threshold` is no answer. The bias is set so that a half refuses 96 %
    # of foreign questions and still answers 97 % of answerable ones; raise it to refuse more.
    threshold: float = 0.5
    # Half of `rerank` are read first. Where one quote of them answers alone, with evidence of
    # `certain`, that is the answer: for half of SQuAD's answerable questions, in half the time.
    # None of 1,234 on five samples lost its right quote.
    certain: float = 0.995
    # Further quotes lie within `margin` logits of the best, three at most. With 2.5 one of three
    # answers .930 of questions in place of .920, but less of what is quoted is evidence: F1 .787
    # in place of .823.
    margin: float = 1.6
    # A neighbour this close to a quoted sentence answers as well as it does: one quote, not two.
    # With 1.0 half a question in a hundred loses its answer to the cut.
    merge_margin: float = 1.5
    # Below this a passage is not even related, and not worth showing under a refusal.
    near_miss_threshold: float = 0.02

    # Limits.
    max_question_chars: int = 1000
    # A question takes 0.1 s on two cores. The time is looked at between its stages, so that models
    # three hundred times as slow are stopped. The server queues by itself (docs/server.md).
    question_seconds: float = 30.0
    max_file_bytes: int = 50_000_000

    # Limits of the process that reads a file. 1,000 pages of PDF, the slowest of ordinary files,
    # take 9 s; a machine a quarter as fast reads them with time to spare.
    read_seconds: float = 60.0
    # Address space of one process, of which there are as many as cores. Ordinary files, and pages
    # for OCR, need up to 0.3 GB. Only Linux enforces it.
    read_memory_bytes: int = 2_000_000_000
    # A plain text of `max_file_bytes` still fits; what unpacks to more is a bomb.
    max_text_chars: int = 50_000_000
    # Languages, as tesseract names them ("eng", "eng+deu"), to recognise scanned pages and
    # pictures in. Off by default: recognised words are not exact, and a page takes seconds.
    ocr: str = ""

    def __post_init__(self) -> None:
        for name, kind in _types().items():
            object.__setattr__(self, name, _typed(name, getattr(self, name), kind, "the call"))
        for name in ("corpus", "index"):
            if not getattr(self, name).strip():
                raise SettingsError(
                    f"{name} is empty; expected a folder: name one, or leave it out"
                )
        for name, (least, most) in _RANGES.items():
            value = getattr(self, name)
            if not least <= value <= most:
                raise SettingsError(f"{name} is {value}; expected {least} to {most}")
        if self.store not in ("local", "milvus"):
            raise SettingsError(f"store is {self.store!r}; expected local or milvus")
        if self.store == "milvus" and not self.milvus_uri:
            raise SettingsError(
                "store is milvus, and milvus_uri is not set; expected one such as "
                "http://127.0.0.1:19530, or the name of a file that ends in .db"
            )
        if "@" in self.milvus_uri:
            raise SettingsError("milvus_uri holds a password; put it in RAG_MILVUS_TOKEN instead")


_RANGES: dict[str, tuple[float, float]] = {
    "passage_chars": (100, 10_000),
    "candidates": (1, 1000),
    "rerank": (1, 200),
    "fusion_k": (1, 1000),
    "phrase_candidates": (1, 10_000),
    "read": (1, 50),
    "read_margin": (0.0, 100.0),
    "top": (1, 50),
    "near_misses": (0, 50),
    "passage_weight": (0.0, 100.0),
    "sentence_weight": (0.0, 100.0),
    "evidence_bias": (-100.0, 100.0),
    "doubt": (-100.0, 100.0),
    "margin": (0.0, 100.0),
    "merge_margin": (0.0, 100.0),
    "threshold": (0.0, 1.0),
    "certain": (0.0, 1.0),
    "near_miss_threshold": (0.0, 1.0),
    "max_question_chars": (1, 100_000),
    "question_seconds": (0.1, 3600.0),
    "max_file_bytes": (1, 10_000_000_000),
    "read_seconds": (0.1, 86_400.0),
    "read_memory_bytes": (500_000_000, 1_000_000_000_000),
    "max_text_chars": (1, 1_000_000_000),
}


def load_settings(**keywords: Any) -> Settings:
    """Settings from keywords, the environment, the working directory's pyproject.toml, defaults.

    A keyword that is None counts as not given.

    Raises:
        SettingsError: for an unknown name, a value of the wrong type, or one out of range.
    """
    types = _types()
    known = list(types)
    chosen: dict[str, Any] = {}
    for source, values in (
        ("pyproject.toml [tool.rag]", _file_values()),
        ("the environment", _environment_values(known)),
        ("the call", {name: value for name, value in keywords.items() if value is not None}),
    ):
        for name, value in values.items():
            if name not in known:
                raise SettingsError(
                    f"unknown setting {name!r} in {source}; expected one of {', '.join(known)}"
                )
            chosen[name] = _typed(name, value, types[name], source)
    return Settings(**chosen)


@cache
def _types() -> dict[str, type]:
    return get_type_hints(Settings)


_EXPECTED = {int: "a whole number", float: "a number", str: "a text"}


def _typed(name: str, value: object, kind: type, source: str) -> object:
    try:
        if kind is str and not isinstance(value, str | os.PathLike):
            raise TypeError
        if kind is not str and isinstance(value, bool):
            raise TypeError
        if kind is int and isinstance(value, float) and not value.is_integer():
            raise ValueError
        found = os.fspath(value) if isinstance(value, os.PathLike) else kind(value)
    except (TypeError, ValueError, OverflowError):
        raise SettingsError(
            f"{name} is {value!r} in {source}; expected {_EXPECTED[kind]}"
        ) from None
    if isinstance(found, str) and "\0" in found:
        raise SettingsError(f"{name} is {found!r} in {source}; expected no NUL character in it")
    return found


def _environment_values(known: list[str]) -> Mapping[str, str]:
    """Only the names we know: other RAG_* variables (RAG_MCP, say) are not settings."""
    names = {ENV_PREFIX + name.upper(): name for name in known}
    stripped = ((key, value.strip()) for key, value in os.environ.items() if key in names)
    return {names[key]: value for key, value in stripped if value}


def _file_values() -> Mapping[str, Any]:
    path = Path("pyproject.toml")
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{path} cannot be read: {error}; mend or remove it") from None
    for name in ("tool", "rag"):
        table = table.get(name, {})
        if not isinstance(table, dict):
            raise SettingsError(
                f"{name} is {table!r} in {path}; expected a table of settings, [tool.rag]"
            )
    return table
