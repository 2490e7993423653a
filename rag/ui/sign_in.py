"""Nobody reaches the page or the API unknown: ASGI middleware between the guard and Gradio.

A person signs in with a form and is known by a cookie, a program by ``Authorization: Basic``, and
behind a trusted proxy both by its header. The account goes along in the request's scope, which no
client can write to, and `rag.ui.access` reads it there.
"""

from __future__ import annotations

import logging
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs, quote, urlsplit

from starlette.datastructures import Headers
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from rag.accounts import MAX_NAME_CHARS, Account
from rag.errors import AccountError
from rag.ui.access import ACCOUNT
from rag.ui.credentials import Credentials, HeldBackError
from rag.ui.door import Door
from rag.ui.routes import SELF_CHECK, SIGN_IN, SIGN_IN_STYLE, SIGN_OUT
from rag.ui.session_hash import NotJsonError, bound
from rag.ui.sessions import LONGEST_S, Sessions
from rag.ui.sign_in_page import STYLE, refusal_page, sign_in_page

log = logging.getLogger(__name__)

_MAX_FORM_BYTES = 20_000
_WRONG = "This name and password do not belong together. Try again."
_BROKEN = "The accounts cannot be used at the moment. The reason is in the server's log."


class SignIn:
    """The middleware. Whatever is not asked for by somebody known ends here."""

    def __init__(self, app: ASGIApp, door: Door) -> None:
        self._app = app
        self._door = door
        self._sessions = Sessions()
        self._credentials = Credentials(door.accounts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan" or (
            scope["type"] == "http" and (scope["method"], scope["path"]) == ("GET", SELF_CHECK)
        ):
            await self._app(scope, receive, send)
            return
        try:
            found = await self._known(scope, receive)
        except AccountError as error:
            log.error("nobody can sign in: %s", error)
            found = PlainTextResponse(_BROKEN, 503)
        except HeldBackError as error:
            found = _held_back(error)
        if isinstance(found, Response):
            await found(scope, receive, send)
            return
        try:
            scope, receive = await bound(scope, receive, found.name)
        except NotJsonError:
            await PlainTextResponse("Expected a JSON object.", 400)(scope, receive, send)
            return
        await self._app({**scope, ACCOUNT: found}, receive, send)

    async def _known(self, scope: Scope, receive: Receive) -> Account | Response:
        """Who asks; or what they are told instead of an answer."""
        headers = Headers(scope=scope)
        if self._door.header:
            return self._from_proxy(headers, _peer(scope))
        method, path = scope["method"], scope["path"]
        if (method, path) == ("GET", SIGN_IN_STYLE):
            return Response(STYLE, media_type="text/css")
        if (method, path) == ("POST", SIGN_IN):
            return await self._sign_in(scope, receive, headers)
        account = self._from_cookie(scope, headers) or await self._from_program(scope, headers)
        if path == SIGN_IN and method in ("GET", "HEAD"):
            then = parse_qs(scope["query_string"].decode("latin-1")).get("next", ["/"])[0]
            return _redirect(then) if account else self._form(then)
        if (method, path) == ("POST", SIGN_OUT):
            return self._sign_out(scope, headers)
        return account or self._stranger(scope, headers)

    def _from_proxy(self, headers: Headers, peer: str) -> Account | Response:
        if not self._door.is_proxy(peer):
            return PlainTextResponse("This server is reached through its proxy alone.", 401)
        names = headers.getlist(self._door.header)
        if len(names) != 1 or not names[0]:
            return PlainTextResponse("The proxy has not said who you are.", 401)
        try:
            name = names[0].encode("latin-1").decode("utf-8")
        except UnicodeError:
            name = names[0]
        account = self._door.accounts.find(name)
        if account is None:
            log.warning("the proxy sent a name without an account")
            told = f"You are signed in as {name[:MAX_NAME_CHARS]}, who has no account here."
            return HTMLResponse(refusal_page(f"{told} Ask whoever runs this server."), 403)
        return account

    def _from_cookie(self, scope: Scope, headers: Headers) -> Account | None:
        token = _token(scope, headers)
        held = self._sessions.find(token) if token else None
        return self._credentials.still(*held) if held else None

    async def _from_program(self, scope: Scope, headers: Headers) -> Account | None:
        scheme, _, sent = headers.get("authorization", "").partition(" ")
        if scheme.lower() != "basic":
            return None
        return await self._credentials.of_program(sent.strip(), _peer(scope))

    async def _sign_in(self, scope: Scope, receive: Receive, headers: Headers) -> Response:
        fields = await _form_fields(receive, headers)
        if fields is None:
            return PlainTextResponse("Expected the form of this page.", 400)
        name, then = fields.get("username", ""), fields.get("next", "/")
        browser = _wants_page(headers)
        try:
            account = await self._credentials.checked(
                name, fields.get("password", ""), _peer(scope)
            )
        except HeldBackError as error:
            return self._form(then, name, error) if browser else _held_back(error)
        if account is None:
            if browser:
                return self._form(then, name, _WRONG)
            return PlainTextResponse(_WRONG, 401)
        self._sessions.end(_token(scope, headers))
        token = self._sessions.begin(account.name, account.stamp)
        response: Response = _redirect(then) if browser else PlainTextResponse("Signed in.")
        secure = _is_https(scope, headers)
        response.set_cookie(
            _cookie(secure),
            token,
            max_age=int(LONGEST_S),
            secure=secure,
            httponly=True,
            samesite="lax",
        )
        return response

    def _sign_out(self, scope: Scope, headers: Headers) -> Response:
        self._sessions.end(_token(scope, headers))
        response = RedirectResponse(SIGN_IN, 303)
        secure = _is_https(scope, headers)
        response.delete_cookie(_cookie(secure), secure=secure, httponly=True, samesite="lax")
        return response

    def _form(self, then: str, name: str = "", problem: str | HeldBackError = "") -> Response:
        page = sign_in_page(
            _local(then), name=name[:MAX_NAME_CHARS], only=self._door.only, problem=str(problem)
        )
        if isinstance(problem, HeldBackError):
            return HTMLResponse(page, 429, {"retry-after": str(problem.seconds)})
        return HTMLResponse(page, 401 if problem else 200)

    def _stranger(self, scope: Scope, headers: Headers) -> Response:
        if scope["method"] in ("GET", "HEAD") and _wants_page(headers):
            then = scope["path"]
            if scope["query_string"]:
                then += f"?{scope['query_string'].decode('latin-1')}"
            return RedirectResponse(f"{SIGN_IN}?next={quote(_local(then), safe='')}", 303)
        # Where a page asks, a browser would put up a dialog of its own.
        told = {} if "sec-fetch-mode" in headers else {"www-authenticate": 'Basic realm="rag"'}
        return PlainTextResponse("Sign in first.", 401, told)


