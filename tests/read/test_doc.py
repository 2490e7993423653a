"""Old Word documents: the words that Word shows, from real files."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from read.blocks import check_blocks, kinds, read_bytes

from rag.errors import ReadError
from rag.read import extract
from rag.read.compound import Compound

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
