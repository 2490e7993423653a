"""What the styles of a page do to the words of its elements: hide them, strike them, raise them.

Only what is plain without a browser: an element's own ``style``, and of the page's style
sheets the rules that hide one class, ``.note { display: none }``. Where a script or another
rule may show such a class again, or an animation an element, its words count as shown.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser, LexborNode

_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)|<!--|-->", re.DOTALL)
_BRACE = re.compile(r"([{}])")
_CLASS = re.compile(r"\.(-?[A-Za-z_][\w-]*)")
_NOTHING = re.compile(r"0*(?:\.0*)?(?:px|pt|em|rem|%)?")
_FAR = re.compile(r"-\d{4,}")
_MOVES = ("animation", "transition", "transform", "will-change", "-webkit-")
_BLOCKS = ("block", "flex", "grid", "table", "list-item", "flow-root")
_STRUCK = frozenset({"del", "s", "strike"})


class Look:
    """How an element looks, by its own style."""

    def __init__(
        self, tag: str, attributes: Mapping[str, str | None], hidden_classes: frozenset[str]
    ) -> None:
        style = declared(attributes.get("style") or "")
        classes = (attributes.get("class") or "").split()
        self.display = style.get("display", "")
        self.hidden = (
            "hidden" in attributes
            or (tag == "dialog" and "open" not in attributes)
            or _is_hidden(style)
            or (not self.display and not hidden_classes.isdisjoint(classes))
        )
        self.visible = _is_visible(style)
        """What it says of itself and what is inside; None for what is said around it."""
        self.tiny = _is_tiny(style, bool(classes))
        """Whether its letters have no size; None for what holds around it."""
        line = style.get("text-decoration", "") + style.get("text-decoration-line", "")
        self.struck = tag in _STRUCK or "line-through" in line
        self.raised = tag == "sup" or style.get("vertical-align") == "super"
        self.block = self.display in _BLOCKS


def look_of(node: LexborNode, tag: str, hidden_classes: frozenset[str]) -> Look:
    """How a node's element looks."""
    attributes = node.attributes
    return Look(tag, attributes, hidden_classes) if attributes else _plain(tag)


@lru_cache(maxsize=256)
def _plain(tag: str) -> Look:
    return Look(tag, {}, frozenset())


class Shown(NamedTuple):
    """How the words at a place look, by the styles around them."""

    visible: bool
    tiny: bool

    @property
    def reads(self) -> bool:
        """Whether anybody can read them."""
        return self.visible and not self.tiny

    def inside(self, look: Look, *, block: bool) -> Shown:
        """The same inside an element; a block may have letters of another size."""
        tiny = self.tiny and not block
        return Shown(
            self.visible if look.visible is None else look.visible,
            tiny if look.tiny is None else look.tiny,
        )


def declared(style: str) -> dict[str, str]:
    """The declarations of a style, in lower case; of several for one property the last."""
    found = {}
    for one in style.lower().split(";"):
        name, _, value = one.partition(":")
        if value := value.replace("!important", "").strip():
            found[name.strip()] = value
    return found


def hidden_classes(page: LexborHTMLParser) -> frozenset[str]:
    """The classes that the page's own style sheets hide, and nothing may show again."""
    sheets = [
        sheet.text()
        for sheet in page.css("style")
        if (sheet.attributes.get("media") or "all").strip().lower() in ("all", "screen")
    ]
    if not any("none" in sheet for sheet in sheets) or page.css_first("script") is not None:
        return frozenset()
    hidden: set[str] = set()
    shown: set[str] = set()
    for selectors, style, inside in _rules("\n".join(sheets)):
        display = declared(style).get("display")
        for selector in selectors.split(",") if display else ():
            if display != "none":
                if ":" in selector:  # what is checked or aimed at shows what is beside it
                    return frozenset()
                shown.update(_CLASS.findall(selector))
            elif not inside and (match := _CLASS.fullmatch(selector.strip())):
                hidden.add(match[1])
    return frozenset(hidden - shown)


def _rules(sheet: str) -> list[tuple[str, str, bool]]:
    """The selectors and the declarations of each rule, and whether it is inside another."""
    rules: list[tuple[str, str, bool]] = []
    opened: list[str] = []
    pieces = _BRACE.split(_COMMENT.sub(" ", sheet))
    for words, brace in zip(pieces[::2], pieces[1::2], strict=False):
        if brace == "{":
            opened.append(words.rpartition(";")[2])
        elif opened:
            rules.append((opened.pop(), words, bool(opened)))
    return rules


def _is_hidden(style: dict[str, str]) -> bool:
    if style.get("display") == "none":
        return True
    if style.get("position") in ("absolute", "fixed"):
        return any(_FAR.match(style.get(side, "")) for side in ("left", "top"))
    return _NOTHING.fullmatch(style.get("opacity", "1")) is not None and not _moves(style)


def _is_visible(style: dict[str, str]) -> bool | None:
    told = style.get("visibility")
    if told is None or _moves(style):
        return None
    return told != "hidden"


def _is_tiny(style: dict[str, str], may_have_size: bool) -> bool | None:
    size = style.get("font-size")
    if size is not None:
        return _NOTHING.fullmatch(size) is not None
    return False if may_have_size or "font" in style else None


def _moves(style: dict[str, str]) -> bool:
    """Whether it comes to be seen when the page is shown."""
    return any(name.startswith(_MOVES) for name in style)
