"""``rag build``, ``diff``, ``rollback`` and ``info``: what they take and print."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand

from rag.cli_options import CorpusOption, IndexOption, JsonOption
from rag.cli_progress import progress_bar
from rag.cli_text import one_line, print_json
from rag.settings import Settings, load_settings

if TYPE_CHECKING:
    from rag.errors import RagError
    from rag.reports import BuildReport, IndexChanges, Skipped


class BuildCommand(TyperCommand):
    """`--ray` takes an address, or none for this machine: Typer has no such option."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        given = [*args, ""]
        for number, word in enumerate(args):
            if word == "--ray" and (not given[number + 1] or given[number + 1].startswith("-")):
                given[number] = "--ray=local"
        return super().parse_args(ctx, given[:-1])


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
        _print_report(report)

    if watch:
        _follow(settings, once)
    else:
        once()


def diff_command(index: IndexOption = None, as_json: JsonOption = False) -> None:
    """Tell what the last build has changed in the index."""
    import rag

    _print_changes(rag.changes(index), as_json=as_json)


def rollback_command(index: IndexOption = None, as_json: JsonOption = False) -> None:
    """Return to the index before the last build; the next build undoes this."""
    import rag

    _print_changes(rag.rollback(index), as_json=as_json)


def info_command(index: IndexOption = None, as_json: JsonOption = False) -> None:
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
    from rich.table import Column, Table

    path = Column("document", overflow="fold")  # cut, paths cannot be told apart
    table = Table(path, "title", "characters", "passages", "bytes", box=None)
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


def _print_report(report: BuildReport) -> None:
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


def _print_changes(changes: IndexChanges, *, as_json: bool) -> None:
    """Two generations' difference, a line a document."""
    if as_json:
        from dataclasses import asdict

        skipped = {
            "skipped": [item._asdict() for item in changes.skipped],
            "no_longer_skipped": [item._asdict() for item in changes.no_longer_skipped],
        }
        print_json(asdict(changes) | skipped)
        return
    for sign, paths in (("+", changes.added), ("~", changes.changed), ("-", changes.removed)):
        for path in paths:
            print(f"{sign} {one_line(path)}")
    for path, reason in changes.skipped:
        print(f"skipped {one_line(path)}: {one_line(reason)}")
    for path, _ in changes.no_longer_skipped:
        print(f"no longer skipped {one_line(path)}")
    counts = f"{len(changes.added)} added, {len(changes.changed)} changed"
    print(f"{changes.before} → {changes.after}: {counts}, {len(changes.removed)} removed")


def _print_skipped(skipped: tuple[Skipped, ...]) -> None:
    for path, reason in skipped:
        print(f"skipped {one_line(path)}: {one_line(reason)}")


def _follow(settings: Settings, build: Callable[[], None]) -> None:
    """Build whenever the corpus changes, until Ctrl-C; errors are told and watching goes on."""
    from rag.index.watch import watch

    def failed(error: RagError) -> None:
        print(f"rag: {one_line(str(error))}", file=sys.stderr, flush=True)

    print(f"watching {one_line(settings.corpus)}; Ctrl-C ends", file=sys.stderr, flush=True)
    try:
        watch(Path(settings.corpus), build, failed, index=Path(settings.index))
    except KeyboardInterrupt:
        print("rag: stopped watching; what was built is untouched", file=sys.stderr)
