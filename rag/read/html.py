"""HTML: the text a browser shows, laid out block by block.

Read as HTML5 by lexbor. Left out: what a browser does not show (scripts, templates,
closed dialogs, ``hidden``, what a style hides, what a drawing says about itself), what is
struck through, the readings above a word (``ruby``), and the fallbacks for what a browser does
show (``noscript``, ``canvas``, media). ``aria-hidden`` text is kept: it is on the screen.
Navigation (``nav``) is meta. White space outside ``pre`` is collapsed as a browser
does it; entities are decoded once. Of a form what is filled in or ticked is text. A table's
cell that reaches down stands in each of its rows.
"""

from __future__ import annotations

import re
from dataclasses import replace
from importlib.metadata import version
from typing import TYPE_CHECKING, NamedTuple

from rag.document import Block, BlockKind
from rag.read.decode import decode
from rag.read.extraction import (
    STRUCK,
    Draft,
    Extraction,
    first_heading,
    holds_words,
    sensible_title,
)
from rag.read.grid import Repeats
from rag.read.html_depth import check_depth
from rag.read.html_form import NO_WORDS, filled_in
from rag.read.html_line import Line
from rag.read.html_math import Piece, spelt
from rag.read.html_style import Look, Shown, hidden_classes, look_of
from rag.read.html_table import GROUPS, HtmlTable
from rag.read.text import find_blocks
from rag.read.xhtml import as_html

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser, LexborNode

VERSION = "html 6"

_SKIPPED = frozenset(
    "head title script style template noscript noframes noembed iframe canvas audio video datalist "
    "object embed annotation annotation-xml rp rt rtc -comment -doctype".split()
)
_UNDRAWN = frozenset({"desc", "metadata"})  # in svg; elsewhere a browser shows their words
_BLOCKS = frozenset(
    "address article aside blockquote body caption center dd details dialog dir div dl dt fieldset "
    "figcaption figure footer form h1 h2 h3 h4 h5 h6 header hgroup hr html legend li main menu nav "
    "ol optgroup option p pre search section summary table tbody td tfoot th thead tr ul "
    "listing plaintext xmp".split()
)
# Between the words before one of these and those behind it a browser shows something.
_APART = frozenset("img input button select textarea mfrac mroot".split())
_PREFORMATTED = frozenset({"pre", "listing", "plaintext", "xmp"})
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

    check_depth(source)
    tree = LexborHTMLParser(source)
    title = tree.css_first("head > title")
    page = _Page(tree)
    # Where all is struck, that marks it and does not delete it.
    if page.struck and not holds_words(page.draft.blocks):
        page = _Page(tree, keep_struck=True)
    extraction = page.draft.finish(notes=(STRUCK,) if page.struck else ())
    name = sensible_title(title.text()) if title is not None else None
    return replace(extraction, title=name or first_heading(extraction))


class _Entered(NamedTuple):
    """An element that stands open."""

    node: LexborNode
    tag: str
    look: Look
    around: Shown

    @property
    def block(self) -> bool:
        """Whether it stands on lines of its own."""
        return self.tag in _BLOCKS or self.look.block

    @property
    def within(self) -> Shown:
        """How the words inside it look."""
        return self.around.inside(self.look, block=self.block)


