"""DrawingML: the words in the shapes, tables and diagrams of Office files."""

from __future__ import annotations

from collections.abc import Iterator

from rag.read.grid import Repeats, Spans, claimed
from rag.read.package import Element, Package, alternative, is_true, local, value
from rag.read.raised import Line

# The table styles without a look of their own, and no style.
_PLAIN = (
    None,
    "{2D5ABB26-0587-4C30-8999-92F81FD0307C}",
    "{5940675A-B579-460E-94D1-54222C63F5DA}",
)


def paragraph_text(paragraph: Element) -> str:
    """An ``a:p``'s text: its runs, fields' present values and line breaks."""
    line = Line()
    for part in paragraph:
        name = local(part)
        if name in ("r", "fld"):
            words = "".join(text.text or "" for text in part if local(text) == "t")
            line.add(words, is_raised=_is_raised(part))
        elif name == "br":
            line.add("\n", is_raised=False)
        elif name not in ("pPr", "endParaRPr"):  # formulas
            chosen = alternative(part) if name == "AlternateContent" else part
            for text in chosen.iter("{*}t"):
                line.add(text.text or "", is_raised=False)
    # PowerPoint writes a line break inside a run as a vertical tab.
    return line.take().replace("_x000B_", "\n").replace("\x0b", "\n")


def table_rows(table: Element, repeats: Repeats) -> Iterator[tuple[int, str]]:
    """The rows of an ``a:tbl`` that hold a word: its number from 1, and its cells, a tab between
    them. A cell that is merged down stands in each of its rows."""
    spans = Spans(repeats)
    rows = (row for row in table if local(row) == "tr")
    for number, row in enumerate(rows, 1):
        spans.begin_row(number)
        cells: list[str] = []
        for column, cell in enumerate(cell for cell in row if local(cell) == "tc"):
            text = "\n".join(_lines(cell))
            last = number + claimed(cell.get("rowSpan")) - 1
            if last > number:
                spans.open(column, last, text)
            elif is_true(cell.get("vMerge")):
                text = spans.through(column, text)
            cells.append(text)
        if any(cells):
            yield number, "\t".join(cells)


def has_head(table: Element) -> bool:
    """Whether a table's style sets its first row apart from the others."""
    for properties in (part for part in table if local(part) == "tblPr"):
        style = next((part.text for part in properties if local(part) == "tableStyleId"), None)
        return is_true(properties.get("firstRow")) and style not in _PLAIN
    return False


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
            yield text.replace("\t", " ")  # a tab stands between cells


def _is_raised(run: Element) -> bool:
    """Whether a run's baseline is above that of its line."""
    marks = [part.get("baseline") or "0" for part in run if local(part) == "rPr"]
    return any(mark.strip("0%.") and not mark.startswith("-") for mark in marks)
