"""Where else a quote's words stand: no place twice, and none inside another."""

from __future__ import annotations

import numpy as np
import pytest

from rag.copies import grouped, with_copies
from rag.document import Block, Document
from rag.models.reading import SentenceBySentence
from rag.retrieve import ReadPassage
from rag.searched import searched
from rag.split import split
from rag.types import Hit, Quote


def read(text: str) -> ReadPassage:
    """A passage that is all of a text, each of whose lines is a block."""
    blocks, at = [], 0
    for line in text.split("\n"):
        blocks.append(Block(at, at + len(line), "prose"))
        at += len(line) + 1
    whole = Document("a.txt", "A", text, tuple(blocks), "", "")
    sentences, _ = split(whole, passage_chars=1000)
    body = searched(whole, sentences)
    reading = SentenceBySentence(0.0, "q", body, lambda _, texts: np.zeros(len(texts), np.float32))
    return ReadPassage(Hit(0, 0, 0, 0), whole, sentences, body, reading)


def copies(passage: ReadPassage, *places: tuple[int, int]) -> list[list[tuple[int, int]]]:
    """Of each place that is quoted, where else its words are said to stand."""
    quotes = [Quote(passage.document, start, end, 1.0) for start, end in places]
    found = [with_copies(quote, [passage], quotes).also_in for quote in quotes]
    return [[(other.start, other.end) for other in one] for one in found]


def test_what_stands_inside_another_quote_is_no_other_place() -> None:
    passage = read("Cats may enter. However, they must not eat.\nHowever, they must not eat.")
    assert copies(passage, (0, 43), (44, 71)) == [[], []]


def test_a_quote_that_begins_with_a_mark_is_no_copy_of_itself() -> None:
    assert copies(read("»\nCats may enter."), (0, 17)) == [[]]


def test_a_copy_that_no_quote_holds_is_told() -> None:
    passage = read("Cats may enter. Dogs may not.\nCats may enter.\nCats may enter.")
    assert copies(passage, (0, 15)) == [[(30, 45), (46, 61)]]


def test_copies_of_one_quote_do_not_overlap() -> None:
    passage = read("No. No.\nNo. No. No.")
    (found,) = copies(passage, (0, 7))
    assert found == [(8, 15)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("In winter it is –5 °C.", "In winter it is 5 °C."),
        ("The loss was (500) thousand euros.", "The loss was 500 thousand euros."),
        ("Smoking is permitted on the balcony.", "Smoking is permitted on the balcony?"),
        ("- 5", "5"),
        ("5 MW", "5 mW"),
        ("5′ 3″", "5″ 3′"),
        ("x - 5", "x 5"),
        ("2*3", "2 3"),
        ("2*3*4", "234"),
        ("2 * 3 * 4", "2 3 4"),
        ("They met the US.", "They met the us."),
        ("$5", "€5"),
        ("Rent is due. No", "Rent is due, no"),
    ],
)
def test_what_says_something_else_is_no_copy(one: str, other: str) -> None:
    passage = read(f"{one}\n{other}")
    places = (0, len(one)), (len(one) + 1, len(passage.document.text))
    assert copies(passage, places[0]) == [[]]
    assert copies(passage, places[1]) == [[]]
    assert len(grouped([Quote(passage.document, *place, 1.0) for place in places])) == 2


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Cats may enter.", "Cats  may enter"),
        ("“It’s” their 3–5 days.", '"It\'s" their 3-5 days.'),
        ("„Cats“ may enter.", "«Cats» may enter."),
        ("Cats may **not** enter.", "Cats may not enter."),
        ("*Cats* may enter;", "Cats may enter."),
    ],
)
def test_the_shape_of_quotes_and_dashes_emphasis_and_a_last_full_stop_say_nothing(
    one: str, other: str
) -> None:
    passage = read(f"{one}\n{other}")
    places = (0, len(one)), (len(one) + 1, len(passage.document.text))
    assert copies(passage, places[0]) == [[places[1]]]
    assert len(grouped([Quote(passage.document, *place, 1.0) for place in places])) == 1


def test_what_must_be_read_with_more_is_no_copy() -> None:
    gate = "The gate of the club is open to everybody."
    assert copies(read(f"{gate}\n{gate} Except on Mondays."), (0, len(gate))) == [[]]
    assert copies(read(f"{gate}\n{gate} Dogs bark."), (0, len(gate))) == [[(43, 85)]]


def sheet(*rows: str) -> Document:
    text = "\n".join(rows)
    blocks, at = [], 0
    for number, row in enumerate(rows, start=1):
        blocks.append(Block(at, at + len(row), "row", row=number))
        at += len(row) + 1
    return Document("a.csv", "A", text, tuple(blocks), "", "")


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        (("Name\tMeat\tFish", "Oakhall\tyes\tno"), ("Name\tMeat\tFish", "Oakhall\tyes\tno"), True),
        (("Name\tMeat\tFish", "Oakhall\tyes"), ("Name\tMeat\tFish", "Oakhall\t\tyes"), False),
        (("Name\tPrice\tStock", "Omega\t5\t9"), ("Name\tStock\tPrice", "Omega\t5\t9"), False),
    ],
)
def test_a_row_is_a_copy_only_with_its_cells_in_the_same_columns(
    one: tuple[str, str], other: tuple[str, str], alike: bool
) -> None:
    rows = [
        Quote(held, held.blocks[1].start, held.blocks[1].end, 1.0)
        for held in (sheet(*one), sheet(*other))
    ]
    assert (len(grouped(rows)) == 1) is alike
