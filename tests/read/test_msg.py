"""Outlook's messages: the shape of an EML, and every word of what is said."""

from __future__ import annotations

import pytest
from conftest import shared
from hypothesis import given
from hypothesis import strategies as st
from read.blocks import kinds, read_bytes
from read.compounds import compound

from rag.errors import ReadError
from rag.read import extract
from rag.read.outlook_rtf import unpacked

FIXED = "__properties_version1.0"


def stream(tag: str, text: str) -> tuple[str, bytes]:
    return f"__substg1.0_{tag}001F", text.encode("utf-16-le")


def number(tag: int, value: int, kind: int = 3) -> bytes:
    size = 8
    return b"".join(
        part.to_bytes(length, "little")
        for part, length in ((kind, 2), (tag, 2), (6, 4), (value, size))
    )


def message(*streams: tuple[str, bytes], fixed: bytes = b"", **folders: bytes) -> bytes:
    return compound({FIXED: bytes(32) + fixed, **dict(streams), **folders})


def shown(data: bytes) -> list[tuple[str, str]]:
    return kinds(read_bytes(data, ".msg"))


def test_a_message_has_the_shape_of_an_eml() -> None:
    found = kinds(read_bytes((shared("docs") / "msg/tika-testMSG-forwarded.msg").read_bytes(), ""))
    assert found[:5] == [
        ("heading1", "FW: Testing"),
        ("row", "From: Paul Allan Hill"),
        ("row", "To: Paul Allan Hill <paul@metajure.com>"),
        ("row", "Date: Wed, 7 Dec 2011 16:30:39 -0800"),
        ("prose", "Forwarded Body"),
    ]


def test_attachments_are_named_and_never_read() -> None:
    found = shown((shared("docs") / "msg/docling-msg-with-attachment.msg").read_bytes())
    assert found[-2:] == [("meta", "test.txt"), ("meta", "report.pdf")]
    assert not any("dummy" in words for _, words in found)


def test_receivers_come_by_kind_and_a_date_without_headers_in_utc() -> None:
    sent = 133_485_408_000_000_000  # 2024-01-01 00:00 UTC
    data = message(
        stream("0037", "Plan"),
        stream("0C1A", "Ann"),
        stream("5D01", "ann@example.org"),
        stream("1000", "Is the <plan> R&D's?\r\n\r\nYes."),
        fixed=number(0x0039, sent, 0x0040),
        **{
            f"__recip_version1.0_#0000000{n}/{name}": content
            for n, (kind, person) in enumerate([(2, "Cy"), (1, "Bo"), (1, "Di")])
            for name, content in (
                (FIXED, bytes(8) + number(0x0C15, kind)),
                stream("3001", person),
                stream("39FE", f"{person.lower()}@example.org"),
            )
        },
    )
    assert shown(data) == [
        ("heading1", "Plan"),
        ("row", "From: Ann <ann@example.org>"),
        ("row", "To: Bo <bo@example.org>, Di <di@example.org>"),
        ("row", "Cc: Cy <cy@example.org>"),
        ("row", "Date: 2024-01-01 00:00:00 UTC"),
        ("prose", "Is the <plan> R&D's?"),
        ("prose", "Yes."),
    ]


def test_an_attached_message_follows_under_its_own_subject() -> None:
    inner = "__attach_version1.0_#00000000/__substg1.0_3701000D"
    data = message(
        stream("0037", "Outer"),
        stream("1000", "See below."),
        **{
            f"{inner}/{FIXED}": bytes(24),
            **{
                f"{inner}/{name}": content
                for name, content in (stream("0037", "Inner"), stream("1000", "Inner words."))
            },
        },
    )
    assert shown(data) == [
        ("heading1", "Outer"), ("prose", "See below."),
        ("heading2", "Inner"), ("prose", "Inner words."),
    ]  # fmt: skip


def test_a_body_only_in_html_is_read_and_so_is_one_only_in_rtf() -> None:
    page = b"<meta charset=utf-8><p>Caf\xc3\xa9 <b>costs</b> &lt; 5 &euro;"
    assert shown(message(("__substg1.0_10130102", page))) == [("prose", "Café costs < 5 €")]
    rtf = rb"{\rtf1\ansi Only \b rich\b0  words: \u8364?5.}"
    packed = (len(rtf) + 12).to_bytes(4, "little") + len(rtf).to_bytes(4, "little")
    found = shown(message(("__substg1.0_10090102", packed + b"MELA" + bytes(4) + rtf)))
    assert found == [("prose", "Only rich words: €5.")]


def test_a_page_that_says_more_than_the_plain_text_is_the_body() -> None:
    letter = "Our price is below. " * 20
    page = f"<p>{letter}</p><p>It is 2.00, not <s>3.00</s>.</p>".encode()
    found = read_bytes(message(stream("1000", letter), ("__substg1.0_10130102", page)), ".msg")
    assert kinds(found)[1:] == [("prose", "It is 2.00, not .")]
    assert found.notes == ("struck-through text is left out",)


def test_texts_of_one_byte_are_read_in_the_messages_code_page() -> None:
    data = message(
        ("__substg1.0_1000001E", "Привет мир".encode("cp1251")), fixed=number(0x3FFD, 1251)
    )
    assert shown(data) == [("prose", "Привет мир")]


def test_compressed_rtf_is_unpacked_as_the_specification_shows() -> None:
    packed = bytes.fromhex(
        "2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af32068656c090020627705b06c647d0a"
        "800fa0"
    )  # fmt: skip
    assert unpacked(packed) == b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"
    loop = bytes.fromhex("1a0000001c0000004c5a4675e2d44b51410004205758595a0d6e7d010eb0")
    assert unpacked(loop) == b"{\\rtf1 WXYZWXYZWXYZWXYZWXYZ}"


@given(st.binary(max_size=300))
def test_damaged_compressed_rtf_ends_and_never_fails(data: bytes) -> None:
    assert len(unpacked(b"\xff\xff\xff\x7f\xff\xff\xff\x7fLZFu" + bytes(4) + data)) <= 9 * len(data)


def test_another_programs_file_named_msg_is_refused() -> None:
    with pytest.raises(ReadError, match="no message"):
        extract(compound({"Other": b"x" * 100}), ".msg")
