"""One reader process: started, asked, and ended with all that it started."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from typing import BinaryIO, cast

from rag.errors import RagError
from rag.read import message
from rag.read.child import BEAT, OUT_OF_MEMORY, READY
from rag.read.ocr import MOST_PAGES, PAGE_SECONDS
from rag.settings import Settings

_START_SECONDS = 60
_LAST_SECONDS = 1  # from the end of a process's output to its end


class NoAnswerError(Exception):
    """A process ended, or was ended, before it answered."""

    def __init__(self, reason: str, *, again: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.again = again
        """Whether a process that read nothing before may fare better."""


class Process:
    """One reader process, with its children a group that ends together."""

    def __init__(self, command: Sequence[str], settings: Settings) -> None:
        self.used = False
        self._settings = settings
        self._ready = False
        self._late = False
        self._killed = False
        self._killing = threading.Lock()
        self._popen = subprocess.Popen(  # noqa: S603 our own command, no shell
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C is ours to handle, and a group is ours to kill
        )
        self._in = cast("BinaryIO", self._popen.stdin)
        self._out = cast("BinaryIO", self._popen.stdout)

    def ask(self, data: bytes, suffix: str) -> bytes:
        """The answer to one file.

        Raises:
            NoAnswerError: there is none, and the process is gone.
            ValueError: the answer is not a frame.
            RagError: the process did not even start.
        """
        if not self._ready:
            self._start()
        self.used = True
        seconds = self._settings.read_seconds
        most_bytes = message.most_bytes(self._settings.max_text_chars)
        timer = self._timer(seconds)
        try:
            message.send(self._in, suffix.encode("utf-8"), data)
            for _ in range(MOST_PAGES + 1):
                answer = message.receive(self._out, most_bytes)
                if answer != BEAT:
                    break
                timer = self._timer(seconds + PAGE_SECONDS, timer)
        except (EOFError, OSError):
            raise self._why() from None
        finally:
            _stop(timer)
        if self._late:  # it answered in the instant that it was killed
            raise self._why()
        return answer

    def kill(self) -> None:
        """End it, and the processes that it started."""
        with self._killing:
            if self._killed:
                return
            self._killed = True
            if sys.platform == "win32":
                self._popen.kill()
            else:
                with suppress(ProcessLookupError, PermissionError):  # none of the group is left
                    os.killpg(self._popen.pid, signal.SIGKILL)
            self._popen.wait()

    def close(self) -> None:
        """End it, and let go of its pipes; for whoever reads from it."""
        self.kill()
        for pipe in (self._in, self._out):
            with suppress(OSError):  # there was something left to write
                pipe.close()

    def _start(self) -> None:
        timer = self._timer(_START_SECONDS)
        try:
            self._ready = message.receive(self._out, len(READY)) == READY
        except (EOFError, OSError, ValueError):
            pass
        finally:
            _stop(timer)
        if not self._ready:
            self.kill()
            raise RagError(
                f"the process that reads files does not start (exit status "
                f"{self._popen.returncode}); `python -c 'import rag.read.child'` shows why"
            )

    def _timer(self, seconds: float, before: threading.Timer | None = None) -> threading.Timer:
        """Ends the process that much later, in the place of another timer."""
        if before:
            _stop(before)
        timer = threading.Timer(seconds, self._be_late)
        timer.daemon = True
        timer.start()
        return timer

    def _be_late(self) -> None:
        self._late = True
        self.kill()

    def _why(self) -> NoAnswerError:
        """What happened to it; nothing is left of it afterwards."""
        with suppress(subprocess.TimeoutExpired):
            self._popen.wait(_LAST_SECONDS)
        status = self._popen.returncode
        self.kill()
        name = _signal_name(status)
        if self._late or name in ("SIGALRM", "SIGXCPU"):
            seconds = f"{self._settings.read_seconds:g} s"
            return NoAnswerError(
                f"reading took longer than {seconds}: split it, or raise read_seconds", again=False
            )
        if status == OUT_OF_MEMORY:
            most = f"{self._settings.read_memory_bytes:,} bytes"
            return NoAnswerError(
                f"reading needed more than {most} of memory: split it, or raise read_memory_bytes",
                again=True,
            )
        if status is None:
            how = "closed its output"
        elif name == "SIGKILL":
            how = "was killed from outside, as when memory runs out"
        else:
            how = f"crashed ({name or f'exit status {status}'})"
        return NoAnswerError(
            f"its reader {how}: save it again from its program, or as PDF", again=True
        )


def _signal_name(status: int | None) -> str:
    """The signal that ended a process with this status; empty if none did."""
    if status is None or status >= 0:
        return ""
    try:
        return signal.Signals(-status).name
    except ValueError:
        return f"signal {-status}"


def _stop(timer: threading.Timer) -> None:
    """Cancel it; if it has gone off, wait until it has done its work."""
    timer.cancel()
    timer.join()
