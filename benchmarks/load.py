"""The real app under load: many clients at once, through its HTTP API.

    python benchmarks/load.py [--clients 50] [--seconds 180 | --questions 10000]
                              [--corpus corpus] [--index INDEX] [--json load.json]

Starts ``app.py`` on a free port over the shipped corpus, or another. Each client asks, reads its
answer to the end, and asks again. Prints answers a second, how long they took, what was refused or
failed, and the server's memory as it went, and writes the same as JSON. Every hundredth answer is
checked: its quotations must hash to what the answer says. Exit code 1 if anything failed.

The clients share the machine with the server: they take some hundredths of its time.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import itertools
import json
import os
import platform
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
WARM_UP = 60
"""Questions before memory counts: models and threads take theirs with the first ones."""
PATIENCE_S = 180.0
CHECKED = 100

QUESTIONS = (
    "What did Hamas ask for in return?",
    "Where did the American envoy meet Hamas officials?",
    "Who led the delegation?",
    "How long was the ceasefire to last?",
    "Which hostages are American citizens?",
    "Who won the 1998 World Cup?",
    "How do I boil an egg?",
    "When did the talks begin?",
    "What did Israel say about the talks?",
    "How many hostages were held in Gaza?",
    "Which countries mediated between the parties?",
    "What is the capital of Australia?",
)


@dataclass
class Tally:
    """What happened so far."""

    asked: Iterator[int] = field(default_factory=itertools.count)
    took_s: list[float] = field(default_factory=list)
    ended: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    memory_mb: list[tuple[int, float]] = field(default_factory=list)
    """Answers so far, and the server's resident memory then."""


def main() -> int:
    options = arguments()
    with tempfile.TemporaryDirectory() as folder:
        index = options.index or Path(folder) / "index"
        with server(options.corpus, index, options.log) as (port, pid):
            warm = Tally()
            asyncio.run(drive(port, pid, warm, min(8, options.clients), WARM_UP, None))
            tally = Tally()
            tally.memory_mb.append((0, memory_mb(pid)))
            began = time.perf_counter()
            asyncio.run(
                drive(port, pid, tally, options.clients, options.questions, options.seconds)
            )
            wall = time.perf_counter() - began
            tally.memory_mb.append((sum(tally.ended.values()), memory_mb(pid)))
            threads = thread_count(pid)
    result = figures(tally, wall, options.clients) | {"threads": threads}
    show(result)
    if options.json:
        options.json.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    return 1 if result["errors"] else 0


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--clients", type=int, default=50)
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--seconds", type=float)
    length.add_argument("--questions", type=int)
    parser.add_argument("--corpus", type=Path, default=ROOT / "corpus")
    parser.add_argument("--index", type=Path, help="default: a fresh one")
    parser.add_argument("--json", type=Path, help="write the figures here too")
    parser.add_argument("--log", type=Path, help="keep what the server printed")
    options = parser.parse_args()
    if options.seconds is None and options.questions is None:
        options.seconds = 180.0
    return options


