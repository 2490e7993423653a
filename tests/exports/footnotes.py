"""What an exported file says, read by others: Markdown by its renderer, Word by its XML."""

from __future__ import annotations

import io
import itertools
import zipfile
from collections.abc import Iterator, Sequence

from lxml import etree
from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.footnote import footnote_plugin

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def tokens(markdown: str) -> list[Token]:
    """With the extensions that renderers have switched on, as far as this one has them."""
    renderer = MarkdownIt("js-default", {"typographer": True, "linkify": False})
    return renderer.use(footnote_plugin).parse(markdown)


def leaves(markdown: str) -> Iterator[Token]:
    """Every token with nothing inside it."""
    for token in tokens(markdown):
        yield from token.children if token.children is not None else [token]


def markdown_quotes(markdown: str) -> list[str]:
    """The words of each quotation, as a renderer shows them."""
    found: list[str] = []
    depth = 0
    for token in tokens(markdown):
        if token.type == "blockquote_open":
            depth += 1
            found.append("")
        elif token.type == "blockquote_close":
            depth -= 1
        elif depth and token.type == "fence":
            found[-1] += token.content.removesuffix("\n")
        elif depth and token.children:
            found[-1] += shown(token.children)
    return found


def markdown_notes(markdown: str) -> list[str]:
    """The text of each footnote."""
    found: list[str] = []
    within = False
    for token in tokens(markdown):
        if token.type == "footnote_open":
            within = True
            found.append("")
        elif token.type == "footnote_close":
            within = False
        elif within and token.children:
            found[-1] += shown(token.children)
    return found


def markdown_headings(markdown: str) -> list[str]:
    """The text of each heading."""
    made = tokens(markdown)
    pairs = itertools.pairwise(made)
    return [shown(text.children or []) for tag, text in pairs if tag.type == "heading_open"]


def shown(children: Sequence[Token]) -> str:
    """Inline text; a line break is a line end."""
    breaks = ("hardbreak", "softbreak")
    return "".join("\n" if child.type in breaks else child.content for child in children)


def part(docx: bytes, name: str) -> etree._Element:
    """A part of a Word file, parsed."""
    with zipfile.ZipFile(io.BytesIO(docx)) as archive:
        return etree.fromstring(archive.read(name))


def docx_paragraphs(docx: bytes, *styles: str) -> list[str]:
    """The paragraphs of these styles, as Word shows them, without the marks of footnotes."""
    return [
        paragraph_text(paragraph)
        for paragraph in part(docx, "word/document.xml").iter(f"{W}p")
        if paragraph.find(f"{W}pPr/{W}pStyle").get(f"{W}val") in styles
    ]


def docx_quotes(docx: bytes) -> list[str]:
    """The words of each quotation."""
    return docx_paragraphs(docx, "Quotation", "Verbatim")


def docx_notes(docx: bytes) -> dict[str, str]:
    """Footnotes by number, without the separators."""
    notes = part(docx, "word/footnotes.xml").iterchildren(f"{W}footnote")
    return {
        note.get(f"{W}id"): paragraph_text(note).strip()
        for note in notes
        if note.get(f"{W}type") is None
    }


def paragraph_text(element: etree._Element) -> str:
    signs = {f"{W}br": "\n", f"{W}tab": "\t"}
    return "".join(
        (child.text or "") if child.tag == f"{W}t" else signs.get(child.tag, "")
        for child in element.iter()
    )
