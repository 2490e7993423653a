"""What the commands about the index print: what changed, a rollback, a corpus that is watched."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from rag.cli_text import one_line, print_json

if TYPE_CHECKING:
    from rag.errors import RagError
    from rag.reports import IndexChanges


def print_changes(changes: IndexChanges, *, as_json: bool) -> None:
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


def follow(corpus: str, build: Callable[[], None]) -> None:
    """Build whenever the corpus changes, until Ctrl-C; errors are told and watching goes on."""
    from rag.index.watch import watch

    def failed(error: RagError) -> None:
        print(f"rag: {one_line(str(error))}", file=sys.stderr, flush=True)

    print(f"watching {one_line(corpus)}; Ctrl-C ends", file=sys.stderr, flush=True)
    try:
        watch(Path(corpus), build, failed)
    except KeyboardInterrupt:
        print("rag: stopped watching; what was built is untouched", file=sys.stderr)
