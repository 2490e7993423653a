"""RTF: the words a word processor shows, in the character sets of their fonts."""

from __future__ import annotations

import time

import pytest
from read.blocks import kinds, read_bytes

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
    assert show(body) == [("row", "A\nn1\tn2\nB\tC")]


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
