"""An answer is shown in whatever order the network brings what the server sends."""

from __future__ import annotations

from collections.abc import Callable

from browser.servers import Server
from browser.steps import ask, words
from playwright.sync_api import Page

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
        assert words(ask(page, "Who built the harbour wall in 1874?"))
