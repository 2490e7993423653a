"""Gradio's sessions, bound to accounts.

The browser makes up the name under which Gradio keeps a page's state and sends its answers: who
guesses or learns another's could read them. So before Gradio sees a name, the account's mark is
put in front of it: the same name sent by someone else is another session.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
from typing import Any
from urllib.parse import parse_qsl, urlencode

from starlette.datastructures import MutableHeaders
from starlette.types import Message, Receive, Scope

_KEY = secrets.token_bytes(32)
_HEARTBEAT = re.compile("(/gradio_api/heartbeat/)([^/]+)")
_NAME = "session_hash"


class NotJsonError(Exception):
    """A body that should be a JSON object is none."""


async def bound(scope: Scope, receive: Receive, account: str) -> tuple[Scope, Receive]:
    """The request with the account's mark on every session that it names.

    Raises:
        NotJsonError: its body cannot be read.
    """
    path: str = scope["path"]
    if not path.startswith("/gradio_api/") or path.startswith("/gradio_api/mcp"):
        return scope, receive
    mark = hmac.digest(_KEY, account.encode(), hashlib.sha256).hex()[:32]
    scope = dict(scope)
    heartbeat = _HEARTBEAT.fullmatch(path)
    if heartbeat:
        scope["path"] = f"{heartbeat[1]}{mark}{heartbeat[2]}"
        scope["raw_path"] = scope["path"].encode("utf-8", "replace")
    query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    if any(name == _NAME for name, _ in query):
        marked = [(name, f"{mark}{value}" if name == _NAME else value) for name, value in query]
        scope["query_string"] = urlencode(marked).encode("latin-1")
    if scope["method"] != "POST":
        return scope, receive
    body = json.dumps(_marked(await _read(receive), mark)).encode()
    scope["headers"] = list(scope["headers"])
    headers = MutableHeaders(scope=scope)
    headers["content-length"] = str(len(body))
    del headers["transfer-encoding"]
    return scope, _replay(body, receive)


def _marked(body: bytes, mark: str) -> Any:
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        raise NotJsonError from None
    if not isinstance(data, dict):
        raise NotJsonError
    if data.get(_NAME) is not None:
        data[_NAME] = f"{mark}{data[_NAME]}"
    return data


async def _read(receive: Receive) -> bytes:
    parts: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise NotJsonError
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(parts)


def _replay(body: bytes, receive: Receive) -> Receive:
    sent = False

    async def again() -> Message:
        nonlocal sent
        if sent:
            return await receive()  # that the browser has gone
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again
