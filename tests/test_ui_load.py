"""Under load nothing fails, and memory stays where it is."""

from __future__ import annotations

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from asking import query
from conftest import ROOT
from serving import ANSWERABLE, figure, serving


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_thousands_of_questions_leave_nothing_behind(tmp_path: Path) -> None:
    """The library is a small one: what would grow is ours and Gradio's."""
    memory = "process_resident_memory_bytes"
    with serving(tmp_path, "metrics") as url, ThreadPoolExecutor(8) as pool:

        def ask(count: int) -> None:
            assert all(
                a["answered"] for a in pool.map(lambda _: query(url, ANSWERABLE), [0] * count)
            )

        ask(400)
        before = figure(url, memory)
        ask(1600)
        grown, files = figure(url, memory) - before, figure(url, "process_open_fds")
    assert grown < 1600 * 10_000, "sessions alone would be 65 kB a question"
    assert files < 50


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_load_benchmark_finds_no_error(shipped_index: Path, tmp_path: Path) -> None:
    figures = tmp_path / "load.json"
    run = subprocess.run(
        [sys.executable, "benchmarks/load.py", "--clients", "20", "--questions", "100",
         "--index", shipped_index, "--json", figures],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout + run.stderr
    told = json.loads(figures.read_text())
    assert told["errors"] == told["busy"] == 0
    assert told["answers"] == 100
    assert told["memory_after_mb"] - told["memory_before_mb"] < 150
