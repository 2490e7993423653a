"""Where a source cannot be shown, the panel says why: gone, no index, or damaged."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import cast

import pytest

from rag.document import Document
from rag.errors import IndexDamagedError, IndexMissingError, RagError, not_indexed
from rag.ui.library import Library
from rag.ui.markup import pack
from rag.ui.source import source_panel

PLACE = pack({"path": "a.md", "start": 0, "end": 5, "sha": ""})
GONE = "was removed or renamed since"


def failing(error: RagError) -> Callable[[str], Document]:
    def document(path: str) -> Document:
        raise error

    return document


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (not_indexed("a.md"), "This document is no longer in the index"),
        (IndexMissingError("no index in index; run rag build"), "There is no index any more"),
        (IndexDamagedError("the index is damaged"), "This cannot be shown now"),
    ],
)
def test_what_cannot_be_shown_says_why(error: RagError, said: str) -> None:
    library = cast("Library", SimpleNamespace(document=failing(error)))
    shown = source_panel(library, {"place": PLACE})
    assert said in shown
    assert (GONE in shown) == ("no longer" in said)