class _Page:
    """One walk over a page: what stands open around the present place, and its line so far."""

    def __init__(self, tree: LexborHTMLParser, *, keep_struck: bool = False) -> None:
        self.draft = Draft()
        self.struck = False
        """Whether words were left out that are struck through."""
        self.line = Line()
        self.kinds: list[tuple[BlockKind, int]] = [("prose", 0)]
        self.verbatim = 0
        self.row = False
        self.tables: list[HtmlTable] = []
        self.repeats = Repeats()
        self.nav = 0
        self.drawings = 0
        self.keep_struck = keep_struck
        self.hidden_classes = hidden_classes(tree)
        if tree.root is not None:
            self._walk(tree.root)

    def _walk(self, root: LexborNode) -> None:
        """Visit every node in document order; a loop, since pages may nest without end."""
        # To enter: a node, or words to write; to leave: what was entered.
        stack: list[Piece | _Entered] = [root]
        shown = Shown(visible=True, tiny=False)
        while stack:
            node = stack.pop()
            if isinstance(node, _Entered):
                self._leave(node)
                shown = node.around
            elif isinstance(node, str):
                self.line.mark(node)
            elif (tag := node.tag or "") == "-text":
                if shown.reads:
                    self._text(node.text_content or "")
            elif tag not in _SKIPPED and not (self.drawings and tag in _UNDRAWN):
                look = look_of(node, tag, self.hidden_classes)
                if look.hidden or self._strikes(node, look):
                    continue
                entered = _Entered(node, tag, look, shown)
                self._enter(entered)
                stack.append(entered)
                if tag != "select":  # it shows what was chosen
                    stack += reversed(spelt(tag, list(node.iter(include_text=True))))
                shown = entered.within
        self._flush()

    def _strikes(self, node: LexborNode, look: Look) -> bool:
        """Whether the element is struck, and so left out."""
        strikes = look.struck and not self.keep_struck
        self.struck = self.struck or (strikes and bool(node.text().strip()))
        return strikes

    def _enter(self, entered: _Entered) -> None:
        node, tag = entered.node, entered.tag
        if tag == "br":
            if not self.verbatim or self.row:
                self.line.trim()
            self.line.add_verbatim("\n")
        elif tag == "svg":
            self.drawings += 1
        if tag in _APART:
            self.line.part()
        if entered.within.reads and (words := filled_in(node, tag)):
            self._text(f" {words} ")
        if entered.block:
            self._enter_block(node, tag)
        if entered.look.raised:
            self.line.raise_words()
        elif tag == "sub":
            self.line.begin_lowered()
        elif tag == "a":
            self.line.begin_link(_target(node))

    def _enter_block(self, node: LexborNode, tag: str) -> None:
        if self.row:  # inside a row's cells blocks are lines
            if tag in ("td", "th"):
                self.tables[-1].begin_cell(self.line.pieces)
            elif tag != "tr":
                self.line.begin_line()
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

    def _leave(self, entered: _Entered) -> None:
        tag = entered.tag
        if tag == "svg":
            self.drawings -= 1
        if tag in _APART:
            self.line.part()
        if entered.look.raised:
            self.line.lower_words()
        elif tag == "a":
            self.line.end_link(_target(entered.node))
        if entered.block:
            self._leave_block(entered.node, tag)

    def _leave_block(self, node: LexborNode, tag: str) -> None:
        if self.row:
            if tag in ("td", "th"):
                self.line.end_cell()
                self.tables[-1].end_cell(node, self.line.pieces)
            elif tag == "tr":
                self.tables[-1].end_row(self.line.pieces)
                self.line.take()
                self.row = False
            else:
                self.line.begin_line()
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
            self.line.add_verbatim(text)
        else:
            self.line.add(text)

    def _flush(self) -> None:
        self._write(self.line.take())

    def _write(self, text: str) -> None:
        if not text.strip(NO_WORDS):
            return
        inner, level = self.kinds[-1]
        if self.verbatim:
            inner, level = "code", 0
        if self.nav:
            inner, level = "meta", 0
        self.draft.add(text, inner, level)

    def _flush_verbatim(self, node: LexborNode) -> None:
        text = self.line.take()
        if len(text) < _CODE_CHARS or self.nav or node.css_first("code") is not None:
            self._write(text)
            return
        parts = tuple(find_blocks(text))
        if parts and parts[0].kind == "heading":  # not the page's title
            parts = (Block(parts[0].start, parts[0].end, "heading", 2), *parts[1:])
        if parts:
            self.draft.add_parts(text, parts)


def _target(link: LexborNode) -> str:
    return link.attributes.get("href") or ""
