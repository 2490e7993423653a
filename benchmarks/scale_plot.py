"""The figures of scale.py as tables for docs/scale.md and as a picture. Nothing is measured here.

    python benchmarks/scale_plot.py benchmarks/results/scale.json docs/scale.svg

Prints the tables and writes the picture.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from rag.ui.markup import Html, element

Row = dict[str, Any]
Line = tuple[str, str, float]
"""What a table's line is called, the figure, and what it is multiplied by."""

PASSAGES: tuple[Line, ...] = (
    ("build, without encoding (s)", "build_seconds", 1),
    ("most memory of a build (MB)", "build_peak_bytes", 1e-6),
    ("disk (MB)", "disk_bytes", 1e-6),
    ("start (s)", "start_s", 1),
    ("both searches and their fusion, p50 (ms)", "retrieval_p50_ms", 1),
    ("p95 (ms)", "retrieval_p95_ms", 1),
    ("memory of its own, without models (MB)", "own_bytes", 1e-6),
    ("with what is mapped and has been used (MB)", "resident_bytes", 1e-6),
    ("a server with models and page: start (s)", "server_start_s", 1),
    ("its own memory (MB)", "server_own_bytes", 1e-6),
    ("all it holds, mapped and used (MB)", "server_resident_bytes", 1e-6),
    ("one file changed (s)", "one_file_changed_seconds", 1),
)
VECTORS: tuple[Line, ...] = (
    ("write (s)", "write_s", 1),
    ("measure what is found (s)", "measure_s", 1),
    ("most memory of its own meanwhile (MB)", "peak_own_bytes", 1e-6),
    ("disk (MB)", "disk_bytes", 1e-6),
    ("search, p50 (ms)", "search_p50_ms", 1),
    ("p95 (ms)", "search_p95_ms", 1),
    ("memory of its own (MB)", "own_bytes", 1e-6),
    ("with what is mapped and has been used (MB)", "resident_bytes", 1e-6),
)
FOUND = ".985 of the ten nearest: found"
PANELS: tuple[tuple[str, tuple[Line, ...], tuple[Line, ...]], ...] = (
    (
        "Build (s)",
        (("build", "build_seconds", 1), ("one file changed", "one_file_changed_seconds", 1)),
        (("vectors alone", "write_s", 1),),
    ),
    (
        "Memory (MB)",
        (
            ("build", "build_peak_bytes", 1e-6),
            ("server, with mapped", "server_resident_bytes", 1e-6),
            ("server, its own", "server_own_bytes", 1e-6),
        ),
        (("vectors alone", "peak_own_bytes", 1e-6),),
    ),
    (
        "Disk (MB)",
        (("index", "disk_bytes", 1e-6),),
        (("vectors alone", "disk_bytes", 1e-6),),
    ),
    (
        "Retrieval (ms)",
        (("p95", "retrieval_p95_ms", 1), ("p50", "retrieval_p50_ms", 1)),
        (("vectors alone, p50", "search_p50_ms", 1),),
    ),
)
_WIDTH, _HEIGHT = 460, 280  # of a panel
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 150, 40, 44
_LABEL = 15  # between two names of lines
_STYLE = """
:root { color-scheme: light dark; --ink: #1c2025; --quiet: #575e67; --line: #d5d1c6;
  --a: #0a5a6a; --b: #a34a00; --c: #6b4a8a; --paper: #fdfcfa; }
@media (prefers-color-scheme: dark) { :root { --ink: #e9e7e2; --quiet: #a5abb2; --line: #394047;
  --a: #7fc8d6; --b: #f0a060; --c: #c3a6e0; --paper: #1c2024; } }
text { font: 13px system-ui, sans-serif; fill: var(--quiet); }
.title { font-size: 15px; font-weight: 600; fill: var(--ink); } .end { text-anchor: end; }
.middle { text-anchor: middle; }
.name { stroke: var(--paper); stroke-width: 4; paint-order: stroke; }
.paper { fill: var(--paper); } .grid { stroke: var(--line); }
polyline { fill: none; stroke-width: 2; } circle { stroke-width: 2; }
.a { stroke: var(--a); } .b { stroke: var(--b); stroke-dasharray: 7 4; }
.c { stroke: var(--c); stroke-dasharray: 2 4; } .v { stroke: var(--quiet); fill: var(--paper); }
circle.a { fill: var(--a); } circle.b { fill: var(--b); stroke-dasharray: none; }
circle.c { fill: var(--c); stroke-dasharray: none; }
"""


def main() -> None:
    figures, picture = map(Path, sys.argv[1:])
    rows = json.loads(figures.read_text(encoding="utf-8"))
    picture.write_text(svg(rows), encoding="utf-8")
    print(tables(rows))


def size(row: Row) -> int:
    """How many passages or vectors a run had."""
    return int(row.get("build_passages") or row["vectors"])


def of(rows: Sequence[Row], *, vectors: bool) -> list[Row]:
    """The runs with vectors alone, or the others; the smallest first."""
    return sorted((row for row in rows if ("vectors" in row) == vectors), key=size)


def tables(rows: Sequence[Row]) -> str:
    """Markdown: a table of the runs with passages, and one of those with vectors alone."""
    parts = []
    for head, lines, vectors in (("passages", PASSAGES, False), ("vectors", VECTORS, True)):
        if runs := of(rows, vectors=vectors):
            parts.append(_table(head, lines, runs))
    return "\n\n".join(parts)


