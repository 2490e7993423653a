"""Messages: who wrote to whom, when, about what, and the words of the body once."""

from __future__ import annotations

import base64
import time

import pytest
from read.blocks import kinds, read_bytes

from rag.errors import ReadError
from rag.read import extract


def show(message: str | bytes) -> list[tuple[str, str]]:
    data = message if isinstance(message, bytes) else message.encode("utf-8")
    return kinds(read_bytes(data.replace(b"\n", b"\r\n"), ".eml"))


def multipart(kind: str, *parts: str, mark: str = "b1") -> str:
    body = "".join(f"\n--{mark}\n{part}" for part in parts)
    return f'Content-Type: multipart/{kind}; boundary="{mark}"\n\npreamble{body}\n--{mark}--\nend'


PLAIN = "Content-Type: text/plain; charset=utf-8\n\nThe plain words."
HTML = "Content-Type: text/html; charset=utf-8\n\n<p>The <b>plain</b> words.</p>"


def test_the_head_of_a_message_is_quotable_and_its_subject_a_heading() -> None:
    head = "Received: by x\nFrom: Ann <a@example.org>\nTo: bob@example.org,\n c@example.org\n"
    message = f"{head}Subject: The plan\nDate: Mon, 1 Jan 2024 10:00:00 +0000\n\nIt holds\n"
    assert show(message) == [
        ("heading1", "The plan"), ("row", "From: Ann <a@example.org>"),
        ("row", "To: bob@example.org, c@example.org"),
        ("row", "Date: Mon, 1 Jan 2024 10:00:00 +0000"), ("prose", "It holds"),
    ]  # fmt: skip
    assert read_bytes(message.encode(), ".eml").title == "The plan"


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ("=?utf-8?Q?Caf=C3=A9_=26?= =?utf-8?B?5pel?= co", "Café &日 co"),
        ("=?iso-2022-jp?B?GyRCRnxLXBsoQg==?=", "日本"),
        ("=?nonsense?Q?caf=E9?=", "café"),
        ("Raw é 日", "Raw é 日"),
        ("=?utf-8?B?broken", "=?utf-8?B?broken"),
    ],
)
def test_headers_are_decoded(subject: str, expected: str) -> None:
    assert show(f"Subject: {subject}\n\nBody.")[0] == ("heading1", expected)


def test_headers_of_raw_bytes_are_western() -> None:
    assert show(b"Subject: caf\xe9\n\nBody.")[0] == ("heading1", "café")


@pytest.mark.parametrize(
    ("head", "body"),
    [
        (
            "Content-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: 8bit",
            b"caf\xe9",
        ),
        (
            "Content-Type: text/plain; charset=UTF-8\nContent-Transfer-Encoding: Quoted-Printable",
            b"ca=\nf=C3=A9",
        ),
        (
            "Content-Type: text/plain; charset=koi8-r\nContent-Transfer-Encoding: base64",
            base64.b64encode("кафе".encode("koi8-r")) + b"\n!",
        ),
        (
            "Content-Type: text/html; charset=cp1251",
            '<meta charset="utf-8"><p>кафе'.encode("cp1251"),
        ),
    ],
)
def test_bodies_are_decoded(head: str, body: bytes) -> None:
    assert show(head.encode() + b"\n\n" + body)[0][1] in ("café", "кафе")


def test_a_body_in_two_versions_is_read_once() -> None:
    assert show(multipart("alternative", PLAIN, HTML)) == [("prose", "The plain words.")]
    stub = "Content-Type: text/plain\n\nUse HTML."
    long = HTML.replace("words", "words and many more of them")
    assert show(multipart("alternative", stub, long)) == [
        ("prose", "The plain words and many more of them."),
    ]  # fmt: skip
    picture = (
        "Content-Type: image/png; name=p.png\nContent-Transfer-Encoding: base64\n\niVBORw0KGgo="
    )
    related = multipart("related", HTML, picture, mark="b2")
    assert show(multipart("alternative", PLAIN, related)) == [("prose", "The plain words.")]


def test_attachments_are_named_and_never_read() -> None:
    attached = (
        "Content-Type: text/plain\nContent-Disposition: attachment;\n"
        " filename*=utf-8''na%C3%AFve.txt\n\nSecret words."
    )
    picture = (
        "Content-Type: image/png; name=p.png\nContent-Transfer-Encoding: base64\n\niVBORw0KGgo="
    )
    assert show(multipart("mixed", PLAIN, attached, picture)) == [
        ("prose", "The plain words."), ("meta", "naïve.txt"), ("meta", "p.png"),
    ]  # fmt: skip


def test_attached_messages_follow() -> None:
    inner = f"Content-Type: message/rfc822\n\nSubject: Inner\nFrom: x@example.org\n{HTML}"
    message = f"Subject: Outer\n{multipart('mixed', PLAIN, inner)}"
    assert show(message) == [
        ("heading1", "Outer"), ("prose", "The plain words."), ("heading2", "Inner"),
        ("row", "From: x@example.org"), ("prose", "The plain words."),
    ]  # fmt: skip


def test_hostile_messages_are_bounded() -> None:
    began = time.process_time()
    deep = PLAIN
    for depth in range(300):
        deep = multipart("mixed", deep, mark=f"m{depth}")
    assert show(deep) == [("prose", "The plain words.")]
    with pytest.raises(ReadError, match="parts in a message"):
        show(multipart("mixed", *["\nx"] * 11_000))
    unending = "Content-Type: message/rfc822\n\n" * 11_000 + "x"
    with pytest.raises(ReadError, match="parts in a message"):
        show(unending)
    assert len(show(f"X-Long: {'x' * 2_000_000}\nSubject: {'s ' * 500_000}\n\nBody.")) == 2
    assert time.process_time() - began < 10


def test_a_message_without_words_says_so() -> None:
    with pytest.raises(ReadError, match="no text in it"):
        extract(b"X-Only: this\r\n\r\n", ".eml")


def test_a_message_saved_in_utf_16_is_read() -> None:
    extraction = read_bytes("Subject: Café\n\nBody.".encode("utf-16"), ".eml")
    assert kinds(extraction) == [("heading1", "Café"), ("prose", "Body.")]
