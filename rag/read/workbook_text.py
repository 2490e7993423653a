"""The strings of an XLSX workbook, and which of its cell styles strike text through."""

from __future__ import annotations

import re

from rag.read.grid import claimed
from rag.read.package import Element, local
from rag.read.raised import Line
from rag.read.struck import strikes

_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


def string(element: Element) -> str:
    """The text of a string item and its runs, without the phonetic guide."""
    line = Line()
    for text in element.iter("{*}t", "{*}text"):
        if not any(local(parent) == "rPh" for parent in text.iterancestors()):
            line.add(text.text or "", is_raised=_is_raised(text.getparent()))
    return unescaped(line.take())


def unescaped(text: str) -> str:
    """Characters that XML cannot hold are written ``_x000D_``."""
    return _ESCAPED.sub(lambda match: chr(int(match.group(1), 16)), text).replace("\0", "\ufffd")


def struck_styles(styles: Element | None) -> set[int]:
    """The cell styles whose font strikes through."""
    if styles is None:
        return set()
    fonts = [strikes(font) for table in styles.iter("{*}fonts") for font in table.iter("{*}font")]
    found = set()
    for table in styles.iter("{*}cellXfs"):
        for number, entry in enumerate(table.iter("{*}xf")):
            font = count(entry, "fontId")
            if font < len(fonts) and fonts[font]:
                found.add(number)
    return found


def count(element: Element, name: str) -> int:
    """A number that an attribute tells, 0 where it tells none."""
    return claimed(element.get(name), 0)


def _is_raised(run: Element) -> bool:
    marks = (mark for part in run if local(part) == "rPr" for mark in part)
    return any(local(mark) == "vertAlign" and mark.get("val") == "superscript" for mark in marks)
