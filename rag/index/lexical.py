"""BM25 over stemmed words: what the embedding forgets (names, numbers, codes) this finds."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

VERSION = 2
"""Part of the index id: raise it when `tokens` or the ranking changes."""

_WORD = re.compile(r"\w+")
_CODE = re.compile(r"\w+(?:[-./:]\w+)+")
_DIGIT = re.compile(r"\d")

COMMON = frozenset(
    "a about an and any are as at be been but by can could did do does for from had has have he "
    "her his how i if in into is it its may me my no not of on or our over say says she should "
    "so some than that the their them then there these they this those to under us was we were "
    "what when where which who whom whose why will with would you your".split()
)
"""Words that hardly tell one passage from another. They are searched too, and weigh little."""


@lru_cache(maxsize=1)
def _stemmer() -> Any:
    import Stemmer

    return Stemmer.Stemmer("english")


def tokens(text: str) -> list[str]:
    """The text's words, case-folded and stemmed; for searching only, never for quoting.

    What is joined and holds a digit ("3.7.12", "AB-12/4", "2023-10-07") is a word as a whole too:
    its parts alone are those of any other such code.
    """
    text = unicodedata.normalize("NFKC", text).casefold()
    stems: list[str] = _stemmer().stemWords(_WORD.findall(text))
    codes = (match for match in _CODE.findall(text) if _DIGIT.search(match))
    return [*stems, *codes]


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
    """A saved BM25 index. Safe to share between threads: it is only read.

    The library has computed every score when it saved: a question's are sums of its words'
    columns. They are summed here, since importing the library brings SciPy into a cold start.
    """

    def __init__(
        self,
        words: dict[str, int],
        starts: NDArray[np.int32],
        texts: NDArray[np.int32],
        scores: NDArray[np.float32],
        count: int,
    ) -> None:
        self._words = words
        """Each word's column."""
        self._starts = starts
        """Where each column begins in the next two, and where the last one ends."""
        self._texts = texts
        self._scores = scores
        self._count = count

    @classmethod
    def from_folder(cls, folder: Path) -> Lexical:
        """Open what ``save`` wrote, mapped from disk."""
        starts, texts, scores = (
            np.load(folder / f"{name}.csc.index.npy", mmap_mode="r", allow_pickle=False)
            for name in ("indptr", "indices", "data")
        )
        words = json.loads((folder / "vocab.index.json").read_text(encoding="utf-8"))
        count = json.loads((folder / "params.index.json").read_text(encoding="utf-8"))["num_docs"]
        return cls(words, np.array(starts), texts, scores, count)

    def scores(self, question: str) -> NDArray[np.float32]:
        """Every text's BM25 score, 0 up; shape ``(number of texts,)``."""
        found = np.zeros(self._count, np.float32)
        for token in tokens(question):
            column = self._words.get(token)
            if column is not None:
                held = slice(self._starts[column], self._starts[column + 1])
                found[self._texts[held]] += self._scores[held]
        return found
