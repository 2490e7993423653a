"""The page: its parts, what happens between them, and how it is served."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr
from starlette.middleware import Middleware

from rag.ui.access import Access
from rag.ui.api import ENDPOINTS, add_endpoints
from rag.ui.chat import conversation
from rag.ui.desk import WAITING, Desk, open_desk
from rag.ui.documents import Shelf, build_steps, documents_list, limit_notice, look_at
from rag.ui.door import LOOPBACK, Door
from rag.ui.export import made_file
from rag.ui.feedback import record_vote
from rag.ui.find import check_form, checked_card
from rag.ui.guard import Guard
from rag.ui.heads import panel_head, top_bar
from rag.ui.health import Health
from rag.ui.library import WholeLibrary
from rag.ui.limits import BodyLimit
from rag.ui.markup import Html, element, unpack
from rag.ui.sign_in import SignIn
from rag.ui.source import shown_source
from rag.ui.stops import Stops
from rag.ui.switches import Switches
from rag.ui.theme import HEAD, SCRIPT, theme
from rag.ui.welcome import welcome
from rag.ui.wording import TITLE

_LAST_WORDS_S = 1.0  # for the last answers to reach the browsers
_LIGHT_EVENTS = 40
_SESSIONS = 1000
_REMEMBERED_S = 24 * 3600.0
"""A page whose connection was cut is known for so long, among the last thousand."""


@dataclass(frozen=True, slots=True)
class App:
    """A page over a library, ready for ``launch``."""

    blocks: gr.Blocks
    library: WholeLibrary
    desk: Desk
    door: Door | None = None

    def close(self) -> None:
        """Take no more questions, finish those that are being answered, and end the server.

        Takes at most the time that a question may.
        """
        self.desk.close(self.library.settings.question_seconds)
        time.sleep(_LAST_WORDS_S)
        self.blocks.close(verbose=False)
        self.library.close()


def create_app(
    library: WholeLibrary,
    *,
    examples: Sequence[str] | None = None,
    switches: Switches | None = None,
    door: Door | None = None,
) -> App:
    """The page over an engine, or over anything with an engine's interface.

    Args:
        library: What answers, lists and rebuilds.
        examples: Questions to offer at the start; where left out, those of the shipped
            documents that are indexed, so a corpus of one's own starts without.
        switches: The operator's choices; where left out, the defaults.
        door: Who may come in, and what each may read; where left out, everybody and everything.
    """
    switches = switches or Switches()
    access = Access(library, guarded=door is not None)
    desk, stops = open_desk(library.settings.question_seconds, switches), Stops()
    with gr.Blocks(title=TITLE, analytics_enabled=False, fill_width=True) as blocks:
        chosen = gr.State([])
        seen = gr.State("")  # the index that the documents panel shows
        known = gr.State(False)  # whether this server has drawn the page, and knows what is chosen
        signs_out = door is not None and not door.header
        head: dict[str, Any] = {"elem_classes": "panel-head", "apply_default_css": False}
        bar = top_bar(signs_out=signs_out)
        top = gr.HTML(bar, js_on_load=SCRIPT, elem_id="top", apply_default_css=False)
        wish = gr.JSON(visible=False)  # what the script asks for, read as an event is sent
        whose = gr.JSON(visible=False)  # who has signed in: the script keeps what they write
        parcel = gr.HTML(visible=False)  # an exported file on its way to the browser
        noted = gr.JSON(visible=False)  # whether a vote could be written
        with gr.Row(elem_id="shell"):
            with gr.Column(elem_id="documents"):
                gr.HTML(panel_head("documents", "Documents"), **head)
                listing = gr.HTML(elem_id="listing", apply_default_css=False)
                progress = gr.HTML(elem_id="progress", apply_default_css=False)
                rebuild = gr.Button("Rebuild", elem_id="rebuild", size="md", visible=door is None)
            with gr.Column(elem_id="chat"):
                chat = conversation(access, chosen, known, desk, stops, votes=switches.feedback)
                notice = gr.HTML(elem_id="limit", apply_default_css=False)
                clear = gr.Button("New conversation", elem_id="new", size="sm")
            with gr.Column(elem_id="check"):
                gr.HTML(check_form(), elem_id="check-form", apply_default_css=False)
                findings = gr.HTML(elem_id="findings", apply_default_css=False)
            with gr.Column(elem_id="source"):
                gr.HTML(panel_head("source", "Source", heading=False), **head)
                gr.HTML(_source_wait(), elem_id="source-wait", apply_default_css=False)
                source = gr.HTML(_no_source(), elem_id="source-text", apply_default_css=False)

        def draw(shelf: Shelf, paths: Sequence[str]) -> tuple[Any, ...]:
            return documents_list(shelf, paths), limit_notice(shelf, paths), shelf.index_id

        def refresh(paths: list[str], request: gr.Request) -> tuple[Any, ...]:
            # Once its connection was cut, a laptop shut for an hour would have been forgotten.
            if request.session_hash:
                session = blocks.state_holder[request.session_hash]
                session.STATE_TTL_WHEN_CLOSED = _REMEMBERED_S
            shelf = look_at(access.library(request))
            builds = access.may_build(request)
            card = welcome(shelf, examples, access.settings.corpus, may_build=builds)
            return (
                gr.Chatbot(placeholder=card),
                gr.Button(visible=builds),
                *draw(shelf, paths),
                {"name": access.name(request)},
                paths,  # set anew beside what comes next: it is never forgotten before it
                True,
            )

        def follow(shown: str, paths: list[str], request: gr.Request) -> tuple[Any, ...]:
            """Someone else may have rebuilt since the list was drawn."""
            shelf = look_at(access.library(request))
            return (gr.skip(),) * 3 if shelf.index_id == shown else draw(shelf, paths)

        def choose(asked: Any, request: gr.Request) -> tuple[Html, list[str]]:
            shelf = look_at(access.library(request))
            sent = asked.get("paths") if isinstance(asked, dict) else None
            paths = [unpack(token) for token in sent] if isinstance(sent, list) else []
            # One that is gone meanwhile stays chosen: without it, the question would be put to
            # more than was meant.
            chosen = list(dict.fromkeys(filter(_is_text, paths)))
            return limit_notice(shelf, chosen), chosen

        async def show(asked: Any, request: gr.Request) -> Html:
            return await shown_source(access.library(request), asked, desk)

        async def check(event: gr.EventData, request: gr.Request) -> Html:
            return await checked_card(access.library(request), event._data, desk)

        async def stop(request: gr.Request) -> None:
            stops.press(request.session_hash)

        def vote(event: gr.EventData, request: gr.Request) -> bool:
            return record_vote(access.library(request).settings.index, event._data)

        def build(request: gr.Request) -> Iterator[tuple[Any, ...]]:
            for line in build_steps(access.library(request), desk):
                yield line, gr.Button("Rebuilding", interactive=False)
            yield gr.skip(), gr.Button("Rebuild", interactive=True)

        async def make_file(event: gr.EventData, request: gr.Request) -> str:
            return await made_file(access.library(request), event._data, desk)

        drawn = [listing, notice, seen]
        page = [chat.chatbot, rebuild, *drawn, whose, chosen, known]
        quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
        blocks.load(refresh, [chosen], page, **quiet).success(
            None, whose, js="(whose) => window.ragDrawn(whose.name)", api_visibility="private"
        )
        chat.textbox.submit(follow, [seen, chosen], drawn, **quiet)
        talk = [chat.chatbot, chat.chatbot_state, chat.chatbot_value]
        clear.click(lambda: ([], [], []), None, talk, queue=False, **quiet)
        last: dict[str, Any] = {"queue": False, "trigger_mode": "always_last", **quiet}
        top.cite(show, wish, source, js="() => [window.ragCited()]", **last).then(
            None, js="() => window.ragSourceShown()", api_visibility="private"
        )
        # What waits at the desk is not limited here.
        free: dict[str, Any] = {"concurrency_limit": None, **quiet}
        top.check(check, None, findings, trigger_mode="always_last", **free).then(
            None, js="() => window.ragChecked()", api_visibility="private"
        )
        box = chat.textbox
        top.free(lambda: gr.Textbox(interactive=True), None, box, queue=False, **quiet)
        top.stop(stop, None, None, queue=False, trigger_mode="multiple", **quiet)
        # ``then`` comes after success alone.
        if switches.feedback:
            votes = top.vote(vote, None, noted, queue=False, trigger_mode="multiple", **quiet)
            votes.success(
                None, noted, js="(kept) => window.ragVoted(kept)", api_visibility="private"
            )
            votes.failure(None, js="() => window.ragVoted(false)", api_visibility="private")
        exports = top.export(make_file, None, parcel, **free)
        exports.success(
            None, parcel, js="(file) => window.ragExported(file)", api_visibility="private"
        )
        exports.failure(None, js="() => window.ragExported(null)", api_visibility="private")
        limits = top.limit(choose, wish, [notice, chosen], js="() => [window.ragLimited()]", **last)
        limits.success(None, js="() => window.ragLimitTaken()", api_visibility="private")
        limits.failure(None, js="() => window.ragLimitRefused()", api_visibility="private")
        # Several may press at once: the engine tells all but the first that it is busy.
        built = rebuild.click(build, None, [progress, rebuild], concurrency_limit=4, **quiet)
        built.then(refresh, [chosen], page, **quiet)
        built.then(None, js="() => window.ragRebuilt()", api_visibility="private")
        add_endpoints(access, desk)

    # Gradio opens some of the chat's own listeners to clients; a page's wiring is no API.
    for listener in blocks.fns.values():
        if listener.api_name not in ENDPOINTS:
            listener.api_visibility = "private"
    # Questions do not wait here but at the desk, which tells people so. This is a second bound,
    # for a flood of everything else.
    blocks.queue(default_concurrency_limit=4, max_size=1000, api_open=True)
    # Gradio's queue looks for work a thousand times a second but on Windows: a twentieth of a core,
    # day and night. Fifty times is soon enough.
    blocks._queue.sleep_when_free = 0.02
    return App(blocks, library, desk, door)


def launch(app: App, host: str = "127.0.0.1", port: int = 7860, *, mcp: bool = False) -> str:
    """Serve the page in the background and return its address.

    Raises:
        OSError: when the port is taken.
    """
    # Who has to sign in cannot be read by a web site that points its own name at us.
    hosts = LOOPBACK if host in LOOPBACK and app.door is None else None
    # The web server would take a caller's word for where a request came from.
    os.environ["FORWARDED_ALLOW_IPS"] = "none"
    # Gradio asks its own page whether it is up, and must not ask a proxy for it.
    for name in ("NO_PROXY", "no_proxy"):
        spared = [os.environ.get(name, ""), *sorted(LOOPBACK)]
        os.environ[name] = ",".join(filter(None, spared))
    health = Middleware(Health, library=app.library, desk=app.desk)
    _, url, _ = app.blocks.launch(
        server_name=host,
        server_port=port,
        prevent_thread_lock=True,
        quiet=True,
        share=False,
        inbrowser=False,
        ssr_mode=False,
        pwa=False,
        mcp_server=mcp,
        show_error=False,
        run_history=False,
        enable_monitoring=False,
        strict_cors=True,
        max_file_size="1mb",
        # Each question that runs or waits holds one of Gradio's places; the rest are for the
        # page's other events.
        max_threads=2 * WAITING + _LIGHT_EVENTS,
        # Every call over the API without a session makes one.
        state_session_capacity=_SESSIONS,
        allowed_paths=[],
        footer_links=[],
        theme=theme(),
        head=HEAD,
        app_kwargs={
            "middleware": [
                Middleware(Guard, hosts=hosts, sign_in=app.door is not None),
                health,
                Middleware(BodyLimit),
                *([Middleware(SignIn, door=app.door)] if app.door else []),
            ],
            "docs_url": None,
            "redoc_url": None,
        },
    )
    return url


def _no_source() -> Html:
    return element("p", "Click a citation to read it in its document.", class_="hint")


def _source_wait() -> Html:
    """Where the script says that a source is on its way, or cannot be had."""
    return element("p", class_="hint", role="status")


def _is_text(value: object) -> bool:
    return isinstance(value, str)
