"""Documents of a few lines, as their readers see them."""

from __future__ import annotations

from rag.document import Block, Document
from rag.read import html, markdown, text


def document(source: str, kind: str = "md") -> Document:
    """What the reader of files that end in ``kind`` makes of a source."""
    extract = {"md": markdown.extract, "html": html.extract, "txt": text.extract}[kind]
    read = extract(source.encode())
    return Document(f"a.{kind}", "a", read.text, read.blocks, "f" * 64, "test")


def table(*lines: str, numbered: bool = True) -> Document:
    """A sheet of these rows, a tab between cells; or one whose rows have no numbers."""
    blocks, at = [], 0
    for number, line in enumerate(lines, start=1):
        blocks.append(Block(at, at + len(line), "row", row=number if numbered else None))
        at += len(line) + 1
    return Document("staff.csv", "Staff", "\n".join(lines), tuple(blocks), "", "")
