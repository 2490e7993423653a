"""Excel workbooks (XLSX, XLSM), read from the package's own XML.

A sheet is a heading with its name, then a block a row, which knows its number, its
cells separated by tabs so that each keeps its column (one that is merged down stands in
each of its rows); then the text of its shapes
and, as meta, comments. A cell's number has the digits of Excel's formula line, at most 15 and
not rounded to a column's width, with the signs and units that its format writes around them
(£, kg, %); dates are in ISO form, formulas shown by their last result. Sheets that the workbook hides are meta: no
reader would find the words of a quotation from them. Left out: phonetic guides, page
headers, and numbers that Excel draws from cells into charts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.metadata import version

from rag.errors import ReadError
from rag.read.drawing import paragraph_text
from rag.read.extraction import Extraction
from rag.read.grid import Repeats, Spans
from rag.read.number_format import NumberFormats
from rag.read.package import Element, Package, local, value
from rag.read.sheet import SheetDraft

VERSION = "xlsx 3"

_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_COMMENTS = {"comments": "comment", "threadedComment": "threadedComment"}
# Excel's own words to programs that cannot show the thread, whose words have a part of their own.
_THREADED = "[Threaded comment]"
_REFERENCE = re.compile(r"([A-Z]{1,3})\d+")
_MERGED = re.compile(
    rb"<(?:\w+:)?mergeCell\s+ref=[\"']([A-Z]{1,3})(\d{1,7}):[A-Z]{1,3}(\d{1,7})[\"']"
)


def reader() -> str:
    """Name and version of this reader."""
    return f"{VERSION} lxml {version('lxml')}"


def extract(data: bytes) -> Extraction:
    """Every sheet in the workbook's order.

    Raises:
        ReadError: damaged, hostile, binary (XLSB), or larger than the limits.
    """
    package = Package(data)
    if "xl/workbook.bin" in package:
        raise ReadError("a binary workbook (.xlsb): save it as .xlsx and rebuild")
    main = package.main("xl/workbook.xml")
    relations = package.relations(main)
    workbook = package.xml(main)
    reading = _Workbook(package, workbook, list(relations.values()))
    for sheet in workbook.iter("{*}sheet"):
        kind, part = relations.get(value(sheet, "id") or "", ("", ""))
        if kind == "worksheet" and part in package:
            hidden = sheet.get("state") in ("hidden", "veryHidden")
            reading.sheet(sheet.get("name") or "", part, hidden=hidden)
        elif kind == "chartsheet" and part in package:
            reading.chart_sheet(sheet.get("name") or "", part)
    return reading.page.draft.finish(package.title())


class _Workbook:
    """Writes a workbook's sheets into the draft."""

    def __init__(self, package: Package, workbook: Element, parts: list[tuple[str, str]]) -> None:
        self.package = package
        self.page = SheetDraft()
        settings = next(workbook.iter("{*}workbookPr"), None)
        from_1904 = settings is not None and settings.get("date1904") in ("1", "true")
        found = {kind: name for kind, name in parts if name in package}
        styles = package.xml(found["styles"]) if "styles" in found else None
        self.formats = NumberFormats.from_xml(styles, from_1904=from_1904)
        self.repeats = Repeats()
        self.strings: list[str] = []
        if "sharedStrings" in found:
            self.strings += map(_string, package.stream(found["sharedStrings"], "si"))

    def sheet(self, name: str, part: str, *, hidden: bool) -> None:
        """One sheet of cells, with its shapes and comments."""
        self.page.begin(name, hidden=hidden)
        number = 0
        merged, spans = self._merged(part), Spans(self.repeats)
        for row in self.package.stream(part, "row"):
            written = row.get("r") or ""
            number = int(written) if written.isdecimal() else number + 1
            cells = list(self._cells(row))
            if cells:
                if merged:
                    cells += self._reaching(number, cells, spans, merged)
                self.page.row(number, cells)
        relations = sorted(self.package.relations(part).values())
        for drawing in (name for kind, name in relations if kind == "drawing"):
            self._drawing(drawing)
        for kind, comments in relations:
            if kind in _COMMENTS and comments in self.package:
                for comment in self.package.stream(comments, _COMMENTS[kind]):
                    text = _string(comment)
                    if not text.startswith(_THREADED):
                        self.page.add(text, "meta")

    def _reaching(
        self,
        number: int,
        cells: list[tuple[int, str]],
        spans: Spans,
        merged: dict[tuple[int, int], int],
    ) -> list[tuple[int, str]]:
        """What reaches into a row from above, where it has nothing of its own."""
        spans.begin_row(number)
        held = {column for column, _ in cells}
        found = [(at, spans.at(at)) for at in spans.columns() if at not in held]
        for column, text in cells:
            if last := merged.get((number, column)):
                spans.open(column, last, text)
        return [(column, above[0]) for column, above in found if above and above[0]]

    def _merged(self, part: str) -> dict[tuple[int, int], int]:
        """Of the cells that are merged down, by row and column, their last row."""
        # They stand behind all rows: found without reading those twice.
        marks = (mark.groups() for mark in _MERGED.finditer(self.package.bytes(part)))
        return {
            (int(first), _column(column.decode("ascii"))): int(last)
            for column, first, last in marks
            if first != last
        }

    def chart_sheet(self, name: str, part: str) -> None:
        """A sheet that is one chart: its title and labels."""
        self.page.begin(name, hidden=False)
        for kind, drawing in sorted(self.package.relations(part).values()):
            if kind == "drawing":
                self._drawing(drawing)

    def _cells(self, row: Element) -> Iterator[tuple[int, str]]:
        """(column from 0, text) of each cell of a row that shows something."""
        column = -1
        for cell in row:
            if local(cell) != "c":
                continue
            reference = _REFERENCE.match(cell.get("r") or "")
            column = _column(reference.group(1)) if reference else column + 1
            text = self._cell(cell).strip()
            if text:
                yield column, text

    def _cell(self, cell: Element) -> str:
        kind = cell.get("t") or "n"
        if kind == "inlineStr":
            return "".join(_string(part) for part in cell if local(part) == "is")
        raw = next((part.text or "" for part in cell if local(part) == "v"), "")
        if not raw.strip():
            return ""
        if kind == "s":
            number = int(raw) if raw.strip().isdecimal() else len(self.strings)
            if number >= len(self.strings):
                raise ReadError("a damaged workbook: a cell's text is missing; save it again")
            return self.strings[number]
        if kind == "b":
            return "TRUE" if raw.strip() in ("1", "true") else "FALSE"
        if kind == "n":
            style = cell.get("s") or "0"
            return self.formats.show(raw.strip(), int(style) if style.isdecimal() else 0)
        return _unescaped(raw)  # a formula's text, an error such as #DIV/0!, an ISO date

    def _drawing(self, part: str) -> None:
        """The words of the shapes and of the charts' titles that lie on a sheet."""
        if part not in self.package:
            return
        charts = [name for kind, name in self.package.relations(part).values() if kind == "chart"]
        for source in [part, *sorted(charts)]:
            if source in self.package:
                for paragraph in self.package.xml(source).iter("{*}p"):
                    self.page.add(paragraph_text(paragraph), "prose")


def _string(element: Element) -> str:
    """The text of a string item and its runs, without the phonetic guide."""
    pieces = [
        text.text or ""
        for text in element.iter("{*}t", "{*}text")
        if not any(local(parent) == "rPh" for parent in text.iterancestors())
    ]
    return _unescaped("".join(pieces))


def _unescaped(text: str) -> str:
    """Characters that XML cannot hold are written ``_x000D_``."""
    return _ESCAPED.sub(lambda match: chr(int(match.group(1), 16)), text).replace("\0", "\ufffd")


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1
