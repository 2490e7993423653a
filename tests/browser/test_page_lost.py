"""The server ends, answers no more, or comes back: the page says so, and shows nothing stale."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from browser.servers import Server, free_port, running
from browser.steps import ANSWERS, ask, open_source
from playwright.sync_api import Page, expect

QUESTION = "Who built the harbour wall in 1874?"
WAGE = "How much did the lighthouse keeper earn a month?"


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def start(tmp_path: Path, port: int) -> Callable[[], AbstractContextManager[str]]:
    return lambda: running(tmp_path, "one", str(tmp_path), PORT=str(port))


@pytest.mark.slow
def test_a_restart_is_told_and_nothing_is_asked_of_the_new_server(
    tmp_path: Path,
    port: int,
    start: Callable[[], AbstractContextManager[str]],
    visit: Callable[..., Page],
) -> None:
    server = Server(f"http://127.0.0.1:{port}/", tmp_path, tmp_path)
    with start():
        page = visit(server, may_end=True)
        ask(page, WAGE)
        page.get_by_role("checkbox", name="ledger.txt").check()
        expect(page.locator(".limit")).to_be_visible()
        cites = page.locator(".source-line > .cite")
        open_source(page, cites.first)
    told = page.get_by_role("alert")
    expect(told).to_have_text("The server does not answer. Waiting for it.")
    cites.last.click()
    expect(page.locator("#source-wait")).to_contain_text("This could not be loaded")
    expect(page.locator("#source .source-title")).to_be_hidden()
    expect(page.locator(".toast-wrap")).to_be_hidden()
    with start():
        expect(told).to_contain_text("The server was restarted: reload the page")
        page.get_by_label("Your question").fill(QUESTION)
        page.get_by_label("Your question").press("Enter")
        again = page.get_by_role("button", name="Reload the page")
        expect(again).to_be_focused()
        expect(page.get_by_label("Your question")).to_have_value(QUESTION)  # nothing is lost
        expect(page.locator(ANSWERS)).to_have_count(1)
        again.click()
        expect(page.locator(".welcome")).to_be_visible()
        expect(told).to_be_hidden()
        assert ask(page, QUESTION).locator(".words").count()
        page.goto("about:blank")


@pytest.mark.slow
def test_a_server_that_has_forgotten_the_page_does_not_search_everything(
    tmp_path: Path,
    port: int,
    start: Callable[[], AbstractContextManager[str]],
    visit: Callable[..., Page],
) -> None:
    with start():
        page = visit(Server(f"http://127.0.0.1:{port}/", tmp_path, tmp_path), may_end=True)
        page.get_by_role("checkbox", name="ledger.txt").check()
        expect(page.locator(".limit")).to_be_visible()
        page.route("**/config", lambda route: route.abort())  # so that the page cannot know
    with start():
        expect(ask(page, WAGE)).to_contain_text("Reload the page, then ask again.")
        page.goto("about:blank")


@pytest.mark.slow
def test_a_source_on_its_way_is_not_taken_for_the_one_before(
    plain: Server, visit: Callable[..., Page]
) -> None:
    page = visit(plain)
    cites = ask(page, WAGE).locator(".source-line > .cite")
    open_source(page, cites.first)
    held = []
    page.route("**/run/predict*", lambda route: held.append(route))
    cites.last.click()
    expect(page.locator("#source-wait")).to_have_text("Loading")
    expect(page.locator("#source .source-title")).to_be_hidden()
    expect(page.locator("#source mark")).to_be_hidden()
    expect(page.locator("#source-wait")).to_contain_text("may not answer", timeout=10_000)
    for route in held:
        route.continue_()
    expect(page.locator("#source .source-title")).to_have_text("Ledger of the harbour board")
    expect(page.locator("#source-wait")).to_have_text("")
