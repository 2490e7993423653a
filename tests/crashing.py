"""Builds that die: forked from one process that has loaded everything, so that a build is quick
to start, and killed, or starved of disk, by order. Run as a script; one JSON order a line.

    {"corpus": …, "index": …, "passage_chars": …, "stage": "encode", "delay_s": 0.01}
    {"corpus": …, "index": …, "passage_chars": …, "file_bytes": 4096}

Each is answered with one line: how the build ended, and what it printed last.
"""

from __future__ import annotations

import json
import os
import resource
import select
import signal
import sys
import time
from collections.abc import Callable
from typing import Any

import faiss  # noqa: F401 loaded before the fork
from fakes import WordEncoder

import rag
from rag.index import generation
from rag.index.build import build


def main() -> None:
    for line in sys.stdin:
        print(json.dumps(run(json.loads(line))), flush=True)


def run(order: dict[str, Any]) -> dict[str, Any]:
    """Fork a build; kill it ``delay_s`` after it has reached ``stage``."""
    stages, told = os.pipe()
    child = os.fork()
    if not child:
        os.close(stages)
        _build(order, told)
    os.close(told)
    if "stage" in order:
        _wait_for(stages, order["stage"])
        time.sleep(order["delay_s"])
        os.kill(child, signal.SIGKILL)
    with os.fdopen(stages, "rb") as said:
        rest = said.read().decode()
    _, status = os.waitpid(child, 0)
    return {"killed": os.WIFSIGNALED(status), "said": rest.strip().rpartition("\n")[2]}


def _build(order: dict[str, Any], told: int) -> None:
    settings = rag.Settings(
        corpus=order["corpus"], index=order["index"], passage_chars=order["passage_chars"]
    )
    if "file_bytes" in order:
        resource.setrlimit(resource.RLIMIT_FSIZE, (order["file_bytes"], order["file_bytes"]))
    for name in ("publish", "switch"):  # to be killed there too
        setattr(generation, name, _telling(told, name, getattr(generation, name)))
    encoder = WordEncoder()
    encoder.dimension = order.get("dimension", encoder.dimension)
    try:
        os.write(told, b"start\n")
        build(
            settings,
            encoder=encoder,
            progress=lambda progress: os.write(told, f"{progress.stage}\n".encode()) and None,
        )
        os.write(told, b"done\n")
    except BaseException as error:
        os.write(told, f"{type(error).__name__}: {error}\n".encode())
    finally:
        os._exit(0)


def _telling(told: int, name: str, function: Callable[..., None]) -> Callable[..., None]:
    def tell(*arguments: object) -> None:
        os.write(told, f"{name}\n".encode())
        function(*arguments)

    return tell


def _wait_for(stages: int, stage: str) -> None:
    """Until the stage is named, or the build is over without it."""
    said = b""
    while f"{stage}\n".encode() not in said:
        select.select([stages], [], [])
        more = os.read(stages, 4096)
        if not more:
            return
        said += more


if __name__ == "__main__":
    main()
