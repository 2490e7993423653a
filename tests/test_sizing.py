"""docs/sizing.md follows from its unit costs, docs/scale.md from what was measured."""

from __future__ import annotations

import importlib.util
import json
import re
from collections.abc import Callable
from types import ModuleType

import pytest
from conftest import ROOT

from rag.cluster import cluster
from rag.models.encoder import OnnxEncoder

TEXT = (ROOT / "docs" / "sizing.md").read_text(encoding="utf-8")


def unit(pattern: str) -> float:
    (found,) = re.findall(rf"^\| {pattern}", TEXT, re.MULTILINE)
    return float(found.replace(",", ""))


TEXT_BYTES = unit(r"a passage's text \| (\d+) bytes")
READ = unit(r"read plain text \| ([\d.]+) MB") * 1e6
SPLIT = unit(r"split it \| ([\d.]+) MB") * 1e6
ENCODE = unit(r"encode \(default encoder\) \| (\d+) passages")
WRITE_S = unit(r"write the index \| (\d+) s a million") / 1e6
DISK = unit(r"the index on disk \| ([\d.]+) KB") * 1e3
VECTOR = unit(r"of it, the vector \| ([\d,]+) bytes")
BUILD = unit(r"memory to build \| ([\d.]+) KB") * 1e3
SERVE = unit(r"memory to serve \| ([\d.]+) KB") * 1e3
SHARD = unit(r"a shard \| ([\d.]+) KB") * 1e3

ROWS: dict[str, Callable[[float], float]] = {
    "text": lambda n: n * TEXT_BYTES,
    "reading, core-hours": lambda n: n * TEXT_BYTES * (1 / READ + 1 / SPLIT) / 3600,
    "encoding, core-hours": lambda n: n / ENCODE / 3600,
    "writing, hours of one process": lambda n: n * WRITE_S / 3600,
    "disk, one generation": lambda n: n * DISK,
    "of it vectors": lambda n: n * VECTOR,
    "shards": lambda n: n * SHARD,
    "number of shards": lambda n: n * TEXT_BYTES / 0.5e6,
    "build memory": lambda n: n * BUILD,
    "serve memory": lambda n: n * SERVE,
    "cores to encode in 8 hours": lambda n: n / ENCODE / 3600 / 8,
}
_SIZES = {"": 1.0, "GB": 1e9, "TB": 1e12}


@pytest.mark.parametrize("row", ROWS)
def test_a_figure_follows_from_the_unit_costs(row: str) -> None:
    (cells,) = re.findall(rf"^\| {re.escape(row)} \| (.*) \|$", TEXT, re.MULTILINE)
    shown = cells.split(" | ")
    assert len(shown) == 3
    for passages, cell in zip((1e6, 1e8, 1e10), shown, strict=True):
        number, _, size = cell.replace(",", "").partition(" ")
        step = 10.0 ** -len(number.partition(".")[2])
        told, expected = float(number), ROWS[row](passages) / _SIZES[size]
        # Rounded to what is shown; whole cores are rounded up where it is less than one.
        assert abs(told - expected) <= max(step / 2 * 1.001, 0.005 * expected) or (
            row.startswith("cores") and 0 < expected < told == 1
        ), f"{cell}: {expected:.3f}"


def test_the_unit_costs_that_the_code_decides_are_the_codes() -> None:
    assert 4 * OnnxEncoder.dimension == VECTOR
    assert cluster._BYTES == 0.5e6


@pytest.fixture(scope="module")
def plot() -> ModuleType:
    """benchmarks/scale_plot.py, which is in no package."""
    path = ROOT / "benchmarks" / "scale_plot.py"
    spec = importlib.util.spec_from_file_location("scale_plot", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_table_and_the_picture_of_growth_are_those_of_the_figures(plot: ModuleType) -> None:
    figures = ROOT / "benchmarks" / "results" / "scale.json"
    rows = json.loads(figures.read_text(encoding="utf-8"))
    told = (ROOT / "docs" / "scale.md").read_text(encoding="utf-8")
    assert f"\n\n{plot.tables(rows)}\n\n" in told
    assert (ROOT / "docs" / "scale.svg").read_text(encoding="utf-8") == plot.svg(rows)


def test_growth_is_told_for_ten_times_as_many(plot: ModuleType) -> None:
    assert plot._growth([1_000, 100_000], [2.0, 18.0]) == pytest.approx(3.0)
    assert plot._growth([50, 500, 5_000], [7.0, 8.0, 7.0]) == 1.0
