"""A corpus that attacks in every format, in a real browser: shown word for word, and inert."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from browser.servers import Server, running
from browser.steps import ask, marked, words
from hostile import ATTACKS, BIDI
from playwright.sync_api import Page, expect

from rag.receipts import parse_receipts

OURS = {"ol", "li", "ul", "blockquote", "p", "div", "button", "span", "bdi", "details", "summary",
        "dl", "dt", "dd", "svg", "path", "b", "fieldset", "legend"}  # fmt: skip
SOUGHT = ATTACKS | {"tapir": BIDI}


@pytest.fixture(scope="module")
def attacks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("attacks")
    with running(folder, "attack", str(folder)) as printed:
        found = re.search(r"^Open (http\S+)$", printed, re.MULTILINE)
        assert found
        yield Server(found[1], folder / "corpus", folder / "index")


@pytest.mark.parametrize("word", SOUGHT)
def test_each_attack_is_quoted_and_opened_as_the_words_it_is(
    attacks: Server, visit: Callable[..., Page], word: str
) -> None:
    page = visit(attacks)
    card = ask(page, f"Where is the {word}?")
    shown = words(card)
    assert any(word in quote for quote in shown)
    inside = card.locator(".quotes *").evaluate_all("all => all.map(e => e.localName)")
    assert set(inside) <= OURS
    cites = card.locator(".source-line > .cite")
    assert cites.count() == len(shown)
    for number, quote in enumerate(shown):
        cites.nth(number).click()
        expect(page.locator("#source .where")).to_be_visible()
        expect(page.locator("#source.loading")).to_have_count(0)
        if page.locator("#source mark").count():
            assert "".join(marked(page).split()) == "".join(quote.split())
        assert page.locator("#source :is(script, iframe, object, embed, form, a)").count() == 0
    assert page.evaluate("window.pwned") is None


@pytest.mark.parametrize("word", SOUGHT)
def test_each_attack_is_found_again_when_it_is_pasted(
    attacks: Server, visit: Callable[..., Page], word: str
) -> None:
    page = visit(attacks)
    page.get_by_role("button", name="Check a quotation").click()
    page.get_by_label("Text to check").fill(SOUGHT[word])
    page.get_by_role("button", name="Check", exact=True).click()
    card = page.locator("#findings .answer")
    expect(card.locator(".lead")).to_have_text(
        re.compile("Word for word in the documents|Not in these words")
    )
    assert card.locator("img, a, script, iframe").count() == 0
    assert page.evaluate("window.pwned") is None


def test_a_conversation_full_of_attacks_is_exported_with_receipts_that_hold(
    attacks: Server, visit: Callable[..., Page]
) -> None:
    page = visit(attacks)
    shown = [quote for word in ("zebra", "walrus") for quote in words(ask(page, f"the {word}?"))]
    page.get_by_role("button", name="Export the conversation").click()
    with page.expect_download() as started:
        page.locator(".export-as", has=page.get_by_text("JSON", exact=True)).click()
    saved = Path(started.value.path()).read_bytes()
    assert [q["text"] for a in json.loads(saved)["answers"] for q in a["quotes"]] == shown
    assert [receipt.quote for receipt in parse_receipts(saved)] == shown


def test_every_file_is_listed_and_none_does_anything(
    attacks: Server, visit: Callable[..., Page]
) -> None:
    page = visit(attacks)
    listed = page.locator("#listing").text_content() or ""  # what was skipped is folded
    assert [path.name for path in attacks.corpus.iterdir() if path.name not in listed] == []
    assert page.locator("#listing :is(a, img, script, iframe)").count() == 0
