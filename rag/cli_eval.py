"""``rag eval`` and ``rag calibrate``: what they take and print."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from rag.cli_progress import progress_bar
from rag.cli_text import one_line
from rag.errors import EvaluationError, RagError

if TYPE_CHECKING:
    from rag.evaluation.questions import Half
    from rag.evaluation.results import Calibration, Evaluation

NO_RECOMMENDATION = 3
"""Exit code of ``rag calibrate`` where no threshold can be recommended."""

QuestionsArgument = Annotated[
    list[Path], typer.Argument(help="Files of questions: CSV or JSON lines.", show_default=False)
]
CorpusOption = Annotated[
    str | None,
    typer.Option(
        "--corpus", help="Folder of documents, or NAME.corpus.jsonl, to index for this alone."
    ),
]
IndexOption = Annotated[
    str | None,
    typer.Option(
        "--index", help="The index to ask; with --corpus, where to keep it.  [default: index]"
    ),
]
LimitOption = Annotated[
    int | None, typer.Option("--limit", min=1, help="Ask at most so many questions of each kind.")
]
SeedOption = Annotated[int, typer.Option("--seed", help="Which questions --limit chooses.")]


def eval_command(
    questions: QuestionsArgument,
    corpus: CorpusOption = None,
    index: IndexOption = None,
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Write everything to this new file.")
    ] = None,
    html_file: Annotated[
        Path | None, typer.Option("--html", help="Write a report to this new file.")
    ] = None,
    record: Annotated[
        Path | None, typer.Option("--record", help="Append the figures to this file, as a line.")
    ] = None,
    limit: LimitOption = None,
    seed: SeedOption = 7,
    half: Annotated[
        str | None,
        typer.Option("--half", help="Ask of half the articles: tune or report.", metavar="HALF"),
    ] = None,
) -> None:
    """Ask questions whose answers are known, and tell how many came out right."""
    import rag

    for path in (json_file, html_file):
        if path is not None and path.exists():
            raise EvaluationError(f"{path} exists and is not overwritten; name another file")
    with progress_bar() as progress:
        evaluation = rag.evaluate(
            questions,
            corpus=corpus,
            index=index,
            limit=limit,
            seed=seed,
            half=cast("Half | None", half),
            progress=progress,
        )
    _print_evaluation(evaluation)
    from rag.evaluation.record import summary, to_dict

    if json_file is not None:
        text = json.dumps(to_dict(evaluation), ensure_ascii=False, indent=2) + "\n"
        _write(json_file, lambda: _new(json_file, text))
    if html_file is not None:
        from rag.evaluation.report_html import report_html

        page = report_html(evaluation)
        _write(html_file, lambda: _new(html_file, page))
    if record is not None:
        line = json.dumps(summary(evaluation), ensure_ascii=False) + "\n"
        _write(record, lambda: _append(record, line))


def calibrate_command(
    questions: QuestionsArgument,
    corpus: CorpusOption = None,
    index: IndexOption = None,
    target: Annotated[
        str | None,
        typer.Option(
            "--target",
            metavar="SHARE",
            help="answer=.95 or refuse=.95.  [default: the best sum of both shares]",
        ),
    ] = None,
    limit: LimitOption = None,
    seed: SeedOption = 7,
) -> None:
    """Choose the refusal threshold on your own questions; exit code 3 means none can be advised."""
    import rag

    with progress_bar() as progress:
        found = rag.calibrate(
            questions,
            corpus=corpus,
            index=index,
            target=target,
            limit=limit,
            seed=seed,
            progress=progress,
        )
    _print_calibration(found)
    if found.threshold is None:
        raise typer.Exit(NO_RECOMMENDATION)


def _print_evaluation(evaluation: Evaluation) -> None:
    from rich.console import Console
    from rich.table import Table

    from rag.evaluation.record import label, shown

    table = Table("figure", box=None)
    for name in ("value", "95 % interval", "questions"):
        table.add_column(name, justify="right")
    for name, figure in evaluation.figures.items():
        table.add_row(label(name), *shown(figure, name), str(figure.questions))
    Console(markup=False, highlight=False).print(table)
    asked = evaluation.counts
    print()
    print(
        f"{one_line(evaluation.dataset)}, {evaluation.half} articles: {asked['answerable']} "
        f"questions with an answer ({asked['located']} with its place), {asked['adversarial']} "
        f"that their document leaves open, {asked['foreign']} from elsewhere"
    )
    resampled = (
        f"{evaluation.articles} articles"
        if evaluation.unit == "document"
        else "questions, too few articles: the intervals are too narrow"
    )
    print(f"intervals: bootstrap of {resampled}")
    for why, number in evaluation.left_out.items():
        print(f"left out {number}: {why}")
    for problem in evaluation.problems:
        print(f"  {one_line(problem)}")


def _print_calibration(found: Calibration) -> None:
    counts = found.counts
    print(
        f"chosen on {counts['tune_answerable']} questions with and {counts['tune_unanswerable']} "
        f"without an answer, for {found.target}; checked on {counts['check_answerable']} "
        f"and {counts['check_unanswerable']} others"
    )
    for name, figure in (
        ("scores part them (AUROC)", found.auroc),
        ("answerable answered", found.answered),
        ("unanswerable refused", found.refused),
    ):
        if figure is not None:
            value, low, high = figure[:3]
            print(f"{name:<26}{value:.3f}, 95 % interval {low:.3f} to {high:.3f}")
    if found.unit == "question":
        print("too few articles to resample: the intervals are those of single questions")
    if found.threshold is None:
        print(f"\nNo threshold can be recommended: {found.reason}.")
        return
    if found.reason:
        print(f"but {found.reason}")
    print(f"\nRAG_THRESHOLD={found.threshold:g}")
    print(f"or, in pyproject.toml under [tool.rag]: threshold = {found.threshold:g}")


def _write(path: Path, write: Callable[[], None]) -> None:
    try:
        write()
    except FileExistsError:
        raise EvaluationError(f"{path} exists and is not overwritten; name another file") from None
    except OSError as error:
        raise RagError(f"{path} cannot be written ({error.strerror}); name another file") from None


def _new(path: Path, text: str) -> None:
    """Write a new file, whole or not at all."""
    with path.open("x", encoding="utf-8") as file:
        try:
            file.write(text)
            file.flush()
        except BaseException:
            with suppress(OSError):
                path.unlink()
            raise


def _append(path: Path, line: str) -> None:
    """Append a line in one write, so that an interruption leaves whole lines."""
    with path.open("ab") as file:
        file.write(line.encode("utf-8"))
        file.flush()
        os.fsync(file.fileno())
