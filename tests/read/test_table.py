"""CSV and TSV: every cell of every column."""

from __future__ import annotations

import pytest
from read.blocks import kinds, read_bytes

from rag.document import Document


def rows(text: str, suffix: str = ".csv") -> list[str]:
    found = kinds(read_bytes(text.encode(), suffix))
    assert {kind for kind, _ in found} == {"row"}
    return [words for _, words in found]


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(mark: str) -> None:
    assert rows(f"a{mark}b\n1{mark}2, 3 x\n".replace(", ", " ")) == ["a\tb", "1\t2 3 x"]


def test_columns_without_a_name_are_kept() -> None:
    assert rows("name,,age\nAnn,x,12\n,,13\n") == ["name\t\tage", "Ann\tx\t12", "13"]


def test_quoted_cells_keep_delimiters_quotes_and_lines() -> None:
    assert rows('a,b\n"x, ""y""","two\nlines"\n') == ["a\tb", 'x, "y"\ttwo\nlines']


def test_quotation_marks_that_enclose_no_whole_cell_are_kept() -> None:
    assert rows('artist\ttitle\n"Weird Al" Yankovic\tEat It\n', ".tsv") == [
        "artist\ttitle", '"Weird Al" Yankovic\tEat It',
    ]  # fmt: skip
    said = '1,"He said \\"no\\", then left",Ann'
    assert rows(f"n,what,who\n{said}\n")[1] == said.replace(",", "\t").replace("\t ", "\t")
    assert rows('a,say "x" y\nb,z\n') == ['a\tsay "x" y', "b\tz"]


def test_one_such_record_leaves_the_others_as_they_are() -> None:
    text = 'who,what\n"Smith, John","p ""q"""\n"Al" Y,x\n"two\nlines",y\n'
    blocks = read_bytes(text.encode(), ".csv").blocks
    assert [block.row for block in blocks] == [1, 2, 3, 4]
    assert rows(text) == ["who\twhat", 'Smith, John\tp "q"', '"Al" Y\tx', "two\nlines\ty"]


def test_blanks_beside_quotation_marks_are_no_part_of_a_cell() -> None:
    assert rows('"Smith, J" , "b" \n"x","two\nlines" ,\n""" " , 5" \n') == [
        "Smith, J\tb", "x\ttwo\nlines", '"\t5"',
    ]  # fmt: skip


def test_a_quotation_mark_never_closed_in_a_short_file_loses_nothing() -> None:
    assert rows('a,b\n1,"open\n2,c\n') == ["a\tb", '1\t"open', "2\tc"]


def test_numbers_with_commas_are_cells_of_a_semicolon_file() -> None:
    assert rows("Apfel;1,50\nBirne;2,30\n") == ["Apfel\t1,50", "Birne\t2,30"]
    assert rows("1,5\t2\n2,5\t3\n") == ["1,5\t2", "2,5\t3"]
    assert rows("name,note\nAnn,a; b\nBob,c; d\n")[1] == "Ann\ta; b"
    assert rows("Ann,1,a;b\nBob,2,c;d\n")[0] == "Ann\t1\ta;b"


def test_a_quotation_mark_never_closed_loses_nothing() -> None:
    found = rows('a,"open\n' + "b,c\n" * 70_000)
    assert found[0] == 'a,"open'
    assert len(found) == 70_001


def test_tsv_and_legacy_encodings() -> None:
    assert rows("a, b\tc\n1, 2\t3\n", ".tsv") == ["a, b\tc", "1, 2\t3"]


def test_records_are_numbered_as_a_spreadsheet_program_numbers_them() -> None:
    text = 'head,x\n\n"two\nlines",y\n,,\nlast,z\n'
    blocks = read_bytes(text.encode(), ".csv").blocks
    assert [block.row for block in blocks] == [1, 3, 5]


def test_a_line_that_tells_the_delimiter_is_no_record() -> None:
    extraction = read_bytes(b"sep=;\r\na,b;c\r\n1,5;2,5\r\n", ".csv")
    assert extraction.text == "a,b\tc\n1,5\t2,5"
    assert [block.row for block in extraction.blocks] == [1, 2]


def test_the_empty_cells_before_a_value_stay_in_the_text() -> None:
    read = read_bytes(b"Region,Q1,Q2\nNorth,7,8\n,5,6\n", ".csv")
    document = Document("q.csv", "Q", read.text, tuple(read.blocks), "", "")
    assert document.text.endswith("\n\t5\t6")
    row = document.blocks[-1]
    assert document.text[row.start : row.end] == "5\t6"
    assert document.columns(row.start) == "Q1 | Q2"
    assert document.columns(document.blocks[1].start) == "Region | Q1 | Q2"


def test_a_tab_in_a_cell_makes_no_column() -> None:
    assert rows('Item,Price\n"A\tbig",5\nB,6\n') == ["Item\tPrice", "A big\t5", "B\t6"]
