"""Of a table the row that a question is about is quoted, or none."""

from __future__ import annotations

import html
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from reading import table

import rag
import rag.split
from rag.document import Block, Document
from rag.engine import Engine
from rag.render import answer_to_dict
from rag.rows import Row, rows_of_others, table_of
from rag.searched import searched
from rag.ui.cards import answer_card
from rag.words import tokens

STAFF = (
    "Name\tPhone\tSite",
    "Anna Brandt\t3011\tBerlin",
    "Anna Graf\t3012\tBonn",
    "Ute Graf\t7\tBonn",
)


def others(question: str, document: Document) -> list[bool]:
    return rows_of_others(question, [Row(document, n) for n in range(len(document.blocks))])


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("What is Anna Graf's phone number?", [True, True, False, True]),
        ("what is anna graf's phone number?", [True, True, False, True]),
        ("Which phone has Dr. Ute Graf?", [True, True, True, False]),
        # Nobody is called that: not Anna Graf, not Ute Graf, not anybody else.
        ("What is Anna Krause's phone number?", [True, True, True, True]),
        ("Who works at the site Bonn?", [True, True, False, False]),
        # Words of no row tell none from the others.
        ("Who earns most?", [False, False, False, False]),
        ("Where are Anna Brandt and Ute Graf?", [True, False, True, False]),
        # What no row holds a part of is what all of them are about.
        ("Where in Example Corporation is Bonn?", [True, True, False, False]),
    ],
)
@pytest.mark.parametrize("numbered", [True, False])
def test_a_row_is_of_others_if_another_holds_more_or_it_holds_half_a_name(
    question: str, expected: list[bool], numbered: bool
) -> None:
    assert others(question, table(*STAFF, numbered=numbered)) == expected


def test_a_row_with_other_words_of_the_question_may_be_the_one() -> None:
    held = table("Item\tPrice", "Main hall\t120", "Chairs: cost to rent for a day\t2")
    asked = "How much does it cost to rent the main hall for a day?"
    assert others(asked, held)[1:] == [False, False]


def test_what_the_columns_are_called_does_not_make_the_first_row_the_one() -> None:
    goods = table("Product\tPrice\tStock", "Oak bench\t12\t3", "Elm bench\t14\t3")
    asked = "What is the product price of the bench?"
    assert others(asked, goods)[1:] == [False, False]


def test_a_column_is_called_what_a_row_of_another_table_holds() -> None:
    goods = table("Product\tPrice", "Oak bench\t12", "Elm bench\t14")
    notes = Document(
        "n.txt", "N", "Price of the oak bench\tin spring", (Block(0, 32, "row"),), "", ""
    )
    rows = [Row(goods, n) for n in range(3)] + [Row(notes, 0)]
    asked = "What is the price of the oak bench?"
    assert rows_of_others(asked, rows)[1:] == [False, True, False]


def test_a_row_counts_what_its_columns_are_called_in_each_passage() -> None:
    lines = "Model\tMax flow", *(f"P-{n}\t{n}" for n in range(30, 60))
    found = others("What is the max flow of P-33?", table(*lines))
    assert [n for n, other in enumerate(found) if not other] == [4]


def test_who_stands_in_a_first_row_without_a_head_names_no_column() -> None:
    lines = "Anna Krause\t4471\tBonn", "Anna Weiss\t4480\tKiel", "Tom Graf\t4490\tBonn"
    found = others("What is Anna Krause's extension?", table(*lines))
    assert found == [False, True, True]


def test_a_number_alone_is_no_part_of_a_name() -> None:
    years = table("Year\tRevenue", "2022\t400", "2023\t500")
    asked = "What was the revenue in Fiscal Year 2023?"
    assert others(asked, years) == [True, True, False]


PRICES = ("Tier\tMonthly\tYearly", "Gold\t39\t409", "Silver\t29\t299", "Bronze\t19\t199")
PUMPS = (
    "Model\tHead\tVoltage",
    "AquaLift 100\t18\t230 V",
    "AquaLift 200 Pro\t34\t400 V",
    "AquaLift 300\t26\t400 V",
    "DrainMaster L\t11\t230 V",
    "DrainMaster L Ex\t11\t400 V",
    "DrainMaster S\t8\t230 V",
)


