"""The words of an OpenDocument paragraph, and what its style says of it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rag.read.package import Element, local, value

_SPACES = re.compile(r"[ \t\r\n]+")
_MOST_SPACES = 1000  # one element may claim any number
# Not the document's words, not shown, or counted by the program.
_DROPPED = frozenset(
    "annotation annotation-end tracked-changes change-info ruby-text hidden-text hidden-paragraph "
    "number page-number note-citation script forms event-listeners dde-connection-decls "
    "sequence-decls variable-decls user-field-decls thumbnail image binary-data math object "
    "object-ole glue-point enhanced-geometry page-thumbnail".split()
)
_DRAWN = "urn:oasis:names:tc:opendocument:xmlns:drawing:1.0"


class Styles:
    """What the styles of a document say: whose text is hidden, who descends from which."""

    def __init__(self, *roots: Element) -> None:
        self._parents: dict[str, str] = {}
        self._hidden: dict[str, bool] = {}
        for root in roots:
            for style in root.iter("{*}style"):
                name = value(style, "name") or ""
                self._parents[name] = value(style, "parent-style-name") or ""
                for properties in style:
                    display = value(properties, "display")
                    if display is not None:
                        self._hidden[name] = display in ("none", "false")

    def is_hidden(self, element: Element) -> bool:
        """Whether its attribute hides the element, or the nearest style that says whether to."""
        if value(element, "display") == "none":
            return True
        return next((self._hidden[n] for n in self._names(element) if n in self._hidden), False)

    def is_title(self, paragraph: Element) -> bool:
        """Whether the paragraph has the style Title or one based on it."""
        return "Title" in self._names(paragraph)

    def _names(self, element: Element) -> Iterator[str]:
        """The element's style, the one that it descends from, and so on."""
        name = value(element, "style-name") or ""
        seen: set[str] = set()
        while name and name not in seen:
            yield name
            seen.add(name)
            name = self._parents.get(name, "")


def is_dropped(element: Element) -> bool:
    """Whether nothing in the element is read."""
    name = local(element)
    return not name or name in _DROPPED or name.endswith("-source")


class Paragraph:
    """A paragraph's text, the shapes anchored in it and its notes."""

    def __init__(self, element: Element, styles: Styles) -> None:
        self.boxes: list[Element] = []
        self.notes: list[Element] = []
        self._styles = styles
        self._pieces: list[str] = []
        self._open = False  # whether white space now would be a space
        self._read(element)

    @property
    def text(self) -> str:
        """The text, its white space as OpenDocument counts it."""
        return "".join(self._pieces)

    def _read(self, element: Element) -> None:
        if self._styles.is_hidden(element):
            return
        self._write(element.text)
        for child in element:
            name = local(child)
            if name == "s":
                count = value(child, "c") or "1"
                self._exact(" " * min(int(count) if count.isdecimal() else 1, _MOST_SPACES))
            elif name == "tab":
                self._exact("\t")
            elif name == "line-break":
                self._exact("\n")
                self._open = False
            elif name == "note":
                self.notes += [part for part in child if local(part) == "note-body"]
            elif isinstance(child.tag, str) and child.tag.startswith(f"{{{_DRAWN}}}"):
                self.boxes.append(child)
            elif not is_dropped(child):
                self._read(child)
            self._write(child.tail)

    def _exact(self, text: str) -> None:
        self._pieces.append(text)
        self._open = True

    def _write(self, text: str | None) -> None:
        if not text:
            return
        text = _SPACES.sub(" ", text)
        if text.startswith(" ") and not self._open:
            text = text[1:]
        if text:
            self._pieces.append(text)
            self._open = not text.endswith(" ")
