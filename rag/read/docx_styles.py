"""What a Word paragraph or run is, by its own properties and its chain of styles."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rag.read.package import Element, value

_HEADING = re.compile(r"heading\s*([1-9])", re.IGNORECASE)
_DEEPEST = 6


class Styles:
    """The styles of a document, by id; empty where it has none."""

    def __init__(self, root: Element | None) -> None:
        self._styles: dict[str, Element] = {}
        self._hidden: dict[str | None, bool] = {}  # what `_hides` has told
        self._default: str | None = None
        for style in root.iter("{*}style") if root is not None else ():
            name = value(style, "styleId")
            if name is not None:
                self._styles[name] = style
                if value(style, "type") == "paragraph" and value(style, "default") in ("1", "true"):
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

    def is_hidden(self, run: Element, paragraph: Element) -> bool:
        """Whether a run of the paragraph is hidden, by its own word or else by the styles'.

        Hiding is a switch (ISO 29500-1, 17.7.3): the run's style turns what the paragraph's says.
        """
        word = _hidden(run)
        if word is not None:
            return word
        mark = run.find("{*}rPr/{*}rStyle")
        style = value(mark, "val") if mark is not None else None
        return self._hides(style) != self._hides(self._paragraph_style(paragraph))

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

    def _hides(self, name: str | None) -> bool:
        """Whether a style hides its text: its own word on it, or the nearest below it."""
        if name not in self._hidden:
            words = map(_hidden, self._styles_from(name))
            self._hidden[name] = next((word for word in words if word is not None), False)
        return self._hidden[name]

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


def _hidden(element: Element) -> bool | None:
    """What a run or a style itself says of being hidden; None if nothing."""
    mark = element.find("{*}rPr/{*}vanish")
    return value(mark, "val") not in ("0", "false", "off", "none") if mark is not None else None


def _name(style: Element) -> str:
    mark = style.find("{*}name")
    return (value(mark, "val") or "") if mark is not None else ""
