"""OpenDocument: text, sheets and slides as their programs show them."""

from __future__ import annotations

import pytest
from read.blocks import kinds, read_bytes
from read.packages import package

from rag.errors import ReadError
from rag.read import extract
from rag.read.extraction import Extraction

SPACE = "urn:oasis:names:tc:opendocument:xmlns:"
NAMES = (
    " ".join(
        f'xmlns:{name}="{SPACE}{name}:1.0"'
        for name in ("office", "text", "table", "style", "presentation")
    )
    + f' xmlns:draw="{SPACE}drawing:1.0" xmlns:svg="{SPACE}svg-compatible:1.0"'
    + ' xmlns:dc="http://purl.org/dc/elements/1.1/"'
)
KINDS = {"odt": "text", "ods": "spreadsheet", "odp": "presentation"}


def document(
    kind: str, body: str, *, styles: str = "", automatic: str = "", meta: str = ""
) -> bytes:
    content = (
        f"<office:document-content {NAMES}><office:automatic-styles>{automatic}"
        f"</office:automatic-styles><office:body><office:{KINDS[kind]}>{body}"
        f"</office:{KINDS[kind]}></office:body></office:document-content>"
    )
    return package(
        {
            "mimetype": f"application/vnd.oasis.opendocument.{KINDS[kind]}",
            "content.xml": content,
            "styles.xml": f"<office:document-styles {NAMES}>{styles}</office:document-styles>",
            "meta.xml": f"<office:document-meta {NAMES}>{meta}</office:document-meta>",
        }
    )


def opened(kind: str, body: str, **more: str) -> Extraction:
    return read_bytes(document(kind, body, **more), f".{kind}")


def test_odt_counts_white_space_as_the_standard_says() -> None:
    body = (
        "<text:p> AT&amp;T \n  <text:span>&lt;5%</text:span><text:s text:c='2'/>x<text:tab/>y"
        "<text:line-break/> z<text:soft-page-break/>z</text:p>"
    )
    assert opened("odt", body).text == "AT&T <5%  x\ty\nzz"


def test_odt_headings_lists_and_the_title() -> None:
    body = (
        '<text:p text:style-name="P1">The title</text:p><text:h text:outline-level="2">Two</text:h>'
        "<text:list><text:list-item><text:number>1.</text:number><text:p>one</text:p>"
        "<text:list><text:list-item><text:p>inner</text:p></text:list-item></text:list>"
        "</text:list-item></text:list><text:section><text:p>plain</text:p></text:section>"
    )
    automatic = '<style:style style:name="P1" style:parent-style-name="Title"/>'
    extraction = opened("odt", body, automatic=automatic)
    assert kinds(extraction) == [
        ("heading1", "The title"), ("heading2", "Two"), ("item", "one"), ("item", "inner"),
        ("prose", "plain"),
    ]  # fmt: skip
    assert extraction.title == "The title"
    named = opened("odt", body, meta="<office:meta><dc:title>Named</dc:title></office:meta>")
    assert named.title == "Named"


def test_odt_leaves_out_deletions_comments_and_hidden_text() -> None:
    body = (
        "<text:tracked-changes><text:p>deleted</text:p></text:tracked-changes>"
        "<text:p>Kept<office:annotation><text:p>comment</text:p></office:annotation>"
        "<text:span text:style-name='H'>hidden</text:span><text:ruby><text:ruby-base>漢"
        "</text:ruby-base><text:ruby-text>かん</text:ruby-text></text:ruby>.</text:p>"
        "<text:table-of-content><text:table-of-content-source><text:p>template</text:p>"
        "</text:table-of-content-source><text:index-body><text:p>Two<text:tab/>3</text:p>"
        "</text:index-body></text:table-of-content>"
    )
    hidden = (
        '<style:style style:name="H"><style:text-properties text:display="none"/></style:style>'
    )
    assert kinds(opened("odt", body, automatic=hidden)) == [
        ("prose", "Kept漢."),
        ("meta", "Two\t3"),
    ]


