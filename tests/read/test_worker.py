"""Reader processes: what a hostile file does to one of them happens to nothing else."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from conftest import shared

from rag import Settings
from rag.document import Document
from rag.errors import LimitError, RagError, ReadError
from rag.read import read
from rag.read.worker import Workers, open_workers

# A reader process that does to itself what the file's words say; "again" counts its files.
ACTOR = """
import os, subprocess, sys, time
import rag.read.child as child
from rag.read.extraction import Extraction
from rag.read.ocr import PAGE_SECONDS
from rag.document import Block

seen = []

def extract(data, suffix, ocr):
    word = data.decode()
    seen.append(word)
    if word == "sleep":
        time.sleep(60)
    if word == "spin":
        while True: pass
    if word == "grow":
        held = [bytearray(50_000_000) for _ in range(1000)]
    if word == "abort":
        os.abort()
    if word == "exit":
        os._exit(3)
    if word == "weak" and len(seen) > 1:
        os.abort()
    if word == "garbage":
        os.write(ANSWERS, b"\\xff" * 100)
        time.sleep(60)
    if word == "print":
        os.write(1, b"\\0" * 100)
        print("a library's own words", flush=True)
    if word.startswith("fork "):
        for _ in range(2):
            if os.fork() == 0:
                open(word[5:], "a").write(f"{os.getpid()}\\n")
                time.sleep(60)
                os._exit(0)
        time.sleep(60)
    if word == "long":
        word = "x" * 2_000
    if word == "open":
        opened = []
        try:
            while len(opened) < 500:
                opened.append(os.open("/dev/null", 0))
        except OSError:
            word = f"{len(opened)} files"
        for number in opened:
            os.close(number)
    if word == "limits":
        import resource
        word = str([resource.getrlimit(resource.RLIMIT_CORE), os.isatty(0), os.read(0, 9)])
    return "text", Extraction(word, (Block(0, len(word), "prose"),), f"file {len(seen)}")

child.extract = extract
real = child.os.dup
def dup(number):
    global ANSWERS
    copy = real(number)
    if number == 1:
        ANSWERS = copy
    return copy
child.os.dup = dup
child.main()
"""

Open = Callable[..., Workers]


@pytest.fixture
def act(tmp_path: Path) -> Iterator[Open]:
    """Workers whose processes do what the file says."""
    script = tmp_path / "actor.py"
    script.write_text(ACTOR)
    opened: list[Workers] = []

    def open_(**limits: Any) -> Workers:
        workers = open_workers(Settings(**{"read_seconds": 30.0, "max_text_chars": 1_000} | limits))
        workers._command = [sys.executable, str(script), workers._command[-1]]
        opened.append(workers)
        return workers

    yield open_
    for workers in opened:
        workers.close()


def ask(workers: Workers, word: str) -> str:
    return workers.extract(word.encode(), ".txt")[1].text


@pytest.mark.parametrize(
    ("word", "reason"),
    [
        ("sleep", "reading took longer than 3 s: split it, or raise read_seconds"),
        ("spin", "reading took longer than 3 s: split it, or raise read_seconds"),
        (
            "grow",
            "reading needed more than 600,000,000 bytes of memory: split it, or raise "
            "read_memory_bytes",
        ),
        ("abort", "its reader crashed (SIGABRT): save it again from its program, or as PDF"),
        ("exit", "its reader crashed (exit status 3): save it again from its program, or as PDF"),
        ("long", "its text is longer than 1,000 characters: split it, or raise max_text_chars"),
        ("garbage", "its reader sent what no reader of ours sends: remove the file"),
    ],
)
def test_a_file_that_breaks_a_limit_is_refused_and_the_next_one_is_read(
    act: Open, word: str, reason: str
) -> None:
    seconds = 3.0 if word in ("sleep", "spin") else 30.0  # even where the machine is busy
    workers = act(read_memory_bytes=600_000_000, read_seconds=seconds)
    assert ask(workers, "words") == "words"
    with pytest.raises(LimitError) as caught:
        ask(workers, word)
    assert str(caught.value).startswith(reason)
    assert ask(workers, "words") == "words"


def test_a_process_is_used_again_until_something_happens_to_it(act: Open) -> None:
    workers = act()
    titles = [workers.extract(b"words", ".txt")[1].title for _ in range(3)]
    assert titles == ["file 1", "file 2", "file 3"]
    with pytest.raises(LimitError):
        ask(workers, "abort")
    assert workers.extract(b"words", ".txt")[1].title == "file 1"


def test_what_other_files_left_behind_does_not_decide(act: Open) -> None:
    workers = act()
    ask(workers, "words")
    assert ask(workers, "weak") == "weak", "a crash of a used process is tried in a fresh one"


def test_what_a_library_prints_is_no_answer(act: Open) -> None:
    assert ask(act(), "print") == "print"


def test_a_process_dumps_no_core_and_reads_nobodys_input(act: Open) -> None:
    assert ask(act(), "limits") == "[(0, 0), False, b'']"


def test_a_process_opens_few_files(act: Open) -> None:
    assert 10 < int(ask(act(), "open").removesuffix(" files")) < 64


def test_what_a_process_started_ends_with_it(act: Open, tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    with pytest.raises(LimitError, match="took longer"):
        ask(act(read_seconds=3.0), f"fork {pids}")
    numbers = [int(line) for line in pids.read_text().split()]
    assert len(numbers) == 2
    assert gone(numbers)


def test_closing_ends_a_process_that_is_reading(act: Open) -> None:
    workers = act(read_seconds=60)
    failures: list[BaseException] = []

    def work() -> None:
        try:
            ask(workers, "sleep")
        except ReadError as error:
            failures.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    while not any(process.used for process in list(workers._running)):
        time.sleep(0.05)
    (process,) = workers._running
    workers.close()
    thread.join(10)
    assert not thread.is_alive()
    assert "stopped" in str(failures[0])
    assert gone([process._popen.pid])
    with pytest.raises(ReadError, match="stopped"):
        ask(workers, "words")


def test_a_process_that_does_not_start_is_an_error_not_a_reason_to_skip(act: Open) -> None:
    workers = act()
    workers._command = [sys.executable, "-c", "import nothing_of_this_name"]
    with pytest.raises(RagError, match=r"does not start \(exit status 1\)") as caught:
        ask(workers, "words")
    assert not isinstance(caught.value, ReadError)


SLOW = """
import sys
from pathlib import Path
from rag import Settings
from rag.read.worker import open_workers

