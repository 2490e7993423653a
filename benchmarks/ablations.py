"""What each setting is worth: one changed at a time, the same questions asked, the difference told.

    python benchmarks/ablations.py [--set squad2_dev] [--limit 150] [--half tune] [--only rerank]

Prints a Markdown table. Differences are paired: their 95 % intervals resample whole articles of
both runs together, so that an interval without 0 in it is a difference. Choose on the half
"tune"; the half "report" is for figures that are published.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple
from unittest import mock

import numpy as np
from evaluate import DATA, SETS, questions

from rag.cli_progress import progress_bar
from rag.document import Document, Sentence
from rag.evaluation import figures
from rag.evaluation.count import measures, resampled
from rag.evaluation.material import opened
from rag.evaluation.results import Figure, Outcome
from rag.evaluation.run import evaluate
from rag.searched import Searched, searched
from rag.settings import load_settings


class Variation(NamedTuple):
    """Settings that differ from the defaults, or a rule without a setting that is replaced."""

    name: str
    settings: dict[str, float]
    rule: str = ""
    """Where it stands."""
    replaced: Callable[[], object] = frozenset
    indexed: bool = False
    """Whether the rule makes another index."""


def without_titles() -> Callable[..., Searched]:
    """How a passage would be searched without the line of its title and section.

    The readers' own view of it, in `rag.retrieve`, stays as it is.
    """

    def bare(document: Document, sentences: Sequence[Sentence]) -> Searched:
        text = searched(document, sentences)
        return replace(text, text=text.text.partition("\n")[2])

    return bare


VARIATIONS = (
    Variation(
        "no titles and headings", {}, "rag.index.write.searched", without_titles, indexed=True
    ),
    Variation("passage_chars 500", {"passage_chars": 500}),
    Variation("passage_chars 1500", {"passage_chars": 1500}),
    Variation("candidates 20", {"candidates": 20}),
    Variation("candidates 100", {"candidates": 100}),
    Variation("fusion_k 1", {"fusion_k": 1}),
    Variation("fusion_k 60", {"fusion_k": 60}),
    Variation("rerank 4", {"rerank": 4, "read": 4}),
    Variation("rerank 16", {"rerank": 16}),
    Variation("certain 1", {"certain": 1.0}),
    Variation("read 1", {"read": 1}),
    Variation("read 3", {"read": 3}),
    Variation("read_margin 3", {"read_margin": 3.0}),
    Variation("margin 2.5", {"margin": 2.5}),
    Variation("merge_margin 0", {"merge_margin": 0.0}),
    Variation("passage_weight 0", {"passage_weight": 0.0}),
    Variation("no widening of leaning openings", {}, "rag.widen._LEANING"),
)
SHOWN = (
    "passage_1", "passage_5", "first_quote", "first_quote_unthresholded", "three_quotes",
    "evidence_f1", "foreign_auroc", "adversarial_auroc", "aurc", "total_p50_ms",
)  # fmt: skip


def main() -> None:
    options = arguments()
    base = asked(options, Variation("as shipped", {}))
    print(row("as shipped", values(base), head=True), flush=True)
    for variation in chosen(options.only):
        other = asked(options, variation)
        different = differences(base, other)
        print(row(variation.name, [shown_difference(n, different) for n in SHOWN]), flush=True)


def chosen(names: Sequence[str] | None) -> Iterator[Variation]:
    """The variations whose name begins with one of these words; all of them without any."""
    for variation in VARIATIONS:
        if not names or any(variation.name.startswith(name) for name in names):
            yield variation


def asked(options: argparse.Namespace, variation: Variation) -> tuple[Outcome, ...]:
    """Every question's outcome under a variation. Only one of passage_chars embeds anew."""
    settings = replace(load_settings(), **variation.settings)  # type: ignore[arg-type]
    with ExitStack() as stack:
        if variation.rule:
            stack.enter_context(mock.patch(variation.rule, variation.replaced()))
        progress = stack.enter_context(progress_bar())
        material = stack.enter_context(
            opened(
                list(questions(options.data, options.set)),
                corpus=options.data / f"{options.set}.corpus.jsonl",
                index=options.work / "other" if variation.indexed else options.work,
                settings=settings,
                limit=options.limit,
                seed=options.seed,
                half=options.half,
                progress=progress,
            )
        )
        return evaluate(material, progress).outcomes


def values(outcomes: Sequence[Outcome]) -> list[str]:
    """The figures themselves, without intervals."""
    found = measures(outcomes)
    cells = []
    for name in SHOWN:
        value = found[name].statistic(np.ones(len(found[name].among)))
        cells.append("" if np.isnan(value) else f"{value:.{0 if name.endswith('_ms') else 3}f}")
    return cells


def differences(base: Sequence[Outcome], other: Sequence[Outcome]) -> dict[str, Figure]:
    """Each figure of the other run less that of the base, on the very same questions."""
    if [o.question.id for o in base] != [o.question.id for o in other]:
        raise ValueError("the two runs asked different questions")
    groups, _, _ = resampled(base)
    before, after = measures(base), measures(other)

    def less(name: str) -> figures.Statistic:
        new, old = after[name].statistic, before[name].statistic
        return lambda weights: new(weights) - old(weights)

    paired = {
        name: figures.Measure(before[name].among, less(name))
        for name in SHOWN
        if name in before and len(before[name].among) == len(after[name].among)
    }
    return figures.estimate(paired, groups)


def shown_difference(name: str, found: dict[str, Figure]) -> str:
    """The difference and its interval, in bold where 0 lies outside."""
    if name not in found:
        return ""
    value, low, high = found[name][:3]
    text = (
        f"{value:+.0f} ({low:+.0f} to {high:+.0f})"
        if name.endswith("_ms")
        else f"{value:+.3f} ({low:+.3f} to {high:+.3f})"
    )
    return f"**{text}**" if low > 0 or high < 0 else text


def row(name: str, cells: Sequence[str], *, head: bool = False) -> str:
    line = f"| {name} | {' | '.join(cells)} |"
    if not head:
        return line
    return f"| variation | {' | '.join(SHOWN)} |\n|---|{'---:|' * len(SHOWN)}\n{line}"


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("--set", choices=list(SETS), default="squad2_dev")
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the question sets")
    parser.add_argument(
        "--work",
        type=Path,
        default=Path(tempfile.gettempdir()) / "rag-ablations",
        help="folder that keeps the corpora and their indexes",
    )
    parser.add_argument("--limit", type=int, default=150, help="questions of each kind")
    parser.add_argument("--half", choices=["report", "tune"], default="tune")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--only", nargs="*", help="variations whose names begin so")
    return parser.parse_args()


if __name__ == "__main__":
    main()
