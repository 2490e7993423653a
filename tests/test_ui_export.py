"""A browser can send anything: only words of indexed documents, at their places, are exported."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import Any

import pytest
from browser.corpora import PLAIN
from browser.fake_engine import FakeEngine
from exports.footnotes import markdown_headings, markdown_quotes
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.settings import Settings
from rag.types import Answer
from rag.ui.export import MAX_ANSWERS, answer_record, export_file
from rag.ui.markup import pack, unpack

LIBRARY = FakeEngine(PLAIN, Settings(corpus="plain", index="none"))
ANSWER = LIBRARY.query("What did the lighthouse keeper earn a month?")
REFUSAL = LIBRARY.query("Which planet has the most lamps or moons?")


def send(*records: Any, to: Any = "markdown") -> tuple[str | None, str]:
    """The exported text, if there is one, and the note."""
    got = unpack(export_file(LIBRARY, {"format": to, "answers": [pack(r) for r in records]}), 10**7)
    file = got["file"]
    return (base64.b64decode(file["data"]).decode() if file else None), got["note"]


def test_a_cards_record_gives_its_answer_back() -> None:
    assert ANSWER.answered
    assert not REFUSAL.answered
    text, note = send(answer_record(ANSWER), answer_record(REFUSAL))
    assert note == ""
    assert text is not None
    shown = [quote.text for quote in (*ANSWER.quotes, *REFUSAL.near_misses)]
    assert markdown_quotes(text) == shown
    assert [h for h in markdown_headings(text) if h != "Related, not an answer"] == [
        ANSWER.question, REFUSAL.question,
    ]  # fmt: skip
    also = [other.citation for quote in ANSWER.quotes for other in quote.also_in]
    assert also
    assert all(other.split("(")[0] in text for other in also)


def test_a_refusal_of_chosen_documents_does_not_speak_for_all() -> None:
    text, _ = send(answer_record(replace(REFUSAL, scope=2)))
    assert text is not None
    assert "The chosen documents do not answer this; only 2 documents searched." in text


def test_a_refusal_tells_how_many_files_could_not_be_read() -> None:
    text, _ = send(answer_record(replace(REFUSAL, unread=3)))
    assert text is not None
    assert "Not searched: 3 files that could not be read." in text


@pytest.mark.parametrize("asked", [ANSWER, REFUSAL])
def test_a_phrase_that_no_passage_holds_is_exported_from_the_page(asked: Answer) -> None:
    asked = replace(asked, question=f'{asked.question} "sea green"?', missing=("sea green",))
    text, _ = send(answer_record(asked))
    assert text is not None
    assert "In no passage, word for word: “sea green”" in text
    text, _ = send(answer_record(asked), to="json")
    assert text is not None
    assert json.loads(text)["answers"][0]["missing"] == ["sea green"]


def _hash(record: dict[str, Any]) -> None:
    record["quotes"][0][3] = "0" * 64


def _start(record: dict[str, Any]) -> None:
    record["quotes"][0][1] += 1


def _outside(record: dict[str, Any]) -> None:
    record["quotes"][0][2] = 10**9


def _path(record: dict[str, Any]) -> None:
    record["quotes"][0][0] = "../../etc/passwd"


def _also(record: dict[str, Any]) -> None:
    record["also_in"][0][0][3] = "0" * 64


@pytest.mark.parametrize("alter", [_hash, _start, _outside, _path, _also])
def test_an_answer_with_a_stale_place_is_left_out_and_told(alter: Any) -> None:
    record = answer_record(ANSWER)
    alter(record)
    text, note = send(record)
    assert text is None
    assert "changed since" in note
    assert ANSWER.question in note
    text, note = send(record, answer_record(REFUSAL))
    assert text is not None
    assert ANSWER.question in note
    assert ANSWER.question not in text


@pytest.mark.parametrize(
    "change",
    [
        {"quotes": []},
        {"quotes": None},
        {"quotes": [["a.md", 0]]},
        {"quotes": [[["a"], 0, 1, ""]] * len(ANSWER.quotes)},
        {"relevance": []},
        {"relevance": [float("inf")] * 99},
        {"question": 1},
        {"question": "\ud800"},
        {"question": "x" * 100_000},
        {"index_id": "Index of somebody else. Exported never."},
        {"searched": None},
        {"missing": None},
        {"missing": [5]},
        {"missing": ["What the question does not hold"]},
    ],
)
def test_what_is_no_record_of_ours_is_refused(change: dict[str, Any]) -> None:
    text, note = send(answer_record(ANSWER) | change)
    assert text is None
    assert note == "This could not be exported. Load the page again."


def test_nothing_and_too_much_are_told() -> None:
    assert send()[1] == "There is no answer to export yet."
    assert str(MAX_ANSWERS) in send(*[{}] * (MAX_ANSWERS + 1))[1]
    assert send(answer_record(ANSWER), to="pdf")[0] is None
    assert send(answer_record(ANSWER), to=["docx"])[0] is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(sorted(answer_record(ANSWER))), JSON), JSON)
def test_hostile_records_raise_nothing_and_quote_nothing(
    fields: dict[str, Any], whole: object
) -> None:
    for data in (whole, {"format": "json", "answers": whole}, {"format": "json", "answers": [1]}):
        assert unpack(export_file(LIBRARY, data))["file"] is None
    text, _ = send(answer_record(ANSWER) | fields)
    texts = {document.text for document in PLAIN}
    for quoted in markdown_quotes(text) if text else ():
        assert any(quoted in whole_text for whole_text in texts)
