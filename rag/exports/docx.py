"""Answers as a Word document (DOCX) with real footnotes.

A quotation is one paragraph: its line ends are line breaks, its tabs are tabs. XML 1.0 cannot
carry most control characters, carriage returns and form feeds (a PDF's page breaks) among them:
each is shown as its picture, ``␍`` or ``␌``, and U+FFFE and U+FFFF as ``�``. Where a quotation
holds one, its footnote says so; the hash there is of the words as they are.

Right-to-left paragraphs and runs are marked as such, by their first strong letters.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby
from typing import TypeAlias

from lxml import etree

from rag.exports.docx_package import WORD, package
from rag.exports.note import (
    RELATED,
    SEARCHED,
    colophon,
    footnote,
    is_verbatim,
    missing,
    refused,
    searched,
)
from rag.types import Answer, Quote

Element: TypeAlias = etree._Element

_NOT_IN_XML = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]")
_PICTURED = "control characters are shown as pictures such as ␌"
_SPACE = "{http://www.w3.org/XML/1998/namespace}space"


def render(answers: Sequence[Answer], time: datetime) -> bytes:
    """The package; the same answers and time give the same bytes."""
    body = _w("body")
    notes = _w("footnotes", _separator(-1, "separator"), _separator(0, "continuationSeparator"))
    for answer in answers:
        _answer(answer, body, notes)
    body.append(_paragraph("Colophon", colophon(answers, time)))
    body.append(
        _w(
            "sectPr",
            _w("pgSz", w="11906", h="16838"),
            _w(
                "pgMar",
                top="1440", right="1440", bottom="1440", left="1440",
                header="720", footer="720", gutter="0",
            ),
        )
    )  # fmt: skip
    return package(_w("document", body), notes, time)


def _answer(answer: Answer, body: Element, notes: Element) -> None:
    body.append(_paragraph("Heading1", answer.question))
    also_asked = searched(answer)
    if also_asked is not None:
        body.append(_paragraph("Aside", SEARCHED + also_asked))
    lacking = missing(answer)
    if lacking is not None:
        body.append(_paragraph("Aside", lacking))
    if not answer.answered:
        body.append(_paragraph("Aside", refused(answer)))
        if answer.near_misses:
            body.append(_paragraph("Heading2", RELATED))
    for quote in answer.quotes or answer.near_misses:
        number = len(notes) - 1  # after the two separators
        notes.append(_footnote(quote, number))
        style = "Verbatim" if is_verbatim(quote) else "Quotation"
        paragraph = _paragraph(style, quote.text)
        paragraph.append(_mark("footnoteReference", id=str(number)))
        body.append(paragraph)


def _footnote(quote: Quote, number: int) -> Element:
    words = footnote(quote)
    if _NOT_IN_XML.search(quote.text):
        words += f" · {_PICTURED}"
    paragraph = _paragraph("FootnoteText", " " + words)
    paragraph.insert(1, _mark("footnoteRef"))
    return _w("footnote", paragraph, id=str(number))


def _mark(name: str, **attributes: str) -> Element:
    style = _w("rPr", _w("rStyle", val="FootnoteReference"))
    return _w("r", style, _w(name, **attributes))


def _separator(number: int, kind: str) -> Element:
    """What Word draws between the text and the notes; it wants one of each kind."""
    line = _w("p", _w("pPr", _w("spacing", after="0", line="240", lineRule="auto")))
    line.append(_w("r", _w(kind)))
    return _w("footnote", line, type=kind, id=str(number))


def _paragraph(style: str, text: str) -> Element:
    properties = _w("pPr", _w("pStyle", val=style))
    directions = [rtl for _, rtl in _runs(text)]
    if directions and directions[0]:
        properties.append(_w("bidi"))
    return _w("p", properties, *(_run(part, rtl) for part, rtl in _runs(text)))


def _runs(text: str) -> Iterator[tuple[str, bool]]:
    """The text in pieces, and whether each is written right to left."""
    rtl = _rtl(next((c for c in text if _rtl(c) is not None), "")) or False
    marked = []
    for character in text:
        direction = _rtl(character)
        rtl = rtl if direction is None else direction
        marked.append((character, rtl))
    for direction, group in groupby(marked, key=lambda pair: pair[1]):
        yield "".join(character for character, _ in group), direction


def _rtl(character: str) -> bool | None:
    """None for what takes its neighbours' direction: spaces, digits, signs, accents."""
    kind = unicodedata.bidirectional(character) if character else ""
    return {"L": False, "R": True, "AL": True}.get(kind)


def _run(text: str, rtl: bool) -> Element:
    run = _w("r")
    if rtl:
        run.append(_w("rPr", _w("rtl")))
    for part in re.split("([\n\t])", _NOT_IN_XML.sub(_picture, text)):
        if part == "\n":
            run.append(_w("br"))
        elif part == "\t":
            run.append(_w("tab"))
        elif part:
            words = _w("t")
            words.text = part
            words.set(_SPACE, "preserve")
            run.append(words)
    return run


def _picture(match: re.Match[str]) -> str:
    code = ord(match[0])
    return chr(0x2400 + code) if code < 0x20 else "\N{REPLACEMENT CHARACTER}"


def _w(tag: str, *children: Element, **attributes: str) -> Element:
    """An element of Word's vocabulary; its attributes are of it too."""
    element = etree.Element(f"{{{WORD}}}{tag}", nsmap={"w": WORD})
    for name, value in attributes.items():
        element.set(f"{{{WORD}}}{name}", value)
    element.extend(children)
    return element
