"""The README cannot drift: every command in it is run, every shown output is compared."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest
from conftest import ROOT

from rag import Settings

README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
CONSOLE = [body for language, body in BLOCKS if language == "console"]
PYTHON = [body for language, body in BLOCKS if language == "python"]


def sessions() -> list[tuple[str, str]]:
    """Each command with the output that the README shows for it."""
    found = []
    for body in CONSOLE:
        for part in re.split(r"^\$ ", body, flags=re.MULTILINE)[1:]:
            command, _, output = part.partition("\n")
            found.append((command.partition("  #")[0].strip(), output.strip()))
    return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, shipped_index: Path) -> Path:
    folder = tmp_path_factory.mktemp("readme")
    (folder / "corpus").symlink_to(ROOT / "corpus")
    (folder / "index").symlink_to(shipped_index)
    return folder


def run(command: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    scripts = Path(sys.executable).parent
    env = {**os.environ, "PATH": f"{scripts}:{os.environ['PATH']}", "COLUMNS": "120"}
    return subprocess.run(
        ["bash", "-c", command], capture_output=True, text=True, check=False, cwd=cwd, env=env
    )


@pytest.mark.parametrize(
    ("command", "output"), [s for s in sessions() if s[0].startswith("rag ")], ids=lambda s: s[:40]
)
def test_a_shown_command_does_what_is_shown(command: str, output: str, folder: Path) -> None:
    shown = run(command, folder)
    assert shown.returncode == (3 if "do not answer" in output or "rag find" in command else 0), (
        shown.stderr
    )
    if output:
        assert shown.stdout.strip() == output


@pytest.mark.parametrize("command", [s[0] for s in sessions() if s[0].startswith("make ")])
def test_a_shown_make_target_exists(command: str) -> None:
    shown = run(f"{command} --dry-run", ROOT)
    assert shown.returncode == 0, shown.stderr


def test_every_shown_command_is_covered_here() -> None:
    assert sessions()
    assert all(command.startswith(("rag ", "make ")) for command, _ in sessions())


def test_the_python_example_runs(folder: Path) -> None:
    (code,) = PYTHON
    shown = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=folder
    )
    assert "(demands.txt)" in shown.stdout


def test_the_settings_table_names_every_setting_and_its_default() -> None:
    told: dict[str, str] = {}
    for row in re.findall(r"^\| (`.*?) \| (.*?) \|", README, re.MULTILINE):
        names, defaults = re.findall(r"`(\w+)`", row[0]), row[1].replace("`", "")
        values = [defaults] if len(names) == 1 else [v.strip() for v in defaults.split(", ")]
        if len(values) == 1:
            values *= len(names)
        told |= dict(zip(names, values, strict=True))
    assert set(told) == {field.name for field in fields(Settings)}
    for field in fields(Settings):
        shown = told[field.name].replace(",", "")
        assert type(field.default)(shown) == field.default, field.name


def test_every_linked_file_exists() -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (ROOT / target).exists(), target


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_make_run_serves_the_page_from_a_fresh_copy(tmp_path: Path) -> None:
    """The first command, as a new person runs it: install, index, serve."""
    import socket
    import time
    import urllib.request

    copy = tmp_path / "fresh"
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(copy)], check=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = tmp_path / "log"
    with log.open("w") as out:
        server = subprocess.Popen(
            ["make", "run", f"PORT={port}"], cwd=copy, stdout=out, stderr=out, process_group=0
        )
    try:
        for _ in range(1500):
            assert server.poll() is None, log.read_text()
            try:
                page = urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5)
                assert page.status == 200
                break
            except OSError:
                time.sleep(1)
        else:
            pytest.fail(log.read_text())
    finally:
        os.killpg(server.pid, 15)
        server.wait(30)
    assert (copy / "index" / "CURRENT").exists()