@pytest.mark.parametrize(
    ("question", "lines", "rows"),
    [
        # What no row holds is no part of what a row is called.
        ("How much is Gold Membership?", PRICES, [1]),
        ("What is the Monthly Fee for Silver Members?", PRICES, [2]),
        ("What does Silver Tier cost per year?", PRICES, [2]),
        ("How much is the Gold Plan?", ("Plan\tFee", "Gold plan\t9", "Silver plan\t8"), [1]),
        # A number always is, and so is what stands in another row.
        ("How much is Gold 2025?", PRICES, []),
        ("How much is Gold Silver?", PRICES, []),
        ("What is the head of the AquaLift 500?", PUMPS, []),
        ("What is the head of the DrainMaster M?", PUMPS, []),
        # Nor is a name put together across cells.
        ("What is the head of the AquaLift 400?", PUMPS, []),
        ("Where is Anna Krause?", ("Name\tRole", "Anna Brandt\tHead, Krause Fund", "Jo\tAid"), []),
        ("Where is Anna Krause?", ("Name\tRoom", "anna brandt\t2", "boris graf\t3"), []),
        # An initial may stand for a first name, where nobody has the whole of it.
        ("Where is John Weber?", ("Name\tRoom", "J. Weber\t2", "John Smith\t3"), [1]),
        ("Where is John Weber?", ("Name\tRoom", "Weber, J.\t2", "Jane Weber\t3"), [1]),
        ("Where is John Weber?", ("Name\tRoom", "J. Weber\t2", "John Weber\t3"), [2]),
        ("Where is John Weber?", ("Name\tRoom", "A. Weber\t2", "J. Smith\t3"), []),
        # But where cells hold nothing else.
        ("Where is Anna Krause?", ("First\tLast\tRoom", "Anna\tKrause\t4", "Anna\tGraf\t5"), [1]),
        ("Where is Anna Krause?", ("Last\tFirst\tRoom", "Krause\tAnna\t4", "Graf\tJo\t5"), [1]),
        ("Where is Anna Krause?", ("First name\tLast name", "Anna\tGraf", "Jo\tWeiss"), []),
        # What is called as is asked, before what is called more.
        ("What is the head of the DrainMaster L?", PUMPS, [4]),
        ("What is the head of the DrainMaster S?", PUMPS, [6]),
        ("What is the head of the DrainMaster L Ex?", PUMPS, [5]),
        ("What is the head of the AquaLift 200?", PUMPS, [2]),
        ("What must Jo Graf do?", ("Who\tTask", "Jo Graf\tpaint", "Jo Graf, Al\tsaw"), [1, 2]),
    ],
)
def test_a_row_is_meant_by_what_it_is_called(
    question: str, lines: tuple[str, ...], rows: list[int]
) -> None:
    found = others(question, table(*lines))
    assert [n for n, other in enumerate(found) if n and not other] == rows


def test_a_long_row_is_weighed_as_a_short_one_is() -> None:
    filler = " ".join(f"filler{number}" for number in range(1000))
    rows = (
        "Name\tNotes",
        f"Anna Krause\t{filler}",
        f"Anna Brandt\t{filler}",
        f"Boris Adler\t{filler} Anna Krause",
        f"Anna\t{filler}\tKrause",
    )
    asked = "What is Anna Krause's phone number?"
    assert others(asked, table(*rows)) == [True, False, True, False, True]
    letters = (f"DrainMaster L\t{filler}", f"DrainMaster S\t{filler}")
    assert others("How much is the DrainMaster L?", table(*letters)) == [False, True]


def test_a_name_is_found_in_any_cell_of_a_wide_row() -> None:
    rooms = [f"Room {number}" for number in range(2000)]
    rows = table("\t".join(rooms), "\t".join(rooms), "\t".join(rooms[:1500]))
    assert others("Where is Room 1777?", rows)[1:] == [False, True]


