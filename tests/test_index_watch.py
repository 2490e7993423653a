"""A watched corpus: builds follow changes once they have settled, and errors do not end it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from conftest import ROOT, Library

import rag
from rag.index.watch import watch


@contextmanager
def watched(
    library: Library, build: Callable[[], None], settle_s: float = 0.1
) -> Iterator[list[str]]:
    """Watch in a thread; yields the errors it was told."""
    errors: list[str] = []
    stop = threading.Event()
    thread = threading.Thread(
        target=watch,
        args=(library.corpus, build, lambda error: errors.append(str(error))),
        kwargs={"every_s": 0.02, "settle_s": settle_s, "stop": stop},
    )
    thread.start()
    try:
        yield errors
    finally:
        stop.set()
        thread.join(20)
        assert not thread.is_alive()


def until(true: Callable[[], object], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)


def test_each_kind_of_change_is_followed_in_subfolders_too(library: Library) -> None:
    library.write("a.txt", "Apples are red.")
    library.write("sub/b.txt", "Bees make honey.")
    reports: list[rag.BuildReport] = []
    with watched(library, lambda: reports.append(library.build())) as errors:
        until(lambda: len(reports) == 1)
        library.write("sub/deep/c.txt", "Cats purr.")
        until(lambda: reports[-1].added == ("sub/deep/c.txt",))
        library.write("a.txt", "Apples are RED.")  # as long as before
        until(lambda: reports[-1].changed == ("a.txt",))
        (library.corpus / "sub" / "b.txt").rename(library.corpus / "b.txt")
        until(lambda: (reports[-1].added, reports[-1].removed) == (("b.txt",), ("sub/b.txt",)))
        (library.corpus / "b.txt").unlink()
        until(lambda: reports[-1].removed == ("b.txt",))
        made = len(reports)
        time.sleep(0.4)
        assert len(reports) == made, "nothing changed, nothing built"
    assert errors == []


def test_it_waits_until_files_have_settled(library: Library) -> None:
    library.write("a.txt", "Apples are red.")
    builds: list[int] = []

    def build() -> None:
        builds.append((library.corpus / "a.txt").stat().st_size)

    with watched(library, build, settle_s=0.5):
        until(lambda: len(builds) == 1)
        for length in range(1, 16):  # a copy that takes longer than the settling
            library.write("a.txt", "x" * length)
            time.sleep(0.05)
        until(lambda: len(builds) == 2)
    assert builds[1] == 15, "one build, of the whole file"


def test_it_goes_on_after_errors_and_tells_each_once(library: Library) -> None:
    reports: list[rag.BuildReport] = []
    with watched(library, lambda: reports.append(library.build())) as errors:
        until(lambda: errors)
        assert "has no documents" in errors[0]
        library.write("a.txt", "Apples are red.")
        until(lambda: reports)
        moved = library.corpus.rename(library.corpus.parent / "elsewhere")
        until(lambda: len(errors) == 2)
        assert "does not exist" in errors[1]
        assert library.open().query("Which apples are red?").answered
        moved.rename(library.corpus)
        until(lambda: len(reports) == 2)
        assert reports[1].kept == ("a.txt",)
    assert len(errors) == 2


@pytest.mark.skipif(sys.platform == "win32", reason="sends SIGINT")
def test_the_command_builds_on_changes_and_ends_cleanly(tmp_path: Path) -> None:
    corpus, index = tmp_path / "corpus", tmp_path / "index"
    corpus.mkdir()
    (corpus / "a.txt").write_text("Apples are red.")
    with subprocess.Popen(
        [sys.executable, "-m", "rag", "build", "--watch", "--corpus", corpus, "--index", index],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    ) as process:
        until(lambda: (index / "CURRENT").exists(), 90)
        first = (index / "CURRENT").read_text()
        (corpus / "b.txt").write_text("Bees make honey.")
        until(lambda: (index / "CURRENT").read_text() != first, 60)
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        said, errors = process.communicate(timeout=30)
    assert process.returncode == 0, errors
    assert said.count("is ready") == 2
    assert "stopped watching" in errors
    assert "Traceback" not in errors
