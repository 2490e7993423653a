"""Pictures of an evaluation: inline SVG, drawn by numbers alone, each with its numbers as a table.

Colours come from the report's style sheet. Two series never differ by colour alone: one is
filled or solid, the other hollow or dashed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rag.evaluation.results import Figure
from rag.ui.markup import Html, element, join

_WIDTH, _HEIGHT = 560, 260
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 12, 12, 40
_BINS = 20


def risk_coverage_plot(curve: Sequence[tuple[float, float, float]], threshold: float) -> Html:
    """The share of wrong answers against the share of questions answered."""
    most = _ceiling(max(risk for _, _, risk in curve))
    points = " ".join(f"{_x(coverage):.1f},{_y(risk / most):.1f}" for _, coverage, risk in curve)
    marks = [element("polyline", points=points, class_="line")]
    caption = "Each point is a threshold. Lower is better: fewer of the answers are wrong."
    at = [point for point in curve if point[0] >= threshold]
    if at:
        _, coverage, risk = at[-1]
        marks.append(element("circle", cx=f"{_x(coverage):.1f}", cy=f"{_y(risk / most):.1f}", r=5))
        caption += (
            f" The dot is the threshold in use, {threshold:g}: {coverage:.1%} of the questions "
            f"are answered, {risk:.1%} of those wrongly."
        )
    step = max(1, len(curve) // 10)
    rows = [(f"{c:.3f}", f"{r:.3f}", f"{t:.3f}") for t, c, r in [*curve[:-1:step], curve[-1]]]
    return _figure(
        "risk",
        "Risk and coverage",
        caption,
        [*_axes("share of questions answered", "wrong", most), *marks],
        _table(("answered", "wrong", "threshold"), rows),
    )


def scores_plot(answerable: Sequence[float], others: Sequence[float], threshold: float) -> Html:
    """How the evidence scores of questions with and without an answer are spread."""
    spread = [_binned(scores) for scores in (answerable, others)]
    most = _ceiling(max(max(shares) for shares in spread))
    width = (_WIDTH - _LEFT - _RIGHT) / _BINS
    bars = []
    for series, shares in enumerate(spread):
        for number, share in enumerate(shares):
            top = _y(share / most)
            bars.append(
                element(
                    "rect",
                    x=f"{_LEFT + (number + 0.08 + 0.44 * series) * width:.1f}",
                    y=f"{top:.1f}",
                    width=f"{0.4 * width:.1f}",
                    height=f"{_HEIGHT - _BOTTOM - top:.1f}",
                    class_=("full", "hollow")[series],
                )
            )
    line = element(
        "line", x1=f"{_x(threshold):.1f}", x2=f"{_x(threshold):.1f}", y1=_TOP,
        y2=_HEIGHT - _BOTTOM, class_="threshold",
    )  # fmt: skip
    rows = [
        (f"{n / _BINS:.2f}–{(n + 1) / _BINS:.2f}", f"{spread[0][n]:.3f}", f"{spread[1][n]:.3f}")
        for n in range(_BINS)
    ]
    return _figure(
        "scores",
        "Scores",
        f"Filled: questions with an answer ({len(answerable)}). Hollow: without one "
        f"({len(others)}). What is left of the line, {threshold:g}, is refused.",
        [*_axes("evidence of the best sentence", "share", most), *bars, line],
        _table(("score", "with an answer", "without"), rows),
    )


def latency_plot(figures: Mapping[str, Figure]) -> Html:
    """Median and 95th percentile of each stage of a question."""
    stages = [name.removesuffix("_p50_ms") for name in figures if name.endswith("_p50_ms")]
    times = [(s, figures[f"{s}_p50_ms"].value, figures[f"{s}_p95_ms"].value) for s in stages]
    most = max(1e-9, *(high for _, _, high in times))
    left, row = 90, 34
    marks = []
    for number, (stage, middle, high) in enumerate(times):
        y = 8 + number * row
        long, short = (value / most * (_WIDTH - left - 150) for value in (high, middle))
        marks += [
            element("text", stage, x=left - 8, y=y + 16, class_="end"),
            element("rect", x=left, y=y, width=f"{long:.1f}", height=22, class_="hollow"),
            element("rect", x=left, y=y + 4, width=f"{short:.1f}", height=14, class_="full"),
            element("text", f"{middle:.0f} / {high:.0f} ms", x=f"{left + long + 8:.1f}", y=y + 16),
        ]
    return _figure(
        "latency",
        "Time a question takes",
        "Filled: the median. Hollow: the 95th percentile. Questions were asked one at a time.",
        marks,
        _table(("stage", "median (ms)", "95th percentile (ms)"),
               [(s, f"{m:.1f}", f"{h:.1f}") for s, m, h in times]),
        height=16 + row * len(times),
    )  # fmt: skip


def _figure(
    name: str, title: str, caption: str, marks: Sequence[Html], table: Html, height: int = _HEIGHT
) -> Html:
    picture = element(
        "svg",
        element("title", title, id=f"{name}-title"),
        element("desc", caption, id=f"{name}-desc"),
        *marks,
        viewBox=f"0 0 {_WIDTH} {height}",
        role="img",
        aria_labelledby=f"{name}-title {name}-desc",
    )
    return element(
        "figure",
        element("h3", title),
        picture,
        element("figcaption", caption),
        element("details", element("summary", "The numbers"), table),
    )


def _axes(across: str, up: str, most: float) -> list[Html]:
    """Lines at quarters, and what both directions mean; up ends at ``most``."""
    bottom = _HEIGHT - _BOTTOM
    marks = []
    for quarter in range(5):
        share = quarter / 4
        y, x = f"{_y(share):.1f}", f"{_x(share):.1f}"
        marks += [
            element("line", x1=_LEFT, x2=_WIDTH - _RIGHT, y1=y, y2=y, class_="grid"),
            element("text", f"{share * most:.3g}", x=_LEFT - 6, y=f"{_y(share) + 4:.1f}",
                    class_="end"),
            element("text", f"{share:g}", x=x, y=bottom + 16, class_="middle"),
        ]  # fmt: skip
    middle = (_LEFT + _WIDTH - _RIGHT) / 2
    return [
        *marks,
        element("text", across, x=f"{middle:.1f}", y=_HEIGHT - 6, class_="middle"),
        element("text", up, x=4, y=f"{_TOP + (bottom - _TOP) / 2 - 12:.1f}"),
    ]


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Html:
    return element(
        "table",
        element("thead", element("tr", *(element("th", name, scope="col") for name in head))),
        element(
            "tbody",
            *(element("tr", join(element("td", cell) for cell in row)) for row in rows),
        ),
    )


def _binned(scores: Sequence[float]) -> list[float]:
    """The share of these scores in each of the bins from 0 to 1."""
    counts = [0] * _BINS
    for score in scores:
        counts[min(_BINS - 1, int(score * _BINS))] += 1
    return [count / max(1, len(scores)) for count in counts]


def _ceiling(value: float) -> float:
    """A round number at or above the value: the axis ends there."""
    return next((at for at in (0.01, 0.02, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8) if value <= at), 1.0)


def _x(share: float) -> float:
    return _LEFT + share * (_WIDTH - _LEFT - _RIGHT)


def _y(share: float) -> float:
    return _HEIGHT - _BOTTOM - share * (_HEIGHT - _TOP - _BOTTOM)
