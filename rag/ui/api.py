"""``/query`` and ``/find`` for programs: what ``rag ask --json`` and ``rag find --json`` print."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import gradio as gr
from gradio.events import api

from rag.errors import RagError
from rag.render import AnswerDict, FindDict, answer_to_dict, findings_to_dict
from rag.types import Answer
from rag.ui.access import Access
from rag.ui.desk import Desk
from rag.ui.leftovers import forget_call
from rag.ui.limits import check_call

log = logging.getLogger(__name__)

ENDPOINTS = ("query", "find")

QUERY = (
    "Answer a question with exact quotations from the indexed documents. Every quotation comes "
    "with its document, page, section and character range, and the SHA-256 of its text. Where the "
    "documents hold no answer, answered is false and quotes is empty; near_misses are related "
    "passages and not an answer. Nothing is generated: quote the text as it is, with its citation."
)

FIND = (
    "Check whether a text is in the indexed documents word for word, for example a quotation that "
    "somebody else made. The outcome is exact (every character; findings are all its places), "
    "altered (findings are the nearest texts, each with a word diff from what was sought to what "
    "the document says) or absent. Something altered is not a quotation: never pass it on as one. "
    "Where partial is true, the words are cut out of sentence, which may say something else. "
    "Quotation marks and a source around the text are left out if only the words are there; "
    "sought is what was compared."
)


def add_endpoints(access: Access, desk: Desk) -> None:
    """Register ``/query`` and ``/find`` in the Blocks being built."""

    async def query(
        question: str,
        history: list[str] | None = None,
        documents: list[str] | None = None,
        top: int | None = None,
        request: gr.Request | None = None,
    ) -> AnswerDict:
        """Answer a question with exact quotations from the indexed documents.

        Gradio takes one line an argument for its descriptions.

        Args:
            question: The question, in plain words.
            history: Earlier questions of the conversation, oldest first, for a follow-up.
            documents: Paths of the documents to search; all of them if left out.
            top: How many quotations to return at most.
        """

        def ask() -> Answer:
            return access.library(request).query(
                question, history=history or (), documents=documents or None, top=top
            )

        with _told(), desk.visit("query", question) as visit:
            check_call(question, history, documents, top)
            return await visit.run(ask, answer_to_dict)

    async def find(text: str, request: gr.Request | None = None) -> FindDict:
        """Check whether a text is in the indexed documents exactly, altered, or not at all.

        Args:
            text: The text to look for, a sentence to a few pages.
        """
        with _told(), desk.visit("find", text) as visit:
            check_call(text)
            look = access.library(request).find
            return await visit.run(lambda: look(text), findings_to_dict)

    # They wait at the desk: Gradio's own queue would not refuse, and hold up the page's events.
    # Without it, MCP calls come with the request that brought them, and so with its account.
    shared: dict[str, Any] = {"concurrency_limit": None, "queue": False}
    api(query, api_name="query", api_description=QUERY, **shared)
    api(find, api_name="find", api_description=FIND, **shared)


@contextmanager
def _told() -> Iterator[None]:
    """Errors as one line: ours in their own words, others in the log."""
    try:
        yield
    except RagError as error:
        raise gr.Error(str(error), print_exception=False) from None
    except Exception:
        log.exception("a call over the API failed")
        raise gr.Error("the call failed; see the server's log", print_exception=False) from None
    finally:
        forget_call()
