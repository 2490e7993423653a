"""`rag eval` and `rag calibrate`, as a person runs them, with the real models."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT, shared

import rag

OWN = """question,document,answer,answerable
Who led the American team in Doha?,talks.md,Adam Boehler,
When was Hamas founded?,hamas-background.txt,1987,
What did Hamas ask for in return?,demands.txt,no such words,
How do I boil an egg?,,,no
"""


def run(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "rag", *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "100"},
    )


@pytest.fixture
def folder(tmp_path: Path, shipped_index: Path) -> Path:
    (tmp_path / "index").symlink_to(shipped_index)
    (tmp_path / "own.csv").write_text(OWN, encoding="utf-8")
    return tmp_path


def test_ones_own_questions_of_the_index_one_has(folder: Path) -> None:
    shown = run(
        "eval", "own.csv", "--json", "out.json", "--html", "out.html", "--record", "r.jsonl",
        cwd=folder,
    )  # fmt: skip
    assert shown.returncode == 0, shown.stderr
    assert "gold answer in the first quote" in shown.stdout
    assert "own.csv, line 4: the words 'no such words' are not in demands.txt" in shown.stdout
    found = json.loads((folder / "out.json").read_text(encoding="utf-8"))
    assert found["format"] == 1
    assert found["questions"] == {"answerable": 3, "adversarial": 0, "foreign": 1, "located": 2}
    assert found["figures"]["first_quote"]["value"] == 1.0
    assert found["figures"]["foreign_refused"]["value"] == 1.0
    assert str(folder) not in json.dumps(found)
    page = (folder / "out.html").read_text(encoding="utf-8")
    assert page.startswith("<!doctype html>")
    (line,) = (folder / "r.jsonl").read_text(encoding="utf-8").splitlines()
    assert json.loads(line)["figures"] == found["figures"]


def test_a_file_that_exists_is_refused_before_anything_is_asked(folder: Path) -> None:
    (folder / "out.json").write_text("mine", encoding="utf-8")
    shown = run("eval", "own.csv", "--json", "out.json", cwd=folder)
    assert shown.returncode == 2
    assert "out.json exists and is not overwritten" in shown.stderr
    assert (folder / "out.json").read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("eval", "none.csv"), "none.csv cannot be read"),
        (("eval", "own.csv", "--half", "other"), "expected tune or report"),
        (("calibrate", "own.csv", "--target", "most"), "expected refuse=.95 or answer=.95"),
    ],
)
def test_wrong_usage_is_one_line_and_exit_two(
    arguments: tuple[str, ...], told: str, folder: Path
) -> None:
    shown = run(*arguments, cwd=folder)
    assert shown.returncode == 2
    assert told in shown.stderr
    assert shown.stderr.count("\n") == 1


def test_too_few_questions_calibrate_nothing_and_exit_three(folder: Path) -> None:
    shown = run("calibrate", "own.csv", cwd=folder)
    assert shown.returncode == 3, shown.stderr
    assert "No threshold can be recommended: too few questions" in shown.stdout
    assert "RAG_THRESHOLD" not in shown.stdout


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_a_public_set_reaches_what_it_did(tmp_path: Path) -> None:
    data = shared("data")
    found = rag.evaluate(
        [data / "squad2_dev.questions.jsonl", data / "nq_open_dev.questions.jsonl"],
        corpus=data / "squad2_dev.corpus.jsonl",
        limit=60,
        half="report",
    )
    assert found.problems == ()
    assert found.counts["located"] == found.counts["answerable"] == 60
    assert found.unit == "document"
    assert found.figures["passage_5"].value >= 0.9
    assert found.figures["first_quote"].value >= 0.75
    assert found.figures["foreign_auroc"].value >= 0.95
