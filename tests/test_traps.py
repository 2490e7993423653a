"""What the reader is taught not to answer really is not answered, as far as can be seen."""

from __future__ import annotations

import random
from typing import Any

import pytest
from recipes import load_recipe

TRAPS: Any = load_recipe("traps")
SENTENCES = (
    "Hamas was founded in 1987.",
    "It holds elections every four years.",
    "Its offices are in Doha and in Cairo.",
)


def pair(question: str, *sentences: str, gold: tuple[int, ...] = (0,), answer: str = "1987") -> Any:
    """A title and sentences; the answer's words where they first stand."""
    text, spans = "Title\n", []
    for sentence in sentences:
        spans.append((len(text), len(text) + len(sentence)))
        text += f"{sentence} "
    start = text.index(answer)
    answers = ((start, start + len(answer)),) if answer else ()
    return TRAPS.Pair(question, text.rstrip(), tuple(spans), gold, answers)


def test_the_passage_without_its_answer_is_the_rest_word_for_word() -> None:
    left = TRAPS.without_answer(pair("When was Hamas founded?", *SENTENCES))
    assert [left.text[a:b] for a, b in left.spans] == list(SENTENCES[1:])
    assert left.text.startswith("Title\n")
    assert (left.gold, left.answers) == ((), ())


@pytest.mark.parametrize(
    "sentences",
    [
        (*SENTENCES, "The year 1987 was cold."),  # still says it
        SENTENCES[:2],  # too little is left
    ],
)
def test_what_still_answers_or_is_too_short_is_no_trap(sentences: tuple[str, ...]) -> None:
    assert TRAPS.without_answer(pair("When was Hamas founded?", *sentences)) is None


@pytest.mark.parametrize("seed", range(10))
def test_a_name_becomes_another(seed: int) -> None:
    asked = pair(
        "Who met Adam Boehler?", "An official met Adam Boehler.", "Later Jane Roe came.", answer=""
    )
    other = TRAPS.exchanged(asked, ["Mary Major"], random.Random(seed))
    assert other.question in ("Who met Jane Roe?", "Who met Mary Major?")
    assert other.text == asked.text
    assert other.gold == ()


def test_a_word_becomes_its_opposite_where_the_passage_lacks_that() -> None:
    asked = pair("What was the first step?", "The first step was a call.", answer="a call")
    other = TRAPS.exchanged(asked, [], random.Random(0))
    assert other.question == "What was the last step?"
    both = pair("What was the first step?", "The first was a call, the last a deal.", answer="")
    assert TRAPS.exchanged(both, [], random.Random(0)) is None


@pytest.mark.parametrize(
    ("question", "sentence", "others"),
    [
        ("When was Hamas founded?", "Hamas was founded in 1987.", {"Who founded Hamas?"}),
        ("in what year was it built", "it was built in 1987 by monks", {
            "where was it built", "why was it built",
        }),
        ("When did it open?", "It opened in 1987 in Cairo because of the fair.", set()),
        ("How old is it?", "It was built in 1987.", set()),
    ],
)  # fmt: skip
def test_another_thing_is_asked_for_only_where_nothing_near_tells_it(
    question: str, sentence: str, others: set[str]
) -> None:
    asked = pair(question, sentence)
    made = [TRAPS.asked_otherwise(asked, random.Random(seed)) for seed in range(20)]
    assert {one.question for one in made if one} == others
