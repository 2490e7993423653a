"""The requests that the page and the API need; whatever else Gradio offers is not there.

Gradio brings routes that hand out files, fetch addresses, take uploads, share states and edit
code, and each release may bring more. A test compares this list with the routes of the app.
"""

from __future__ import annotations

import re

SIGN_IN = "/login"  # where Gradio's own client signs in too
SIGN_OUT = "/logout"
SIGN_IN_STYLE = "/login.css"
SELF_CHECK = "/gradio_api/startup-events"
"""Gradio asks this of itself before it says that it is up; it tells nothing."""

_API = "/gradio_api"
_SEGMENT = "[^/]+"
_READ = (
    "/",
    "/healthz",
    "/readyz",
    "/metrics",
    "/config/?",
    "/(?:assets|static|svelte)/.+",  # the wheel's own scripts, styles and fonts
    "/favicon\\.ico",
    "/robots\\.txt",
    f"(?:{_API})?/theme\\.css",
    SELF_CHECK,
    f"{_API}/info/?",
    f"{_API}/openapi\\.json",
    f"{_API}/queue/data",
    f"{_API}/heartbeat/{_SEGMENT}",
    f"{_API}/call/(?:v2/)?{_SEGMENT}/{_SEGMENT}",
)
_WRITE = (
    f"{_API}/queue/join",
    f"{_API}/call/(?:v2/)?{_SEGMENT}/?",
    f"{_API}/(?:run|api)/{_SEGMENT}/?",
    f"{_API}/cancel",
    f"{_API}/reset/?",
)
_MCP = re.compile(f"{_API}/mcp(?:/.*)?")
_KNOWN = {
    "GET": re.compile("|".join(_READ)),
    "HEAD": re.compile("/|/healthz|/readyz|/metrics"),
    "POST": re.compile("|".join(_WRITE)),
}


_SIGN_IN = {
    ("GET", SIGN_IN),
    ("HEAD", SIGN_IN),
    ("POST", SIGN_IN),
    ("POST", SIGN_OUT),
    ("GET", SIGN_IN_STYLE),
}


def is_known(method: str, path: str, *, sign_in: bool) -> bool:
    """Whether a request has a use here; MCP answers only where it is switched on."""
    if sign_in and (method, path) in _SIGN_IN:
        return True
    if method in ("GET", "POST", "DELETE") and _MCP.fullmatch(path):
        return True
    known = _KNOWN.get(method)
    return known is not None and known.fullmatch(path) is not None