def _table(head: str, lines: Sequence[Line], runs: Sequence[Row]) -> str:
    grown = len(runs) > 1
    blank = [""] * grown
    cells = [[head, *(f"{size(row):,}" for row in runs), *["ten times as many"] * grown]]
    for name, key, scale in lines:
        values = [row[key] * scale for row in runs]
        cells.append([name, *map(_shown, values)])
        if grown:
            cells[-1].append(f"× {_shown(_growth([*map(size, runs)], values))}")
    cells.append([FOUND, *map(_recall, runs), *blank])
    cells.append(["measured", *(row["date"] for row in runs), *blank])
    loads = (f"{min(row['load']):.1f} to {max(row['load']):.1f}" for row in runs)
    cells.append(["load of two cores meanwhile", *loads, *blank])
    told = ["| " + " | ".join(row) + " |" for row in cells]
    return "\n".join([told[0], "|---" * len(cells[0]) + "|", *told[1:]])


def _growth(sizes: Sequence[float], values: Sequence[float]) -> float:
    """By how much it grows with ten times as many, from the smallest run to the largest."""
    return float((values[-1] / values[0]) ** (1 / math.log10(sizes[-1] / sizes[0])))


def _shown(value: float) -> str:
    """Two digits at least, and no more than are worth reading."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 1 else f"{value:.2g}"


def _recall(row: Row) -> str:
    if row["recall"] is None or row["probes"] == 1:
        return "1 (exact)"
    return f"{row['recall']:.3f}".removeprefix("0")


def svg(rows: Sequence[Row]) -> str:
    """A picture of how each figure grows, both axes in powers of ten."""
    marks = []
    for number, (title, lines, alone) in enumerate(PANELS):
        x, y = number % 2 * _WIDTH, number // 2 * _HEIGHT
        marks.append(
            element("g", *_panel(title, lines, alone, rows), transform=f"translate({x} {y})")
        )
    told = "; ".join(
        f"{name}: " + ", ".join(_shown(row[key] * scale) for row in of(rows, vectors=False))
        for name, key, scale in PASSAGES
    )
    counts = ", ".join(f"{size(row):,}" for row in of(rows, vectors=False))
    return (
        element(
            "svg",
            element("title", "How an index in a folder grows", id="title"),
            element("desc", f"At {counts} passages. {told}.", id="desc"),
            element("style", Html(_STYLE)),
            element("rect", width="100%", height="100%", class_="paper"),
            *marks,
            xmlns="http://www.w3.org/2000/svg",
            viewBox=f"0 0 {2 * _WIDTH} {len(PANELS) // 2 * _HEIGHT}",
            role="img",
            aria_labelledby="title desc",
        )
        + "\n"
    )


def _panel(
    title: str, lines: Sequence[Line], alone: Sequence[Line], rows: Sequence[Row]
) -> list[Html]:
    drawn = [
        (name, style, [(size(row), row[key] * scale) for row in of(rows, vectors=style == "v")])
        for (name, key, scale), style in [
            *zip(lines, "abc", strict=False),
            *((s, "v") for s in alone),
        ]
    ]
    drawn = [line for line in drawn if line[2]]
    points = [point for _, _, line in drawn for point in line]
    across = _scale([x for x, _ in points], _LEFT, _WIDTH - _RIGHT)
    up = _scale([y for _, y in points], _HEIGHT - _BOTTOM, _TOP)
    middle = (_LEFT + _WIDTH - _RIGHT) // 2
    marks = [
        element("text", title, x=_LEFT, y=22, class_="title"),
        element("text", "passages", x=middle, y=_HEIGHT - 9, class_="middle"),
    ]
    for ten in _tens([x for x, _ in points]):
        at = round(across(ten))
        marks += [
            element("line", x1=at, x2=at, y1=_TOP, y2=_HEIGHT - _BOTTOM, class_="grid"),
            element("text", _ten(ten), x=at, y=_HEIGHT - _BOTTOM + 18, class_="middle"),
        ]
    for ten in _tens([y for _, y in points]):
        at = round(up(ten))
        marks += [
            element("line", x1=_LEFT, x2=_WIDTH - _RIGHT, y1=at, y2=at, class_="grid"),
            element("text", _ten(ten), x=_LEFT - 8, y=at + 4, class_="end"),
        ]
    names, below = [], -math.inf
    for name, style, line in sorted(drawn, key=lambda line: up(line[2][-1][1])):
        places = [(round(across(x)), round(up(y))) for x, y in line]
        path = " ".join(f"{x} {y}" for x, y in places)
        marks.append(element("polyline", points=path, class_=style))
        marks += [element("circle", cx=x, cy=y, r=4, class_=style) for x, y in places]
        below = max(below + _LABEL, places[-1][1] + 4)
        x = places[-1][0] + 10
        names.append(element("text", name, x=x, y=round(below), class_="name"))
    return [*marks, *names]


def _tens(values: Sequence[float]) -> list[float]:
    """The powers of ten from the one below the least to the one above the most."""
    low, high = (math.log10(value) for value in (min(values), max(values)))
    return [10.0**power for power in range(math.floor(low + 1e-3), math.ceil(high - 1e-3) + 1)]


def _scale(values: Sequence[float], start: int, end: int) -> Callable[[float], float]:
    low, high = (math.log10(ten) for ten in (_tens(values)[0], _tens(values)[-1]))
    return lambda value: start + (math.log10(value) - low) / (high - low) * (end - start)


def _ten(value: float) -> str:
    if value >= 1e6:
        return f"{value / 1e6:g} million"
    return f"{value:,.0f}" if value >= 1 else f"{value:g}"


if __name__ == "__main__":
    main()
