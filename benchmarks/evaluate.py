"""Quality and speed on public questions: the figures of every release.

    python benchmarks/evaluate.py
    python benchmarks/evaluate.py squad2_dev --limit 600 --half tune

Without names all sets are asked. Each adds a line to ``results/suite.jsonl``. Settings are the
defaults, questions those of the held-out half of the articles, unless ``--half`` says otherwise.
Corpora are unpacked and indexed under ``--work`` once. docs/evaluation.md tells what the figures
mean, and which sets the shipped reader has seen.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import rag
from rag.cli_progress import progress_bar
from rag.evaluation.question_files import read_questions
from rag.evaluation.record import label, shown, summary

HERE = Path(__file__).parent
DATA = HERE.parent.parent / "shared" / "data"
FOREIGN = "nq_open_dev"


class Set(NamedTuple):
    """A public set: which part of it to ask, and whether with questions from elsewhere."""

    part: str = ""
    foreign: bool = False
    seen: str = "not seen in training"


SETS = {
    "squad2_dev": Set(foreign=True, seen='its half "tune" was trained on'),
    "policyqa": Set("test", foreign=True, seen='its part "dev" was trained on'),
    "trecqa": Set(foreign=True),
    "selqa_dev": Set(seen="trained on: not held out"),
    "qed_train": Set(seen="half of its questions were trained on: not held out"),
    "orsharc": Set(seen="read in training, without its labels"),
    "medquad": Set(seen="a fifth was read in training, without its labels"),
}
SHOWN = (
    "passage_1", "document_1", "first_quote", "three_quotes", "evidence_f1", "answered",
    "foreign_refused", "foreign_auroc", "adversarial_auroc", "total_p50_ms", "total_p95_ms",
)  # fmt: skip


def main() -> None:
    options = arguments()
    results = []
    for name in options.sets or SETS:
        print(f"\n{name}: {SETS[name].seen}", flush=True)
        with progress_bar() as progress:
            evaluation = rag.evaluate(
                list(questions(options.data, name)),
                corpus=options.data / f"{name}.corpus.jsonl",
                index=options.work,
                limit=options.limit,
                seed=options.seed,
                half=None if options.half == "all" else options.half,
                progress=progress,
            )
        for key, figure in evaluation.figures.items():
            value, interval = shown(figure, key)
            print(f"  {label(key):54}{value:>8}  {interval:>14}  {figure.questions:5}")
        result = summary(evaluation) | {"seen": SETS[name].seen, "seed": options.seed}
        results.append(result)
        options.record.parent.mkdir(parents=True, exist_ok=True)
        with options.record.open("a", encoding="utf-8") as file:
            file.write(json.dumps(result, ensure_ascii=False) + "\n")
    print(f"\n{table(results)}\nwritten to {options.record}")


def questions(data: Path, name: str) -> Iterator[rag.Question]:
    """The part of a set that is asked, and questions from elsewhere."""
    chosen = SETS[name]
    paths = [data / f"{name}.questions.jsonl"]
    if chosen.foreign:
        paths.append(data / f"{FOREIGN}.questions.jsonl")
    for question in read_questions(paths, max_chars=1000):
        if chosen.part in ("", question.part) or question.document is None:
            yield question


def table(results: list[dict[str, object]]) -> str:
    """The main figures in Markdown, a row a set."""
    lines = [
        "| set | half | " + " | ".join(SHOWN) + " |",
        "|---|---|" + "---:|" * len(SHOWN),
    ]
    for result in results:
        cells = []
        for name in SHOWN:
            figure = result["figures"].get(name)  # type: ignore[attr-defined]
            if figure is None:
                cells.append("")
            elif name.endswith("_ms"):
                cells.append(f"{figure['value']:.0f}")
            else:
                cells.append(f"{figure['value']:.3f} ({figure['low']:.3f}–{figure['high']:.3f})")
        lines.append(f"| {result['dataset']} | {result['half']} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("sets", nargs="*", help=f"default all of {', '.join(SETS)}")
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the question sets")
    parser.add_argument(
        "--work",
        type=Path,
        default=Path(tempfile.gettempdir()) / "rag-evaluation",
        help="folder that keeps the corpora and their indexes",
    )
    parser.add_argument("--record", type=Path, default=HERE / "results" / "suite.jsonl")
    parser.add_argument("--limit", type=int, default=300, help="questions of each kind in a set")
    parser.add_argument("--half", choices=["report", "tune", "all"], default="report")
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    if unknown := set(options.sets) - set(SETS):
        parser.error(f"no such set: {', '.join(sorted(unknown))}")
    return options


if __name__ == "__main__":
    main()
