"""Vectors in a file: a few are read where they stand, all of them are mapped."""

from __future__ import annotations

import mmap
import os
import sys
from pathlib import Path
from weakref import finalize

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]


class Stored:
    """Vectors in NumPy's format, open for reading. Safe to share between threads.

    Rows that are read stay with the system, which drops them when it must. Rows that are mapped
    count as memory of the process for as long as they are, with many neighbours of each; and of
    a mapped file that is not in memory yet the system reads megabytes for one of them.
    """

    def __init__(self, path: Path) -> None:
        """Open it.

        Raises:
            OSError, ValueError: it cannot be read, is too short, or has no rows of float32.
        """
        seen = np.load(path, mmap_mode="r", allow_pickle=False)
        if seen.ndim != 2 or seen.dtype != np.float32 or not seen.flags.c_contiguous:
            raise ValueError(f"{path.name} does not hold vectors, one behind the other")
        self.shape: tuple[int, int] = seen.shape
        """How many there are, and how many numbers each has."""
        self._start = int(seen.offset)
        self._file = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
        finalize(self, os.close, self._file)  # the last query that uses a replaced generation

    def all(self) -> Vectors:
        """Every vector, mapped for as long as the result is used."""
        mapped = mmap.mmap(self._file, 0, access=mmap.ACCESS_READ)
        return np.ndarray(self.shape, np.float32, mapped, self._start)

    def rows(self, numbers: NDArray[np.int64]) -> Vectors:
        """The vectors of these numbers, which ascend.

        Raises:
            OSError: the file cannot be read, or has become shorter.
        """
        if sys.platform == "win32":  # which cannot read at a place without moving there
            return self.all()[numbers]
        size = 4 * self.shape[1]
        first = np.flatnonzero(np.diff(numbers, prepend=-2) != 1)  # of neighbours: read together
        runs = zip(
            numbers[first].tolist(), np.diff(first, append=len(numbers)).tolist(), strict=True
        )
        found = b"".join(
            os.pread(self._file, size * count, self._start + size * number)
            for number, count in runs
        )
        if len(found) != size * len(numbers):
            raise OSError("the file of its vectors has become shorter")
        return np.frombuffer(found, np.float32).reshape(len(numbers), self.shape[1])
