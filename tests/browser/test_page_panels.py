"""The panels come, go and tell without taking the page from under the one who types."""

from __future__ import annotations

from collections.abc import Callable

from browser.servers import Server
from browser.steps import ask, open_source
from playwright.sync_api import Page, expect

FOUND = "How much did the lighthouse keeper earn a month?"
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
