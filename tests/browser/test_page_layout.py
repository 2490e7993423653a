"""Sizes, colours, keyboard, screen readers: the page for everyone."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from browser.fake_engine import FakeEngine, document_of
from browser.servers import Server, free_port
from browser.steps import ask, marked, nth_answer, open_source, sideways, words
from playwright.sync_api import Page, expect

from rag.settings import Settings
from rag.ui import create_app, launch

QUESTION = "Who built the harbour wall in 1874?"
FOUND = "How much did the lighthouse keeper earn a month?"
REFUSED = "Does the harbour have submarine cables nobody described anywhere?"
PHONE = {"width": 390, "height": 844}


@pytest.mark.parametrize("width", [320, 390, 768, 1024, 1280, 1920])
def test_nothing_scrolls_sideways(plain: Server, visit: Callable[..., Page], width: int) -> None:
    page = visit(plain, viewport={"width": width, "height": 844})
    assert sideways(page) <= 0
    card = ask(page, FOUND)
    assert sideways(page) <= 0
    open_source(page, card.locator(".cite").first)
    assert sideways(page) <= 0
    page.keyboard.press("Escape")
    near = ask(page, REFUSED).locator("details.near-misses")
    near.locator("summary").click()
    assert sideways(page) <= 0


def test_on_a_phone_panels_are_sheets(plain: Server, visit: Callable[..., Page]) -> None:
    page = visit(plain, viewport=PHONE, has_touch=True)
    expect(page.locator("#documents")).to_be_hidden()
    cite = ask(page, FOUND).locator(".cite").first
    open_source(page, cite)
    sheet = page.get_by_role("dialog", name="Source")
    box = sheet.bounding_box()
    assert box is not None
    assert (box["x"], box["y"], box["width"], box["height"]) == (0, 0, 390, 844)
    expect(page.locator("#source h2")).to_be_focused()
    assert page.evaluate("document.querySelector('#chat').inert") is True
    page.keyboard.press("Escape")
    expect(sheet).to_be_hidden()
    expect(cite).to_be_focused()
    page.get_by_role("button", name="Documents").click()
    sheet = page.get_by_role("dialog", name="Documents")
    expect(sheet).to_be_visible()
    page.get_by_role("button", name="Close documents").click()
    expect(sheet).to_be_hidden()
    expect(page.get_by_role("button", name="Documents")).to_be_focused()


def test_the_whole_way_by_keyboard(plain: Server, visit: Callable[..., Page]) -> None:
    page = visit(plain)
    expect(page.get_by_label("Your question")).to_be_focused()
    page.keyboard.type(FOUND)
    page.keyboard.press("Enter")
    card = nth_answer(page, 0)
    expect(page.get_by_label("Your question")).to_be_focused()

    def back_to(selector: str) -> None:
        for _ in range(40):
            page.keyboard.press("Shift+Tab")
            if page.evaluate("s => document.activeElement.matches(s)", selector):
                return
        pytest.fail(f"{selector} cannot be reached by keyboard")

    back_to(".vote")
    page.keyboard.press("Space")
    expect(card.locator(".vote[aria-pressed=true]")).to_have_count(1)
    back_to(".source-line > .cite")
    page.keyboard.press("Enter")
    expect(page.locator("#source mark")).to_be_visible()
    assert marked(page) in words(card)
    expect(page.locator("#source h2")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#source")).to_be_hidden()
    expect(card.locator(".cite:focus")).to_have_count(1)
    expect(page.locator("#documents")).to_be_visible()  # it had given way to the source
    back_to("[data-toggle]")
    page.keyboard.press("Enter")
    expect(page.locator("#documents")).to_be_hidden()
    page.keyboard.press("Enter")
    expect(page.locator("#documents")).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(page.locator(".limit")).to_be_visible()


def test_focus_can_be_seen(plain: Server, visit: Callable[..., Page]) -> None:
    page = visit(plain)
    ask(page, FOUND)
    for _ in range(12):
        page.keyboard.press("Shift+Tab")
        outline = page.evaluate(
            "(() => { const s = getComputedStyle(document.activeElement);"
            " return s.outlineStyle + ' ' + s.outlineWidth; })()"
        )
        assert re.fullmatch("solid [23]px", outline), page.evaluate(
            "document.activeElement.outerHTML"
        )


def test_landmarks_and_names(plain: Server, visit: Callable[..., Page]) -> None:
    page = visit(plain)
    card = ask(page, FOUND)
    expect(page.get_by_role("heading", level=1)).to_have_text("Ask the documents")
    expect(page.get_by_role("main")).to_have_count(1)
    expect(page.get_by_role("complementary", name="Documents")).to_be_visible()
    expect(page.get_by_role("region", name="Chat")).to_be_visible()
    expect(page.get_by_role("log", name="Questions and answers")).to_be_visible()
    expect(page.locator("#status")).to_have_text("Found in 2 documents")
    open_source(page, card.locator(".cite").first)
    expect(page.get_by_role("complementary", name="Source")).to_be_visible()
    nameless = page.evaluate(
        "[...document.querySelectorAll('button, input, textarea')]"
        ".filter(e => e.checkVisibility() && !(e.innerText?.trim() || e.textContent.trim()"
        " || e.ariaLabel || e.labels?.length)).map(e => e.outerHTML)"
    )
    assert nameless == []


def _luminance(colour: str) -> float:
    channels = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


_COLOURS = """() => {
  const solid = (element) => {
    for (let e = element; e; e = e.parentElement) {
      const colour = getComputedStyle(e).backgroundColor;
      if (!/rgba\\(.*, 0\\)|transparent/.test(colour)) return colour;
    }
    return "rgb(255, 255, 255)";
  };
  const words = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found = [];
  while (words.nextNode()) {
    const element = words.currentNode.parentElement;
    if (!words.currentNode.textContent.trim() || !element.checkVisibility()) continue;
    if (element.closest(".sr-only, .skip, script, style, :disabled")) continue;
    let opacity = 1;
    for (let e = element; e; e = e.parentElement) opacity *= getComputedStyle(e).opacity;
    found.push([words.currentNode.textContent.trim().slice(0, 40), getComputedStyle(element).color,
      solid(element), opacity]);
  }
  return found;
}"""


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_has_contrast(plain: Server, visit: Callable[..., Page], theme: str) -> None:
    page = visit(plain, f"?__theme={theme}", viewport={"width": 1500, "height": 900})
    ask(page, REFUSED).locator("summary").first.click()
    open_source(page, ask(page, FOUND).locator(".cite").first)
    page.locator("#documents input[type=checkbox]").first.check()
    expect(page.locator(".limit")).to_be_visible()
    page.locator(".vote").last.click()
    pairs = page.evaluate(_COLOURS)
    assert len(pairs) > 40
    for text, ink, paper, opacity in pairs:
        assert opacity == 1, text
        light, dark = sorted((_luminance(ink), _luminance(paper)), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5, (text, ink, paper)


def test_dark_follows_the_system(plain: Server, visit: Callable[..., Page]) -> None:
    shades = {}
    for scheme in ("light", "dark"):
        page = visit(plain, color_scheme=scheme)
        colour = page.evaluate("getComputedStyle(document.querySelector('#chat')).color")
        shades[scheme] = _luminance(colour)
    assert shades["light"] < 0.1
    assert shades["dark"] > 0.5


def test_an_empty_question_is_not_asked(plain: Server, visit: Callable[..., Page]) -> None:
    page = visit(plain)
    page.get_by_label("Your question").press("Enter")
    page.get_by_label("Your question").fill("   ")
    page.get_by_role("button", name="Ask", exact=True).click()
    page.wait_for_timeout(400)
    assert page.locator(".user-row").count() == 0


def test_without_an_index_the_page_tells_what_to_do(
    missing: Server, visit: Callable[..., Page]
) -> None:
    page = visit(missing)
    expect(page.locator(".welcome h2")).to_have_text("There is no index yet")
    expect(ask(page, QUESTION)).to_contain_text("There is no index yet")
    page = visit(missing)
    page.locator(".ask-rebuild").click()
    expect(page.locator(".welcome h2")).to_have_text("Ask, and read it in the source")
    assert words(ask(page, FOUND))


def test_with_no_documents_the_page_tells_what_to_do(
    empty: Server, visit: Callable[..., Page]
) -> None:
    page = visit(empty)
    expect(page.locator(".welcome h2")).to_have_text("There are no documents yet")
    page.locator(".ask-rebuild").click()
    expect(page.locator("#documents .outcome")).to_contain_text("No documents in empty")


def test_the_list_tells_what_could_not_be_read(plain: Server, visit: Callable[..., Page]) -> None:
    row = visit(plain).locator("#listing .docs > li", has_text="log.pdf")
    expect(row.locator(".note")).to_have_text("pages 2 and 3 of 3 have no text")


def test_the_second_to_rebuild_is_told_to_wait(plain: Server, visit: Callable[..., Page]) -> None:
    first, second = visit(plain), visit(plain)
    first.get_by_role("button", name="Rebuild").click()
    bar = first.get_by_role("progressbar", name="Rebuilding the index")
    expect(bar).to_be_visible()
    second.get_by_role("button", name="Rebuild").click()
    expect(second.locator(".outcome")).to_contain_text("Another rebuild is running")
    expect(bar).to_have_attribute("aria-valuetext", re.compile("Computing vectors"))
    assert words(ask(second, FOUND))
    expect(first.locator(".outcome")).to_contain_text("Rebuilt in")


@pytest.mark.parametrize("width", [320, 390, 640, 700, 768, 800, 820, 900, 999, 1000, 1100, 1280])
def test_nothing_in_the_bar_lies_over_another(
    plain: Server, visit: Callable[..., Page], width: int
) -> None:
    page = visit(plain, viewport={"width": width, "height": 844})
    ask(page, FOUND)
    clashes = page.evaluate(
        """() => {
        const title = document.createRange();
        title.selectNodeContents(document.querySelector(".brand h1"));
        const parts = [title, ...document.querySelectorAll("#top .mode, #top .bar-button")];
        const boxes = parts.map((part) => part.getBoundingClientRect());
        return boxes.flatMap((a, i) => boxes.slice(i + 1).filter((b) =>
          a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom)).length;
        }"""
    )
    assert clashes == 0


def test_on_a_phone_back_closes_a_sheet(plain: Server, visit: Callable[..., Page]) -> None:
    page = visit(plain, viewport=PHONE, has_touch=True)
    card = ask(page, FOUND)
    for close in (page.go_back, lambda: page.keyboard.press("Escape"), page.go_back):
        open_source(page, card.locator(".cite").first)
        expect(page.get_by_role("dialog", name="Source")).to_be_visible()
        close()
        expect(page.locator("#source")).to_be_hidden()
        expect(card).to_be_visible()
        page.wait_for_function("!history.state?.sheet")
    page.get_by_role("button", name="Documents").click()
    expect(page.get_by_role("dialog", name="Documents")).to_be_visible()
    page.go_back()
    expect(page.locator("#documents")).to_be_hidden()


def test_beside_the_chat_a_panel_is_no_step_to_go_back(
    plain: Server, visit: Callable[..., Page]
) -> None:
    page = visit(plain)
    before = page.evaluate("history.length")
    open_source(page, ask(page, FOUND).locator(".cite").first)
    assert page.evaluate("history.length") == before


def test_a_path_from_right_to_left_leaves_the_rest_in_its_order(
    foreign: Server, visit: Callable[..., Page]
) -> None:
    page = visit(foreign)
    card = ask(page, "وقع التقرير المدقق سامي")
    expect(card.locator(".words")).to_have_css("direction", "rtl")
    expect(card.locator(".words")).to_have_css("text-align", "start")
    open_source(page, card.locator(".cite").first)
    for where in (card.locator(".where"), page.locator("#source .where")):
        path, whole = where.locator("bdi").bounding_box(), where.bounding_box()
        assert path
        assert whole
        assert where.locator("bdi").text_content() == "تقرير-المدقق.txt"
        ends = where.evaluate(
            "e => { const r = document.createRange(); r.selectNodeContents(e.lastChild);"
            " return r.getBoundingClientRect().left; }"
        )
        assert ends >= path["x"] + path["width"] - 1  # "chars 0–40" after it, to its right


def test_the_cells_of_a_row_are_told_apart_and_copied_as_they_are(
    foreign: Server, visit: Callable[..., Page]
) -> None:
    page = visit(foreign)
    card = ask(page, "Borealis Paper Oslo 600.16")
    row = "Borealis Paper\tOslo\t600.16"
    assert words(card) == [row]
    assert open_source(page, card.locator(".cite").first) == row
    for said in (card.locator(".words"), page.locator("#source .block.row")):
        assert said.locator(".tab").count() == 2
        wide = said.locator(".tab").evaluate_all(
            "all => all.map(e => e.nextSibling && e.getBoundingClientRect().width)"
        )
        assert min(wide) > 3
        expect(said.locator(".tab").first).to_have_css("border-inline-end-style", "solid")


def test_a_long_name_takes_two_lines_and_is_told_whole(
    foreign: Server, visit: Callable[..., Page]
) -> None:
    page = visit(foreign)
    name = f"{'a-long-name-' * 15}.md"
    for part in (".title", ".path"):
        line = page.locator(f"#listing .docs li:has-text('a-long-name') {part}")
        expect(line).to_have_attribute("title", name)
        box = line.bounding_box()
        assert box
        assert box["height"] < 50
    page.set_viewport_size(PHONE)
    expect(page.locator("#documents")).to_be_hidden()
    page.get_by_role("button", name="Documents").click()
    page.get_by_role("checkbox", name="a-long-name").check()
    page.get_by_role("button", name="Close documents").click()
    chip = page.locator(".limit > span:not(.icon)")
    expect(chip).to_contain_text(name)
    box = chip.bounding_box()
    assert box
    assert box["width"] > 200
    assert box["height"] < 75  # three lines, and no more


@pytest.mark.parametrize("viewport", [PHONE, {"width": 1280, "height": 860}])
def test_under_a_long_question_the_answer_is_in_sight(
    plain: Server, visit: Callable[..., Page], viewport: dict[str, int]
) -> None:
    page = visit(plain, viewport=viewport)
    card = ask(page, f"{'Well then, if you please, ' * 35}{FOUND}")
    expect(card.locator(".lead").first).to_be_in_viewport()
    question = page.locator(".user-row .message").last
    assert question.evaluate("e => e.scrollHeight > e.clientHeight"), "all of it can be read"
    short = ask(page, FOUND)
    expect(short.locator(".lead").first).to_be_in_viewport()
    question = page.locator(".user-row .message").last
    assert question.evaluate("e => e.scrollHeight === e.clientHeight")


def test_a_filter_that_leaves_nothing_says_so(app: Server, visit: Callable[..., Page]) -> None:
    page = visit(app)
    box, none = page.locator("#documents .filter"), page.locator("#documents .none-left")
    expect(none).to_have_text("")
    box.fill("zzzz")
    expect(none).to_have_text("No document matches")
    box.fill("talks.md")
    expect(none).to_have_text("")
    assert page.locator("#documents .docs > li:visible").count() == 1


def test_a_filter_of_a_list_that_is_cut_does_not_speak_for_the_rest(
    tmp_path: Path, visit: Callable[..., Page], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.ui.documents.LISTED", 10)
    held = [document_of(f"note-{number:02}.md", "Fog on Tuesday.") for number in range(12)]
    app = create_app(FakeEngine(held, Settings(corpus="notes", index=str(tmp_path))))
    try:
        page = visit(Server(launch(app, port=free_port()), tmp_path, tmp_path))
        expect(page.locator("#listing")).to_contain_text("The first 10 of 12 are listed.")
        page.locator("#documents .filter").fill("note-11")
        expect(page.locator("#documents .none-left")).to_have_text(
            "None of the 10 listed matches; 2 more are not listed"
        )
        page.goto("about:blank")
    finally:
        app.close()


def test_on_a_phone_the_bar_has_no_gap_while_a_quotation_is_checked(
    plain: Server, visit: Callable[..., Page]
) -> None:
    page = visit(plain, viewport=PHONE)
    documents = page.get_by_role("button", name="Documents")
    before = documents.bounding_box()
    ask(page, FOUND)
    page.get_by_role("button", name="Check a quotation").click()
    assert documents.bounding_box() == before
