"""What every format keeps: the words, the order, the difference between an answer and none."""

from __future__ import annotations

import dataclasses
import json
from datetime import datetime
from typing import Any

import pytest
from exports.footnotes import docx_notes, docx_quotes, markdown_notes, markdown_quotes
from exports.samples import HOSTILE, NOON, answer, document, quote, refusal

import rag
from rag.document import Block
from rag.exports import FORMATS, file_name
from rag.exports.note import footnote
from rag.types import Answer, Quote

ALL = sorted(FORMATS)


def quotes_in(file: bytes, to: str) -> list[str]:
    if to == "docx":
        return docx_quotes(file)
    if to == "markdown":
        return markdown_quotes(file.decode())
    if to == "json":
        return [receipt.quote for receipt in rag.parse_receipts(file)]
    items = json.loads(file)["first"]["items"]
    return [item["target"]["selector"][0]["exact"] for item in items]


@pytest.mark.parametrize("to", ALL)
def test_a_conversations_words_come_in_order(to: Any) -> None:
    first = answer(quote("One  fish,\n\ttwo fish."), quote("a | b\tc", "row"))
    second = answer(quote("Red fish & <blue> fish."), question="And then?")
    file = rag.export([first, second], to, time=NOON)
    assert quotes_in(file, to) == [q.text for a in (first, second) for q in a.quotes]
    assert quotes_in(rag.export(first, to), to) == [q.text for q in first.quotes]


@pytest.mark.parametrize("to", ALL)
def test_the_same_answers_and_time_give_the_same_bytes(to: Any) -> None:
    asked = [answer(quote(sample)) for sample in HOSTILE]
    assert rag.export(asked, to, time=NOON) == rag.export(asked, to, time=NOON)


@pytest.mark.parametrize("to", ALL)
def test_text_formats_are_utf_8_and_hold_the_day(to: Any) -> None:
    file = rag.export(answer(quote("שלום 😀")), to, time=NOON)
    text = file.decode("utf-8") if FORMATS[to].is_text else " ".join(docx_quotes(file))
    assert "שלום 😀" in text
    assert ("2026-03-01" in text) == FORMATS[to].is_text
    assert file_name(to, NOON) == f"answers-2026-03-01{FORMATS[to].extension}"


def test_a_refusal_is_never_shown_as_an_answer() -> None:
    refused = refusal(quote("Something close."))
    markdown = rag.export(refused, "markdown").decode()
    refused_at = markdown.index("The documents do not answer this.")
    assert refused_at < markdown.index("Related, not an answer") < markdown.index("> Something")
    assert quotes_in(rag.export(refused, "annotations"), "annotations") == []
    told = json.loads(rag.export(refused, "annotations"))
    assert (told["total"], told["quotes:refused"]) == (0, [refused.question])
    told = json.loads(rag.export(refused, "json"))
    assert told["receipts"] == told["answers"][0]["quotes"] == []
    assert told["answers"][0]["answered"] is False
    alone = rag.export(refusal(), "markdown").decode()
    assert "The documents do not answer this." in alone
    assert "Related" not in alone


def test_a_footnote_cites_hashes_and_names_the_other_places() -> None:
    other = quote("The words.", name="b.txt", title="B")
    found = dataclasses.replace(quote("The words."), also_in=(other,))
    expected = (
        f"A (a.txt), p. 2, chars 12–22 · sha256 {found.sha256[:16]} · "
        "also in B (b.txt), p. 2, chars 12–22"
    )
    assert footnote(found) == expected
    assert markdown_notes(rag.export(answer(found), "markdown").decode()) == [expected]
    assert docx_notes(rag.export(answer(found), "docx")) == {"1": expected}


def test_a_row_is_not_parted_from_what_its_columns_are_called() -> None:
    text = "Item\tPrice (EUR)\nChair\t40"
    blocks = (Block(0, 16, "row", row=1), Block(17, 25, "row", row=2))
    made = dataclasses.replace(document(text), text=text, blocks=blocks)
    found = answer(Quote(made, 17, 25, 0.9))
    assert "first row: Item | Price (EUR)" in docx_notes(rag.export(found, "docx"))["1"]
    (note,) = markdown_notes(rag.export(found, "markdown").decode())
    assert "first row: Item | Price (EUR)" in note


def test_a_footnote_says_what_ocr_read() -> None:
    made = document("The words.")
    blocks = (Block(12, 22, "prose", 0, 2, recognised=True),)
    read = Quote(dataclasses.replace(made, blocks=blocks), 12, 22, 0.9)
    assert "recognised by OCR, not exact" in footnote(read)
    assert "OCR" not in footnote(quote("The words."))
    items = json.loads(rag.export(answer(read), "annotations"))["first"]["items"]
    assert items[0]["target"]["quotes:recognised"] is True


@pytest.mark.parametrize(
    "name", ["<img src=x>\"'.md", "a\n[^1]: b.md", "\u202egpj.md", "[x](y) `z` \x1b[2J.md", "# a|b"]
)
def test_a_hostile_name_is_one_inert_line(name: str) -> None:
    found = answer(quote("The words.", name=name, title=name), question="Why?")
    expected = footnote(found.quotes[0])
    assert not set(expected) & set("\n\r\x1b\u202e")
    markdown = rag.export([found, found], "markdown").decode()
    assert markdown_notes(markdown) == [expected] * 2
    assert markdown_quotes(markdown) == ["The words."] * 2
    assert docx_notes(rag.export(found, "docx")) == {"1": expected}


@pytest.mark.parametrize("to", ["markdown", "docx"])
def test_a_follow_up_says_what_was_searched(to: Any) -> None:
    def told(asked: Answer) -> str:
        file = rag.export(asked, to)
        return file.decode() if to == "markdown" else str(rag_docx_text(file))

    assert "Searched for: Who came? And then?" in told(
        answer(quote("They left."), question="And then?", searched="Who came? And then?")
    )
    assert "Searched" not in told(answer(quote("They left."), searched="What is it?"))


@pytest.mark.parametrize("to", ["markdown", "docx"])
def test_a_phrase_that_no_passage_holds_is_named(to: Any) -> None:
    def told(asked: Answer) -> str:
        file = rag.export(asked, to)
        return file.decode() if to == "markdown" else str(rag_docx_text(file))

    line = "In no passage, word for word: “sea green”, “5 lamps”"
    for asked in (answer(quote("They left.")), refusal(quote("Near."))):
        assert line in told(dataclasses.replace(asked, missing=("sea green", "5 lamps")))
        assert "In no passage" not in told(asked)
    assert r"“\<b\>”" in told(dataclasses.replace(asked, missing=("<b>",))) or to == "docx"


def rag_docx_text(file: bytes) -> str:
    from rag.read.docx import extract

    return extract(file).text


def test_an_unknown_format_and_no_answer_are_told() -> None:
    with pytest.raises(rag.UsageError, match="no format 'pdf'; expected markdown, docx, annot"):
        rag.export(answer(quote("x")), "pdf")  # type: ignore[arg-type]
    with pytest.raises(rag.UsageError, match="there is no answer to export"):
        rag.export([], "markdown")
    with pytest.raises(ValueError, match="time zone"):
        rag.export(answer(quote("x")), "markdown", time=datetime(2026, 3, 1))