def test_odt_leaves_out_what_a_parent_style_hides() -> None:
    def style(name: str, parent: str, display: str = "") -> str:
        word = f'<style:text-properties text:display="{display}"/>' if display else ""
        return (
            f'<style:style style:name="{name}" style:parent-style-name="{parent}">{word}'
            "</style:style>"
        )

    def words(name: str, text: str) -> str:
        return f'<text:p text:style-name="{name}">{text}</text:p>'

    body = (
        words("P1", "hidden")
        + words("P2", "shown again")
        + words("P3", "in a circle")
        + '<text:p>Kept<text:span text:style-name="P1">hidden</text:span>.</text:p>'
    )
    extraction = opened(
        "odt",
        body,
        styles=style("Aside", "", "none") + style("Later", "Aside"),
        automatic=style("P1", "Later") + style("P2", "P1", "true") + style("P3", "P3"),
    )
    assert extraction.text == "shown again\n\nin a circle\n\nKept."


def test_odt_notes_boxes_and_headers_have_their_places() -> None:
    body = (
        "<text:p>Body<text:note><text:note-citation>1</text:note-citation><text:note-body>"
        "<text:p>A note</text:p></text:note-body></text:note> goes on.<draw:frame><draw:text-box>"
        "<text:p>In a box</text:p></draw:text-box></draw:frame></text:p><text:p>Next</text:p>"
        "<text:p><draw:frame><draw:image/><svg:title>A ship</svg:title></draw:frame></text:p>"
    )
    header = (
        "<style:master-page><style:header><text:p>Head</text:p></style:header></style:master-page>"
    )
    assert kinds(opened("odt", body, styles=header * 2)) == [
        ("prose", "Body goes on."), ("prose", "In a box"), ("prose", "Next"), ("meta", "A ship"),
        ("prose", "A note"), ("meta", "Head"),
    ]  # fmt: skip


def cell(text: str = "", attributes: str = "") -> str:
    return f"<table:table-cell {attributes}><text:p>{text}</text:p></table:table-cell>"


def rows(kind: str, table: str) -> list[tuple[int | None, int, str]]:
    """Number, level and words of each row."""
    found = opened(kind, f"<table:table>{table}</table:table>")
    blocks = [block for block in found.blocks if block.kind == "row"]
    return [(b.row, b.level, found.text[b.start : b.end]) for b in blocks]


def made_row(*texts: str) -> str:
    return f"<table:table-row>{''.join(map(cell, texts))}</table:table-row>"


def test_odt_rows_are_numbered_from_their_head() -> None:
    head = f"<table:table-header-rows>{made_row('Name', 'Town')}</table:table-header-rows>"
    found = rows("odt", head + made_row("Ann", "Bonn") + made_row("Bo", "Kiel"))
    assert found == [(1, 1, "Name\tTown"), (2, 0, "Ann\tBonn"), (3, 0, "Bo\tKiel")]
    form = made_row("Name", "Ann") + made_row("Born", "1990") + made_row("Town", "Bonn")
    assert {row[:2] for row in rows("odt", form)} == {(None, 0)}


@pytest.mark.parametrize("kind", ["odt", "ods"])
def test_a_cell_that_reaches_down_stands_in_each_row(kind: str) -> None:
    tall = cell("North", 'table:number-rows-spanned="2" table:number-columns-spanned="2"')
    covered = "<table:covered-table-cell/>"
    found = rows(
        kind,
        made_row("Area", "Site", "Open")
        + f"<table:table-row>{tall}{covered}{cell('9-5')}</table:table-row>"
        + f"<table:table-row>{covered}{covered}{cell('8-4')}</table:table-row>"
        + f"<table:table-row>{covered}{covered}{cell('7-3')}</table:table-row>",
    )
    assert [words for *_, words in found] == [
        "Area\tSite\tOpen", "North\t\t9-5", "North\t\t8-4", "7-3"
    ]  # fmt: skip


def test_odt_tables_are_rows_and_frames_are_text() -> None:
    body = (
        f"<table:table><table:table-header-rows><table:table-row>{cell('a')}{cell()}{cell('b')}"
        "</table:table-row></table:table-header-rows></table:table>"
        f"<table:table><table:table-row>{cell('framed')}</table:table-row></table:table>"
    )
    assert kinds(opened("odt", body)) == [("row", "a\t\tb"), ("prose", "framed")]


