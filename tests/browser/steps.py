"""What a person does on the page, in one word each."""

from __future__ import annotations

from playwright.sync_api import Locator, Page

ANSWERS = ".answer:not(.waiting)"


def ask(page: Page, question: str) -> Locator:
    """Type a question, press Enter, wait; the new answer's card."""
    before = page.locator(ANSWERS).count()
    box = page.get_by_label("Your question")
    box.fill(question)
    box.press("Enter")
    return nth_answer(page, before)


def nth_answer(page: Page, number: int) -> Locator:
    """The answer with this number, once it is there and the box takes the next question."""
    card = page.locator(ANSWERS).nth(number)
    card.wait_for()
    page.wait_for_function("!document.querySelector('#question textarea').disabled")
    return card


def open_source(page: Page, cite: Locator) -> str:
    """Click a citation; the highlighted text."""
    place = cite.get_attribute("value")
    cite.click()
    page.wait_for_function(
        "place => document.querySelector('.cite[aria-current]')?.value === place"
        " && document.querySelector('#source mark')"
        " && !document.querySelector('#source').classList.contains('loading')",
        arg=place,
    )
    return marked(page)


def marked(page: Page) -> str:
    """All that is highlighted, as it stands in the source."""
    text: str = page.evaluate(
        "[...document.querySelectorAll('#source mark')].map(m => m.textContent).join('')"
    )
    return text


def words(card: Locator) -> list[str]:
    """The quotations of an answer, character by character."""
    found: list[str] = card.locator(".words").evaluate_all("all => all.map(e => e.textContent)")
    return found


def sideways(page: Page) -> int:
    """How many pixels the page, or a part of it, sticks out to the right."""
    pixels: int = page.evaluate(
        """() => Math.max(document.documentElement.scrollWidth - innerWidth,
        ...[...document.querySelectorAll('#top, #chat, #transcript .bubble-wrap, #source .page,'
            + '#documents, #listing')].map(e => e.scrollWidth - e.clientWidth))"""
    )
    return pixels
