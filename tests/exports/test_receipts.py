"""An export as JSON is checked as it is, and only as it is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from exports.samples import HOSTILE, NOON, TEXTS, answer, quote, refusal
from hypothesis import given, settings

import rag
from rag.read import read
from rag.receipts import parse, parse_receipts
from rag.types import Answer, Quote


@settings(deadline=None)
@given(TEXTS, TEXTS)
def test_an_export_holds_the_receipts_of_its_answers(first: str, second: str) -> None:
    asked = [answer(quote(first), quote(second)), refusal(quote("Near.")), answer(quote(second))]
    file = rag.export(asked, "json", time=NOON)
    expected = [receipt for one in asked for receipt in one.receipts(time=NOON)]
    assert list(parse_receipts(file)) == expected
    answers = json.loads(file)["answers"]
    assert [q["text"] for a in answers for q in a["quotes"]] == [r.quote for r in expected]


def test_an_export_is_verified_against_the_files(tmp_path: Path) -> None:
    text = "\n\n".join(sample.strip() for sample in HOSTILE if "\0" not in sample)
    (tmp_path / "a.txt").write_text(text, encoding="utf-8", newline="")
    made = read(tmp_path, "a.txt", max_bytes=100_000)
    quotes = tuple(Quote(made, block.start, block.end, 0.9) for block in made.blocks)
    file = rag.export(Answer("Why?", quotes, (), "abc"), "json")
    receipts = parse_receipts(file)
    assert len(receipts) == len(quotes) > 10
    assert {verdict.outcome for verdict in rag.verify(receipts, tmp_path)} == {"exact"}
    (tmp_path / "a.txt").write_text(text.replace('"quoted"', "“quoted”"), encoding="utf-8")
    outcomes = [verdict.outcome for verdict in rag.verify(receipts, tmp_path)]
    assert "changed" in outcomes


def test_an_export_of_refusals_holds_no_receipts() -> None:
    assert parse_receipts(rag.export(refusal(quote("Near.")), "json")) == ()


def told(change: dict[str, Any], of: str = "quote") -> str:
    """An export with something changed of its answer, its quotation or itself."""
    data = json.loads(rag.export(answer(quote("The words.")), "json"))
    first = data["answers"][0]
    {"quote": first["quotes"][0], "answer": first, "export": data}[of].update(change)
    return json.dumps(data)


@pytest.mark.parametrize(
    "change",
    [
        {"text": "Other words."},
        {"document": "b.txt"},
        {"title": "B"},
        {"start": 13},
        {"start": 12.0},
        {"end": 23},
        {"page": 3},
        {"page": True},
        {"page": None},
        {"rows": [1]},
        {"rows": None},
        {"section": "Elsewhere"},
        {"recognised": True},
        {"recognised": 0},
        {"sha256": "0" * 64},
        {"columns": "Item | Stock"},
        {"columns": ""},
        {"answer": [0, 10]},
        {"answer": [12, 12]},
        {"answer": [12, 23]},
        {"answer": [12.0, 20]},
        {"answer": "The words"},
        {"verified": True},
    ],
)
def test_a_quotation_that_differs_from_its_receipt_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(rag.ReceiptError, match=r"f\.json does not fit .* it was altered"):
        parse_receipts(told(change), "f.json")


@pytest.mark.parametrize(
    "change",
    [
        {"question": "Why not?"},
        {"answered": False},
        {"answered": 1},
        {"index_id": "another"},
        {"quotes": []},
        {"near_misses": [{"text": "Nobody wrote this."}]},
        {"verified": True},
    ],
)
def test_an_answer_that_differs_from_its_receipts_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(rag.ReceiptError, match="it was altered"):
        parse_receipts(told(change, "answer"), "f.json")


def test_as_many_receipts_as_quotations_are_expected() -> None:
    data = json.loads(rag.export(answer(quote("The words.")), "json"))
    for changed in (data | {"answers": data["answers"] * 2}, data | {"receipts": []}):
        with pytest.raises(rag.ReceiptError, match="it was altered"):
            parse_receipts(json.dumps(changed), "f.json")


def test_what_no_receipt_proves_is_named() -> None:
    plain = json.loads(rag.export(answer(quote("The words.")), "json"))
    assert parse(json.dumps(plain), "f.json").unproved == ("timings_ms", "relevance")
    more = plain["answers"][0] | {"missing": ["sea green"], "unread": 3, "searched": "Why? Why?"}
    assert plain["receipts"][0].pop("columns") == ""  # as in the first format
    plain["receipts"][0]["format"] = 1
    more["quotes"] = [
        plain["answers"][0]["quotes"][0]
        | {"columns": "Item | Stock", "also_in": [{}], "why": {}, "answer": [12, 15]}
    ]
    refused = json.loads(rag.export(refusal(quote("Near.")), "json"))["answers"][0]
    assert parse(json.dumps(plain | {"answers": [more, refused]}), "f.json").unproved == (
        "missing", "unread", "timings_ms", "searched", "columns", "also_in", "answer", "relevance",
        "refusals", "near_misses",
    )  # fmt: skip
    alone = json.dumps(plain["receipts"])
    assert parse(alone, "f.json").unproved == ()


def test_an_export_of_an_earlier_version_is_checked() -> None:
    data = json.loads(rag.export(answer(quote("The words.")), "json"))
    for name in ("missing", "unread"):
        del data["answers"][0][name]
    del data["receipts"][0]["columns"]
    data["receipts"][0]["format"] = 1
    for name in ("columns", "why", "answer"):
        del data["answers"][0]["quotes"][0][name]
    assert len(parse_receipts(json.dumps(data))) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"answers": None},
        {"answers": {}},
        {"receipts": {}},
        {"receipts": None},
        {"receipts": [1]},
        {"answers": [1]},
        {"answers": [{}]},
        {"answers": [{"question": "x", "quotes": 1}]},
        {"answers": [{"question": "x", "quotes": [[]]}]},
        {"answers": [{"question": "x", "quotes": [{}]}]},
        {"answers": [{"question": "x", "quotes": ["x"]}]},
        {"answers": [{"question": "x", "quotes": {"text": 1}}]},
        {"more": 1},
    ],
)
def test_what_is_not_an_export_is_refused(change: dict[str, Any]) -> None:
    data = json.loads(rag.export(answer(quote("The words.")), "json")) | change
    with pytest.raises(rag.ReceiptError, match=r"f\.json"):
        parse_receipts(json.dumps(data), "f.json")
