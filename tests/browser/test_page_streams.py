"""A slow or failing network: nothing is lost, mixed up or shut for ever."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from browser.servers import Server
from browser.steps import ANSWERS, ask, marked, nth_answer, words
from playwright.sync_api import Page, Route, expect

QUESTION = "Who built the harbour wall in 1874?"
WAGE = "How much did the lighthouse keeper earn a month?"
LATE = """(() => {
  const request = window.fetch;
  window.fetch = async (...parts) => {
    const answer = await request(...parts);
    if (!String(parts[0]?.url ?? parts[0]).includes("/queue/data")) return answer;
    const late = new TransformStream({ async transform(part, to) {
      await new Promise((done) => setTimeout(done, 80));
      to.enqueue(part);
    } });
    return new Response(answer.body.pipeThrough(late), answer);
  };
})();"""
"""Under the page's own script: the stream of answers lags behind all other requests."""


def test_no_answer_is_lost_where_the_stream_lags_behind(
    plain: Server, visit: Callable[..., Page]
) -> None:
    page = visit(plain)
    page.add_init_script(LATE)
    page.reload()
    page.wait_for_selector(".welcome:visible")
    for _ in range(5):  # without streams.js two of three wait for ever
        assert words(ask(page, QUESTION))


def delay(page: Page, url: str, ms: int, *, once: bool = False) -> None:
    """Requests to ``url`` take so much longer from now on, or the next one alone."""
    script = """([url, ms, once]) => {
      const request = window.fetch;
      let lags = true;
      window.fetch = async (...parts) => {
        if (lags && String(parts[0]?.url ?? parts[0]).includes(url)) {
          lags = !once;
          await new Promise((done) => setTimeout(done, ms));
        }
        return request(...parts);
      };
    }"""
    page.evaluate(script, [url, ms, once])


def test_the_ticks_that_are_seen_are_those_that_are_searched(
    plain: Server, visit: Callable[..., Page]
) -> None:
    page = visit(plain)
    delay(page, "/run/predict", 300)
    boxes = page.locator('#documents input[type="checkbox"]')
    boxes.first.wait_for()
    harbour = page.get_by_role("checkbox", name="harbour.md")
    ledger = page.get_by_role("checkbox", name="ledger.txt")
    harbour.check()
    ledger.check()
    harbour.uncheck()
    expect(page.locator(".limit")).to_contain_text("Ledger of the harbour board")
    page.wait_for_timeout(1000)  # all that was on its way has arrived
    expect(page.locator(".limit")).to_contain_text("Ledger of the harbour board")
    card = ask(page, WAGE)
    expect(card).to_contain_text("Only 1 document searched")
    assert set(card.locator(".source-line > .cite").all_inner_texts())
    assert "ledger.txt" in card.inner_text()
    assert "harbour.md" not in card.inner_text()


def test_a_question_waits_for_the_tick_that_was_made_before_it(
    plain: Server, visit: Callable[..., Page]
) -> None:
    page = visit(plain)
    ledger = page.get_by_role("checkbox", name="ledger.txt")
    ledger.wait_for()
    delay(page, "/run/predict", 1500, once=True)
    ledger.click()
    card = ask(page, WAGE)
    expect(card).to_contain_text("Only 1 document searched")
    assert "harbour.md" not in card.inner_text()
    expect(page.locator(ANSWERS)).to_have_count(1)
    assert words(ask(page, WAGE))  # and the next one waits for nothing


def test_a_question_is_not_put_to_other_documents_when_its_tick_is_refused(
    plain: Server, visit: Callable[..., Page]
) -> None:
    page = visit(plain, may_end=True)
    harbour = page.get_by_role("checkbox", name="harbour.md")
    harbour.wait_for()
    delay(page, "/run/predict", 600, once=True)
    refuse_once(page, "**/run/predict*")
    harbour.click()
    box = page.get_by_label("Your question")
    box.fill(WAGE)
    box.press("Enter")
    expect(harbour).not_to_be_checked()
    expect(page.get_by_role("alert").first).to_contain_text("could not take this")
    page.wait_for_timeout(300)
    expect(box).to_have_value(WAGE)
    expect(page.locator(ANSWERS)).to_have_count(0)
    box.press("Enter")
    assert words(nth_answer(page, 0))


def test_a_tick_that_is_refused_behind_another_leaves_that_one(
    plain: Server, visit: Callable[..., Page]
) -> None:
    page = visit(plain, may_end=True)
    harbour = page.get_by_role("checkbox", name="harbour.md")
    ledger = page.get_by_role("checkbox", name="ledger.txt")
    harbour.wait_for()
    sent: list[str] = []

    def second_fails(route: Route) -> None:
        sent.append(route.request.url)
        if len(sent) == 2:
            route.fulfill(status=502, content_type="text/html", body="<h1>Bad gateway</h1>")
        else:
            route.continue_()

    delay(page, "/run/predict", 300)
    page.route("**/run/predict*", second_fails)
    harbour.click()
    ledger.click()
    expect(ledger).not_to_be_checked()
    expect(harbour).to_be_checked()
    card = ask(page, WAGE)
    expect(card).to_contain_text("Only 1 document searched")
    assert "ledger.txt" not in card.inner_text()


