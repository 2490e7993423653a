"""An evaluation as JSON, and as a table for a person. docs/evaluation.md holds the schema."""

from __future__ import annotations

from typing import Any

from rag.evaluation.results import Evaluation, Figure, Outcome

FORMAT = 1
"""Part of every result: raise it when a field changes its meaning."""
_CURVE_POINTS = 200

LABELS = {
    "passage_1": "right passage first",
    "passage_3": "right passage within 3",
    "passage_5": "right passage within 5",
    "passage_10": "right passage within 10",
    "passage_mrr": "passages, mean reciprocal rank",
    "document_1": "right document first",
    "document_3": "right document within 3",
    "document_5": "right document within 5",
    "document_10": "right document within 10",
    "document_mrr": "documents, mean reciprocal rank",
    "first_quote": "gold answer in the first quote",
    "three_quotes": "gold answer in the first three quotes",
    "first_quote_overlaps": "gold answer at least touched by the first quote",
    "first_quote_unthresholded": "… in the first, had nothing been refused",
    "three_quotes_unthresholded": "… in the first three, had nothing been refused",
    "evidence_precision": "of what is quoted, characters that are evidence",
    "evidence_recall": "of the evidence, characters that are quoted",
    "evidence_f1": "their F1",
    "first_quote_evidence_f1": "F1 of the first quote alone",
    "answered": "answerable questions answered",
    "foreign_refused": "questions from elsewhere refused",
    "adversarial_refused": "questions left open by their document refused",
    "foreign_auroc": "AUROC, answerable against elsewhere",
    "adversarial_auroc": "AUROC, answerable against left open",
    "auroc": "AUROC, answerable against both",
    "risk": "of all that is answered, wrong",
    "coverage": "of all questions, answered",
    "aurc": "area under the risk-coverage curve (less is better)",
}
"""Figures by name, in words."""


def label(name: str) -> str:
    """A figure's name in words."""
    if name in LABELS:
        return LABELS[name]
    stage, percentile, _ = name.rsplit("_", 2)
    return f"{stage}, {'median' if percentile == 'p50' else '95th percentile'} (ms)"


def shown(figure: Figure, name: str) -> tuple[str, str]:
    """A figure and its interval in as many digits as mean something."""
    digits = 0 if name.endswith("_ms") else 3
    value, low, high = (f"{number:.{digits}f}" for number in figure[:3])
    return value, f"{low}–{high}"


def summary(evaluation: Evaluation) -> dict[str, Any]:
    """Everything but the single questions: a line of a file of results."""
    return {
        "format": FORMAT,
        "dataset": evaluation.dataset,
        "half": evaluation.half,
        "questions": dict(evaluation.counts),
        "articles": evaluation.articles,
        "left_out": dict(evaluation.left_out),
        "intervals": {"level": 0.95, "method": "percentile bootstrap", "unit": evaluation.unit},
        "figures": {
            name: {
                "value": _rounded(figure.value),
                "low": _rounded(figure.low),
                "high": _rounded(figure.high),
                "questions": figure.questions,
            }
            for name, figure in evaluation.figures.items()
        },
        **evaluation.made_with,
    }


def to_dict(evaluation: Evaluation) -> dict[str, Any]:
    """The whole result."""
    return summary(evaluation) | {
        "problems": list(evaluation.problems),
        "curve": [
            {"threshold": _rounded(at), "coverage": _rounded(share), "risk": _rounded(risk)}
            for at, share, risk in thinned(evaluation.curve)
        ],
        "outcomes": [_outcome(outcome) for outcome in evaluation.outcomes],
    }


def thinned(curve: tuple[tuple[float, float, float], ...]) -> list[tuple[float, float, float]]:
    """At most some hundred points of the curve, the last one among them."""
    step = max(1, -(-len(curve) // _CURVE_POINTS))
    return [*curve[:-1:step], *curve[-1:]]


def _outcome(outcome: Outcome) -> dict[str, Any]:
    return {
        "id": outcome.question.id,
        "where": outcome.question.where,
        "kind": outcome.question.kind,
        "question": outcome.question.question,
        "answered": outcome.answered,
        "score": _rounded(outcome.score),
        "located": outcome.located,
        "document_rank": outcome.document_rank,
        "passage_rank": outcome.passage_rank,
        "quotes": [
            {"document": q.document, "start": q.start, "end": q.end, "right": q.right}
            for q in outcome.quotes
        ],
        "evidence_precision": _rounded(outcome.precision),
        "evidence_recall": _rounded(outcome.recall),
        "evidence_f1": _rounded(outcome.f1),
        "timings_ms": {stage: round(ms, 1) for stage, ms in outcome.timings_ms.items()},
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