def test_of_long_rows_few_words_are_taken_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    taken = 0

    def counting(text: str) -> list[str]:
        nonlocal taken
        taken += len(text)
        return tokens(text)

    monkeypatch.setattr("rag.rows.tokens", counting)
    monkeypatch.setattr("rag.names.tokens", counting)
    cells = "\t".join(f"Anna Krause {number}" for number in range(5000))
    rows = table("Name\tRooms", *(f"{name}\t{cells}" for name in ("Anna", "Boris")))
    assert others("What is Anna Krause's phone number?", rows)[1:] == [False, False]
    assert taken < 50_000 < len(cells)


def test_a_head_is_of_others_where_a_row_holds_what_is_asked() -> None:
    actions = table("No\tAction\tOwner", "A1\tMend the roof\tRuth", "A2\tOrder pumps\tTom")
    assert others("Who owns action A2?", actions) == [True, True, False]
    # Where no row does, it may be the answer.
    assert others("Is an owner told?", actions) == [False, False, False]
    people = table("Anna Krause\t4471", "Tom Weiss\t4480", "Mia Lopez\t4490")
    assert others("Where do Krause and Lopez sit?", people) == [False, True, False]


@pytest.mark.parametrize("number", ["2.3", "2.", "(b)", "c)", "iv."])
def test_a_clause_whose_number_stands_apart_is_no_row(number: str) -> None:
    lines = f"{number}\tThe Tenant shall insure the plate glass.", "3.\tLandlord's covenants"
    clauses = table(*lines, numbered=False)
    assert others("Who must insure the Plate Glass Window?", clauses) == [False, False]
    numbers = table("2.3\t500", "2.4\t600", numbered=False)
    assert others("What is 2.4?", numbers) == [True, False]


def test_only_rows_of_tables_are_compared() -> None:
    text = "Anna Graf has a phone.\nAnna Brandt has none."
    prose = Document("a.txt", "A", text, (Block(0, 22, "prose"), Block(23, 44, "prose")), "", "")
    assert others("What is Anna Brandt's phone number?", prose) == [False, False]


def test_rows_are_searched_under_what_their_columns_are_called() -> None:
    document = table(*STAFF)
    sentences, _ = rag.split.split(document, passage_chars=1000)
    assert searched(document, sentences).text.startswith("Staff\nName")
    assert searched(document, sentences[1:]).text.startswith("Staff › Name | Phone | Site\nAnna B")
    plain = table(*STAFF, numbered=False)
    assert searched(plain, sentences[1:]).text.startswith("Staff\nAnna")
    wide = table("\t".join(f"Column {n}" for n in range(90)), "1\t2")
    first = searched(wide, rag.split.split(wide, passage_chars=1000)[0][1:]).text.split("\n")[0]
    assert len(first) <= len("Staff › ") + 200
    assert first.endswith(" | Column 16")


def test_a_value_is_told_under_its_own_column() -> None:
    text = "\tQ1\t\tNote\nNorth\t7\t8\tx\n\t5\t6\tEast"
    starts = (1, 10, 23)
    blocks = [
        Block(start, start + len(line.strip()), "row", row=number)
        for number, (start, line) in enumerate(zip(starts, text.split("\n"), strict=True), 1)
    ]
    document = Document("q.csv", "Q", text, tuple(blocks), "", "")
    assert document.columns(10) == "– | Q1 | – | Note"
    assert text[23:] == "5\t6\tEast"
    assert document.columns(23) == "Q1 | – | Note"


def test_rows_that_stand_together_are_one_table() -> None:
    document = table(*STAFF)
    sentences, _ = rag.split.split(document, passage_chars=1000)
    assert table_of(document, sentences[2:]) == table_of(document, sentences) == ("staff.csv", 0)
    text = "A list:\nx\t1\nx\t2\n\nx\t1"
    starts = (0, 7, "prose", None), (8, 11, "row", 1), (12, 15, "row", 2), (17, 20, "row", 1)
    blocks = tuple(Block(a, b, kind, row=row) for a, b, kind, row in starts)  # type: ignore[arg-type]
    two = Document("two.xlsx", "Two", text, blocks, "", "")
    found, _ = rag.split.split(two, passage_chars=1000)
    assert table_of(two, found) is None
    assert table_of(two, found[1:]) is None
    assert table_of(two, found[1:3]) == ("two.xlsx", 1)
    assert table_of(two, found[3:]) == ("two.xlsx", 3)


