"""The command line: exit codes, JSON, and one clear line for every error."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT


def run(*arguments: str, cwd: Path, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "rag", *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "100", **env},
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, shipped_index: Path) -> Path:
    """A working directory whose `index` is the shipped corpus's."""
    folder = tmp_path_factory.mktemp("cli")
    (folder / "index").symlink_to(shipped_index)
    (folder / "corpus").symlink_to(ROOT / "corpus")
    return folder


def test_help_names_every_command_and_is_quick_to_load(folder: Path) -> None:
    shown = run("--help", cwd=folder)
    assert shown.returncode == 0
    for command in ("build", "ask", "chat", "info"):
        assert command in shown.stdout


def test_ask_prints_quotes_with_citations_and_exits_zero(folder: Path) -> None:
    shown = run("ask", "What did Hamas ask for in return?", cwd=folder)
    assert shown.returncode == 0, shown.stderr
    assert shown.stdout.startswith("1. “")
    assert "(demands.txt)" in shown.stdout
    assert shown.stderr == ""


def test_ask_json_is_one_object_whose_quotes_are_slices(folder: Path) -> None:
    shown = run("ask", "What did Hamas ask for in return?", "--json", "--top", "2", cwd=folder)
    assert shown.returncode == 0, shown.stderr
    answer = json.loads(shown.stdout)
    assert list(answer) == [
        "question", "answered", "quotes", "near_misses", "index_id", "timings_ms",
    ]  # fmt: skip
    assert answer["answered"] is True
    assert 1 <= len(answer["quotes"]) <= 2
    for quote in answer["quotes"]:
        assert {"text", "document", "title", "start", "end", "page", "section"} <= set(quote)
        assert {"relevance", "sha256"} <= set(quote)
        if quote["document"].endswith(".txt"):
            text = (ROOT / "corpus" / quote["document"]).read_bytes().decode("utf-8")
            assert text[quote["start"] : quote["end"]] == quote["text"]
    assert answer["timings_ms"]["total"] > 0


def test_a_refusal_exits_three_and_calls_near_misses_related(folder: Path) -> None:
    shown = run("ask", "Who is the president of Egypt?", cwd=folder)
    assert shown.returncode == 3, shown.stdout
    assert shown.stdout.startswith("The documents do not answer this.")
    refused = run("ask", "How do I boil an egg?", "--json", cwd=folder)
    assert refused.returncode == 3
    assert json.loads(refused.stdout)["quotes"] == []


def test_build_prints_a_table_and_the_index_id(tmp_path: Path) -> None:
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "a.txt").write_text("Wasps make paper nests.")
    (tmp_path / "corpus" / "b.zip").write_bytes(b"PK\x03\x04 not really")
    shown = run("build", cwd=tmp_path)
    assert shown.returncode == 0, shown.stderr
    assert "added" in shown.stdout
    assert "skipped b.zip: " in shown.stdout
    assert "is ready" in shown.stdout


def test_info_tells_documents_models_hashes_and_sizes(folder: Path) -> None:
    shown = run("info", cwd=folder)
    assert shown.returncode == 0, shown.stderr
    assert "talks.md" in shown.stdout
    assert "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db" in shown.stdout
    assert "1225ccd6afd0f1b43a1b08bf67cd1cb68c05aafb443e9d8450015b8b3837ffd1" in shown.stdout
    told = json.loads(run("info", "--json", cwd=folder).stdout)
    assert told["documents"] == len(told["documents_list"]) == 11


@pytest.mark.parametrize(
    ("arguments", "env", "code", "message"),
    [
        (["ask", "Who?", "--index", "none"], {}, 1, "there is no index in "),
        (["info", "--index", "none"], {}, 1, "there is no index in none yet; run `rag build`"),
        (["build", "--corpus", "none"], {}, 1, "none does not exist"),
        (["build", "--corpus", "empty"], {}, 1, "has no documents; put some in"),
        (["ask", ""], {}, 2, "the question is empty"),
        (["ask", "why " * 400], {}, 2, "ask in 1,000 or fewer"),
        (["ask", "Who?", "--index", "damaged"], {}, 1, "does not name a generation"),
        (["ask", "Who?"], {"RAG_RERANKER": "./none"}, 1, "could not be loaded"),
        (["ask", "Who?"], {"RAG_THRESHOLD": "high"}, 2, "threshold is 'high'"),
        (["ask", "Who?", "--top", "0"], {}, 2, "--top"),
        (["ask"], {}, 2, "QUESTION"),
        (["sing"], {}, 2, "sing"),
    ],
)
def test_every_error_is_clear_and_never_a_traceback(
    folder: Path, arguments: list[str], env: dict[str, str], code: int, message: str
) -> None:
    (folder / "empty").mkdir(exist_ok=True)
    (folder / "damaged").mkdir(exist_ok=True)
    (folder / "damaged" / "CURRENT").write_text("../../etc\n")
    shown = run(*arguments, cwd=folder, HF_HUB_OFFLINE="1", **env)
    assert shown.returncode == code, shown.stderr
    assert message in shown.stderr
    assert "Traceback" not in shown.stderr
    if not arguments[0].startswith("sing") and message[0] not in "-Q":
        assert shown.stderr.startswith("rag: ")
        assert shown.stderr.count("\n") == 1


def test_a_document_cannot_send_commands_to_the_terminal(tmp_path: Path) -> None:
    from rag.cli import _plain

    assert _plain("a\x1b[2Jb\u202ec\r") == "a\\u001b[2Jb\\u202ec\\u000d"
