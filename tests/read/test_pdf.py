"""PDF: the text layer's words on their pages, and what the setting says of them."""

from __future__ import annotations

import pytest
from conftest import shared
from read.blocks import kinds, read_bytes
from read.pdfs import Field, form, pdf, tick

from rag.document import Document
from rag.errors import ReadError
from rag.read import extract, read
from rag.split import split

TextLine = tuple[float, float, float, str, str]
"""x, y, size, font (F1 regular, F2 bold), text."""


def make_pdf(pages: list[list[TextLine]], title: str = "") -> bytes:
    """A PDF with these lines, in Helvetica."""
    objects = [
        "<</Type/Catalog/Pages 2 0 R>>",
        "",
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica-Bold/Encoding/WinAnsiEncoding>>",
        f"<</Title({title})>>",
    ]
    kids = []
    for lines in pages:
        content = "".join(
            f"BT /{font} {size} Tf 1 0 0 1 {x} {y} Tm ({text}) Tj ET\n"
            for x, y, size, font, text in lines
        )
        objects.append(f"<</Length {len(content)}>>stream\n{content}endstream")
        objects.append(
            "<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Resources<</Font<</F1 3 0 R"
            f"/F2 4 0 R>>>>/Contents {len(objects)} 0 R>>"
        )
        kids.append(f"{len(objects)} 0 R")
    objects[1] = f"<</Type/Pages/Count {len(kids)}/Kids[{' '.join(kids)}]>>"
    body = "%PDF-1.4\n"
    offsets = []
    for number, content in enumerate(objects, 1):
        offsets.append(len(body))
        body += f"{number} 0 obj{content}endobj\n"
    table = "".join(f"{offset:010} 00000 n \n" for offset in offsets)
    start = len(body)
    body += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}"
    body += f"trailer<</Size {len(objects) + 1}/Root 1 0 R/Info 5 0 R>>\nstartxref\n{start}\n%%EOF"
    return body.encode("latin-1")


def column(*texts: str, y: float = 700, size: float = 10, x: float = 72) -> list[TextLine]:
    """Lines of a paragraph, one below the other."""
    return [(x, y - 1.2 * size * n, size, "F1", text) for n, text in enumerate(texts)]


def test_headings_are_larger_or_bold_and_paragraphs_are_apart() -> None:
    page = [
        (72, 740, 20, "F1", "The Great Title"),
        (72, 710, 10, "F2", "A bold heading"),
        *column("The first paragraph runs over", "two lines and ends here.", y=690),
        *column("The second one is apart and", "goes on in small letters too.", y=650),
    ]
    extraction = read_bytes(make_pdf([page]), ".pdf")
    assert kinds(extraction) == [
        ("heading1", "The Great Title"),
        ("heading2", "A bold heading"),
        ("prose", "The first paragraph runs over\ntwo lines and ends here."),
        ("prose", "The second one is apart and\ngoes on in small letters too."),
    ]
    assert extraction.title == "The Great Title"


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("Total due: 950.00 by 1 June 2024", "prose"),
        ("Deposit 1,200.00", "prose"),
        ("Rent of $500 a month", "prose"),
        ("Late fee 25 EUR", "prose"),
        ("Chapter 3: The Rent", "heading1"),
        ("10.12 Deposits of 2024", "heading1"),
    ],
)
def test_a_bold_line_that_tells_a_fact_is_no_heading(line: str, kind: str) -> None:
    words = column("The rest of the page is set in letters that are not bold.")
    extraction = read_bytes(make_pdf([[(72, 730, 10, "F2", line), *words]]), ".pdf")
    assert kinds(extraction)[0] == (kind, line)
    assert (extraction.title == line) == (kind == "heading1")


def test_a_file_of_headings_alone_can_be_quoted() -> None:
    page = [(72, 700, 30, "F1", "Closed on Mondays"), (72, 600, 10, "F2", "Ring the bell")]
    found = kinds(read_bytes(make_pdf([page]), ".pdf"))
    assert found == [("prose", "Closed on Mondays"), ("prose", "Ring the bell")]


def test_every_block_knows_its_page() -> None:
    pages = [column("Page one has text."), [], column("The third page, too.")]
    extraction = read_bytes(make_pdf(pages), ".pdf")
    assert [block.page for block in extraction.blocks] == [1, 3]
    assert extraction.notes == (
        "1 of 3 pages has no text: 2; turn on OCR (RAG_OCR=eng) and rebuild",
    )
    assert extraction.text == "Page one has text.\n\nThe third page, too."


