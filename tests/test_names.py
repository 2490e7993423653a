"""What a question names, and which cells of a table are about it."""

from __future__ import annotations

import pytest

from rag.names import is_shortened, names, names_another, rest_of_name


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Where does Prof. Anna Krause work?", [("anna", "kraus")]),
        ("Show Anna Krause's room", [("anna", "kraus")]),
        ("Did Anna Krause meet Boris Adler?", [("anna", "kraus"), ("bori", "adler")]),
        ("Must Anna Krause work in Bonn?", [("anna", "kraus")]),
        ("Provide Anna Krause's number", [("anna", "kraus")]),
        ("Ask Anna Krause or Boris Adler", [("anna", "kraus"), ("bori", "adler")]),
        ("Is it open Saturday 15:00?", []),
        ("Which rooms are in Munich, Berlin or Bonn?", []),
        ("Who is J. Krause?", []),
        ("WHO IS ANNA KRAUSE?", []),
        ("Where is Room 204?", [("room", "204")]),
        ("", []),
        ("Where is Room 7?", [("room", "7")]),
        ("What does the DrainMaster L cost?", [("drainmast", "l")]),
        ("How much is Vitamin A?", [("vitamin", "a")]),
        ("How Do I Claim A Refund?", []),
        ("Who is Anna K. Krause?", []),
        ("Is it open on Saturday 3 May?", []),
        ("What is Krause's room?", []),
    ],
)
def test_names_of_several_words_stand_side_by_side(
    question: str, expected: list[tuple[str, ...]]
) -> None:
    assert names(question) == expected


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("Gold", False),
        ("Gold plan, paid at once", False),
        ("Gold (Adults)", False),
        ("Gold Coast", True),
        ("Gold 2", True),
        ("Gold (under 16)", False),
        ("Gold under 16", False),
        ("16 and Gold Coast", True),
        # Without capitals every word may be of the name.
        ("gold coast", True),
    ],
)
def test_a_cell_names_another_by_a_capital_or_a_number(cell: str, expected: bool) -> None:
    asked = {"how", "much", "is", "gold", "membership", "for", "adult"}
    assert names_another(cell, frozenset({"gold", "membership"}), asked) == expected


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("DrainMaster L", ""),
        ("DrainMaster L (used)", ""),
        ("DrainMaster L, Ex", ""),
        ("DrainMaster L with a hose", ""),
        ("DrainMaster L Ex", "Ex"),
        ("DrainMaster L 2 Pro", "2 Pro"),
        ("DrainMaster", None),
        ("The DrainMaster L", None),
        ("", None),
    ],
)
def test_what_a_cell_is_called_beyond_a_name(cell: str, expected: str | None) -> None:
    assert rest_of_name(cell, frozenset({"drainmast", "l"})) == expected


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("J. Weber", True),
        ("Weber, J.", True),
        ("Dr. J. Weber", True),
        ("John Weber", False),
        ("J Weber", False),
        ("j. Weber", False),
        ("A. Weber", False),
        ("J. A. Weber", False),
        ("J. Webster", False),
        ("Jane Weber", False),
        ("J. Weber Fund", False),
        ("J. W.", False),
        ("Weber", False),
        ("", False),
    ],
)
def test_an_initial_with_a_full_stop_stands_for_a_word_of_a_name(cell: str, expected: bool) -> None:
    assert is_shortened(cell, frozenset({"john", "weber"})) == expected


def test_no_number_is_shortened() -> None:
    assert not is_shortened("Room 2.", frozenset({"room", "204"}))
    assert not is_shortened("Vitamin A.", frozenset({"vitamin", "a"}))