def _held_back(error: HeldBackError) -> Response:
    return PlainTextResponse(str(error), 429, {"retry-after": str(error.seconds)})


async def _form_fields(receive: Receive, headers: Headers) -> dict[str, str] | None:
    """The fields of a small form, the first of each name; None if it is none."""
    if headers.get("content-type", "").partition(";")[0] != "application/x-www-form-urlencoded":
        return None
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if message["type"] != "http.request" or len(body) > _MAX_FORM_BYTES:
            return None
        if not message.get("more_body", False):
            break
    try:
        found = parse_qs(body.decode("utf-8"), keep_blank_values=True, max_num_fields=10)
    except ValueError:
        return None
    return {name: values[0] for name, values in found.items()}


def _wants_page(headers: Headers) -> bool:
    return "text/html" in headers.get("accept", "")


def _redirect(then: str) -> Response:
    return RedirectResponse(_local(then), 303)


def _local(then: str) -> str:
    """The address if it is a page of ours, else the first page: no way to lead anyone away."""
    parts = urlsplit(f"http://host{then}") if then.startswith("/") else None
    if (
        parts is None
        or parts.netloc != "host"
        or then.startswith("//")
        or "\\" in then
        or not (then.isascii() and then.isprintable())
        or parts.path != "/"
    ):
        return "/"
    return then


def _peer(scope: Scope) -> str:
    client = scope.get("client")
    return client[0] if client else ""


def _is_https(scope: Scope, headers: Headers) -> bool:
    """Anybody may claim it: what hangs on it is only how their own cookie is kept."""
    return scope["scheme"] == "https" or headers.get("x-forwarded-proto", "").startswith("https")


def _cookie(secure: bool) -> str:
    return "__Host-rag-session" if secure else "rag-session"


def _token(scope: Scope, headers: Headers) -> str:
    try:
        jar = SimpleCookie("; ".join(headers.getlist("cookie")))
    except CookieError:
        return ""
    held = jar.get(_cookie(_is_https(scope, headers)))
    return held.value if held else ""
