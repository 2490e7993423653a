"""Excel workbooks (XLSX, XLSM), read from the package's own XML.

A sheet is a heading with its name, then a block a row, which knows its number, its
cells separated by tabs so that each keeps its column (one that is merged down stands in
each of its rows); then the text of its shapes
and, as meta, comments. A cell's number has the digits of Excel's formula line, at most
15 and not rounded to a column's width, with the signs and units that its format writes
around them (£, kg, %); dates are in ISO form, formulas shown by their last result, if the
file has it. Sheets, rows and columns that the workbook hides are meta: no reader would
find the words of a quotation from them. Left out: what is struck through, phonetic
guides, page headers, and numbers that Excel draws from cells into charts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.metadata import version

from rag.errors import ReadError
from rag.read.drawing import paragraph_text
from rag.read.extraction import STRUCK, Extraction, holds_words
from rag.read.grid import Repeats, Spans
from rag.read.number_format import NumberFormats
from rag.read.package import Element, Package, is_true, local, value
from rag.read.sheet import SheetDraft
from rag.read.struck import drop_struck
from rag.read.workbook_text import count, string, struck_styles, unescaped

VERSION = "xlsx 5"

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
    reading = _read(package, keep_struck=False)
    if reading.struck and not holds_words(reading.page.draft.blocks):
        reading = _read(package, keep_struck=True)
    return reading.page.draft.finish(package.title(), reading.notes())


def _read(package: Package, *, keep_struck: bool) -> _Workbook:
    main = package.main("xl/workbook.xml")
    relations = package.relations(main)
    workbook = package.xml(main)
    reading = _Workbook(package, workbook, list(relations.values()), keep_struck=keep_struck)
    for sheet in workbook.iter("{*}sheet"):
        kind, part = relations.get(value(sheet, "id") or "", ("", ""))
        if kind == "worksheet" and part in package:
            hidden = sheet.get("state") in ("hidden", "veryHidden")
            reading.sheet(sheet.get("name") or "", part, hidden=hidden)
        elif kind == "chartsheet" and part in package:
            reading.chart_sheet(sheet.get("name") or "", part)
    return reading


class _Workbook:
    """Writes a workbook's sheets into the draft."""

    def __init__(
        self,
        package: Package,
        workbook: Element,
        parts: list[tuple[str, str]],
        *,
        keep_struck: bool,
    ) -> None:
        self.package = package
        self.struck = False
        """Whether anything that is struck through was left out."""
        self._keep_struck = keep_struck
        self._without_result = 0
        self.page = SheetDraft()
        settings = next(workbook.iter("{*}workbookPr"), None)
        from_1904 = settings is not None and is_true(settings.get("date1904"))
        found = {kind: name for kind, name in parts if name in package}
        styles = package.xml(found["styles"]) if "styles" in found else None
        self.formats = NumberFormats.from_xml(styles, from_1904=from_1904)
        self.repeats = Repeats()
        self._struck_styles = set() if keep_struck else struck_styles(styles)
        self._rich: set[int] = set()  # strings whose runs have fonts of their own
        self.strings: list[str] = []
        if "sharedStrings" in found:
            for number, item in enumerate(package.stream(found["sharedStrings"], "si")):
                if next(item.iter("{*}rPr"), None) is not None:
                    self._rich.add(number)
                self.strings.append(self._text(item))

    def notes(self) -> tuple[str, ...]:
        """A line each of what a reader of the file would miss."""
        lines: list[str] = []
        if self._without_result:
            many = self._without_result > 1
            lines.append(
                f"{self._without_result} formula{'s have' if many else ' has'} no stored result: "
                "open the file in a spreadsheet program and save it"
            )
        if self.struck:
            lines.append(STRUCK)
        return tuple(lines)

    def sheet(self, name: str, part: str, *, hidden: bool) -> None:
        """One sheet of cells, with its shapes and comments."""
        self.page.begin(name, hidden=hidden)
        number = 0
        merged, spans = self._merged(part), Spans(self.repeats)
        for row in self.package.stream(part, "col", "row"):
            if local(row) == "col":
                if is_true(row.get("hidden")):
                    self.page.hide_columns(*(count(row, name) - 1 for name in ("min", "max")))
                continue
            written = row.get("r") or ""
            number = int(written) if written.isdecimal() else number + 1
            cells = list(self._cells(row))
            if cells:
                if merged:
                    cells += self._reaching(number, cells, spans, merged)
                self.page.row(number, cells, hidden=is_true(row.get("hidden")))
        self.page.end()
        relations = sorted(self.package.relations(part).values())
        for drawing in (name for kind, name in relations if kind == "drawing"):
            self._drawing(drawing)
        for kind, comments in relations:
            if kind in _COMMENTS and comments in self.package:
                for comment in self.package.stream(comments, _COMMENTS[kind]):
                    text = self._text(comment)
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
            if text and self._is_struck(cell):
                self.struck = True
            elif text:
                yield column, text

    def _is_struck(self, cell: Element) -> bool:
        """Whether a cell's font strikes all of it through."""
        if not self._struck_styles or count(cell, "s") not in self._struck_styles:
            return False
        kind, number = cell.get("t"), next((part.text for part in cell if local(part) == "v"), "")
        return not (kind == "s" and int(number or "0") in self._rich)

    def _cell(self, cell: Element) -> str:
        kind = cell.get("t") or "n"
        if kind == "inlineStr":
            return "".join(self._text(part) for part in cell if local(part) == "is")
        raw = next((part.text or "" for part in cell if local(part) == "v"), "")
        if not raw.strip():
            # A formula whose result is an empty text is of the kind "str".
            if kind != "str" and any(local(part) == "f" for part in cell):
                self._without_result += 1
            return ""
        if kind == "s":
            number = int(raw) if raw.strip().isdecimal() else len(self.strings)
            if number >= len(self.strings):
                raise ReadError("a damaged workbook: a cell's text is missing; save it again")
            return self.strings[number]
        if kind == "b":
            return "TRUE" if is_true(raw.strip()) else "FALSE"
        if kind == "n":
            return self.formats.show(raw.strip(), count(cell, "s"))
        return unescaped(raw)  # a formula's text, an error such as #DIV/0!, an ISO date

    def _drawing(self, part: str) -> None:
        """The words of the shapes and of the charts' titles that lie on a sheet."""
        if part not in self.package:
            return
        charts = [name for kind, name in self.package.relations(part).values() if kind == "chart"]
        for source in [part, *sorted(charts)]:
            if source in self.package:
                root = self.package.xml(source)
                self._leave_out_struck(root)
                for paragraph in root.iter("{*}p"):
                    self.page.add(paragraph_text(paragraph), "prose")

    def _text(self, element: Element) -> str:
        self._leave_out_struck(element)
        return string(element)

    def _leave_out_struck(self, element: Element) -> None:
        if not self._keep_struck and drop_struck(element):
            self.struck = True


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1
