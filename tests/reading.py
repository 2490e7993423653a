"""Documents of a few lines, as their readers see them."""

from __future__ import annotations

from rag.document import Document
from rag.read import html, markdown, text


def document(source: str, kind: str = "md") -> Document:
    """What the reader of files that end in ``kind`` makes of a source."""
    extract = {"md": markdown.extract, "html": html.extract, "txt": text.extract}[kind]
    read = extract(source.encode())
    return Document(f"a.{kind}", "a", read.text, read.blocks, "f" * 64, "test")
