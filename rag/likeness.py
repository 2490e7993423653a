"""Where words stand in a document, and which of its texts is most like a given one.

Likeness is for showing what changed; it never makes a text count as found.

The nearest text is the very same characters with other white space, if there are such and no digits
are parted otherwise. Else it is the run of words with the least edit distance, in words, to the
text sought (Sellers' algorithm over the whole document, a row at a time with numpy): a word that is
missing or another one counts one, a word put in a half. That is exact up to ``_SEARCH_CELLS``: a
sentence in a megabyte takes some tenths of a second. For more, only the part of the document where
the text's rarest words stand closest together is searched.
"""

from __future__ import annotations

import heapq
import re
from bisect import bisect_right
from collections import deque
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from rag.alignment import LOST, PUT_IN, align, distances
from rag.diff import UNSPACED, WORD, key, same_numbers, whole

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LIKE = 0.5
"""Less is not alike: of two words one must stand, of ten five, with nothing put in between."""
MAX_PLACES = 100
"""A word that stands a thousand times in a document needs no list of a thousand places."""

_SHORT = 4  # characters that stand inside of many words
_RESPACED = 10_000  # a text that stands more often than this says too little to look further
_REFUSED = 20_000  # pieces of longer words, which are no places, looked at in a document at most
# The rest of a run of letters from inside it: none of it begins a word.
_REST = re.compile(rf"(?<=[^\W{UNSPACED}])[^\W{UNSPACED}]+")
_RUN = 3  # words in a row, that tell where a long text stands
_SEARCH_CELLS = 30_000_000  # words sought times words searched: about half a second


class Near(NamedTuple):
    """The nearest text in a document: ``text[start:end]``."""

    start: int
    end: int
    likeness: float
    """1 less the edit distance a word: ``LIKE`` to 1, which is other space, case or marks only."""


def places(text: str, words: str, near: int = 0) -> list[int]:
    """Where the very same characters stand as whole words, nearest to ``near`` first."""
    found = heapq.merge(
        _standing(text, words, near), _backward(text, words, near), key=lambda at: abs(at - near)
    )
    kept: list[int] = []
    for number, at in enumerate(found):
        if whole(text, at, at + len(words)):
            kept.append(at)
        if len(kept) == MAX_PLACES or number - len(kept) == _REFUSED:
            break
    return kept


def nearest(text: str, sought: str, near: int = 0) -> Near | None:
    """The text most like ``sought``, the one nearest to ``near`` among equals.

    None when nothing is like it, or it has no words at all.
    """
    respaced = _respaced(text, sought, near)
    if respaced and same_numbers(text[slice(*respaced)], sought):
        return Near(*respaced, 1.0)
    like = _by_words(text, sought, near)
    return like or (Near(*respaced, LIKE) if respaced else None)


