"""CSV and TSV: every cell of every column."""

from __future__ import annotations

import pytest
from read.blocks import kinds, read_bytes


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
