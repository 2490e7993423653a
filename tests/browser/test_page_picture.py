"""The README's picture is the page as it is: ``UPDATE_PICTURE=1 make test`` takes it again."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from browser.servers import ROOT, Server
from browser.steps import ask, open_source, words
from playwright.sync_api import Page


def test_the_readmes_picture_can_be_taken(
    app: Server, visit: Callable[..., Page], tmp_path: Path
) -> None:
    page = visit(app, viewport={"width": 1440, "height": 900})
    card = ask(page, "How do Egypt and Jordan see the warning?")
    first = card.locator(".cite").first
    assert open_source(page, first) == words(card)[0]
    page.mouse.move(0, 0)
    wanted = os.environ.get("UPDATE_PICTURE") == "1"
    picture = ROOT / "docs" / "page.png" if wanted else tmp_path / "page.png"
    picture.parent.mkdir(exist_ok=True)
    page.screenshot(path=picture, animations="disabled")
    assert picture.stat().st_size > 20_000
    assert (ROOT / "docs" / "page.png").exists()
