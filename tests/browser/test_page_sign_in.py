"""Signing in, seeing one's own documents, signing out: as a person meets it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from access_server import HERS, PASSWORD, SECRET, make_corpus
from browser.servers import running
from browser.steps import ask, nth_answer, open_source, sideways, words
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("sign-in")
    make_corpus(folder)
    with running(folder, "access", str(folder)) as told:
        found = re.search(r"^Open (http\S+)$", told, re.MULTILINE)
        assert found
        yield found[1]


@pytest.fixture
def visitor(browser: Browser) -> Iterator[BrowserContext]:
    """A browser that nobody has used, and that may ask no other host."""
    context = browser.new_context(reduced_motion="reduce", viewport={"width": 1280, "height": 860})
    asked: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    yield context
    context.close()
    hosts = {urlsplit(one).hostname for one in asked if not one.startswith(("data:", "blob:"))}
    assert hosts <= {"127.0.0.1", "localhost"}


def sign_in(page: Page, name: str, password: str = PASSWORD) -> None:
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def test_a_person_signs_in_sees_their_documents_and_signs_out(
    url: str, visitor: BrowserContext
) -> None:
    page = visitor.new_page()
    complaints: list[str] = []
    page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
    page.goto(url)
    expect(page.get_by_label("Name")).to_be_focused()
    assert complaints == []
    sign_in(page, "anna", "wrong horse")
    expect(page.get_by_role("alert")).to_have_text(
        "This name and password do not belong together. Try again."
    )
    expect(page.get_by_label("Name")).to_have_value("anna")
    expect(page.get_by_label("Password")).to_be_focused()
    complaints.clear()  # of the 401
    sign_in(page, "anna")
    card = ask(page, "What is the rent of the warehouse?")
    assert words(card) == [HERS]
    assert open_source(page, card.locator(".cite").first) == HERS
    listing = page.locator("#listing")
    expect(listing.locator(".hint").first).to_have_text(re.compile(r"^3 documents, \d+ passages$"))
    assert SECRET not in page.content()
    expect(page.get_by_role("button", name="Rebuild")).to_have_count(0)
    leave = page.get_by_role("button", name="Sign out")
    box = leave.bounding_box()
    assert box
    assert complaints == []
    leave.click()  # what is under way then, or sent by the page of before, is answered with 401
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    page.goto(url)
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    page.go_back()
    assert HERS not in page.content()


def test_a_question_in_a_link_outlives_signing_in(url: str, visitor: BrowserContext) -> None:
    page = visitor.new_page()
    page.goto(f"{url}?check={HERS.replace(' ', '%20')}")
    sign_in(page, "anna")
    expect(page.locator("#findings .outcome-exact")).to_be_visible(timeout=20_000)


def test_whoever_was_signed_out_meanwhile_is_led_to_the_form(
    url: str, visitor: BrowserContext
) -> None:
    page = visitor.new_page()
    page.goto(url)
    sign_in(page, "anna")
    box = page.get_by_label("Your question")
    box.fill("What is the rent of the warehouse?")
    visitor.clear_cookies()
    page.keyboard.press("Enter")  # unless something else of the page's has led there before
    expect(page.get_by_role("button", name="Sign in")).to_be_visible(timeout=20_000)


RENT = "What is the rent of the warehouse?"


@pytest.mark.parametrize("step", ["/run/predict", "/queue/join"])
def test_what_was_being_asked_is_in_the_box_after_signing_in_again(
    url: str, visitor: BrowserContext, step: str
) -> None:
    page = visitor.new_page()
    page.goto(url)
    sign_in(page, "anna")
    expect(page.locator("#listing")).to_contain_text("3 documents", timeout=20_000)

    refused: list[str] = []

    def sign_out(route: Route) -> None:
        if refused:
            route.continue_()
            return
        refused.append(route.request.url)
        visitor.clear_cookies()
        route.fulfill(status=401, body="Sign in first.")

    page.route(f"**{step}*", sign_out)
    box = page.get_by_label("Your question")
    box.fill(RENT)
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Sign in")).to_be_visible(timeout=20_000)
    assert "rent" not in page.url  # it may stand in the log of a proxy
    sign_in(page, "anna")
    expect(box).to_have_value(RENT, timeout=20_000)
    expect(page.locator(".answer")).to_have_count(0)
    page.keyboard.press("Enter")
    assert words(nth_answer(page, 0)) == [HERS]
    page.reload()
    expect(page.locator(".welcome")).to_be_visible()
    expect(box).to_have_value("")


def test_what_one_person_was_asking_is_not_shown_to_the_next(
    url: str, visitor: BrowserContext
) -> None:
    page = visitor.new_page()
    page.goto(url)
    sign_in(page, "anna")
    expect(page.locator("#listing")).to_contain_text("3 documents", timeout=20_000)
    box = page.get_by_label("Your question")
    box.fill(RENT)
    visitor.clear_cookies()
    page.keyboard.press("Enter")
    sign_in(page, "boss")
    expect(page.locator("#listing")).to_contain_text(SECRET, timeout=20_000)
    page.wait_for_timeout(300)
    expect(box).to_have_value("")
    assert page.evaluate("JSON.stringify({...sessionStorage})").count("rent") == 0


def test_a_text_to_check_outlives_signing_in_again(url: str, visitor: BrowserContext) -> None:
    page = visitor.new_page()
    page.goto(url)
    sign_in(page, "anna")
    expect(page.locator("#listing")).to_contain_text("3 documents", timeout=20_000)
    page.get_by_role("button", name="Check a quotation").click()
    page.locator("#pasted").fill(HERS)
    visitor.clear_cookies()
    page.locator("#check-run").click()
    sign_in(page, "anna")
    expect(page.locator("#pasted")).to_have_value(HERS, timeout=20_000)
    page.locator("#check-run").click()
    expect(page.locator("#findings .outcome-exact")).to_be_visible(timeout=20_000)


def test_who_may_do_everything_is_offered_a_rebuild(url: str, visitor: BrowserContext) -> None:
    page = visitor.new_page()
    page.goto(url)
    sign_in(page, "boss")
    expect(page.get_by_role("button", name="Rebuild")).to_be_visible(timeout=20_000)
    expect(page.locator("#listing")).to_contain_text(SECRET)


def test_nothing_granted_is_a_calm_page(url: str, visitor: BrowserContext) -> None:
    page = visitor.new_page()
    page.goto(url)
    sign_in(page, "none")
    expect(page.get_by_role("heading", name="No documents for you yet")).to_be_visible(
        timeout=20_000
    )
    expect(page.get_by_text("Ask whoever runs this server.")).to_be_visible()


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_the_form_fits_without_scripts_in_light_and_dark(
    url: str, browser: Browser, width: int
) -> None:
    seen = {}
    for scheme in ("light", "dark"):
        context = browser.new_context(
            java_script_enabled=False,
            color_scheme=scheme,  # type: ignore[arg-type]
            viewport={"width": width, "height": 700},
        )
        page = context.new_page()
        page.goto(url)
        page.keyboard.type(f"nobody {width}")  # who is then held back, and nobody else
        page.keyboard.press("Tab")
        page.keyboard.type("wrong horse")
        page.keyboard.press("Enter")
        alert = page.get_by_role("alert")
        expect(alert).to_be_in_viewport()
        for part in (page.get_by_label("Name"), page.get_by_role("button", name="Sign in")):
            box = part.bounding_box()
            assert box
            assert box["height"] >= 44
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= width
        seen[scheme] = page.screenshot()
        context.close()
    assert seen["light"] != seen["dark"]


def test_the_bar_fits_on_a_phone(url: str, visitor: BrowserContext) -> None:
    page = visitor.new_page()
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(url)
    sign_in(page, "anna")
    ask(page, "What is the rent of the warehouse?")
    assert sideways(page) <= 0
    box = page.get_by_role("button", name="Sign out").bounding_box()
    assert box
    assert min(box["width"], box["height"]) >= 44
    assert box["x"] + box["width"] <= 390
