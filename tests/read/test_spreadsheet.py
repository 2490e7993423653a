"""Workbooks: every cell under its column."""

from __future__ import annotations

import pytest
from read.blocks import kinds, read_bytes
from read.packages import OFFICE, package, relations

from rag.errors import ReadError
from rag.read import extract
from rag.read.extraction import Extraction

MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
DRAWING = 'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'


def workbook(
    *sheets: str, strings: str = "", styles: str = "", head: str = "", **extra: str
) -> bytes:
    """A workbook of sheets named S1, S2, ... with these rows."""
    numbers = range(1, len(sheets) + 1)
    entries = "".join(f'<sheet name="S{n}" sheetId="{n}" r:id="r{n}"/>' for n in numbers)
    targets = [*(("worksheet", f"s{n}.xml") for n in numbers), ("sharedStrings", "strings.xml")]
    return package(
        {
            "[Content_Types].xml": "<Types/>",
            "_rels/.rels": relations(("officeDocument", "xl/workbook.xml")),
            "xl/workbook.xml": f'<workbook {MAIN} xmlns:r="{OFFICE}">{head}'
            f"<sheets>{entries}</sheets></workbook>",
            "xl/_rels/workbook.xml.rels": relations(*targets, ("styles", "styles.xml")),
            "xl/strings.xml": f"<sst {MAIN}>{strings}</sst>",
            "xl/styles.xml": f"<styleSheet {MAIN}>{styles}</styleSheet>",
            **{
                f"xl/s{n}.xml": f"<worksheet {MAIN}><sheetData>{rows}</sheetData></worksheet>"
                for n, rows in zip(numbers, sheets, strict=True)
            },
            **extra,
        }
    )


def sheet(rows: str, **more: str) -> Extraction:
    return read_bytes(workbook(rows, **more), ".xlsx")


def shown(raw: str, code: str, head: str = "") -> str:
    """The text of a cell with this number and format code."""
    styles = (
        f'<numFmts><numFmt numFmtId="170" formatCode="{code}"/></numFmts>'
        '<cellXfs><xf numFmtId="0"/><xf numFmtId="170"/></cellXfs>'
    )
    rows = f'<row><c r="A1" s="1"><v>{raw}</v></c></row>'
    return kinds(sheet(rows, styles=styles, head=head))[-1][1]


def inline(reference: str, text: str) -> str:
    return f'<c r="{reference}" t="inlineStr"><is><t>{text}</t></is></c>'


def test_xlsx_keeps_an_empty_cells_column() -> None:
    rows = f"<row>{inline('A1', 'a')}{inline('D1', 'd')}</row><row>{inline('B2', 'b')}</row>"
    extraction = sheet(rows)
    assert extraction.text == "S1\n\na\t\t\td\n\tb"
    assert kinds(extraction) == [("heading2", "S1"), ("row", "a\t\t\td"), ("row", "b")]


def test_a_cell_merged_down_stands_in_each_row() -> None:
    rows = (
        f'<row r="1">{inline("A1", "Area")}{inline("B1", "Open")}</row>'
        f'<row r="2">{inline("A2", "North")}{inline("B2", "9-5")}</row>'
        f'<row r="3">{inline("B3", "8-4")}</row><row r="4"/><row r="5">{inline("B5", "7-3")}</row>'
        '</sheetData><mergeCells><mergeCell ref="A2:A4"/><mergeCell ref="C1:D1"/></mergeCells>'
        "<sheetData>"
    )
    assert sheet(rows).text == "S1\n\nArea\tOpen\nNorth\t9-5\nNorth\t8-4\n\t7-3"


def test_xlsx_strings_keep_their_runs_and_leave_out_phonetics() -> None:
    strings = (
        "<si><r><t>AT&amp;T </t></r><r><t>&lt;5%_x000D_\nx_x005F_y</t></r></si>"
        "<si><t>課きく</t><rPh><t>カ</t></rPh></si>"
    )
    rows = '<row><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c></row>'
    assert kinds(sheet(rows, strings=strings))[1] == ("row", "AT&T <5%\r\nx_y\t課きく")


