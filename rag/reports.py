"""What a build and an index tell of themselves.

This module imports nothing of ours. Every value is frozen.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple


class Skipped(NamedTuple):
    """A file that was left out of the index, and why in one line."""

    path: str
    reason: str


class Noted(NamedTuple):
    """A file of which not everything could be read, or not exactly; a line for each reason."""

    path: str
    note: str


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What a build did. Paths are relative to the corpus folder and sorted."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]
    kept: tuple[str, ...]
    skipped: tuple[Skipped, ...]
    index_id: str
    passages: int
    embedded: int
    """Passages whose vector had to be computed; the others were carried over. 0 where only a part
    of the corpus is somebody's to see."""
    seconds: float
    notes: tuple[Noted, ...] = ()
    """What the documents' readers have to say, in order of path."""


@dataclass(frozen=True, slots=True)
class DocumentInfo:
    """A line of the document list: what is indexed, without its text."""

    path: str
    title: str
    characters: int
    passages: int
    file_bytes: int
    reader: str
    notes: tuple[str, ...] = ()
    """What of the file could not be read."""


@dataclass(frozen=True, slots=True)
class IndexInfo:
    """What an index holds and what made it. Sizes in bytes."""

    index_id: str
    documents: int
    passages: int
    skipped: tuple[Skipped, ...]
    encoder: str
    encoder_sha256: str
    reranker: str
    reranker_sha256: str
    size_bytes: int
    recall: float = 1.0
    """The share of the ten nearest passages that the search by vectors finds, as measured by the
    build; 1 where it is exact."""
    warning: str = ""
    """Where the generation that should serve is damaged: the damage, the next step, what serves."""


@dataclass(frozen=True, slots=True)
class IndexChanges:
    """How one generation of an index differs from another. Paths are sorted."""

    before: str
    """The index id of the one, and ``after`` of the other."""
    after: str
    added: tuple[str, ...]
    changed: tuple[str, ...]
    """Their file differs, or what was read from it."""
    removed: tuple[str, ...]
    skipped: tuple[Skipped, ...]
    """Files left out now that were not before, or for another reason."""
    no_longer_skipped: tuple[Skipped, ...]


class Progress(NamedTuple):
    """How far a build, or an evaluation, has come in one of its stages."""

    stage: Literal["read", "encode", "write", "ask"]
    done: int
    total: int
    detail: str = ""
    """The file being worked on, where there is one."""
    counted: bool = True
    """Whether ``done`` and ``total`` are numbers to show; otherwise they are a rough share."""
