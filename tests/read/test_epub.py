"""Books: every chapter in its order, and only the words that are in them."""

from __future__ import annotations

import time

import pytest
from read.blocks import kinds, read_bytes
from read.packages import package

from rag.errors import ReadError
from rag.read import extract

XHTML = '<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml">'


def book(*chapters: str, spine: str = "", title: str = "A book", **extra: str) -> bytes:
    """A book of these bodies, c1.xhtml and on; ``spine`` lists them in the order of reading."""
    items = "".join(
        f'<item id="c{n}" href="te%20xt/c{n}.xhtml" media-type="application/xhtml+xml"/>'
        for n in range(1, len(chapters) + 1)
    )
    order = spine.split() or [f"c{n}" for n in range(1, len(chapters) + 1)]
    references = "".join(f'<itemref idref="{name}"/>' for name in order)
    return package(
        {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": '<container><rootfiles><rootfile full-path="OPS/b.opf"/>'
            "</rootfiles></container>",
            "OPS/b.opf": '<package xmlns:dc="http://purl.org/dc/elements/1.1/"><metadata>'
            f"<dc:title>{title}</dc:title></metadata><manifest>{items}</manifest>"
            f"<spine>{references}</spine></package>",
            **{
                f"OPS/te xt/c{n}.xhtml": chapter if chapter.startswith("<!") else XHTML + chapter
                for n, chapter in enumerate(chapters, 1)
            },
            **extra,
        }
    )


def test_chapters_come_in_the_order_of_the_spine() -> None:
    data = book("<body><h1>Two</h1><p>b</p></body>", "<body><p>a</p></body>", spine="c2 c1 c2")
    extraction = read_bytes(data, ".epub")
    assert kinds(extraction) == [("prose", "a"), ("heading1", "Two"), ("prose", "b")]
    assert extraction.title == "A book"


def test_xhtml_closes_elements_where_html_would_not() -> None:
    body = (
        '<head><title/><script src="x>y"/><style/></head><body><h2/><p>AT&amp;T&#160;<a id="x"/>'
        "&lt;5%<![CDATA[ R&D]]></p><iframe/><textarea/><p>The end.<img alt='Image'/></p></body>"
    )
    assert kinds(read_bytes(book(body), ".epub")) == [
        ("prose", "AT&T\xa0<5% R&D"), ("prose", "The end."),
    ]  # fmt: skip


def test_missing_chapters_are_noted_and_locked_ones_refused() -> None:
    data = book("<body><p>a</p></body>", spine="c1")
    encryption = "<e><CipherReference URI='OPS/te%20xt/c1.xhtml'/></e>"
    with pytest.raises(ReadError, match="encrypted"):
        extract(book("<p>x</p>", **{"META-INF/encryption.xml": encryption}), ".epub")
    assert read_bytes(data, ".epub").text == "a"
    fonts = "<e><CipherReference URI='OPS/font.otf'/></e>"
    assert read_bytes(book("<p>x</p>", **{"META-INF/encryption.xml": fonts}), ".epub").text == "x"


def test_what_is_struck_in_any_chapter_is_noted_once() -> None:
    struck = "<body><p>a<s>b</s></p></body>"
    extraction = read_bytes(book(struck, struck), ".epub")
    assert kinds(extraction) == [("prose", "a"), ("prose", "a")]
    assert extraction.notes == ("struck-through text is left out",)


def test_entities_are_refused_and_a_plain_doctype_is_not() -> None:
    plain = "<!DOCTYPE html PUBLIC '-//W3C//DTD XHTML 1.1//EN' 'x.dtd'><html><p>x&nbsp;y</p></html>"
    assert read_bytes(book(plain), ".epub").text == "x\xa0y"
    with pytest.raises(ReadError, match="declares entities"):
        extract(book("<!DOCTYPE html [<!ENTITY a SYSTEM 'f'>]><html><p>&a;</p></html>"), ".epub")


def test_hostile_chapters_take_no_time() -> None:
    began = time.process_time()
    for piece in ("<![CDATA[", '<a "', "<a b='", "<a /", "<a b "):
        chapter = f"<p>word</p>{piece * 50_000}"
        assert "word" in read_bytes(book(chapter), ".epub").text
    assert time.process_time() - began < 20