def test_a_paragraph_does_not_run_on_over_a_page_without_text() -> None:
    pages = [column("This paragraph breaks off", "at the foot of the page and"), [],
             column("the rest of another one is here.")]  # fmt: skip
    extraction = read_bytes(make_pdf(pages), ".pdf")
    assert [(block.page, block.breaks) for block in extraction.blocks] == [(1, ()), (3, ())]


def test_running_heads_and_page_numbers_are_meta() -> None:
    pages = [
        [
            (72, 770, 8, "F1", "The Yearly Report"),
            *column(f"Words that only this page has: {word}."),
            (300, 30, 8, "F1", f"Page {number}"),
        ]
        for number, word in enumerate(["oak", "elm", "ash", "fir"], 1)
    ]
    found = kinds(read_bytes(make_pdf(pages), ".pdf"))
    assert found[:3] == [
        ("meta", "The Yearly Report"),
        ("prose", "Words that only this page has: oak."),
        ("meta", "Page 1"),
    ]
    assert [kind for kind, _ in found].count("meta") == 8


def test_a_running_head_differs_at_most_in_a_number_that_counts_the_pages() -> None:
    def page(number: int, *heads: str) -> list[TextLine]:
        lines = [(72, 770 - 14 * n, 8, "F1", head) for n, head in enumerate(heads)]
        return [*lines, *column(f"Words that only this page has: {'abcd'[number]}.", y=600)]

    pages = [
        page(n, f"Report 2024, page {n + 7} of 12", f"In 202{n} we made {150 * n} units.")
        for n in range(4)
    ]
    found = kinds(read_bytes(make_pdf(pages), ".pdf"))
    assert found[:2] == [
        ("meta", "Report 2024, page 7 of 12"),
        ("prose", "In 2020 we made 0 units."),
    ]
    assert [kind for kind, _ in found].count("meta") == 4
    pages = [page(n, f"In {year} we made 300 units.") for n, year in enumerate([1950, 1987, 2024])]
    assert "meta" not in {kind for kind, _ in kinds(read_bytes(make_pdf(pages), ".pdf"))}


def test_pages_of_one_similar_line_keep_it() -> None:
    pages = [column(f"Potato {number}") for number in range(6)]
    assert {kind for kind, _ in kinds(read_bytes(make_pdf(pages), ".pdf"))} == {"prose"}


def test_a_hyphen_at_a_line_end_stays_a_hyphen() -> None:
    page = column("It was for a long time remem-", "bered by the people there.")
    extraction = read_bytes(make_pdf([page]), ".pdf")
    assert extraction.text == "It was for a long time remem-\nbered by the people there."
    assert len(extraction.blocks) == 1


def long_page(*texts: str, number: int) -> list[TextLine]:
    """A page with a running head, a paragraph's lines down to the foot, a footnote and a number."""
    return [
        (72, 770, 8, "F1", "The Yearly Report"),
        *column(*texts),
        (72, 60, 7, "F1", f"{number} A note of the page, smaller than its text."),
        (300, 30, 8, "F1", f"{number}"),
    ]


def test_a_sentence_over_a_page_break_is_one_quote_and_names_both_pages() -> None:
    pages = [
        long_page(
            "The first page ends in the middle of the", "sentence about the copper", number=1
        ),
        long_page("ferry, which goes on here. Then another begins and", "runs on to the", number=2),
        long_page("third page. It ends there.", number=3),
    ]
    extraction = read_bytes(make_pdf(pages), ".pdf")
    text = extraction.text
    document = Document("a.pdf", "A", text, extraction.blocks, "", "")
    start = text.index("The first")
    end = text.index(" Then another")
    assert text[start:end] == (
        "The first page ends in the middle of the\nsentence about the copper\n"
        "ferry, which goes on here."
    )
    assert document.place(start, end).pages == (1, 2)
    assert document.place(text.index("goes on"), end).pages == (2,)
    assert document.place(start, text.index("ferry") - 1).pages == (1,)
    assert (start, end) in {(s.start, s.end) for s in split(document, passage_chars=1000)[0]}
    assert kinds(extraction).count(("meta", "The Yearly Report")) == 3


