"""XHTML: a page in XML, spelt so that an HTML parser reads the same words in it."""

from __future__ import annotations

import re
from html import escape

SUFFIXES = (".xhtml", ".xht")
"""What a page is called that a browser reads as XML; ``.html`` is HTML, whatever it declares."""

# XHTML may close any element at once; HTML would take what follows for its content.
_CLOSED = re.compile(r"<([A-Za-z][\w:.-]*)((?:[^<>\"'/]|/(?!>)|\"[^\"<]*\"|'[^'<]*')*)/>")
_VOID = frozenset("area base br col embed hr img input link meta param source track wbr".split())


def as_html(source: str) -> str:
    """The page with every element closed as HTML does it, and CDATA as plain characters."""
    before, *sections = source.split("<![CDATA[")
    pieces = [before]
    for section in sections:
        inside, _, after = section.partition("]]>")
        pieces += [escape(inside), after]
    return _CLOSED.sub(
        lambda match: (
            match.group(0)
            if match.group(1).lower() in _VOID
            else f"<{match.group(1)}{match.group(2)}></{match.group(1)}>"
        ),
        "".join(pieces),
    )
