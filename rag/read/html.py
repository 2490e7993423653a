"""HTML: the text a browser shows, laid out block by block.

Read as HTML5 by lexbor. Left out: what a browser does not show (scripts, styles,
templates, closed dialogs, ``hidden``, an inline ``display: none``, what a drawing
says about itself) and the fallbacks for what it does show (``noscript``, ``canvas``,
media, the brackets of ``ruby``). ``aria-hidden`` text is kept: it is on the screen.
Navigation (``nav``) is meta. White space outside ``pre`` is collapsed as a browser
does it; entities are decoded once. A table's cell that reaches down
stands in each of its rows.
"""

from __future__ import annotations

import re
from importlib.metadata import version
from typing import TYPE_CHECKING

from rag.document import Block, BlockKind
from rag.errors import ReadError
from rag.read.decode import decode
from rag.read.extraction import Draft, Extraction, first_heading, sensible_title
from rag.read.grid import Repeats
from rag.read.html_table import GROUPS, HtmlTable
from rag.read.text import find_blocks
from rag.read.xhtml import as_html

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

VERSION = "html 4"

_SKIPPED = frozenset(
    "head title script style template noscript noframes noembed iframe canvas audio video datalist "
    "select object embed annotation annotation-xml rp -comment -doctype".split()
)
_UNDRAWN = frozenset({"desc", "metadata"})  # in svg; elsewhere a browser shows their words
_BLOCKS = frozenset(
    "address article aside blockquote body caption center dd details dialog dir div dl dt fieldset "
    "figcaption figure footer form h1 h2 h3 h4 h5 h6 header hgroup hr html legend li main menu nav "
    "ol optgroup option p pre search section summary table tbody td tfoot th thead tr ul "
    "listing plaintext xmp".split()
)
_PREFORMATTED = frozenset({"pre", "listing", "plaintext", "xmp"})
_SPACE = re.compile(r"[ \t\n\r\f]+")
# Elements that only their end tag closes: what an HTML5 parser needs grows with the square of the
# depth, and browsers stop at 512.
_NESTING = re.compile(
    r"<(/?)(?:div|section|article|aside|nav|main|header|footer|center|blockquote|ul|ol|dl|menu|dir|"
    r"table|form|fieldset|details|figure|address|pre|svg|math)\b",
    re.IGNORECASE,
)
_DEEPEST = 5000
_HIDDEN = re.compile(r"(?:^|;)\s*display\s*:\s*none", re.IGNORECASE)
_CHARSET = re.compile(
    rb"<\?xml[^>]*?encoding\s*=\s*[\"']([\w.:-]+)|<meta[^>]*?charset\s*=\s*[\"']?\s*([\w.:-]+)",
    re.I,
)
# A longer <pre> without <code> is a page of plain text, not a piece of code.
_CODE_CHARS = 2000


def reader() -> str:
    """Name and version of this reader."""
    return f"{VERSION} selectolax {version('selectolax')}"


def extract(data: bytes, *, xml: bool = False) -> Extraction:
    """The visible text; ``title`` from the head, else the first heading.

    ``xml``: the file's name says that it is XHTML.

    Raises:
        ReadError: no text, or elements nested without end.
    """
    source = decoded(data)
    return extract_text(as_html(source) if xml else source)


def decoded(data: bytes) -> str:
    """The source as text, by the encoding that it declares if its bytes agree."""
    declared = _CHARSET.search(data[:4096])
    label = (declared.group(1) or declared.group(2)).decode("ascii") if declared else None
    return decode(data, label)


def extract_text(source: str) -> Extraction:
    """As ``extract``, from a page in a message or a book, whose encoding is known."""
    from selectolax.lexbor import LexborHTMLParser

    _check_depth(source)
    tree = LexborHTMLParser(source)
    title = tree.css_first("head > title")
    page = _Page()
    if tree.root is not None:
        page.walk(tree.root)
    extraction = page.draft.finish()
    name = sensible_title(title.text()) if title is not None else None
    return Extraction(extraction.text, extraction.blocks, name or first_heading(extraction))