def test_ods_keeps_columns_and_repeats_within_bounds() -> None:
    many = 'table:number-columns-repeated="16384"'
    rows = (
        f"<table:table-row>{cell('', many.replace('16384', '2'))}{cell('x')}{cell('', many)}"
        f"</table:table-row><table:table-row table:number-rows-repeated='1048576'>{cell('', many)}"
        f"</table:table-row><table:table-row table:number-rows-repeated='2'>{cell('1,5 %')}"
        "</table:table-row>"
    )
    body = f'<table:table table:name="Sums">{rows}</table:table><table:table table:name="Empty"/>'
    extraction = opened("ods", body)
    assert extraction.text == "Sums\n\n\t\tx\n1,5 %\n1,5 %"
    assert kinds(extraction)[0] == ("heading2", "Sums")
    wide = cell("word" * 100, many) * 20
    with pytest.raises(ReadError, match="split the document"):
        opened(
            "ods",
            "<table:table><table:table-row table:number-rows-repeated='1048576'>"
            f"{wide}</table:table-row></table:table>",
        )


def test_ods_rows_have_the_number_that_a_person_sees() -> None:
    empty = f"<table:table-row table:number-rows-repeated='9'>{cell()}</table:table-row>"
    row = f"<table:table-row>{cell('x')}</table:table-row>"
    twice = row.replace("-row>", "-row table:number-rows-repeated='2'>", 1)
    body = (
        f"<table:table table:name='S'><table:table-header-rows>{row}</table:table-header-rows>"
        f"{empty}<table:table-row-group>{row}</table:table-row-group>"
        f"{twice}{row}</table:table>"
    )
    blocks = opened("ods", body).blocks
    assert [block.row for block in blocks if block.kind == "row"] == [1, 11, 12, 13, 14]


@pytest.mark.parametrize("how", ["collapse", "filter"])
def test_ods_hidden_rows_and_columns_are_meta(how: str) -> None:
    hidden = f'table:visibility="{how}"'
    columns = (
        "<table:table-column/><table:table-column-group><table:table-column "
        f'table:number-columns-repeated="2" {hidden}/></table:table-column-group>'
    )
    rows = made_row("Name", "Pay", "Born", "Site"), made_row("Ann", "5", "1990", "A")
    last = made_row("Bob", "6", "1991", "B")
    body = columns + rows[0] + rows[1].replace("-row>", f"-row {hidden}>", 1) + last
    extraction = opened("ods", f'<table:table table:name="S">{body}</table:table>')
    assert kinds(extraction) == [
        ("heading2", "S"), ("row", "Name\t\t\tSite"), ("meta", "Ann\t5\t1990\tA"),
        ("row", "Bob\t\t\tB"), ("meta", "Pay"), ("meta", "Born"), ("meta", "6"), ("meta", "1991"),
    ]  # fmt: skip
    assert [block.row for block in extraction.blocks] == [None, 1, 2, 3, 1, 1, 3, 3]


def test_ods_hidden_sheets_and_comments_are_meta() -> None:
    comment = "<office:annotation><text:p>Why?</text:p></office:annotation><text:p>x</text:p>"
    body = (
        f'<table:table table:style-name="T"><table:table-row>{cell("secret")}</table:table-row>'
        "</table:table><table:table><table:table-row><table:table-cell>"
        f"{comment}</table:table-cell></table:table-row></table:table>"
    )
    hidden = (
        '<style:style style:name="T"><style:table-properties table:display="false"/></style:style>'
    )
    assert kinds(opened("ods", body, automatic=hidden)) == [
        ("meta", "secret"), ("row", "x"), ("meta", "Why?"),
    ]  # fmt: skip


def test_odp_blocks_carry_their_slide_and_notes_follow_it() -> None:
    def frame(text: str, role: str) -> str:
        return (
            f'<draw:frame presentation:class="{role}"><draw:text-box><text:p>{text}</text:p>'
            "</draw:text-box></draw:frame>"
        )

    body = (
        f"<draw:page>{frame('First', 'title')}{frame('Words', 'outline')}<presentation:notes>"
        f"{frame('Say this', 'notes')}</presentation:notes></draw:page>"
        f"<draw:page><draw:custom-shape><text:p>Shape</text:p></draw:custom-shape></draw:page>"
    )
    master = (
        "<style:master-page><draw:frame presentation:class='footer'><draw:text-box><text:p>Foot"
        "</text:p></draw:text-box></draw:frame><draw:frame presentation:placeholder='true'>"
        "<text:p>Click here</text:p></draw:frame></style:master-page>"
    )
    extraction = opened("odp", body, styles=master)
    assert kinds(extraction) == [
        ("heading2", "First"), ("prose", "Words"), ("prose", "Say this"), ("prose", "Shape"),
        ("meta", "Foot"),
    ]  # fmt: skip
    assert [block.page for block in extraction.blocks] == [1, 1, 1, 2, None]


