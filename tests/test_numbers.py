"""A year, a code or a number that is asked about is no other one."""

from __future__ import annotations

import pytest
from reading import table

from rag import numbers
from rag.document import Block, Document
from rag.numbers import Told, about_others, names_absent, numbered_cells


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
        # No years.
        ("Who must approve a $2000 purchase?", "Since 2019 the head must approve $1,000 and more."),
        ("May an adult take 2000 mg a day?", "The maximum was 4 g in 2019."),
        ("Are 1800 guests too many?", "The hall of 1905 holds more than 1,000."),
        ("What is the VAT rate in 2024?", "From 2019 on the rate is 21 percent."),
        ("What is paid to those born in 1950?", "Whoever is born before 1960 is paid 80."),
        ("What is the visa fee in 2025?", "The visa fee is 40 euros."),
        ("Who ruled in the 1960's?", "Ada Reyes ruled from May 1962."),
        ("Who sang in 1963?", "In the sixties Ada Reyes sang. She died in 2001."),
        ("What is U-235 for?", "Uranium-235 is burnt."),
        ("What does E-950 mean?", "E-900 upward: call the service."),
        ("What does E-420 mean?", "E-400 to E-450: the pump is blocked."),
        # Bounds and alternatives.
        ("What has changed since 2015?", "In 2018 the fee was raised to 20 pounds."),
        ("What was built between 2010 and 2015?", "The bridge was built in 2012."),
        ("Who was mayor before 2020?", "Ada Reyes was mayor in 2017 and 2018."),
        ("Was the mill built in 1985 or 1986?", "The mill was built in 1986."),
        ("Is the A319 or the A320 used?", "The A320 is used."),
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
        ("Was the mill built in 1985 or 1986?", "The mill was built in 1990."),
        ("What did those born before 1950 get in 2022?", "In 2024 they got 3 pounds."),
    ],
)
def test_what_is_asked_about_stands_nowhere(question: str, text: str) -> None:
    assert names_absent(question, written(text))


def test_a_title_or_a_file_name_with_the_year_will_do() -> None:
    text, question = "Gold cost 30 pounds in 2021.", "What did gold cost in 2023?"
    assert names_absent(question, written(text))
    assert not names_absent(question, written(text, path="prices/2023.md"))
    assert not names_absent(question, written(text, title="Prices 2023"))


def others(question: str, *sentences: str) -> list[bool]:
    return about_others(question, [Told("A › Part 7", sentence) for sentence in sentences])


def test_another_number_of_the_same_kind_is_another_thing() -> None:
    right, other, none = "Pallet 954 holds paint.", "Pallet 935 holds nails.", "Nails are heavy."
    asked = "What does pallet 954 hold?"
    assert others(asked, other, right, none) == [True, False, False]
    assert others(asked, other, none) == [False, False], "nobody tells of the right one"
    assert others(asked, right, "Pallets 950 to 960 hold paint.") == [False, False]
    assert others("What is heavy?", other, right) == [False, False]
    assert others("Compare pallet 935 with pallet 954", other, right) == [False, False]
    assert others("What is said in part 7?", "Part 6 says no.") == [False], "it stands in part 7"


@pytest.mark.parametrize(
    ("question", "covers", "names"),
    [
        ("How is grade 3 treated?", "Grade 2 and higher are rinsed.", "Grade 3 was seen in 4."),
        ("What is due in zone 4?", "In zone 1 it is 3; all others are free.", "Zone 4 is far."),
        ("Is Windows 11 enough?", "It needs Windows 10 or later.", "Windows 11 is new."),
        ("What came after version 3?", "Version 4 came.", "Version 3 had tabs."),
        ("What came prior to version 3?", "Version 2 came.", "Version 3 had tabs."),
        ("When rose it after March 2023?", "In March 2024 it rose.", "In March 2023 it was 20."),
    ],
)
def test_a_rule_that_covers_the_number_is_no_other_things(
    question: str, covers: str, names: str
) -> None:
    assert others(question, covers, names) == [False, False]


def test_a_row_with_another_number_in_the_column_that_is_named_is_another_thing() -> None:
    rows = [
        "Priority\tResponse\tStaff",
        "1\tat all times\t3",
        "2\t8 hours\t2",
        "3\tfurther ones too\t1",
    ]
    held = table(*rows)
    told = [Told("A", row, numbered_cells(held, number)) for number, row in enumerate(rows)]
    assert told[1].cells == (("Priority", "1"), ("Staff", "3"))
    assert about_others("Response to priority 2?", told) == [False, True, False, False]
    assert about_others("Response to priority 5?", told) == [False, True, True, False]
    assert about_others("Response above priority 1?", told) == [False] * 4
    assert about_others("Are 2 staff there?", told) == [False] * 4


def test_what_opens_with_another_code_of_the_same_shape_is_another_thing() -> None:
    asked = "Was 24/0899 allowed?"
    assert others(asked, "24/0871, a barn: yes.", "24/0899, a shed: no.") == [True, False]
    assert others(asked, "24/0871: see 24/0899.", "A barn, 24/0871: yes.") == [False, False]
    assert others(asked, "24/0871 to 24/0900: yes.", "5/12, a barn: yes.") == [False, False]
    assert others("What is E07?", "- E09: door open", "E07: heating", "E8: leak") == [
        True, False, False,
    ]  # fmt: skip
    assert others("What was it in 2022/23?", "2021/22 was dry.") == [False], "years are no codes"
    assert others("Who came on 12/05/2023?", "11/05/2023 was dry.") == [False], "nor are dates"


def test_many_long_documents_are_looked_through_once() -> None:
    text = "The year 1999 was dry. " * 40_000
    asked = "What happened to the codes AB-123, CD-456 and in 1950?"
    assert names_absent(asked, written(text))
    looked_at = numbers._years.cache_info().misses, numbers._holds_code.cache_info().misses
    assert names_absent(asked, written(text))
    assert looked_at == (
        numbers._years.cache_info().misses, numbers._holds_code.cache_info().misses,
    )  # fmt: skip


LEVELS = (
    "Priority\tMeaning\tResolved within",
    "1\tall users\t4 hours",
    "2\tone team\t1 day",
    "3\tone user\t2 days",
)


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("How fast is a priority 2 incident resolved?", [False, True, False, True]),
        ("How fast is a priority 5 incident resolved?", [False, True, True, True]),
        ("What is resolved within 2 days?", [False] * 4),
        ("How fast is all from priority 2 on resolved?", [False] * 4),
        ("How fast are 2 users helped?", [False] * 4),
    ],
)
def test_a_row_of_another_number_in_the_column_that_is_asked_by_is_another_thing(
    question: str, expected: list[bool]
) -> None:
    held = table(*LEVELS)
    told = [Told("A", row, numbered_cells(held, n)) for n, row in enumerate(LEVELS)]
    assert about_others(question, told) == expected


def test_a_column_of_numbers_is_called_as_what_it_numbers() -> None:
    held = table("Room no.\tUse", "1\tlinen", "2\tlinen")
    told = [Told("A", "a row", numbered_cells(held, n)) for n in range(3)]
    assert about_others("What is room 2 for?", told) == [False, True, False]


def test_a_band_covers_more_numbers_than_those_that_it_names() -> None:
    rows = ["Max. age\tFee", "5\tfree", "15\t4"]
    held = table(*rows)
    told = [Told("A", row, numbered_cells(held, number)) for number, row in enumerate(rows)]
    assert about_others("What does a child aged 7 pay?", told) == [False] * 3
    assert others("What is the dose for 2-3 years?", "1-5 years: 2.5 ml twice a day.") == [False]
