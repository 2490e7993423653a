"""Whatever the file holds: blocks in order, no word outside them, never a traceback."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from read.blocks import check_blocks, read_bytes, read_text

from rag.errors import ReadError
from rag.read import FORMATS, extract

# What has broken readers: case that grows, marks that combine, bidi, line ends, markup.
PIECES = st.sampled_from(
    [
        "İstanbul ", "ß", "ﬁ", "👩‍👩‍👧‍👦", "e\u0301", "\u202eabc\u202c", "\u2066x\u2069", "\ufeff",
        "\u200b", "\u00ad", "\xa0", "\x85", "\u2028", "\x0c", "\x0b", "\x1c", "\t", " ", "   ",
        "\n", "\r\n", "\r", "\n\n", "\r\n\r\n", "# ", "## ", "#", "> ", "- ", "* ", "1. ", "10) ",
        "    ", "```", "~~~", "---", "===", "***", "|", "| a | b |\n|---|---|\n", "[x]: http://a ",
        "<div>", "</div>", "<!-- ", " -->", "<script>", "</script>", "&amp;", "&lt;", "\\", "`",
        "Word", "word", "A sentence ends. ", "TITLE", "北京", "مرحبا ", "שלום", "x" * 130, "0", "٣",
        "+++\n", "---\ntitle: x\n---\n", "a,b;c\td\n", '"', "''",
    ]
)  # fmt: skip
TEXTS = st.lists(
    PIECES | st.text(st.characters(exclude_characters="\0", codec="utf-8"), max_size=4), max_size=60
).map("".join)


def has_words(text: str) -> bool:
    return any(character.isalnum() for character in text)


def not_text(text: str, error: ReadError) -> bool:
    """Whether a refusal is right: control characters mostly, or no letter at all."""
    if "no text in it" in str(error):
        return not any(character.isalpha() for character in text)
    return "not a text file" in str(error) and any(c < " " or c in "\x7f\ufffd" for c in text)


@settings(max_examples=400, deadline=None)
@given(TEXTS.filter(has_words))
def test_plain_text_is_the_decoded_file(text: str) -> None:
    expected = text.removeprefix("\ufeff")
    try:
        extraction = read_bytes(text.encode("utf-8"), ".txt")
    except ReadError as error:
        assert not_text(text, error)  # noqa: PT017
    else:
        assert extraction.text == expected


@settings(max_examples=600, deadline=None)
@given(TEXTS.filter(has_words))
def test_markdown_is_the_decoded_file(text: str) -> None:
    expected = text.removeprefix("\ufeff")
    try:
        extraction = read_bytes(text.encode("utf-8"), ".md")
    except ReadError as error:
        assert not_text(text, error)  # noqa: PT017
    else:
        assert extraction.text == expected


@settings(max_examples=300, deadline=None)
@given(TEXTS, st.sampled_from([".html", ".csv", ".tsv", ".json"]))
def test_other_text_formats_keep_the_invariants(text: str, suffix: str) -> None:
    try:
        _, extraction = extract(text.encode("utf-8"), suffix)
    except ReadError as error:
        assert "\n" not in str(error)  # noqa: PT017
    else:
        position = 0
        for block in extraction.blocks:
            assert position <= block.start < block.end <= len(extraction.text)
            position = block.end


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(
        [b"", b"%PDF-1.4\n", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"{\\rtf1"]
    ),
    st.binary(max_size=200),
    st.sampled_from(sorted(FORMATS)),
)
def test_any_bytes_give_text_or_one_line_of_reason(head: bytes, tail: bytes, suffix: str) -> None:
    try:
        _, extraction = extract(head + tail, suffix)
    except ReadError as error:
        message = str(error)
        assert message and "\n" not in message and "Traceback" not in message  # noqa: PT018
    else:
        extraction.text.encode("utf-8")


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_offsets_hold_with_every_line_end(ending: str) -> None:
    text = ending.join(["# İ Title", "", "First paragraph,", "two lines.", "", "- item", ""])
    extraction = read_text(text, ".md")
    found = [extraction.text[block.start : block.end] for block in extraction.blocks]
    assert found == ["İ Title", f"First paragraph,{ending}two lines.", "item"]
    check_blocks(extraction)