def test_xlsx_shows_booleans_errors_and_the_results_of_formulas() -> None:
    rows = (
        '<row><c t="b"><v>1</v></c><c t="e"><v>#DIV/0!</v></c><c t="str"><f>A1&amp;B1</f>'
        "<v>joined</v></c><c><f>1+1</f><v>2</v></c><c><f>NOW()</f></c></row>"
    )
    assert kinds(sheet(rows))[1] == ("row", "TRUE\t#DIV/0!\tjoined\t2")


@pytest.mark.parametrize(
    ("raw", "code", "expected"),
    [
        ("0.30000000000000004", "General", "0.3"),
        ("-12.50", "0.0", "-12.5"),
        ("123456789012345678", "General", "123456789012346000"),
        ("1E-5", "General", "0.00001"),
        ("1.5e300", "0.00E+00", "1.5E+300"),
        ("2.5E-12", "General", "2.5E-12"),
        ("0.07", "0.0%", "7%"),
        ("0.1234", "0%;[Red]-0%", "12.34%"),
        ("44197", "yyyy\\-mm\\-dd;@", "2021-01-01"),
        ("44197.75", "d/m/yy h:mm", "2021-01-01 18:00"),
        ("0.5208449074", "hh:mm:ss", "12:30:01"),
        ("1.5", "[h]:mm", "36:00"),
        ("59", "d mmm", "1900-02-28"),
        ("61", "[$-409]mmmm\\ d", "1900-03-01"),
        ("1e12", "yyyy", "1000000000000"),
        ("-1", "yyyy", "-1"),
        ("44197", "&quot;days: &quot;0", "days: 44197"),
        ("NaN", "0", "NaN"),
    ],
)
def test_xlsx_shows_numbers_as_the_formula_line_does(raw: str, code: str, expected: str) -> None:
    assert shown(raw, code) == expected


@pytest.mark.parametrize(
    ("raw", "code", "expected"),
    [
        ("1234.5", '_-"£"* #,##0.00_-;\\-"£"* #,##0.00_-;_-"£"* "-"??_-;_-@_-', "£1234.5"),
        ("-1234.5", '_-"£"* #,##0.00_-;\\-"£"* #,##0.00_-;_-"£"* "-"??_-;_-@_-', "-£1234.5"),
        ("0", '_-"£"* #,##0.00_-;\\-"£"* #,##0.00_-;_-"£"* "-"??_-;_-@_-', "£0"),
        ("0", '#,##0 "kg";-#,##0 "kg";"–"??', "0 kg"),
        ("-5", '"$"#,##0_);[Red]\\("$"#,##0\\)', "-$5"),
        ("-5", '"$"#,##0', "-$5"),
        ("-5", '0" owed to us";0" owed"', "-5"),
        ("1.5", '0.0" kg"', "1.5 kg"),
        ("12", '#,##0\\ "€"', "12 €"),
        ("12", "[$€-407] #,##0.00", "€ 12"),
        ("12", "#,##0.00 [$USD]", "12 USD"),
        ("12", '0"元"', "12元"),
        ("5.5", "0.0\\%", "5.5%"),
        ("5", '0"%"', "5%"),
        ("0.125", '0.0%" p.a."', "12.5% p.a."),
        ("12", 'General" hrs"', "12 hrs"),
        ("441234567", "00000000000", "00441234567"),
        ("7.25", "0000", "7.25"),
        ("20240115", "0000\\-00\\-00", "2024-01-15"),
        ("5551234567", "(000) 000-0000", "(555) 123-4567"),
        ("123456", "00-00", "123456"),
        ("1500000", '0.0,,"M"', "1.5M"),
        ("1500000", "0.0,,", "1500000"),
        ("1", '"Yes";"Yes";"No"', "Yes"),
        ("0", '"Yes";"Yes";"No"', "No"),
        ("0", '0" kg";-0" kg";"-"', "0 kg"),
        ("5", ";;;", "5"),
        # What is not understood is shown without its words.
        ("0.25", "# ?/?", "0.25"),
        ("5", '[>=10]0" many";0" few"', "5"),
        ("3", '0" kg"e', "3"),
        ("3", '"a' + "x" * 300 + '"0', "3"),
    ],
)
def test_xlsx_keeps_the_signs_and_units_that_a_format_writes(
    raw: str, code: str, expected: str
) -> None:
    assert shown(raw, code.replace('"', "&quot;").replace(">", "&gt;")) == expected


