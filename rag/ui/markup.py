"""The only place where text becomes HTML.

Text from documents, file names and questions is hostile until ``escape`` has seen it. A panel
composes ``element``s: a child that is a plain ``str`` is escaped, a child that is ``Html`` was
made here before. There is no other way to make ``Html``.

The output goes through Gradio's Markdown renderer, a sanitizer and, for ``gr.HTML``, a
JavaScript template literal before a browser parses it. Hence the rule in ``escape``: not only
``<`` and ``&``, but every character that is not alphanumeric or a space is written as a numeric
entity, so none of them sees anything to act on and ``textContent`` equals the source.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterable
from typing import Any, Final, TypeAlias

_SPECIAL = re.compile(r"[^\w ]|_")
# A numeric entity cannot name these: browsers read &#128; to &#159; as Windows-1252. Raw, they
# arrive as they are.
_C1 = range(0x80, 0xA0)
# No entity and no raw byte carries these through an HTML parser or UTF-8.
_UNCARRIABLE = re.compile("[\x00\ud800-\udfff]")
_VOID: Final = frozenset({"input", "img", "hr", "br", "meta", "link"})


class Html(str):
    """Markup made by this module, safe to send to the browser."""

    __slots__ = ()


Child: TypeAlias = str | None
"""A plain ``str`` is text and is escaped; ``Html`` passes as it is; None is left out."""


def escape(text: str) -> Html:
    """Text as HTML that every stage up to the browser's parser passes through unread."""
    text = _UNCARRIABLE.sub("\N{REPLACEMENT CHARACTER}", text)
    return Html(_SPECIAL.sub(_entity, text))


def _entity(match: re.Match[str]) -> str:
    code = ord(match[0])
    return match[0] if code in _C1 else f"&#{code};"


def join(children: Iterable[Child]) -> Html:
    """Children one after the other, each escaped unless it is ``Html``."""
    return Html("".join(c if isinstance(c, Html) else escape(c) for c in children if c is not None))


def element(tag: str, /, *children: Child, **attributes: str | int | bool | None) -> Html:
    """``<tag …>children</tag>``.

    ``class_`` becomes ``class`` and ``data_place`` becomes ``data-place``. An attribute that is
    None or False is left out; one that is True stands alone.
    """
    parts = [tag]
    for key, value in attributes.items():
        if value is None or value is False:
            continue
        key = key.rstrip("_").replace("_", "-")
        parts.append(key if value is True else f'{key}="{escape(str(value))}"')
    opened = f"<{' '.join(parts)}>"
    return Html(opened if tag in _VOID else f"{opened}{join(children)}</{tag}>")


def document(*children: Child) -> Html:
    """A whole page: its head and its body."""
    return Html(f"<!doctype html>{element('html', *children, lang='en')}")


def icon(name: str) -> Html:
    """A line drawing, drawn by the style sheet: to a screen reader there is nothing in it."""
    return element("span", class_=f"icon icon-{name}")


def standalone(title: str, style: str, *children: Child) -> Html:
    """A whole page that needs nothing from anywhere: no script runs in it, nothing is fetched.

    ``style`` is a style sheet of ours, as it is: it is never made of text from documents.
    """
    if "<" in style:
        raise ValueError("a style sheet holds no markup")
    policy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
    return document(
        element(
            "head",
            Html('<meta charset="utf-8">'),  # looked for before entities are understood
            element("meta", http_equiv="Content-Security-Policy", content=policy),
            element("meta", name="viewport", content="width=device-width, initial-scale=1"),
            element("title", title),
            Html(f"<style>{style}</style>"),
        ),
        element("body", *children),
    )


def pack(value: Any) -> str:
    """A JSON value as an attribute's text, base64: no character of it is special.

    The sanitizer drops attributes with certain contents (such as ``]>``), and a file may be
    named that.
    """
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode()


def unpack(token: object, limit: int = 100_000) -> Any:
    """What ``pack`` packed, or None: a browser can send anything."""
    if not isinstance(token, str) or len(token) > limit:
        return None
    try:
        return json.loads(base64.urlsafe_b64decode(token.encode("ascii")))
    except (binascii.Error, ValueError, UnicodeError, RecursionError):
        return None
