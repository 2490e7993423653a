"""Text that attacks: it must be shown, exactly, and do nothing."""

from __future__ import annotations

from collections.abc import Callable

from browser.corpora import CORPORA, HOSTILE
from browser.servers import Server
from browser.steps import ask, open_source, sideways, words
from playwright.sync_api import Page, expect


def test_quotations_and_sources_are_exact_whatever_they_hold(
    hostile: Server, visit: Callable[..., Page]
) -> None:
    page = visit(hostile)
    documents = sorted(CORPORA["hostile"][0], key=lambda document: document.path)
    card = ask(page, "hostile sample")
    quotes = [d.text[d.blocks[1].start : d.blocks[1].end] for d in documents]
    for shown, quote in zip(words(card), quotes, strict=True):
        assert shown == quote
    allowed = {"ol", "li", "blockquote", "p", "div", "button", "span", "bdi"}
    inside = card.locator(".quotes *").evaluate_all("all => all.map(e => e.localName)")
    assert set(inside) <= allowed
    for number, document in enumerate(documents):
        cite = card.locator(".source-line > .cite").nth(number)
        assert open_source(page, cite) == quotes[number]
        assert page.locator("#source .page").evaluate("e => e.textContent") == document.text
    page.wait_for_timeout(300)


def test_a_question_is_hostile_too(hostile: Server, visit: Callable[..., Page]) -> None:
    page = visit(hostile)
    for sample in (HOSTILE[2], HOSTILE[6], HOSTILE[8], HOSTILE[10], HOSTILE[19]):
        ask(page, sample)
        shown = page.locator(".user-row .message-content").last
        assert shown.evaluate("e => e.textContent").strip() == sample
        assert shown.locator("img, a, .katex, b, strong").count() == 0


def test_a_question_from_a_link_is_hostile_too(hostile: Server, visit: Callable[..., Page]) -> None:
    link = "%3Cimg%20src%3Dx%20onerror%3Dwindow.pwned%3D9%3E%20!%5Bx%5D(https://evil.example/q.png)"
    page = visit(hostile, f"?q={link}")
    expect(page.locator(".answer:not(.waiting)")).to_have_count(1)
    expect(page.locator(".user-row img")).to_have_count(0)


def test_file_names_are_shown_as_they_are(hostile: Server, visit: Callable[..., Page]) -> None:
    page = visit(hostile)
    names = page.locator("#listing .docs .path bdi").evaluate_all(
        "all => all.map(e => e.textContent)"
    )
    assert names == sorted(document.path for document in CORPORA["hostile"][0])
    assert sideways(page) <= 0
    card = ask(page, "hostile sample")
    cited = card.locator(".source-line .cite").evaluate_all(
        "all => all.map(e => e.querySelector('bdi').textContent)"
    )
    for number, name in enumerate(names):
        assert cited[number] == name
        open_source(page, card.locator(".source-line > .cite").nth(number))
        where = page.locator("#source .where bdi").evaluate("e => e.textContent")
        assert where == name
    page.keyboard.press("Escape")
    page.locator("#listing input[type=checkbox]").first.check()
    expect(page.locator(".limit")).to_be_visible()
    assert len(words(ask(page, "hostile sample"))) == 1


def test_a_long_document_comes_in_parts(long: Server, visit: Callable[..., Page]) -> None:
    page = visit(long)
    card = ask(page, "Where does the needle lie in the middle?")
    quote = "The needle lies in the exact middle."
    assert open_source(page, card.locator(".cite").first) == quote
    text = CORPORA["long"][0][0].text

    def shown() -> str:
        return str(
            page.locator("#source .page").evaluate(
                "e => [...e.childNodes].filter(n => n.localName !== 'button')"
                ".map(n => n.textContent).join('')"
            )
        )

    window = shown()
    assert 40_000 <= len(window) <= 41_000
    assert window in text
    expect(page.locator("#source mark")).to_be_in_viewport()
    for label in ("Show more before", "Show more after"):
        page.get_by_role("button", name=label).click()
        page.wait_for_function(
            "n => document.querySelector('#source .page').textContent.length > n + 19000",
            arg=len(window),
        )
        window = shown()
        assert window in text
    assert len(window) > 80_000


def test_an_unexpected_error_is_a_calm_line(plain: Server, visit: Callable[..., Page]) -> None:
    page = visit(plain)
    card = ask(page, "crash please")
    expect(card).to_have_class("answer notice")
    expect(card).to_contain_text("Something went wrong while searching.")
    assert "Traceback" not in page.content()
