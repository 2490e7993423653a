"""A search can be stopped; a new conversation is not undone by the answer to an old question."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from browser.servers import Server
from browser.steps import ANSWERS, ask, nth_answer, words
from playwright.sync_api import Page, expect

QUESTION = "Who built the harbour wall in 1874?"
WAGE = "How much did the lighthouse keeper earn a month?"


def begin(page: Page) -> None:
    box = page.get_by_label("Your question")
    box.fill(QUESTION)
    box.press("Enter")
    page.get_by_role("button", name="Stop").wait_for()


def test_stop_ends_the_search_and_the_next_question_is_answered(
    slow: Server, visit: Callable[..., Page]
) -> None:
    page = visit(slow)
    begin(page)
    page.get_by_role("button", name="Stop").click()
    expect(page.locator(ANSWERS)).to_have_text("Stopped", timeout=2000)
    expect(page.get_by_label("Your question")).to_be_focused()
    assert words(ask(page, QUESTION))
    expect(page.locator(ANSWERS)).to_have_count(2)


def test_stop_is_for_ones_own_question_alone(slow: Server, visit: Callable[..., Page]) -> None:
    one, other = visit(slow), visit(slow)
    begin(one)
    begin(other)
    one.get_by_role("button", name="Stop").click()
    expect(one.locator(ANSWERS)).to_have_text("Stopped")
    assert words(nth_answer(other, 0))


def test_a_follow_up_that_is_searched_for_is_in_sight_and_told(
    slow: Server, visit: Callable[..., Page]
) -> None:
    page = visit(slow, viewport={"width": 390, "height": 560})
    ask(page, WAGE)
    begin(page)
    expect(page.get_by_role("button", name="Stop")).to_be_in_viewport()
    expect(page.locator(".user-row").last).to_be_in_viewport()
    expect(page.locator("#status")).to_have_text("Searching the documents")
    assert words(nth_answer(page, 1))


@pytest.mark.slow
def test_a_new_conversation_during_a_search_stays_new(
    slow: Server, visit: Callable[..., Page]
) -> None:
    page = visit(slow)
    ask(page, QUESTION)
    begin(page)
    page.get_by_role("button", name="New conversation").click()
    expect(page.locator(".welcome")).to_be_visible(timeout=2000)
    page.wait_for_timeout(3500)
    expect(page.locator(".welcome")).to_be_visible()
    assert page.locator(".message-row").count() == 0
    ask(page, QUESTION)
    expect(page.locator(ANSWERS)).to_have_count(1)
