"""A year, a code or a number that is asked about is no other one."""

from __future__ import annotations

import pytest

from rag.document import Block, Document
from rag.numbers import about_others, names_absent


def written(text: str, path: str = "a.txt", title: str = "A") -> Document:
    return Document(path, title, text, (Block(0, len(text), "prose"),), "", "")


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("What was the deficit in 2022?", "The deficit of 2022 was 3 million."),
        ("What was the deficit in 2022?", "FY22: the deficit was 3 million."),
        ("What was the deficit in 2023?", "The deficit of 2022/23 was 3 million."),
        ("Who led the party in 1984?", "In the 1980s Ada Reyes led the party."),
        ("Who led the party in 2005?", "From 2001 to 2009 Ada Reyes led the party."),
        ("What does E-419 mean?", "E 419: the pump is blocked."),
        ("What does e419 mean?", "E-419 means that the pump is blocked."),
        ("When did F15s first fly?", "The F-15 first flew in 1972."),
        # These are written in other ways, too.
        ("What is in s21?", "Section twenty-one bars it."),
        ("How did WW1 begin?", "The First World War began in Sarajevo."),
        ("What was sold in Q3?", "In the third quarter lamps were sold."),
        ("How much is 10mg of it?", "Ten milligrams cost a pound."),
        ("How many of the 1200 came?", "Of 1,200 guests all came."),
        ("Is 2,019 the number?", "It is the number."),
    ],
)
def test_what_is_asked_about_stands_there_in_some_form(question: str, text: str) -> None:
    assert not names_absent(question, written(text))


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("What was the deficit in 2022?", "The deficit of 2024 was 3 million."),
        ("What was the deficit in 2022?", "From 2023 to 2025 it was 3 million."),
        ("What does E-419 mean?", "E-418 means that the pump is blocked."),
        ("What does E-41 mean?", "E-418 means that the pump is blocked."),
        ("Does the A320 have it?", "The A319 has it."),
    ],
)
def test_what_is_asked_about_stands_nowhere(question: str, text: str) -> None:
    assert names_absent(question, written(text))


def test_a_title_or_a_file_name_with_the_year_will_do() -> None:
    text, question = "Gold costs 39 pounds.", "What did gold cost in 2023?"
    assert names_absent(question, written(text))
    assert not names_absent(question, written(text, path="prices/2023.md"))
    assert not names_absent(question, written(text, title="Prices 2023"))


def test_another_number_of_the_same_kind_is_another_thing() -> None:
    right, other, none = "Pallet 954 holds paint.", "Pallet 935 holds nails.", "Nails are heavy."
    asked = "What does pallet 954 hold?"
    assert about_others(asked, [other, right, none]) == [True, False, False]
    assert about_others(asked, [other, none]) == [False, False], "nobody tells of the right one"
    assert about_others(asked, [right, "Pallets 950 to 960 hold paint."]) == [False, False]
    assert about_others("What is heavy?", [other, right]) == [False, False]
    assert about_others("Compare pallet 935 with pallet 954", [other, right]) == [False, False]