def test_encrypted_and_hostile_opendocument_is_refused() -> None:
    locked = package(
        {
            "mimetype": "application/vnd.oasis.opendocument.text",
            "META-INF/manifest.xml": "<m><encryption-data/></m>",
            "content.xml": "\0\1",
        }
    )
    with pytest.raises(ReadError, match="encrypted: save a copy"):
        extract(locked, ".odt")
    with pytest.raises(ReadError, match="declares entities"):
        extract(
            package(
                {
                    "mimetype": "application/vnd.oasis.opendocument.text",
                    "content.xml": '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>',
                }
            ),
            ".odt",
        )


STYLES = (
    '<style:style style:name="up"><style:text-properties style:text-position="super 58%"/>'
    '</style:style><style:style style:name="high"><style:text-properties '
    'style:text-position="33% 58%"/></style:style><style:style style:name="low">'
    '<style:text-properties style:text-position="-33% 58%"/></style:style>'
    '<style:style style:name="level"><style:text-properties style:text-position="0% 100%"/>'
    '</style:style><style:style style:name="gone"><style:text-properties '
    'style:text-line-through-style="solid" style:text-line-through-type="single"/></style:style>'
    '<style:style style:name="kept"><style:text-properties '
    'style:text-line-through-style="none"/></style:style>'
)
STRUCK = "struck-through text is left out"


def span(text: str, style: str) -> str:
    return f'<text:span text:style-name="{style}">{text}</text:span>'


def test_odt_raised_characters_are_raised() -> None:
    body = f"<text:p>10{span('6', 'up')} m{span('2', 'high')} H{span('2', 'low')}O</text:p>"
    body += f"<text:p>x{span('2' + span('3', 'level'), 'up')}</text:p>"
    assert opened("odt", body, automatic=STYLES).text == "10⁶ m² H2O\n\nx²3"


@pytest.mark.parametrize("kind", ["odt", "ods", "odp"])
def test_text_that_is_struck_through_is_left_out_with_a_note(kind: str) -> None:
    words = f"<text:p>{span('$500<text:s/>', 'gone')}$450</text:p>"
    whole = f'<text:p text:style-name="gone">Old. {span("New.", "kept")}</text:p>'
    boxes = {
        "odt": words + whole,
        "ods": "<table:table><table:table-row>"
        + "".join(f"<table:table-cell>{part}</table:table-cell>" for part in (words, whole))
        + cell("old", 'table:style-name="gone"')
        + "</table:table-row></table:table>",
        "odp": f"<draw:page><draw:frame>{words}{whole}</draw:frame></draw:page>",
    }
    extraction = opened(kind, boxes[kind], automatic=STYLES)
    assert extraction.text.split() == ["$450", "New."]
    assert extraction.notes == (STRUCK,)


def test_a_text_of_which_all_is_struck_through_is_read() -> None:
    extraction = opened("odt", f"<text:p>{span('Done', 'gone')}</text:p>", automatic=STYLES)
    assert (extraction.text, extraction.notes) == ("Done", ())


def test_odt_tells_of_formulas_that_it_leaves_out() -> None:
    inner = '<draw:frame><draw:object><m:math xmlns:m="m"><m:mi>E</m:mi></m:math></draw:object>'
    body = f"<text:p>Energy {inner}</draw:frame> is.</text:p>"
    assert opened("odt", body).notes == ("1 formula is left out",)
    chart = '<text:p>x<draw:frame><draw:object xlink:href="./Object 1"/></draw:frame></text:p>'
    chart = chart.replace("<text:p>", '<text:p xmlns:xlink="http://www.w3.org/1999/xlink">')
    assert opened("odt", chart).notes == ()


@pytest.mark.parametrize("kind", ["odt", "ods"])
def test_a_tab_in_a_cell_makes_no_column(kind: str) -> None:
    found = rows(kind, made_row("Item", "Price") + made_row("A<text:tab/>big", "5"))
    assert found[1][2] == "A big\t5"
