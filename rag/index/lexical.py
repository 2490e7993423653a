"""BM25 over stemmed words: what the embedding forgets (names, numbers, codes) this finds."""

from __future__ import annotations

import json
import re
import unicodedata
from array import array
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

VERSION = 3
"""Part of the index id: raise it when `tokens` or the ranking changes."""

_VOCABULARY = "vocab.index.json"
_IDS, _LENGTHS = "ids.npy", "lengths.npy"
_LONG = 10_000
"""Texts with a word, from which on it is asked first whether all of them must be looked at."""
_MORE = 1.0001
"""Sums of rounded numbers are not compared to the last bit."""
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


@dataclass(frozen=True, slots=True)
class Words:
    """The words of texts, in order."""

    vocabulary: list[str]
    """In order of first use, so that the same texts give the same files."""
    ids: NDArray[np.int32]
    """Every word of every text as a number in the vocabulary, one text behind the other."""
    lengths: NDArray[np.int32]
    """How many words each text has."""


def from_texts(texts: Iterable[str]) -> Words:
    """Take texts apart."""
    numbers: dict[str, int] = {}
    ids, lengths = array("i"), array("i")
    for text in texts:
        found = tokens(text)
        ids.extend(numbers.setdefault(token, len(numbers)) for token in found)
        lengths.append(len(found))
    return Words(list(numbers), np.array(ids, np.int32), np.array(lengths, np.int32))


def merge(old: Words, new: Words, sources: NDArray[np.int64]) -> Words:
    """The words of texts of which some are old: ``sources`` has their number, or -1 for the next
    of the new ones. As `from_texts` gives them for the same texts."""
    numbers = {word: number for number, word in enumerate(old.vocabulary)}
    renumbered = [numbers.setdefault(word, len(numbers)) for word in new.vocabulary]
    places = sources.copy()
    places[sources < 0] = len(old.lengths) + np.arange(len(new.lengths))
    lengths = np.concatenate([old.lengths, new.lengths])
    starts = np.cumsum(lengths, dtype=np.int64) - lengths
    ids = np.concatenate([old.ids, np.array(renumbered, np.int32)[new.ids]])
    lengths, starts = lengths[places], starts[places]
    ends = np.cumsum(lengths, dtype=np.int64)
    # Each text's ids begin at its start there, and at the sum of the lengths before it here.
    ids = ids[np.repeat(starts - (ends - lengths), lengths) + np.arange(lengths.sum())]
    used, first, ids = np.unique(ids, return_index=True, return_inverse=True)
    order = np.argsort(first)
    rank = np.empty(len(order), np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    words = list(numbers)
    return Words([words[number] for number in used[order]], rank[ids], lengths)


def save(words: Words, folder: Path) -> None:
    """Index texts, which get the numbers 0, 1, …, into files in ``folder``."""
    import bm25s

    numbers = {word: number for number, word in enumerate(words.vocabulary)}
    flat, ends = words.ids.tolist(), np.cumsum(words.lengths).tolist()
    ids = [flat[start:end] for start, end in pairwise([0, *ends])]
    if not numbers:  # the library cannot index a corpus without a single word
        numbers[""] = 0
        ids[:1] = [[0]]
    index = bm25s.BM25()
    index.index((ids, numbers), show_progress=False)
    index.save(folder)
    np.save(folder / _IDS, words.ids)
    np.save(folder / _LENGTHS, words.lengths)


def load(folder: Path) -> Words:
    """The words that `save` has indexed.

    Raises:
        ValueError, TypeError, LookupError, OSError: `save` did not write them.
    """
    numbers = json.loads((folder / _VOCABULARY).read_text(encoding="utf-8"))
    vocabulary = sorted(numbers, key=numbers.__getitem__)
    ids, lengths = (np.load(folder / name, allow_pickle=False) for name in (_IDS, _LENGTHS))
    for found in (ids, lengths):
        if found.dtype != np.int32 or found.ndim != 1 or (found < 0).any():
            raise ValueError("they are no words of texts")
    if lengths.sum() != len(ids) or (ids >= len(vocabulary)).any():
        raise ValueError("they are not the words of this vocabulary")
    return Words(vocabulary, ids, lengths)


@dataclass(frozen=True, slots=True)
class _Column:
    """What one word of a question gives to the texts that have it."""

    peak: float
    """The most it gives to any."""
    number: int
    times: int
    """How often the question has it."""
    texts: NDArray[np.int32]
    """Ascending."""
    scores: NDArray[np.float32]


class Lexical:
    """A saved BM25 index. Safe to share between threads: it is only read.

    The library has computed every score when it saved: a question's are sums of its words'
    columns. They are summed here, since importing the library brings SciPy into a cold start, and
    since it would sum the columns of "the" and "of" to their end.
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
        words = json.loads((folder / _VOCABULARY).read_text(encoding="utf-8"))
        count = json.loads((folder / "params.index.json").read_text(encoding="utf-8"))["num_docs"]
        return cls(words, np.array(starts), texts, scores, count)

    def top(
        self, question: str, count: int, among: NDArray[np.int64] | None = None
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """The ``count`` texts with the best BM25 scores above 0, best first: numbers and scores.

        ``among`` limits it to some texts. Words are looked at from the weightiest on; once those
        left weigh less together than the last of the best has, only texts that can still be among
        the best are looked up in them (MaxScore, Turtle and Flood 1995).
        """
        columns = self._columns(question)
        scores = np.zeros(self._count, np.float32)
        allowed = None
        if among is not None:
            allowed = np.zeros(self._count, bool)
            allowed[among] = True
        looked_at, least = 0, 0.0
        for looked_at, column in enumerate(columns):
            if len(column.texts) > _LONG:
                least = _last_of_best(scores, count)
                if least > _MORE * sum(left.peak for left in columns[looked_at:]):
                    break
            texts, found = column.texts, column.scores
            if allowed is not None:
                held = allowed[texts]
                texts, found = texts[held], found[held]
            scores[texts] += found * column.times
        else:
            looked_at, least = len(columns), 0.0
        left = columns[looked_at:]
        best = np.flatnonzero(scores)
        best = best[scores[best] >= least - _MORE * sum(column.peak for column in left)]
        totals = scores[best]
        for column in left:
            at = np.searchsorted(column.texts, best.astype(np.int32))
            at[at == len(column.texts)] = 0
            held = column.texts[at] == best
            totals[held] += column.scores[at[held]] * column.times
        order = np.lexsort((best, -totals))[:count]
        return best[order], totals[order]

    def _columns(self, question: str) -> list[_Column]:
        """Of each known word, the weightiest first."""
        columns = []
        for word, times in Counter(tokens(question)).items():
            number = self._words.get(word)
            if number is not None:
                held = slice(self._starts[number], self._starts[number + 1])
                scores = self._scores[held]
                if len(scores):
                    peak = float(scores.max()) * times
                    columns.append(_Column(peak, number, times, self._texts[held], scores))
        return sorted(columns, key=lambda column: (-column.peak, column.number))


def _last_of_best(scores: NDArray[np.float32], count: int) -> float:
    found = scores[np.flatnonzero(scores)]
    return float(np.partition(found, -count)[-count]) if len(found) >= count else 0.0
