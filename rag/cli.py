"""The ``rag`` command: build, diff, rollback, ask, find, verify, chat, user, eval, calibrate, info.

Exit codes: 0 answered, found or done; 1 error, or a receipt that is not exact; 2 bad usage; 3 no
answer in the corpus, a text that is not in it, or no threshold that can be recommended.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer
from typer.core import TyperCommand

from rag import __version__
from rag.cli_eval import calibrate_command, eval_command
from rag.cli_export import FormatOption, OutputOption, check_target, write_export
from rag.cli_text import indented, one_line, print_json
from rag.cli_user import app as user_app
from rag.errors import RagError, UsageError
from rag.settings import load_settings

if TYPE_CHECKING:
    from rich.progress import TaskID

    from rag.reports import BuildReport, Progress, Skipped
    from rag.types import Answer, Quote

app = typer.Typer(
    name="rag",
    help="Ask a folder of documents; answers are exact quotations, each with its place.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

CorpusOption = Annotated[
    str | None, typer.Option("--corpus", help="Folder of documents.  [default: corpus]")
]
IndexOption = Annotated[
    str | None, typer.Option("--index", help="Folder of the index.  [default: index]")
]
UsersOption = Annotated[
    str | None,
    typer.Option("--users", envvar="RAG_USERS", help="File of accounts, made by `rag user add`."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def main() -> NoReturn:
    """Run the command line; every expected error is one line on standard error."""
    try:
        app()
    except RagError as error:
        print(f"rag: {one_line(str(error))}", file=sys.stderr)
        sys.exit(2 if isinstance(error, UsageError) else 1)
    except KeyboardInterrupt:
        print("rag: stopped; what was built before is untouched", file=sys.stderr)
        sys.exit(130)
    sys.exit(0)


def _version(asked: bool) -> None:
    if asked:
        print(f"rag {__version__}")
        raise typer.Exit


app.add_typer(user_app)


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


class _BuildCommand(TyperCommand):
    """`--ray` takes an address, or none for this machine: Typer has no such option."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        given = [*args, ""]
        for number, word in enumerate(args):
            if word == "--ray" and (not given[number + 1] or given[number + 1].startswith("-")):
                given[number] = "--ray=local"
        return super().parse_args(ctx, given[:-1])


@app.command("build", cls=_BuildCommand)
def build_command(
    corpus: CorpusOption = None,
    index: IndexOption = None,
    watch: Annotated[
        bool, typer.Option("--watch", help="Go on, and build whenever the corpus changes.")
    ] = False,
    allow_empty: Annotated[
        bool,
        typer.Option("--allow-empty", help="Build even if (nearly) all documents are gone."),
    ] = False,
    ray: Annotated[
        str | None,
        typer.Option(
            "--ray",
            metavar="[ADDRESS]",
            help="Share the work on a Ray cluster: auto, host:port, ray://host:10001; without an "
            "address, one of this machine's cores.",
        ),
    ] = None,
    shards: Annotated[
        str | None,
        typer.Option(
            "--shards", help="Folder or fsspec URL that all of the cluster's machines see."
        ),
    ] = None,
) -> None:
    """Bring the index up to date with the corpus folder."""
    from rag.cluster.sharing import share
    from rag.index.build import build
    from rag.models.encoder import open_encoder

    settings = load_settings(corpus=corpus, index=index)
    sharing = share(settings, ray, shards)
    # Else only if it is needed; a cluster's workers have their own.
    encoder = open_encoder(settings.encoder) if watch and sharing is None else None

    def once() -> None:
        with progress_bar() as progress:
            report = build(
                settings,
                encoder=encoder,
                progress=progress,
                allow_empty=allow_empty,
                sharing=sharing,
            )
        print_report(report)

    if watch:
        from rag.cli_index import follow

        follow(settings.corpus, once)
    else:
        once()


@app.command("diff")
def diff_command(index: IndexOption = None, as_json: JsonOption = False) -> None:
    """Tell what the last build has changed in the index."""
    import rag
    from rag.cli_index import print_changes

    print_changes(rag.changes(index), as_json=as_json)


@app.command("rollback")
def rollback_command(index: IndexOption = None, as_json: JsonOption = False) -> None:
    """Return to the index before the last build; the next build undoes this."""
    import rag
    from rag.cli_index import print_changes

    print_changes(rag.rollback(index), as_json=as_json)


@app.command()
def ask(
    question: Annotated[str, typer.Argument(help="What you want to know.")],
    as_json: JsonOption = False,
    index: IndexOption = None,
    top: Annotated[int | None, typer.Option("--top", min=1, help="Most quotes to print.")] = None,
    receipts: Annotated[
        Path | None, typer.Option("--receipts", help="Folder to write a receipt a quote to.")
    ] = None,
    to: FormatOption = None,
    output: OutputOption = None,
) -> None:
    """Answer one question in quotations; exit code 3 means the documents do not answer it."""
    import rag

    check_target(to, output, as_json=as_json)
    answer = rag.query(question, index=index, top=top)
    if to is not None:
        write_export(answer, to, output)
    elif as_json:
        from rag.render import answer_to_dict

        print_json(answer_to_dict(answer))
    else:
        _print_answer(answer)
    if receipts and answer.answered:
        from rag.cli_checks import save_receipts

        save_receipts(answer, receipts)
    if not answer.answered:
        raise typer.Exit(3)


