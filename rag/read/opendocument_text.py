"""The words of an OpenDocument paragraph, and what its style says of it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rag.errors import ReadError
from rag.read.package import Element, Package, local, value
from rag.read.raised import Line

_SPACES = re.compile(r"[ \t\r\n]+")
_RAISED = re.compile(r"\s*(?:super\b|\+?(?!0+(?:\.0*)?%)\d)")
_MOST_SPACES = 1000  # one element may claim any number
# Not the document's words, not shown, or counted by the program.
_DROPPED = frozenset(
    "annotation annotation-end tracked-changes change-info ruby-text hidden-text hidden-paragraph "
    "number page-number note-citation script forms event-listeners dde-connection-decls "
    "sequence-decls variable-decls user-field-decls thumbnail image binary-data math object "
    "object-ole glue-point enhanced-geometry page-thumbnail".split()
)
_HEAD_BYTES = 4000
_DRAWN = "urn:oasis:names:tc:opendocument:xmlns:drawing:1.0"


class Styles:
    """What the styles of a document say: whose text is hidden, struck through or raised, and who
    descends from which."""

    def __init__(self, *roots: Element, keep_struck: bool) -> None:
        """``keep_struck``: text that is struck through is taken for any other."""
        self._parents: dict[str, str] = {}
        self._hidden: dict[str, bool] = {}
        self._struck: dict[str, bool] = {}
        self._raised: dict[str, bool] = {}
        for root in roots:
            for style in root.iter("{*}style"):
                name = value(style, "name") or ""
                self._parents[name] = value(style, "parent-style-name") or ""
                for properties in style:
                    display = value(properties, "display")
                    if display is not None:
                        self._hidden[name] = display in ("none", "false")
                    line = value(properties, "text-line-through-style")
                    line = line or value(properties, "text-line-through-type")
                    if line is not None and not keep_struck:
                        self._struck[name] = line != "none"
                    position = value(properties, "text-position")
                    if position is not None:  # "super 58%", "33% 58%"
                        self._raised[name] = bool(_RAISED.match(position))

    def is_hidden(self, element: Element) -> bool:
        """Whether its attribute hides the element, or the nearest style that says whether to."""
        if value(element, "display") == "none":
            return True
        return self._told(self._hidden, element, False)

    def is_struck(self, element: Element, around: bool) -> bool:
        """Whether a line goes through it; ``around``: whether through what it stands in."""
        return self._told(self._struck, element, around)

    def is_raised(self, element: Element, around: bool) -> bool:
        """Whether it stands above its line; ``around``: whether what it stands in does."""
        return self._told(self._raised, element, around)

    def is_title(self, paragraph: Element) -> bool:
        """Whether the paragraph has the style Title or one based on it."""
        return "Title" in self._names(paragraph)

    def _told(self, told: dict[str, bool], element: Element, otherwise: bool) -> bool:
        """What the nearest style says that says anything."""
        return next((told[name] for name in self._names(element) if name in told), otherwise)

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


def formulas(content: Element, package: Package) -> int:
    """How many formulas are put into a text as pictures, whose words are not read."""
    known: dict[str, bool] = {}
    found = 0
    for thing in content.iter("{*}object"):
        part = (value(thing, "href") or "").removeprefix("./") + "/content.xml"
        if part not in known:
            known[part] = _is_formula(part, package)
        found += known[part] or next(thing.iter("{*}math"), None) is not None
    return found


def _is_formula(part: str, package: Package) -> bool:
    try:
        return part in package and b"Math/MathML" in package.bytes(part)[:_HEAD_BYTES]
    except ReadError:  # it is not worth a document
        return False


class Paragraph:
    """A paragraph's text, the shapes anchored in it and its notes."""

    def __init__(self, element: Element, styles: Styles, *, struck: bool = False) -> None:
        """``struck``: a line goes through the cell that it stands in."""
        self.boxes: list[Element] = []
        self.notes: list[Element] = []
        self.struck = False
        """Whether anything was left out that is struck through."""
        self._styles = styles
        self._line = Line()
        self._open = False  # whether white space now would be a space
        self._read(element, struck, False)
        self.text = self._line.take()
        """Its white space as OpenDocument counts it."""

    def _read(self, element: Element, struck: bool, high: bool) -> None:
        if self._styles.is_hidden(element):
            return
        struck = self._styles.is_struck(element, struck)
        high = self._styles.is_raised(element, high)
        self._write(element.text, struck, high)
        for child in element:
            name = local(child)
            if struck and name in ("s", "tab", "line-break"):
                pass
            elif name == "s":
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
                self._read(child, struck, high)
            self._write(child.tail, struck, high)

    def _exact(self, text: str) -> None:
        self._line.add(text, is_raised=False)
        self._open = True

    def _write(self, text: str | None, struck: bool, high: bool) -> None:
        if not text:
            return
        if struck:
            self.struck = self.struck or bool(text.strip())
            return
        text = _SPACES.sub(" ", text)
        if text.startswith(" ") and not self._open:
            text = text[1:]
        if text:
            self._line.add(text, is_raised=high)
            self._open = not text.endswith(" ")


class Words:
    """Reads paragraphs, and keeps what is met in them for later."""

    def __init__(self, styles: Styles) -> None:
        self.styles = styles
        self.notes: list[Element] = []
        self.struck = False
        """Whether anything was left out that is struck through."""

    def of(self, element: Element, *, struck: bool = False) -> Paragraph:
        """A paragraph. ``struck``: a line goes through the cell that it stands in."""
        paragraph = Paragraph(element, self.styles, struck=struck)
        self.notes += paragraph.notes
        self.struck = self.struck or paragraph.struck
        return paragraph
