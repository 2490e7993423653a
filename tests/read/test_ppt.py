"""Presentations of before 2007: slides in order with their numbers, and no word of the program."""

from __future__ import annotations

import struct

import pytest
from conftest import shared
from read.blocks import kinds, read_bytes
from read.compounds import compound

from rag.errors import ReadError
from rag.read import extract
from rag.read.extraction import Extraction


def atom(kind: int, data: bytes, instance: int = 0) -> bytes:
    return struct.pack("<HHI", instance << 4, kind, len(data)) + data


def holder(kind: int, *records: bytes, instance: int = 0) -> bytes:
    data = b"".join(records)
    return struct.pack("<HHI", instance << 4 | 15, kind, len(data)) + data


def box(role: int, text: str, *more: bytes) -> bytes:
    words = atom(0x0FA0, text.encode("utf-16-le"))
    return holder(0xF00D, atom(0x0F9F, struct.pack("<I", role)), words, *more)


def shape(*records: bytes, place: tuple[int, int] = (0, 0)) -> bytes:
    return holder(0xF004, atom(0xF00F, struct.pack("<4i", *place, 9, 9)), *records)


def slide(*shapes: bytes, kind: int = 0x03EE, first: bytes = b"") -> bytes:
    return holder(kind, first, holder(0x040C, holder(0xF002, holder(0xF003, *shapes))))


def presentation(slides: list[bytes], *, outline: bytes = b"", notes: bytes = b"") -> bytes:
    """Slides numbered 256, 257, ...; the outline's texts belong to the last."""
    entries = [
        atom(0x03F3, struct.pack("<IIIII", number + 2, 0, 0, 256 + number, 0))
        for number in range(len(slides))
    ]
    lists = [holder(0x0FF0, *entries, outline)]
    records = [b"", *slides]
    if notes:
        entry = atom(0x03F3, struct.pack("<IIIII", len(records) + 1, 0, 0, 0, 0))
        lists.append(holder(0x0FF0, entry, instance=2))
        records.append(notes)
    records[0] = holder(0x03E8, *lists)
    places = []
    stream = b""
    for record in records:
        places.append(len(stream))
        stream += record
    directory = len(stream)
    stream += atom(0x1772, struct.pack(f"<I{len(places)}I", len(places) << 20 | 1, *places))
    edit = len(stream)
    stream += atom(0x0FF5, struct.pack("<IIIIIII", 256, 0, 0, directory, 1, 0, 0))
    user = struct.pack("<8xIIII", 20, 0xE391C05F, edit, 0)
    return compound({"Current User": user, "PowerPoint Document": stream})


def shown(data: bytes) -> list[tuple[int | None, str, str]]:
    extraction: Extraction = read_bytes(data, ".ppt")
    found = zip(extraction.blocks, kinds(extraction), strict=True)
    return [(block.page, kind, words) for block, (kind, words) in found]


def test_a_real_presentation_keeps_slides_tables_and_notes_apart() -> None:
    found = shown((shared("docs") / "ppt" / "docling-legacy-sample.ppt").read_bytes())
    assert found[:3] == [
        (1, "heading2", "Test Table Slide"), (1, "prose", "With footnote"),
        (1, "row", "Class1\t\t\tClass2"),
    ]  # fmt: skip
    assert (2, "heading2", "Second slide title") in found
    assert (2, "prose", "Some notes on the second slide.") in found
    assert (3, "prose", "Final notes on the third slide.") in found
    assert not any("Click to edit" in words for _, _, words in found)


def test_footers_of_a_real_presentation_are_meta() -> None:
    found = shown((shared("docs") / "ppt" / "poi-headers-footers-2007.ppt").read_bytes())
    assert (2, "item", "Point 1 of slide 2") in found
    assert {kind for _, kind, words in found if "FOOTER" in words} == {"meta"}


def test_the_title_comes_first_and_the_other_shapes_in_order() -> None:
    data = presentation(
        [
            slide(shape(box(4, "R&D <5%\rİ👍")), shape(box(0, "A title"))),
            slide(shape(box(1, "One\rTwo\x0bstill two"))),
        ]
    )
    assert shown(data) == [
        (1, "heading2", "A title"), (1, "prose", "R&D <5%"), (1, "prose", "İ👍"),
        (2, "item", "One"), (2, "item", "Two"), (2, "item", "still two"),
    ]  # fmt: skip


def test_text_in_the_outline_belongs_to_its_slide() -> None:
    header = atom(0x0F9F, struct.pack("<I", 0))
    outline = header + atom(0x0FA8, "Café".encode("latin-1"))
    reference = shape(holder(0xF00D, atom(0x0F9E, struct.pack("<I", 0))))
    data = presentation([slide(shape(box(4, "x"))), slide(reference)], outline=outline)
    assert shown(data) == [(1, "prose", "x"), (2, "heading2", "Café")]


def test_a_table_is_a_row_a_line_under_its_columns() -> None:
    mark = holder(0xF004, atom(0xF122, struct.pack("<HI", 0x039F, 1), instance=1))
    cells = [("a", 0, 0), ("", 10, 0), ("c\td", 20, 0), ("f", 20, 5), ("e", 10, 5)]
    shapes = [shape(box(4, text), place=(left, top)) for text, left, top in cells]
    data = presentation([slide(holder(0xF003, mark, *shapes))])
    assert shown(data) == [(1, "row", "a\t\tc d"), (1, "row", "e\tf")]


def test_notes_come_after_their_slide_and_slide_numbers_are_left_out() -> None:
    number = atom(0x0FD8, struct.pack("<I", 6))
    notes = slide(
        shape(box(2, "Say this.")),
        shape(box(4, "not a note")),
        kind=0x03F0,
        first=atom(0x03F1, struct.pack("<II", 256, 0)),
    )
    data = presentation([slide(shape(box(4, "Slide *", number)))], notes=notes)
    assert shown(data) == [(1, "prose", "Slide"), (1, "prose", "Say this.")]


def test_word_art_is_read() -> None:
    words = "Drawn words\0".encode("utf-16-le")
    art = atom(0xF00B, struct.pack("<HI", 0x80C0, len(words)) + words, instance=1)
    assert shown(presentation([slide(shape(art))])) == [(1, "prose", "Drawn words")]


def test_a_presentation_of_another_make_is_refused() -> None:
    with pytest.raises(ReadError, match="PowerPoint 95"):
        extract(compound({"PP40": b"x" * 100}), ".ppt")


def test_hidden_shapes_are_meta() -> None:
    def option(number: int, value: int) -> bytes:
        return atom(0xF00B, struct.pack("<HI", number, value), instance=1)

    hidden, told_to_show = option(0x03BF, 0x00020002), option(0x03BF, 0x00020000)
    group = holder(0xF003, shape(hidden), shape(box(4, "inside")))
    made = slide(
        shape(told_to_show, box(0, "Title")), shape(hidden, box(0, "Old title")),
        shape(hidden, box(1, "draft")), shape(box(1, "point")), group
    )  # fmt: skip
    assert shown(presentation([made])) == [
        (1, "heading2", "Title"), (1, "meta", "Old title"), (1, "meta", "draft"),
        (1, "item", "point"), (1, "meta", "inside"),
    ]  # fmt: skip
