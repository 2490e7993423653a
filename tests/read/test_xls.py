"""Workbooks of before 2007: the shape of an XLSX, and the row a person sees."""

from __future__ import annotations

import datetime
import io
import struct
from collections.abc import Callable

import pytest
import xlwt
from conftest import shared
from read.blocks import kinds, read_bytes
from read.compounds import compound

from rag.errors import ReadError
from rag.read import extract
from rag.read.extraction import Extraction


def workbook(fill: Callable[[xlwt.Workbook], None]) -> Extraction:
    book = xlwt.Workbook(encoding="utf-8")
    fill(book)
    target = io.BytesIO()
    book.save(target)
    return read_bytes(target.getvalue(), ".xls")


def rows(extraction: Extraction) -> list[tuple[int | None, str]]:
    return [(b.row, extraction.text[b.start : b.end]) for b in extraction.blocks if b.kind == "row"]


def test_rows_have_the_number_that_a_person_sees() -> None:
    def fill(book: xlwt.Workbook) -> None:
        sheet = book.add_sheet("S")
        sheet.write(2, 1, "third row")
        sheet.write(3, 0, "the fourth")
        sheet.write(65_535, 255, "the last")

    assert rows(workbook(fill)) == [
        (3, "third row"), (4, "the fourth"), (65_536, "the last")
    ]  # fmt: skip


def test_a_cell_shows_what_the_formula_line_shows() -> None:
    def fill(book: xlwt.Workbook) -> None:
        sheet = book.add_sheet("S")
        sheet.write(0, 0, datetime.date(2024, 2, 29), xlwt.easyxf(num_format_str="D.M.YY"))
        sheet.write(0, 1, 0.167, xlwt.easyxf(num_format_str="0.0%"))
        sheet.write(0, 2, -1234.5, xlwt.easyxf(num_format_str="#,##0"))
        sheet.write(0, 3, 0.1 + 0.2)
        sheet.write(0, 4, 12_345_678_901)
        sheet.write(0, 5, True)
        sheet.write(0, 6, -7)

    assert rows(workbook(fill)) == [
        (1, "2024-02-29\t16.7%\t-1234.5\t0.3\t12345678901\tTRUE\t-7")
    ]  # fmt: skip


def test_no_word_is_lost_where_the_table_of_strings_goes_on_in_another_record() -> None:
    texts = [f"{n} " + ("Wörter & <mehr> 北京 👍 " * (n % 40)).strip() for n in range(2000)]

    def fill(book: xlwt.Workbook) -> None:
        sheet = book.add_sheet("S")
        for number, text in enumerate(texts):
            sheet.write(number, 0, text)
        sheet.write(2000, 0, "x" * 20_000 + " end")
        sheet.write_rich_text(2001, 0, [("rich ", xlwt.easyfont("bold true")), "İ text"])

    shown = [text for _, text in rows(workbook(fill))]
    assert shown == [*(text.strip() for text in texts), "x" * 20_000 + " end", "rich İ text"]


def test_hidden_sheets_are_meta_and_empty_ones_have_no_heading() -> None:
    def fill(book: xlwt.Workbook) -> None:
        book.add_sheet("Empty")
        book.add_sheet("Täbelle").write(0, 0, "shown")
        hidden = book.add_sheet("Hidden")
        hidden.visibility = 1
        hidden.write(0, 0, "not shown")

    assert kinds(workbook(fill)) == [
        ("heading2", "Täbelle"), ("row", "shown"), ("heading2", "Hidden"), ("meta", "not shown")
    ]  # fmt: skip


