"""The page: its parts, what happens between them, and how it is served."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr
from starlette.middleware import Middleware

from rag.ui.api import ENDPOINTS, add_endpoints
from rag.ui.chat import conversation
from rag.ui.documents import Shelf, build_steps, documents_list, limit_notice, look_at
from rag.ui.export import export_file, export_menu
from rag.ui.feedback import record_vote
from rag.ui.find import check_form, checked_card
from rag.ui.guard import LOOPBACK, Guard
from rag.ui.library import Library
from rag.ui.markup import Html, element, icon, join, unpack
from rag.ui.source import source_panel
from rag.ui.theme import HEAD, SCRIPT, theme
from rag.ui.welcome import welcome

TITLE = "Ask the documents"


@dataclass(frozen=True, slots=True)
class App:
    """A page over a library, ready for ``launch``."""

    blocks: gr.Blocks
    library: Library


def create_app(library: Library, *, examples: Sequence[str] | None = None) -> App:
    """The page over an engine, or over anything with an engine's interface.

    Args:
        library: What answers, lists and rebuilds.
        examples: Questions to offer at the start; where left out, those of the shipped
            documents that are indexed, so a corpus of one's own starts without.
    """
    with gr.Blocks(title=TITLE, analytics_enabled=False, fill_width=True) as blocks:
        chosen = gr.State([])
        seen = gr.State("")  # the index that the documents panel shows
        top = gr.HTML(_top(), js_on_load=SCRIPT, elem_id="top", apply_default_css=False)
        parcel = gr.HTML(visible=False)  # an exported file on its way to the browser
        with gr.Row(elem_id="shell"):
            with gr.Column(elem_id="documents"):
                _panel_head("documents", "Documents")
                listing = gr.HTML(elem_id="listing", apply_default_css=False)
                progress = gr.HTML(elem_id="progress", apply_default_css=False)
                rebuild = gr.Button("Rebuild", elem_id="rebuild", size="md")
            with gr.Column(elem_id="chat"):
                chat = conversation(library, chosen)
                notice = gr.HTML(elem_id="limit", apply_default_css=False)
                clear = gr.Button("New conversation", elem_id="new", size="sm")
            with gr.Column(elem_id="check"):
                gr.HTML(check_form(), elem_id="check-form", apply_default_css=False)
                findings = gr.HTML(elem_id="findings", apply_default_css=False)
            with gr.Column(elem_id="source"):
                _panel_head("source", "Source", heading=False)
                source = gr.HTML(_no_source(), elem_id="source-text", apply_default_css=False)

        def draw(shelf: Shelf, paths: Sequence[str]) -> tuple[Any, ...]:
            known = {document.path for document in shelf.documents}
            paths = [path for path in paths if path in known]
            return documents_list(shelf, paths), limit_notice(shelf, paths), paths, shelf.index_id

        def refresh(paths: list[str]) -> tuple[Any, ...]:
            shelf = look_at(library)
            card = welcome(shelf, examples, library.settings.corpus)
            return gr.Chatbot(placeholder=card), *draw(shelf, paths)

        def follow(shown: str, paths: list[str]) -> tuple[Any, ...]:
            """Someone else may have rebuilt since the list was drawn."""
            shelf = look_at(library)
            return (gr.skip(),) * 4 if shelf.index_id == shown else draw(shelf, paths)

        def choose(event: gr.EventData) -> tuple[Html, list[str]]:
            shelf = look_at(library)
            sent = event._data.get("paths") if isinstance(event._data, dict) else None
            paths = [unpack(token) for token in sent] if isinstance(sent, list) else []
            known = [d.path for d in shelf.documents if d.path in set(filter(_is_text, paths))]
            return limit_notice(shelf, known), known

        def show(event: gr.EventData) -> Html:
            return source_panel(library, event._data)

        def check(event: gr.EventData) -> Html:
            return checked_card(library, event._data)

        def vote(event: gr.EventData) -> None:
            record_vote(library.settings.index, event._data)

        def build() -> Iterator[tuple[Any, ...]]:
            for line in build_steps(library):
                yield line, gr.Button("Rebuilding", interactive=False)
            yield gr.skip(), gr.Button("Rebuild", interactive=True)

        def make_file(event: gr.EventData) -> str:
            return export_file(library, event._data)

        drawn = [listing, notice, chosen, seen]
        quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
        blocks.load(refresh, [chosen], [chat.chatbot, *drawn], **quiet)
        chat.textbox.submit(follow, [seen, chosen], drawn, **quiet)
        talk = [chat.chatbot, chat.chatbot_state, chat.chatbot_value]
        clear.click(lambda: ([], [], []), None, talk, queue=False, **quiet)
        top.cite(show, None, source, queue=False, trigger_mode="always_last", **quiet).then(
            None, js="() => window.ragSourceShown()", api_visibility="private"
        )
        top.check(check, None, findings, trigger_mode="always_last", **quiet).then(
            None, js="() => window.ragChecked()", api_visibility="private"
        )
        top.vote(vote, None, None, queue=False, trigger_mode="multiple", **quiet)
        top.export(make_file, None, parcel, **quiet).then(
            None, parcel, js="(file) => window.ragExported(file)", api_visibility="private"
        )
        top.limit(choose, None, [notice, chosen], queue=False, trigger_mode="always_last", **quiet)
        # Several may press at once: the engine tells all but the first that it is busy.
        rebuild.click(build, None, [progress, rebuild], concurrency_limit=4, **quiet).then(
            refresh, [chosen], [chat.chatbot, *drawn], **quiet
        )
        add_endpoints(library)

    # Gradio opens some of the chat's own listeners to clients; a page's wiring is no API.
    for listener in blocks.fns.values():
        if listener.api_name not in ENDPOINTS:
            listener.api_visibility = "private"
    blocks.queue(default_concurrency_limit=2, max_size=64, api_open=True)
    return App(blocks, library)


def launch(app: App, host: str = "127.0.0.1", port: int = 7860, *, mcp: bool = False) -> str:
    """Serve the page in the background and return its address.

    Raises:
        OSError: when the port is taken.
    """
    hosts = LOOPBACK if host in LOOPBACK else None
    # Gradio asks its own page whether it is up, and must not ask a proxy for it.
    for name in ("NO_PROXY", "no_proxy"):
        spared = [os.environ.get(name, ""), *sorted(LOOPBACK)]
        os.environ[name] = ",".join(filter(None, spared))
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
        allowed_paths=[],
        footer_links=[],
        theme=theme(),
        head=HEAD,
        app_kwargs={
            "middleware": [Middleware(Guard, hosts=hosts)],
            "docs_url": None,
            "redoc_url": None,
        },
    )
    return url


def _top() -> Html:
    return join(
        [
            element("a", "Skip to the question", href="#question", class_="skip"),
            element(
                "div",
                element("h1", TITLE),
                element("p", "Exact quotations, each with its source", class_="tagline"),
                class_="brand",
            ),
            element(
                "nav",
                _mode("ask", "Ask a question", current=True),
                _mode("check", "Check a quotation"),
                class_="modes",
                aria_label="What to do",
            ),
            element(
                "button",
                icon("documents"),
                element("span", "Documents"),
                type="button",
                class_="bar-button",
                data_toggle="documents",
                aria_label="Documents",
                aria_expanded="false",
            ),
            element(
                "button",
                icon("export"),
                element("span", "Export"),
                type="button",
                class_="bar-button",
                data_export=True,
                aria_label="Export the conversation",
                aria_haspopup="dialog",
            ),
            element(
                "button",
                icon("plus"),
                element("span", "New conversation"),
                type="button",
                class_="bar-button",
                data_new=True,
                aria_label="New conversation",
            ),
            export_menu(),
            element("div", id="status", role="status", aria_live="polite", class_="sr-only"),
        ]
    )


def _mode(name: str, label: str, *, current: bool = False) -> Html:
    return element(
        "button",
        label,
        type="button",
        class_="mode",
        data_mode=name,
        aria_current="page" if current else None,
    )


def _panel_head(name: str, title: str, *, heading: bool = True) -> None:
    gr.HTML(
        join(
            [
                element("h2" if heading else "p", title, tabindex="-1", class_="panel-title"),
                element(
                    "button",
                    icon("close"),
                    type="button",
                    class_="close",
                    data_close=name,
                    aria_label=f"Close {title.lower()}",
                    title="Close",
                ),
            ]
        ),
        elem_classes="panel-head",
        apply_default_css=False,
    )


def _no_source() -> Html:
    return element("p", "Click a citation to read it in its document.", class_="hint")


def _is_text(value: object) -> bool:
    return isinstance(value, str)
