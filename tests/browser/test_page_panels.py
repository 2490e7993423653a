"""The panels come, go and tell without taking the page from under the one who types."""

from __future__ import annotations

from collections.abc import Callable

from browser.servers import Server
from browser.steps import ask, open_source
from playwright.sync_api import Page, Route, expect

FOUND = "How much did the lighthouse keeper earn a month?"
PHONE = {"width": 390, "height": 844}
WIDE, NARROW = {"width": 1280, "height": 860}, {"width": 900, "height": 700}


def test_a_list_that_no_longer_fits_closes_and_is_back_with_the_room(
    plain: Server, visit: Callable[..., Page]
) -> None:
    page = visit(plain)
    listed, box = page.locator("#documents"), page.get_by_label("Your question")
    expect(listed).to_be_visible()
    page.keyboard.type("Who built ")
    page.set_viewport_size(NARROW)  # as zooming in does
    expect(listed).to_be_hidden()
    page.keyboard.type("the wall?")
    expect(box).to_have_value("Who built the wall?")
    page.set_viewport_size(WIDE)
    expect(listed).to_be_visible()
    page.get_by_role("button", name="Close documents").click()
    page.set_viewport_size(NARROW)
    page.set_viewport_size(WIDE)
    page.wait_for_timeout(100)
    expect(listed).to_be_hidden()  # it was closed before


def test_a_panel_that_one_is_in_becomes_a_sheet(plain: Server, visit: Callable[..., Page]) -> None:
    page = visit(plain)
    cite = ask(page, FOUND).locator(".cite").first
    open_source(page, cite)
    page.set_viewport_size(NARROW)
    sheet = page.get_by_role("dialog", name="Source")
    expect(sheet).to_be_visible()
    page.keyboard.press("Escape")
    expect(sheet).to_be_hidden()
    expect(cite).to_be_focused()
    page.set_viewport_size(WIDE)
    expect(page.locator("#documents")).to_be_visible()  # it had given way to the source


def test_a_source_that_no_longer_fits_closes(plain: Server, visit: Callable[..., Page]) -> None:
    page = visit(plain)
    open_source(page, ask(page, FOUND).locator(".cite").first)
    page.get_by_label("Your question").click()
    page.set_viewport_size(NARROW)
    expect(page.locator("#source")).to_be_hidden()
    page.keyboard.type("And the wall?")
    expect(page.get_by_label("Your question")).to_have_value("And the wall?")
    page.set_viewport_size(WIDE)
    expect(page.locator("#documents")).to_be_visible()


def test_over_a_sheet_the_page_still_tells_what_is_wrong(
    plain: Server, visit: Callable[..., Page]
) -> None:
    page = visit(plain, viewport=PHONE, may_end=True)
    page.get_by_role("button", name="Documents").click()
    expect(page.get_by_role("dialog", name="Documents")).to_be_visible()

    def refuse(route: Route) -> None:
        route.fulfill(status=502, content_type="text/html", body="<h1>Bad gateway</h1>")

    page.route("**/run/predict*", refuse)
    page.get_by_role("checkbox", name="ledger.txt").click()
    told = page.locator("#lost-told")
    expect(told).to_contain_text("could not take this")
    expect(told).to_be_in_viewport(ratio=1)
    on_top = "e => { const r = e.getBoundingClientRect();"
    on_top += " return document.elementFromPoint(r.x + r.width / 2, r.y + r.height / 2) === e; }"
    assert told.evaluate(on_top)
    for part in ("#lost", "#status"):
        assert page.evaluate("s => !document.querySelector(s).closest('[inert]')", part)
    for behind in (".brand", ".modes", "#chat"):
        assert page.evaluate("s => document.querySelector(s).inert", behind)


def test_the_outcome_of_a_rebuild_is_told_and_the_focus_comes_back(
    changing: Server, visit: Callable[..., Page]
) -> None:
    page = visit(changing)
    button = page.locator("#rebuild")
    button.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#status")).to_contain_text("Rebuilt in")
    expect(page.locator("#progress .outcome")).to_be_visible()
    expect(button).to_be_focused()
    page.wait_for_timeout(300)
    expect(button).to_be_focused()  # when the list has been drawn anew, too
