"""Which row names the columns of a row, where a sheet holds several tables, titles and gaps."""

from __future__ import annotations

import time

import pytest

from rag.document import Block, Document


def sheet(lines: str, *, hidden: tuple[int, ...] = ()) -> Document:
    """A sheet of these rows, " | " between cells; an empty line is an empty row."""
    text = lines.replace(" | ", "\t")
    blocks, at = [], 0
    for number, line in enumerate(text.split("\n"), 1):
        if line:
            kind = "meta" if number in hidden else "row"
            blocks.append(Block(at, at + len(line), kind, row=number))  # type: ignore[arg-type]
        at += len(line) + 1
    return Document("s.xlsx", "S", text, tuple(blocks), "", "")


def columns(lines: str, row: str, *, hidden: tuple[int, ...] = ()) -> str | None:
    """What the columns of the row that begins so are called."""
    document = sheet(lines, hidden=hidden)
    return document.columns(document.text.index(row))


GOODS = "Product | Price\nPen | 2\nInk | 3\n\n"


@pytest.mark.parametrize(
    "second",
    [
        "Employee | Salary\nAnn | 50000",
        "Employee | Salary\nAnn | 50000\nBob | 60000\n\nCarl | 70000",
        "\n\nOur staff\nEmployee | Salary\nAnn | 50000\nBob | 60000",
    ],
)
def test_a_second_table_on_a_sheet_has_its_own_columns(second: str) -> None:
    assert columns(GOODS + second, "Ann") == "Employee | Salary"
    assert columns(GOODS + second, "Employee") is None
    assert columns(GOODS + second, "Ink") == "Product | Price"
    if "Carl" in second:
        assert columns(GOODS + second, "Carl") == "Employee | Salary"
    if "Our staff" in second:
        assert columns(GOODS + second, "Our staff") is None


def test_a_second_table_of_words_or_of_years_has_its_own_columns() -> None:
    assert columns(GOODS + "Site | Manager\nRome | Ann\nOslo | Bob", "Rome") == "Site | Manager"
    years = "Product | Price | Stock\nPen | 2 | 9\n\nRegion | 2023 | 2024\nNorth | 5 | 6"
    assert columns(years, "North") == "Region | 2023 | 2024"


def test_years_above_amounts_are_what_columns_are_called() -> None:
    assert sheet("£ million | 2023 | 2022\nRevenue | 412.6 | 398.1\nDebt | 88.4 | 61.7").is_head(0)
    assert not sheet("Fire | 1987 | 1988\nFlood | 1991 | 1992\nStorm | 1993 | 1994").is_head(0)
    assert not sheet("Anna | 2023 | 2040\nBert | 12 | 13\nCleo | 14 | 15").is_head(0)


@pytest.mark.parametrize(
    "more",
    [
        "Cap | 4\nBox | 5",
        "Cap | 4",
        "\nTotal | 9",
        "Cap | n/a\nBox | 5",
        "Cap | 2010\nBox | 5",
        "Big things\nCap | 4\nBox | 5",
        "Cap | sold\n",
    ],
)
def test_an_empty_row_inside_a_table_keeps_its_columns(more: str) -> None:
    last = more.strip("\n").rpartition("\n")[2]
    assert columns(GOODS + more, last.replace(" | ", "\t")) == "Product | Price"


def test_an_empty_row_in_a_table_of_words_keeps_its_columns() -> None:
    words = "Name | Role\nAnn | Boss\nBob | Clerk\n\nCarl | Cook\nDora | Driver"
    assert columns(words, "Dora") == "Name | Role"


@pytest.mark.parametrize("title", ["Price list 2024\n", "Price list 2024\nAll in euros\n\n"])
def test_a_title_above_the_columns_is_not_what_they_are_called(title: str) -> None:
    assert columns(title + GOODS, "Ink") == "Product | Price"
    assert columns(title + GOODS, "Product") is None


def test_a_list_of_one_column_keeps_its_head() -> None:
    items = "\n".join(f"Item {number}x" for number in range(30))
    assert columns(f"Not covered\n{items}", "Item 29x") == "Not covered"


def test_rows_that_a_sheet_hides_part_no_table() -> None:
    lines = "Name | Role\nAnn | Boss\nEmployee | Salary\nAnton | 5\nBert | 6"
    hidden = columns(lines, "Bert", hidden=(3,))
    assert hidden == "Name | Role"


def test_a_sheet_of_many_gaps_is_looked_through_once() -> None:
    document = sheet("\n\n".join(f"Name {chr(97 + n % 26)} | Word\nx | 1" for n in range(20_000)))
    assert document.first_row(len(document.blocks) - 1) is not None


def test_a_long_table_with_gaps_is_looked_through_in_time() -> None:
    lines = "\n".join(f"Name {n} | {n}" if n % 3 else "" for n in range(100_000))
    words = "\n".join("Name | Word" if n % 3 else "" for n in range(100_000))
    begin = time.process_time()
    for rows in (lines, words):
        document = sheet(rows)
        assert document.first_row(len(document.blocks) - 1) == 0
    assert time.process_time() - begin < 10
