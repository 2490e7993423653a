"""In questions and answers, an answer is shown with its question, and a question is no answer."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from reading import document

from rag.engine import Engine
from rag.findings import find
from rag.questions import is_question, question_above, says_yes_or_no

Open = Callable[[dict[str, str]], Engine]

POOL = {
    "html": "<dl><dt>Are dogs allowed?</dt><dd>No, except guide dogs.</dd>"
    "<dt>May I bring my own fins?</dt><dd>Yes, in the blue lanes.</dd></dl>",
    "md": "**Are dogs allowed?**\n\nNo, except guide dogs.\n\n"
    "**May I bring my own fins?**\n\nYes, in the blue lanes.\n",
    "txt": "Q: Are dogs allowed?\nA: No, except guide dogs.\n\n"
    "Q: May I bring my own fins?\nA: Yes, in the blue lanes.\n",
}


@pytest.mark.parametrize("kind", POOL)
def test_an_answer_is_quoted_with_its_question_and_no_other(open_library: Open, kind: str) -> None:
    quotes = open_library({f"a.{kind}": POOL[kind]}).query("Are dogs allowed?").quotes
    assert [quote.text.split("\n")[0].strip("*Q: ") for quote in quotes] == ["Are dogs allowed?"]
    assert quotes[0].text.endswith("No, except guide dogs.")


@pytest.mark.parametrize("kind", POOL)
def test_an_answer_that_is_found_is_told_as_a_part(kind: str) -> None:
    (finding,) = find("Yes, in the blue lanes.", [document(POOL[kind], kind)])
    assert finding.sentence is not None
    assert "own fins?" in finding.sentence.text


def test_yes_under_a_heading_is_quoted_with_it(open_library: Open) -> None:
    source = "## Is the guide pool heated?\n\nYes. The guide pool has 28 degrees.\n"
    held = document(source)
    assert question_above(held, held.text.index("Yes")) == held.text.index("Is the")
    assert question_above(held, held.text.index("The guide")) is None
    plain = document(source.replace("Yes. ", ""))
    assert question_above(plain, plain.text.index("The guide")) is None


def test_yes_is_quoted_with_its_question_and_what_stands_before_that() -> None:
    held = document("I am old. May I dive?\n\nNo, never.\n\nI am young. May I dive?\n\nYes, do.")
    assert question_above(held, held.text.index("No,")) == held.text.index("I am old")
    assert question_above(held, held.text.index("Yes,")) == held.text.index("I am young")
    plain = document("I am old. May I dive?\n\nDivers must be young.")
    assert question_above(plain, plain.text.index("Divers")) is None


@pytest.mark.parametrize(
    ("source", "asks"),
    [
        ("Are dogs allowed?\n\nNo.", True),
        ("_Are dogs allowed?_\n\nNo.", True),
        ("Dogs bark. Are they allowed?\n\nNo.", False),  # prose that asks
        ("Are dogs allowed? No.\n\nRain.", False),
        ("Are dogs allowed?\n\nAre cats?\n\nNo.", False),  # a list of questions
        ("Are dogs allowed?", False),
        ("Are dogs allowed?\n\n## Cats\n\nNo.", False),
    ],
)
def test_a_question_is_a_block_of_its_own_with_an_answer_below(source: str, asks: bool) -> None:
    assert is_question(document(source), 0) is asks


def test_the_last_of_a_run_of_questions_is_none() -> None:
    held = document("Who?\n\nWhen?\n\nWhere?\n\nIn May.")
    assert not any(is_question(held, number) for number in range(4))


@pytest.mark.parametrize(
    ("sentence", "says"),
    [
        ("Yes.", True), ("No", True), ("A: No, except mine.", True), ("**Yes** — both.", True),
        ("No dogs are allowed.", False), ("No. 5 is closed.", False), ("Yesterday.", False),
    ],
)  # fmt: skip
def test_yes_and_no_are_told_from_words_that_begin_so(sentence: str, says: bool) -> None:
    assert says_yes_or_no(sentence) is says
