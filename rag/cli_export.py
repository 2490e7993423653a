"""What ``rag ask --format`` writes: an answer as a file, or on standard output."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, cast

import typer

from rag.cli_text import plain
from rag.errors import RagError, UsageError
from rag.types import Answer

FormatOption = Annotated[
    str | None,
    typer.Option(
        "--format", help="Write the answer as markdown, docx, annotations (W3C) or json (receipts)."
    ),
]
OutputOption = Annotated[
    Path | None, typer.Option("--output", help="New file for --format.  [default: standard output]")
]


def check_target(to: str | None, output: Path | None, *, as_json: bool) -> None:
    """Refuse what cannot work before seconds are spent on loading models.

    Raises:
        UsageError: options that do not go together, an unknown format, a file that exists, or a
            Word document for a terminal.
    """
    from rag.exports import named

    if to is None:
        if output is not None:
            raise UsageError("--output needs --format; for Word, add --format docx")
        return
    if as_json:
        raise UsageError("--json and --format are both given; --format json adds the receipts")
    chosen = named(to)
    if output is not None and output.exists():
        raise _exists(output)
    if output is None and not chosen.is_text and sys.stdout.isatty():
        raise UsageError(f"{to} cannot be shown on a terminal; add --output FILE")


def write_export(answer: Answer, to: str, output: Path | None) -> None:
    """Write the answer, byte for byte; only on a terminal are control characters spelt out.

    Raises:
        UsageError: the file exists: nothing is ever overwritten.
        RagError: the file cannot be written; nothing is left of it.
    """
    import rag
    from rag.exports import ExportFormat

    made = rag.export(answer, cast("ExportFormat", to))
    if output is not None:
        _write_new(output, made)
    elif sys.stdout.isatty():
        print(plain(made.decode("utf-8")), end="")
    else:
        sys.stdout.buffer.write(made)
        sys.stdout.buffer.flush()


def _write_new(path: Path, content: bytes) -> None:
    try:
        with path.open("xb") as file:
            try:
                file.write(content)
                file.flush()
            except OSError:
                path.unlink(missing_ok=True)
                raise
    except FileExistsError:
        raise _exists(path) from None
    except OSError as error:
        raise RagError(
            f"{path} cannot be written ({error.strerror}); name another file with --output"
        ) from None


def _exists(path: Path) -> UsageError:
    return UsageError(f"{path} exists and is not overwritten; name another file with --output")
