"""DrawingML: the words in the shapes, tables and diagrams of Office files."""

from __future__ import annotations

from collections.abc import Iterator

from rag.read.package import Element, Package, alternative, local, value


def paragraph_text(paragraph: Element) -> str:
    """An ``a:p``'s text: its runs, fields' present values and line breaks."""
    pieces: list[str] = []
    for part in paragraph:
        name = local(part)
        if name in ("r", "fld"):
            pieces += [text.text or "" for text in part if local(text) == "t"]
        elif name == "br":
            pieces.append("\n")
        elif name not in ("pPr", "endParaRPr"):  # formulas
            chosen = alternative(part) if name == "AlternateContent" else part
            pieces += [text.text or "" for text in chosen.iter("{*}t")]
    # PowerPoint writes a line break inside a run as a vertical tab.
    return "".join(pieces).replace("_x000B_", "\n").replace("\x0b", "\n")


def table_rows(table: Element) -> Iterator[str]:
    """The rows of an ``a:tbl``, a tab between cells."""
    for row in table:
        if local(row) == "tr":
            cells = ["\n".join(_lines(cell)) for cell in row if local(cell) == "tc"]
            if any(cells):
                yield "\t".join(cells)


def diagram_lines(
    mark: Element, package: Package, relations: dict[str, tuple[str, str]]
) -> Iterator[str]:
    """The paragraphs of the diagram (SmartArt) that a ``dgm:relIds`` in a part stands for."""
    part = relations.get(value(mark, "dm") or "", ("", ""))[1]
    if part in package:
        for paragraph in package.xml(part).iter("{*}p"):
            yield paragraph_text(paragraph)


def _lines(cell: Element) -> Iterator[str]:
    for paragraph in cell.iter("{*}p"):
        text = paragraph_text(paragraph).strip()
        if text:
            yield text
