"""The ``rag`` command: build, diff, rollback, ask, find, verify, chat, user, eval, calibrate, info.

Exit codes: 0 answered, found or done; 1 error, or a receipt that is not exact; 2 bad usage; 3 no
answer in the corpus, a text that is not in it, or no threshold that can be recommended.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer
from typer.core import TyperGroup

from rag import __version__
from rag.cli_eval import calibrate_command, eval_command
from rag.cli_export import FormatOption, OutputOption, check_target, write_export
from rag.cli_index import (
    BuildCommand,
    build_command,
    diff_command,
    info_command,
    rollback_command,
)
from rag.cli_options import CorpusOption, IndexOption, JsonOption
from rag.cli_text import indented, one_line, print_json
from rag.cli_user import app as user_app
from rag.errors import RagError, UsageError
from rag.settings import load_settings

if TYPE_CHECKING:
    from rag.reports import Skipped
    from rag.types import Answer, Quote


class _Commands(TyperGroup):
    """How a command ends that somebody ends: typer would do it without a word, or as an error."""

    def invoke(self, ctx: Any) -> Any:
        try:
            try:
                return super().invoke(ctx)
            finally:
                if sys.stdout:  # None where it was closed before we began
                    sys.stdout.flush()
        except KeyboardInterrupt:
            _tell_stopped()
            raise typer.Exit(130) from None
        except BrokenPipeError:  # `rag ask … | head -1` has read all that it wants
            _discard_output()
            raise typer.Exit(0) from None
        except OSError as error:
            _discard_output()
            where = f": {error.filename}" if error.filename else ""
            raise RagError(
                f"the system refused to read or write{where} ({error.strerror})"
            ) from error


def _tell_stopped() -> None:
    print("rag: stopped; what was built before is untouched", file=sys.stderr)


def _discard_output() -> None:
    """Nothing more is written: neither now nor when Python ends and flushes."""
    if not sys.stdout:
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


app = typer.Typer(
    cls=_Commands,
    name="rag",
    help="Ask a folder of documents; answers are exact quotations, each with its place.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

UsersOption = Annotated[
    str | None,
    typer.Option("--users", envvar="RAG_USERS", help="File of accounts, made by `rag user add`."),
]


def main() -> NoReturn:
    """Run the command line; every expected error is one line on standard error."""
    try:
        app()
    except RagError as error:
        print(f"rag: {one_line(str(error))}", file=sys.stderr)
        sys.exit(2 if isinstance(error, UsageError) else 1)
    except KeyboardInterrupt:  # before a command began, or behind its end
        _tell_stopped()
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


app.command("build", cls=BuildCommand)(build_command)
app.command("diff")(diff_command)
app.command("rollback")(rollback_command)


@app.command()
def ask(
    question: Annotated[str, typer.Argument(help="What you want to know, in quotation marks.")],
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
    from rag.asked import checked

    check_target(to, output, as_json=as_json)
    settings = load_settings(index=index)
    checked(question, settings)  # before seconds are spent on loading models
    engine = rag.open_index(settings=settings)
    answer = engine.query(question, top=top)
    if to is not None:
        write_export(answer, to, output)
    elif as_json:
        from rag.render import answer_to_dict

        # Why an earlier generation has answered; the log says it on standard error.
        print_json(answer_to_dict(answer) | {"warning": engine.info().warning})
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
        # What is no UTF-8 is refused with the text, in one line.
        text = sys.stdin.buffer.read().decode("utf-8", "surrogateescape")
    unsearched: list[Skipped] = []
    findings = rag.find(text, index=index, corpus=corpus, unsearched=unsearched.append)
    print_findings(findings, text, unsearched, listed=corpus is not None, as_json=as_json)
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

    receipts, unproved = load_receipts(receipt)
    verdicts = rag.verify(receipts, corpus)
    print_verdicts(verdicts, unproved, as_json=as_json)
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


app.command("info")(info_command)
app.command("eval")(eval_command)
app.command("calibrate")(calibrate_command)


def _print_answer(answer: Answer) -> None:
    for number, quote in enumerate(answer.quotes, start=1):
        _print_quote(number, quote)
    if not answer.answered:
        print("The documents do not answer this.")
    for phrase in answer.missing:
        print(f"In no passage, word for word: “{one_line(phrase)}”")
    if answer.answered:
        return
    if answer.unread:
        files = "One file" if answer.unread == 1 else f"{answer.unread:,} files"
        print(f"{files} could not be read, and so not searched: `rag info` tells which.")
    if answer.near_misses:
        print("\nRelated, not an answer:\n")
        for number, quote in enumerate(answer.near_misses, start=1):
            _print_quote(number, quote)


def _print_quote(number: int, quote: Quote) -> None:
    print(f"{number}. “{indented(quote.text, 3)}”")
    if quote.columns:
        print(f"   first row: {one_line(quote.columns)}")
    print(f"   {one_line(quote.citation)}")
    for other in quote.also_in:
        print(f"   also in {one_line(other.citation)}")
    print()