def test_what_is_typed_behind_a_question_is_in_the_box_when_it_is_answered(
    plain: Server, visit: Callable[..., Page]
) -> None:
    page = visit(plain)
    delay(page, "/run/predict", 400)
    box = page.get_by_label("Your question")
    box.fill(WAGE)
    box.press("Enter")
    page.keyboard.type("And the wall?")
    assert words(nth_answer(page, 0))
    expect(box).to_have_value("And the wall?")
    box.press("Enter")
    nth_answer(page, 1)
    expect(page.locator("#transcript")).to_contain_text("And the wall?")
    expect(box).to_have_value("")


def test_the_citation_clicked_last_is_the_one_that_is_shown(
    plain: Server, visit: Callable[..., Page]
) -> None:
    page = visit(plain)
    card = ask(page, WAGE)
    delay(page, "/run/predict", 300)
    cites = card.locator(".source-line > .cite")
    assert cites.count() > 1
    cites.first.click()
    page.wait_for_timeout(50)
    cites.nth(1).click()
    expect(page.locator("#source.loading")).to_have_count(0)
    expect(page.locator("#source mark").first).to_be_visible()
    assert marked(page) == words(card)[1]


def test_a_source_that_arrives_leaves_the_one_who_types_alone(
    plain: Server, visit: Callable[..., Page]
) -> None:
    page = visit(plain)
    card = ask(page, WAGE)
    delay(page, "/run/predict", 500, once=True)
    card.locator(".source-line > .cite").first.click()
    box = page.get_by_label("Your question")
    box.click()
    expect(page.locator("#source mark").first).to_be_visible()
    page.wait_for_timeout(100)
    expect(box).to_be_focused()


def refuse_once(page: Page, url: str) -> list[str]:
    """The next request to ``url`` fails at a proxy; a list that will hold its address."""
    refused: list[str] = []

    def refuse(route: Route) -> None:
        if refused:
            route.continue_()
        else:
            refused.append(route.request.url)
            route.fulfill(status=502, content_type="text/html", body="<h1>Bad gateway</h1>")

    page.route(url, refuse)
    return refused


def test_a_tick_that_is_refused_is_taken_back(plain: Server, visit: Callable[..., Page]) -> None:
    page = visit(plain, may_end=True)
    ledger = page.get_by_role("checkbox", name="ledger.txt")
    ledger.wait_for()
    refused = refuse_once(page, "**/run/predict*")
    ledger.click()
    expect(ledger).not_to_be_checked()
    assert refused
    ledger.check()
    expect(page.locator(".limit")).to_be_visible()
    page.wait_for_timeout(300)
    expect(ledger).to_be_checked()


@pytest.mark.parametrize("step", ["**/run/predict*", "**/queue/join*"])
def test_a_step_that_is_refused_leaves_the_box_open(
    plain: Server, visit: Callable[..., Page], step: str
) -> None:
    page = visit(plain, may_end=True)
    refused = refuse_once(page, step)
    page.get_by_label("Your question").fill(QUESTION)
    page.get_by_label("Your question").press("Enter")
    expect(page.get_by_role("alert").first).to_contain_text("could not take this")
    expect(page.get_by_label("Your question")).to_be_enabled()
    errors = page.get_by_text("Error", exact=True)  # Gradio's own, over the question
    assert not any(error.is_visible() for error in errors.all())
    assert refused
    assert words(ask(page, QUESTION))


def test_a_vote_that_is_refused_is_not_shown_as_given(
    plain: Server, visit: Callable[..., Page]
) -> None:
    page = visit(plain, may_end=True)
    card = ask(page, WAGE)
    up = card.get_by_role("button", name="Useful answer", exact=True)
    refused = refuse_once(page, "**/run/predict*")
    up.click()
    expect(card.locator(".votes")).to_contain_text("Could not be noted")
    expect(up).to_have_attribute("aria-pressed", "false")
    assert refused
    up.click()
    expect(page.locator("#status")).to_have_text("Noted on this machine")
    expect(up).to_have_attribute("aria-pressed", "true")
    page.unroute("**/run/predict*")
    refuse_once(page, "**/run/predict*")
    up.click()
    expect(card.locator(".votes")).to_contain_text("Could not be noted")
    expect(up).to_have_attribute("aria-pressed", "true")  # it is not taken back


def test_an_export_that_is_refused_is_told_in_its_dialog(
    plain: Server, visit: Callable[..., Page]
) -> None:
    page = visit(plain, may_end=True)
    card = ask(page, WAGE)
    refused = refuse_once(page, "**/queue/join*")
    card.get_by_role("button", name="Export", exact=True).click()
    page.locator(".export-as[value=markdown]").click()
    expect(page.locator("#export-note")).to_contain_text("could not be exported")
    assert refused
    with page.expect_download():
        page.locator(".export-as[value=markdown]").click()
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_a_request_that_is_lost_is_sent_again(plain: Server, visit: Callable[..., Page]) -> None:
    page = visit(plain, may_end=True)
    card = ask(page, WAGE)
    lost: list[str] = []

    def lose(route: Route) -> None:
        if lost:
            route.continue_()
        else:
            lost.append(route.request.url)
            route.abort("internetdisconnected")

    page.route("**/run/predict*", lose)
    card.locator(".source-line > .cite").first.click()
    expect(page.locator("#source mark").first).to_be_visible()
    assert lost
    expect(page.locator("#lost-told")).to_have_text("")
    assert words(ask(page, QUESTION))
    expect(page.locator(ANSWERS)).to_have_count(2)
