"""Two builders at once: the second is told who holds the lock; a dead one's is taken over."""

from __future__ import annotations

import json
import os
import platform
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from conftest import ROOT, Library

import rag
from rag.index import generation

_HOLD = (
    "import sys, time; from pathlib import Path; from rag.index import generation\n"
    "with generation.locked(Path(sys.argv[1])): print('held', flush=True); time.sleep(600)"
)


@contextmanager
def holder(index: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that holds the lock."""
    with subprocess.Popen(
        [sys.executable, "-c", _HOLD, index],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    ) as process:
        try:
            assert process.stdout
            assert process.stdout.readline() == "held\n"
            yield process
        finally:
            process.kill()


def test_the_second_builder_is_told_who_holds_the_lock_and_since_when(library: Library) -> None:
    library.write("a.txt", "Apples are red.")
    with holder(library.index) as process, pytest.raises(rag.IndexBusyError) as caught:
        library.build()
    said = str(caught.value)
    assert f"(process {process.pid} on {platform.node()}, since 20" in said
    assert re.search(r"since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC\); wait until it is done", said)


@pytest.mark.skipif(sys.platform == "win32", reason="sends SIGKILL")
def test_a_dead_holders_lock_is_taken_over_and_its_note_removed(library: Library) -> None:
    library.write("a.txt", "Apples are red.")
    with holder(library.index) as process:
        process.send_signal(signal.SIGKILL)
        process.wait()
        note = library.index / generation.HOLDER
        assert json.loads(note.read_text())["pid"] == process.pid
        assert library.build().added == ("a.txt",)
    assert not note.exists()


def test_a_number_that_another_process_has_got_since_holds_nothing(library: Library) -> None:
    """The note of a dead holder names a process that lives: this one."""
    library.write("a.txt", "Apples are red.")
    library.index.mkdir()
    note = {"pid": os.getpid(), "host": platform.node(), "since": "2026-01-01 00:00:00+00:00"}
    (library.index / generation.HOLDER).write_text(json.dumps(note))
    assert library.build().added == ("a.txt",)


@pytest.mark.parametrize(
    "note",
    [
        b"", b"{", b"[]", b"[" * 1000, b"\xff", b'{"pid": 1}',
        b'{"pid": 1e999, "host": "h", "since": "2026-01-01"}',
        b'{"pid": 1, "host": 5, "since": "2026-01-01"}',
        b'{"pid": 1, "host": "h", "since": "0001-01-01 00:00:00+23:00"}',
    ],
)  # fmt: skip
def test_a_note_that_makes_no_sense_is_left_out(library: Library, note: bytes) -> None:
    library.write("a.txt", "Apples are red.")
    with generation.locked(library.index):
        (library.index / generation.HOLDER).write_bytes(note)
        with pytest.raises(rag.IndexBusyError, match="is running; wait until"):
            library.build()


def test_a_hostile_note_is_one_plain_line(library: Library) -> None:
    library.write("a.txt", "Apples are red.")
    with generation.locked(library.index):
        host = "\x1b[2J\nevil\u202e<img src=x>"
        note = {"pid": 7, "host": host, "since": "2026-01-01 00:00:00+00:00"}
        (library.index / generation.HOLDER).write_text(json.dumps(note))
        with pytest.raises(rag.IndexBusyError) as caught:
            library.build()
    assert "(process 7 on ??2J?evil??img?src?x?, since 2026-01-01 00:00:00 UTC)" in str(
        caught.value
    )
