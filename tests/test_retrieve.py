"""Two rankings become one, by rank alone."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from rag.engine import Engine
from rag.retrieve import fuse
from rag.words import tokens

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
    assert tokens("the fee¹² and the rent.¹") == ["the", "fee", "12", "and", "the", "rent", "1"]
    assert tokens("3 × 10⁻⁶ km²") == tokens("3 × 10^-6 km2")


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


def test_a_row_is_read_by_its_number_however_alike_the_rows_around_are(
    open_library: Callable[[dict[str, str]], Engine],
) -> None:
    """Cut into passages that only numbers tell apart, with prose beside them that has the words of
    the question."""
    towns = ("Turin", "Oslo", "Lyon", "Cork", "Graz")
    rows = "\n".join(
        f"INV-{n:05},{towns[n % 5]},Acme Tools {n % 7},{n * 37 % 900 + 20}.50" for n in range(900)
    )
    ledger = f"invoice,town,supplier,amount\n{rows}\n"
    prose = (
        "What the amount of an invoice is, and who the supplier of it was, is told in the ledger."
    )
    engine = open_library({"ledger.csv": ledger, "about.txt": prose})
    for number in (17, 276, 469, 801):
        answer = engine.trace(f"What is the amount of invoice INV-{number:05}?")
        read = [passage.searched.text for passage in answer.passages]
        assert any(f"INV-{number:05}\t" in text for text in read), number


def test_a_number_that_many_passages_hold_puts_none_of_them_first(
    open_library: Callable[[dict[str, str]], Engine],
) -> None:
    documents = {f"{n}.txt": f"Report {n} of the year 2023 tells of rain." for n in range(30)}
    documents["snow.txt"] = "Snow fell in winter on the high road to Bern."
    answer = open_library(documents).trace("Did snow fall on the road to Bern in 2023?", depth=1)
    assert answer.ranked[0][0] == "snow.txt"


def test_words_of_any_text_weigh_little_where_most_texts_are_tables(
    open_library: Callable[[dict[str, str]], Engine],
) -> None:
    rows = {f"{n}.csv": f"code,amount\nZQ-{n * 7919},{n}\n" for n in range(60)}
    rows["prose.txt"] = "What is the amount of the thing, and who is it of, and when was it?"
    store = open_library(rows)._current()
    best, _ = store.lexical("What is the amount of ZQ-79190?", 1, None)
    assert store.passage(int(best[0]))[0].path == "10.csv"


def test_a_vowel_sign_is_part_of_its_word_and_a_vowel_point_is_left_out() -> None:
    assert tokens("हिन्दी में") == ["हिन्दी", "में"]
    assert tokens("وقّع") == tokens("وقع")
    assert tokens("שָׁלוֹם") == tokens("שלום")
    assert len(tokens("naïve")) == len(tokens("nai\u0308ve")) == 1
