"""The formulas: worked by hand, and by what must hold of them."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.evaluation import figures
from rag.evaluation.figures import Measure

SCORES = st.lists(st.tuples(st.integers(-20, 20), st.booleans()), min_size=1, max_size=40)
RANGES = st.lists(st.tuples(st.integers(0, 60), st.integers(1, 12)), max_size=6).map(
    lambda pairs: [(start, start + length) for start, length in pairs]
)


def of(statistic: figures.Statistic, count: int) -> float:
    return statistic(np.ones(count))


def test_auroc_by_hand() -> None:
    # pairs: 3>1, 3>2, 2>1 won, 2=2 a half: 3.5 of 4
    assert of(figures.auroc([3, 2, 1, 2], [True, True, False, False]), 4) == pytest.approx(3.5 / 4)


@settings(deadline=None)
@given(SCORES)
def test_auroc_is_the_share_of_pairs_won(pairs: list[tuple[int, bool]]) -> None:
    scores, truths = [s for s, _ in pairs], [t for _, t in pairs]
    good, bad = [s for s, t in pairs if t], [s for s, t in pairs if not t]
    found = of(figures.auroc(scores, truths), len(pairs))
    if not good or not bad:
        assert math.isnan(found)
        return
    wins = sum((g > b) + (g == b) / 2 for g, b in product(good, bad))
    assert found == pytest.approx(wins / (len(good) * len(bad)))


@settings(deadline=None)
@given(SCORES)
def test_auroc_is_symmetric_and_knows_only_the_order(pairs: list[tuple[int, bool]]) -> None:
    scores, truths = np.array([s for s, _ in pairs]), np.array([t for _, t in pairs])
    found = of(figures.auroc(scores, truths), len(pairs))
    other = of(figures.auroc(-scores, truths), len(pairs))
    bent = of(figures.auroc(np.exp(scores / 3.0) - 7, truths), len(pairs))
    if not math.isnan(found):
        assert found + other == pytest.approx(1)
        assert bent == pytest.approx(found)


@settings(deadline=None)
@given(SCORES, st.data())
def test_a_weight_counts_as_so_many_questions(
    pairs: list[tuple[int, bool]], data: st.DataObject
) -> None:
    times = data.draw(st.lists(st.integers(0, 3), min_size=len(pairs), max_size=len(pairs)))
    repeated = [pair for pair, n in zip(pairs, times, strict=True) for _ in range(n)]
    for formula in (figures.auroc, figures.aurc):
        weighted = formula([s for s, _ in pairs], [t for _, t in pairs])(np.array(times, float))
        plain = (
            of(formula([s for s, _ in repeated], [t for _, t in repeated]), len(repeated))
            if (repeated)
            else math.nan
        )
        assert weighted == pytest.approx(plain, nan_ok=True)
    for share in (0.5, 0.95):
        weighted = figures.quantile([s for s, _ in pairs], share)(np.array(times, float))
        if repeated:
            place = math.ceil(share * len(repeated) - 1e-9) - 1
            assert weighted == sorted(s for s, _ in repeated)[place]


def test_aurc_by_hand() -> None:
    # surest first: right, wrong, right -> risks 0, 1/2, 1/3
    assert of(figures.aurc([0.9, 0.8, 0.1], [False, True, False]), 3) == pytest.approx(
        (0 + 1 / 2 + 1 / 3) / 3
    )
    # two of one score are answered together: risks 1/2, 1/2
    assert of(figures.aurc([0.9, 0.9], [False, True]), 2) == pytest.approx(0.5)


def test_the_curve_by_hand() -> None:
    assert figures.risk_coverage([0.9, 0.1, 0.9, 0.5], [False, True, True, False]) == [
        (0.9, 0.5, 0.5),
        (0.5, 0.75, pytest.approx(1 / 3)),
        (0.1, 1.0, 0.5),
    ]
    assert figures.risk_coverage([], []) == []


def test_mean_and_quantile_by_hand() -> None:
    assert of(figures.mean([True, False, True, True]), 4) == 0.75
    assert math.isnan(figures.mean([1.0])(np.zeros(1)))
    assert of(figures.quantile([4, 1, 3, 2], 0.5), 4) == 2
    assert of(figures.quantile([4, 1, 3, 2], 0.95), 4) == 4


@settings(deadline=None)
@given(RANGES, RANGES)
def test_overlap_counts_the_characters_in_both(
    some: list[tuple[int, int]], others: list[tuple[int, int]]
) -> None:
    def characters(ranges: list[tuple[int, int]]) -> set[int]:
        return {place for start, end in ranges for place in range(start, end)}

    assert figures.overlap(figures.union(some), figures.union(others)) == len(
        characters(some) & characters(others)
    )
    assert characters(figures.union(some)) == characters(some)


def test_an_interval_holds_the_figure_and_is_the_same_every_time() -> None:
    values = [number % 3 == 0 for number in range(60)]
    measures = {"share": Measure(np.arange(60), figures.mean(values))}
    groups = [str(number // 3) for number in range(60)]
    found = figures.estimate(measures, groups)["share"]
    assert found == figures.estimate(measures, groups)["share"]
    assert found.value == pytest.approx(1 / 3)
    # each group has one of three: whole groups resampled, nothing varies
    assert found.low == pytest.approx(found.value) == pytest.approx(found.high)
    alone = figures.estimate(measures, [str(n) for n in range(60)])["share"]
    assert alone.low < alone.value < alone.high
    assert alone.questions == 60


def test_an_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    chance = np.random.default_rng(3)
    covered = 0
    for _ in range(60):
        groups = np.repeat(np.arange(40), 5)
        values = chance.random(200) < np.repeat(chance.beta(6, 4, 40), 5)
        found = figures.estimate(
            {"share": Measure(np.arange(200), figures.mean(values))}, [str(g) for g in groups]
        )["share"]
        covered += found.low <= 0.6 <= found.high
    assert 50 <= covered <= 60


def test_a_figure_over_nothing_is_left_out() -> None:
    nothing = Measure(np.array([], np.int64), figures.mean([]))
    one_sort = Measure(np.arange(2), figures.auroc([1, 2], [True, True]))
    assert figures.estimate({"nothing": nothing, "one": one_sort}, ["a", "b"]) == {}
