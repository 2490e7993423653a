"""The refusal threshold that suits a person's own questions, or an honest no."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple, TypeAlias

import numpy as np

from rag.errors import EvaluationError
from rag.evaluation import figures
from rag.evaluation.count import parted, resampled
from rag.evaluation.figures import Measure
from rag.evaluation.questions import half_of
from rag.evaluation.results import Calibration, Outcome

FEWEST = 20
"""Of either sort, in either half: with fewer, a share is known to no better than a fifth."""
LEAST_AUROC = 0.7
"""Where the interval of the AUROC reaches below this, no threshold parts the questions."""

Side: TypeAlias = Literal["answer", "refuse"]


class Target(NamedTuple):
    """A share to reach: of the answerable questions answered, or of the others refused."""

    side: Side
    share: float


def parse_target(text: str | None) -> Target | None:
    """``answer=.95`` or ``refuse=.95``; None asks for the best sum of both shares.

    Raises:
        EvaluationError: it is neither.
    """
    if text is None:
        return None
    side, _, share = text.partition("=")
    try:
        value = float(share)
    except ValueError:
        value = 0.0
    if side == "answer" and 0 < value < 1:
        return Target("answer", value)
    if side == "refuse" and 0 < value < 1:
        return Target("refuse", value)
    raise EvaluationError(f"the target is {text!r}; expected refuse=.95 or answer=.95, or the like")


def calibrate(outcomes: Sequence[Outcome], target: Target | None) -> Calibration:
    """A threshold chosen on one half of the articles and checked on the other."""
    groups, unit, _ = resampled(outcomes)
    halves = [half_of(group) for group in groups]
    tune = [o for o, half in zip(outcomes, halves, strict=True) if half == "tune"]
    check = [(o, g) for o, g, half in zip(outcomes, groups, halves, strict=True) if half != "tune"]
    counts = {
        "tune_answerable": sum(o.question.answerable for o in tune),
        "tune_unanswerable": sum(not o.question.answerable for o in tune),
        "check_answerable": sum(o.question.answerable for o, _ in check),
        "check_unanswerable": sum(not o.question.answerable for o, _ in check),
    }
    wanted = f"{target.side}={target.share:g}" if target else "the best sum of both shares"
    auroc = figures.estimate({"auroc": parted(outcomes)}, groups).get("auroc")
    if min(counts.values()) < FEWEST:
        name, fewest = min(counts.items(), key=lambda item: item[1])
        reason = (
            f"too few questions: {fewest} {name.replace('_', ' half, ')}; expected {FEWEST} or "
            "more of each sort in each half, so about 50 with and 50 without an answer"
        )
        return Calibration(None, reason, wanted, counts, auroc, None, None, unit)
    threshold = choose(
        [o.score for o in tune if o.question.answerable],
        [o.score for o in tune if not o.question.answerable],
        target,
    )
    checked = [o for o, _ in check]
    shares = figures.estimate(
        {
            "answered": _reached(checked, threshold, answerable=True),
            "refused": _reached(checked, threshold, answerable=False),
        },
        [group for _, group in check],
    )
    answered, refused = shares["answered"], shares["refused"]
    if auroc is None or auroc.low < LEAST_AUROC:
        reason = (
            f"the scores do not part these questions: AUROC {auroc.value:.2f}, interval "
            f"{auroc.low:.2f} to {auroc.high:.2f}; expected {LEAST_AUROC} or more throughout"
            if auroc
            else "the scores cannot be compared"
        )
        return Calibration(None, reason, wanted, counts, auroc, answered, refused, unit)
    reason = ""
    if target is not None:
        reached = answered if target.side == "answer" else refused
        if reached.high < target.share:
            reason = f"on the check half the target is missed: {reached.value:.3f}"
    return Calibration(threshold, reason, wanted, counts, auroc, answered, refused, unit)


def choose(answerable: Sequence[float], others: Sequence[float], target: Target | None) -> float:
    """A threshold between two scores, rounded to four digits; what scores below it is refused.

    For a target it is the one that favours the other share most: the highest that still answers
    enough, or the lowest that still refuses enough. Without a target it has the best sum of both
    shares (Youden's index), the middle one of several.
    """
    good, bad = np.sort(answerable), np.sort(others)
    levels = np.unique(np.concatenate([good, bad]))
    between = np.concatenate([[0.0], (levels[1:] + levels[:-1]) / 2, [1.0]])
    candidates = np.unique(np.round(between, 4))
    answered = 1 - np.searchsorted(good, candidates, side="left") / len(good)
    refused = np.searchsorted(bad, candidates, side="left") / len(bad)
    if target is None:
        best = np.flatnonzero(np.isclose(answered + refused, (answered + refused).max()))
        return float(candidates[best[len(best) // 2]])
    if target.side == "answer":
        return float(candidates[np.flatnonzero(answered >= target.share - 1e-9)[-1]])
    enough = np.flatnonzero(refused >= target.share - 1e-9)
    return float(candidates[enough[0]]) if len(enough) else 1.0


def _reached(outcomes: Sequence[Outcome], threshold: float, *, answerable: bool) -> Measure:
    """Of one sort of questions, the share that is treated as it should be."""
    places = [n for n, o in enumerate(outcomes) if o.question.answerable == answerable]
    right = [(outcomes[n].score >= threshold) == answerable for n in places]
    return Measure(np.array(places, np.int64), figures.mean(right))
