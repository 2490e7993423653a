"""DrawingML charts: the words on them, and their data as a table."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from rag.read.drawing import paragraph_text
from rag.read.number_format import number_format
from rag.read.package import Element, is_true, local

# A chart's cache may number its points as it likes.
_MOST_POINTS = 10_000
_MOST_LEVELS = 10

Points = dict[int, str]
"""The values of a series, or the labels of its values, by their number."""


def chart_titles(chart: Element) -> Iterator[str]:
    """The words written on a chart: its title, its axes' titles, its text boxes."""
    for paragraph in chart.iter("{*}p"):
        yield paragraph_text(paragraph)


def chart_rows(chart: Element) -> Iterator[str]:
    """A chart's data as a table: the series' names, then a row for each category. Series whose
    labels differ, as the horizontal values of scattered points do, have each a table of its own."""
    from_1904 = any(is_true(mark.get("val")) for mark in chart.iter("{*}date1904"))
    labels: Points = {}
    names: list[str] = []
    columns: list[Points] = []
    for series in chart.iter("{*}ser"):
        if local(series.getparent()).startswith("filtered"):  # taken off the chart
            continue
        found = {local(part): part for part in series}
        own = _points(found["cat"] if "cat" in found else found.get("xVal"), from_1904)
        if any(labels.get(number, label) != label for number, label in own.items()):
            yield from _rows(labels, names, columns)
            labels, names, columns = {}, [], []
        labels |= own
        names.append(" ".join(_points(found.get("tx"), from_1904).values()))
        columns.append(_points(found["val"] if "val" in found else found.get("yVal"), from_1904))
    yield from _rows(labels, names, columns)


def _rows(labels: Points, names: list[str], columns: list[Points]) -> Iterator[str]:
    if any(names):
        yield "\t".join(["", *names] if labels else names)
    for number in sorted({*labels, *(point for column in columns for point in column)}):
        cells = [column.get(number, "") for column in columns]
        yield "\t".join([labels.get(number, ""), *cells] if labels else cells)


def _points(source: Element | None, from_1904: bool) -> Points:
    """The cached values that a series' name, labels or numbers had when last drawn."""
    if source is None:
        return {}
    levels = list(islice(source.iter("{*}lvl"), _MOST_LEVELS))
    if levels:
        return _joined([_cached(level, "", from_1904) for level in levels])
    code = next((mark.text or "" for mark in source.iter("{*}formatCode")), "")
    written = (
        value.text or "" for value in source.iter("{*}v") if local(value.getparent()) != "pt"
    )
    found = _cached(source, code, from_1904)
    name = next(written, None)  # a name written out, in no cache
    return found if name is None else {0: name} | found


def _joined(levels: list[Points]) -> Points:
    """Labels of several levels, the innermost first: each stands under the last one of those above
    it, "2023 Q2"."""
    found: Points = {}
    above: dict[int, str] = {}
    for number in sorted({number for level in levels for number in level}):
        for depth in range(len(levels) - 1, 0, -1):
            if number in levels[depth]:
                # A new year begins without the quarter of the last one.
                above = {at: label for at, label in above.items() if at > depth}
                above[depth] = levels[depth][number]
        own = [above[depth] for depth in sorted(above, reverse=True)]
        found[number] = " ".join([*own, levels[0].get(number, "")]).strip()
    return found


def _cached(source: Element, code: str, from_1904: bool) -> Points:
    found: Points = {}
    for point in source.iter("{*}pt"):
        number = point.get("idx") or ""
        if not number.isdecimal() or len(found) >= _MOST_POINTS:
            continue
        text = next((part.text or "" for part in point if local(part) == "v"), "")
        if next(point.iterancestors("{*}numCache", "{*}numLit"), None) is not None:
            shown = number_format(point.get("formatCode") or code)
            text = shown.show(text.strip(), from_1904=from_1904)
        found[int(number)] = " ".join(text.split())
    return found
