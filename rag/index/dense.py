"""Unit vectors on disk: searched exactly while they are few, by way of a compressed index beyond.

The compressed index (inverted lists of vectors rounded to 8 bits a number, Jégou et al. 2011 and
https://faiss.ai) only proposes; what it proposes is ordered by the exact vectors, which are read
where they lie on disk. How many lists a question looks into is chosen when the index is written, so
that `RECALL` of the exact neighbours are found.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.index.stored import Stored, Vectors

VECTORS = "vectors.faiss"
EXACT = "vectors.npy"
EXACT_UP_TO = 50_000
"""Vectors; searching so many of 384 numbers takes some 10 ms on two cores."""
RECALL = 0.985
"""Of the ten nearest, on average, in what a compressed index proposes."""

_AT = 10
_PROBED = 200  # vectors that the recall is measured with
_PROPOSED = 4  # times as many as are asked for, at least `_FEWEST`
_FEWEST = 200
_TRAINED_ON = 40  # vectors a list
_GROWN = 2.0  # times as many vectors as the lists were trained for: train them anew
_BLOCK = 65_536
_FILTERED_EXACTLY = 20_000


@dataclass(frozen=True, slots=True)
class Exact:
    """Vectors that are compared one by one. Safe to share between threads."""

    index: Any
    """A `faiss.IndexFlat`."""

    @property
    def count(self) -> int:
        """How many there are."""
        return int(self.index.ntotal)

    def search(
        self, vector: Vectors, count: int, among: NDArray[np.int64] | None
    ) -> tuple[NDArray[np.int64], Vectors]:
        """The numbers and cosines of the ``count`` nearest to a vector of shape ``(dimension,)``,
        best first, of all or of those ``among`` these numbers."""
        import faiss

        parameters = None
        if among is not None:
            count = min(count, len(among))
            parameters = faiss.SearchParameters()
            parameters.sel = faiss.IDSelectorBatch(among)
        count = min(count, self.count)
        if not count:
            return np.empty(0, np.int64), np.empty(0, np.float32)
        scores, ids = self.index.search(vector[None, :], count, params=parameters)
        found = ids[0] >= 0
        return ids[0][found], scores[0][found]

    def vectors(self) -> Vectors:
        """Every vector, shape ``(count, dimension)``."""
        vectors: Vectors = self.index.reconstruct_n(0, self.count)
        return vectors


@dataclass(frozen=True, slots=True)
class Compressed:
    """Vectors that inverted lists propose and the exact ones order. Safe to share."""

    index: Any
    """A `faiss.IndexIVF`, its lists mapped from disk."""
    exact: Stored
    probes: int
    """How many lists a question looks into."""

    @property
    def count(self) -> int:
        """How many there are."""
        return self.exact.shape[0]

    def search(
        self, vector: Vectors, count: int, among: NDArray[np.int64] | None
    ) -> tuple[NDArray[np.int64], Vectors]:
        """The nearest that are found, as `Exact.search` gives them.

        Raises:
            OSError: the exact vectors cannot be read.
        """
        import faiss

        if among is not None and len(among) <= _FILTERED_EXACTLY:
            return _ordered(vector, self.exact, among, count)
        parameters: Any = faiss.SearchParametersIVF()
        parameters.nprobe = self.probes
        if among is not None:
            parameters.sel = faiss.IDSelectorBatch(among)
        proposed = min(self.count, max(_FEWEST, _PROPOSED * count))
        _, ids = self.index.search(vector[None, :], proposed, params=parameters)
        return _ordered(vector, self.exact, ids[0][ids[0] >= 0], count)

    def vectors(self) -> Vectors:
        """Every vector, shape ``(count, dimension)``."""
        return self.exact.all()


Dense = Exact | Compressed


def _ordered(
    vector: Vectors, exact: Stored, numbers: NDArray[np.int64], count: int
) -> tuple[NDArray[np.int64], Vectors]:
    numbers = np.sort(numbers)  # in the order of the disk
    scores = exact.rows(numbers) @ vector
    best = np.lexsort((numbers, -scores))[:count]
    return numbers[best], scores[best]


def save(vectors: Vectors, folder: Path, old: Dense | None, sources: NDArray[np.int64]) -> None:
    """Write unit vectors, shape ``(count, dimension)``.

    ``sources`` has each one's number in the ``old`` index, or -1: what that one has sorted into
    its lists is not sorted again.
    """
    import faiss

    if len(vectors) <= EXACT_UP_TO:
        flat = faiss.IndexFlatIP(vectors.shape[1])
        flat.add(vectors)
        _write(flat, folder)
        return
    lists = 2 ** round(math.log2(2 * math.sqrt(len(vectors))))
    if isinstance(old, Compressed) and old.index.nlist * _GROWN >= lists >= old.index.nlist:
        index = _carried(old, sources)
        new = np.flatnonzero(sources < 0)
    else:
        index = _trained(vectors, lists)
        new = np.arange(len(vectors))
    for start in range(0, len(new), _BLOCK):
        ids = new[start : start + _BLOCK]
        index.add_with_ids(vectors[ids], ids)
    _write(index, folder)
    with (folder / EXACT).open("wb") as file:
        np.lib.format.write_array(file, vectors, allow_pickle=False)


def load(folder: Path, probes: int) -> Dense:
    """Open what `save` wrote; ``probes`` is what `measure` gave for it.

    Raises:
        OSError, RuntimeError, ValueError: `save` did not write it.
    """
    import faiss

    path = folder / EXACT
    if not path.exists():
        return Exact(faiss.read_index(str(folder / VECTORS)))
    exact = Stored(path)
    index: Any = faiss.read_index(
        str(folder / VECTORS), faiss.IO_FLAG_MMAP | faiss.IO_FLAG_READ_ONLY
    )
    if exact.shape != (index.ntotal, index.d):
        raise ValueError("its compressed vectors are not those that it holds")
    return Compressed(index, exact, probes)


def measure(folder: Path) -> tuple[int, float]:
    """How many lists a question has to look into, and which share of the nearest it then finds.

    Measured against exact search, with vectors half way between two that were drawn by chance: a
    question lies nearer to its answers, and is easier to place.
    """
    dense = load(folder, 1)
    if isinstance(dense, Exact):
        return 1, 1.0
    chance = np.random.default_rng(0)
    drawn = chance.choice(dense.count, (2, _PROBED))
    vectors = dense.vectors()
    asked = vectors[drawn[0]] + vectors[drawn[1]]
    asked /= np.linalg.norm(asked, axis=1, keepdims=True)
    wanted = _nearest(vectors, asked)
    probes, recall = 4, 0.0
    while True:
        probes = min(2 * probes, dense.index.nlist)
        tried = Compressed(dense.index, dense.exact, probes)
        found = [set(tried.search(vector, _AT, None)[0].tolist()) for vector in asked]
        recall = float(np.mean([len(f & w) / _AT for f, w in zip(found, wanted, strict=True)]))
        if recall >= RECALL or probes == dense.index.nlist:
            return probes, recall


def _nearest(vectors: Vectors, asked: Vectors) -> list[set[int]]:
    best = np.empty((len(asked), 0), np.int64)
    scores = np.empty((len(asked), 0), np.float32)
    for start in range(0, len(vectors), _BLOCK):
        block = asked @ vectors[start : start + _BLOCK].T
        ids = np.argpartition(-block, _AT - 1, axis=1)[:, :_AT]
        best = np.concatenate([best, ids + start], axis=1)
        scores = np.concatenate([scores, np.take_along_axis(block, ids, 1)], axis=1)
        kept = np.argpartition(-scores, _AT - 1, axis=1)[:, :_AT]
        best = np.take_along_axis(best, kept, 1)
        scores = np.take_along_axis(scores, kept, 1)
    return [set(row) for row in best.tolist()]


def _trained(vectors: Vectors, lists: int) -> Any:
    chance = np.random.default_rng(0)
    sample = chance.choice(len(vectors), min(len(vectors), _TRAINED_ON * lists), replace=False)
    index = _empty(vectors.shape[1], lists)
    index.train(vectors[np.sort(sample)])
    return index


def _empty(dimension: int, lists: int) -> Any:
    import faiss

    index = faiss.IndexIVFScalarQuantizer(
        faiss.IndexFlatIP(dimension),
        dimension,
        lists,
        faiss.ScalarQuantizer.QT_8bit,
        faiss.METRIC_INNER_PRODUCT,
        False,
    )
    index.cp.seed = 0
    return index


def _carried(old: Compressed, sources: NDArray[np.int64]) -> Any:
    """The old lists with the vectors that are left, under their new numbers."""
    import faiss

    held: Any = faiss.downcast_index(old.index)
    index = _empty(held.d, held.nlist)
    index.quantizer.add(held.quantizer.reconstruct_n(0, held.nlist))
    index.sq = held.sq
    index.is_trained = True
    renumbered = np.full(old.count, -1, np.int64)
    kept = np.flatnonzero(sources >= 0)
    renumbered[sources[kept]] = kept
    for number in range(held.nlist):
        size = held.invlists.list_size(number)
        if not size:
            continue
        ids = faiss.rev_swig_ptr(held.invlists.get_ids(number), size)
        codes = faiss.rev_swig_ptr(held.invlists.get_codes(number), size * held.code_size)
        left = renumbered[ids]
        codes = codes.reshape(size, held.code_size)[left >= 0]
        left = left[left >= 0]
        if len(left):
            index.invlists.add_entries(
                number, len(left), faiss.swig_ptr(left), faiss.swig_ptr(codes)
            )
            index.ntotal += len(left)
    return index


def _write(index: Any, folder: Path) -> None:
    import faiss

    with (folder / VECTORS).open("wb") as file:  # faiss itself overlooks a full disk
        faiss.write_index(index, faiss.PyCallbackIOWriter(file.write))  # type: ignore[attr-defined]
