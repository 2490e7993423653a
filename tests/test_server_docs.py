"""docs/server.md cannot drift: its commands are run, its variables and limits compared."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from browser.servers import free_port
from conftest import ROOT
from test_ui_server import until_ready

from rag import Settings
from rag.asked import MAX_HISTORY, MAX_TOP
from rag.findings import MAX_TEXT_CHARS
from rag.ui import chat, desk, feedback, gate, limits, page
from rag.ui.switches import Switches

TEXT = (ROOT / "docs" / "server.md").read_text(encoding="utf-8")


COMMANDS = [
    part.replace("\\\n", " ").partition("\n")
    for body in re.findall(r"^```console\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
    for part in re.split(r"^\$ ", body, flags=re.MULTILINE)[1:]
]
OURS = [command for command, _, _ in COMMANDS if re.search(r"(^|\s)rag ", command)]


def test_what_is_started_and_asked_does_what_is_shown(shipped_index: Path, tmp_path: Path) -> None:
    (start,) = [command for command, _, _ in COMMANDS if command.endswith("python app.py")]
    asked = [shown for shown in COMMANDS if "127.0.0.1:8000" in shown[0]]
    port = str(free_port())
    scripts = Path(sys.executable).parent
    env = {**os.environ, "PATH": f"{scripts}:{os.environ['PATH']}", "NO_PROXY": "127.0.0.1"}
    env |= {"RAG_INDEX": str(shipped_index)}
    with (tmp_path / "log").open("wb") as log:
        server = subprocess.Popen(
            ["bash", "-c", f"exec env {start.replace('8000', port)}"], cwd=ROOT, env=env, stderr=log
        )
    try:
        until_ready(f"http://127.0.0.1:{port}/", server)
        assert len(asked) >= 3
        for line, _, output in asked:
            shown = subprocess.run(
                ["bash", "-c", line.replace("8000", port)],
                env=env, capture_output=True, text=True, check=True,
            )  # fmt: skip
            assert shown.stdout.strip() == output.strip()
    finally:
        server.terminate()
        assert server.wait(60) == 0


@pytest.mark.parametrize("command", OURS)
def test_a_shown_command_of_ours_exists_with_its_options(command: str) -> None:
    line = command.partition("  #")[0].partition("rag ")[2]
    name = re.match(r"(?:user )?\w+", line)
    assert name
    told = subprocess.run(
        [sys.executable, "-m", "rag", *name[0].split(), "--help"],
        capture_output=True, text=True, check=True, env={**os.environ, "COLUMNS": "200"},
    )  # fmt: skip
    for option in re.findall(r"--[a-z-]+", line):
        assert option in told.stdout, option


def test_every_shown_command_is_covered_here() -> None:
    for command, _, _ in COMMANDS:
        ours = command in OURS or "127.0.0.1:8000" in command or command.endswith("app.py")
        assert ours or command.startswith("curl -u "), command  # asked in test_access.py


def test_the_table_names_every_switch() -> None:
    told = set(re.findall(r"^\| `(RAG_\w+)` \|", TEXT, re.MULTILINE))
    read = set(re.findall(r"``(RAG_\w+)", (ROOT / "rag/ui/switches.py").read_text("utf-8")))
    assert len(read) == len(Switches.__slots__)
    assert read <= told


def test_the_limits_are_those_of_the_code() -> None:
    settings = Settings()
    for told in (
        f"{desk.WAITING}; further ones",
        f"`RAG_QUESTION_SECONDS` ({settings.question_seconds:g}) for its answer, "
        f"and {gate.PATIENCE} times as much in the queue",
        f"{desk.PAGES_AT_ONCE}, and {desk.WAITING} wait",
        f"`RAG_MAX_QUESTION_CHARS` ({settings.max_question_chars:,})",
        f"the last {MAX_HISTORY}; from the page the last {chat._REMEMBERED}",
        f"{limits.MAX_DOCUMENTS:,} paths of {limits.MAX_PATH_CHARS:,} characters",
        f"| {MAX_TOP} |",
        f"{MAX_TEXT_CHARS:,} characters",
        f"{limits.MAX_BODY_BYTES // 1_000_000} MB |",
        f"{page._SESSIONS:,}; then",
        f"{feedback.MAX_BYTES // 1_000_000} MB; then",
    ):
        assert told in TEXT, told
    assert gate._MOST_LEFT == 8
    assert "eight of them at most" in TEXT
