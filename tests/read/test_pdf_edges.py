"""PDF: heads and feet of few pages are in no sentence of the body."""

from __future__ import annotations

import pytest
from read.blocks import kinds, read_bytes
from read.test_pdf import TextLine, column, make_pdf

BODY = column(
    "The Tenant shall pay the rent on the first day of each month without any",
    "set-off. The Landlord may end this lease if the Tenant fails to pay the rent",
)
REST = ("within fourteen days of the due date, by a written notice to the Tenant at", "home.")
SENTENCE = (
    "The Landlord may end this lease if the Tenant fails to pay the rent\n"
    "within fourteen days of the due date, by a written notice to the Tenant at\nhome."
)


def at(y: float, text: str, size: float = 10) -> TextLine:
    return 72, y, size, "F1", text


def texts(pages: list[list[TextLine]]) -> list[str]:
    return [text for _, text in kinds(read_bytes(make_pdf(pages), ".pdf"))]


@pytest.mark.parametrize(
    "feet",
    [
        ("Page 1 of 2", "Page 2 of 2"),
        ("page 1/2", "page 2/2"),
        ("Confidential", "Confidential"),
        ("Lease v2 | 1 | Confidential", "Lease v2 | 2 | Confidential"),
        ("Acme Ltd, 1 High Street, London", "Printed on 2 May 2024"),
    ],
)
def test_a_foot_of_two_pages_is_in_no_sentence(feet: tuple[str, str]) -> None:
    first, second = feet
    found = texts([[*BODY, at(40, first)], [*column(*REST), at(40, second)]])
    assert any(SENTENCE in text for text in found)
    assert {first, second} <= set(found)


def test_a_head_and_a_foot_of_two_pages_do_not_cut_a_sentence() -> None:
    head, foot = at(750, "Acme Lettings"), at(40, "Initials: ____")
    found = texts([[head, *BODY, foot, at(25, "1")], [head, *column(*REST), foot, at(25, "2")]])
    assert any(SENTENCE in text for text in found)
    assert found.count("Acme Lettings") == found.count("Initials: ____") == 2


def test_what_two_pages_have_in_common_close_to_their_text_is_in_no_sentence() -> None:
    foot = at(700 - 12 * 2 - 18, "Confidential")
    found = texts([[*BODY, foot], [*column(*REST), foot]])
    assert any(SENTENCE in text for text in found)


@pytest.mark.parametrize("size", [8, 9, 10])
def test_a_head_of_the_second_page_alone_is_in_no_sentence(size: float) -> None:
    head = at(730, "Letter to J Doe, 2 May 2024, page 2", size)
    found = texts([BODY, [head, *column(*REST)]])
    assert any(SENTENCE in text for text in found)
    assert head[-1] in found


def test_past_a_head_only_a_small_letter_goes_on() -> None:
    head = at(730, "Letter to J Doe, page 2")
    found = texts([BODY, [head, *column("Acme Lettings will tell the Tenant so.")]])
    assert "Acme Lettings will tell the Tenant so." in found


def test_the_last_words_of_a_sentence_are_no_head() -> None:
    rest = [
        at(730, "within a week of the date."),
        *column("The deposit is 500 pounds.", "It stays."),
    ]
    found = texts([BODY, rest])
    assert any(text.endswith("pay the rent\nwithin a week of the date.") for text in found)
