"""The server ends, answers no more, or comes back: the page says so, and shows nothing stale."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from browser.corpora import PLAIN
from browser.fake_engine import FakeEngine
from browser.servers import Server, free_port, running
from browser.steps import ANSWERS, ask, open_source
from playwright.sync_api import Page, expect

from rag.settings import Settings
from rag.ui import create_app, launch

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


@pytest.mark.parametrize("asked", ["q", "check"])
def test_a_draft_outlives_reloading_a_page_whose_address_asks(
    plain: Server, visit: Callable[..., Page], asked: str
) -> None:
    page = visit(plain, f"?{asked}=harbour+wall")
    part = {"q": "#transcript", "check": "#findings"}[asked]
    expect(page.locator(f"{part} {ANSWERS}")).to_be_visible()
    page.wait_for_function("!document.querySelector('#question textarea').disabled")
    box = {"q": page.locator("#question textarea"), "check": page.locator("#pasted")}[asked]
    box.fill(WAGE)
    page.evaluate("document.querySelector('[data-reload]').click()")
    page.wait_for_url(plain.url)
    expect(box).to_have_value(WAGE)
    page.wait_for_timeout(500)
    expect(page.locator(f"{part} {ANSWERS}")).to_have_count(0)
    expect(box).to_have_value(WAGE)


@pytest.mark.parametrize("way", ["redirect", "page", "forbidden"])
def test_a_guard_on_the_way_that_asks_to_sign_in_again_is_told(
    plain: Server, visit: Callable[..., Page], way: str
) -> None:
    answers: dict[str, dict[str, Any]] = {
        "redirect": {"status": 302, "headers": {"location": "/sign-in-elsewhere"}},
        "page": {"status": 200, "content_type": "text/html", "body": "<h1>Sign in</h1>"},
        "forbidden": {"status": 403, "body": "no"},
    }
    page = visit(plain, may_end=True)
    page.route("**/config", lambda route: route.fulfill(**answers[way]))
    page.route("**/run/predict*", lambda route: route.abort())
    page.get_by_label("Your question").fill(QUESTION)
    page.get_by_label("Your question").press("Enter")
    expect(page.get_by_role("alert").first).to_contain_text("sign in again")
    expect(page.get_by_role("button", name="Reload the page")).to_be_visible()


def test_a_page_that_was_cut_off_for_hours_is_still_known(
    tmp_path: Path, visit: Callable[..., Page]
) -> None:
    engine = FakeEngine(PLAIN, Settings(corpus="plain", index=str(tmp_path), top=50))
    app = create_app(engine)
    try:
        page = visit(Server(launch(app, port=free_port()), tmp_path, tmp_path))
        page.get_by_role("checkbox", name="ledger.txt").check()
        expect(page.locator(".limit")).to_be_visible()
        ask(page, WAGE)
        sessions = app.blocks.state_holder
        (session,) = sessions.session_data.values()
        session.is_closed = True  # as Gradio notes when the page's connection ends
        hours = timedelta(hours=10)
        for number, (lives, since) in session._state_ttl.items():
            session._state_ttl[number] = (lives, since - hours)
        sessions.delete_all_expired_state()
        expect(ask(page, WAGE)).to_contain_text("Only 1 document searched")
        expect(page.locator(ANSWERS)).to_have_count(2)
        page.goto("about:blank")
    finally:
        app.close()