def test_a_line_across_parts_no_numbered_rows_and_a_head_begins_a_table() -> None:
    text = "a\tb\nx\t1\nSection\ny\t2\nText.\nc\td\nz\t3"
    kinds = ("row", 1, 1), ("row", 0, 2), ("prose", 0, None), ("row", 0, 4), ("prose", 0, None)
    kinds += ("row", 1, 5), ("row", 0, 6)  # type: ignore[assignment]
    blocks, at = [], 0
    for line, (kind, level, row) in zip(text.split("\n"), kinds, strict=True):
        blocks.append(Block(at, at + len(line), kind, level, row=row))  # type: ignore[arg-type]
        at += len(line) + 1
    document = Document("t.html", "T", text, tuple(blocks), "", "")
    assert [document.first_row(n) for n in range(7)] == [0, 0, None, 0, None, 5, 5]
    assert document.columns(blocks[3].start) == "a | b"
    assert document.columns(blocks[6].start) == "c | d"


def test_a_quoted_row_comes_with_the_first_row_of_its_sheet() -> None:
    lines = "Name\tPhone <script>\t\tSite", *STAFF[1:]
    document = table(*lines)
    start = document.text.index("Ute")
    quote = rag.Quote(document, start, len(document.text), 0.9)
    assert quote.columns == "Name | Phone <script> | – | Site"
    assert rag.Quote(document, 0, 4, 0.9).columns is None
    answer = rag.Answer("Which phone has Ute Graf?", (quote,), (), "0")
    assert answer_to_dict(answer)["quotes"][0]["columns"] == quote.columns
    shown = str(answer_card(answer))
    assert '<p class="columns">' in shown
    assert "<script" not in shown
    assert "Name | Phone <script> | – | Site" in html.unescape(shown)
    unnumbered = table(*lines, numbered=False)
    assert rag.Quote(unnumbered, start, len(document.text), 0.9).columns is None


@pytest.fixture(scope="module")
def staff(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Engine, list[list[str]]]]:
    chance = random.Random(5)
    first = "Anna Boris Clara David Elena Fritz Greta Hans Irene Jonas".split()
    last = "Adler Brandt Conrad Dietz Ebert Falk Graf Huber Iversen Jansen".split()
    people = [f"{one} {two}" for one in first for two in last]
    chance.shuffle(people)
    rows = [
        [name, f"{chance.randint(1000, 9999)}", chance.choice(["Berlin", "Bonn", "Kiel"])]
        for name in people
    ]
    folder = tmp_path_factory.mktemp("staff")
    (folder / "corpus").mkdir()
    lines = [["Name", "Phone", "Site"], *rows[:80]]
    Path(folder / "corpus" / "staff.csv").write_text("\n".join(map(",".join, lines)))
    rag.build(corpus=folder / "corpus", index=folder / "index")
    engine = rag.open_index(folder / "index")
    yield engine, rows
    engine.close()


def test_of_a_long_table_the_row_that_is_asked_for_is_quoted(
    staff: tuple[Engine, list[list[str]]],
) -> None:
    engine, rows = staff
    for name, phone, _ in rows[10:80:10]:
        answer = engine.query(f"What is {name}'s phone number?")
        assert [quote.text.split("\t")[:2] for quote in answer.quotes] == [[name, phone]]
        assert answer.quotes[0].columns == "Name | Phone | Site"


def test_who_is_not_in_the_table_gets_nobody_elses_row(
    staff: tuple[Engine, list[list[str]]],
) -> None:
    engine, rows = staff
    for name, _, _ in rows[80::4]:
        assert engine.query(f"What is {name}'s phone number?").quotes == ()
