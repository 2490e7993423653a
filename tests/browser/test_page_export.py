"""From the page to a file: the words that were on the card, and nothing from the browser."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from browser.servers import Server
from browser.steps import ask, sideways, words
from exports.footnotes import docx_notes, docx_quotes, markdown_headings, markdown_quotes
from playwright.sync_api import Page, expect
from serving import ANSWERABLE, serving

from rag.receipts import parse_receipts
from rag.ui.markup import pack, unpack

FOUND = "What did the harbour wall cost in pounds?"
WAGES = "Wages 12,400"
REFUSED = "Which planet has the most moons?"


def save(page: Page, name: str) -> bytes:
    """Choose a format in the open dialog; the file that the browser saves."""
    with page.expect_download() as started:
        page.locator(".export-as", has=page.get_by_text(name, exact=True)).click()
    extension = {"Word": "docx", "Markdown": "md", "JSON": "json", "Web annotations": "jsonld"}
    pattern = rf"answers-\d{{4}}-\d\d-\d\d\.{extension[name]}"
    assert re.fullmatch(pattern, started.value.suggested_filename)
    return Path(started.value.path()).read_bytes()


def quotes_of(name: str, file: bytes) -> list[str]:
    """The words of each quotation in a file of this format."""
    if name == "Word":
        return docx_quotes(file)
    if name == "Markdown":
        return markdown_quotes(file.decode())
    if name == "JSON":
        return [receipt.quote for receipt in parse_receipts(file)]
    items = json.loads(file)["first"]["items"]
    return [item["target"]["selector"][0]["exact"] for item in items]


@pytest.mark.parametrize("name", ["Word", "Markdown", "JSON", "Web annotations"])
def test_an_answer_is_exported_word_for_word(
    plain: Server, visit: Callable[..., Page], name: str
) -> None:
    page = visit(plain)
    shown = words(ask(page, FOUND))
    page.get_by_role("button", name="Export", exact=True).click()
    expect(page.get_by_role("dialog", name="Export this answer")).to_be_visible()
    assert quotes_of(name, save(page, name)) == shown
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.locator("#status")).to_have_text(re.compile(r"Saved answers-"))


@pytest.mark.parametrize("name", ["Word", "Markdown", "JSON", "Web annotations"])
def test_hostile_words_are_exported_word_for_word(
    hostile: Server, visit: Callable[..., Page], name: str
) -> None:
    page = visit(hostile)
    shown = words(ask(page, "hostile sample"))
    assert len(shown) == 20
    page.get_by_role("button", name="Export", exact=True).click()
    pictured = {code: chr(0x2400 + code) for code in range(32) if code not in (9, 10)}
    if name == "Word":
        shown = [text.translate(pictured).replace("\ufffe", "\ufffd") for text in shown]
    assert quotes_of(name, save(page, name)) == shown


def test_a_conversation_is_exported_in_order(plain: Server, visit: Callable[..., Page]) -> None:
    page = visit(plain)
    expect(page.get_by_role("button", name="Export the conversation")).to_be_hidden()
    cards = [ask(page, question) for question in (FOUND, REFUSED, WAGES)]
    shown = [text for card in cards for text in words(card)]
    page.get_by_role("button", name="Export the conversation").click()
    file = save(page, "Markdown").decode()
    headings = [text for text in markdown_headings(file) if text != "Related, not an answer"]
    assert headings == [FOUND, REFUSED, WAGES]
    assert "The documents do not answer this." in file
    assert markdown_quotes(file) == shown


def test_the_keyboard_alone_exports_on_a_phone(plain: Server, visit: Callable[..., Page]) -> None:
    page = visit(plain, viewport={"width": 390, "height": 844})
    card = ask(page, FOUND)
    button = card.get_by_role("button", name="Export", exact=True)
    button.focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Export this answer")
    expect(dialog).to_be_in_viewport(ratio=1)
    assert sideways(page) <= 0
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(button).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")  # from Close to the first format
    expect(page.get_by_role("button", name="Word")).to_be_focused()
    with page.expect_download() as started:
        page.keyboard.press("Enter")
    assert list(docx_notes(Path(started.value.path()).read_bytes())) == ["1"]
    for box in (button.bounding_box(), page.locator("[data-export]").bounding_box()):
        assert box is not None
        assert min(box["width"], box["height"]) >= 44


def test_escape_closes_the_dialog_and_not_the_source(
    plain: Server, visit: Callable[..., Page]
) -> None:
    page = visit(plain)
    card = ask(page, FOUND)
    card.locator(".cite").first.click()
    expect(page.locator("#source mark")).to_be_visible()
    card.get_by_role("button", name="Export", exact=True).click()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.locator("#source mark")).to_be_visible()


def test_a_place_that_has_changed_is_told_and_left_out(
    plain: Server, visit: Callable[..., Page]
) -> None:
    page = visit(plain)
    card = ask(page, FOUND)
    button = card.get_by_role("button", name="Export", exact=True)
    record = unpack(button.get_attribute("value"))
    record["quotes"][0][3] = "0" * 64  # as if the document had been edited and rebuilt
    button.evaluate("(button, value) => { button.value = value; }", pack(record))
    button.click()
    page.locator(".export-as[value=markdown]").click()
    expect(page.locator("#export-note")).to_contain_text("its documents have changed since")
    expect(page.locator("#export-note")).to_contain_text(FOUND)
    page.keyboard.press("Escape")
    kept = words(ask(page, WAGES))
    page.get_by_role("button", name="Export the conversation").click()
    file = save(page, "Markdown").decode()
    expect(page.locator("#export-note")).to_contain_text(FOUND)
    assert markdown_headings(file) == [WAGES]
    assert markdown_quotes(file) == kept


def test_where_nobody_votes_answers_are_exported_all_the_same(
    tmp_path: Path, visit: Callable[..., Page]
) -> None:
    with serving(tmp_path, "quiet") as url:
        page = visit(Server(url, tmp_path, tmp_path))
        shown = words(ask(page, ANSWERABLE))
        expect(page.locator(".vote")).to_have_count(0)
        page.get_by_role("button", name="Export", exact=True).click()
        assert markdown_quotes(save(page, "Markdown").decode()) == shown
        page.get_by_role("button", name="Export the conversation").click()
        assert markdown_quotes(save(page, "Markdown").decode()) == shown
        page.goto("about:blank")


def test_an_answer_of_the_real_engine_can_be_verified(
    app: Server, visit: Callable[..., Page]
) -> None:
    import rag

    page = visit(app)
    shown = words(ask(page, "What did Hamas ask for in return for releasing the hostages?"))
    page.get_by_role("button", name="Export", exact=True).click()
    receipts = parse_receipts(save(page, "JSON"))
    assert [receipt.quote for receipt in receipts] == shown
    assert {v.outcome for v in rag.verify(receipts, app.corpus)} == {"exact"}
