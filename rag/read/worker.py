"""Files read in processes of their own, under limits: one that hangs, grows or crashes its reader
is skipped with the reason, and the next one gets a fresh process.

A process reads many files, since it takes as long to start as twenty small files to read. It is
given bytes, so that only we decide what is opened and know what was hashed.
"""

from __future__ import annotations

import json
import os
import queue
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Self

from rag.document import Document
from rag.errors import LimitError, ReadError
from rag.read import message, read
from rag.read.extraction import Extraction
from rag.read.ocr import Ocr, open_ocr
from rag.read.process import NoAnswerError, Process
from rag.read.sniff import Kind
from rag.settings import Settings

_START = "import sys; sys.path[:] = sys.argv[1:-1]; from rag.read.child import main; main()"


class Workers:
    """Reads files, each in one of a few processes that start when needed. Threads may share it."""

    def __init__(self, settings: Settings, ocr: Ocr | None, command: Sequence[str]) -> None:
        self.settings = settings
        self.ocr = ocr
        self._command = command
        self._idle: list[Process] = []
        self._running: set[Process] = set()
        self._lock = threading.Lock()
        self._closed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End every process, whatever it is doing; the files being read raise LimitError."""
        with self._lock:
            self._closed = True
            for process in self._running:
                process.kill()  # whoever reads from it closes it
            for process in self._idle:
                process.close()
            self._running.clear()

    def read(self, corpus: Path, relative: str) -> Document:
        """Read one file of the corpus, as `rag.read.read` does.

        Raises:
            CorpusError: the corpus folder is missing.
            LimitError: it broke a limit, or its reader; another time it may be read.
            ReadError: the file cannot be read; the reason and the next step in one line.
            RagError: no process can be started.
        """
        most = self.settings.max_file_bytes
        return read(corpus, relative, max_bytes=most, ocr=self.ocr, by=self.extract)

    def read_all(self, corpus: Path, paths: Sequence[str]) -> Iterator[Document | ReadError]:
        """Read files at once, as many as there are cores; the outcomes come in the order of paths.

        Raises:
            CorpusError: the corpus folder is missing.
            RagError: no process can be started.
        """
        todo: queue.SimpleQueue[tuple[int, str]] = queue.SimpleQueue()
        done: queue.SimpleQueue[tuple[int, Document | Exception]] = queue.SimpleQueue()
        for item in enumerate(paths):
            todo.put(item)

        def work() -> None:
            while not self._closed:
                try:
                    number, path = todo.get_nowait()
                except queue.Empty:
                    return
                try:
                    done.put((number, self.read(corpus, path)))
                except Exception as error:
                    done.put((number, error))

        # Daemons, so that a server that is told to end does not wait for them.
        for _ in range(min(_cores(), len(paths))):
            threading.Thread(target=work, name="rag-read", daemon=True).start()
        early: dict[int, Document | Exception] = {}
        for number in range(len(paths)):
            while number not in early:
                at, outcome = done.get()
                early[at] = outcome
            result = early.pop(number)
            if isinstance(result, Exception) and not isinstance(result, ReadError):
                raise result
            yield result

    def extract(self, data: bytes, suffix: str) -> tuple[Kind, Extraction]:
        """What `rag.read.extract` finds in a file's bytes, found in a process of its own.

        Raises:
            ReadError, RagError: as `read`.
        """
        while True:
            process = self._take()
            used = process.used
            try:
                answer = process.ask(data, suffix)
                found = message.unpack(answer, self.settings.max_text_chars)
            except NoAnswerError as end:
                self._drop(process)
                self._check()
                if used and end.again:
                    continue  # what the files before it left behind must not decide
                raise LimitError(end.reason) from None
            except ReadError:
                self._give_back(process)
                raise
            except ValueError:
                self._drop(process)
                raise LimitError(
                    "its reader sent what no reader of ours sends: remove the file, it may be "
                    "built to do harm"
                ) from None
            except BaseException:
                self._drop(process)
                self._check()  # one that is stopped as it starts is no fault of the installation
                raise
            self._give_back(process)
            return found

    def _check(self) -> None:
        if self._closed:
            raise LimitError("stopped: start it again to have the file read")

    def _take(self) -> Process:
        with self._lock:
            self._check()
            if self._idle:
                return self._idle.pop()
            process = Process(self._command, self.settings)
            self._running.add(process)
        return process

    def _give_back(self, process: Process) -> None:
        with self._lock:
            if not self._closed:
                self._idle.append(process)
                return
        process.close()

    def _drop(self, process: Process) -> None:
        with self._lock:
            self._running.discard(process)
        process.close()


def open_workers(settings: Settings) -> Workers:
    """Workers under the limits of the settings; nothing is started before there is work.

    Raises:
        SettingsError: OCR is asked for, and tesseract or a language is not installed.
    """
    ocr = open_ocr(settings.ocr)
    options = {
        "seconds": settings.read_seconds,
        "memory_bytes": settings.read_memory_bytes,
        "max_text_chars": settings.max_text_chars,
        "ocr": [ocr.languages, ocr.version] if ocr else None,
    }
    # The same modules that we would import, and none from the working directory by accident.
    paths = [path or os.getcwd() for path in sys.path]  # noqa: PTH109 as Python itself spells it
    return Workers(settings, ocr, [sys.executable, "-P", "-c", _START, *paths, json.dumps(options)])


def _cores() -> int:
    """The processor cores that this process may use."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
