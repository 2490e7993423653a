"""RTF: the words a word processor shows, in the character sets of their fonts."""

from __future__ import annotations

import time

import pytest
from read.blocks import kinds, read_bytes

from rag.document import Document
from rag.errors import ReadError
from rag.read import extract


def show(body: bytes) -> list[tuple[str, str]]:
    return kinds(read_bytes(rb"{\rtf1\ansi " + body + b"}", ".rtf"))


def text(body: bytes) -> str:
    return "\n".join(words for _, words in show(body))


def test_rtf_keeps_no_break_spaces_hyphens_and_escapes() -> None:
    body = rb"a\~b c\_d \\~ \{x\} AT&T <5> caf\'e9 \u1055\'cf\emdash .\line two"
    assert text(body) == "a\xa0b c\u2011d \\~ {x} AT&T <5> café П—.\ntwo"


@pytest.mark.parametrize(
    ("head", "body", "expected"),
    [
        (rb"\ansicpg1251{\fonttbl{\f0\fcharset204 A;}}", rb"\f0 \'cf\'f0\'e8\'e2", "Прив"),
        (rb"\ansicpg1252{\fonttbl{\f0\fcharset204 A;}}", rb"\f0 \'cf{\f1 \'e9}\'e2", "Пéв"),
        (rb"\ansicpg1250{\fonttbl{\f0\fcharset0 A;}}", rb"\f0 \'e8", "č"),
        (rb"\mac", rb" caf\'8e", "café"),
        (rb"\pc", rb" caf\'82", "café"),
        (rb"\ansicpg932", rb"\'83A\'8d\'82", "ア高"),
        (
            rb"{\fonttbl{\f0\fcharset128 A;}{\f1\fcharset134 B;}}",
            rb"\f0\'93\'fa\f1\'ba\'ba",
            "日汉",
        ),
        (
            rb"{\fonttbl{\f0\fcharset129 A;}{\f1\fcharset136 B;}}",
            rb"\f0\'c7\'d1\f1\'bc\'77",
            "한德",
        ),
        (rb"\deff1{\fonttbl{\f1\fcharset238 A;}}", rb"\'c8l\'e1nek\plain\'9a", "Článekš"),
    ],
)
def test_rtf_reads_each_font_by_its_character_set(head: bytes, body: bytes, expected: str) -> None:
    assert text(head + body) == expected


def test_unicode_leaves_out_its_substitute() -> None:
    assert (
        text(rb"\uc2\u26085\'93\'fa!{\uc0\u26412 x}\u-10179\'3f\'3f\u-8704\'3f\'3f") == "日!本x😀"
    )
    assert text(rb"{\uc1\u8217}s \u8212\par next") == "’s —\nnext"


def test_headings_lists_and_the_title() -> None:
    body = (
        rb"{\stylesheet{\s1\outlinelevel0 Kop;}{\s2 heading 2;}{\*\cs9 Char;}{\s7 Title;}}"
        rb"{\info{\title Caf\'e9 notes}{\author Nobody}}"
        rb"\pard\s7 The title\par\pard\s1 One\par\pard\s2 Two\par"
        rb"\pard{\listtext 1.\tab}\ls1 first\par\pard plain\par"
    )
    extraction = read_bytes(rb"{\rtf1\ansi " + body + b"}", ".rtf")
    assert kinds(extraction) == [
        ("heading1", "The title"), ("heading1", "One"), ("heading2", "Two"),
        ("item", "first"), ("prose", "plain"),
    ]  # fmt: skip
    assert extraction.title == "Café notes"


def test_a_table_is_a_row_a_line_and_keeps_empty_cells() -> None:
    body = (
        rb"before\par\trowd\pard\intbl a\cell\cell c\par d\cell\row"
        rb"\pard\intbl x\cell y\cell\row\pard after"
    )
    assert show(body) == [
        ("prose", "before"), ("row", "a\t\tc\nd"), ("row", "x\ty"), ("prose", "after"),
    ]  # fmt: skip


def rows(body: bytes) -> list[tuple[int | None, int, str]]:
    """Number, level and words of each row."""
    found = read_bytes(rb"{\rtf1\ansi " + body + b"}", ".rtf")
    blocks = [block for block in found.blocks if block.kind == "row"]
    return [(b.row, b.level, found.text[b.start : b.end]) for b in blocks]


def test_rows_are_numbered_from_a_row_that_is_repeated_on_each_page() -> None:
    head = rb"\trowd\trhdr\pard\intbl Name\cell Town\cell\row"
    ann = rb"\trowd\pard\intbl Ann\cell Bonn\cell\row"
    form = rb"\pard \par" + ann * 3 + rb"\pard\s1 After\par"
    assert rows(head + ann + form) == [
        (1, 1, "Name\tTown"), (2, 0, "Ann\tBonn"), *[(None, 0, "Ann\tBonn")] * 3
    ]  # fmt: skip
    priced = rb"\pard\intbl Item\cell Fee\cell\row\intbl Oak\cell 4\cell\row"
    priced += rb"\intbl a row across\cell\row\intbl Elm\cell 5\cell\row\pard after"
    assert [number for number, *_ in rows(priced)] == [1, 2, 4]


