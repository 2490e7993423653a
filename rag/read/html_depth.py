"""How deep the elements of a page nest: a limit, looked at before a parser is."""

from __future__ import annotations

import re

from rag.errors import ReadError

# Elements that only their end tag closes: what an HTML5 parser needs grows with the square of the
# depth, and browsers stop at 512.
_NESTING = re.compile(
    r"<(/?)(?:div|section|article|aside|nav|main|header|footer|center|blockquote|ul|ol|dl|menu|dir|"
    r"table|form|fieldset|details|figure|address|pre|svg|math)\b",
    re.IGNORECASE,
)
_DEEPEST = 5000


def check_depth(source: str) -> None:
    """Raises ReadError for a page that only a hostile file could be."""
    depth = 0
    for tag in _NESTING.finditer(source):
        depth = max(depth - 1, 0) if tag.group(1) else depth + 1
        if depth > _DEEPEST:
            raise ReadError(
                f"its elements nest more than {_DEEPEST:,} deep, where browsers stop at 512: "
                "save it again from a browser"
            )
