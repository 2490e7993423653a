"""A follow-up is searched with the question it leans on; a question that stands alone is not."""

from __future__ import annotations

import pytest

from rag.followup import is_followup, search_question

TALKS = "Who led the American delegation in Doha?"


@pytest.mark.parametrize(
    "question",
    [
        "And why?", "Why?", "What about Egypt?", "Who said that?", "When did they meet?",
        "Was he the envoy?", "But what did its leaders answer?", "Where?", "how so", "Why not?",
        "What is his role?", "and in Jordan?", "What else?",
    ],
)  # fmt: skip
def test_a_short_or_pronoun_led_question_is_searched_with_the_one_before(question: str) -> None:
    assert search_question(question, [TALKS]) == f"{TALKS} {question}"


@pytest.mark.parametrize(
    "question",
    [
        "Who is Adam Boehler?", "When was Hamas founded?", "What does Israel fear?",
        "How do I add a document to the corpus?", "Which countries mediated earlier peace talks?",
    ],
)  # fmt: skip
def test_a_question_that_stands_alone_is_searched_alone(question: str) -> None:
    assert search_question(question, [TALKS]) == question


def test_a_chain_of_followups_reaches_back_to_the_question_that_stands() -> None:
    history = ["When was Hamas founded?", TALKS, "And why?"]
    assert search_question("Who said that?", history) == f"{TALKS} And why? Who said that?"


def test_without_a_history_nothing_is_added() -> None:
    assert search_question("And why?", []) == "And why?"
    assert is_followup("And why?")
