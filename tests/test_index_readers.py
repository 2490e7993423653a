"""Readers in other processes follow every switch, without one failed or mixed answer."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import ROOT, Library


@pytest.mark.parametrize("switches", [8, pytest.param(60, marks=pytest.mark.slow)])
def test_no_answer_fails_or_is_mixed_while_the_index_is_switched(
    library: Library, tmp_path: Path, switches: int
) -> None:
    def build(number: int) -> str:
        for name, colour in (("apples", "red"), ("pears", "green")):
            library.write(f"{name}.txt", f"The {name} of harvest {number} are {colour}.")
        return library.build().index_id

    numbers = {build(0): 0}
    end = tmp_path / "end"
    notes = [tmp_path / f"notes{n}" for n in range(2)]
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests")]),
        "OMP_NUM_THREADS": "1",
    }
    readers = [
        subprocess.Popen(
            [
                sys.executable,
                ROOT / "tests" / "hammering.py",
                library.corpus,
                library.index,
                end,
                path,
            ],
            env=environment,
            stderr=subprocess.PIPE,
            text=True,
        )
        for path in notes
    ]
    try:
        deadline = time.monotonic() + 60
        while not all(path.exists() and path.stat().st_size for path in notes):
            assert time.monotonic() < deadline, "the readers did not start"
            time.sleep(0.05)
        for number in range(1, switches + 1):
            numbers[build(number)] = number
        time.sleep(0.5)
    finally:
        end.touch()
        ends = [reader.communicate(timeout=60)[1] for reader in readers]
    assert [reader.returncode for reader in readers] == [0, 0], ends
    assert len(numbers) == switches + 1
    for path in notes:
        answers = [json.loads(line) for line in path.read_text().splitlines()][1:]
        seen = []
        for index_id, question, quotes in answers:
            number = numbers[index_id]
            name, colour = ("apples", "red") if "apples" in question else ("pears", "green")
            assert quotes[0] == [f"{name}.txt", f"The {name} of harvest {number} are {colour}."]
            assert all(f"harvest {number} " in text for _, text in quotes)
            seen.append(number)
        assert seen == sorted(seen), "never back to an older one"
        assert seen[-1] == switches
        assert len(set(seen)) > switches / 2, "it really followed"
        print(f"{len(answers)} answers from {len(set(seen))} generations")
