"""A page over a library that tests can hold up, in a process of its own.

    python tests/serving.py FOLDER [metrics] [quiet]

In FOLDER a file ``go`` lets questions that begin with "block" go on, and a file ``state`` says
what is wrong with the index. ``metrics`` and ``quiet`` turn the switches for figures and feedback.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parent)]

from asking import get
from browser.fake_engine import FakeEngine, document_of
from browser.servers import free_port

from rag.errors import IndexDamagedError, IndexMissingError
from rag.reports import IndexInfo
from rag.settings import Settings
from rag.types import Answer

SECONDS = 4.0
"""How long a question may take."""
ANSWERABLE = "When did the talks begin in Doha?"
BLOCKING = "block the talks in Doha"


class Trying(FakeEngine):
    """A library whose questions block while there is no ``go``, if they say so."""

    def __init__(self, folder: Path) -> None:
        text = "# Talks\n\nThe talks began in Doha in January.\n\nThe envoy met the mediators."
        settings = Settings(corpus=str(folder), index=str(folder), question_seconds=SECONDS)
        super().__init__([document_of("talks.md", text)], settings)
        self.folder = folder

    def query(self, question: str, **keywords: Any) -> Answer:
        while question.startswith("block") and not (self.folder / "go").exists():
            time.sleep(0.02)
        return super().query(question, **keywords)

    def info(self) -> IndexInfo:
        state = self.folder / "state"
        wrong = state.read_text() if state.exists() else ""
        if wrong == "damaged":
            raise IndexDamagedError("private/path.md does not match its checksum")
        if wrong == "missing":
            raise IndexMissingError("no index in /private/folder; run rag build")
        return super().info()


@contextmanager
def serving(folder: Path, *arguments: str) -> Iterator[str]:
    """The address of such a page."""
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, __file__, str(folder), *arguments],
            stdout=subprocess.PIPE, stderr=log, text=True,
        )  # fmt: skip
        try:
            assert process.stdout
            url = process.stdout.readline().strip()
            assert url, (folder / "server.log").read_text()
            yield url
        finally:
            process.kill()
            process.communicate()


def figure(url: str, name: str) -> float:
    """A figure of ``/metrics``, 0 where there is none yet."""
    for line in get(url, "/metrics")[1].splitlines():
        if line.startswith(f"{name} "):
            return float(line.split()[-1])
    return 0.0


def main() -> None:
    from rag.ui.page import create_app, launch
    from rag.ui.switches import Switches

    folder, switches = Path(sys.argv[1]), sys.argv[2:]
    app = create_app(
        Trying(folder),
        switches=Switches(metrics="metrics" in switches, feedback="quiet" not in switches),
    )
    print(launch(app, port=free_port()), flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    os.environ.setdefault("NO_PROXY", "127.0.0.1")
    main()