@app.command("find")
def find_command(
    text: Annotated[str, typer.Argument(help="The text to look for; - reads standard input.")],
    as_json: JsonOption = False,
    corpus: Annotated[
        str | None, typer.Option("--corpus", help="Search this folder's files, not the index.")
    ] = None,
    index: IndexOption = None,
) -> None:
    """Is this text in the documents? Exit code 0: exactly; 3: altered, or absent."""
    import rag
    from rag.cli_checks import print_findings

    if text == "-":
        text = sys.stdin.read()
    unsearched: list[Skipped] = []
    findings = rag.find(text, index=index, corpus=corpus, unsearched=unsearched.append)
    print_findings(findings, text, unsearched, as_json=as_json)
    if not findings or findings[0].outcome != "exact":
        raise typer.Exit(3)


@app.command("verify")
def verify_command(
    receipt: Annotated[
        list[str], typer.Argument(help="Receipts: files, folders of *.json, - for standard input.")
    ],
    corpus: CorpusOption = None,
    as_json: JsonOption = False,
) -> None:
    """Check receipts against the files, without an index; exit code 0 only if all are exact."""
    import rag
    from rag.cli_checks import load_receipts, print_verdicts

    verdicts = rag.verify(load_receipts(receipt), corpus)
    print_verdicts(verdicts, as_json=as_json)
    if any(verdict.outcome != "exact" for verdict in verdicts):
        raise typer.Exit(1)


@app.command()
def chat(
    corpus: CorpusOption = None,
    index: IndexOption = None,
    host: Annotated[
        str, typer.Option(envvar="RAG_HOST", help="Address to listen on.")
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(envvar="PORT", min=1, max=65535, help="Port to listen on.")
    ] = 7860,
    users: UsersOption = None,
    open_to_all: Annotated[
        bool, typer.Option("--open", help="Let in strangers from other machines.")
    ] = False,
) -> None:
    """Serve the chat page."""
    from rag.ui.serve import serve

    settings = load_settings(corpus=corpus, index=index)
    serve(settings, host=host, port=port, users=users, insist=open_to_all)


@app.command()
def info(index: IndexOption = None, as_json: JsonOption = False) -> None:
    """Tell what the index holds and what made it."""
    from dataclasses import asdict

    from rag.engine import read_info

    settings = load_settings(index=index)
    found, documents = read_info(settings)
    if as_json:
        skipped = [item._asdict() for item in found.skipped]
        listed = {"documents_list": [asdict(document) for document in documents]}
        print_json(asdict(found) | {"skipped": skipped} | listed)
        return
    from rich.console import Console
    from rich.table import Table

    table = Table("document", "title", "characters", "passages", "bytes", box=None)
    for document in documents:
        table.add_row(
            one_line(document.path),
            one_line(document.title),
            f"{document.characters:,}",
            f"{document.passages:,}",
            f"{document.file_bytes:,}",
        )
    console = Console(markup=False, highlight=False)
    console.print(table)
    for document in documents:
        for note in document.notes:
            print(f"{one_line(document.path)}: {one_line(note)}")
    _print_skipped(found.skipped)
    print()
    place = settings.milvus_uri if settings.store == "milvus" else settings.index
    print(f"index      {found.index_id} in {place}, {found.size_bytes:,} bytes")
    print(f"holds      {found.documents:,} documents, {found.passages:,} passages")
    print(f"encoder    {found.encoder}, sha256 {found.encoder_sha256}")
    print(f"reranker   {found.reranker}, sha256 {found.reranker_sha256}")
    if found.recall < 1:
        print(f"vectors    compressed: {found.recall:.1%} of the ten nearest passages are found")
    if found.warning:
        print(f"warning    {one_line(found.warning)}")


app.command("eval")(eval_command)
app.command("calibrate")(calibrate_command)


def print_report(report: BuildReport) -> None:
    """A build's summary table, what could not be read or not exactly, the files it left out."""
    from rich.console import Console
    from rich.table import Table

    table = Table(
        "added", "changed", "removed", "kept", "skipped", "passages", "embedded", box=None
    )
    counts = (report.added, report.changed, report.removed, report.kept, report.skipped)
    table.add_row(
        *(str(len(paths)) for paths in counts), f"{report.passages:,}", f"{report.embedded:,}"
    )
    Console().print(table)
    for path, note in report.notes:
        print(f"{one_line(path)}: {one_line(note)}")
    _print_skipped(report.skipped)
    print(f"index {report.index_id} is ready ({report.seconds:.1f} s)")


@contextmanager
def progress_bar() -> Iterator[Callable[[Progress], None]]:
    """A progress bar on standard error for a build."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (
        TextColumn("{task.description:<7}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    console = Console(stderr=True)
    with Bar(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        tasks: dict[str, TaskID] = {}

        def show(progress: Progress) -> None:
            if progress.stage not in tasks:
                tasks[progress.stage] = bar.add_task(progress.stage, total=progress.total)
            bar.update(tasks[progress.stage], completed=progress.done)

        yield show


def _print_answer(answer: Answer) -> None:
    if answer.answered:
        for number, quote in enumerate(answer.quotes, start=1):
            _print_quote(number, quote)
        return
    print("The documents do not answer this.")
    for phrase in answer.missing:
        print(f"In no passage, word for word: “{one_line(phrase)}”")
    if answer.near_misses:
        print("\nRelated, not an answer:\n")
        for number, quote in enumerate(answer.near_misses, start=1):
            _print_quote(number, quote)


def _print_quote(number: int, quote: Quote) -> None:
    print(f"{number}. “{indented(quote.text, 3)}”")
    print(f"   {one_line(quote.citation)}")
    for other in quote.also_in:
        print(f"   also in {one_line(other.citation)}")
    print()


def _print_skipped(skipped: tuple[Skipped, ...]) -> None:
    for path, reason in skipped:
        print(f"skipped {one_line(path)}: {one_line(reason)}")
