"""The chat: a question in, an answer card out, earlier questions along as history."""

from __future__ import annotations

import html
import logging
from collections.abc import AsyncIterator, Sequence
from typing import Any

import gradio as gr

from rag.errors import (
    IndexMissingError,
    QuestionError,
    QuestionTimeoutError,
    RagError,
    ServerBusyError,
    SettingsError,
)
from rag.types import Answer
from rag.ui.access import Access
from rag.ui.cards import answer_card, message_card, waiting_card
from rag.ui.desk import Desk
from rag.ui.markup import Html, escape
from rag.ui.stops import StoppedError, Stops
from rag.ui.wording import sentence

log = logging.getLogger(__name__)

_LOOK_SECONDS = 1.0
"""How often one who waits is told the place in the queue, and is found to have left."""
_REMEMBERED = 20
"""Earlier questions that are handed on; a follow-up leans on the last few."""
UNEXPECTED = "Something went wrong while searching. The reason is in the log of the server."


class Conversation(gr.ChatInterface):
    """Gradio's chat, with the user's own words escaped like everybody else's.

    Gradio renders a question as Markdown: an image in it would be fetched, and ``$$`` be drawn as
    mathematics. A question can come from a link (``?q=``), so it is not only the asker's.
    """

    def _append_message_to_history(
        self, message: Any, history: Any, role: Any = "user"
    ) -> list[Any]:
        if role == "user" and isinstance(message, str):
            message = escape(message)
        return super()._append_message_to_history(message, history, role)


def conversation(
    access: Access,
    chosen: gr.State,
    known: gr.State,
    desk: Desk,
    stops: Stops,
    *,
    votes: bool = True,
) -> Conversation:
    """The chat over a library.

    Args:
        access: Whose documents are asked.
        chosen: Holds the paths a question is limited to.
        known: Holds True; where it does not, the server has forgotten what was chosen.
        desk: Where questions wait.
        stops: What ends a search early.
        votes: Whether answers can be rated.
    """
    longest = access.settings.max_question_chars

    async def respond(
        question: str, history: list[Any], paths: list[str], is_known: bool, request: gr.Request
    ) -> AsyncIterator[str]:
        if not is_known:
            yield message_card(
                "The server was restarted, or has forgotten this page",
                hint="Reload the page, then ask again.",
            )
            return

        def ask() -> Answer:
            library = access.library(request)
            return library.query(
                question, history=earlier(history, longest), documents=paths or None
            )

        def show(answer: Answer) -> Html:
            return answer_card(answer, votes=votes)

        try:
            with stops.watch(request.session_hash) as stop, desk.visit("chat", question) as visit:
                while not await stop.before(visit.turn(_LOOK_SECONDS)):
                    yield waiting_card(visit.ahead)
                yield waiting_card()
                card = await stop.before(visit.run(ask, show))
        except StoppedError:
            card = message_card("Stopped")
        except Exception as error:
            card = error_card(error)
        yield card

    return Conversation(
        respond,
        chatbot=gr.Chatbot(
            label="Conversation",
            show_label=False,
            container=False,
            elem_id="transcript",
            height=None,
            layout="bubble",
            latex_delimiters=[],
            allow_tags=False,
            sanitize_html=True,
            line_breaks=False,
            buttons=[],
            feedback_options=None,
            autoscroll=False,
            group_consecutive_messages=False,
            allow_file_downloads=False,
        ),
        textbox=gr.Textbox(
            label="Your question",
            show_label=False,
            container=False,
            placeholder="Ask a question about the documents",
            elem_id="question",
            lines=1,
            max_lines=6,
            submit_btn="Ask",
            stop_btn=False,
            autofocus=True,
        ),
        additional_inputs=[chosen, known],
        show_progress="hidden",
        api_visibility="private",
        concurrency_limit=None,  # they wait at the desk
        fill_width=True,
    )


def error_card(error: Exception) -> Html:
    """A calm line for what kept a question from being answered."""
    if isinstance(error, IndexMissingError):
        return message_card(
            "There is no index yet", hint="Press Rebuild in the documents panel, then ask again."
        )
    if isinstance(error, SettingsError):
        return message_card(
            sentence(error), hint="The documents may have changed: choose again in the list."
        )
    if isinstance(error, QuestionError | ServerBusyError | QuestionTimeoutError):
        return message_card(sentence(error))
    if isinstance(error, RagError):
        log.warning("a question could not be answered: %s", error)
        return message_card(sentence(error))
    log.error("a question could not be answered", exc_info=error)
    return message_card(UNEXPECTED)


def earlier(history: Sequence[Any], longest: int) -> list[str]:
    """The user's last questions in a chat history, oldest first, as they were typed.

    One that was too long was never asked, and is none.
    """
    questions = []
    for message in history[-2 * _REMEMBERED :]:
        if message.get("role") != "user":
            continue
        content = message.get("content") or ""
        if isinstance(content, list):
            content = "".join(str(part.get("text", "")) for part in content)
        questions.append(html.unescape(content))
    return [question for question in questions if len(question.strip()) <= longest]