def test_a_table_in_a_cell_is_lines_of_that_cell() -> None:
    body = (
        rb"\pard\intbl A\par\itap2 n1\nestcell n2\nestcell{\*\nesttableprops\trowd\nestrow}"
        rb"{\nonesttables\par}\itap1 B\cell C\cell\row"
    )
    assert show(body) == [("row", "A\nn1 n2\nB\tC")]


def test_what_is_not_shown_is_left_out_and_what_is_shown_is_kept() -> None:
    body = (
        rb"{\field{\*\fldinst HYPERLINK x}{\fldrslt link}} {\v secret}{\deleted gone}"
        rb"{\pict\picw1 00ff}{\*\unknown no}{\upr{ansi}{\*\ud{caf\u233e}}}"
        rb"{\object{\*\objdata 0102}{\result shown}}{\*\annotation a note}"
        b"\\bin3 {}\\ end"
    )
    assert text(body) == "link caféshown end"


def test_text_boxes_notes_and_headers_have_their_places() -> None:
    body = (
        rb"{\header Page head}{\footer Page head}Body{\footnote\pard Note text}"
        rb"{\shp{\*\shpinst{\sp{\sn a}{\sv b}}{\shptxt\pard In a box\par}}{\shprslt In a box}}"
        rb" goes on.\par Next."
    )
    assert show(body) == [
        ("prose", "Body goes on."), ("prose", "In a box"), ("prose", "Next."),
        ("prose", "Note text"), ("meta", "Page head"),
    ]  # fmt: skip


def test_hostile_rtf_takes_no_time() -> None:
    began = time.process_time()
    assert text(b"{" * 90_000 + b"deep" + b"}" * 90_000) == "deep"
    assert text(b"}" * 90_000 + rb"\u-1\bin999999999999 x") == "\uffff"
    assert text(rb"words {\header " * 20_000)
    with pytest.raises(ReadError, match="deep: save it again"):
        extract(rb"{\rtf1 x" + b"{" * 200_000, ".rtf")
    assert time.process_time() - began < 15


def test_a_nul_after_the_end_is_no_text() -> None:
    assert read_bytes(b"{\\rtf1 word}\r\n\0", ".rtf").text == "word"


SYMBOLS = (
    rb"{\fonttbl{\f0\fcharset0 Arial;}{\f1\fnil\fcharset2{\*\panose 05050102}Symbol;}"
    rb"{\f2\fcharset2 Wingdings{\*\falt Arial};}{\f3\fcharset2 Tahoma;}{\f4\ftech Symbol;}"
    rb"{\f5\fcharset2 Webdings;}}\f0 "
)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (rb"5 {\f1 m}g", "5 μg"),
        (rb"5 {\f1\'6d}g", "5 μg"),
        (rb"5 {\f4 m}g", "5 μg"),
        (rb"5 {\f1\u-3987\'6d}g", "5 μg"),
        (rb"T {\f1\'a3} 10 {\f1 T\u8364?}m", "T ≤ 10 Τ€m"),
        (rb"{\f2\'fc} {\f2\'fb} {\f2\'21}", "✓ ✗ \ufffd"),
        (rb"{\f5 a}b", "\ufffdb"),
        (rb"{\f3 plain}", "plain"),
        (rb"5 {\field{\*\fldinst SYMBOL 109 \\f Symbol \\s 12}{\fldrslt\f1\fs24}}g", "5 μg"),
        (rb'5 {\field{\*\fldinst {SYMBOL 0x6D \\f "Symbol"}}{\fldrslt }}g', "5 μg"),
        (rb"5 {\f1{\field{\*\fldinst SYMBOL 109 \\f Symbol}{\fldrslt m}}}g", "5 μg"),
        (rb"5 {\field{\*\fldinst SYMBOL 128}{\fldrslt }}", "5 €"),
        (rb"a {\field{\*\fldinst PAGE}{\fldrslt }}b{\field{\*\fldinst SYMBOL}}", "a b"),
        (rb"a {\v{\field{\*\fldinst SYMBOL 109 \\f Symbol}}}b", "a b"),
    ],
)
def test_a_symbol_is_not_the_letter_with_its_code(body: bytes, expected: str) -> None:
    assert text(SYMBOLS + body) == expected


def test_raised_characters_are_not_read_as_digits_beside_them() -> None:
    body = rb"10{\super -}{\super 6} m\super 2\nosupersub , the 1{\super st} "
    assert text(body + rb"H{\sub 2}O{\super 3\sub0 4}5") == "10⁻⁶ m², the 1st H2O³⁴5"


