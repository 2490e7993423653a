"""Check a quotation: exact, altered or absent, and what is altered never looks found."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

import pytest
from browser.corpora import CORPORA, HOSTILE
from browser.servers import Server
from browser.steps import ask, open_source, sideways
from playwright.sync_api import Locator, Page, expect

TWICE = "The lighthouse keeper earned four pounds a month."


def check(page: Page, text: str) -> Locator:
    """Paste a text, press Check, wait; what the page says of it."""
    page.get_by_role("button", name="Check a quotation").click()
    page.get_by_label("Text to check").fill(text)
    page.get_by_role("button", name="Check", exact=True).click()
    card = page.locator("#findings .answer")
    card.wait_for()
    page.wait_for_function("!document.documentElement.classList.contains('checking')")
    return card


def texts(card: Locator, selector: str) -> list[str]:
    found: list[str] = card.locator(selector).evaluate_all("all => all.map(e => e.textContent)")
    return found


def test_an_exact_text_is_shown_with_all_its_places(
    plain: Server, visit: Callable[..., Page]
) -> None:
    page = visit(plain)
    card = check(page, f"  {TWICE}\n")
    expect(card).to_have_class("answer outcome-exact")
    expect(card.locator(".lead")).to_have_text("Word for word in the documents")
    assert texts(card, ".words") == [TWICE]
    assert texts(card, ".cite .title") == ["The harbour", "Ledger of the harbour board"]
    assert open_source(page, card.locator(".cite").nth(1)) == TWICE
    expect(page.locator(".steps")).to_contain_text("Quotation 2 of 2")
    expect(page.locator("#status")).to_have_text("Word for word in the documents")


def test_an_altered_text_shows_both_and_what_differs(
    plain: Server, visit: Callable[..., Page]
) -> None:
    page = visit(plain)
    pasted = "The harbour wall was not built in 1878 by\nconvict labour."
    truth = "The harbour wall was built in 1874 by convict labour."
    card = check(page, pasted)
    expect(card).to_have_class("answer outcome-altered")
    expect(card.locator(".lead")).to_have_text("Not in these words")
    expect(card.locator(".kind")).to_have_text("Words differ")
    assert texts(card, ".mine") == [pasted]
    assert texts(card, ".words") == [truth]
    assert texts(card, "del") == ["not ", "1878", "\n"]
    assert texts(card, "ins") == ["1874", " "]
    looks = card.locator("del, ins").evaluate_all(
        "all => all.map(e => [getComputedStyle(e).textDecorationLine,"
        " getComputedStyle(e, '::before').content])"
    )
    assert looks[0] == ["line-through", '" [only in your text: "']
    assert looks[3] == ["underline", '" [only in the document: "']
    assert open_source(page, card.locator(".cite")) == truth


def test_the_slightest_difference_is_told_and_is_not_exact(
    plain: Server, visit: Callable[..., Page]
) -> None:
    card = check(visit(plain), TWICE.replace("keeper", "keeper "))
    expect(card).to_have_class("answer outcome-altered")
    lead = "The same words, but not character for character"
    expect(card.locator(".lead")).to_have_text(lead)
    assert set(texts(card, ".kind")) == {"Only white space differs"}


def test_marks_and_a_source_around_a_quotation_are_left_out_and_told(
    plain: Server, visit: Callable[..., Page]
) -> None:
    card = check(visit(plain), f"“{TWICE}” (ledger.txt)")
    expect(card).to_have_class("answer outcome-exact")
    around = "Compared without what stands around it: “…” (ledger.txt)"
    expect(card.locator(".around")).to_have_text(around)


def test_what_the_page_copies_is_exact_when_it_is_pasted_back(
    plain: Server, visit: Callable[..., Page]
) -> None:
    page = visit(plain, permissions=["clipboard-read", "clipboard-write"])
    ask(page, TWICE).get_by_role("button", name="Copy").first.click()
    expect(page.locator(".copy").first).to_have_text("Copied")
    expect(check(page, page.evaluate("navigator.clipboard.readText()"))).to_have_class(
        "answer outcome-exact"
    )


def test_what_is_not_there_is_absent(plain: Server, visit: Callable[..., Page]) -> None:
    card = check(visit(plain), "Wasps make nests of paper.")
    expect(card).to_have_class("answer outcome-absent")
    expect(card.locator(".lead")).to_have_text("The documents do not say this")
    assert card.locator(".card").count() == 0


def test_many_places_are_folded(long: Server, visit: Callable[..., Page]) -> None:
    card = check(visit(long), "speaks of nothing in particular")
    assert card.locator(".cite:visible").count() == 5
    card.locator("summary").click()
    assert card.locator(".cite:visible").count() == 100
    expect(card.locator("summary")).to_have_text("and 95 more")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x" * 20_001, "The text to find has 20,001 characters; paste 20,000 or fewer"),
        ("crash please", "Something went wrong while searching."),
    ],
)
def test_what_cannot_be_checked_is_a_calm_line(
    plain: Server, visit: Callable[..., Page], text: str, said: str
) -> None:
    card = check(visit(plain), text)
    expect(card).to_have_class("answer notice")
    expect(card.locator(".lead")).to_contain_text(said)
    expect(card.page.get_by_label("Text to check")).to_have_value(text)  # nothing is lost


def test_nothing_pasted_is_not_checked(plain: Server, visit: Callable[..., Page]) -> None:
    page = visit(plain)
    page.get_by_role("button", name="Check a quotation").click()
    page.get_by_label("Text to check").fill(" \n")
    page.get_by_role("button", name="Check", exact=True).click()
    expect(page.get_by_label("Text to check")).to_be_focused()
    page.wait_for_timeout(300)
    assert page.locator("#findings .answer").count() == 0


def test_without_an_index_it_says_what_to_do(missing: Server, visit: Callable[..., Page]) -> None:
    card = check(visit(missing), TWICE)
    outcome = card.locator(".lead").text_content() or ""
    # Another test may have rebuilt it meanwhile.
    assert outcome in ("There is no index yet", "Word for word in the documents")


def test_a_text_in_the_address_is_checked_and_not_asked(
    plain: Server, visit: Callable[..., Page]
) -> None:
    page = visit(plain, f"?check={quote(TWICE)}")
    expect(page.locator("#findings .outcome-exact")).to_be_visible()
    expect(page.get_by_label("Text to check")).to_have_value(TWICE)
    assert page.locator(".user-row").count() == 0


def test_the_two_are_switched_by_keyboard_and_keep_what_they_hold(
    plain: Server, visit: Callable[..., Page]
) -> None:
    page = visit(plain)
    ask(page, TWICE)
    tab = page.get_by_role("button", name="Check a quotation")
    tab.press("Enter")
    expect(page.get_by_label("Text to check")).to_be_focused()
    expect(tab).to_have_attribute("aria-current", "page")
    expect(page.get_by_role("region", name="Check a quotation")).to_be_visible()
    expect(page.get_by_role("region", name="Chat")).to_be_hidden()
    page.keyboard.type(TWICE)
    page.keyboard.press("Control+Enter")
    expect(page.locator("#findings .outcome-exact")).to_be_visible()
    page.get_by_role("button", name="Ask a question").press("Space")
    expect(page.locator("#transcript .answer")).to_be_visible()
    expect(page.get_by_label("Your question")).to_be_focused()
    expect(page.get_by_label("Text to check")).to_have_value(TWICE)


@pytest.mark.parametrize("width", [320, 390, 768, 1280])
def test_it_fits(plain: Server, visit: Callable[..., Page], width: int) -> None:
    page = visit(plain, viewport={"width": width, "height": 844})
    card = check(page, "The harbour wall was not built in 1878 by " + "unbroken" * 40)
    expect(card).to_be_visible()
    assert sideways(page) <= 0
    assert page.locator("#check").evaluate("e => e.scrollWidth - e.clientWidth") <= 0


def test_hostile_texts_are_shown_as_they_are(hostile: Server, visit: Callable[..., Page]) -> None:
    page = visit(hostile)
    documents = sorted(CORPORA["hostile"][0], key=lambda document: document.path)
    for document in documents:
        block = document.blocks[1]
        truth = document.text[block.start : block.end].strip()
        if any(mark in truth for mark in "\r\x01"):
            continue  # a text area turns these into something else
        card = check(page, truth)
        assert texts(card, ".words") == [truth]
        expect(card).to_have_class("answer outcome-exact")
    card = check(page, f"Hostile sample: {HOSTILE[1]}".replace("handler", "runner"))
    assert texts(card, "ins") == ["handler"]
    allowed = {"ol", "li", "blockquote", "p", "div", "button", "span", "bdi", "del", "ins"}
    assert set(card.locator("*").evaluate_all("all => all.map(e => e.localName)")) <= allowed


def test_the_outcome_is_not_taken_for_that_of_a_changed_text(
    plain: Server, visit: Callable[..., Page]
) -> None:
    page = visit(plain)
    card = check(page, TWICE)
    note = (
        "getComputedStyle(document.querySelector('#findings .html-container'), '::before').content"
    )
    assert page.evaluate(note) == "none"
    page.get_by_label("Text to check").fill(TWICE.replace("four", "five"))
    assert "before it was changed" in page.evaluate(note)
    expect(card).to_have_css("opacity", "0.45")
    page.get_by_label("Text to check").fill(TWICE)
    expect(card).to_have_css("opacity", "1")
    page.get_by_label("Text to check").fill("")
    expect(card).to_be_hidden()


def test_words_cut_out_of_a_sentence_are_copied_with_it(
    plain: Server, visit: Callable[..., Page]
) -> None:
    page = visit(plain, permissions=["clipboard-read", "clipboard-write"])
    whole = "The harbour wall was built in 1874 by convict labour."
    card = check(page, "built in 1874")
    card.get_by_role("button", name="Copy sentence").click()
    expect(card.locator(".copy")).to_have_text("Copied")
    words, citation = page.evaluate("navigator.clipboard.readText()").split("\n\n")
    assert words == whole
    assert citation == "The harbour (harbour.md), chars 15–68"
    expect(card.locator(".copy")).to_have_text("Copy sentence")
    expect(check(page, whole).locator(".copy")).to_have_text("Copy")


def test_no_documents_are_ticked_where_all_are_looked_through(
    plain: Server, visit: Callable[..., Page]
) -> None:
    page = visit(plain)
    boxes = page.locator("#listing input[type=checkbox]:visible")
    expect(boxes).to_have_count(3)
    page.get_by_role("button", name="Check a quotation").click()
    expect(boxes).to_have_count(0)
    expect(page.locator("#listing")).to_contain_text("A quotation is looked for in all of them")
    page.locator("#listing .docs .title").first.click()
    page.get_by_role("button", name="Ask a question").click()
    expect(boxes).to_have_count(3)
    page.wait_for_timeout(300)
    expect(page.locator("#listing input:checked")).to_have_count(0)
    expect(page.locator(".limit")).to_have_count(0)