def _by_words(text: str, sought: str, near: int) -> Near | None:
    import numpy as np

    there, wanted = _words(text), _words(sought)
    ids: dict[str, int] = {}
    query = [ids.setdefault(word, len(ids)) for word in wanted.keys]
    if not query or not there.keys:
        return None
    held = np.fromiter((ids.get(word, -1) for word in there.keys), np.int32, len(there.keys))
    low, high = _region(np.array(query, np.int32), held)
    row = _last(distances(query, held[low:high], anywhere=True))
    distance = int(row.min())
    likeness = 1 - distance / (LOST * len(query))
    if likeness < LIKE:
        return None
    ends: list[int] = (np.flatnonzero(row == distance) + low).tolist()
    last = min(ends, key=lambda at: abs(there.ends[at - 1] - near - len(sought)))
    first = max(low, last - len(query) - distance // PUT_IN)
    backward = _last(distances(query[::-1], held[first:last][::-1], anywhere=False))
    first = last - int(backward.argmin())
    # Of texts too long to align that differ at both ends, the run itself.
    pairs = align(query, held[first:last].tolist()) or [(0, 0), (len(query) - 1, last - first - 1)]
    start, end = _widened(there, wanted, first, pairs)
    return Near(start, end, likeness)


def _respaced(text: str, sought: str, near: int) -> tuple[int, int] | None:
    """The nearest range that holds the text but for its white space, one with the same numbers
    first: "12" and "50" of a table hold the characters of "1" and "250"."""
    dense, wanted = "".join(text.split()), "".join(sought.split())
    if not wanted or wanted not in dense:
        return None
    runs = [match.span() for match in re.finditer(r"\S+", text)]
    starts = [0]  # each run's start in the dense text
    for start, end in runs[:-1]:
        starts.append(starts[-1] + end - start)

    def back(at: int) -> int:  # from the dense text to the text
        run = bisect_right(starts, at) - 1
        return runs[run][0] + at - starts[run]

    found = (
        (back(at), back(at + len(wanted) - 1) + 1)
        for at in islice(_every(dense, wanted, 0), _RESPACED)
    )
    kept = sorted(
        ((start, end) for start, end in found if whole(text, start, end)),
        key=lambda range_: abs(range_[0] - near),
    )
    alike = (range_ for range_ in kept[:MAX_PLACES] if same_numbers(text[slice(*range_)], sought))
    return next(alike, kept[0] if kept else None)


class _Words(NamedTuple):
    text: str
    starts: Sequence[int]
    ends: Sequence[int]
    keys: Sequence[str]


@lru_cache(maxsize=2)  # many receipts ask about the same document, one after the other
def _words(text: str) -> _Words:
    spans = [match.span() for match in WORD.finditer(text)]
    known: dict[str, str] = {}
    keys = []
    for start, end in spans:
        word = text[start:end]
        if word not in known:
            known[word] = key(word)
        keys.append(known[word])
    return _Words(text, [span[0] for span in spans], [span[1] for span in spans], keys)


def _standing(text: str, words: str, near: int) -> Iterator[int]:
    """As `_forward`, without most of what `whole` refuses: a letter stands in every second word."""
    if len(words) > _SHORT or not (words.isascii() and words[0].isalnum() and words[-1].isalnum()):
        yield from _forward(text, words, near)
        return
    letters = re.escape(words)  # first, so that they are searched for as letters are
    alone = re.compile(rf"{letters}(?<![A-Za-z0-9]{letters})(?![A-Za-z0-9])")
    match = alone.search(text, near)
    while match:
        yield match.start()
        match = alone.search(text, match.start() + 1)


def _every(text: str, words: str, near: int) -> Iterator[int]:
    at = text.find(words, near)
    while at >= 0:
        yield at
        at = text.find(words, at + 1)


def _forward(text: str, words: str, near: int) -> Iterator[int]:
    """As `_every`, without some of what `whole` refuses: of a run of letters only its beginning."""
    at = text.find(words, near)
    while at >= 0:
        yield at
        rest = _REST.match(text, at)
        at = text.find(words, rest.end() if rest else at + 1)


def _backward(text: str, words: str, near: int) -> Iterator[int]:
    at = near
    while at > 0:
        at = text.rfind(words, 0, at - 1 + len(words))
        if at >= 0:
            yield at


def _last(rows: Iterator[NDArray[np.int32]]) -> NDArray[np.int32]:
    return deque(rows, maxlen=1)[0]


def _region(query: NDArray[np.int32], held: NDArray[np.int32]) -> tuple[int, int]:
    """Which of the document's words to search for those of the text: where most of its rarest
    words stand, and of its rarest runs of words. In a long text all the common words stand, and
    all the letters of a script without spaces."""
    import numpy as np

    size = len(query)
    width = min(5 * size, max(size + size // 4, _SEARCH_CELLS // size))
    if size * len(held) <= _SEARCH_CELLS or len(held) <= width:
        return 0, len(held)
    weights = sum(_rarities(query, held, length) for length in range(1, min(_RUN, size) + 1))
    sums = np.concatenate([[0.0], np.cumsum(weights)])
    best = int(np.argmax(sums[size:] - sums[:-size]))
    before = (width - size) // 2
    return max(0, best - before), min(len(held), best + width - before)


def _rarities(
    query: NDArray[np.int32], held: NDArray[np.int32], length: int
) -> NDArray[np.float64]:
    """For each word of the document, how rare the run of words is that begins there; 0 where the
    text does not hold it."""
    import numpy as np

    base = int(query.max()) + 2

    def runs(words: NDArray[np.int32]) -> NDArray[np.int64]:
        codes = np.zeros(len(words) - length + 1, np.int64)
        for n in range(length):
            codes = codes * base + words[n : n + len(codes)] + 1
        return codes

    there = runs(held)
    known = np.flatnonzero(np.isin(there, runs(query)))
    _, which, counts = np.unique(there[known], return_inverse=True, return_counts=True)
    weights = np.zeros(len(held))
    weights[known] = 1 / counts[which]
    return weights


def _widened(
    there: _Words, wanted: _Words, first: int, pairs: list[tuple[int, int]]
) -> tuple[int, int]:
    """The characters of the run of words, with words and marks at its ends that take part.

    A changed word at an end belongs to the run ("6 percent" for "5 percent") if the same
    characters part it from the next; a full stop or quote only if the text sought has one there.
    """
    (i, j), (k, m) = pairs[0], pairs[-1]
    j, m = first + j, first + m
    while i and j and _gap(wanted, i) == _gap(there, j):
        i, j = i - 1, j - 1
    while k + 1 < len(wanted.keys) and m + 1 < len(there.keys):
        if _gap(wanted, k + 1) != _gap(there, m + 1):
            break
        k, m = k + 1, m + 1
    start, end = there.starts[j], there.ends[m]
    if i == 0:
        start -= _reach(wanted.text[: wanted.starts[0]][::-1], _gap(there, j)[::-1])
    if k + 1 == len(wanted.keys):
        end += _reach(wanted.text[wanted.ends[-1] :], _gap(there, m + 1))
    return start, end


def _gap(words: _Words, number: int) -> str:
    """What stands between a word and the one before it; the text's ends count as words."""
    start = words.ends[number - 1] if number else 0
    return words.text[start : words.starts[number] if number < len(words.keys) else None]


def _reach(wanted: str, gap: str) -> int:
    """How far into the gap beside a word the marks go that the text sought has there."""
    spaced = any(character.isspace() for character in wanted.rstrip())
    left, reach = len("".join(wanted.split())), 0
    for number, character in enumerate(gap, start=1):
        if not left or (character.isspace() and not spaced):
            break
        if not character.isspace():
            left, reach = left - 1, number
    return reach
