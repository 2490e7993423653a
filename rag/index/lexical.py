"""BM25 over stemmed words: what the embedding forgets (names, numbers, codes) this finds."""

from __future__ import annotations

import json
from array import array
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rag.words import COMMON_WEIGHT, light_words, tokens

VERSION = 8
"""Part of the index id: raise it when `rag.words.tokens` or the ranking changes."""

K1, B = 1.5, 0.75
"""How soon more of the same word adds nothing, and how much a long text has to have more of it."""
_VOCABULARY = "vocabulary.json"
_IDS, _LENGTHS = "ids.npy", "lengths.npy"
_STARTS, _PEAKS, _TEXTS, _SCORES = "starts.npy", "peaks.npy", "texts.npy", "scores.npy"
_STEPS = 255
"""What a word gives to a text is kept as so many parts of the most that it gives to any, in one
byte where a million texts would keep half a gigabyte in memory. Eight bits rank as well as all of
them (Lin and Trotman 2017); on four of our sets .993 of the first texts stay, and as many hold the
answer."""
_LONG = 10_000
"""Texts with a word, from which on it is asked first whether all of them must be looked at."""
_MORE = 1.0001
"""Sums of rounded numbers are not compared to the last bit."""


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
    ends = np.cumsum(lengths, dtype=np.int64)
    ids = np.concatenate([old.ids, np.array(renumbered, np.int32)[new.ids]])
    # Neighbours that stay neighbours are copied together.
    runs = np.split(places, np.flatnonzero(np.diff(places) != 1) + 1) if len(places) else []
    parts = [ids[ends[run[0]] - lengths[run[0]] : ends[run[-1]]] for run in runs]
    ids = np.concatenate([np.empty(0, np.int32), *parts])
    words = list(numbers)
    first = np.full(len(words), -1, np.int64)
    first[ids[::-1]] = np.arange(len(ids) - 1, -1, -1)  # of several, the last is kept
    used = np.flatnonzero(first >= 0)
    order = used[np.argsort(first[used])]
    rank = np.empty(len(words), np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    return Words([words[number] for number in order.tolist()], rank[ids], lengths[places])


def save(words: Words, folder: Path) -> None:
    """Index texts, which get the numbers 0, 1, …, into files in ``folder``.

    Every score is computed here: a text with a word ``tf`` times, of ``n`` words where the average
    is ``m``, gets ``idf * tf / (tf + K1 * (1 - B + B * n / m))``, and ``idf`` is
    ``ln(1 + (texts - df + 0.5) / (df + 0.5))`` where ``df`` texts have the word: BM25 as Lucene has
    it (Kamphuis et al. 2020), in `_STEPS` of the word's best. A library that does the same took ten
    times as long where one of many texts had changed.
    """
    count = len(words.lengths)
    pairs = words.ids.astype(np.int64)
    pairs *= max(1, count)
    pairs += np.repeat(np.arange(count), words.lengths)
    pairs.sort()  # by word, then by text
    first = np.flatnonzero(np.concatenate([[True], pairs[1:] != pairs[:-1]])[: len(pairs)])
    frequency = np.diff(first, append=len(pairs)).astype(np.float32)
    pairs = pairs[first]
    word, text = (part.astype(np.int32) for part in np.divmod(pairs, max(1, count)))
    del pairs, first  # of a million texts each takes a gigabyte
    held = np.bincount(word, minlength=len(words.vocabulary))
    weight = np.log1p((count - held + 0.5) / (held + 0.5)).astype(np.float32)
    longer = words.lengths / max(1.0, words.lengths.mean() if count else 1.0)
    damp = (K1 * (1 - B + B * longer)).astype(np.float32)
    scores = weight[word] * frequency
    frequency += damp[text]
    scores /= frequency
    starts = np.concatenate([[0], np.cumsum(held)])
    peaks = np.maximum.reduceat(scores, starts[:-1]) if len(scores) else scores
    scores *= (_STEPS / peaks)[word]
    np.maximum(np.rint(scores, out=scores), 1, out=scores)  # who has the word has a score
    folder.mkdir()
    arrays = {
        _IDS: words.ids,
        _LENGTHS: words.lengths,
        _STARTS: starts,
        _PEAKS: peaks,
        _TEXTS: text,
        _SCORES: scores.astype(np.uint8),
    }
    for name, values in arrays.items():
        with (folder / name).open("wb") as file:
            np.lib.format.write_array(file, values, allow_pickle=False)
    (folder / _VOCABULARY).write_text(
        json.dumps(words.vocabulary, ensure_ascii=False), encoding="utf-8"
    )


def load(folder: Path) -> Words:
    """The words that `save` has indexed.

    Raises:
        ValueError, TypeError, LookupError, OSError: `save` did not write them.
    """
    vocabulary = json.loads((folder / _VOCABULARY).read_text(encoding="utf-8"))
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
    texts: NDArray[np.int32]
    """Ascending."""
    scores: NDArray[np.uint8]
    """Of each of these texts, in `_STEPS` of the peak."""

    @property
    def step(self) -> np.float32:
        """What one of the steps is worth."""
        return np.float32(self.peak / _STEPS)


class Lexical:
    """A saved BM25 index. Safe to share between threads: it is only read.

    Every score was computed when it was saved: a question's are sums of its words' columns.
    """

    def __init__(
        self,
        words: dict[str, int],
        starts: NDArray[np.int64],
        peaks: NDArray[np.float32],
        texts: NDArray[np.int32],
        scores: NDArray[np.uint8],
        count: int,
    ) -> None:
        self._words = words
        """Each word's column."""
        self._starts = starts
        """Where each column begins in the next two, and where the last one ends."""
        self._peaks = peaks
        """The most that each word gives to any text."""
        self._texts = texts
        self._scores = scores
        self._count = count

    @classmethod
    def from_folder(cls, folder: Path) -> Lexical:
        """Open what ``save`` wrote, mapped from disk."""
        starts, peaks, texts, scores = (
            np.load(folder / name, mmap_mode="r", allow_pickle=False)
            for name in (_STARTS, _PEAKS, _TEXTS, _SCORES)
        )
        count = len(np.load(folder / _LENGTHS, mmap_mode="r", allow_pickle=False))
        vocabulary = json.loads((folder / _VOCABULARY).read_text(encoding="utf-8"))
        words = {word: number for number, word in enumerate(vocabulary)}
        return cls(words, np.array(starts), np.array(peaks), texts, scores, count)

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
            scores[texts] += found * column.step
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
            totals[held] += column.scores[at[held]] * column.step
        order = np.lexsort((best, -totals))[:count]
        return best[order], totals[order]

    def _columns(self, question: str) -> list[_Column]:
        """Of each known word, the weightiest first."""
        columns = []
        light = light_words(question)
        for word, times in Counter(tokens(question)).items():
            number = self._words.get(word)
            if number is not None:
                held = slice(self._starts[number], self._starts[number + 1])
                weight = COMMON_WEIGHT if word in light else 1
                peak = float(self._peaks[number]) * times * weight
                columns.append(_Column(peak, number, self._texts[held], self._scores[held]))
        return sorted(columns, key=lambda column: (-column.peak, column.number))


def _last_of_best(scores: NDArray[np.float32], count: int) -> float:
    found = scores[np.flatnonzero(scores)]
    return float(np.partition(found, -count)[-count]) if len(found) >= count else 0.0
