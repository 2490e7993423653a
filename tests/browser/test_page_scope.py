"""Searching only what is ticked, also when the documents change under the ticks."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from browser.servers import Server
from browser.steps import ask, sideways, words
from playwright.sync_api import Locator, Page, expect

COST = "What did the harbour wall cost?"
WAGE = "How much did the lighthouse keeper earn a month?"


@pytest.fixture
def two(changing: Server, visit: Callable[..., Page]) -> tuple[Page, Page]:
    """A page whose list has the ledger, and another to rebuild from."""
    other = visit(changing)
    if not listed(other).get_by_text("ledger.txt").count():
        rebuild(other)
    return visit(changing), other


def listed(page: Page) -> Locator:
    return page.locator("#listing .docs")


def rebuild(page: Page) -> None:
    """Every second time the ledger is gone, and a document is there that stands first."""
    before = listed(page).text_content()
    page.get_by_role("button", name="Rebuild").click()
    page.wait_for_function(
        "before => document.querySelector('#listing .docs').textContent !== before", arg=before
    )


def ticked(page: Page) -> list[str]:
    found: list[str] = page.locator(
        "#listing .docs > li:has(input:checked) .path"
    ).all_inner_texts()
    return found


def test_when_the_only_ticked_document_goes_nothing_else_is_searched(
    two: tuple[Page, Page],
) -> None:
    page, other = two
    page.get_by_role("checkbox", name="ledger.txt").check()
    expect(page.locator(".limit")).to_contain_text("Searching only Ledger of the harbour board")
    rebuild(other)
    for _ in range(2):  # before the list is drawn anew, and after
        card = ask(page, WAGE)
        expect(card).to_have_class("answer notice")
        expect(card).to_contain_text("choose again in the list")
    expect(page.locator(".limit")).to_contain_text("No longer there: ledger.txt")
    page.get_by_role("button", name="Search all documents").click()
    expect(page.locator(".limit")).to_have_count(0)
    assert words(ask(page, WAGE))


def test_when_some_of_the_ticked_documents_go_the_rest_is_offered(two: tuple[Page, Page]) -> None:
    page, other = two
    for name in ("ledger.txt", "log.pdf"):
        page.get_by_role("checkbox", name=name).check()
    expect(page.locator(".limit")).to_contain_text("Searching only 2 documents")
    rebuild(other)
    expect(ask(page, WAGE)).to_have_class("answer notice")
    page.get_by_role("button", name="Search the other 1").click()
    expect(page.locator(".limit")).to_contain_text("Searching only log.pdf")
    expect(ask(page, WAGE)).to_have_class("answer refused")


@pytest.mark.parametrize("width", [320, 390])
def test_on_a_phone_the_chip_says_what_it_is_about_and_fits(
    two: tuple[Page, Page], width: int
) -> None:
    page, other = two
    for name in ("ledger.txt", "log.pdf"):
        page.get_by_role("checkbox", name=name).check()
    expect(page.locator(".limit")).to_contain_text("Searching only 2 documents")
    rebuild(other)
    ask(page, WAGE)
    page.set_viewport_size({"width": width, "height": 700})
    expect(page.locator(".limit-to")).to_have_count(2)
    whole = page.locator(".limit").bounding_box()
    text = page.locator(".limit > span:not(.icon)")
    assert whole
    assert text.evaluate("e => e.scrollWidth <= e.clientWidth")
    assert sideways(page) <= 0
    for part in (text, *page.locator(".limit-to").all()):
        box = part.bounding_box()
        assert box
        assert box["width"] > 60
        assert box["x"] + box["width"] <= whole["x"] + whole["width"] <= width


def test_ticking_what_is_gone_does_not_search_everything(two: tuple[Page, Page]) -> None:
    page, other = two
    rebuild(other)
    page.get_by_role("checkbox", name="ledger.txt").check()
    expect(page.locator(".limit")).to_contain_text("No longer there: ledger.txt")
    expect(ask(page, WAGE)).to_have_class("answer notice")


def test_ticks_stay_with_their_documents_when_the_list_is_drawn_anew(
    two: tuple[Page, Page],
) -> None:
    page, other = two
    page.get_by_role("checkbox", name="harbour.md").check()
    expect(page.locator(".limit")).to_contain_text("Searching only The harbour")
    rebuild(other)
    ask(page, WAGE)
    expect(listed(page)).to_contain_text("a-first.md")
    assert ticked(page) == ["harbour.md"]
    page.get_by_role("checkbox", name="log.pdf").check()
    expect(page.locator(".limit")).to_have_attribute("title", "The harbour, log.pdf")
    page.get_by_role("checkbox", name="harbour.md").uncheck()
    expect(page.locator(".limit")).to_contain_text("Searching only log.pdf")
    rebuild(other)
    ask(page, COST)
    expect(listed(page)).to_contain_text("ledger.txt")
    assert ticked(page) == ["log.pdf"]
