"""What a request may hold: its size in bytes, and what a call over the API may ask for."""

from __future__ import annotations

from typing import Any

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rag.errors import UsageError

MAX_BODY_BYTES = 8_000_000
"""The page sends its whole conversation with each question: some hundred answers fit."""
MAX_DOCUMENTS = 10_000
"""Paths that a call may limit its search to."""
MAX_PATH_CHARS = 4_096

_TOO_LARGE = "This is more than the server takes at once. Start a new conversation."


class BodyLimit:
    """ASGI middleware that refuses a body of more than ``MAX_BODY_BYTES``, before it is parsed."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        length = Headers(scope=scope).get("content-length", "0")
        if not length.isdecimal() or int(length) > MAX_BODY_BYTES:
            await _too_large()(scope, receive, send)
            return
        taken = 0
        answering = False

        async def counted() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > MAX_BODY_BYTES:  # it came in pieces, without saying how much
                raise _TooLargeError
            return message

        async def sending(message: Message) -> None:
            nonlocal answering
            answering = True
            await send(message)

        try:
            await self._app(scope, counted, sending)
        except _TooLargeError:
            if not answering:
                await _too_large()(scope, receive, send)


def _too_large() -> JSONResponse:
    """In the two shapes that the page knows."""
    return JSONResponse({"detail": _TOO_LARGE, "error": _TOO_LARGE}, 413)


class _TooLargeError(Exception):
    """More was sent than is taken."""


def check_call(question: Any, history: Any = None, documents: Any = None, top: Any = None) -> None:
    """Whether a call's arguments are what they should be; JSON brings anything.

    Raises:
        UsageError: one is of another kind, or too long.
    """
    if not isinstance(question, str):
        raise UsageError("the question is no text; give one in plain words")
    if not _texts(history):
        raise UsageError("history is no list of questions; give each earlier question by itself")
    if not _texts(documents):
        raise UsageError("documents is no list of paths; leave it out to search all documents")
    if documents and len(documents) > MAX_DOCUMENTS:
        raise UsageError(
            f"documents has {len(documents):,} paths; give {MAX_DOCUMENTS:,} or fewer, "
            "or leave it out to search all"
        )
    if any(len(path) > MAX_PATH_CHARS for path in documents or ()):
        raise UsageError(f"a path has more than {MAX_PATH_CHARS:,} characters")
    if top is not None and (not isinstance(top, int) or isinstance(top, bool)):
        raise UsageError("top is no whole number; leave it out for the default")


def _texts(value: Any) -> bool:
    return value is None or (
        isinstance(value, list) and all(isinstance(item, str) for item in value)
    )
