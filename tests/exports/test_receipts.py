"""An export as JSON is checked as it is, and only as it is."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from exports.samples import HOSTILE, NOON, TEXTS, answer, quote, refusal
from hypothesis import given, settings

import rag
from rag.read import read
from rag.receipts import parse_receipts
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


def _text(data: dict[str, Any]) -> None:
    data["answers"][0]["quotes"][0]["text"] = "Other words."


def _question(data: dict[str, Any]) -> None:
    data["answers"][0]["question"] = "Why not?"


def _document(data: dict[str, Any]) -> None:
    data["answers"][0]["quotes"][0]["document"] = "b.txt"


def _place(data: dict[str, Any]) -> None:
    data["answers"][0]["quotes"][0]["start"] += 1


def _more(data: dict[str, Any]) -> None:
    data["answers"].append(data["answers"][0])


def _fewer(data: dict[str, Any]) -> None:
    del data["receipts"][0]


@pytest.mark.parametrize("alter", [_text, _question, _document, _place, _more, _fewer])
def test_answers_that_differ_from_their_receipts_are_refused(
    alter: Callable[[dict[str, Any]], None],
) -> None:
    data = json.loads(rag.export(answer(quote("The words.")), "json"))
    alter(data)
    with pytest.raises(rag.ReceiptError, match="it was altered"):
        parse_receipts(json.dumps(data), "f.json")


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
        {"more": 1},
    ],
)
def test_what_is_not_an_export_is_refused(change: dict[str, Any]) -> None:
    data = json.loads(rag.export(answer(quote("The words.")), "json")) | change
    with pytest.raises(rag.ReceiptError, match=r"f\.json"):
        parse_receipts(json.dumps(data), "f.json")
