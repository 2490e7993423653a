"""A threshold is recommended where the questions support one, and never else."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.errors import EvaluationError
from rag.evaluation.questions import Question
from rag.evaluation.results import Outcome
from rag.evaluation.threshold import Target, calibrate, choose, parse_target

SHARES = st.lists(st.floats(0, 1), min_size=1, max_size=30)


def outcome(number: int, score: float, answerable: bool) -> Outcome:
    question = Question(
        f"Question {number}?", answerable, f"{number}.txt", id=f"{answerable} {number}"
    )
    return Outcome(question, score >= 0.5, score, None, None, False, (), False, None, 0, 0, 0)


def outcomes(count: int, good: float, bad: float) -> list[Outcome]:
    chance = random.Random(1)
    return [
        outcome(n, min(1.0, max(0.0, chance.gauss(mean, 0.15))), answerable)
        for answerable, mean in ((True, good), (False, bad))
        for n in range(count)
    ]


def test_scores_that_part_get_a_threshold_between_them() -> None:
    found = calibrate(outcomes(200, 0.8, 0.2), None)
    assert found.threshold is not None
    assert 0.3 < found.threshold < 0.7
    assert found.answered is not None
    assert found.answered.value > 0.9
    assert found.refused is not None
    assert found.refused.value > 0.9
    assert found.unit == "document"


@pytest.mark.parametrize("target", [Target("answer", 0.95), Target("refuse", 0.95)])
def test_a_target_is_about_met_on_questions_not_chosen_on(target: Target) -> None:
    found = calibrate(outcomes(400, 0.7, 0.4), target)
    reached = found.answered if target.side == "answer" else found.refused
    assert reached is not None
    assert reached.value == pytest.approx(0.95, abs=0.04)


def test_scores_that_do_not_part_get_none() -> None:
    found = calibrate(outcomes(200, 0.5, 0.5), None)
    assert found.threshold is None
    assert "do not part these questions" in found.reason


def test_too_few_questions_get_none() -> None:
    found = calibrate(outcomes(20, 0.9, 0.1), None)
    assert found.threshold is None
    assert "too few questions" in found.reason
    only = calibrate([o for o in outcomes(200, 0.9, 0.1) if o.question.answerable], None)
    assert only.threshold is None
    assert "0 tune half, unanswerable" in only.reason


@settings(deadline=None)  # numpy loads in the first example
@given(SHARES, SHARES, st.floats(0.01, 0.99))
def test_a_chosen_threshold_reaches_its_target_where_it_was_chosen(
    good: list[float], bad: list[float], share: float
) -> None:
    at = choose(good, bad, Target("answer", share))
    assert sum(score >= at for score in good) / len(good) >= share - 1e-9
    at = choose(good, bad, Target("refuse", share))
    assert 0 <= at <= 1
    if at < 1:
        assert sum(score < at for score in bad) / len(bad) >= share - 1e-9


@settings(deadline=None)  # numpy loads in the first example
@given(SHARES, SHARES)
def test_without_a_target_no_other_threshold_is_better(good: list[float], bad: list[float]) -> None:
    def worth(at: float) -> float:
        answered = sum(score >= at for score in good) / len(good)
        return answered + sum(score < at for score in bad) / len(bad)

    at = choose(good, bad, None)
    assert worth(at) >= max(worth(round(other / 20, 4)) for other in range(21)) - 1 / len(good) - (
        1 / len(bad)
    )


def test_a_target_is_one_of_two() -> None:
    assert parse_target("answer=.9") == Target("answer", 0.9)
    assert parse_target("refuse=0.95") == Target("refuse", 0.95)
    assert parse_target(None) is None
    for wrong in ("", "answer", "answer=", "answer=2", "refuse=0", "both=.9", "answer=nan"):
        with pytest.raises(EvaluationError, match="expected refuse="):
            parse_target(wrong)