def test_hidden_rows_and_columns_are_meta() -> None:
    def fill(book: xlwt.Workbook) -> None:
        sheet = book.add_sheet("S")
        for number, cells in enumerate([("Name", "Pay", "Site"), ("Ann", 5, "A"), ("Bob", 6, "B")]):
            for column, cell in enumerate(cells):
                sheet.write(number, column, cell)
        sheet.row(1).hidden = True
        sheet.col(1).hidden = True

    assert kinds(workbook(fill)) == [
        ("heading2", "S"), ("row", "Name\t\tSite"), ("meta", "Ann\t5\tA"), ("row", "Bob\t\tB"),
        ("meta", "Pay"), ("meta", "6"),
    ]  # fmt: skip


def test_a_workbook_of_excel_5_is_read_in_its_code_page() -> None:
    def record(kind: int, data: bytes) -> bytes:
        return struct.pack("<HH", kind, len(data)) + data

    name, word = "Лист".encode("cp1251"), "Привет".encode("cp1251")
    begin = record(0x0809, struct.pack("<HHHH", 0x0500, 5, 0, 0))
    page = record(0x42, struct.pack("<H", 1251))
    end = record(0x0A, b"")
    head_bytes = len(begin) + len(page) + 4 + 7 + len(name) + len(end)
    sheet = record(0x85, struct.pack("<IHB", head_bytes, 0, len(name)) + name)
    cell = record(0x0204, struct.pack("<HHHH", 4, 0, 0, len(word)) + word)
    stream = begin + page + sheet + end + begin + cell + end
    extraction = read_bytes(compound({"Book": stream.ljust(5000, b"\0")}), ".xls")
    assert kinds(extraction) == [("heading2", "Лист"), ("row", "Привет")]
    assert rows(extraction) == [(5, "Привет")]


def test_a_real_workbook_has_its_sheets_and_rows() -> None:
    extraction = read_bytes((shared("docs") / "xls" / "poi-SampleSS.xls").read_bytes(), ".xls")
    assert kinds(extraction)[0] == ("heading2", "First Sheet")
    assert rows(extraction)[:3] == [
        (1, "Test spreadsheet"), (2, "2nd row\t2nd row 2nd column"), (4, "This one is red")
    ]  # fmt: skip


@pytest.mark.parametrize(
    "file", ["doc/poi-PasswordProtected.doc", "xls/poi-xor-encryption-abc.xls"]
)
def test_a_password_is_named_as_the_reason(file: str) -> None:
    with pytest.raises(ReadError, match="encrypted: save a copy"):
        extract((shared("docs") / file).read_bytes(), file[-4:])


def test_a_compound_file_without_a_workbook_is_refused() -> None:
    with pytest.raises(ReadError, match="no workbook"):
        extract(compound({"Other": b"x" * 100}), ".xls")


def test_what_is_struck_through_is_left_out_unless_all_of_it_is() -> None:
    struck = xlwt.easyxf("font: struck_out on")
    fonts = [xlwt.easyxf(f"font: struck_out {on}, height {size}").font
             for on, size in (("off", 210), ("off", 220), ("on", 230), ("off", 240))]  # fmt: skip

    def crossed(book: xlwt.Workbook) -> None:
        sheet = book.add_sheet("S")
        for column, value in enumerate(("gone", 500, 1.25)):
            sheet.write(0, column, value, struck)
        sheet.write(0, 4, xlwt.Formula('"text"'), struck)

    def fill(book: xlwt.Workbook) -> None:
        crossed(book)
        sheet = book.get_sheet(0)
        sheet.write(0, 3, "kept")
        parts = zip(("The 😀fee is ", "", "$500 ", "$450"), fonts, strict=True)
        sheet.write_rich_text(1, 0, [(text, font) for text, font in parts if text])

    found = workbook(fill)
    assert rows(found) == [(1, "kept"), (2, "The 😀fee is $450")]
    assert found.notes == ("struck-through text is left out",)
    all_of_it = workbook(crossed)
    assert rows(all_of_it) == [(1, "gone\t500\t1.25")]
    assert all_of_it.notes == ()
    assert workbook(lambda book: book.add_sheet("S").write(0, 0, "plain")).notes == ()
