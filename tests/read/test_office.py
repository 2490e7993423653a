"""Formats read by kreuzberg: nothing it changes or adds may be quoted."""

from __future__ import annotations

import pytest
from read.blocks import kinds, read_bytes

from rag.errors import ReadError
from rag.read import extract


def test_rtf_keeps_no_break_spaces_and_hyphens() -> None:
    data = rb"{\rtf1\ansi a\~b c\_d \\~ AT&T <5> caf\'e9 \u1055\'cf.}"
    assert read_bytes(data, ".rtf").text == "a\xa0b c\u2011d \\~ AT&T <5> café П."


def test_rtf_reads_its_code_page() -> None:
    data = rb"{\rtf1\ansi\ansicpg1251{\fonttbl{\f0\fcharset204 Arial;}}\f0 \'cf\'f0\'e8\'e2}"
    assert read_bytes(data, ".rtf").text == "Прив"


@pytest.mark.parametrize(
    "data",
    [
        rb"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0\fcharset204 Arial;}}\f0 \'cf\'f0\'e8\'e2}",
        rb"{\rtf1\mac caf\'8e}",
    ],
)
def test_rtf_that_would_be_garbled_is_refused(data: bytes) -> None:
    with pytest.raises(ReadError, match="garbled: save it as DOCX"):
        extract(data, ".rtf")


def test_the_head_of_a_message_is_meta() -> None:
    head = b"From: Ann <a@example.org>\r\nTo: bob@example.org\r\nSubject: The plan\r\n"
    data = head + b"\r\nIt holds.\r\n"
    extraction = read_bytes(data, ".eml")
    assert extraction.title == "The plan"
    assert [kind for kind, _ in kinds(extraction)] == ["meta", "prose"]
    assert kinds(extraction)[-1] == ("prose", "It holds.")


def test_a_format_that_cannot_be_read_says_what_to_do() -> None:
    with pytest.raises(ReadError, match="save it"):
        extract(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), ".odp")
