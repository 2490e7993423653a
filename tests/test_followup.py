"""A question that may lean on the conversation is searched with it too; the evidence decides."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from rag.engine import Engine
from rag.followup import leans, names_nothing, search_questions, stands_alone

TALKS = "Who led the American delegation in Doha?"

Open = Callable[[dict[str, str]], Engine]


@pytest.mark.parametrize(
    "question",
    [
        "What about Egypt?", "Who said that?", "When did they meet?", "Was he the envoy?",
        "But what did its leaders answer?", "What is his role?", "and in Jordan?", "What else?",
        "Did he meet Adam Boehler?",
    ],
)  # fmt: skip
def test_a_question_that_leans_is_searched_with_the_subject_so_far(question: str) -> None:
    assert leans(question)
    expected = (question, f"led American delegation Doha {question}")
    assert search_questions(question, [TALKS]) == expected


@pytest.mark.parametrize("question", ["And why?", "Why?", "Where?", "how so", "Why not?"])
def test_a_question_that_names_nothing_is_searched_with_the_subject_only(question: str) -> None:
    assert leans(question)
    assert search_questions(question, [TALKS]) == (f"led American delegation Doha {question}",)


@pytest.mark.parametrize(
    "question", ["How long is the notice period?", "Was the first album a success?"]
)
def test_a_question_without_a_name_may_lean(question: str) -> None:
    assert not leans(question)
    assert len(search_questions(question, [TALKS])) == 2


@pytest.mark.parametrize(
    "question",
    [
        "Who is Adam Boehler?", "When was Hamas founded?", "What does Israel fear?",
        "What happened in 1998?", "What does form AB-12 ask for?",
    ],
)  # fmt: skip
def test_a_question_that_stands_alone_is_searched_alone(question: str) -> None:
    assert stands_alone(question)
    assert search_questions(question, [TALKS]) == (question,)


def test_the_subject_is_that_of_the_last_question_that_stood_alone() -> None:
    history = ["When was Hamas founded?", TALKS, "What did they want?", "Did Egypt help them?"]
    _, context = search_questions("Who said that?", history)
    assert context == "led American delegation Doha Egypt help Who said that?"


def test_a_word_is_searched_once_and_a_long_conversation_adds_few() -> None:
    history = [TALKS, *(f"Did they meet delegation member Number{n}?" for n in range(40))]
    _, context = search_questions("Did the delegation leave?", history)
    words = context.casefold().split()
    assert words.count("delegation") == 1
    assert len(words) <= 16 + 4


@pytest.mark.parametrize(
    ("earlier", "question", "searched"),
    [
        ("What did the US ask for?", "And why?", "US ask And why?"),
        ("What does the WHO recommend for malaria?", "And for dengue?",
         "WHO recommend malaria And for dengue?"),
        ("Who runs IT at Acme?", "Since when?", "runs IT Acme Since when?"),
        ("What does the WHO recommend?", "And who pays for it?",
         "WHO recommend And who pays for it?"),
        ("What does the WHO recommend?", "And what does the WHO fear?",
         "recommend And what does the WHO fear?"),
        ("WHAT DID THE US ASK FOR?", "AND WHY?", "ASK AND WHY?"),
    ],
)  # fmt: skip
def test_initials_are_names_though_they_read_like_common_words(
    earlier: str, question: str, searched: str
) -> None:
    assert search_questions(question, [earlier])[-1] == searched


def test_a_question_about_initials_stands_alone() -> None:
    for question in ("What does IT do?", "Does the US agree?", "What does WHO recommend?"):
        assert not leans(question)
        assert stands_alone(question)
        assert not names_nothing(question)
    assert not names_nothing("Who is Will?")
    assert names_nothing("What Is It")
    assert leans("What does it do?")
    assert names_nothing("What does it do?")
    assert stands_alone("NATO 建议什么")


def test_in_a_question_all_in_capitals_capitals_make_no_names() -> None:
    assert not stands_alone("WHAT DID THEY ASK FOR?")
    assert leans("WHY WAS IT LATE?")
    assert not stands_alone("HOW LONG IS THE NOTICE PERIOD?")
    assert stands_alone("WHAT DOES FORM AB-12 ASK FOR?")


@pytest.mark.parametrize("history", [[], ["And why?"], ["???"], [""]])
def test_without_a_subject_nothing_is_added(history: list[str]) -> None:
    assert search_questions("And why?", history) == ("And why?",)


TEXTS = {
    "wasps.txt": "Wasps make paper nests. Wasps were studied by Anna Berg.",
    "bees.txt": "Bees make honey. Bees were studied by Karl Frisch.",
    "rates.txt": "The notice period is forty days.",
}


def test_a_follow_up_is_answered_on_its_subject(open_library: Open) -> None:
    engine = open_library(TEXTS)
    answer = engine.query("And who studied them?", history=["What do Wasps make?"])
    assert "Anna Berg" in answer.quotes[0].text
    assert answer.searched == "Wasps make And who studied them?"


def test_a_change_of_subject_is_not_dragged_back(open_library: Open) -> None:
    engine = open_library(TEXTS)
    answer = engine.query("How long is the notice period?", history=["What do Wasps make?"])
    assert [quote.document.path for quote in answer.quotes] == ["rates.txt"]
    assert answer.searched == "How long is the notice period?"
