"""Whatever happens to a build, the old generation answers and the next build recovers."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, Library

import rag
from rag.index import generation, pending
from rag.index.local import open_store

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="forks")

Order = Callable[..., dict[str, Any]]


@pytest.fixture
def order(library: Library) -> Iterator[Order]:
    """Have a build of the library run in a process of its own, and come to harm."""
    paths = os.pathsep.join([str(ROOT), str(ROOT / "tests")])
    one = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}  # no thread to lose in a fork
    with subprocess.Popen(
        [sys.executable, ROOT / "tests" / "crashing.py"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": paths, **one},
    ) as process:
        assert process.stdin
        assert process.stdout
        wanted, answers = process.stdin, process.stdout

        def run(**harm: object) -> dict[str, Any]:
            settings = library.settings
            given = {"corpus": settings.corpus, "index": settings.index}
            whole = given | {"passage_chars": settings.passage_chars} | harm
            print(json.dumps(whole), file=wanted, flush=True)
            answer: dict[str, Any] = json.loads(answers.readline())
            return answer

        yield run


def fill(library: Library, sentences_each: int = 10) -> None:
    for number in range(12):
        first = number * sentences_each
        sentences = (
            f"Fact {first + n} is that plant {n} grows here." for n in range(sentences_each)
        )
        library.write(f"{number}.txt", " ".join(sentences))


def state(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def check_answers(library: Library, allowed: set[str]) -> str:
    """The index that serves is sound, one of the allowed, and quotes exactly."""
    engine = library.open()
    info = engine.info()
    assert info.warning == ""
    assert info.index_id in allowed
    answer = engine.query("Which plant is fact 61 about?")
    assert answer.quotes[0].text == "Fact 61 is that plant 1 grows here."
    assert answer.index_id == info.index_id
    return info.index_id


def check_clean(index: Path) -> None:
    """Nothing lies about but what belongs there."""
    assert {path.name for path in index.iterdir()} <= {
        "CURRENT", "build.lock", "generations", "seen.json",
    }  # fmt: skip
    found = sorted(path.name for path in (index / "generations").iterdir())
    assert found == generation.names(index)
    assert len(found) <= 2


_STAGES = {
    "start": 0.3, "read": 0.03, "encode": 0.02, "write": 0.05, "publish": 0.02, "switch": 0.003,
}  # fmt: skip
"""The longest time in seconds that a build is left alone after it has reached each stage."""


@pytest.mark.parametrize("kills", [20, pytest.param(250, marks=pytest.mark.slow)])
def test_a_build_that_is_killed_at_any_instant_hurts_nothing(
    library: Library, order: Order, kills: int
) -> None:
    seed = int(os.environ.get("CRASH_SEED", time.time_ns() % 1_000_000))
    print(f"CRASH_SEED={seed}")
    chance = random.Random(seed)
    fill(library)
    old = library.build().index_id
    base, killed, switched = library.settings, 0, 0
    for number in range(10 * kills):
        if killed == kills:
            break
        # Another split needs no reading, so that many kills fall into the stages that follow.
        sizes = [chars for chars in (150, 200, 300, 400) if chars != library.settings.passage_chars]
        library.settings = replace(base, passage_chars=chance.choice(sizes))
        if number % 5 == 0:
            library.write("0.txt", f"A new fact, number {number}. " * chance.randrange(1, 20))
        corpus = state(library.corpus)
        stage, longest = chance.choice(list(_STAGES.items()))
        end = order(stage=stage, delay_s=chance.uniform(0, longest))
        killed += end["killed"]
        if not end["killed"]:
            assert end["said"] == "done"
        # The id of what was being built is not known before it is; that it is sound is checked.
        now = open_store(library.index).manifest.index_id
        switched += now != old
        old_or_new = check_answers(library, {old, now})
        report = library.build()
        assert old_or_new in {old, report.index_id}, "the old one, or the whole new one"
        check_answers(library, {report.index_id})
        check_clean(library.index)
        assert state(library.corpus) == corpus
        old = report.index_id
    assert killed == kills
    print(f"{killed} kills, {switched} builds that had switched before they died")


def test_what_was_embedded_before_a_kill_is_not_embedded_again(
    library: Library, order: Order
) -> None:
    fill(library, 30)
    library.settings = replace(library.settings, passage_chars=100)
    order(stage="write", delay_s=0)
    assert (library.index / pending.NAME).exists()
    report = library.build()
    assert report.passages > 64
    assert report.embedded == 0
    check_clean(library.index)


def test_a_disk_that_is_full_leaves_the_old_index_and_one_clear_line(
    library: Library, order: Order
) -> None:
    """No file may grow beyond a limit: what each way to write a file does on a full disk."""
    fill(library)
    library.settings = replace(library.settings, passage_chars=100)
    library.encoder.dimension = 512  # so that the vectors are the largest file, not the texts
    old = library.build().index_id
    library.write("13.txt", "A new fact.")
    folder = generation.generation_folder(library.index, generation.names(library.index)[0])
    sizes = {path.name: path.stat().st_size for path in folder.rglob("*") if path.is_file()}
    assert sizes["documents.sqlite"] < sizes["vectors.faiss"]
    said = []
    for file_bytes in [0, 1, 3000, 10_000, sizes["documents.sqlite"] + 20_000]:
        end = order(file_bytes=file_bytes, dimension=512)
        assert end["said"].startswith("IndexWriteError: the index in "), end
        assert "run `rag build`" in end["said"]
        assert str(library.index) in end["said"]
        said.append(end["said"])
        check_answers(library, {old})
        assert len(generation.names(library.index)) == 1
    assert "disk I/O error" in said[0], "what SQLite says"
    assert "File too large" in said[-1], "what faiss would not say of the vectors, but we do"
    report = library.build()
    check_answers(library, {report.index_id})
    check_clean(library.index)


class Faults:
    """Makes the nth call to the operating system inside a folder fail, by Python's audit hook."""

    def __init__(self) -> None:
        self.folder: str | None = None
        self.left = -1
        self.hit = ""
        self.code = errno.EIO
        sys.addaudithook(self.audit)  # can never be removed: silent while `folder` is None

    def audit(self, event: str, arguments: tuple[object, ...]) -> None:
        if self.folder is not None and event in _EVENTS:
            paths = [str(item) for item in arguments if isinstance(item, str | os.PathLike)]
            if any(self.folder in path for path in paths):
                self.count(f"{event} {paths}")

    def count(self, what: str) -> None:
        self.left -= 1
        if self.left == -1:
            self.hit = what
            raise OSError(self.code, os.strerror(self.code))


