"""Start the app in a process of its own, and know when it is ready."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
EXPECTED = "secret internal detail"
"""What the fake engine's one unexpected error says; any other traceback fails the run."""


@dataclass(frozen=True)
class Server:
    """A running app."""

    url: str
    corpus: Path
    index: Path


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(folder: Path, *arguments: str, may_complain: bool = False, **env: str) -> Iterator[str]:
    """``server.py`` in a process of its own; what it has printed once it is ready.

    ``may_complain``: its log may hold Gradio's tracebacks, since it is sent nonsense.
    """
    violations, log = folder / "violations.txt", folder / "server.log"
    violations.touch()

    def printed() -> str:
        return log.read_text("utf-8", "replace")

    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, str(HERE / "server.py"), str(violations), *arguments],
            env={**os.environ, **env},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        deadline = time.monotonic() + 120
        while "Open http" not in printed():
            if process.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"the app did not start:\n{printed()[-3000:]}")
            time.sleep(0.1)
        yield printed()
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    assert violations.read_text() == "", "the server tried to reach another host"
    unexpected = [part for part in printed().split("Traceback")[1:] if EXPECTED not in part]
    assert may_complain or unexpected == []
