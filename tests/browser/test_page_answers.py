"""The main road, on the real engine with the real models: ask, read, check, refuse, rebuild."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from browser.servers import Server
from browser.steps import ask, marked, nth_answer, open_source, words
from playwright.sync_api import Page, expect

QUESTION = "What did Hamas ask for in return for releasing the hostages?"
UNANSWERED = "How many moons does the planet Jupiter have?"


@pytest.fixture
def query(app: Server) -> Callable[..., dict[str, Any]]:
    from gradio_client import Client

    client = Client(app.url, verbose=False, analytics_enabled=False)

    def call(question: str, **options: Any) -> dict[str, Any]:
        result: dict[str, Any] = client.predict(question=question, api_name="/query", **options)
        return result

    return call


def test_an_answer_is_quotations_of_the_documents(
    app: Server, visit: Callable[..., Page], query: Callable[..., dict[str, Any]]
) -> None:
    page = visit(app)
    card = ask(page, QUESTION)
    answer = query(QUESTION)
    documents = {quote["document"] for quote in answer["quotes"]}
    lead = f"Found in {len(documents)} document{'s' * (len(documents) > 1)}"
    expect(card.locator(".lead").first).to_have_text(lead)
    assert words(card) == [quote["text"] for quote in answer["quotes"]]
    corpus_text = (app.corpus / "demands.txt").read_text("utf-8")
    assert words(card)[0] in corpus_text
    expect(page.locator("#status")).to_have_text(lead)


def test_the_api_returns_the_typed_answer(query: Callable[..., dict[str, Any]]) -> None:
    answer = query(QUESTION, top=1)
    assert set(answer) == {
        "question",
        "answered",
        "quotes",
        "near_misses",
        "missing",
        "unread",
        "index_id",
        "timings_ms",
    }
    assert answer["answered"] is True
    assert answer["near_misses"] == []
    assert answer["timings_ms"]["total"] > 0
    (quote,) = answer["quotes"]
    assert set(quote) == {
        "text",
        "document",
        "title",
        "start",
        "end",
        "page",
        "rows",
        "section",
        "relevance",
        "columns",
        "recognised",
        "sha256",
        "also_in",
        "why",
        "answer",
    }
    assert quote["document"] == "demands.txt"
    assert quote["end"] - quote["start"] == len(quote["text"])
    refused = query(UNANSWERED)
    assert refused["answered"] is False
    assert refused["quotes"] == []


def test_an_api_error_is_one_line(query: Callable[..., dict[str, Any]]) -> None:
    with pytest.raises(Exception, match="the question is empty"):
        query("  ")


def test_a_citation_opens_the_source_at_the_quotation(
    app: Server, visit: Callable[..., Page]
) -> None:
    page = visit(app)
    card = ask(page, QUESTION)
    quotes = words(card)
    cites = card.locator(".source-line > .cite")
    for number, quote in enumerate(quotes):
        assert open_source(page, cites.nth(number)) == quote
        expect(page.locator("#source mark").first).to_be_in_viewport()
        if not number:
            heading = page.locator("#source h3.heading")
            expect(heading).to_have_text("What Hamas asked for in return")
    if len(quotes) > 1:
        page.get_by_role("button", name="Previous quotation").click()
        expect(page.locator(".steps")).to_contain_text(f"{len(quotes) - 1} of {len(quotes)}")
        assert marked(page) == quotes[-2]
        expect(cites.nth(len(quotes) - 2)).to_have_attribute("aria-current", "true")
        page.get_by_role("button", name="Next quotation").click()
        expect(page.get_by_role("button", name="Next quotation")).to_be_disabled()


def test_a_refusal_is_plain_and_folds_what_is_near(app: Server, visit: Callable[..., Page]) -> None:
    page = visit(app)
    card = ask(page, UNANSWERED)
    expect(card).to_have_class("answer refused")
    expect(card.locator(".lead").first).to_have_text("The documents do not answer this")
    assert card.locator(".card:visible").count() == 0
    near = card.locator("details.near-misses")
    if near.count():
        expect(near.locator("> summary")).to_contain_text("Related, not an answer")
        near.locator("> summary").click()
        assert words(card)
        assert open_source(page, near.locator(".cite").first) == words(card)[0]


def test_a_follow_up_is_searched_with_the_question_before(
    app: Server, visit: Callable[..., Page]
) -> None:
    page = visit(app)
    ask(page, "Who led the American team in Doha?")
    card = ask(page, "When did they meet?")
    searched = card.locator("details.searched")
    label = "Searched together with your earlier questions"
    expect(searched.locator("summary")).to_have_text(label)
    expect(searched.locator("p")).to_be_hidden()
    searched.locator("summary").click()
    expect(searched.locator("p")).to_contain_text("American Doha When did they meet?")
    page.get_by_role("button", name="New conversation").click()
    expect(page.locator(".welcome")).to_be_visible()
    assert ask(page, "When did they meet?").locator("details.searched").count() == 0


def test_a_quote_tells_why_it_was_chosen(app: Server, visit: Callable[..., Page]) -> None:
    why = ask(visit(app), QUESTION).locator(".card").first.locator("details.why")
    expect(why.locator("summary")).to_have_text("Why this quote")
    expect(why.locator("dl")).to_be_hidden()
    why.locator("summary").click()
    expect(why.locator("dl")).to_contain_text("1st once read with the question")
    expect(why.locator("dl")).to_contain_text("Hamas")


def test_the_words_that_answer_are_marked_inside_the_whole_quotation(
    app: Server, visit: Callable[..., Page]
) -> None:
    page = visit(app)
    card = ask(page, "Who led the American team in Doha?")
    mark = card.locator(".quote .words mark").first
    expect(mark).to_be_visible()
    assert (mark.text_content() or "") in words(card)[0]
    assert len(mark.text_content() or "") < len(words(card)[0])


def test_a_phrase_that_stands_nowhere_is_named(app: Server, visit: Callable[..., Page]) -> None:
    card = ask(visit(app), "What did Hamas say of “a bridge of glass”?")
    expect(card).to_have_class("answer refused")
    expect(card).to_contain_text("In no passage, word for word: “a bridge of glass”")


def test_a_question_in_the_address_is_asked(app: Server, visit: Callable[..., Page]) -> None:
    page = visit(app, "?q=Who+led+the+American+team+in+Doha%3F")
    assert "Adam Boehler" in words(nth_answer(page, 0))[0]


def test_examples_are_those_of_the_documents(app: Server, visit: Callable[..., Page]) -> None:
    page = visit(app)
    example = page.locator(".example").first
    question = example.text_content()
    example.click()
    card = nth_answer(page, 0)
    expect(page.locator(".user-row")).to_have_text(str(question))
    assert words(card)


def test_a_question_can_be_limited_to_documents(app: Server, visit: Callable[..., Page]) -> None:
    page = visit(app)
    page.get_by_role("checkbox", name="ceasefire.md").check()
    notice = page.locator(".limit")
    expect(notice).to_contain_text("Searching only The January 2025 ceasefire")
    card = ask(page, "When did Israel and Hamas agree to a temporary ceasefire?")
    paths = card.locator(".source-line .where").all_inner_texts()
    assert paths
    assert all(path.strip().startswith("ceasefire.md") for path in paths)
    refused = ask(page, "Who led the American team in Doha?")
    expect(refused.locator(".lead").first).to_have_text("The chosen documents do not answer this")
    page.get_by_role("button", name="Search all documents").click()
    expect(notice).to_have_count(0)
    assert page.locator("#documents input:checked").count() == 0
    assert words(ask(page, "Who led the American team in Doha?"))


def test_a_vote_is_one_line_beside_the_index(app: Server, visit: Callable[..., Page]) -> None:
    page = visit(app)
    card = ask(page, QUESTION)
    up = card.get_by_role("button", name="Useful answer", exact=True)
    up.click()
    expect(up).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#status")).to_have_text("Noted on this machine")
    file = app.index / "feedback.jsonl"
    page.wait_for_timeout(300)
    line = json.loads(file.read_text("utf-8").splitlines()[-1])
    assert line["verdict"] == "up"
    assert line["question"] == QUESTION
    assert line["index_id"]
    assert line["time"]
    assert line["quotes"][0]["path"] == "demands.txt"
    assert len(line["quotes"][0]["sha256"]) == 64


def test_a_vote_that_cannot_be_written_is_told_and_not_shown_as_given(
    app: Server, visit: Callable[..., Page]
) -> None:
    page = visit(app)
    card = ask(page, QUESTION)
    file, aside = app.index / "feedback.jsonl", app.index / "feedback.aside"
    if file.exists():
        file.rename(aside)
    file.mkdir()
    try:
        up = card.get_by_role("button", name="Useful answer", exact=True)
        up.click()
        expect(card.locator(".votes")).to_contain_text("Could not be noted")
        expect(up).to_have_attribute("aria-pressed", "false")
    finally:
        file.rmdir()
        if aside.exists():
            aside.rename(file)
    up.click()
    expect(page.locator("#status")).to_have_text("Noted on this machine")
    expect(card.locator(".votes")).not_to_contain_text("Could not be noted")


def test_copy_takes_the_words_and_the_citation(app: Server, visit: Callable[..., Page]) -> None:
    page = visit(app, permissions=["clipboard-read", "clipboard-write"])
    card = ask(page, QUESTION)
    card.get_by_role("button", name="Copy").first.click()
    expect(card.locator(".copy").first).to_have_text("Copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    quote, citation = copied.split("\n\n")
    assert quote == words(card)[0]
    assert citation.startswith("What Hamas asked for in return (demands.txt)")


def test_the_list_tells_what_is_indexed_and_what_was_skipped(
    app: Server, visit: Callable[..., Page]
) -> None:
    page = visit(app)
    expect(page.locator("#listing")).to_contain_text("How the talks began")
    expect(page.locator("#listing")).to_contain_text("talks.md")
    page.locator("#listing summary").click()
    expect(page.locator("#listing .skipped")).to_contain_text("picture.tif")
    page.get_by_role("searchbox").fill("pdf")
    expect(page.locator("#listing .docs > li:visible")).to_have_count(1)


def test_a_rebuild_takes_in_a_new_document_while_questions_are_answered(
    app: Server, visit: Callable[..., Page]
) -> None:
    page = visit(app)
    name = "lighthouse.md"
    (app.corpus / name).write_text(
        "# Lighthouse log\n\nThe keeper of the Varna lighthouse was called Ilse Brandt.\n"
    )
    try:
        page.get_by_role("button", name="Rebuild").click()
        assert words(ask(page, QUESTION))
        outcome = page.locator("#documents .outcome")
        expect(outcome).to_contain_text("1 added, 0 changed, 0 removed", timeout=60_000)
        expect(page.locator("#listing")).to_contain_text("Lighthouse log")
        card = ask(page, "Who was the keeper of the Varna lighthouse?")
        assert words(card) == ["The keeper of the Varna lighthouse was called Ilse Brandt."]
    finally:
        (app.corpus / name).unlink()
    page.get_by_role("button", name="Rebuild").click()
    expect(outcome).to_contain_text("1 removed", timeout=60_000)
    card.locator(".cite").click()
    expect(page.locator("#source h2")).to_have_text("This document is no longer in the index")


def test_a_vote_is_taken_back_by_pressing_it_again(app: Server, visit: Callable[..., Page]) -> None:
    page = visit(app)
    up = ask(page, QUESTION).get_by_role("button", name="Useful answer", exact=True)
    up.click()
    expect(up).to_have_attribute("aria-pressed", "true")
    up.click()
    expect(up).to_have_attribute("aria-pressed", "false")
    expect(page.locator("#status")).to_have_text("Taken back")
    page.wait_for_timeout(300)
    lines = (app.index / "feedback.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(line)["verdict"] for line in lines[-2:]] == ["up", "withdrawn"]


def test_a_question_that_is_too_long_is_told_so_and_not_cut(
    app: Server, visit: Callable[..., Page]
) -> None:
    page = visit(app)
    card = ask(page, f"{'The background is long. ' * 60}{QUESTION}")
    expect(card).to_have_class("answer notice")
    expect(card).to_contain_text("The question has 1,")
    assert words(ask(page, QUESTION))  # what was not asked is no earlier question


def test_why_this_quote_can_be_touched(app: Server, visit: Callable[..., Page]) -> None:
    page = visit(app, viewport={"width": 390, "height": 844}, has_touch=True)
    box = ask(page, QUESTION).locator(".why summary").first.bounding_box()
    assert box
    assert box["height"] >= 24
