"""HTML: the words a browser shows, each once, in order."""

from __future__ import annotations

import pytest
from read.blocks import kinds, read_bytes, read_text

from rag.errors import ReadError


def show(body: str) -> list[tuple[str, str]]:
    return kinds(read_text(f"<!doctype html><meta charset=utf-8><body>{body}", ".html"))


def test_blocks_follow_the_elements() -> None:
    found = show(
        "<h2>Head</h2><p>One <b>bo</b>ld\n  word.</p>bare<ul><li>a<ul><li>b</ul><li>c</ul>"
        "<dl><dt>term<dd>its meaning</dl><pre>  x\n  y </pre><blockquote>said</blockquote>"
    )
    assert found == [
        ("heading2", "Head"), ("prose", "One bold word."), ("prose", "bare"), ("item", "a"),
        ("item", "b"), ("item", "c"), ("item", "term"), ("item", "its meaning"), ("code", "x\n  y"),
        ("prose", "said"),
    ]  # fmt: skip


def test_what_a_browser_hides_is_left_out() -> None:
    assert show(
        "<script>a()</script><style>b{}</style><template>c</template><noscript>d</noscript>"
        "<p hidden>e</p><p style='color:red; display: none'>f</p><!-- g --><iframe>h</iframe>"
        "<p aria-hidden=true>seen</p>"
    ) == [("prose", "seen")]


@pytest.mark.parametrize("suffix", [".xhtml", ".xht"])
def test_xhtml_closes_elements_where_html_would_not(suffix: str) -> None:
    page = (
        '<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><head>'
        '<title/><script src="a.js"/></head><body><h2/><iframe/><textarea/><br/>'
        "<p>AT&amp;T <![CDATA[R&D <5%]]></p><p>The end.</p></body></html>"
    )
    assert kinds(read_text(page, suffix)) == [("prose", "AT&T R&D <5%"), ("prose", "The end.")]


def test_html_is_no_xml_whatever_it_declares() -> None:
    page = '<?xml version="1.0"?><!doctype html><html><p>a<p hidden/>b<p>c</html>'
    assert kinds(read_text(page, ".html")) == [("prose", "a"), ("prose", "c")]


def test_what_a_drawing_says_about_itself_is_left_out() -> None:
    page = (
        "<title>Fees</title><p>The monthly fee is <svg><title>plus tax</title><g>"
        "<desc>A coin</desc><metadata><rdf>by Ann</rdf></metadata><text>exactly</text></g></svg>"
        " 50 euros.<p><desc>Shown</desc> <metadata>elsewhere</metadata>."
    )
    extraction = read_text(page, ".html")
    assert kinds(extraction) == [
        ("prose", "The monthly fee is exactly 50 euros."), ("prose", "Shown elsewhere."),
    ]  # fmt: skip
    assert extraction.title == "Fees"


def test_brackets_for_browsers_without_ruby_are_left_out() -> None:
    assert show("<p><ruby>漢<rp>(</rp><rt>kan</rt><rp>)</rp></ruby>") == [("prose", "漢kan")]


def test_navigation_is_meta() -> None:
    assert show("<nav><a>Home</a> <a>News</a></nav><p>Text.</p>") == [
        ("meta", "Home News"),
        ("prose", "Text."),
    ]


def test_entities_are_decoded_once() -> None:
    assert show("<p>AT&amp;T's &lt;5% &amp;lt; &eacute;&nbsp;x &#x1F600;") == [
        ("prose", "AT&T's <5% &lt; é\xa0x 😀")
    ]


def test_white_space_collapses_and_br_breaks() -> None:
    assert show("<p> a\n\t b<i> c</i> <br> d </p>") == [("prose", "a b c\nd")]
    assert show("<p>in<b>si</b>de") == [("prose", "inside")]


def test_table_rows_keep_every_cell() -> None:
    found = show(
        "<table><tr><th>Name<th>Age<tr><td>Ann<td><p>12</p><tr><td>x<td><td>z</table><p>after"
    )
    assert found == [
        ("row", "Name\tAge"), ("row", "Ann\t12"), ("row", "x\t\tz"), ("prose", "after")
    ]  # fmt: skip


def test_a_layout_table_is_no_row() -> None:
    found = show("<table><tr><td><h1>T</h1><p>One.</p><p>Two.</p><td><ul><li>a</ul></table>")
    assert [kind for kind, _ in found] == ["heading1", "prose", "prose", "item"]


def test_the_charset_is_the_declared_one_or_the_right_one() -> None:
    page = "<html><head><meta {}></head><body><p>Füße “so” straße schön über</p></body></html>"
    for declared, encoding in [
        ("charset=iso-8859-1", "cp1252"),
        ('http-equiv="Content-Type" content="text/html; charset=windows-1252"', "cp1252"),
        ("charset=utf-8", "utf-8"),
        ("charset=utf-8", "cp1252"),  # the page lies
        ("charset=utf-16", "utf-8"),  # read as ASCII, so it cannot be true
    ]:
        extraction = read_bytes(page.format(declared).encode(encoding), ".html")
        assert kinds(extraction) == [("prose", "Füße “so” straße schön über")]


def test_the_title_comes_from_the_head_else_the_first_heading() -> None:
    assert read_text("<title>A &amp; B</title><p>x", ".html").title == "A & B"
    assert read_text("<h1>Top</h1><p>x", ".html").title == "Top"
    assert read_text("<p>x", ".html").title is None


def test_deep_nesting_is_read_or_refused_but_never_overflows() -> None:
    assert kinds(read_text("<div>" * 3000 + "deep", ".html")) == [("prose", "deep")]
    assert kinds(read_text("<span>" * 50000 + "deep", ".html")) == [("prose", "deep")]
    with pytest.raises(ReadError, match="nest more than"):
        read_text("<div>" * 50000 + "deep", ".html")


def test_a_page_of_plain_text_in_pre_has_paragraphs() -> None:
    paragraph = "A sentence that stands in a page of plain text, and is quoted by itself. " * 20
    found = show(f"<pre>\n{paragraph}\n\n{paragraph}\n</pre>")
    assert found == [("prose", paragraph.strip())] * 2