@contextmanager
def server(corpus: Path, index: Path, log: Path | None) -> Iterator[tuple[int, int]]:
    """The app in a process of its own: its port and process id, once it is ready."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    env = {**os.environ, "PORT": str(port), "RAG_CORPUS": str(corpus), "RAG_INDEX": str(index)}
    with (log or Path(os.devnull)).open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, str(ROOT / "app.py")], env=env, stdout=output, stderr=output, cwd=ROOT
        )
    try:
        for _ in range(3000):
            if process.poll() is not None:
                raise SystemExit(f"the app ended with {process.returncode}; see --log")
            with (
                suppress(OSError),
                urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5),
            ):
                break
            time.sleep(0.2)
        yield port, process.pid
    finally:
        process.terminate()
        process.wait(60)


async def drive(
    port: int, pid: int, tally: Tally, clients: int, questions: int | None, seconds: float | None
) -> None:
    """Ask with so many clients, until so many were asked or the time is over."""
    until = None if seconds is None else time.perf_counter() + seconds

    async def client() -> None:
        while until is None or time.perf_counter() < until:
            number = next(tally.asked)
            if questions is not None and number >= questions:
                return
            began = time.perf_counter()
            try:
                outcome = await asyncio.wait_for(ask(port, number), PATIENCE_S)
            except Exception as error:
                outcome = "error"
                tally.errors[f"{type(error).__name__}: {error}"[:200]] += 1
            tally.ended[outcome] += 1
            if outcome == "busy":
                await asyncio.sleep(1.0)
            else:
                tally.took_s.append(time.perf_counter() - began)

    async def watch() -> None:
        while True:
            await asyncio.sleep(10)
            tally.memory_mb.append((sum(tally.ended.values()), memory_mb(pid)))

    watching = asyncio.create_task(watch())
    await asyncio.gather(*(client() for _ in range(clients)))
    watching.cancel()


async def ask(port: int, number: int) -> str:
    """One question, asked as any program would: how it ended."""
    question = QUESTIONS[number % len(QUESTIONS)]
    body = json.dumps({"data": [question, None, None, None]}).encode()
    event = json.loads(await http(port, "POST", "/gradio_api/call/query", body))["event_id"]
    said = await http(port, "GET", f"/gradio_api/call/query/{event}")
    name, data = "", "null"
    for line in said.decode().splitlines():
        if line.startswith("event: "):
            name = line[7:]
        elif line.startswith("data: ") and name in ("complete", "error"):
            data = line[6:]
            break
    value = json.loads(data)
    if name == "complete":
        if number % CHECKED == 0:
            check(value[0])
        return "answered" if value[0]["answered"] else "refused"
    reason = value.get("error") if isinstance(value, dict) else value
    if reason and "server is busy" in reason:
        return "busy"
    raise RuntimeError(reason)


def check(answer: dict[str, Any]) -> None:
    """Whether each quotation is the one that its hash stands for."""
    for quote in answer["quotes"]:
        if hashlib.sha256(quote["text"].encode()).hexdigest() != quote["sha256"]:
            raise RuntimeError("a quotation does not hash to what its answer says")


async def http(port: int, method: str, path: str, body: bytes = b"") -> bytes:
    """A request on a connection of its own: the body of the response."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        head = (
            f"{method} {path} HTTP/1.0\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        writer.write(head.encode() + body)
        status, _, rest = (await reader.read()).partition(b"\r\n")
        if b" 200 " not in status:
            raise RuntimeError(status.decode("latin-1"))
        return rest.partition(b"\r\n\r\n")[2]
    finally:
        writer.close()


def memory_mb(pid: int) -> float:
    """Resident memory of a process."""
    return _status(pid, "VmRSS") / 1024


def thread_count(pid: int) -> int:
    """Threads of a process."""
    return _status(pid, "Threads")


def _status(pid: int, name: str) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1])
    raise LookupError(name)


def figures(tally: Tally, wall: float, clients: int) -> dict[str, Any]:
    took = sorted(tally.took_s)

    def percentile(share: float) -> float:
        return round(took[min(len(took) - 1, int(share * len(took)))], 3) if took else 0.0

    done = tally.ended["answered"] + tally.ended["refused"]
    return {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "clients": clients,
        "seconds": round(wall, 1),
        "answers": done,
        "answers_per_second": round(done / wall, 2),
        "p50_s": percentile(0.50),
        "p95_s": percentile(0.95),
        "p99_s": percentile(0.99),
        "busy": tally.ended["busy"],
        "errors": tally.ended["error"],
        "reasons": dict(tally.errors),
        "memory_before_mb": round(tally.memory_mb[0][1], 1),
        "memory_after_mb": round(tally.memory_mb[-1][1], 1),
        "memory_mb": [(count, round(size, 1)) for count, size in tally.memory_mb],
    }


def show(result: dict[str, Any]) -> None:
    for name, value in result.items():
        if name != "memory_mb":
            print(f"{name:<20} {value}")


if __name__ == "__main__":
    sys.exit(main())
