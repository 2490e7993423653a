"""The text of a Word paragraph, run by run."""

from __future__ import annotations

from rag.read.docx_math import formula, parted
from rag.read.docx_styles import Look, Styles, is_on
from rag.read.extraction import scalar
from rag.read.grid import claimed
from rag.read.package import Element, alternative, local, value
from rag.read.raised import Line
from rag.read.symbols import TICKED, UNTICKED, meant, symbol

_CHARACTERS = {"tab": "\t", "ptab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "\u2011",
               "softHyphen": "\u00ad"}  # fmt: skip
DROPPED = frozenset({"del", "moveFrom", "delText", "instrText", "delInstrText", "rt", "pPr", "rPr"})
"""Elements whose text is not the document's."""
_BOXES = ("txbxContent", "relIds")
_PLAIN = Look()


class Text:
    """A paragraph's visible text, and the text boxes and marks of diagrams anchored in it.

    A field is its code, then its result: text between the two marks (results of
    fields inside the code) is dropped, but only once the second mark is there, so
    that a broken field never swallows the text after it.
    """

    def __init__(self, paragraph: Element, styles: Styles, *, keep_struck: bool) -> None:
        self.boxes: list[Element] = []
        self.has_struck = False
        """Whether any of it is struck through."""
        mark = paragraph.find("{*}pPr/{*}rPr")
        self.goes_on = mark is not None and any(local(m) in ("del", "moveFrom") for m in mark)
        """Whether its end was deleted: the next paragraph is the rest of it."""
        self._styles = styles
        self._below = styles.marks_below(paragraph)  # once: a paragraph may be of many runs
        self._keep_struck = keep_struck
        self._pieces: list[tuple[str, bool]] = []  # a text, and whether it stands raised
        self._fields: list[_Field] = []
        self._look = _PLAIN
        self._visit(paragraph)
        self.text = parted(_joined(self._pieces))

    def _visit(self, element: Element) -> None:
        for child in element:
            name = local(child)
            if name == "t":
                self._write(meant(self._look.font, scalar(child.text or "")))
            elif name in _CHARACTERS:
                if local(element) != "tabs":
                    self._write(_CHARACTERS[name])
            elif name == "sym":
                self._write(_symbol(child))
            elif name == "fldChar":
                self._field(child)
            elif name in _BOXES:
                self.boxes.append(child)
            elif name == "AlternateContent":
                self._visit(alternative(child))
            elif name == "r":
                self._run(child)
            elif name not in DROPPED:
                written = formula(child, self._inner)
                if written is None:
                    self._visit(child)
                else:
                    self._pieces.append((written, False))

    def _run(self, run: Element) -> None:
        outer, self._look = self._look, self._styles.look(run, self._below)
        if not self._look.hidden:
            self._visit(run)
        self._look = outer

    def _write(self, text: str) -> None:
        if self._look.struck:
            self.has_struck = self.has_struck or bool(text.strip())
            if not self._keep_struck:
                return
        self._pieces.append((text, self._look.raised))

    def _inner(self, element: Element) -> str:
        """The text inside an element of a formula."""
        outer, self._pieces = self._pieces, []
        fields, self._fields = self._fields, []
        self._visit(element)
        text = _joined(self._pieces)
        self._pieces, self._fields = outer, fields
        return text

    def _field(self, mark: Element) -> None:
        kind = value(mark, "fldCharType")
        if kind == "begin":
            self._fields.append(_Field(len(self._pieces), _choice(mark)))
        elif self._fields:
            field = self._fields[-1]
            if field.in_code:
                del self._pieces[field.began :]
                field.in_code = False
            if kind != "separate":
                self._fields.pop()
                if field.choice and not self._says(field.began):
                    self._pieces[field.began :] = [(field.choice, False)]

    def _says(self, began: int) -> bool:
        """Whether there is a word from this piece on."""
        return any(self._pieces[n][0].strip() for n in range(began, len(self._pieces)))


class _Field:
    """A field that is open."""

    def __init__(self, began: int, choice: str) -> None:
        self.began = began
        """Where in the text."""
        self.choice = choice
        """What a field of a form shows that has no result: its tick, or what is chosen."""
        self.in_code = True


def _joined(pieces: list[tuple[str, bool]]) -> str:
    line = Line()
    for text, is_raised in pieces:
        line.add(text, is_raised=is_raised)
    return line.take()


def _choice(mark: Element) -> str:
    """Whether a box of a form is ticked, or what is chosen of its list."""
    box, names = mark.find("{*}ffData/{*}checkBox"), mark.find("{*}ffData/{*}ddList")
    if box is not None:
        told = box.find("{*}checked")
        told = box.find("{*}default") if told is None else told
        return TICKED if told is not None and is_on(told) else UNTICKED
    if names is None:
        return ""
    told = names.find("{*}result")
    told = names.find("{*}default") if told is None else told
    entries = [value(entry, "val") or "" for entry in names.findall("{*}listEntry")]
    told_number = value(told, "val") or "0" if told is not None else "0"
    chosen = claimed(told_number, len(entries))
    return scalar(entries[chosen]) if chosen < len(entries) else ""


def _symbol(element: Element) -> str:
    try:
        return scalar(symbol(value(element, "font") or "", int(value(element, "char") or "", 16)))
    except (ValueError, OverflowError):
        return "\ufffd"
