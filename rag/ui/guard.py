"""What stands between the network and Gradio: headers, and requests that are turned away.

- A Content-Security-Policy lets the page talk to its own server and nobody else. Scripts need
  a nonce, fresh with every page; Gradio evaluates templates, hence ``'unsafe-eval'``.
- ``/gradio_api/file=http://…`` would make the server fetch that address: refused. So are
  uploads, for which this page has no use.
- While we serve on loopback only, a request must name a loopback host: otherwise any web site
  could point a name of its own at 127.0.0.1 and read the documents with the visitor's browser.
"""

from __future__ import annotations

import re
import secrets
from urllib.parse import unquote, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})

_POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'nonce-{nonce}' 'unsafe-eval'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "worker-src 'self' blob:",
        "frame-src 'none'",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)

_HEADERS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}

_REMOTE_FILE = re.compile(r"/(?:file|proxy)=\s*(?:https?:|ftp:|//)", re.IGNORECASE)
_SCRIPT = re.compile(rb"<script(?=[\s>])")


class Guard:
    """ASGI middleware; ``hosts`` are the host names a request may carry, None for any."""

    def __init__(self, app: ASGIApp, hosts: frozenset[str] | None = None) -> None:
        self._app = app
        self._hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        refusal = self._refusal(scope)
        if refusal is not None:
            await refusal(scope, receive, _Dress(send))
            return
        await self._app(scope, receive, _Dress(send))

    def _refusal(self, scope: Scope) -> PlainTextResponse | None:
        if self._hosts is not None:
            host = urlsplit(f"//{Headers(scope=scope).get('host', '')}").hostname
            if host not in self._hosts:
                return PlainTextResponse("This server answers on loopback names only.", 421)
        path = unquote(unquote(scope["path"]))
        if _REMOTE_FILE.search(path):
            return PlainTextResponse("This server fetches nothing.", 403)
        if scope["method"] == "POST" and path.rstrip("/").endswith("/upload"):
            return PlainTextResponse("This server takes no uploads.", 403)
        return None


class _Dress:
    """``send`` with the headers added, and a nonce on the scripts of an HTML page."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._nonce = secrets.token_urlsafe(16)
        self._start: Message | None = None
        self._body: list[bytes] = []

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers["content-security-policy"] = _POLICY.format(nonce=self._nonce)
            for name, value in _HEADERS.items():
                headers[name] = value
            if headers.get("content-type", "").startswith("text/html"):
                headers["cache-control"] = "no-store"
                self._start = message
                return
            await self._send(message)
        elif self._start is not None and message["type"] == "http.response.body":
            self._body.append(message.get("body", b""))
            if not message.get("more_body", False):
                await self._page(self._start)
        else:
            await self._send(message)

    async def _page(self, start: Message) -> None:
        # Values inside the page's own scripts cannot hold "<script": Gradio writes "<" there
        # as an escape. So every match is a tag of Gradio's template.
        tag = b'<script nonce="%s"' % self._nonce.encode()
        body = _SCRIPT.sub(tag, b"".join(self._body))
        MutableHeaders(scope=start)["content-length"] = str(len(body))
        self._start = None
        await self._send(start)
        await self._send({"type": "http.response.body", "body": body})