def test_xlsx_dates_count_from_1904_where_the_workbook_says_so() -> None:
    assert shown("42735", "d/m/yyyy", head='<workbookPr date1904="1"/>') == "2021-01-01"


def test_xlsx_hidden_sheets_are_never_quoted() -> None:
    data = workbook(f"<row>{inline('A1', 'secret')}</row>", f"<row>{inline('A1', 'open')}</row>")
    import io
    import zipfile

    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts: dict[str, str | bytes] = {name: archive.read(name) for name in archive.namelist()}
    book = bytes(parts["xl/workbook.xml"])  # type: ignore[arg-type]
    parts["xl/workbook.xml"] = book.replace(b'name="S1"', b'name="S1" state="veryHidden"')
    assert kinds(read_bytes(package(parts), ".xlsx")) == [
        ("heading2", "S1"), ("meta", "secret"), ("heading2", "S2"), ("row", "open"),
    ]  # fmt: skip


def test_xlsx_comments_are_meta_and_shapes_are_prose() -> None:
    parts = {
        "xl/_rels/s1.xml.rels": relations(("comments", "c.xml"), ("drawing", "d.xml")),
        "xl/c.xml": f"<comments {MAIN}><comment><text><r><t>Why?</t></r></text></comment>"
        "</comments>",
        "xl/d.xml": f"<wsDr {DRAWING}><a:p><a:r><a:t>In a </a:t></a:r><a:r><a:t>box</a:t></a:r>"
        "</a:p></wsDr>",
    }
    data = workbook(f"<row>{inline('A1', 'x')}</row>", **parts)
    assert kinds(read_bytes(data, ".xlsx"))[1:] == [
        ("row", "x"), ("prose", "In a box"), ("meta", "Why?"),
    ]  # fmt: skip


def test_xlsx_that_would_lose_or_multiply_words_is_refused() -> None:
    with pytest.raises(ReadError, match="a cell's text is missing"):
        sheet('<row><c t="s"><v>3</v></c></row>')
    rows = '<row><c t="s"><v>0</v></c></row>' * 600
    with pytest.raises(ReadError, match="split the workbook"):
        sheet(rows, strings=f"<si><t>{'word ' * 20_000}</t></si>")
    with pytest.raises(ReadError, match="declares entities"):
        extract(
            workbook("", **{"xl/s1.xml": '<!DOCTYPE x [<!ENTITY a "b">]><x><row/></x>'}), ".xlsx"
        )
    with pytest.raises(ReadError, match="no text in it"):
        sheet("<row><c><v> </v></c></row>")


def test_xlsx_columns_far_apart_cost_nothing() -> None:
    rows = f"<row>{inline('A1', 'a')}{inline('XFD1', 'z')}</row>" * 1000
    assert len(sheet(rows).text) < 300_000


def test_xlsx_rows_have_the_number_that_a_person_sees() -> None:
    rows = (
        f"<row r='3'>{inline('B3', 'third')}</row><row r='4'>{inline('A4', 'fourth')}"
        f"</row><row>{inline('A5', 'counted')}</row><row r='9'/><row>{inline('A10', 'on')}</row>"
    )
    blocks = sheet(rows).blocks
    assert [(block.kind, block.row) for block in blocks] == [
        ("heading", None), ("row", 3), ("row", 4), ("row", 5), ("row", 10)
    ]  # fmt: skip


def table(*lines: str, marks: dict[int, str] | None = None) -> str:
    """Rows of these cells, " | " between them; ``marks``: attributes of a row, by its number."""
    return "".join(
        f'<row r="{number}" {(marks or {}).get(number, "")}>'
        + "".join(inline(f"{chr(65 + at)}{number}", cell) for at, cell in enumerate(cells))
        + "</row>"
        for number, cells in enumerate((line.split(" | ") for line in lines), 1)
    )


def whole(part: str, **more: str) -> Extraction:
    """The workbook of one sheet with all of this in its part."""
    return sheet("", **{"xl/s1.xml": f"<worksheet {MAIN}>{part}</worksheet>"}, **more)


