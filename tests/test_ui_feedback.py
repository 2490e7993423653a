"""Votes survive a crash: a torn line costs itself alone."""

from __future__ import annotations

import json
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rag.ui.feedback import FILE, MAX_BYTES, record_vote
from rag.ui.markup import pack

RECORD = {
    "question": "Who?",
    "answered": True,
    "index_id": "00ff",
    "quotes": [["talks.md", 1, 5, "ab" * 32]],
}
VOTE = {"verdict": "up", "answer": pack(RECORD)}


def votes(file: Path) -> list[str]:
    """The verdict of every line that is whole."""
    found = []
    for line in file.read_bytes().splitlines():
        try:
            found.append(json.loads(line)["verdict"])
        except (ValueError, KeyError, TypeError):
            continue
    return found


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_line_torn_anywhere_leaves_all_others_whole(data: st.DataObject, tmp_path: Path) -> None:
    file = tmp_path / FILE
    file.unlink(missing_ok=True)
    for _ in range(3):
        assert record_vote(str(tmp_path), VOTE)
    whole = file.read_bytes()
    last = whole.rindex(b"\n", 0, -1) + 1
    cut = data.draw(st.integers(last, len(whole)))
    file.write_bytes(whole[:cut])
    assert record_vote(str(tmp_path), VOTE | {"verdict": "down"})
    assert votes(file) == ["up"] * (3 if cut >= len(whole) - 1 else 2) + ["down"]
    assert b"\n\n" not in file.read_bytes()


def test_a_full_file_takes_no_more_and_is_left_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / FILE
    file.write_bytes(b"x" * (MAX_BYTES - 10))
    assert not record_vote(str(tmp_path), VOTE)
    assert file.stat().st_size == MAX_BYTES - 10


def test_a_vote_can_be_withdrawn_and_nothing_else_be_said(tmp_path: Path) -> None:
    assert record_vote(str(tmp_path), VOTE)
    assert record_vote(str(tmp_path), VOTE | {"verdict": "withdrawn"})
    assert not record_vote(str(tmp_path), VOTE | {"verdict": "sideways"})
    assert votes(tmp_path / FILE) == ["up", "withdrawn"]
