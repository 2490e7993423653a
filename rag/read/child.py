"""The process that reads: file bytes in, what a reader found in them out, until its input ends.

Started by `rag.read.worker`, never by hand. It is given bytes, never paths, and puts itself under
limits before the first of them. Linux enforces all of these; macOS all but memory; Windows none,
and there only the time and the size of what comes back are limited, by whoever started it.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any, BinaryIO

from rag.errors import LimitError, ReadError
from rag.read import extract, message
from rag.read.limits import limit_process
from rag.read.ocr import PAGE_SECONDS, Ocr

if sys.platform != "win32":
    import resource
    import signal

READY, BEAT = b"ready", b"beat"
"""What comes before an answer: once that the process is up; before a page is recognised."""
OUT_OF_MEMORY = 86
"""The exit status that says so."""

_OPEN_FILES = 64
_WRITTEN_BYTES = 16_000_000  # no reader writes files: enough for Python's own compiled modules
_LATER_SECONDS = 5  # whoever started us acts first; our own alarm is for when he is gone


def main() -> None:
    """Read files until standard input ends; the options are the last argument, in JSON."""
    options = json.loads(sys.argv[-1])
    files = os.fdopen(os.dup(0), "rb")
    answers = os.fdopen(os.dup(1), "wb")
    # What a library prints must not get between the answers, nor a program read our input.
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 0)
    os.dup2(nowhere, 1)
    limit_process(memory_bytes=options["memory_bytes"], nofile=_OPEN_FILES, fsize=_WRITTEN_BYTES)
    try:
        message.send(answers, READY)
        while True:
            suffix = message.receive(files, 1_000).decode("utf-8")
            data = message.receive(files, sys.maxsize)
            answer = _answer(data, suffix, options, answers)
            del data
            message.send(answers, answer)
            _alarm(None)
    except (EOFError, BrokenPipeError):
        os._exit(0)  # nobody is there any more; nothing of ours needs an orderly end


def _answer(data: bytes, suffix: str, options: dict[str, Any], answers: BinaryIO) -> bytes:
    seconds, most_chars = options["seconds"], options["max_text_chars"]

    def before_page() -> None:
        message.send(answers, BEAT)
        _alarm(seconds + PAGE_SECONDS)

    _alarm(seconds)
    ocr = None
    if options["ocr"]:
        languages, version = options["ocr"]
        ocr = Ocr(languages, version, before_page)
    try:
        kind, extraction = extract(data, suffix, ocr)
        del data
        size = len(extraction.text)
        if size <= most_chars:
            payload = message.pack(kind, extraction)
            if len(payload) <= message.most_bytes(most_chars):
                return payload
        raise LimitError(
            f"its text is longer than {most_chars:,} characters: split it, or raise max_text_chars"
        )
    except ReadError as error:
        return message.pack_error(error)
    except MemoryError:
        os._exit(OUT_OF_MEMORY)  # what is left of this process is no place to read in


def _alarm(seconds: float | None) -> None:
    """End this process that much later, whatever it is doing, in time or in processor time."""
    if sys.platform == "win32":
        return
    signal.setitimer(signal.ITIMER_REAL, seconds + _LATER_SECONDS if seconds else 0)
    if seconds:
        used = resource.getrusage(resource.RUSAGE_SELF)
        most = int(used.ru_utime + used.ru_stime + seconds + 1)
        _, ceiling = resource.getrlimit(resource.RLIMIT_CPU)
        if ceiling == resource.RLIM_INFINITY or most < ceiling:
            resource.setrlimit(resource.RLIMIT_CPU, (most, ceiling))