def test_struck_text_is_left_out_and_said_to_be() -> None:
    body = (
        rb"{\header Head}Rent {\strike\striked0 500}{\striked1 600}{\strike0 450}\strike x\plain ."
    )
    found = read_bytes(rb"{\rtf1 " + body + b"}", ".rtf")
    assert kinds(found) == [("prose", "Rent 450."), ("meta", "Head")]
    assert found.notes == ("struck-through text is left out",)
    nothing_else = read_bytes(rb"{\rtf1 {\header Head}{\strike 500}}", ".rtf")
    assert kinds(nothing_else) == [("prose", "500"), ("meta", "Head")]
    assert nothing_else.notes == ()
    assert read_bytes(rb"{\rtf1 a{\strike  }b}", ".rtf").notes == ()


def test_a_forms_ticks_and_choices_are_read() -> None:
    def field(code: bytes, form: bytes, result: bytes = b"") -> bytes:
        form = rb"{\*\formfield{" + form + rb"{\*\ffname Name1}}}"
        return rb"{\field{\*\fldinst {" + code + b"}{" + form + rb"}}{\fldrslt " + result + b"}}"

    plans = rb"{\*\ffl Basic}{\*\ffl Premi\'e9\u233?}"
    body = (
        field(b"FORMCHECKBOX", rb"\fftype1\ffres1\fftypetxt0\ffhps20\ffdefres0")
        + field(b"FORMCHECKBOX", rb"\fftype1\ffres25\ffdefres1")
        + field(b"FORMCHECKBOX", rb"\fftype1\ffres25\ffdefres0")
        + field(b" FORMCHECKBOX ", rb"")
        + b" "
        + field(b"FORMDROPDOWN", rb"\fftype2\ffres1" + plans)
        + b" "
        + field(b"FORMDROPDOWN", rb"\fftype2\ffres1" + plans, b"shown")
        + field(b"FORMDROPDOWN", rb"\fftype2\ffres7" + plans)
        + field(b"FORMTEXT", rb"\fftype0{\*\ffdeftext no}", b" typed")
    )
    assert text(body) == "☒☒☐☐ Premiéé shown typed"


def laid_out(*cells: tuple[int, bytes], left: int = 0, marks: bytes = b"") -> bytes:
    """A row of cells, each with its right border and its text."""
    borders = b"".join(rb"\cellx%d" % right for right, _ in cells)
    if marks:  # on the first cell
        borders = marks + borders
    texts = b"".join(words + rb"\cell " for _, words in cells)
    return rb"\trowd\trleft%d" % left + borders + rb"\pard\intbl " + texts + rb"\row"


def test_a_cell_joined_across_keeps_those_behind_it_in_their_columns() -> None:
    head = laid_out((1000, b"Item"), (2000, b"Q1"), (3000, b"Q2"), (4000, b"Sum"), marks=rb"\trhdr")
    body = (
        head
        + laid_out((1000, b"Ink"), (3010, b"not sold"), (4000, b"0"))
        + laid_out((3000, b"5"), (4000, b"6"), left=2000)
        + laid_out((1000, b"a"), (2500, b"other"), (4000, b"borders"))
        + laid_out((1000, b"b"), (2000, rb"left\tab open"))
    )
    found = read_bytes(rb"{\rtf1\ansi " + body + rb"\pard end}", ".rtf")
    whole = Document("a.rtf", "A", found.text, found.blocks, "", "")
    assert [whole.cells(row) for row in range(5)] == [
        ["Item", "Q1", "Q2", "Sum"],
        ["Ink", "not sold", "", "0"],
        ["", "", "5", "6"],
        ["a", "other", "borders"],
        ["b", "left open"],
    ]


def test_a_cell_joined_down_stands_in_each_row() -> None:
    first, below = rb"\clvmgf", rb"\clvmrg"
    body = (
        laid_out((1000, b"Category"), (2000, b"Rule"), marks=rb"\trhdr")
        + laid_out((1000, b"Leave"), (2000, b"25 days"), marks=first)
        + laid_out((1000, b""), (2000, rb"Carry\par over"), marks=below)
        + laid_out((1000, rb"Sick\par leave"), (2000, b""), marks=first)
        + laid_out((1000, b""), (2000, b"10 days"), marks=below)
        + laid_out((1000, b"Pay"), (2000, b"monthly"))
        + laid_out((1000, b""), (2000, b"stray"), marks=below)
    )
    assert [words for *_, words in rows(body)] == [
        "Category\tRule", "Leave\t25 days", "Leave\tCarry\nover", "Sick\nleave",
        "Sick\nleave\t10 days", "Pay\tmonthly", "stray",
    ]  # fmt: skip


def test_a_paragraph_whose_end_was_deleted_goes_on_in_the_next() -> None:
    assert show(rb"The Tenant {\deleted shall \par }pays.\par Next.") == [
        ("prose", "The Tenant pays."), ("prose", "Next.")
    ]  # fmt: skip