class _Page:
    """One walk over a page: what stands open around the present place, and its line so far."""

    def __init__(self) -> None:
        self.draft = Draft()
        self.line: list[str] = []
        self.kinds: list[tuple[BlockKind, int]] = [("prose", 0)]
        self.verbatim = 0
        self.row = False
        self.tables: list[HtmlTable] = []
        self.repeats = Repeats()
        self.nav = 0
        self.drawings = 0

    def walk(self, root: LexborNode) -> None:
        """Visit every node in document order; a loop, since pages may nest without end."""
        # An entry is a node to enter, or a node and True to leave it.
        stack: list[tuple[LexborNode, bool]] = [(root, False)]
        while stack:
            node, leaving = stack.pop()
            tag = node.tag or ""
            if leaving:
                self._leave(node, tag)
            elif tag == "-text":
                self._text(node.text_content or "")
            elif self.drawings and tag in _UNDRAWN:
                continue
            elif tag not in _SKIPPED and not _hidden(node, tag):
                self._enter(node, tag)
                stack.append((node, True))
                children = list(node.iter(include_text=True))
                stack.extend((child, False) for child in reversed(children))
        self._flush()

    def _enter(self, node: LexborNode, tag: str) -> None:
        if tag == "br":
            self._trim_line()
            self.line.append("\n")
        elif tag == "svg":
            self.drawings += 1
        if tag not in _BLOCKS:
            return
        if self.row:  # inside a row's cells blocks are lines
            if tag in ("td", "th"):
                self.tables[-1].begin_cell(self.line)
            elif tag != "tr":
                self._new_line()
            return
        self._flush()
        if tag == "nav":
            self.nav += 1
        elif tag in _PREFORMATTED:
            self.verbatim += 1
        elif tag == "tr" and self.tables:
            self.row = self.tables[-1].begin_row(node)
        elif tag in GROUPS and self.tables:
            self.tables[-1].begin_group(tag)
        elif len(tag) == 2 and tag[0] == "h" and tag[1].isdigit():
            self.kinds.append(("heading", int(tag[1])))
        elif tag in ("li", "dt", "dd"):
            self.kinds.append(("item", 0))
        elif tag in ("blockquote", "table"):
            self.kinds.append(("prose", 0))
            if tag == "table":
                self.tables.append(HtmlTable(self.draft, self.repeats))

    def _leave(self, node: LexborNode, tag: str) -> None:
        if tag == "svg":
            self.drawings -= 1
        if tag not in _BLOCKS:
            return
        if self.row:
            if tag in ("td", "th"):
                self._trim_line()
                self.tables[-1].end_cell(node, self.line)
            elif tag == "tr":
                self.tables[-1].end_row(self.line)
                self.line.clear()
                self.row = False
            else:
                self._new_line()
            return
        if tag in _PREFORMATTED:
            self._flush_verbatim(node)
            self.verbatim -= 1
            return
        self._flush()
        if tag == "nav":
            self.nav -= 1
        elif tag == "table":
            self.tables.pop().end()
        if tag in ("li", "dt", "dd", "blockquote", "table") or (
            len(tag) == 2 and tag[0] == "h" and tag[1].isdigit()
        ):
            self.kinds.pop()

    def _text(self, text: str) -> None:
        if self.verbatim and not self.row:
            self.line.append(text)
            return
        text = _SPACE.sub(" ", text)
        if text.startswith(" ") and (not self.line or self.line[-1][-1] in " \n\t"):
            text = text[1:]
        if text:
            self.line.append(text)

    def _trim_line(self) -> None:
        """A browser shows no space before a line's end."""
        if self.line and self.line[-1].endswith(" ") and not (self.verbatim and not self.row):
            self.line[-1] = self.line[-1][:-1]
            if not self.line[-1]:
                self.line.pop()

    def _new_line(self) -> None:
        self._trim_line()
        if self.line and self.line[-1][-1] not in "\n\t":
            self.line.append("\n")

    def _flush(self) -> None:
        if not self.line:
            return
        text = "".join(self.line)
        self.line.clear()
        inner, level = self.kinds[-1]
        if self.verbatim:
            inner, level = "code", 0
        if self.nav:
            inner, level = "meta", 0
        self.draft.add(text, inner, level)

    def _flush_verbatim(self, node: LexborNode) -> None:
        text = "".join(self.line)
        if len(text) < _CODE_CHARS or self.nav or node.css_first("code") is not None:
            self._flush()
            return
        self.line.clear()
        parts = tuple(find_blocks(text))
        if parts and parts[0].kind == "heading":  # not the page's title
            parts = (Block(parts[0].start, parts[0].end, "heading", 2), *parts[1:])
        if parts:
            self.draft.add_parts(text, parts)


def _check_depth(source: str) -> None:
    depth = 0
    for tag in _NESTING.finditer(source):
        depth = max(depth - 1, 0) if tag.group(1) else depth + 1
        if depth > _DEEPEST:
            raise ReadError(
                f"its elements nest more than {_DEEPEST:,} deep, where browsers stop at 512: "
                "save it again from a browser"
            )


def _hidden(node: LexborNode, tag: str) -> bool:
    if tag.startswith("-"):
        return False
    attributes = node.attributes
    if "hidden" in attributes or (tag == "dialog" and "open" not in attributes):
        return True
    return bool(_HIDDEN.search(attributes.get("style") or ""))
