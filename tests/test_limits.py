"""What a question may take and hold; past that it ends in one clear error."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import pytest
from conftest import Library
from fakes import WordReranker

import rag
from rag.engine import Engine, open_engine

Opening = Callable[..., Engine]


class SlowReranker(WordReranker):
    """Takes its time to read."""

    def read(self, question: str, texts: object) -> object:  # type: ignore[override]
        time.sleep(0.3)
        return super().read(question, texts)  # type: ignore[arg-type]


def test_a_question_is_given_up_between_stages_and_the_next_one_is_answered(
    library: Library,
) -> None:
    library.write("talks.txt", "The talks began in Doha.")
    library.build()
    settings = replace(library.settings, question_seconds=0.2)
    slow = open_engine(settings, encoder=library.encoder, reranker=SlowReranker())
    with pytest.raises(rag.QuestionTimeoutError, match=r"given up after 0\.2 seconds.*raise quest"):
        slow.query("Where did the talks begin?")
    patient = open_engine(library.settings, encoder=library.encoder, reranker=SlowReranker())
    assert patient.query("Where did the talks begin?").quotes


@pytest.mark.parametrize("top", [0, -1, 51, 10**9])
def test_top_is_bounded(open_library: Opening, top: int) -> None:
    engine = open_library({"talks.txt": "The talks began in Doha."})
    with pytest.raises(rag.SettingsError, match="expected 1 to 50"):
        engine.query("Where did the talks begin?", top=top)


def test_of_a_long_history_the_end_counts(open_library: Opening) -> None:
    engine = open_library({"talks.txt": "The talks began in Doha."})
    history = ["x" * 5000, *["Who?"] * 200, "Where did the talks begin?"]
    answer = engine.query("And when?", history=history)
    assert "talks" in answer.searched, "the last of them was leant on"


def test_a_long_question_in_the_history_is_refused_like_any_other(open_library: Opening) -> None:
    engine = open_library({"talks.txt": "The talks began in Doha."})
    with pytest.raises(rag.QuestionError, match="of the history has 1,001 characters"):
        engine.query("And when?", history=["x" * 1001])
    with pytest.raises(rag.UsageError, match="no list of questions"):
        engine.query("And when?", history="Where did they begin?")