with open_workers(Settings(read_seconds=float(sys.argv[3]))) as workers:
    workers._command = [sys.executable, sys.argv[1], workers._command[-1]]
    workers.extract(b"words", ".txt")
    print(next(iter(workers._running))._popen.pid, flush=True)
    list(workers.read_all(Path(sys.argv[2]), ["a.txt"]))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGKILL])
def test_no_process_outlives_the_one_that_started_it(
    act: Open, tmp_path: Path, sent: signal.Signals
) -> None:
    (tmp_path / "actor.py").write_text(ACTOR)
    (tmp_path / "a.txt").write_text("sleep")
    command = [sys.executable, "-c", SLOW, str(tmp_path / "actor.py"), str(tmp_path), "2"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        time.sleep(1)
        parent.send_signal(sent)
        parent.wait(20)
    # Its own alarm ends a busy process whose parent was killed, five seconds after its limit.
    assert gone([child], 15)


def gone(pids: list[int], seconds: float = 5) -> bool:
    """Whether the processes end in time; one that nobody waits for yet has ended too."""
    until = time.monotonic() + seconds
    while any(map(alive, pids)) and time.monotonic() < until:
        time.sleep(0.05)
    return not any(map(alive, pids))


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        stat = Path(f"/proc/{pid}/stat")
        return not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False


def test_many_files_come_back_in_their_order_as_read_here(tmp_path: Path) -> None:
    names = [f"{number}.md" for number in range(60)]
    for number, name in enumerate(names):
        (tmp_path / name).write_text(f"# Title {number}\n\nWords of file {number}.\n")
    (tmp_path / "30.md").write_bytes(b"")
    with open_workers(Settings()) as workers:
        outcomes = list(workers.read_all(tmp_path, names))
    for name, outcome in zip(names, outcomes, strict=True):
        if name == "30.md":
            assert str(outcome) == "an empty file: put text in it or remove it"
        else:
            assert outcome == read(tmp_path, name, max_bytes=1_000)


def test_the_hash_is_that_of_the_bytes_that_were_read(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"Words.\r\n")
    with open_workers(Settings()) as workers:
        document = workers.read(tmp_path, "a.txt")
    assert document.file_sha256 == hashlib.sha256(b"Words.\r\n").hexdigest()


def test_a_reader_process_loads_nothing_that_reading_does_not_need() -> None:
    code = "import rag.read.child, sys, json; print(json.dumps(sorted(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    heavy = {"torch", "gradio", "sentence_transformers", "numpy", "faiss", "lxml", "PIL", "typer"}
    assert heavy.isdisjoint(json.loads(run.stdout))


def test_good_files_of_every_format_are_read_as_in_this_process() -> None:
    docs = shared("docs")
    lines = map(json.loads, (docs / "manifest.jsonl").read_text("utf-8").splitlines())
    wanted: dict[str, list[str]] = {}
    for line in lines:
        if line["kind"] == "good" and line["bytes"] < 300_000:
            wanted.setdefault(line["format"], []).append(line["file"])
    files = [file for some in wanted.values() for file in some[:6]]
    assert len(files) > 50
    with open_workers(Settings()) as workers:
        for file, outcome in zip(files, workers.read_all(docs, files), strict=True):
            expected = read_here(docs, file)
            same = outcome == expected if isinstance(outcome, Document) else str(outcome)
            assert same in (True, expected), file


def read_here(docs: Path, file: str) -> Document | str:
    try:
        return read(docs, file, max_bytes=50_000_000)
    except ReadError as error:
        return str(error)


@pytest.mark.parametrize(
    "bomb",
    ["docx/synthetic-zip-bomb.docx", "epub/synthetic-zip-bomb.epub", "xlsx/poi-poc-xmlbomb.xlsx",
     "xlsx/synthetic-zip-bomb.xlsx", "pdf/synthetic-flate-bomb.pdf", "pdf/pdfjs-bomb-giant.pdf"],
)  # fmt: skip
def test_a_bomb_stays_within_the_limits(bomb: str) -> None:
    docs = shared("docs")
    with open_workers(replace(Settings(), read_memory_bytes=500_000_000)) as workers:
        (outcome,) = workers.read_all(docs, [bomb])
    assert not isinstance(outcome, LimitError), "a reader of ours sees it coming"
