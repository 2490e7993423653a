"""A PDF's quote on the picture of its page, as a person meets it."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from browser.servers import Server
from browser.steps import ask, marked, open_source, sideways, words
from PIL import Image
from playwright.sync_api import Locator, Page, expect

TOLLS = "ferry tolls four pence agreed"
OVER_THE_BREAK = "quay dredged order board wet spring"


def shown(page: Page, step: Callable[[], None]) -> None:
    """Take a step, and wait until the panel is drawn anew."""
    page.evaluate("document.querySelector('#source .source-head').dataset.old = 1")
    step()
    page.wait_for_function(
        "!document.querySelector('#source [data-old]')"
        " && !document.querySelector('#source').classList.contains('loading')"
    )


def press(page: Page, name: str) -> None:
    button = page.locator("#source").get_by_role("button", name=name, exact=True)
    shown(page, button.click)


def darkest(page: Page, mark: Locator) -> int:
    """The darkest pixel under a mark, 0 to 255."""
    mark.scroll_into_view_if_needed()
    image = Image.open(io.BytesIO(mark.screenshot())).convert("L")
    return min(image.tobytes())


def test_in_the_app_a_pdfs_quotation_is_read_off_its_page(
    app: Server, visit: Callable[..., Page]
) -> None:
    page = visit(app)
    card = ask(page, "How do Egypt and Jordan see the warning?")
    cites = card.locator(".source-line > .cite").filter(has_text="reactions.pdf")
    cards = card.locator(".card").filter(has_text="reactions.pdf")
    quote = cards.first.locator(".words").evaluate("e => e.textContent")
    assert open_source(page, cites.first) == quote
    picture = page.get_by_role("img", name="Page 2 of reactions.pdf")
    expect(picture).to_be_visible()
    assert picture.evaluate("e => e.complete && e.naturalWidth") == 1240
    marks = page.locator("#source .spot")
    for number in range(marks.count()):
        assert darkest(page, marks.nth(number)) < 110
    press(page, "Text")
    assert marked(page) == quote
    expect(picture).to_have_count(0)


def test_the_mark_is_in_view_on_its_words(papers: Server, visit: Callable[..., Page]) -> None:
    page = visit(papers)
    card = ask(page, TOLLS)
    assert open_source(page, card.locator(".cite").first) == words(card)[0]
    mark = page.locator("#source .spot").first
    expect(mark).to_be_in_viewport()  # it stands far down the page
    sheet, spot = page.locator(".sheet").bounding_box(), mark.bounding_box()
    assert sheet
    assert spot
    # The line is the page's 41st of 11 points from 780, 14 apart, 72 from the left.
    assert (spot["x"] - sheet["x"]) / sheet["width"] == pytest.approx(72 / 595, abs=0.01)
    middle = (spot["y"] + spot["height"] / 2 - sheet["y"]) / sheet["height"]
    assert middle == pytest.approx(1 - (780 - 40 * 14 + 3) / 842, abs=0.01)
    assert darkest(page, mark) < 110


def test_a_quotation_over_a_page_break_goes_on_on_the_next_page(
    papers: Server, visit: Callable[..., Page]
) -> None:
    page = visit(papers)
    card = ask(page, OVER_THE_BREAK)
    quote = words(card)[0]
    first = open_source(page, card.locator(".cite").first)
    expect(page.locator(".page-number")).to_have_text("Page 2 of 4")
    press(page, "Continues on page 3")
    expect(page.locator(".page-number")).to_have_text("Page 3 of 4")
    assert f"{first}\n{marked(page)}" == quote
    press(page, "Next page")
    assert marked(page) == ""
    expect(page.get_by_role("button", name="Next page")).to_be_disabled()
    expect(page.get_by_role("img", name="Page 4 of minutes.pdf")).to_be_visible()
    press(page, "Back to the quotation")
    assert marked(page) == first


def test_the_chosen_view_stays_from_quotation_to_quotation(
    papers: Server, visit: Callable[..., Page]
) -> None:
    page = visit(papers)
    card = ask(page, "ferry")
    open_source(page, card.locator(".cite").filter(has_text="minutes.pdf").first)
    press(page, "Text")
    expect(page.locator(".view[aria-pressed=true]")).to_have_text("Text")
    press(page, "Next quotation")
    expect(page.locator(".view[aria-pressed=true]")).to_have_text("Text")
    press(page, "Page")
    expect(page.get_by_role("img", name="Page 1 of turned.pdf")).to_be_visible()
    press(page, "Previous quotation")
    expect(page.get_by_role("img", name="Page 1 of minutes.pdf")).to_be_visible()


def test_a_turned_page_is_marked_on_its_words(papers: Server, visit: Callable[..., Page]) -> None:
    page = visit(papers)
    card = ask(page, "turned ferry page read")
    assert open_source(page, card.locator(".cite").first) == words(card)[0]
    box = page.locator("#source .spot").bounding_box()
    assert box
    assert box["height"] > 5 * box["width"]
    assert darkest(page, page.locator("#source .spot")) < 110


def test_a_file_that_changed_is_shown_as_the_text_that_was_indexed(
    papers: Server, visit: Callable[..., Page]
) -> None:
    page = visit(papers)
    card = ask(page, "ferry burned down")
    assert open_source(page, card.locator(".cite").first) == "The ferry burned down."
    expect(page.get_by_role("note")).to_contain_text("changed since it was indexed")
    expect(page.locator("#source img")).to_have_count(0)


def test_by_keyboard_alone(papers: Server, visit: Callable[..., Page]) -> None:
    page = visit(papers)
    ask(page, OVER_THE_BREAK)
    page.locator(".cite").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#source h2")).to_be_focused()

    def tab_to(name: str) -> None:
        for _ in range(12):
            page.keyboard.press("Tab")
            if page.evaluate("e => document.activeElement.matches(e)", name):
                return
        pytest.fail(f"{name} is not reached by Tab")

    tab_to('[data-view="text"]')
    shown(page, lambda: page.keyboard.press("Enter"))
    expect(page.locator('[data-view="text"]')).to_be_focused()
    expect(page.locator("#source img")).to_have_count(0)
    page.keyboard.press("Shift+Tab")
    shown(page, lambda: page.keyboard.press("Space"))
    expect(page.locator('[data-view="page"]')).to_be_focused()
    tab_to('[data-side="right"]')
    shown(page, lambda: page.keyboard.press("Enter"))
    expect(page.locator('[data-side="right"]')).to_be_focused()
    expect(page.locator("#status")).to_have_text("Page 3 of 4")
    shown(page, lambda: page.keyboard.press("Enter"))
    expect(page.locator('[data-side="left"]')).to_be_focused()  # there is no page after it
    tab_to(".magnify")
    page.keyboard.press("Enter")
    expect(page.locator(".magnify")).to_have_attribute("aria-pressed", "true")
    tab_to(".page.facsimile")
    page.keyboard.press("Escape")
    expect(page.locator("#source")).to_be_hidden()


@pytest.mark.parametrize(("width", "theme"), [(320, "light"), (390, "dark"), (1280, "dark")])
def test_the_paper_is_white_and_nothing_sticks_out(
    papers: Server, visit: Callable[..., Page], width: int, theme: str
) -> None:
    page = visit(papers, f"?__theme={theme}", viewport={"width": width, "height": 800})
    open_source(page, ask(page, TOLLS).locator(".cite").first)
    assert sideways(page) <= 0
    expect(page.locator("#source .spot").first).to_be_in_viewport()
    sheet = page.locator(".sheet").bounding_box()
    assert sheet
    corner = {"x": sheet["x"] + 4, "y": sheet["y"] + sheet["height"] - 8, "width": 2, "height": 2}
    page.locator(".facsimile").evaluate("e => e.scrollTo(0, e.scrollHeight)")
    moved = page.locator(".sheet").bounding_box()
    assert moved
    corner["y"] = moved["y"] + moved["height"] - 8
    image = Image.open(io.BytesIO(page.screenshot(clip=corner))).convert("L")  # type: ignore[arg-type]
    assert min(image.tobytes()) > 250
    page.locator(".magnify").click()
    larger = page.locator(".sheet").bounding_box()
    assert larger
    assert larger["width"] > 1.8 * sheet["width"]
    expect(page.locator("#source .spot").first).to_be_in_viewport()
