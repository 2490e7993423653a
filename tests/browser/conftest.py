"""Servers in processes of their own, one browser, and a watch on every request it makes."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from browser.servers import EXPECTED, ROOT, Server, free_port, running
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
ENDED = ("Failed to load resource", "Error reading from localStorage")
"""What the console says of a server that ends, and Gradio of what another one had kept."""
LOOPBACK = {"127.0.0.1", "localhost", "::1"}
Factory = pytest.TempPathFactory
Visit = Callable[..., Page]


@pytest.fixture(scope="session")
def app(tmp_path_factory: Factory) -> Iterator[Server]:
    """``python app.py`` over a copy of the shipped corpus: real engine, real models."""
    folder = tmp_path_factory.mktemp("app")
    corpus, index, port = folder / "corpus", folder / "index", free_port()
    shutil.copytree(ROOT / "corpus", corpus)
    (corpus / "picture.tif").write_bytes(b"II*\x00 not a document")
    env = {"PORT": str(port), "RAG_CORPUS": str(corpus), "RAG_INDEX": str(index)}
    env["HTTP_PROXY"] = "http://proxy.example:3128"  # must not be asked for our own page
    with running(folder, "app", **env):
        yield Server(f"http://127.0.0.1:{port}/", corpus, index)


@pytest.fixture(scope="session")
def fakes(tmp_path_factory: Factory) -> Iterator[dict[str, Server]]:
    """A page for each fake corpus, all in one process."""
    folder = tmp_path_factory.mktemp("fakes")
    with running(folder, "fake", str(folder)) as printed:
        pages = re.findall(r"^(\w+) at (http://\S+)$", printed, re.MULTILINE)
        yield {kind: Server(url, folder, folder / kind) for kind, url in pages}


@pytest.fixture
def plain(fakes: dict[str, Server]) -> Server:
    return fakes["plain"]


@pytest.fixture
def hostile(fakes: dict[str, Server]) -> Server:
    return fakes["hostile"]


@pytest.fixture
def long(fakes: dict[str, Server]) -> Server:
    return fakes["long"]


@pytest.fixture
def papers(fakes: dict[str, Server]) -> Server:
    return fakes["papers"]


@pytest.fixture
def missing(fakes: dict[str, Server]) -> Server:
    return fakes["missing"]


@pytest.fixture
def empty(fakes: dict[str, Server]) -> Server:
    return fakes["empty"]


@pytest.fixture
def slow(fakes: dict[str, Server]) -> Server:
    return fakes["slow"]


@pytest.fixture
def changing(fakes: dict[str, Server]) -> Server:
    return fakes["changing"]


@pytest.fixture
def foreign(fakes: dict[str, Server]) -> Server:
    return fakes["foreign"]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if not Path(CHROMIUM).exists():
        message = f"no chromium at {CHROMIUM}; apt-get install chromium, or set CHROMIUM"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-background-networking"]
        )
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def context(browser: Browser) -> Callable[..., BrowserContext]:
    """A context for these options, shared by the session: its cache spares a load of Gradio."""
    opened: dict[str, BrowserContext] = {}

    def open_context(**options: Any) -> BrowserContext:
        key = repr(sorted(options.items()))
        if key not in opened:
            opened[key] = browser.new_context(reduced_motion="reduce", **options)
        return opened[key]

    return open_context


@pytest.fixture
def visit(context: Callable[..., BrowserContext]) -> Iterator[Visit]:
    """``visit(server, path, viewport=…, **context)`` opens a page.

    Afterwards nothing may have gone wrong: no request to another host, no error in the console,
    no script of a document run. Where the server ``may_end``, requests that fail are no error.
    """
    pages: list[Page] = []
    complaints: list[str] = []

    def watch(url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("data", "blob") and parts.hostname not in LOOPBACK:
            complaints.append(f"request to {url}")

    def open_page(
        server: Server,
        path: str = "",
        *,
        viewport: Any = None,
        may_end: bool = False,
        **options: Any,
    ) -> Page:
        page = context(**options).new_page()
        size: Any = viewport or {"width": 1280, "height": 860}
        page.set_viewport_size(size)
        page.set_default_timeout(20_000)
        pages.append(page)
        page.on("request", lambda request: watch(request.url))
        page.on("websocket", lambda websocket: watch(websocket.url))
        page.on("pageerror", lambda error: complaints.append(f"page error: {error}"))
        page.on(
            "console",
            lambda message: (
                complaints.append(f"console: {message.text}")
                if message.type == "error" and not (may_end and message.text.startswith(ENDED))
                else None
            ),
        )
        page.goto(server.url + path)
        page.wait_for_selector("#question textarea:visible, #pasted:visible")
        page.wait_for_selector(":is(.welcome, .answer):visible")
        return page

    yield open_page
    for page in pages:
        assert page.evaluate("window.pwned") is None, "a document's script ran"
        assert EXPECTED not in page.content()
        page.close()
    assert complaints == []
