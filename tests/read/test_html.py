"""HTML: the words a browser shows, each once, in order."""

from __future__ import annotations

import time

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


def test_what_is_read_above_a_word_is_left_out() -> None:
    ruby = "<ruby>漢<rp>(</rp><rt>kan</rt><rp>)</rp></ruby>"
    assert show(f"<p>{ruby}は") == [("prose", "漢は")]


def test_raised_characters_are_raised() -> None:
    assert show(
        "<p>10<sup>6</sup> m<sup>2</sup>, CO<sub>2</sub>, the 1<sup>st</sup>, a fee of 500"
        "<sup><a href='#1'>1</a></sup> or<sup><a>[1]</a></sup> s<span style='vertical-align:"
        " super'>-<b>1</b></span>"
    ) == [("prose", "10⁶ m², CO2, the 1st, a fee of 500¹ or[1] s⁻¹")]
    assert show("<table><tr><td>m<sup>2</sup><td>10<sup>6</table>") == [("row", "m²\t10⁶")]


@pytest.mark.parametrize(
    ("formula", "words"),
    [
        ("<mn>2</mn><mfrac><mn>1</mn> <mn>2</mn></mfrac>", "2 1/2"),
        ("<mfrac><mrow><mi>a</mi><mo>+</mo><mi>b</mi></mrow><mi>c</mi></mfrac>", "(a+b)/c"),
        ("<msup>\n<mn>10</mn>\n<mn>6</mn>\n</msup>", "10⁶"),
        ("<msup><mi>x</mi><mrow><mo>-</mo><mn>1</mn></mrow></msup>", "x⁻¹"),
        ("<msqrt><mn>2</mn></msqrt>", "√2"),
        ("<msqrt><mi>a</mi><mo>+</mo><mi>b</mi></msqrt>", "√(a+b)"),
        ("<mfrac><mn>1</mn></mfrac>", "1"),
        (
            "<mfrac><mrow><mstyle><mi>a</mi><mo>+</mo><mi>b</mi></mstyle></mrow><mi>c</mi></mfrac>",
            "(a+b)/c",
        ),
        ("<mfrac><mrow><mo>(</mo><mi>a</mi><mo>)</mo></mrow><mi>c</mi></mfrac>", "(a)/c"),
        ("<mn>2</mn><mroot><mn>8</mn><mn>3</mn></mroot>", "2 ³√8"),
        ("<msup><mi>x</mi><mrow><mi>a</mi><mo>+</mo><mi>b</mi></mrow></msup>", "x^(a+b)"),
        ("<msup><mi>x</mi><mi>a</mi></msup><mi>y</mi>", "x^a y"),
        ("<msup><mn>2</mn><msup><mn>3</mn><mn>2</mn></msup></msup>", "2^(3²)"),
    ],
)
def test_a_formula_is_no_other_number(formula: str, words: str) -> None:
    assert show(f"<p><math>{formula}</math></p>") == [("prose", words)]


def test_the_upper_half_of_a_fraction_is_no_exponent() -> None:
    assert show(
        "<p>Add <sup>1</sup>/<sub>2</sub> cup, 2<sup>1</sup>&frasl;<sub>2</sub> spoons, at most "
        "10<sup>6</sup>/mL and 5 m<sup>2</sup>/<sub>day</sub> or <sup>1</sup>/2."
    ) == [("prose", "Add 1/2 cup, 2 1⁄2 spoons, at most 10⁶/mL and 5 m²/day or 1/2.")]


def test_what_is_raised_around_a_block_is_raised_in_its_own_lines() -> None:
    assert show("<div>m<b>x</b><sup><p>2</p>-<b>1</b></sup></div>") == [
        ("prose", "mx"), ("prose", "²"), ("prose", "⁻¹")
    ]  # fmt: skip


def test_links_side_by_side_are_apart_and_one_in_pieces_is_whole() -> None:
    menu = "<a href=/a>Home</a><span><a href=/b>About us</a></span><a href=/c>(more)</a>"
    assert show(f"<div>{menu}</div>") == [("prose", "Home About us(more)")]
    assert show("<p>The <a href=/a>ex</a><a href=/a>am</a> of <a href=/b>Ann</a>s class") == [
        ("prose", "The exam of Anns class")
    ]


