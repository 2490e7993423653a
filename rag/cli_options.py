"""The options that several commands take."""

from __future__ import annotations

from typing import Annotated

import typer

CorpusOption = Annotated[
    str | None, typer.Option("--corpus", help="Folder of documents.  [default: corpus]")
]
IndexOption = Annotated[
    str | None, typer.Option("--index", help="Folder of the index.  [default: index]")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
