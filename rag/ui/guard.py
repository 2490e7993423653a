"""What stands between the network and Gradio: headers, and requests that are turned away.

- A Content-Security-Policy lets the page talk to its own server and nobody else. Scripts need
  a nonce, fresh with every page; Gradio evaluates templates, hence ``'unsafe-eval'``.
- What the page and the API do not need is not there (`rag.ui.routes`): no files of the machine,
  no fetching of addresses, no uploads.
- While we serve on loopback only, a request must name a loopback host: otherwise any web site
  could point a name of its own at 127.0.0.1 and read the documents with the visitor's browser.
- No page of another web site may have a visitor's browser change anything here, or read it.
"""

from __future__ import annotations

import logging
import re
import secrets
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rag.ui.routes import is_known

log = logging.getLogger(__name__)

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

_SCRIPT = re.compile(rb"<script(?=[\s>])")


class Guard:
    """ASGI middleware; ``hosts`` are the host names a request may carry, None for any.

    ``sign_in`` says whether there is a way to sign in.
    """

    def __init__(
        self, app: ASGIApp, hosts: frozenset[str] | None = None, *, sign_in: bool = False
    ) -> None:
        self._app = app
        self._hosts = hosts
        self._sign_in = sign_in

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":  # Gradio has none
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        refusal = self._refusal(scope)
        if refusal is not None:
            await refusal(scope, receive, _Dress(send))
            return
        dress = _Dress(send)
        try:
            await self._app(scope, receive, dress)
        except Exception:
            if dress.started:
                raise
            log.exception("a request failed")
            failure = PlainTextResponse("Something went wrong; see the server's log.", 500)
            await failure(scope, receive, _Dress(send))

    def _refusal(self, scope: Scope) -> PlainTextResponse | None:
        headers = Headers(scope=scope)
        if self._hosts is not None and _host_name(headers.get("host", "")) not in self._hosts:
            return PlainTextResponse("This server answers on loopback names only.", 421)
        if not is_known(scope["method"], scope["path"], sign_in=self._sign_in):
            return PlainTextResponse("There is nothing here.", 404)
        if _is_foreign(scope["method"], headers):
            return PlainTextResponse("This request comes from another web site.", 403)
        return None


def _host_name(host: str) -> str:
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def _is_foreign(method: str, headers: Headers) -> bool:
    """Whether a page of another site had the browser send this; a program names no page.

    A link may lead here from anywhere, and a browser names no origin then; where it does, the page
    wants to read the answer. A proxy may rename the host, and tells the one that was asked for in
    a header of its own: no page can have a browser send that without asking us first.
    """
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if site in ("same-origin", "none"):
        return False
    if origin is None:
        return site is not None and method not in ("GET", "HEAD")
    if site is not None:
        return True
    try:
        asked = urlsplit(origin).netloc
    except ValueError:
        return True
    return not asked or asked not in (headers.get("host"), headers.get("x-forwarded-host"))


class _Dress:
    """``send`` with the headers added, and a nonce on the scripts of an HTML page."""

    def __init__(self, send: Send) -> None:
        self.started = False
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
            self.started = True
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
        self.started = True
        await self._send(start)
        await self._send({"type": "http.response.body", "body": body})
