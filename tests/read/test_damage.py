"""Files that go bad in thousands of ways: each gives a document that holds together, or a reason.

Every case is a file of ../shared/docs, damaged by a seed that the failure names:
``RAG_SEED=… RAG_CASES=…`` runs other ones, or more of them. All are read in processes of
their own, under a limit on memory, so that a crash or a file that eats the machine is seen.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT, shared

SEED = int(os.environ.get("RAG_SEED", "1"))
CASES = int(os.environ.get("RAG_CASES", "4000"))
QUICK = 150
MEGABYTES, SECONDS = 1500, 10
READER = Path(__file__).with_name("damaged_files.py")


def failures(first: int, count: int) -> list[str]:
    """What went wrong with these seeds, a line each; a process that dies is started after it."""
    found: list[str] = []
    last = first + count
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests'}"}
    while first < last:
        done = subprocess.run(
            [sys.executable, str(READER), str(shared("docs")), str(first), str(last),
             str(MEGABYTES), str(SECONDS)],
            capture_output=True, text=True, check=False, env=environment,
        )  # fmt: skip
        reached = first
        for line in done.stdout.splitlines():
            report = json.loads(line)
            reached = report["seed"]
            if report.get("wrong"):
                found.append(
                    f"seed {reached}, {report['file']}, {report['how']}: {report['wrong']}"
                )
        if done.returncode:
            name = f"seed {reached}, {report['file']}, {report['how']}" if done.stdout else "start"
            found.append(f"{name}: the process died with {done.returncode}: {done.stderr[-300:]}")
        first = reached + 1 if done.stdout else last
    return found


def test_damaged_files_give_a_document_or_a_reason() -> None:
    assert failures(SEED * 1_000_000, QUICK) == []


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("part", range(4))
def test_many_damaged_files_give_a_document_or_a_reason(part: int) -> None:
    share = CASES // 4
    assert failures(SEED * 1_000_000 + QUICK + part * share, share) == []