@pytest.mark.parametrize("style", ["visibility:hidden", "font-size:0"])
def test_a_hidden_field_says_nothing(style: str) -> None:
    field = f"<input style='{style}' value=no><b style='{style}'><input type=radio checked></b>"
    assert show(f"<p>Name: <input value=Ann>{field}</p>") == [("prose", "Name: Ann")]


def test_deep_formulas_are_read_in_time() -> None:
    began = time.process_time()
    for deep in ("<sup>1", "<msup><mn>1</mn>", "<mfrac><mi>x</mi>", "<msqrt>1"):
        read_text(f"<p><math>{deep * 20_000}", ".html")
    assert time.process_time() - began < 10


def test_struck_words_are_left_out_and_a_note_says_so() -> None:
    page = (
        "<p>The fee is <del>£500</del><s> 450</s> <span style='text-decoration: line-through'>430"
        "</span> £400.</p><strike><p>It is void.</p></strike>"
    )
    extraction = read_text(page, ".html")
    assert kinds(extraction) == [("prose", "The fee is £400.")]
    assert extraction.notes == ("struck-through text is left out",)
    assert read_text("<p>The fee is <del></del>£400.", ".html").notes == ()


def test_a_page_that_is_struck_as_a_whole_is_read() -> None:
    extraction = read_text("<s><p>All of it.</p></s><del>This too.</del>", ".html")
    assert kinds(extraction) == [("prose", "All of it."), ("prose", "This too.")]
    assert extraction.notes == ()


@pytest.mark.parametrize("display", ["block", "flex", "grid"])
def test_what_is_shown_as_a_block_is_one(display: str) -> None:
    block = f"<span style='display: {display}'>"
    assert show(f"<p>{block}Alpha</span>{block}Beta</span>") == [
        ("prose", "Alpha"), ("prose", "Beta"),
    ]  # fmt: skip
    found = show(f"<table><tr><td>{block}a</span>{block}b</span><td>c</table>")
    assert found == [("row", "a\nb\tc")]


def test_what_stands_between_two_words_parts_them() -> None:
    assert show("<p>Call<img src=x>us, or<button>Save</button><button>Cancel</button>it.") == [
        ("prose", "Call us, or Save Cancel it.")
    ]
    assert show("<p>so<img src=x>, (<img src=x>9) <img src=x> x") == [("prose", "so, (9) x")]


def test_what_is_filled_in_is_text() -> None:
    assert show(
        "<p><label>Name:<input value=' Ann  Lee '></label><p>Smoker? <input type=radio checked>Yes"
        "<input type=radio>No<p><select><option>Red<option selected>Blue</select>car"
        "<textarea>two\nlines</textarea>"
        "<p><input type=hidden value=h><input type=password value=p><input type=submit value=s>"
        "<input type=checkbox><nav><input type=checkbox role=button>Menu</nav>"
    ) == [
        ("prose", "Name: Ann Lee"),
        ("prose", "Smoker? ☒ Yes ☐ No"),
        ("prose", "Blue car two lines"),
        ("meta", "Menu"),
    ]


@pytest.mark.parametrize(
    "style",
    [
        "visibility:hidden",
        "opacity: 0",
        "opacity:0.0 !important",
        "font-size:0",
        "font-size: 0px; color: #fff",
        "position:absolute; left:-9999px",
        "DISPLAY : NONE",
    ],
)
def test_what_a_style_hides_is_left_out(style: str) -> None:
    assert show(f"<p>seen</p><div style='{style}'>hidden <b>words</b></div>") == [("prose", "seen")]


@pytest.mark.parametrize(
    ("outside", "inside"),
    [
        ("font-size:0", "font-size:14px"),
        ("visibility:hidden", "visibility:visible"),
        ("opacity:0; transform:translateY(20px)", ""),
        ("visibility:hidden; animation-name:fadeIn", ""),
        ("opacity:0.9", ""),
        ("font-size:0.5em", ""),
        ("left:-9999px", ""),
        ("display:block;;:", ""),
    ],
)
def test_what_comes_to_be_seen_is_kept(outside: str, inside: str) -> None:
    assert show(f"<div style='{outside}'><p style='{inside}'>seen</p></div>") == [("prose", "seen")]


SEEN_OR_NOT = "<p class='h x'>words</p><p>seen</p>"


