"""The benchmark that leaves out one rule at a time names rules that are there."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

import pytest

from rag.settings import Settings


def test_each_rule_and_setting_that_an_ablation_changes_is_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.syspath_prepend(Path(__file__).parent.parent / "benchmarks")
    ablations = import_module("ablations")
    # Its like-named neighbours must not be found by other tests.
    for name in ("ablations", "evaluate"):
        monkeypatch.delitem(sys.modules, name)
    for variation in ablations.VARIATIONS:
        assert variation.settings or variation.rule, variation.name
        assert variation.settings.keys() <= set(Settings.__slots__), variation.name
        if variation.rule:
            module, _, name = variation.rule.rpartition(".")
            assert hasattr(import_module(module), name), variation.name
