"""Outcomes become figures. docs/evaluation.md says what each one means."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np

from rag.evaluation import figures
from rag.evaluation.figures import Measure
from rag.evaluation.results import Figure, Outcome, Unit

DEPTH = 10
"""Ranks further down count as not found."""
RANKS = (1, 3, 5, 10)

_Outcomes: TypeAlias = Sequence[Outcome]
_Of: TypeAlias = Callable[[Outcome], Any]


def count(outcomes: _Outcomes) -> tuple[dict[str, Figure], Unit, int]:
    """Every figure that these outcomes bear on, what was resampled, and how many articles."""
    groups, unit, articles = resampled(outcomes)
    return figures.estimate(measures(outcomes), groups), unit, articles


def measures(outcomes: _Outcomes) -> dict[str, Measure]:
    """Every figure as a statistic over these outcomes."""
    return _retrieval(outcomes) | _quotes(outcomes) | _refusal(outcomes) | _latency(outcomes)


def resampled(outcomes: _Outcomes) -> tuple[list[str], Unit, int]:
    """What is drawn as a whole for the intervals: an article's questions, or each by itself."""
    articles = {o.question.group for o in outcomes if o.question.document is not None}
    if len(articles) < figures.FEWEST_GROUPS:
        return [str(number) for number in range(len(outcomes))], "question", len(articles)
    return [o.question.group for o in outcomes], "document", len(articles)


def judged(outcome: Outcome) -> bool:
    """Whether it is known if answering the question is a mistake."""
    return outcome.located or not outcome.question.answerable


def _measure(
    outcomes: _Outcomes,
    among: _Of,
    value: _Of,
    how: Callable[[list[Any]], figures.Statistic] = figures.mean,
) -> Measure:
    places = [number for number, outcome in enumerate(outcomes) if among(outcome)]
    return Measure(np.array(places, np.int64), how([value(outcomes[n]) for n in places]))


def _has_gold(o: Outcome) -> bool:
    return o.question.answerable and o.located


def _named(o: Outcome) -> bool:
    return o.question.answerable and o.question.document is not None


def _retrieval(outcomes: _Outcomes) -> dict[str, Measure]:
    passages = _ranking(outcomes, "passage", _has_gold, lambda o: o.passage_rank)
    return passages | _ranking(outcomes, "document", _named, lambda o: o.document_rank)


def _ranking(outcomes: _Outcomes, name: str, among: _Of, rank: _Of) -> dict[str, Measure]:
    def within(k: int) -> _Of:
        return lambda o: (rank(o) or DEPTH + 1) <= k

    found = {f"{name}_{k}": _measure(outcomes, among, within(k)) for k in RANKS}
    reciprocal = _measure(outcomes, among, lambda o: 1 / rank(o) if rank(o) else 0.0)
    return found | {f"{name}_mrr": reciprocal}


def _quotes(outcomes: _Outcomes) -> dict[str, Measure]:
    hits: dict[str, _Of] = {
        "first_quote": lambda o: o.answered and o.first_right,
        "three_quotes": lambda o: o.answered and any(q.right for q in o.quotes[:3]),
        "first_quote_overlaps": lambda o: o.overlaps,
        "first_quote_unthresholded": lambda o: o.first_right,
        "three_quotes_unthresholded": lambda o: any(q.right for q in o.quotes[:3]),
    }
    shares: dict[str, _Of] = {
        "evidence_recall": lambda o: o.recall,
        "evidence_f1": lambda o: o.f1,
        "first_quote_evidence_f1": lambda o: o.first_f1,
    }
    precision = _measure(
        outcomes, lambda o: _has_gold(o) and o.precision is not None, lambda o: o.precision
    )
    return {
        **{name: _measure(outcomes, _has_gold, value) for name, value in hits.items()},
        "evidence_precision": precision,
        **{name: _measure(outcomes, _has_gold, value) for name, value in shares.items()},
    }


def _of(kind: str) -> _Of:
    return lambda o: o.question.kind == kind


def _refusal(outcomes: _Outcomes) -> dict[str, Measure]:
    found = {"answered": _measure(outcomes, lambda o: o.question.answerable, lambda o: o.answered)}
    for kind in ("foreign", "adversarial"):
        found[f"{kind}_refused"] = _measure(outcomes, _of(kind), lambda o: not o.answered)
    for name, kinds in (
        ("foreign_auroc", ("foreign",)),
        ("adversarial_auroc", ("adversarial",)),
        ("auroc", ("foreign", "adversarial")),
    ):
        found[name] = parted(outcomes, kinds)
    found["risk"] = _measure(outcomes, lambda o: judged(o) and o.answered, lambda o: o.wrong)
    found["coverage"] = _measure(outcomes, judged, lambda o: o.answered)
    found["aurc"] = _measure(
        outcomes,
        judged,
        lambda o: (o.score, o.wrong),
        lambda pairs: figures.aurc([score for score, _ in pairs], [wrong for _, wrong in pairs]),
    )
    return found


def parted(outcomes: _Outcomes, kinds: Sequence[str] = ("foreign", "adversarial")) -> Measure:
    """How well the scores part answerable questions from those of these kinds."""
    return _measure(
        outcomes,
        lambda o: o.question.answerable or o.question.kind in kinds,
        lambda o: (o.score, o.question.answerable),
        lambda pairs: figures.auroc([score for score, _ in pairs], [true for _, true in pairs]),
    )


def _latency(outcomes: _Outcomes) -> dict[str, Measure]:
    everyone = np.arange(len(outcomes))
    found = {}
    for stage in outcomes[0].timings_ms:
        times = [o.timings_ms[stage] for o in outcomes]
        for percent in (50, 95):
            among = figures.quantile(times, percent / 100)
            found[f"{stage}_p{percent}_ms"] = Measure(everyone, among)
    return found
