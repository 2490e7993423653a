"""DrawingML: the words in the shapes, tables, charts and diagrams of Office files."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from decimal import Decimal, InvalidOperation

from rag.read.number_format import plain_number
from rag.read.package import Element, Package, alternative, local, value

# A chart's cache may number its points as it likes.
_MOST_POINTS = 10_000


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


def chart_titles(chart: Element) -> Iterator[str]:
    """The words written on a chart: its title, its axes' titles, its text boxes."""
    for paragraph in chart.iter("{*}p"):
        yield paragraph_text(paragraph)


def chart_rows(chart: Element) -> Iterator[str]:
    """A chart's data as a table: the series' names, then a row for each category."""
    names: list[str] = []
    labels: dict[int, str] = {}
    columns: list[dict[int, str]] = []
    for series in chart.iter("{*}ser"):
        found = {local(part): part for part in series}
        names.append(" ".join(_points(found.get("tx")).values()))
        for axis in ("cat", "xVal"):
            labels = labels or _points(found.get(axis))
        columns.append(_points(found["val"] if "val" in found else found.get("yVal")))
    if any(names):
        yield "\t".join(["", *names] if labels else names)
    for number in sorted({*labels, *(point for column in columns for point in column)}):
        cells = [column.get(number, "") for column in columns]
        yield "\t".join([labels.get(number, ""), *cells] if labels else cells)


def diagram_lines(
    mark: Element, package: Package, relations: dict[str, tuple[str, str]]
) -> Iterator[str]:
    """The paragraphs of the diagram (SmartArt) that a ``dgm:relIds`` in a part stands for."""
    part = relations.get(value(mark, "dm") or "", ("", ""))[1]
    if part in package:
        for paragraph in package.xml(part).iter("{*}p"):
            yield paragraph_text(paragraph)


def _points(source: Element | None) -> dict[int, str]:
    """The cached values that a series' name, labels or numbers had when last drawn."""
    found: dict[int, str] = {}
    for point in source.iter("{*}pt", "{*}v") if source is not None else ():
        if local(point) == "v":
            if local(point.getparent()) != "pt":  # a name written out
                found[0] = point.text or ""
            continue
        number = point.get("idx") or ""
        if not number.isdecimal() or len(found) >= _MOST_POINTS:
            continue
        text = next((part.text or "" for part in point if local(part) == "v"), "")
        if next(point.iterancestors("{*}numCache"), None) is not None:
            with suppress(InvalidOperation):
                text = plain_number(Decimal(text))
        found[int(number)] = text
    return found


def _lines(cell: Element) -> Iterator[str]:
    for paragraph in cell.iter("{*}p"):
        text = paragraph_text(paragraph).strip()
        if text:
            yield text
