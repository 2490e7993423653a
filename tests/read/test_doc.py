"""Old Word documents: the words that Word shows, from real files."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable
from pathlib import Path

import pytest
from read.blocks import check_blocks, kinds, read_bytes

from rag.errors import ReadError
from rag.read import extract
from rag.read.compound import Compound
from rag.read.doc_properties import paragraph_runs
from rag.read.extraction import Extraction

DOCS = Path(__file__).parents[3] / "shared" / "docs" / "doc"

pytestmark = pytest.mark.skipif(not DOCS.exists(), reason=f"the shared documents are not at {DOCS}")


def sample() -> bytes:
    return (DOCS / "docling-legacy-sample.doc").read_bytes()


def test_doc_keeps_fields_results_and_drops_their_codes() -> None:
    shown = kinds(read_bytes(sample(), ".doc"))
    assert ("prose", "Figure 1: This is a cute duckling") in shown
    assert not any("SEQ" in words for _, words in shown)


def test_doc_headings_lists_and_tables() -> None:
    shown = kinds(read_bytes(sample(), ".doc"))
    assert ("heading1", "Let’s swim!") in shown
    assert ("item", "Wear sunglasses") in shown
    assert ("row", "Food\tCalories per portion") in shown
    assert ("row", "Leaves\tAsh, Elm, Maple\t50") in shown


def test_damaged_doc_gives_text_or_one_line_of_reason() -> None:
    whole = sample()
    dice = random.Random(1)
    for _ in range(40):
        data = bytearray(whole)
        for _ in range(30):
            data[dice.randrange(512, len(data))] = dice.randrange(256)
        try:
            _, extraction = extract(bytes(data), ".doc")
        except ReadError as error:
            assert "\n" not in str(error)  # noqa: PT017
        else:
            check_blocks(extraction)


def test_a_chain_of_sectors_that_loops_ends() -> None:
    data = bytearray(sample())
    first = int.from_bytes(data[76:80], "little")  # the table's first sector
    table = (first + 1) * 512
    for sector in range(128):
        data[table + 4 * sector : table + 4 * sector + 4] = b"\1\0\0\0"
    assert len(Compound(bytes(data)).stream("WordDocument")) < len(data)


def changed(number: int, operand: bytes) -> bytes:
    """A change of a property."""
    return struct.pack("<H", number) + operand


def page(starts: list[int], offsets: bytes, *runs: tuple[int, bytes]) -> bytes:
    """A page of runs: where they begin, and at which places it says what of them."""
    data = bytearray(512)
    head = struct.pack(f"<{len(starts)}I", *starts) + offsets
    data[: len(head)] = head
    for place, run in runs:
        data[place : place + len(run)] = run
    data[511] = len(starts) - 1
    return bytes(data)


@pytest.fixture
def formatted(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, bytes], Extraction]:
    """Reads the sample with a format of our own on some of its words, and on no others."""
    compound = Compound(sample())
    document, table = compound.stream("WordDocument"), compound.stream("1Table")

    def read(words: str, changes: bytes) -> Extraction:
        before = {"sun": b"Wear ", "50": b"Ash, Elm, Maple\7"}[words]
        at = document.index(before + words.encode()) + len(before)
        starts, offsets = [0, at, at + len(words), len(document)], b"\0\x80\0"
        run = bytes((len(changes),)) + changes
        ours = document + bytes(-len(document) % 512)
        index = struct.pack("<3I", 0, len(document), len(ours) // 512)
        ours += page(starts, offsets, (256, run))
        ours = ours[:0xFA] + struct.pack("<2I", len(table), len(index)) + ours[0x102:]
        streams = {"WordDocument": ours, "1Table": table + index}
        monkeypatch.setattr(Compound, "stream", lambda _, name: streams.get(name, b""))
        return read_bytes(sample(), ".doc")

    return read


def test_a_symbol_in_doc_is_not_the_letter_with_its_code(
    formatted: Callable[[str, bytes], Extraction],
) -> None:
    # The sample's fonts: 1 is Symbol, 2 Arial, 4 Wingdings.
    mark = changed(0x6A09, struct.pack("<2H", 1, 0xF06D))
    assert "Wear μμμglasses" in formatted("sun", mark).text
    assert "Wear συνglasses" in formatted("sun", changed(0x4A4F, b"\1\0")).text
    assert "Wear sunglasses" in formatted("sun", changed(0x4A4F, b"\2\0")).text
    assert "Wear \ufffd◆■glasses" in formatted("sun", changed(0x4A4F, b"\4\0")).text
    unknown = changed(0x6A09, struct.pack("<2H", 999, 0xF06D))
    assert "Wear \ufffd\ufffd\ufffdglasses" in formatted("sun", unknown).text


def test_raised_and_struck_text_in_doc(formatted: Callable[[str, bytes], Extraction]) -> None:
    assert "Ash, Elm, Maple\t⁵⁰" in formatted("50", changed(0x2A48, b"\1")).text
    assert "Ash, Elm, Maple\t50" in formatted("50", changed(0x2A48, b"\2")).text
    found = formatted("sun", changed(0x0837, b"\1"))
    assert "Wear glasses" in found.text
    assert found.notes == ("struck-through text is left out",)
    assert "Wear glasses" in formatted("sun", changed(0x2A53, b"\1")).text
    assert formatted("sun", changed(0x0837, b"\0")).notes == ()


def test_a_row_of_doc_tells_its_cells_borders_and_which_are_joined_down() -> None:
    cells = [struct.pack("<H18x", flags) for flags in (0x60, 0x20, 0)]
    body = b"\3" + struct.pack("<4h", -108, 1000, 2000, 3000) + b"".join(cells)
    definition = changed(0xD608, struct.pack("<H", len(body) + 1) + body)
    properties = bytes(2) + changed(0x2417, b"\1") + definition
    run = bytes((0, (len(properties) + 1) // 2)) + properties
    document = bytes(512) + page([0, 9], b"\x40" + bytes(12), (128, run))
    _, (found,) = paragraph_runs(document, struct.pack("<3I", 0, 9, 1), 0, 12)
    assert found.row_end
    assert found.layout
    assert (found.layout.left, found.layout.cells) == (
        -108, [(1000, "restart"), (2000, "continue"), (3000, None)]
    )  # fmt: skip