def test_a_paragraph_that_ended_is_not_joined_to_the_next_page() -> None:
    for first, second in (
        ("This one ends.", "the next begins small"),
        ("Words without an end", "Table 4. Is none of it"),
        ("Words without an end", "7"),
        ("Words without an end", "Another paragraph"),
    ):
        extraction = read_bytes(make_pdf([column(first), column(second)]), ".pdf")
        assert [block.breaks for block in extraction.blocks] == [(), ()]


def test_columns_are_not_woven_and_table_rows_stand_alone() -> None:
    page = [
        *column("Left column text runs", "down and ends here."),
        *column("Right column text runs", "down as well here.", x=330),
        (72, 500, 10, "F1", "Name"), (200, 500, 10, "F1", "Age"), (300, 500, 10, "F1", "City"),
        (72, 485, 10, "F1", "Ann"), (200, 485, 10, "F1", "12"), (300, 485, 10, "F1", "Bonn"),
    ]  # fmt: skip
    found = kinds(read_bytes(make_pdf([page]), ".pdf"))
    assert found[:2] == [
        ("prose", "Left column text runs\ndown and ends here."),
        ("prose", "Right column text runs\ndown as well here."),
    ]
    assert found[2:] == [("row", "Name\tAge\tCity"), ("row", "Ann\t12\tBonn")]


def table(*rows: tuple[str, ...], y: float = 700) -> list[TextLine]:
    """Each cell an object of its own, as most programs write tables."""
    return [
        (72 + 110 * column, y - 14 * row, 10, "F1", cell)
        for row, cells in enumerate(rows)
        for column, cell in enumerate(cells)
    ]


@pytest.mark.parametrize(
    "rows",
    [
        [
            ("Service", "Included"),
            ("Breakfast", "Y"),
            ("Parking", "N"),
            ("WiFi", "Y"),
            ("Pool", "N"),
        ],
        [("Item", "Qty", "Price"), ("Pens", "5", "10.00"), ("Ink", "20", "5")],
        [("Name", "Grade"), ("Ann", "A"), ("Bob", "B"), ("Cid", "C")],
        [("5", "Pens"), ("6", "Ink")],
    ],
)
def test_cells_of_one_character_stay_in_their_rows(rows: list[tuple[str, ...]]) -> None:
    found = kinds(read_bytes(make_pdf([table(*rows)]), ".pdf"))
    assert found == [("row", "\t".join(row)) for row in rows]


def test_letters_set_one_by_one_are_a_word_and_exponents_are_none_of_it() -> None:
    word = [(72 + 6 * n, 700, 10, "F1", letter) for n, letter in enumerate("Sum")]
    other = [(72, 680, 10, "F1", "Pens"), (200, 680, 10, "F1", "5")]
    found = kinds(read_bytes(make_pdf([[*word, *other]]), ".pdf"))
    assert found[0][1] == "Sum"
    power = [(72, 700, 10, "F1", "10"), (84, 704, 6, "F1", "2"), (90, 700, 10, "F1", "kg")]
    text = read_bytes(make_pdf([[*power, *other]]), ".pdf").text
    assert "102" not in text


def test_bullets_begin_items() -> None:
    page = column("We need these:", "\\225 flour of the kind that", "is white", "\\225 butter")
    assert kinds(read_bytes(make_pdf([page]), ".pdf"))[1:] == [
        ("item", "• flour of the kind that\nis white"),
        ("item", "• butter"),
    ]


def test_the_title_is_the_files_own_unless_a_program_made_it() -> None:
    page = column("Some text stands here.")
    assert read_bytes(make_pdf([page], "A Good Title"), ".pdf").title == "A Good Title"
    assert read_bytes(make_pdf([page], "Microsoft Word - a.doc"), ".pdf").title is None
    assert read_bytes(make_pdf([page], "untitled"), ".pdf").title is None


def test_a_pdf_without_text_says_to_run_ocr() -> None:
    with pytest.raises(ReadError, match="none of its 3 pages has text: turn on OCR"):
        extract(make_pdf([[], [], []]), ".pdf")


def test_a_damaged_pdf_is_a_clear_error() -> None:
    with pytest.raises(ReadError, match="damaged"):
        extract(b"%PDF-1.7\nnothing more", ".pdf")


def test_codes_beyond_ascii_come_through() -> None:
    extraction = read_bytes(make_pdf([column("caf\\351 \\200 5 \\226 AT&T <5% > 3")]), ".pdf")
    assert extraction.text == "café € 5 – AT&T <5% > 3"


