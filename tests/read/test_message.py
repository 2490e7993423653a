"""What a reader process says is checked before it is believed."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.document import Block
from rag.errors import LimitError, ReadError
from rag.read.extraction import Extraction
from rag.read.message import pack, pack_error, receive, send, unpack

GOOD: dict[str, Any] = {
    "kind": "pdf",
    "title": "A title",
    "notes": ["a note"],
    "text": "Some words, and more.",
    "blocks": [
        [0, 4, "heading", 1, 1, None, [], False],
        [5, 21, "prose", 0, 1, 2, [9, 12], True],
    ],
}


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=3), st.booleans())
def test_what_is_packed_comes_out_the_same(text: str, recognised: bool) -> None:
    half = len(text) // 2
    blocks = (
        Block(0, half, "prose", 0, 1, None, (), recognised),
        Block(half, len(text), "row", 0, 1, 7, tuple(range(half + 1, len(text))), not recognised),
    )
    extraction = Extraction(text, blocks, "Title", ("one", "two"))
    assert unpack(pack("pdf", extraction), len(text)) == ("pdf", extraction)


@pytest.mark.parametrize("error", [ReadError("damaged: mend it"), LimitError("too slow")])
def test_an_error_stays_the_error_it_is(error: ReadError) -> None:
    with pytest.raises(ReadError, match=f"^{error}$") as caught:
        unpack(pack_error(error), 10)
    assert type(caught.value) is type(error)


def test_the_example_below_is_good_until_it_is_spoilt() -> None:
    kind, extraction = unpack(json.dumps(GOOD).encode(), 1_000)
    assert (kind, len(extraction.blocks)) == ("pdf", 2)


def spoilt(at: int, field: int, value: object) -> dict[str, Any]:
    blocks = [list(block) for block in GOOD["blocks"]]
    blocks[at][field] = value
    return GOOD | {"blocks": blocks}


@pytest.mark.parametrize(
    "message",
    [
        [], {}, "words", None, 5,
        GOOD | {"kind": "evil"}, GOOD | {"kind": ["pdf"]},
        GOOD | {"title": 5}, GOOD | {"title": "two\nlines"}, GOOD | {"title": "x" * 5_000},
        GOOD | {"title": "\ud800"},
        GOOD | {"notes": "note"}, GOOD | {"notes": ["two\nlines"]}, GOOD | {"notes": ["n"] * 500},
        GOOD | {"text": 5}, GOOD | {"text": "x" * 1_001}, GOOD | {"text": "short"},
        GOOD | {"text": "\ud800" * 21},
        GOOD | {"blocks": []}, GOOD | {"blocks": None}, GOOD | {"blocks": [[0, 1]]},
        GOOD | {"blocks": GOOD["blocks"][::-1]},
        spoilt(0, 0, -1), spoilt(0, 0, 0.0), spoilt(0, 0, False), spoilt(0, 1, 0),
        spoilt(1, 0, 3), spoilt(1, 1, 22), spoilt(1, 1, 5), spoilt(1, 1, 10**30),
        spoilt(0, 2, "title"), spoilt(0, 2, ["prose"]), spoilt(0, 3, 7), spoilt(0, 3, "1"),
        spoilt(0, 4, 0), spoilt(0, 4, "1"), spoilt(0, 5, -2), spoilt(0, 6, None),
        spoilt(1, 6, [4]), spoilt(1, 6, [12, 9]), spoilt(1, 6, [21]), spoilt(1, 6, ["9"]),
        spoilt(1, 4, None), spoilt(0, 7, 1), spoilt(0, 7, None),
        {"error": ""}, {"error": "two\nlines"}, {"error": ["no"]}, {"limit": "x" * 5_000},
    ],
)  # fmt: skip
def test_what_no_reader_says_is_not_believed(message: object) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        unpack(json.dumps(message).encode(), 1_000)


@pytest.mark.parametrize("payload", [b"", b"\xff", b"[" * 100_000, b'{"text": ' + b"9" * 10_000])
def test_what_is_no_json_is_not_believed(payload: bytes) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        unpack(payload, 1_000)


def test_a_frame_that_claims_to_be_huge_is_refused_before_it_is_read() -> None:
    stream = io.BytesIO()
    send(stream, b"first", b"second")
    stream.seek(0)
    assert (receive(stream, 10), receive(stream, 10)) == (b"first", b"second")
    with pytest.raises(EOFError):
        receive(stream, 10)
    with pytest.raises(ValueError, match="more than 10"):
        receive(io.BytesIO(b"\xff" * 8), 10)
    with pytest.raises(EOFError):
        receive(io.BytesIO((9).to_bytes(8, "big") + b"cut"), 10)