@pytest.mark.parametrize(
    "sheet",
    [
        "<style>p{color:red} .h{display:none}</style>",
        "<style><!-- /* .h{display:block} */ @import 'a'; .g, .h { color: red; display: none }-->"
        "</style>",
    ],
)
def test_a_class_that_a_style_sheet_hides_is_left_out(sheet: str) -> None:
    assert show(sheet + SEEN_OR_NOT) == [("prose", "seen")]


@pytest.mark.parametrize(
    "sheet",
    [
        "<style>@media print{.h{display:none}}</style>",
        "<style media=print>.h{display:none}</style>",
        "<style>.h{display:none}@media screen{.h{display:block}}</style>",
        "<style>.h{display:none}.h.open{display:flex}</style>",
        "<style>.h{display:none}#a:checked ~ p{display:block}</style>",
        "<style>.h{display:none}</style><script>open()</script>",
        "<style>.h .g{display:none} div.h{display:none}</style>",
    ],
)
def test_a_class_that_may_be_shown_again_is_kept(sheet: str) -> None:
    assert show(sheet + SEEN_OR_NOT) == [("prose", "words"), ("prose", "seen")]


def test_a_hostile_style_sheet_is_read_in_time() -> None:
    began = time.process_time()
    for sheet in (".h{" * 200_000, "none" + ",.h" * 300_000, "a{display:none}" * 100_000, "/*" * 9):
        read_text(f"<style>{sheet}</style><p style='{';a:b' * 100_000}'>x", ".html")
    assert time.process_time() - began < 10


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
        ("row1", "Name\tAge"), ("row", "Ann\t12"), ("row", "x\t\tz"), ("prose", "after")
    ]  # fmt: skip


def numbers(body: str) -> list[tuple[int | None, int, str]]:
    """Number, level and words of each row."""
    extraction = read_text(f"<!doctype html><meta charset=utf-8><body>{body}", ".html")
    text = extraction.text
    return [(b.row, b.level, text[b.start : b.end]) for b in extraction.blocks if b.kind == "row"]


@pytest.mark.parametrize(
    "head",
    ["<tr><th>A<th>B</tr>", "<thead><tr><td>A<td>B</tr></thead>", "<tr><td><th>A<th>B</tr>"],
)
def test_a_table_with_a_head_numbers_its_rows(head: str) -> None:
    found = numbers(f"<table>{head}<tr><th>x<td>y</tr><tr><td colspan=2>Section</tr><tr><td>z<td>w")
    assert found == [(1, 1, "A\tB"), (2, 0, "x\ty"), (4, 0, "z\tw")]


def test_a_head_without_a_mark_is_told_by_what_stands_below() -> None:
    rows = "<tr><td>No<td>Task</tr><tr><td>1<td>Mow</tr><tr><td>2<td>Dig</tr>"
    assert [number for number, *_ in numbers(f"<table>{rows}</table>")] == [1, 2, 3]
    rows = "".join(f"<tr><td>{a}<td>{b}<td>{c}</tr>" for a, b, c in ("ABC", "xyz", "uvw"))
    assert [number for number, *_ in numbers(f"<table>{rows}</table>")] == [1, 2, 3]


@pytest.mark.parametrize(
    "rows",
    [
        # Forms.
        "<tr><th>Name<td>Ann</tr><tr><th>Born<td>1990</tr><tr><th>Died<td>2020</tr>",
        "<tr><td>Name<td>Ann</tr><tr><td>Town<td>Bonn</tr><tr><td>Job<td>Nurse</tr>",
        "<tr><td>Name:<td>Ann<td>Town:<td>Bonn</tr><tr><td>a<td>b<td>c<td>d</tr>" * 2,
        "<tr><td>1. Mow,<td>each week<td>May</tr><tr><td>2. Dig,<td>twice<td>June</tr>" * 2,
        # Pages that were laid out with a table.
        f"<tr><td>Menu<td>Shop<td>Us</tr><tr><td>a<td>b<td>{'It says this. ' * 30}</tr>" * 2,
        "<tr><td>Menu<td>1</tr><tr><td><h2>News</h2><td>x</tr><tr><td>a<td>2</tr>",
        "<tr><td>Alone<td>It</tr>",
    ],
)
def test_a_form_and_a_layout_have_no_head(rows: str) -> None:
    assert {(number, level) for number, level, _ in numbers(f"<table>{rows}</table>")} == {
        (None, 0)
    }


