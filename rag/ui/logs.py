"""What the server writes to its log, and what it never does.

A line is plain, or with ``RAG_LOG=json`` one JSON object. No text of a document, no file name and
no question stands in it unless the operator asks for them (``RAG_LOG_QUESTIONS=1``): of a message
only our own words are kept, and numbers, folders and kinds of errors; of an error its kind, what
of its words is ours alone, and where it arose. What is left cannot end a line or move a cursor.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import time
import traceback
from datetime import UTC, datetime
from typing import Any, TextIO

from rag.cli_text import one_line
from rag.errors import RagError
from rag.ui.switches import Switches

log = logging.getLogger(__name__)

_FRAMES = 8


def start_log(switches: Switches, stream: TextIO | None = None) -> None:
    """Send everything that is logged in this process to ``stream``, by default standard error."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter((JsonLines if switches.json_log else PlainLines)(switches.log_questions))
    handler.addFilter(lambda record: record.levelno >= logging.WARNING or _ours(record))
    root = logging.getLogger()
    for other in list(root.handlers):
        root.removeHandler(other)
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    logging.getLogger("rag").setLevel(logging.INFO)
    logging.captureWarnings(True)


def take_over_server_log() -> None:
    """Have the web server and Gradio log through ours.

    The one brings handlers of its own; the other prints errors with what was sent in them.
    """
    from gradio import queueing, routes

    for module in (queueing, routes):
        module.traceback = _Printed  # type: ignore[attr-defined]
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.propagate = True
        for handler in list(logger.handlers):
            logger.removeHandler(handler)


class _Printed:
    """Stands in for the module ``traceback`` where that is used to print."""

    @staticmethod
    def print_exc() -> None:
        """Log the error that is being handled."""
        log.exception("a request failed")


class _Lines(logging.Formatter):
    def __init__(self, everything: bool) -> None:
        super().__init__()
        self._everything = everything

    def message(self, record: logging.LogRecord) -> str:
        """The message without what may come from documents or people."""
        if self._everything:
            return record.getMessage()
        if not _ours(record) or not isinstance(record.msg, str):
            return f"{record.name} in {record.module}"
        arguments = record.args
        if not isinstance(arguments, tuple):
            return record.msg if not arguments else "…"
        template = record.msg.replace("%r", "%s")
        return template % tuple(_told(argument) for argument in arguments)

    def raised(self, record: logging.LogRecord) -> dict[str, Any]:
        """The error's kind and where it arose."""
        error = record.exc_info[1] if record.exc_info else None
        if error is None:
            return {}
        frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
        at = [f"{_short(frame.filename)}:{frame.lineno} {frame.name}" for frame in frames]
        told: dict[str, Any] = {"error": type(error).__name__, "at": at}
        return told | {"said": str(error)} if self._everything else told


class JsonLines(_Lines):
    """One JSON object a line, ASCII alone."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": _time(record),
            "level": record.levelname.lower(),
            "event": self.message(record),
            **_fields(record, self._everything),
            **self.raised(record),
        }
        return json.dumps(line, ensure_ascii=True, default=lambda value: type(value).__name__)


class PlainLines(_Lines):
    """``2026-07-05T12:00:00Z info question outcome=answered …``."""

    def format(self, record: logging.LogRecord) -> str:
        told = _fields(record, self._everything) | self.raised(record)
        pairs = [f"{name}={_plain(value)}" for name, value in told.items()]
        words = [_time(record), record.levelname.lower(), self.message(record), *pairs]
        return one_line(" ".join(words))


def _fields(record: logging.LogRecord, everything: bool) -> dict[str, Any]:
    fields = dict(getattr(record, "fields", {}))
    if not everything:
        fields.pop("question", None)
    return fields


def _ours(record: logging.LogRecord) -> bool:
    return record.name.partition(".")[0] == "rag"


def _told(argument: object) -> object:
    if isinstance(argument, int | float | os.PathLike):
        return argument
    if isinstance(argument, RagError) and argument.logged:
        return f"{type(argument).__name__}: {argument.logged}"
    return type(argument).__name__ if isinstance(argument, BaseException) else "…"


def _plain(value: object) -> str:
    if isinstance(value, dict):
        return ",".join(f"{name}:{number}" for name, number in value.items())
    if isinstance(value, list):
        return " < ".join(map(str, reversed(value)))
    return str(value)


def _short(file: str) -> str:
    return "/".join(file.replace("\\", "/").rsplit("/", 3)[-3:])


def _time(record: logging.LogRecord) -> str:
    moment = datetime.fromtimestamp(record.created or time.time(), UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
