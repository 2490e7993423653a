"""Which items of two rows of them are the same, in order, with the fewest left over.

This module imports nothing of ours.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# A word put in is the cheaper slip: a sentence that grew is nearer than a piece of it.
LOST, PUT_IN = 2, 1
_RUN = 8  # items in a row, long enough to stand once
_ALIGN_CELLS = 10_000_000  # words times words, held at once while aligning: 40 MB


def align(old: Sequence[Hashable], new: Sequence[Hashable]) -> list[tuple[int, int]]:
    """Pairs of positions of equal items, ascending, such that the least is left over.

    Parts too long to align (``_ALIGN_CELLS``) are cut where a run of items stands once in both; of
    those without one, only the same start and the same end are paired.
    """
    shorter = min(len(old), len(new))
    head = next((n for n in range(shorter) if old[n] != new[n]), shorter)
    tail = 0
    while tail < shorter - head and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    before, after = old[head : len(old) - tail], new[head : len(new) - tail]
    fits = len(before) * len(after) <= _ALIGN_CELLS
    middle = _aligned(before, after) if fits else _aligned_in_parts(before, after)
    ends = zip(range(len(old) - tail, len(old)), range(len(new) - tail, len(new)), strict=True)
    return [*((n, n) for n in range(head)), *((head + i, head + j) for i, j in middle), *ends]


def _aligned(before: Sequence[Hashable], after: Sequence[Hashable]) -> list[tuple[int, int]]:
    import numpy as np

    ids: dict[Hashable, int] = {}
    query = [ids.setdefault(item, len(ids)) for item in before]
    held = np.array([ids.setdefault(item, len(ids)) for item in after], np.int32)
    rows = list(distances(query, held, anywhere=False))
    pairs: list[tuple[int, int]] = []
    i, j = len(before), len(after)
    while i and j:
        if query[i - 1] == held[j - 1]:
            i, j = i - 1, j - 1
            pairs.append((i, j))
        elif rows[i][j] == rows[i - 1][j - 1] + LOST:
            i, j = i - 1, j - 1
        elif rows[i][j] == rows[i - 1][j] + LOST:
            i -= 1
        else:
            j -= 1
    return pairs[::-1]


def _aligned_in_parts(
    before: Sequence[Hashable], after: Sequence[Hashable]
) -> list[tuple[int, int]]:
    pairs: list[tuple[int, int]] = []
    i = j = 0
    anchors = _anchors(before, after)
    for k, m in [*anchors, (len(before), len(after))] if anchors else ():
        pairs += ((i + a, j + b) for a, b in align(before[i:k], after[j:m]))
        pairs += [(k, m)] if k < len(before) else []
        i, j = k + 1, m + 1
    return pairs


def _anchors(before: Sequence[Hashable], after: Sequence[Hashable]) -> list[tuple[int, int]]:
    """Where runs of items begin that stand once in each, as many as come in the same order."""
    there = _single_runs(after)
    found = [(at, there[run]) for run, at in _single_runs(before).items() if run in there]
    tails: list[int] = []  # the least end of an ascending row of each length
    links: list[int] = []
    last: list[int] = []
    for number, (_, at) in enumerate(found):
        length = bisect_left(tails, at)
        tails[length : length + 1] = [at]
        last[length : length + 1] = [number]
        links.append(last[length - 1] if length else -1)
    chain: list[tuple[int, int]] = []
    number = last[-1] if last else -1
    while number >= 0:
        chain.append(found[number])
        number = links[number]
    return chain[::-1]


def _single_runs(items: Sequence[Hashable]) -> dict[tuple[Hashable, ...], int]:
    """Each run that stands once, and where it begins, in order."""
    runs = list(zip(*(items[n:] for n in range(_RUN)), strict=False))
    counts = Counter(runs)
    return {run: at for at, run in enumerate(runs) if counts[run] == 1}


def distances(
    query: Sequence[int], held: NDArray[np.int32], *, anywhere: bool
) -> Iterator[NDArray[np.int32]]:
    """For 0, 1, 2 ... words of the query, their edit distances to a run that ends before each word.

    A word of the query that is missing or another one costs ``LOST``, one put in ``PUT_IN``.
    ``anywhere``: the run may begin at any word of ``held``; else it begins at the first.
    """
    import numpy as np

    columns = PUT_IN * np.arange(len(held) + 1, dtype=np.int32)
    row = np.zeros_like(columns) if anywhere else columns
    yield row
    for number, word in enumerate(query, start=1):
        following = np.empty_like(row)
        following[0] = LOST * number
        np.minimum(row[:-1] + LOST * (held != word), row[1:] + LOST, out=following[1:])
        # A word put in costs a step more than its left neighbour: a running minimum, tilted.
        following -= columns
        np.minimum.accumulate(following, out=following)
        following += columns
        row = following
        yield row
