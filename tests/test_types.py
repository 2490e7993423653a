"""A quote is a place, not a string."""

from __future__ import annotations

import dataclasses
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.document import Block, Document
from rag.types import Quote

TEXT = "Talks\n\nFirst page.\n\nDoha\n\nThey met\f in Doha."
BLOCKS = (
    Block(0, 5, "heading", 1, 1),
    Block(7, 18, "prose", 0, 1),
    Block(20, 24, "heading", 2, 1),
    Block(26, 34, "prose", 0, 1),
    Block(35, 44, "prose", 0, 2),
)
DOCUMENT = Document("talks.pdf", "Talks", TEXT, BLOCKS, "f" * 64, "test 1")


@given(st.text(max_size=80), st.data())
def test_a_quotes_text_is_always_the_slice(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(-5, len(text) + 5))
    end = data.draw(st.integers(-5, len(text) + 5))
    document = Document("a.txt", "A", text, (), "", "")
    if 0 <= start < end <= len(text):
        quote = Quote(document, start, end, 1.0)
        assert quote.text == text[start:end]
        assert quote.sha256 == hashlib.sha256(text[start:end].encode()).hexdigest()
    else:
        with pytest.raises(ValueError, match="must lie within"):
            Quote(document, start, end, 1.0)


@pytest.mark.parametrize("answer", [(25, 33), (30, 36), (30, 30), (33, 30)])
def test_what_is_marked_lies_within_the_quote(answer: tuple[int, int]) -> None:
    assert Quote(DOCUMENT, 26, 34, 1.0, answer=(26, 34)).answer == (26, 34)
    with pytest.raises(ValueError, match=r"what is marked of talks\.pdf must lie within the quote"):
        Quote(DOCUMENT, 26, 34, 1.0, answer=answer)


def test_a_quote_cannot_be_given_other_words() -> None:
    quote = Quote(DOCUMENT, 7, 18, 0.9)
    assert "text" not in {field.name for field in dataclasses.fields(Quote)}
    for name, value in (("text", "Other words."), ("end", 30), ("document", None)):
        with pytest.raises((AttributeError, TypeError)):
            setattr(quote, name, value)
    with pytest.raises(TypeError):
        Quote("free text", relevance=1.0)  # type: ignore[call-arg, arg-type]


def test_a_citation_names_title_file_page_section_and_characters() -> None:
    assert Quote(DOCUMENT, 26, 34, 0.9).citation == "Talks (talks.pdf), p. 1, § Doha, chars 26–34"


def test_a_quote_that_runs_over_a_page_break_says_both_pages() -> None:
    quote = Quote(DOCUMENT, 26, 44, 0.9)
    assert quote.citation == "Talks (talks.pdf), pp. 1–2, § Doha, chars 26–44"
    assert quote.page == 1


def test_the_page_is_the_quotes_own_not_its_passages() -> None:
    assert Quote(DOCUMENT, 36, 44, 0.9).page == 2


def test_a_section_is_the_headings_above_without_the_title() -> None:
    assert Quote(DOCUMENT, 7, 18, 0.9).section is None
    assert Quote(DOCUMENT, 36, 44, 0.9).section == "Doha"


def test_a_deeper_heading_does_not_outlive_its_section() -> None:
    text = "A\n\nB\n\nC\n\nD\n\nx."
    blocks = tuple(
        Block(at, at + 1, "heading", level) for at, level in ((0, 1), (3, 2), (6, 3), (9, 2))
    )
    document = Document("a.md", "T", text, (*blocks, Block(12, 14, "prose")), "", "")
    assert document.place(12, 14).section == "A › D"


def test_a_citation_names_sheet_and_rows_and_slides() -> None:
    text = "Costs\n\na\t1\nb\t2\nc\t3"
    blocks = (
        Block(0, 5, "heading", 2),
        *(Block(at, at + 3, "row", row=row) for at, row in ((7, 2), (11, 3), (15, 9))),
    )
    sheet = Document("c.xlsx", "C", text, blocks, "", "")
    assert Quote(sheet, 11, 14, 0.9).citation == "C (c.xlsx), § Costs, row 3, chars 11–14"
    assert Quote(sheet, 11, 18, 0.9).citation == "C (c.xlsx), § Costs, rows 3–9, chars 11–18"
    slides = Document(
        "t.pptx", "T", "Hi there.", (Block(0, 9, "prose", page=4),), "", "", paging="slide"
    )
    assert Quote(slides, 0, 2, 0.9).citation == "T (t.pptx), slide 4, chars 0–2"


def test_a_block_over_page_breaks_knows_the_page_of_each_of_its_words() -> None:
    text = "one two three"
    document = Document("a.pdf", "A", text, (Block(0, 13, "prose", page=4, breaks=(4, 8)),), "", "")
    assert document.place(0, 13).pages == (4, 6)
    assert document.place(0, 3).pages == (4,)
    assert document.place(4, 7).pages == (5,)
    assert document.place(3, 9).pages == (4, 6)


def test_a_quote_that_ocr_read_says_so() -> None:
    blocks = (Block(0, 4, "prose"), Block(5, 9, "prose", recognised=True))
    document = Document("a.pdf", "A", "four read", blocks, "", "")
    assert Quote(document, 5, 9, 0.9).citation == "A (a.pdf), chars 5–9, recognised by OCR"
    assert Quote(document, 0, 9, 0.9).receipt().recognised
    assert not Quote(document, 0, 4, 0.9).recognised


def walked(document: Document, start: int) -> str | None:
    """The section, found by walking back over every block."""
    headings: list[Block] = []
    for block in reversed([block for block in document.blocks if block.start <= start]):
        if block.kind == "heading" and (not headings or block.level < headings[-1].level):
            headings.append(block)
            if block.level == 1:
                break
    names = [document.text[block.start : block.end] for block in reversed(headings)]
    if names and names[0] == document.title:
        del names[0]
    return " › ".join(names) or None


@given(st.lists(st.integers(0, 7), max_size=30), st.integers(0, 70))
def test_a_section_is_that_of_the_headings_above_however_they_are_nested(
    levels: list[int], start: int
) -> None:
    """Level 7 stands for a paragraph."""
    text = " ".join("abcdefghijklmnopqrstuvwxyzABCD"[: len(levels)])
    blocks = tuple(
        Block(2 * n, 2 * n + 1, "prose" if level == 7 else "heading", level % 7)
        for n, level in enumerate(levels)
    )
    document = Document("a.md", "a", text, blocks, "", "")
    assert document.place(start, start + 1).section == walked(document, start)


def test_what_was_looked_up_in_a_document_makes_it_no_other() -> None:
    other = dataclasses.replace(DOCUMENT)
    DOCUMENT.place(26, 34)
    assert other == DOCUMENT
    assert repr(other) == repr(DOCUMENT)
