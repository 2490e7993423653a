"""What a Word paragraph or run is, by its own properties and its chain of styles."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from rag.read.package import Element, is_true, local, value

_HEADING = re.compile(r"heading\s*([1-9])", re.IGNORECASE)
_DEEPEST = 6


class Look(NamedTuple):
    """How a run is shown, as far as that changes what its text says."""

    hidden: bool = False
    struck: bool = False
    raised: bool = False
    font: str = ""


class Styles:
    """The styles of a document, by id; empty where it has none."""

    def __init__(self, root: Element | None) -> None:
        self._styles: dict[str, Element] = {}
        self._marks: dict[str | None, dict[str, Element]] = {}  # what `_marks_of` has found
        self._default: str | None = None
        for style in root.iter("{*}style") if root is not None else ():
            name = value(style, "styleId")
            if name is not None:
                self._styles[name] = style
                if value(style, "type") == "paragraph" and is_true(value(style, "default")):
                    self._default = name

    def heading_level(self, paragraph: Element) -> int:
        """1 to 6 for a heading, 0 for anything else. The nearest word on the matter counts."""
        for properties, style in self._chain(paragraph):
            for mark in properties.iter("{*}outlineLvl"):
                level = value(mark, "val") or ""
                return min(int(level) + 1, _DEEPEST) if level.isdigit() and int(level) < 9 else 0
            if style is not None:
                name = _name(style)
                heading = _HEADING.fullmatch(name)
                if heading or name.lower() == "title":
                    return min(int(heading.group(1)), _DEEPEST) if heading else 1
        return 0

    def is_title(self, paragraph: Element) -> bool:
        """Whether the paragraph has the style Title or one based on it."""
        return any(
            style is not None and _name(style).lower() == "title"
            for _, style in self._chain(paragraph)
        )

    def is_listed(self, paragraph: Element) -> bool:
        """Whether it is in a list: the nearest numbering is not "none" (id 0)."""
        for properties, _ in self._chain(paragraph):
            for mark in properties.iter("{*}numPr"):
                number = mark.find("{*}numId")
                return number is None or value(number, "val") != "0"
        return False

    def marks_below(self, paragraph: Element) -> Mapping[str, Element]:
        """What the paragraph's style says of its runs."""
        return self._marks_of(self._paragraph_style(paragraph))

    def look(self, run: Element, below: Mapping[str, Element]) -> Look:
        """How a run is shown, by its own word or else by its style's, or the paragraph's."""
        own = _marks(run)
        style = value(own["rStyle"], "val") if "rStyle" in own else None
        words = (own, self._marks_of(style), below)
        fonts = _nearest("rFonts", *words)
        height = _nearest("vertAlign", *words)
        return Look(
            _is_switched("vanish", *words),
            _is_switched("strike", *words) or _is_switched("dstrike", *words),
            height is not None and value(height, "val") == "superscript",
            (value(fonts, "ascii") or "") if fonts is not None else "",
        )

    def has_head(self, table: Element) -> bool:
        """Whether the first row of a table is set apart by the table's style."""
        look, style = table.find("{*}tblPr/{*}tblLook"), table.find("{*}tblPr/{*}tblStyle")
        if look is None or style is None:
            return False
        told = value(look, "firstRow")
        if told is None:  # as Word 2007 writes it
            bits = value(look, "val") or ""
            told = "1" if re.fullmatch("[0-9A-Fa-f]{1,8}", bits) and int(bits, 16) & 0x20 else "0"
        return told in ("1", "true", "on") and any(
            value(part, "type") == "firstRow"
            for one in self._styles_from(value(style, "val"))
            for part in one.iter("{*}tblStylePr")
        )

    def _marks_of(self, name: str | None) -> dict[str, Element]:
        """What a style says of its runs, or the nearest below it does."""
        if name not in self._marks:
            found: dict[str, Element] = {}
            for style in self._styles_from(name):
                found = _marks(style) | found
            self._marks[name] = found
        return self._marks[name]

    def _chain(self, paragraph: Element) -> Iterator[tuple[Element, Element | None]]:
        """(properties, style): the paragraph's own, its style's, and so on through basedOn."""
        own = paragraph.find("{*}pPr")
        if own is not None:
            yield own, None
        for style in self._styles_from(self._paragraph_style(paragraph)):
            yield style, style

    def _paragraph_style(self, paragraph: Element) -> str | None:
        mark = paragraph.find("{*}pPr/{*}pStyle")
        return value(mark, "val") if mark is not None else self._default

    def _styles_from(self, name: str | None) -> Iterator[Element]:
        """A style, the one it is based on, and so on."""
        seen: set[str] = set()
        while name is not None and name not in seen and name in self._styles:
            seen.add(name)
            yield self._styles[name]
            based = self._styles[name].find("{*}basedOn")
            name = value(based, "val") if based is not None else None


def is_on(mark: Element) -> bool:
    """Whether a mark switches on what it names."""
    return value(mark, "val") not in ("0", "false", "off", "none")


def _marks(element: Element) -> dict[str, Element]:
    """What a run or a style itself says of how its text looks, by name."""
    return {local(mark): mark for part in element if local(part) == "rPr" for mark in part}


def _nearest(name: str, *words: Mapping[str, Element]) -> Element | None:
    return next((marks[name] for marks in words if name in marks), None)


def _is_switched(
    name: str,
    own: Mapping[str, Element],
    style: Mapping[str, Element],
    below: Mapping[str, Element],
) -> bool:
    """Whether this is on. It is a switch (ISO 29500-1, 17.7.3): the run's style turns what the
    paragraph's says."""
    if name in own:
        return is_on(own[name])
    return (name in style and is_on(style[name])) != (name in below and is_on(below[name]))


def _name(style: Element) -> str:
    mark = style.find("{*}name")
    return (value(mark, "val") or "") if mark is not None else ""
