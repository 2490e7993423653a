"""What a reader gives back, and the draft it assembles it in."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from rag.document import Block, BlockKind

_SURROGATE = re.compile("[\ud800-\udfff]")

# Titles that programs write by themselves: they name no document.
_EMPTY_TITLE = re.compile(
    r"(?:untitled|unbenannt|sans titre|sans nom|title|titel|document|dokument|slide|presentation|"
    r"powerpoint presentation|word document|new document|no title|none|unknown|unspecified|"
    r"\(?anonymous\)?|microsoft (?:word|excel|powerpoint)\b.*|\W*|"
    r".*\.(?:docx?|pptx?|xlsx?|pdf|rtf|tex|dvi|indd|qxd|html?|odt|txt|p65|wpd|pmd|fm))[\s\d]*",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Extraction:
    """A file's text with its blocks; ``notes`` say in a line each what could not be read."""

    text: str
    blocks: tuple[Block, ...]
    title: str | None = None
    notes: tuple[str, ...] = ()


HEADING_CHARS = 300
"""A longer "heading" is a paragraph that someone styled as one, or drew a rule under: it must stay
quotable."""

STRUCK = "struck-through text is left out"
"""A note: to its reader such text is deleted, as "$500" of "$500 $450" is. It is left out unless a
document `holds_words` only then."""


def after_empty_cells(row: str) -> tuple[str, str]:
    """The tabs of a row's empty first cells, which keep the columns and stand in no quote, and the
    row from its first word on."""
    words = row.lstrip("\t")
    return row[: len(row) - len(words)], words


class Draft:
    """Text being assembled block by block, for formats whose text we lay out ourselves.

    A blank line stands between blocks, one line end between rows of a table.
    """

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._length = 0
        self.blocks: list[Block] = []

    def add(
        self,
        text: str,
        kind: BlockKind,
        level: int = 0,
        page: int | None = None,
        *,
        row: int | None = None,
        indent: str = "",
    ) -> None:
        """Append one block, trimmed; white space alone is no block.

        ``indent``: white space to keep before it, such as the tabs of a row's empty first cells.
        """
        text = scalar(text).strip()
        if text:
            self._gap(kind)
            self._push(indent)
            end = self._length + len(text)
            self.blocks.append(Block(self._length, end, kind, level, page, row))
            self._push(text)

    def add_parts(self, text: str, parts: tuple[Block, ...]) -> None:
        """Append text whose blocks are known already, with offsets into ``text``."""
        text = scalar(text)
        start = len(text) - len(text.lstrip())
        end = len(text.rstrip())
        if start >= end:
            return
        self._gap(parts[0].kind)
        shift = self._length - start
        self._push(text[start:end])
        for part in parts:
            at = trimmed(text, part.start, part.end)
            if at is not None:
                self.blocks.append(replace(part, start=at[0] + shift, end=at[1] + shift))

    def finish(self, title: str | None = None, notes: tuple[str, ...] = ()) -> Extraction:
        """The finished text and blocks."""
        return Extraction("".join(self._pieces), tuple(self.blocks), title, notes)

    def _gap(self, kind: BlockKind) -> None:
        if self.blocks:
            self._push("\n" if self.blocks[-1].kind == kind == "row" else "\n\n")

    def _push(self, text: str) -> None:
        self._pieces.append(text)
        self._length += len(text)


def holds_words(blocks: Iterable[Block]) -> bool:
    """Whether a document says anything but meta."""
    return any(block.kind != "meta" for block in blocks)


def scalar(text: str) -> str:
    """The text with lone surrogates, which no file can hold, turned into U+FFFD."""
    return _SURROGATE.sub("\ufffd", text)


def trimmed(text: str, start: int, end: int) -> tuple[int, int] | None:
    """The range without white space at its ends; None when nothing is left."""
    part = text[start:end]
    left = len(part) - len(part.lstrip())
    right = len(part.rstrip())
    return (start + left, start + right) if left < right else None


def sensible_title(title: str | None) -> str | None:
    """The title on one line, or None if a program made it up ("Microsoft Word - a.doc")."""
    line = " ".join(scalar(title or "").replace("\0", " ").split())
    return line if 0 < len(line) <= 300 and not _EMPTY_TITLE.fullmatch(line) else None


def first_heading(extraction: Extraction) -> str | None:
    """The first heading's text on one line, if it stands among the first blocks."""
    for block in extraction.blocks[:20]:
        if block.kind == "heading":
            return sensible_title(extraction.text[block.start : block.end])
    return None
