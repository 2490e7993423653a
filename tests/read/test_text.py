"""Plain text: paragraphs, headings, items and rows by their shape."""

from __future__ import annotations

from pathlib import Path

import pytest
from read.blocks import kinds, read_bytes, read_text

ARTICLE = Path(__file__).parents[3] / "shared" / "seed" / "article.txt"
LONG = "A paragraph that is one line of the file, as many programs save it, " * 3 + "ends here."


@pytest.mark.skipif(not ARTICLE.exists(), reason=f"the seed article is not at {ARTICLE}")
def test_the_seed_article_has_its_headings_and_no_stray_prose() -> None:
    extraction = read_bytes(ARTICLE.read_bytes(), ".txt")
    assert extraction.text == ARTICLE.read_bytes().decode("utf-8")
    assert extraction.title is None
    headings = [text for kind, text in kinds(extraction) if kind == "heading2"]
    assert headings[0] == "The Context: U.S.-Hamas Relations"
    assert headings[-1].startswith("Jake Tapper’s Influence on USA Politics")
    assert len(headings) == 8
    others = {kind for kind, _ in kinds(extraction)} - {"heading2"}
    assert others == {"prose"}


def test_one_paragraph_a_line_with_headings_between() -> None:
    found = kinds(read_text(f"{LONG}\nThe Next Part\n{LONG}\n{LONG}\nA Last Line: Stray"))
    assert [kind for kind, _ in found] == ["prose", "heading2", "prose", "prose", "heading2"]


def test_the_first_heading_at_the_top_is_the_title() -> None:
    extraction = read_text(f"How It Began\n\n{LONG}\n")
    assert extraction.title == "How It Began"
    assert kinds(extraction)[0] == ("heading1", "How It Began")


@pytest.mark.parametrize(
    "text",
    [
        "The office is closed on Fridays",
        "The gate code is 4471\n\nThe bins go out on Tuesday\n",
        "WiFi password: hunter2\n\nGate code: 4471\n\nBins go out on Tuesday",
        "KEEP OUT",
    ],
)
def test_a_file_of_short_lines_alone_is_quotable(text: str) -> None:
    assert {kind for kind, _ in kinds(read_text(text))} == {"prose"}


@pytest.mark.parametrize(
    "line",
    [
        "Held on 12 March 2024 at 10:00",
        "Next meeting: 14 May 2024",
        "The office is closed on Fridays",
        "Deposit £450",
        "Section 3103a of title 18 is amended--",
    ],
)
def test_a_line_that_says_something_is_no_heading(line: str) -> None:
    found = kinds(read_text(f"{LONG}\n\n{line}\n\n{LONG}"))
    assert [kind for kind, _ in found] == ["prose"] * 3


def test_a_label_with_a_value_is_a_heading_only_above_a_section() -> None:
    assert kinds(read_text(f"Hamas: a short background\n\n{LONG}"))[0][0] == "heading1"
    found = kinds(read_text("MINUTES\n\nChair: Bob Ray\n\nAll were there.\n"))
    assert [kind for kind, _ in found] == ["heading1", "prose", "prose"]


@pytest.mark.parametrize(
    "line",
    [
        "TERMS AND CONDITIONS",
        "Chapter 4",
        "Opening hours",
        "Results for 2023",
        "Part II: 1914 to 1918",
        "BOOK TWO: 1805",
        "How the rent is paid",
        "Documents you must send",
        "What Is Covered",
        "Life Is Beautiful",
        "Fees:",
    ],
)
def test_a_heading_above_its_text_is_one(line: str) -> None:
    found = kinds(read_text(f"It begins.\n\n{line}\n\nIt is short.\n"))
    assert found[1] == ("heading2", line)


def test_hard_wrapped_lines_are_one_paragraph() -> None:
    text = (
        "It was in July, 1805, and the speaker was the well-known Anna Pavlovna\n"
        "Scherer, maid of honor and favorite of the Empress Marya Fedorovna. With\n"
        "these words she greeted Prince Vasili Kuragin, a man of high rank and\n"
        "importance, who was the first to arrive."
    )
    assert kinds(read_text(f"CHAPTER I\n\n{text}\n\nSecond.")) == [
        ("heading1", "CHAPTER I"),
        ("prose", text),
        ("prose", "Second."),
    ]


