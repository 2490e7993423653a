"""The formulas, each over weighted questions, and their intervals.

A statistic is a function of weights: all ones give the figure, and the counts of a bootstrap
resample give the figure of that resample. Nothing here knows what a question is.

Intervals: percentile bootstrap (Efron and Tibshirani, "An Introduction to the Bootstrap", 1993,
ch. 13), of whole groups, since questions about one article resemble each other (the cluster
bootstrap: Davison and Hinkley, "Bootstrap Methods and their Application", 1997, § 3.8).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rag.evaluation.results import Figure

RESAMPLES = 1000
FEWEST_GROUPS = 10
"""Fewer articles are too few to resample: the questions are, and the result says so."""

Floats: TypeAlias = NDArray[np.float64]
Statistic: TypeAlias = Callable[[Floats], float]
"""From each question's weight, 0 or more, to a figure; NaN where nothing has weight."""


@dataclass(frozen=True, slots=True)
class Measure:
    """A statistic and the questions it is over, by position."""

    among: NDArray[np.int64]
    statistic: Statistic


def estimate(measures: Mapping[str, Measure], groups: Sequence[str]) -> dict[str, Figure]:
    """Each measure with its 95 % interval; those over no question are left out.

    ``groups`` names each question's article. The same input gives the same intervals.
    """
    _, members = np.unique(np.array(groups, dtype=object).astype(str), return_inverse=True)
    members = members.reshape(-1)
    count = int(members.max()) + 1 if len(members) else 0
    chance = np.random.default_rng(0)
    kept = {name: measure for name, measure in measures.items() if len(measure.among)}
    drawn: dict[str, list[float]] = {name: [] for name in kept}
    for _ in range(RESAMPLES):
        times = np.bincount(chance.integers(0, count, count), minlength=count)
        weights = times[members].astype(np.float64)
        for name, measure in kept.items():
            drawn[name].append(measure.statistic(weights[measure.among]))
    figures = {}
    for name, measure in kept.items():
        value = measure.statistic(np.ones(len(measure.among)))
        found = np.array(drawn[name])
        found = found[~np.isnan(found)]
        if np.isnan(value) or not len(found):
            continue
        low, high = np.percentile(found, [2.5, 97.5])
        figures[name] = Figure(float(value), float(low), float(high), len(measure.among))
    return figures


def mean(values: ArrayLike) -> Statistic:
    """The weighted mean; of truths, the share that is true."""
    numbers = np.asarray(values, np.float64)

    def statistic(weights: Floats) -> float:
        total = weights.sum()
        return float(weights @ numbers / total) if total else float("nan")

    return statistic


def quantile(values: ArrayLike, share: float) -> Statistic:
    """The least value that at least this share of the weight does not exceed."""
    numbers = np.asarray(values, np.float64)
    order = np.argsort(numbers, kind="stable")
    ascending = numbers[order]

    def statistic(weights: Floats) -> float:
        passed = np.cumsum(weights[order])
        if not passed[-1]:
            return float("nan")
        return float(ascending[np.searchsorted(passed, share * passed[-1] - 1e-9)])

    return statistic


def auroc(scores: ArrayLike, positive: ArrayLike) -> Statistic:
    """The chance that a positive scores above a negative, ties counting half: Mann and Whitney's U
    over the number of pairs (Hanley and McNeil, Radiology 143, 1982)."""
    _, level = np.unique(np.asarray(scores, np.float64), return_inverse=True)
    level = level.reshape(-1)
    truths = np.asarray(positive, np.float64)

    def statistic(weights: Floats) -> float:
        above = np.bincount(level, weights * truths)
        below = np.bincount(level, weights * (1 - truths))
        pairs = above.sum() * below.sum()
        if not pairs:
            return float("nan")
        return float(above @ (np.cumsum(below) - below / 2) / pairs)

    return statistic


def aurc(scores: ArrayLike, wrong: ArrayLike) -> Statistic:
    """The area under the risk-coverage curve: the mean risk over all coverages (Geifman and
    El-Yaniv, "Selective Classification for Deep Neural Networks", NeurIPS 2017; the name is
    theirs, "Bias-Reduced Uncertainty Estimation", ICLR 2019). Less is better. Questions of one
    score are answered together."""
    level, truths = _descending(scores), np.asarray(wrong, np.float64)

    def statistic(weights: Floats) -> float:
        answered = np.bincount(level, weights)
        covered = np.cumsum(answered)
        failed = np.cumsum(np.bincount(level, weights * truths))
        if not covered[-1]:
            return float("nan")
        risk = np.divide(failed, covered, out=np.zeros_like(failed), where=covered > 0)
        return float(answered @ risk / covered[-1])

    return statistic


def risk_coverage(scores: ArrayLike, wrong: ArrayLike) -> list[tuple[float, float, float]]:
    """The curve: for each score as the threshold, the share answered and the share of those
    that is wrong, from the surest answers down."""
    numbers = np.asarray(scores, np.float64)
    if not len(numbers):
        return []
    level = _descending(numbers)
    answered = np.cumsum(np.bincount(level))
    failed = np.cumsum(np.bincount(level, np.asarray(wrong, np.float64)))
    thresholds = np.unique(numbers)[::-1]
    return [
        (float(at), float(n / answered[-1]), float(k / n))
        for at, n, k in zip(thresholds, answered, failed, strict=True)
    ]


def overlap(some: Sequence[tuple[int, int]], others: Sequence[tuple[int, int]]) -> int:
    """How many characters lie in both; the ranges of each side do not overlap one another."""
    return sum(max(0, min(b, d) - max(a, c)) for a, b in some for c, d in others)


def union(ranges: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The same characters as ranges that are in order and do not overlap."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted(ranges):
        if joined and start <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(end, joined[-1][1])
        else:
            joined.append((start, end))
    return joined


def _descending(scores: ArrayLike) -> NDArray[np.int64]:
    """Of each question, the place of its score among the distinct ones, the highest first."""
    distinct, level = np.unique(np.asarray(scores, np.float64), return_inverse=True)
    return (len(distinct) - 1 - level.reshape(-1)).astype(np.int64)
