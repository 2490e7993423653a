"""Answers as files for other programs: one module a format, each with ``render``.

The words of ours are the labels in `rag.exports.note`; everything else is the person's question
or sliced from a document. What a format cannot carry is told in its module's docstring.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from importlib import import_module
from typing import Literal, NamedTuple

from rag.errors import UsageError
from rag.types import Answer

ExportFormat = Literal["markdown", "docx", "annotations", "json"]


class Format(NamedTuple):
    """A kind of file that answers can become."""

    module: str
    """In this package; its ``render(answers, time)`` gives the file's bytes."""
    media_type: str
    extension: str
    is_text: bool
    """UTF-8, fit to be shown; else bytes for a program."""


FORMATS: dict[str, Format] = {
    "markdown": Format("markdown", "text/markdown", ".md", True),
    "docx": Format(
        "docx",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ".docx",
        False,
    ),
    "annotations": Format(
        "annotations",
        'application/ld+json;profile="http://www.w3.org/ns/anno.jsonld"',
        ".jsonld",
        True,
    ),
    "json": Format("receipts", "application/json", ".json", True),
}


def export(answers: Answer | Sequence[Answer], to: str, time: datetime | None = None) -> bytes:
    """The file; see `rag.export`."""
    chosen = named(to)
    conversation = (answers,) if isinstance(answers, Answer) else tuple(answers)
    if not conversation:
        raise UsageError("there is no answer to export; expected one or more")
    moment = datetime.now(UTC) if time is None else time
    if moment.utcoffset() is None:
        raise ValueError(f"the time of an export must have a time zone; {moment} has none")
    moment = moment.astimezone(UTC).replace(microsecond=0)
    made: bytes = import_module(f"{__name__}.{chosen.module}").render(conversation, moment)
    return made


def named(to: str) -> Format:
    """The format of this name.

    Raises:
        UsageError: there is none.
    """
    try:
        return FORMATS[to]
    except KeyError:
        *most, last = FORMATS
        raise UsageError(f"no format {to!r}; expected {', '.join(most)} or {last}") from None


def file_name(to: str, time: datetime) -> str:
    """What to call the file: nothing of a question or a document is in it."""
    return f"answers-{time.astimezone(UTC):%Y-%m-%d}{named(to).extension}"
