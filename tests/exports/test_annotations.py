"""Web annotations: every selector finds the same words, in the model's own terms."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit
from uuid import UUID

import pytest
from exports.samples import HOSTILE, NOON, TEXTS, answer, quote
from hypothesis import given, settings

import rag
from rag.document import Block, Document
from rag.types import Answer, Quote


def exported(asked: Answer) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(rag.export(asked, "annotations", time=NOON))
    return made


def only(asked: Answer) -> dict[str, Any]:
    (item,) = exported(asked)["first"]["items"]
    return dict(item)


@settings(deadline=None)
@given(TEXTS, TEXTS, TEXTS)
def test_every_selector_selects_the_words(before: str, words: str, after: str) -> None:
    text = before + words + after
    made = Document("a.txt", "A", text, (), "f" * 64, "test 1")
    item = only(answer(Quote(made, len(before), len(before) + len(words), 0.9)))
    by_words, by_place = item["target"]["selector"]
    assert by_words["exact"] == words == text[by_place["start"] : by_place["end"]]
    around = by_words["prefix"] + by_words["exact"] + by_words["suffix"]
    assert text.index(around) <= by_place["start"]
    assert before.endswith(by_words["prefix"])
    assert after.startswith(by_words["suffix"])
    assert len(by_words["prefix"]) >= min(32, len(before))
    assert len(by_words["suffix"]) >= min(32, len(after))
    assert item["target"]["quotes:textSha256"] == made.text_sha256


def test_a_collection_is_what_the_model_asks_for() -> None:
    found = quote("The words.")
    made = exported(answer(found, quote("Others."), question="Why?"))
    assert made["@context"][0] == "http://www.w3.org/ns/anno.jsonld"
    assert (made["type"], made["total"]) == ("AnnotationCollection", 2)
    page = made["first"]
    assert (page["type"], page["partOf"]) == ("AnnotationPage", made["id"])
    for item in (made, *page["items"]):
        assert str(UUID(item["id"])) in item["id"]
        assert item["created"] == "2026-03-01T12:00:00Z"
        assert item["generator"]["type"] == "Software"
    item = page["items"][0]
    assert (item["type"], item["motivation"]) == ("Annotation", "highlighting")
    assert item["body"] == {
        "type": "TextualBody", "value": "Why?", "format": "text/plain", "purpose": "tagging",
    }  # fmt: skip
    assert item["target"]["source"] == "a.txt"
    assert item["target"]["quotes:quoteSha256"] == found.sha256


def test_ids_name_what_is_annotated_not_when() -> None:
    found = answer(quote("The words."))
    later = json.loads(rag.export([found, found], "annotations"))["first"]["items"]
    assert [item["id"] for item in later] == [only(found)["id"]]
    assert only(answer(quote("Other words.")))["id"] != only(found)["id"]


def test_a_page_of_a_pdf_is_named_when_the_words_lie_on_it() -> None:
    selectors = only(answer(quote("The words.", name="a.PDF")))["target"]["selector"]
    assert selectors[2] == {
        "type": "FragmentSelector",
        "conformsTo": "http://tools.ietf.org/rfc/rfc8118",
        "value": "page=2",
        "refinedBy": selectors[0] | {"prefix": ""},  # "Before it." is on the page before
    }
    text = "On one page\fand the next."
    over = Document("a.pdf", "A", text, (Block(0, 25, "prose", 0, 1, breaks=(12,)),), "", "")
    assert len(only(answer(Quote(over, 0, 25, 0.9)))["target"]["selector"]) == 2
    assert len(only(answer(quote("The words.")))["target"]["selector"]) == 2


def around(text: str, words: str, *blocks: Block) -> tuple[str, str]:
    """What the selector on the page says of the words around a quotation."""
    made = Document("a.pdf", "A", text, blocks, "", "")
    start = text.index(words)
    selectors = only(answer(Quote(made, start, start + len(words), 0.9)))["target"]["selector"]
    refined = selectors[2]["refinedBy"]
    assert selectors[0]["prefix"].endswith(refined["prefix"])
    assert selectors[0]["suffix"].startswith(refined["suffix"])
    return refined["prefix"], refined["suffix"]


def test_the_words_around_a_quotation_are_of_its_page() -> None:
    text = "One page.\n\nThe next one. Its words. Its end.\n\nThe last."
    pages = Block(0, 9, "prose", 0, 1), Block(11, 44, "prose", 0, 2), Block(46, 55, "prose", 0, 3)
    assert around(text, "Its words.", *pages) == ("The next one. ", " Its end.")
    assert around(text, "The next one.", *pages) == ("", " Its words. Its end.")
    assert around(text, "Its end.", *pages) == ("The next one. Its words. ", "")
    one = Block(0, 55, "prose", 0, 1, breaks=(11, 46))
    assert around(text, "Its words.", one) == ("The next one. ", " Its end.")
    assert around(text, "The next one.", one) == ("", " Its words. Its end.")
    whole = Block(0, 55, "prose", 0, 1)
    assert around(text, "Its words.", whole) == (text[:25], text[35:])


@pytest.mark.parametrize(
    "name",
    ["a b.md", "x:y.md", "ü/#1?.md", "%41.md", '"<>\\^`{|}.md', "a\nb.md", *HOSTILE[:1]],
)
def test_a_source_is_an_address_that_stays_in_the_corpus(name: str) -> None:
    source = only(answer(quote("The words.", name=name)))["target"]["source"]
    assert unquote(source).removeprefix("./") == name
    assert source.isascii()
    base = "https://corpus.example/folder/"
    joined = urlsplit(urljoin(base, source))
    assert joined.hostname == "corpus.example"
    assert (joined.query, joined.fragment) == ("", "")