@pytest.mark.parametrize(
    "line",
    [
        "- milk",
        "1. bread",
        "* eggs",
        "Roses are red,",
        "first we go;",
        "milk",
        "Is it so?",
        "(note)",
    ],
)
def test_items_verse_and_sentences_are_no_headings(line: str) -> None:
    extraction = read_text(f"{LONG}\n\n{line}\n\n{LONG}")
    assert "heading" not in {kind[:7] for kind, _ in kinds(extraction)}


def test_verse_and_addresses_stay_together() -> None:
    verse = "Two roads diverged in a yellow wood\nAnd sorry I could not travel both\nI stood."
    address = "John Smith\n12 High Street\nLondon"
    assert kinds(read_text(f"{verse}\n\n{address}\n")) == [("prose", verse), ("prose", address)]


def test_list_lines_are_items() -> None:
    found = kinds(read_text("Please buy\n- milk\n- two eggs\n1. bread\n"))
    assert found[1:] == [("item", "- milk"), ("item", "- two eggs"), ("item", "1. bread")]


LEASE = (
    "LEASE\n\n1. Definitions\n1.1 In this Lease the rent is £4.\n\n2. Rent\n\n"
    "2.1 The Tenant shall pay it.\n\n(a) in cash; or\n(b) by cheque.\n\n3. Break\n\n"
    "The Tenant may end the Lease."
)


def test_a_numbered_line_above_its_clauses_is_a_heading() -> None:
    extraction = read_text(LEASE)
    headings = [found for found in kinds(extraction) if found[0].startswith("heading")]
    assert extraction.title == "LEASE"
    assert headings == [
        ("heading1", "LEASE"),
        ("heading2", "1. Definitions"),
        ("heading2", "2. Rent"),
        ("heading2", "3. Break"),
    ]


def test_numbered_headings_have_their_numbers_level_and_are_no_title() -> None:
    extraction = read_text(
        "1. Introduction\n\nWe studied it.\n\n2. Methods\n\n2.1 Participants\n\nForty took part.\n"
    )
    assert extraction.title is None
    assert kinds(extraction)[::2] == [
        ("heading2", "1. Introduction"),
        ("heading2", "2. Methods"),
        ("prose", "Forty took part."),
    ]
    assert kinds(extraction)[3] == ("heading3", "2.1 Participants")


@pytest.mark.parametrize(
    "text",
    [
        "We need all of these:\n\n1. Salt\n2. Pepper\n3. Oil\n\nMix them.",
        "1. Salt\n\n2. Pepper\n\nMix them.",
        "1. Salt\n\nIt is all that we need.",
        "1. Is it covered?\n\nYes.\n\n2. Is that?\n\nNo.",
        "1. Open the lid.\n\nIt is heavy.\n\n2. Close it.\n\nIt is.",
        "1. The rent is paid in advance by the Tenant\nand not later.\n\n2. No dogs.",
    ],
)
def test_a_list_of_short_lines_and_numbered_sentences_are_items(text: str) -> None:
    assert "heading" not in {kind[:7] for kind, _ in kinds(read_text(text))}


def test_table_lines_are_rows() -> None:
    found = kinds(read_text("Name    Age    City\nAnn      12    Bonn\nBob      13    Rome\n"))
    assert [kind for kind, _ in found] == ["row", "row", "row"]


def test_an_underlined_line_is_a_heading() -> None:
    found = kinds(read_text("Section Two\n===========\nText of the section.\n"))
    assert found == [("heading1", "Section Two"), ("prose", "Text of the section.")]


def test_a_line_separator_character_does_not_move_offsets() -> None:
    text = "One\u2028still the same line, here it ends.\n\nNext\x0cpage."
    assert [words for _, words in kinds(read_text(text))] == text.split("\n\n")


def test_source_code_is_code_and_never_a_heading() -> None:
    found = kinds(read_text('{\n  "Title": "Value"\n}\n\nSecond Part\n', ".json"))
    assert [kind for kind, _ in found] == ["code", "code"]
