"""Which items of two rows are the same: of rows too long for a table of all, too."""

from __future__ import annotations

import itertools
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag import alignment
from rag.alignment import align
from rag.diff import word_diff

_ROWS = st.lists(st.integers(0, 9), max_size=60)


@given(_ROWS, _ROWS)
def test_what_is_aligned_in_parts_is_the_same_and_in_order(old: list[int], new: list[int]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(alignment, "_ALIGN_CELLS", 100)
        patch.setattr(alignment, "_RUN", 2)
        pairs = align(old, new)
    assert all(old[i] == new[j] for i, j in pairs)
    assert all(i < k and j < m for (i, j), (k, m) in itertools.pairwise(pairs))


def test_of_a_long_text_only_what_is_altered_is_marked() -> None:
    letters = random.Random(5)
    old = "".join(chr(letters.randint(0x4E00, 0x5A00)) for _ in range(12_000))
    new = "".join("龘" if n % 50 == 0 else letter for n, letter in enumerate(old + "龘"))
    diff = word_diff(old, new)
    assert "".join(change.text for change in diff if change.op != "added") == old
    assert "".join(change.text for change in diff if change.op != "removed") == new
    assert sum(len(change.text) for change in diff if change.op != "same") == 481


def test_long_rows_without_a_run_in_common_share_their_start_and_end() -> None:
    old, new = ["a", *range(4000), "z"], ["a", *range(4000, 0, -1), "z"]
    assert align(old, new) == [(0, 0), (4001, 4001)]