def test_a_cell_that_reaches_across_keeps_the_columns_behind_it() -> None:
    found = numbers(
        "<table><tr><th>Item<th>Q1<th>Q2<th>Total</tr><tr><td>Ink<td colspan=2>not sold<td>0</tr>"
        "<tr><td>Pen<td rowspan=2 colspan=2>sold out<td>7</tr><tr><td>Cap<td>8</tr>"
    )
    assert [words for *_, words in found] == [
        "Item\tQ1\tQ2\tTotal",
        "Ink\tnot sold\t\t0",
        "Pen\tsold out\t\t7",
        "Cap\tsold out\t\t8",
    ]


def test_what_a_hostile_colspan_adds_is_bounded() -> None:
    page = f"<table>{('<tr>' + '<td colspan=1000>x' * 100) * 100}</table>"
    assert len(read_text(page, ".html").text) < len(page) + 1_100_000


def test_each_table_numbers_its_own_rows() -> None:
    one = "<table><tr><th>Item<th>Price</tr><tr><td>Pen<td>2</tr></table>"
    title = "<tr><td colspan=2>Our staff</tr><tr><td>of 2024<td></tr><tr><td><td></tr>"
    staff = f"<table>{title}<tr><td>Name<td>Age</tr><tr><td>Ann<td>50</tr><tr><td>Bob<td>60</tr>"
    assert numbers(f"{one}<p>Staff</p>{staff}") == [
        (1, 1, "Item\tPrice"), (2, 0, "Pen\t2"),
        (1, 0, "Name\tAge"), (2, 0, "Ann\t50"), (3, 0, "Bob\t60"),
    ]  # fmt: skip


def test_a_list_in_a_cell_of_a_table_with_names_is_lines_of_it() -> None:
    head = "<table><tr><th>Plan<th>Features<th>Price</tr>"
    row = "<tr><td>Basic<td><ul><li>1 user</li><li>Mail</li></ul><td>$5</tr></table>"
    assert show(head + row) == [
        ("row1", "Plan\tFeatures\tPrice"), ("row", "Basic\t1 user\nMail\t$5")
    ]  # fmt: skip
    assert [kind for kind, _ in show(f"<table>{row}")] == ["prose", "item", "item", "prose"]


def test_a_cell_that_reaches_down_stands_in_each_row() -> None:
    found = numbers(
        "<table><tr><th rowspan=2>Branch<th colspan=2>Open</tr><tr><th>Day<th>Hours</tr>"
        "<tr><td rowspan=2>Leeds<td>Monday<td rowspan=0>all day</tr><tr><td>Saturday</tr>"
        "<tr><td rowspan=9>York<td>Monday</tr><tbody><tr><td>Hull<td>Friday<td>never</tr>"
    )
    assert [words for *_, words in found] == [
        "Branch\tOpen",
        "Branch\tDay\tHours",
        "Leeds\tMonday\tall day",
        "Leeds\tSaturday\tall day",
        "York\tMonday\tall day",
        "Hull\tFriday\tnever",
    ]


@pytest.mark.parametrize("value", ["-1", "x", "", "1.5", "²"])
def test_a_rowspan_that_is_no_number_is_one(value: str) -> None:
    rows = f"<tr><td rowspan='{value}'>a<td>b</tr><tr><td>c<td>d</tr>"
    assert [words for *_, words in numbers(f"<table>{rows}</table>")] == ["a\tb", "c\td"]


def test_what_a_hostile_rowspan_repeats_is_bounded() -> None:
    wide = "".join(f"<td rowspan=65534>{'x' * 290}{n}</td>" for n in range(100))
    page = f"<table><tr>{wide}<td>a</tr>{'<tr><td>y' * 20_000}</table>"
    assert len(read_text(page, ".html").text) < len(page) + 1_100_000
    once = f"<table><tr><td rowspan=3>{'x' * 400}<td>a</tr>{'<tr><td>y</tr>' * 2}</table>"
    assert read_text(once, ".html").text.count("x" * 400) == 1


def test_empty_first_cells_keep_their_columns() -> None:
    text = read_text("<table><tr><th><th>Q1<th>Q2<tr><td>North<td>7<td>8</table>", ".html").text
    assert text == "\tQ1\tQ2\nNorth\t7\t8"
    text = read_text("<table><tr><td>&nbsp;<td>Q1<tr><td>North<td>7</table>", ".html").text
    assert text == "\tQ1\nNorth\t7"


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
