"""Who is called by a short name in a document is found by the long one, and the other way round."""

from __future__ import annotations

import time

import pytest

from rag.defined_terms import defined_terms, under_both_names
from rag.searched import Searched

LEASE = (
    'This lease is made between Harwick Estates Limited (the "Landlord") and Oona Pettersen, '
    "trading as Pettersen Cycles (the Tenant), before the Centre for Dispute Resolution (CDR)."
)


def test_a_name_before_its_term_in_brackets_is_what_is_called_so() -> None:
    assert defined_terms(LEASE) == {
        "Landlord": "Harwick Estates Limited",
        "Tenant": "Pettersen Cycles",
        "CDR": "Centre for Dispute Resolution",
    }
    assert defined_terms("Between\nKatarzyna Wolny (Claimant)\nand") == {
        "Claimant": "Katarzyna Wolny"
    }
    assert defined_terms('and Bank of Harwick (the "Bank")') == {"Bank": "Bank of Harwick"}


@pytest.mark.parametrize(
    "text",
    [
        "The fee is due (the Landlord pays).",
        "Harwick (Yorkshire) is a town.",
        "the rent (the Rent) is paid",
        "The Company Limited (the Company)",
        "Ada Reyes (BBC) spoke.",
    ],
)
def test_other_brackets_define_nothing(text: str) -> None:
    assert defined_terms(text) == {}


def read(body: str, question: str) -> str:
    passage = Searched(f"Lease\n{body}", (), ((6, 6 + len(body)),))
    found = under_both_names(passage, f"{LEASE}\n\n{body}", question)
    (span,) = found.spans
    assert found.text[slice(*span)] == body
    return found.text.partition("\n")[0]


def test_a_passage_is_read_under_both_names_where_the_question_has_the_other() -> None:
    clause = "The Landlord shall insure the Premises."
    pair = "Lease › Landlord: Harwick Estates Limited"
    assert read(clause, "Does Harwick insure the shop?") == pair
    assert read(clause, "does harwick's policy cover it") == pair
    assert read("Harwick Estates Limited, 4 Quay Street", "What is the landlord's address?") == pair
    assert read("The CDR decides.", "What does the centre decide?") == (
        "Lease › CDR: Centre for Dispute Resolution"
    )


@pytest.mark.parametrize(
    ("body", "question"),
    [
        ("The Landlord shall insure the Premises.", "Does the landlord insure the shop?"),
        ("The Landlord, Harwick Estates Limited, insures.", "Does Harwick insure it?"),
        ("The Premises are insured.", "Does Harwick insure it?"),
        ("The Landlord shall insure.", "Who are the estates of the realm?"),
    ],
)
def test_else_it_is_read_as_it_is(body: str, question: str) -> None:
    assert read(body, question) == "Lease"


def test_a_text_made_to_be_slow_is_looked_through_in_time() -> None:
    started = time.perf_counter()
    for text in ("Aa " * 300_000, "(the " * 200_000, "Aa (" * 200_000, "A & " * 250_000):
        defined_terms(text)
    assert time.perf_counter() - started < 10
