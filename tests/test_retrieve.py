"""Two rankings become one, by rank alone."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from rag.engine import Engine
from rag.index.lexical import tokens
from rag.retrieve import fuse

rankings = st.lists(st.lists(st.integers(0, 30), unique=True, max_size=20), min_size=1, max_size=4)


@given(rankings, st.integers(1, 100))
def test_fusion_gives_one_to_first_everywhere_and_keeps_the_order_of_one_ranking(
    lists: list[list[int]], k: int
) -> None:
    fused = fuse(lists, k)
    assert set(fused) == {number for ranking in lists for number in ranking}
    assert all(0 < score <= 1.0000001 for score in fused.values())
    (only,) = [lists[0]]
    alone = fuse([only], k)
    assert sorted(alone, key=lambda number: -alone[number]) == only


def test_what_both_rankers_find_comes_before_what_one_finds() -> None:
    fused = fuse([[1, 2, 3], [4, 2, 5]], 10)
    assert max(fused, key=lambda number: fused[number]) == 2


def test_search_words_do_not_depend_on_case_form_or_apostrophe() -> None:
    assert tokens("Talking TALKS") == ["talk", "talk"]
    assert tokens("Trump’s") == tokens("Trump's")
    assert tokens("ﬁnance") == tokens("finance")


def test_where_a_script_sets_no_spaces_each_letter_and_each_two_are_words() -> None:
    assert set(tokens("促进和平")) == {*"促进和平", "促进", "进和", "和平"}
    assert tokens("AI技术") == ["ai", "技", "术", "技术"]
    assert "สน" not in tokens("สันติ")  # what is between two of its marks stays apart
    assert tokens("서울의 인구") == ["서울의", "인구"]


def test_a_code_that_no_embedding_knows_is_found_by_its_letters(
    open_library: Callable[[dict[str, str]], Engine],
) -> None:
    documents = {f"{n}.txt": f"Part number XK-{n * 7919} fits." for n in range(40)}
    answer = open_library(documents).query("part number XK-47514")
    assert answer.quotes[0].text == "Part number XK-47514 fits."