def test_xlsx_hidden_rows_and_columns_are_never_quoted() -> None:
    rows = table("Name | Pay | Site", "Ann | 5 | A", "Bob | 6 | B", marks={2: 'hidden="1"'})
    columns = '<cols><col min="1" max="1"/><col min="2" max="2" hidden="true"/></cols>'
    extraction = whole(f"{columns}<sheetData>{rows}</sheetData>")
    assert kinds(extraction) == [
        ("heading2", "S1"), ("row", "Name\t\tSite"), ("meta", "Ann\t5\tA"), ("row", "Bob\t\tB"),
        ("meta", "Pay"), ("meta", "6"),
    ]  # fmt: skip
    assert [block.row for block in extraction.blocks] == [None, 1, 2, 3, 1, 3]


def test_xlsx_hides_the_columns_of_one_sheet_only() -> None:
    rows = f"<sheetData>{table('a | b')}</sheetData>"
    first = (
        f'<worksheet {MAIN}><cols><col min="2" max="99999" hidden="1"/></cols>{rows}</worksheet>'
    )
    data = workbook("", table("a | b"), **{"xl/s1.xml": first})
    assert [kind for kind, _ in kinds(read_bytes(data, ".xlsx"))] == [
        "heading2", "row", "meta", "heading2", "row",
    ]  # fmt: skip


@pytest.mark.parametrize(("count", "told"), [(1, "1 formula has"), (2, "2 formulas have")])
def test_xlsx_tells_of_formulas_without_a_result(count: int, told: str) -> None:
    formulas = "<c><f>SUM(A1:A2)</f><v/></c>" * count
    empty = '<c t="str"><f>IF(A1,A2,"")</f><v></v></c>'
    extraction = sheet(f"<row>{inline('A1', 'Total')}{formulas}{empty}</row>")
    assert kinds(extraction)[1] == ("row", "Total")
    assert extraction.notes == (
        f"{told} no stored result: open the file in a spreadsheet program and save it",
    )
    assert sheet(f"<row>{inline('A1', 'Total')}{empty}</row>").notes == ()


STRIKE, SUPER = "<rPr><strike/></rPr>", '<rPr><vertAlign val="superscript"/></rPr>'
STRUCK_STYLE = (
    "<fonts><font/><font><strike/></font></fonts>"
    '<cellXfs><xf fontId="0"/><xf fontId="1"/></cellXfs>'
)


def test_xlsx_raised_characters_are_raised_and_struck_ones_left_out() -> None:
    rows = (
        f'<row><c r="A1" t="inlineStr"><is><r>{STRIKE}<t>$500</t></r><r><t>$450</t></r></is></c>'
        '<c r="B1" t="s"><v>0</v></c></row>'
    )
    kept = '<rPr><strike val="0"/></rPr>'
    strings = f"<si><r>{kept}<t>10</t></r><r>{SUPER}<t>6</t></r></si>"
    extraction = sheet(rows, strings=strings)
    assert kinds(extraction)[1] == ("row", "$450\t10⁶")
    assert extraction.notes == ("struck-through text is left out",)


def test_xlsx_leaves_out_cells_that_their_font_strikes_through() -> None:
    strings = f"<si><t>old</t></si><si><r>{STRIKE}<t>old </t></r><r><rPr/><t>new</t></r></si>"
    rows = (
        f'<row>{inline("A1", "Pen")}<c r="B1" s="1"><v>5</v></c><c r="C1"><v>4</v></c>'
        '<c r="D1" s="1" t="s"><v>0</v></c><c r="E1" s="1" t="s"><v>1</v></c></row>'
    )
    extraction = sheet(rows, strings=strings, styles=STRUCK_STYLE)
    assert kinds(extraction)[1] == ("row", "Pen\t\t4\t\tnew")
    assert extraction.notes == ("struck-through text is left out",)


def test_xlsx_of_which_all_is_struck_through_is_read() -> None:
    extraction = sheet('<row><c s="1"><v>5</v></c></row>', styles=STRUCK_STYLE)
    assert kinds(extraction)[1] == ("row", "5")
    assert extraction.notes == ()


def test_xlsx_a_tab_in_a_cell_makes_no_column() -> None:
    assert kinds(sheet(table("A\tbig | 5")))[1] == ("row", "A big\t5")