def test_what_was_typed_into_a_form_stands_beside_its_label() -> None:
    labels = [(72, 700, "Name:"), (72, 670, "Town:"), (72, 640, "The end.")]
    fields = [Field("Bonn", 150, 670), Field("Alice", 150, 700), Field("B. Miller", 320, 700)]
    assert kinds(read_bytes(form(labels, fields), ".pdf")) == [
        ("row", "Name:\nAlice\nB. Miller"),
        ("row", "Town:\nBonn"),
        ("prose", "The end."),
    ]


def test_hidden_fields_are_not_read_and_empty_ones_change_nothing() -> None:
    fields = [Field("", 150, 700), Field("hidden", 150, 700, 2), Field("no view", 150, 600, 4 + 32)]
    assert kinds(read_bytes(form([(72, 700, "Name:")], fields), ".pdf")) == [("prose", "Name:")]


def test_a_tick_stands_before_the_words_it_ticks() -> None:
    words = [(100, 700, "I want the"), (100, 687, "red one."), (100, 650, "I want the blue one.")]
    fields = [
        Field("", 80, 700, extra=tick(2)),
        Field("", 80, 650, extra=tick(2).replace("/AS/On", "/AS/Off")),
    ]
    assert kinds(read_bytes(form(words, fields), ".pdf")) == [
        ("item", "✔\nI want the\nred one."),
        ("prose", "I want the blue one."),
    ]


def test_text_boxes_over_the_page_are_read_and_links_are_not() -> None:
    look = "/Subtype/FreeText/Contents(Pasted on.)/AP<</N 8 0 R>>"
    boxes = [Field("", 100, 300, extra=look), Field("", 72, 700, extra="/Subtype/Link")]
    assert kinds(read_bytes(form([(72, 700, "Words.")], boxes), ".pdf")) == [
        ("prose", "Words."),
        ("prose", "✔"),
    ]


def test_vertical_lines_of_a_font_not_in_the_file_are_read() -> None:
    document = read(shared("docs"), "pdf/pdfminer-jo.pdf", max_bytes=1_000_000)
    assert "たゞたしかに記録されたこれらのけしきは" in document.text
    assert len("".join(document.text.split())) > 850


def test_letters_that_share_one_glyph_are_in_reading_order() -> None:
    document = read(shared("docs"), "pdf/samplefiles-habibi.pdf", max_bytes=1_000_000)
    assert document.text.startswith("حَبيبي")
    assert document.text.endswith("habibi حَبيبي")


@pytest.mark.parametrize(
    ("name", "pages"),
    [
        ("samplefiles-habibi.pdf", "page 1 of 1"),
        ("qpdf-issue-202.pdf", "page 9 of 10"),  # "6=" for an equals sign struck through
        ("pdfjs-french-diacritics.pdf", ""),  # a Type 3 font of letters at their own codes
        ("openpreserve-455746.pdf", ""),  # codes that draw nothing
    ],
)
def test_pages_with_letters_that_the_file_gives_no_meaning_are_named(name: str, pages: str) -> None:
    document = read(shared("docs"), f"pdf/{name}", max_bytes=10_000_000)
    found = [note for note in document.notes if "no meaning" in note]
    note = f"{pages}: some letters have no meaning in the file; check the words against the page"
    assert found == ([note] if pages else [])


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_a_page_turned_the_wrong_way_is_read_from_its_first_line(turn: int) -> None:
    lines = ["The rent is due on the first day", "of May and not later than that.", "Pay it."]
    extraction = read_bytes(pdf([lines], extra=f"/Rotate {turn}"), ".pdf")
    assert extraction.text == "\n".join(lines)


@pytest.mark.parametrize(("matrix", "step"), [("0 1 -1 0", 12), ("0 -1 1 0", -12)])
def test_lines_set_sideways_are_a_paragraph(matrix: str, step: int) -> None:
    lines = ["The rent is due on the first day", "May has, and not later than that."]
    page: list[TextLine] = [
        (72, 700, 10, "F1", f") Tj {matrix} {300 + step * number} 400 Tm ({text}")
        for number, text in enumerate(lines)
    ]
    assert kinds(read_bytes(make_pdf([page]), ".pdf")) == [("prose", "\n".join(lines))]
