"""A renderer shows the words of a quotation exactly, and does nothing that they say."""

from __future__ import annotations

import time

import pytest
from exports.footnotes import leaves, markdown_headings, markdown_quotes, tokens
from exports.samples import HOSTILE, NOON, TEXTS, answer, quote
from hypothesis import example, given, settings

import rag
from rag.document import BlockKind
from rag.exports.markdown import escape

INERT = {
    "text", "text_special", "softbreak", "hardbreak", "footnote_ref", "footnote_anchor", "fence",
    "hr", "heading_open", "heading_close", "paragraph_open", "paragraph_close",
    "blockquote_open", "blockquote_close", "footnote_block_open", "footnote_block_close",
    "footnote_open", "footnote_close",
}  # fmt: skip


def exported(text: str, kind: BlockKind = "prose") -> str:
    return rag.export(answer(quote(text, kind)), "markdown", time=NOON).decode()


def carried(text: str) -> str:
    """What Markdown can say: no NUL; and this renderer trims a few marks of the C0 and C1 sets
    at a paragraph's very beginning, or shows them as U+FFFD, where no fence can hold the words."""
    if ("\r" in text or "\0" in text) and text[0] in "\x0b\x1c\x1d\x1e\x1f\x85":
        text = f"\ufffd{text[1:]}"
    return text.replace("\0", "\ufffd")


@settings(deadline=None)
@given(TEXTS)
@example("\\")
@example("\n\n")
@example("a\n\n\n")
@example("  a  \n  b  ")
@example("x!")
@example("\u00a0x")
@example("\x0bx")
@example("\x85x\n\n```\nx")
@example("\x1fx\ry")
def test_a_renderer_shows_exactly_the_words(text: str) -> None:
    markdown = exported(text)
    assert markdown_quotes(markdown) == [carried(text)]
    assert {token.type for token in leaves(markdown)} <= INERT


@settings(deadline=None)
@given(TEXTS)
@example("```\nfence\n````")
@example("\tindented\n\n\n    more\n")
def test_rows_and_code_keep_their_words_and_lines(text: str) -> None:
    markdown = exported(text, "code")
    begins = text if "\r" in text or "\0" in text else f"x{text}"
    expected = carried(begins) if begins == text else text
    assert markdown_quotes(markdown) == [expected]
    assert {token.type for token in leaves(markdown)} <= INERT


@settings(deadline=None)
@given(TEXTS.map(str.strip).filter(bool))  # as a question always is
def test_a_question_is_a_heading_and_nothing_else(text: str) -> None:
    asked = answer(quote("The words."), question=text)
    markdown = rag.export(asked, "markdown", time=NOON).decode()
    assert markdown_headings(markdown) == [carried(text)]
    assert markdown_quotes(markdown) == ["The words."]


@pytest.mark.parametrize("sample", HOSTILE)
def test_every_footnote_is_reached_from_its_quotation(sample: str) -> None:
    asked = answer(quote(sample), quote(sample, "code"), quote("Plain."))
    markdown = rag.export([asked, asked], "markdown", time=NOON).decode()
    references = [t.meta["label"] for t in leaves(markdown) if t.type == "footnote_ref"]
    assert references == ["1", "2", "3", "4", "5", "6"]
    assert [t.type for t in tokens(markdown)].count("footnote_open") == 6


def test_line_ends_are_line_breaks() -> None:
    markdown = exported("Roses are red,\nviolets are blue.")
    assert "> Roses are red,\\\n> violets are blue.[^1]" in markdown


def test_plain_words_stay_readable() -> None:
    words = "The well-known rate (5 percent; 3.2% before) rose in May, at 12 o\u2019clock."
    assert f"> {words}[^1]" in exported(words)


def test_long_runs_of_spaces_take_no_quadratic_time() -> None:
    words = f"a{' ' * 50_000}b{' ' * 50_000}c{' ' * 50_000}d{' ' * 50_000}"
    began = time.monotonic()
    written = escape(f"{words}e")
    assert time.monotonic() - began < 2
    assert written == f"{words}e"
    assert escape("a  ") == "a&#32;&#32;"
