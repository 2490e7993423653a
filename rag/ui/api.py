"""``/query`` for programs: the same object as ``rag ask --json``, over HTTP and MCP."""

from __future__ import annotations

import logging

import gradio as gr
from gradio.events import api

from rag.errors import RagError
from rag.render import AnswerDict, answer_to_dict
from rag.ui.library import Library

log = logging.getLogger(__name__)

DESCRIPTION = (
    "Answer a question with exact quotations from the indexed documents. Every quotation comes "
    "with its document, page, section and character range, and the SHA-256 of its text. Where the "
    "documents hold no answer, answered is false and quotes is empty; near_misses are related "
    "passages and not an answer. Nothing is generated: quote the text as it is, with its citation."
)


def add_query_endpoint(library: Library) -> None:
    """Register ``/query`` in the Blocks being built."""

    def query(
        question: str,
        history: list[str] | None = None,
        documents: list[str] | None = None,
        top: int | None = None,
    ) -> AnswerDict:
        """Answer a question with exact quotations from the indexed documents.

        Gradio takes one line an argument for its descriptions.

        Args:
            question: The question, in plain words.
            history: Earlier questions of the conversation, oldest first, for a follow-up.
            documents: Paths of the documents to search; all of them if left out.
            top: How many quotations to return at most.
        """
        try:
            answer = library.query(
                question, history=history or (), documents=documents or None, top=top
            )
        except RagError as error:
            raise gr.Error(str(error), print_exception=False) from None
        except Exception:
            log.exception("a query over the API failed")
            raise gr.Error(
                "the query failed; see the server's log", print_exception=False
            ) from None
        return answer_to_dict(answer)

    api(
        query,
        api_name="query",
        api_description=DESCRIPTION,
        concurrency_limit=2,
        concurrency_id="query",
    )
