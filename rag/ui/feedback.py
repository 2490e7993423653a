"""Thumbs up and down, kept on this machine as JSON lines beside the index."""

from __future__ import annotations

import json
import logging
import os
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rag.ui.markup import unpack

log = logging.getLogger(__name__)

FILE = "feedback.jsonl"
VERDICTS = ("up", "down", "withdrawn")
"""``withdrawn`` takes back the vote on the same answer before it."""
MAX_BYTES = 10_000_000
"""Nobody empties this file by itself, and a page that anyone can open can fill a disk."""

_lock = threading.Lock()


def record_vote(index: str, data: Any) -> bool:
    """Append one line to ``<index>/feedback.jsonl``; False, and a log line, where it cannot.

    ``data`` is what the browser sent: the verdict, and the answer's record that the page itself
    wrote into the card. Only the fields below are kept.
    """
    data = data if isinstance(data, dict) else {}
    answer = unpack(data.get("answer"))
    verdict = data.get("verdict")
    if verdict not in VERDICTS or not isinstance(answer, dict):
        log.warning("feedback ignored: not a vote of this page")
        return False
    try:
        line = json.dumps(
            {
                "time": datetime.now(UTC).isoformat(timespec="seconds"),
                "verdict": verdict,
                "question": str(answer["question"]),
                "answered": bool(answer["answered"]),
                "index_id": str(answer["index_id"]),
                "quotes": [
                    {"path": str(path), "start": int(start), "end": int(end), "sha256": str(sha)}
                    for path, start, end, sha in answer["quotes"]
                ],
            },
            ensure_ascii=False,
        )
        return _append(Path(index) / FILE, f"{line}\n".encode("utf-8", "replace"))
    except (KeyError, TypeError, ValueError):
        log.warning("feedback ignored: not a vote of this page")
    except OSError as error:
        log.warning("feedback could not be written: %s", error)
    return False


def _append(path: Path, line: bytes) -> bool:
    """One line in one write to a file opened for appending: it lands whole, or not at all.

    Where a crash of the machine has left half a line all the same, the new one begins on its own.
    """
    with _lock:
        if not path.parent.is_dir():
            log.warning("feedback not written: there is no %s yet", path.parent)
            return False
        file = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            before = os.lseek(file, 0, os.SEEK_END)
            if before:
                os.lseek(file, before - 1, os.SEEK_SET)
                if os.read(file, 1) != b"\n":
                    line = b"\n" + line
            if before + len(line) > MAX_BYTES:
                log.warning("feedback not written: %s is full; move it away", path)
                return False
            whole = os.write(file, line) == len(line)
            if not whole:  # the disk is full: leave no half line for the next one to run into
                os.ftruncate(file, before)
            return whole
        finally:
            os.close(file)
