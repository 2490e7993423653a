"""Forms of a page: what is filled in, ticked or chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag.read.symbols import TICKED, UNTICKED

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

NO_WORDS = f"{TICKED}{UNTICKED} \t\r\n\f"
"""A line of these alone says nothing: the boxes by which a page opens its menus."""

_BOXES = ("checkbox", "radio")
_UNREAD = frozenset("hidden password submit reset button image file color range".split())


def filled_in(node: LexborNode, tag: str) -> str:
    """What the field shows, of a box its sign; empty for what is no field, or empty."""
    if tag == "select":
        chosen = (option.text().split() for option in node.css("option[selected]"))
        return ", ".join(map(" ".join, chosen))
    if tag != "input":
        return ""
    attributes = node.attributes
    kind = (attributes.get("type") or "text").strip().lower()
    if kind in _BOXES:
        drawn = "" if "role" in attributes else UNTICKED
        return TICKED if "checked" in attributes else drawn
    return "" if kind in _UNREAD else " ".join((attributes.get("value") or "").split())
