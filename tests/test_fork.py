"""A process that is forked from one that has asked can ask as well, or is told why not."""

from __future__ import annotations

import multiprocessing
import sys
from pathlib import Path
from queue import Empty

import pytest

import rag
from rag.engine import Engine

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="elsewhere libraries of the system do not survive a fork"
)
QUESTION = "What did Hamas ask for in return?"


def test_an_index_opened_before_a_fork_says_so_in_the_child(shipped: Engine) -> None:
    def ask(told: multiprocessing.Queue[str]) -> None:
        try:
            told.put(str(shipped.query(QUESTION).answered))
        except rag.RagError as error:
            told.put(str(error))

    assert shipped.query(QUESTION).answered
    assert forked(ask).startswith("this index was opened before a fork; open it in the child")
    assert shipped.query(QUESTION).answered, "the parent goes on"


def test_a_question_is_answered_before_and_after_a_fork(shipped_index: Path) -> None:
    def ask(told: multiprocessing.Queue[str]) -> None:
        told.put(str(rag.query(QUESTION, index=shipped_index).answered))

    assert rag.query(QUESTION, index=shipped_index).answered
    assert forked(ask) == "True"


def forked(ask: object) -> str:
    """What a child process, forked from here, tells."""
    fork = multiprocessing.get_context("fork")
    told = fork.Queue()
    child = fork.Process(target=ask, args=(told,), daemon=True)  # type: ignore[arg-type]
    child.start()
    try:
        return str(told.get(timeout=60))
    except Empty:
        return "it hangs"
    finally:
        child.kill()
        child.join()