_EVENTS = frozenset(
    ["open", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.listdir", "os.scandir",
     "shutil.rmtree", "sqlite3.connect"]
)  # fmt: skip


@pytest.fixture(scope="module")
def faults() -> Faults:
    return Faults()


@pytest.mark.parametrize("code", [errno.EACCES, pytest.param(errno.ENOSPC, marks=pytest.mark.slow)])
def test_each_system_call_that_fails_in_turn_hurts_nothing(
    library: Library, faults: Faults, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    flush = os.fsync

    def fsync(handle: int) -> None:
        if faults.folder is not None:
            faults.count("fsync")
        flush(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    fill(library)
    old, base, failed, hits = library.build().index_id, library.settings, 0, set()
    for number in range(1000):
        library.settings = replace(base, passage_chars=200 + number % 2)
        faults.folder, faults.left, faults.hit, faults.code = str(library.index), number, "", code
        try:
            library.build()
            said = ""
        except rag.RagError as error:
            said = str(error)
        finally:
            faults.folder = None
        failed += bool(said)
        assert not said or ("run `rag build`" in said and "\n" not in said), said
        if not faults.hit:
            break
        hits.add(faults.hit.split()[0])
        now = open_store(library.index)
        assert now.warning == "", faults.hit
        report = library.build()
        assert now.manifest.index_id in {old, report.index_id}
        check_answers(library, {report.index_id})
        check_clean(library.index)
        old = report.index_id
    assert not faults.hit, "the last build met no fault"
    assert failed > 15
    assert hits >= {"open", "os.mkdir", "os.rename", "fsync", "sqlite3.connect", "os.remove"}
