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
        (  # what a mailing list puts behind a body is no part of its data
            "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64",
            base64.b64encode("кафе".encode()) + b"\n____\nlist mailing list\nlist@example.org\n",
        ),
        (
            "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64",
            b" Y2Fm\n\nw6k= \nUnsubscribe\nhere\n",
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


STUB = "Content-Type: text/plain\n\nUse HTML."
PDF = "Content-Type: application/pdf; name=fees.pdf\nContent-Disposition: inline\n\n%PDF"
PICTURE = "Content-Type: image/png; name=p.png\nContent-Transfer-Encoding: base64\n\niVBORw0KGgo="


def test_a_stub_beside_a_page_with_pictures_is_not_the_body() -> None:
    page = multipart("related", HTML.replace("words", "words and more of them"), PICTURE, mark="b2")
    assert show(multipart("alternative", STUB, page)) == [
        ("prose", "The plain words and more of them."), ("meta", "p.png"),
    ]  # fmt: skip


def test_a_stub_beside_a_page_in_pieces_is_not_the_body() -> None:
    pieces = multipart("mixed", HTML, PDF, HTML.replace("plain", "last"), mark="b2")
    assert show(multipart("alternative", STUB, pieces)) == [
        ("prose", "The plain words."), ("meta", "fees.pdf"), ("prose", "The last words."),
    ]  # fmt: skip


def test_what_the_unread_version_of_a_body_attaches_is_kept() -> None:
    inner = f"Content-Type: message/rfc822\n\nSubject: Inner\n{HTML}"
    page = multipart("related", HTML, PICTURE, mark="b3")
    pieces = multipart("mixed", page, PDF, inner, mark="b2")
    assert show(f"Subject: Outer\n{multipart('alternative', PLAIN, pieces)}")[1:] == [
        ("prose", "The plain words."), ("meta", "fees.pdf"), ("heading2", "Inner"),
        ("prose", "The plain words."),
    ]  # fmt: skip


def test_versions_within_a_version_count_once() -> None:
    inner = multipart("alternative", PLAIN, HTML, HTML.replace("plain", "same"), mark="b3")
    pieces = multipart("mixed", inner, PDF, mark="b2")
    assert show(multipart("alternative", PLAIN.replace("The plain", "The three"), pieces)) == [
        ("prose", "The three words."), ("meta", "fees.pdf"),
    ]  # fmt: skip


def test_a_page_that_says_more_than_the_plain_text_beside_it_is_the_body() -> None:
    letter = "Dear Bob, our prices are below. " + "We send what you order within days. " * 20
    prices = "<table><tr><th>Item<th>Price<tr><td>Pen<td>2.00<tr><td>Ink<td>30.00</table>"
    plain = f"Content-Type: text/plain\n\n{letter}"
    page = f"Content-Type: text/html\n\n<p>{letter}</p>"
    assert show(multipart("alternative", plain, page + prices))[1:] == [
        ("row1", "Item\tPrice"), ("row", "Pen\t2.00"), ("row", "Ink\t30.00")
    ]  # fmt: skip
    told = f"{plain}\nPen: 2.00\nInk: 30.00 EUR"
    assert show(multipart("alternative", told, page + prices))[-1][0] == "prose"
    stub = "Content-Type: text/html\n\n<p>See it in a browser (2024)</p>"
    assert show(multipart("alternative", plain, stub)) == [("prose", letter.strip())]


def test_what_is_struck_in_a_page_is_noted() -> None:
    page = "Content-Type: text/html\n\n<p>It costs <s>9</s> 8.</p>"
    assert read_bytes(page.encode(), ".eml").notes == ("struck-through text is left out",)


def test_a_line_that_tells_who_wrote_is_context_in_a_page_too() -> None:
    told = "On Mon, 6 May 2024 at 09:12, Bob wrote:"
    page = f"<div>Blue.</div><div>{told}<br></div><blockquote>Which?</blockquote><p>He wrote: x</p>"
    assert show(f"Content-Type: text/html\n\n{page}") == [
        ("prose", "Blue."), ("meta", told), ("prose", "Which?"), ("prose", "He wrote: x"),
    ]  # fmt: skip


def test_text_of_another_kind_is_read_as_plain_text() -> None:
    markdown = "Content-Type: text/markdown; charset=utf-8\n\nThe *café* is open."
    calendar = "Content-Type: text/calendar; method=REQUEST\n\nLOCATION:Room 5"
    assert show(f"Subject: S\n{markdown}")[1:] == [("prose", "The *café* is open.")]
    assert show(multipart("mixed", PLAIN, markdown, calendar)) == [
        ("prose", "The plain words."), ("prose", "The *café* is open."),
        ("prose", "LOCATION:Room 5"),
    ]  # fmt: skip
    named = markdown.replace("; charset=utf-8", "; name=open.md")
    style = "Content-Type: text/css\n\np { color: red }"
    assert show(multipart("mixed", PLAIN, named, style)) == [
        ("prose", "The plain words."), ("meta", "open.md"),
    ]  # fmt: skip


def test_text_of_another_kind_is_a_body_only_where_there_is_no_other() -> None:
    calendar = "Content-Type: text/calendar\n\nLOCATION:Room 5, up the stairs and to the left"
    assert show(multipart("alternative", PLAIN, calendar)) == [("prose", "The plain words.")]
    assert show(multipart("alternative", PLAIN, HTML, calendar)) == [("prose", "The plain words.")]
    empty = "Content-Type: text/plain\n\n"
    assert show(multipart("alternative", empty, calendar)) == [
        ("prose", "LOCATION:Room 5, up the stairs and to the left"),
    ]  # fmt: skip


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
    for depth in range(300):
        deep = multipart("alternative", PLAIN, deep, mark=f"a{depth}")
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


def body(text: str) -> list[tuple[str, str]]:
    return kinds(read_bytes(f"Subject: Pump\n\n{text}".encode(), ".eml"))[1:]


def test_a_line_of_a_mark_of_quotation_alone_is_a_blank_line() -> None:
    assert body("> Our cellar is flooded and we\n> wait\n>\n> PS the gate code is 4471\n") == [
        ("prose", "Our cellar is flooded and we\n> wait"),
        ("prose", "PS the gate code is 4471"),
    ]


def test_what_one_person_wrote_ends_where_another_is_quoted() -> None:
    first, second = "On Tue, 16 Apr 2024, Oliver wrote:", "Am 9.4.2024 schrieb Aquatek Shop:"
    assert body(
        f"It comes on 13 May\n{first}\n> I want my money back\n> {second}\n>> - one pump\n"
        ">> - a hose\n> Also the hose is too short\nI see"
    ) == [
        ("prose", "It comes on 13 May"),
        ("meta", first),
        ("prose", "I want my money back"),
        ("meta", second),
        ("item", "- one pump"),
        ("item", "- a hose"),
        ("prose", "Also the hose is too short"),
        ("prose", "I see"),
    ]


def test_who_wrote_may_be_told_in_two_lines_and_in_the_head_of_a_message() -> None:
    told = "On Tue, 16 Apr 2024 at 18:05, Oliver Banks <o.banks@greenfarm.example>\nwrote:"
    assert body(f"Bye\n{told}\n> Hello\n")[1] == ("meta", told)
    head = ["From: Ann <a@x>", "Sent: 3 May 2024", "To: Bob <b@x>,\n c@x", "Subject: FW: plan"]
    text = "\n".join(["See below", "-----Original Message-----", *head, "The plan is", "final."])
    assert body(text) == [
        ("prose", "See below"),
        ("meta", "-----Original Message-----"),
        *(("row", line) for line in head),
        ("prose", "The plan is\nfinal."),
    ]


def test_a_messages_head_ends_before_its_words() -> None:
    head = ["From: Carl Moe", "Sent: May 6,", "To: Bob Ray;\n Ann Lee;"]
    letter = "Dear Bob,\nThe roof costs 5,000,\nelse they leave."
    rows = [("row", line) for line in head]
    assert body("\n".join([*head, "", letter])) == [*rows, ("prose", letter)]
    quoted = [f"> {line}" for line in "\n".join([*head, "", "Dear Bob,"]).split("\n")]
    found = body("See below.\n" + "\n".join(quoted))
    assert found[1:] == [
        *rows[:2], ("row", "To: Bob Ray;\n>  Ann Lee;"), ("prose", "Dear Bob,"),
    ]  # fmt: skip
    assert body("From: Ann <a@x>\nSubject: Pumps,\nThe first is broken.")[1:] == [
        ("row", "Subject: Pumps,"), ("prose", "The first is broken."),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "They are open again\n>From Monday on.",
        "From: where I stand it is good.",
        "On 3 May we met. He wrote: no.",
        "On the whole she wrote: no.",
    ],
)
def test_other_lines_are_what_the_writer_says(text: str) -> None:
    assert body(text) == [("prose", text)]
