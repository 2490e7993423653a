"""The chat: a question in, an answer card out, earlier questions along as history."""

from __future__ import annotations

import html
import logging
from collections.abc import Iterator, Sequence
from typing import Any

import gradio as gr

from rag.errors import IndexMissingError, QuestionError, RagError, SettingsError
from rag.ui.cards import answer_card, message_card, waiting_card
from rag.ui.library import Library
from rag.ui.markup import escape

log = logging.getLogger(__name__)

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


def conversation(library: Library, chosen: gr.State) -> Conversation:
    """The chat over a library; ``chosen`` holds the paths a question is limited to."""

    def respond(question: str, history: list[Any], paths: list[str]) -> Iterator[str]:
        yield waiting_card()
        yield reply(library, question, earlier(history), paths)

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
            max_length=library.settings.max_question_chars,
            submit_btn="Ask",
            stop_btn=False,
            autofocus=True,
        ),
        additional_inputs=[chosen],
        show_progress="hidden",
        api_visibility="private",
        concurrency_limit=2,
        fill_width=True,
    )


def reply(library: Library, question: str, history: Sequence[str], paths: Sequence[str]) -> str:
    """The answer card, or a calm line; never an exception."""
    try:
        answer = library.query(question, history=history, documents=list(paths) or None)
        return answer_card(answer)
    except QuestionError as error:
        return message_card(sentence(error))
    except IndexMissingError:
        return message_card(
            "There is no index yet", hint="Press Rebuild in the documents panel, then ask again."
        )
    except SettingsError as error:
        return message_card(
            sentence(error), hint="The documents may have changed: choose again in the list."
        )
    except RagError as error:
        log.warning("a question could not be answered: %s", error)
        return message_card(sentence(error))
    except Exception:
        log.exception("a question could not be answered")
        return message_card(UNEXPECTED)


def earlier(history: Sequence[Any]) -> list[str]:
    """The user's questions in a chat history, oldest first, as they were typed."""
    questions = []
    for message in history:
        if message.get("role") != "user":
            continue
        content = message.get("content") or ""
        if isinstance(content, list):
            content = "".join(str(part.get("text", "")) for part in content)
        questions.append(html.unescape(content))
    return questions


def sentence(error: RagError) -> str:
    """An error's one line, beginning with a capital."""
    line = " ".join(str(error).split())
    return line[:1].upper() + line[1:]
