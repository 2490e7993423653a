"""BM25 over stemmed words: what the embedding forgets (names, numbers, codes) this finds."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from bm25s import BM25

VERSION = 1
"""Part of the index id: raise it when `tokens` or the ranking changes."""

_WORD = re.compile(r"\w+")


@lru_cache(maxsize=1)
def _stemmer() -> Any:
    import Stemmer

    return Stemmer.Stemmer("english")


def tokens(text: str) -> list[str]:
    """The text's words, case-folded and stemmed; for searching only, never for quoting."""
    words = _WORD.findall(unicodedata.normalize("NFKC", text).casefold())
    stems: list[str] = _stemmer().stemWords(words)
    return stems


def save(texts: Sequence[str], folder: Path) -> None:
    """Index the texts, which get the numbers 0, 1, …, into files in ``folder``."""
    import bm25s

    numbers: dict[str, int] = {}  # in order of first use, so that the files are reproducible
    ids = [[numbers.setdefault(token, len(numbers)) for token in tokens(text)] for text in texts]
    if not numbers:  # the library cannot index a corpus without a single word
        numbers[""] = 0
        ids[:1] = [[0]]
    index = bm25s.BM25()
    index.index((ids, numbers), show_progress=False)
    index.save(folder)


class Lexical:
    """A saved BM25 index. Safe to share between threads: it is only read."""

    def __init__(self, index: BM25) -> None:
        self._index = index

    @classmethod
    def from_folder(cls, folder: Path) -> Lexical:
        """Open what ``save`` wrote, mapped from disk."""
        import bm25s

        return cls(bm25s.BM25.load(folder, mmap=True, allow_pickle=False))

    def scores(self, question: str) -> NDArray[np.float32]:
        """Every text's BM25 score, 0 up; shape ``(number of texts,)``."""
        ids = self._index.get_tokens_ids(tokens(question))
        return np.asarray(self._index.get_scores_from_ids(ids), np.float32)
