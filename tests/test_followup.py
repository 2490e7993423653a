"""A question that may lean on the conversation is searched with it too; the evidence decides."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from rag.engine import Engine
from rag.followup import is_courtesy, leans, names_nothing, search_questions, stands_alone

TALKS = "Who led the American delegation in Doha?"

Open = Callable[[dict[str, str]], Engine]


def searched(question: str, history: list[str]) -> tuple[str, ...]:
    return tuple(wording.words for wording in search_questions(question, history))


@pytest.mark.parametrize(
    "question",
    [
        "Who said that?", "When did they meet?", "Was he the envoy?", "What is his role?",
        "But what did its leaders answer?", "Did he meet Adam Boehler?",
    ],
)  # fmt: skip
def test_a_question_that_leans_is_searched_with_the_names_so_far(question: str) -> None:
    assert leans(question)
    assert searched(question, [TALKS]) == (question, f"American Doha {question}")


@pytest.mark.parametrize(
    "question", ["What about Egypt?", "and in Jordan?", "What else?", "And envoys?", "Since when?"]
)
def test_a_piece_of_a_question_is_searched_with_all_that_was_asked(question: str) -> None:
    assert leans(question)
    expected = (question, f"led American delegation Doha {question}")
    assert searched(question, [TALKS]) == expected


@pytest.mark.parametrize("question", ["And why?", "Why?", "Where?", "how so", "Why not?"])
def test_a_question_that_names_nothing_is_searched_with_the_subject_only(question: str) -> None:
    assert leans(question)
    assert searched(question, [TALKS]) == (f"led American delegation Doha {question}",)


@pytest.mark.parametrize(
    "question", ["How long is the notice period?", "Was the first album a success?"]
)
def test_a_question_without_a_name_may_lean(question: str) -> None:
    assert not leans(question)
    assert len(searched(question, [TALKS])) == 2


@pytest.mark.parametrize(
    "question",
    [
        "Who is Adam Boehler?", "When was Hamas founded?", "What does Israel fear?",
        "What happened in 1998?", "What does form AB-12 ask for?",
    ],
)  # fmt: skip
def test_a_question_that_stands_alone_is_searched_alone(question: str) -> None:
    assert stands_alone(question)
    assert searched(question, [TALKS]) == (question,)


def test_the_subject_is_that_of_the_last_question_that_stood_alone() -> None:
    history = ["When was Hamas founded?", TALKS, "What did they want?", "Did Egypt help them?"]
    _, context = searched("Who said that?", history)
    assert context == "American Doha Egypt Who said that?"
    _, context = searched("and in Jordan?", history)
    assert context == "led American delegation Doha Egypt help and in Jordan?"


@pytest.mark.parametrize(
    ("earlier", "question", "expected"),
    [
        ("What is the hotel limit in Munich?", "And in Paris?", "hotel limit And in Paris?"),
        ("What is the adult dose of Zorafen?", "what about Belmor?",
         "adult dose what about Belmor?"),
        ("What is Anna Krause's number?", "And Tom Weiss?", "number And Tom Weiss?"),
        ("Anna Krause's number?", "And Tom Weiss?", "number And Tom Weiss?"),
        ("What did Acme earn in 2022?", "And in 2023?", "Acme earn And in 2023?"),
        ("What did Acme earn in 2022?", "And Umbra?", "earn 2022 And Umbra?"),
        ("What is the adult dose of Zorafen?", "And over 75?", "adult dose Zorafen And over 75?"),
        ("What is the dose of Zorafen?", "And for children?", "dose Zorafen And for children?"),
    ],
)  # fmt: skip
def test_a_name_takes_the_place_of_one_of_its_kind(
    earlier: str, question: str, expected: str
) -> None:
    assert searched(question, [earlier])[-1] == expected


@pytest.mark.parametrize(
    ("earlier", "question", "context"),
    [
        ("How long is paternity leave?", "and maternity leave?", "long leave"),
        ("How much is full sick pay?", "And reduced sick pay?", "full sick pay"),
        ("What is the dose of Velo for high blood pressure?", "And for migraine?", "dose Velo"),
        ("Who is responsible for training?", "what about for filing?", "responsible"),
        # Of another kind: nothing's place is taken.
        ("How long is paternity leave?", "and sick pay?", "long paternity leave"),
        ("How long is leave?", "and maternity leave?", "long leave"),
        ("What is the fee for London?", "And for children?", "fee London"),
        ("How long is paternity leave?", "and in leap years?", "long paternity leave"),
        ("How long is paternity leave?", "when is maternity leave?", "long paternity leave"),
        ("what is the limit for hotels in towns?", "and for meals?", "limit towns"),
    ],
)
def test_a_phrase_takes_the_place_of_one_built_alike(
    earlier: str, question: str, context: str
) -> None:
    said = set(question.casefold().rstrip("?").split())
    kept = " ".join(word for word in context.split() if word.casefold() not in said)
    assert searched(question, [earlier])[-1] == f"{kept} {question}"


def test_what_took_a_name_s_place_is_talked_about_from_then_on() -> None:
    history = ["What is the adult dose of Zorafen?", "And Belmor?"]
    assert searched("Who makes it?", history)[-1] == "Belmor Who makes it?"
    assert searched("And for children?", history)[-1] == "adult dose Belmor And for children?"


@pytest.mark.parametrize(
    "words",
    ["thanks", "OK", "ok, got it", "Thank you very much!", "yes", "no", "Hello", "No, thanks"],
)
def test_a_courtesy_is_no_follow_up(words: str) -> None:
    assert is_courtesy(words)
    assert searched(words, [TALKS]) == (words,)
    assert searched("Who said that?", [TALKS, words]) == searched("Who said that?", [TALKS])


@pytest.mark.parametrize("question", ["ok, and why?", "Is it good?", "So?", "Why not?", "All?"])
def test_a_question_is_no_courtesy(question: str) -> None:
    assert not is_courtesy(question)


def test_where_no_name_is_carried_over_the_words_taken_are_told() -> None:
    (alone, both) = search_questions("who made it?", ["what is the dose of zorafen?"])
    assert alone.leans
    assert (both.words, both.taken) == ("dose zorafen who made it?", "dose zorafen")
    (_, names) = search_questions("Who made it?", ["What is the dose of Zorafen?"])
    assert names.taken == ""
    (nothing,) = search_questions("And why?", ["what is the dose of zorafen?"])
    assert nothing.taken == ""
    assert not search_questions("How safe is zorafen syrup?", [TALKS])[0].leans


def test_a_word_is_searched_once_and_a_long_conversation_adds_few() -> None:
    history = [TALKS, *(f"Did they meet delegation member Number{n}?" for n in range(40))]
    _, context = searched("Did the delegation leave?", history)
    words = context.casefold().split()
    assert words.count("delegation") == 1
    assert len(words) <= 16 + 4


@pytest.mark.parametrize(
    ("earlier", "question", "expected"),
    [
        ("What did the US ask for?", "And why?", "US ask And why?"),
        ("What does the WHO recommend for malaria?", "And for dengue?",
         "WHO recommend And for dengue?"),
        ("Who runs IT at Acme?", "Since when?", "runs IT Acme Since when?"),
        ("What does the WHO recommend?", "And who pays for it?",
         "WHO And who pays for it?"),
        ("What does the WHO recommend?", "And what does the WHO fear?",
         "And what does the WHO fear?"),
        ("WHAT DID THE US ASK FOR?", "AND WHY?", "ASK AND WHY?"),
    ],
)  # fmt: skip
def test_initials_are_names_though_they_read_like_common_words(
    earlier: str, question: str, expected: str
) -> None:
    assert searched(question, [earlier])[-1] == expected


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
    assert searched("And why?", history) == ("And why?",)


TEXTS = {
    "wasps.txt": "Wasps make paper nests. Wasps were studied by Anna Berg.",
    "bees.txt": "Bees make honey. Bees were studied by Karl Frisch.",
    "rates.txt": "The notice period is forty days.",
}


def test_a_follow_up_is_answered_on_its_subject(open_library: Open) -> None:
    engine = open_library(TEXTS)
    answer = engine.query("And who studied them?", history=["What do Wasps make?"])
    assert "Anna Berg" in answer.quotes[0].text
    assert answer.searched == "Wasps And who studied them?"


def test_a_change_of_subject_is_not_dragged_back(open_library: Open) -> None:
    engine = open_library(TEXTS)
    answer = engine.query("How long is the notice period?", history=["What do Wasps make?"])
    assert [quote.document.path for quote in answer.quotes] == ["rates.txt"]
    assert answer.searched == "How long is the notice period?"


CLINIC = {
    "dose.txt": "The dose is five drops. A syringe comes with it. It was made by Acme.",
    "rates.txt": "The notice period is forty days.",
}


def test_what_the_question_before_found_is_no_answer_to_the_next(open_library: Open) -> None:
    engine = open_library(CLINIC)
    earlier = "is the dose five drops?"
    assert "five drops" in engine.query(earlier).quotes[0].text
    assert not engine.query("and the colour?", history=[earlier]).answered


def test_it_is_one_where_it_holds_a_word_of_the_next(open_library: Open) -> None:
    engine = open_library(CLINIC)
    answer = engine.query("and the drops per day?", history=["is the dose five?"])
    assert "five drops" in answer.quotes[0].text
