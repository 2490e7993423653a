"""Excel workbooks of before 2007 (XLS), as [MS-XLS] describes them.

The same shape as an XLSX: a sheet's name as heading, a block a row with its number, a
tab between cells, each cell shown as an XLSX's is; then the words of shapes
and charts and, as meta, comments. Hidden sheets, rows and columns are meta. Page headers
are left out, as is what is struck through in cells (unless all of it is).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from rag.errors import ReadError
from rag.read.compound import Compound, is_encrypted
from rag.read.extraction import STRUCK, Extraction, holds_words
from rag.read.number_format import NumberFormats
from rag.read.sheet import SheetDraft
from rag.read.xls_fonts import FONT, STYLE, Fonts
from rag.read.xls_records import Record, records

VERSION = "xls 3"

_BEGIN = 0x0809
_SHEET, _STRINGS, _FORMAT, _FROM_1904, _CODE_PAGE = 0x85, 0xFC, 0x041E, 0x22, 0x42
_NUMBER, _RK, _RKS, _SHARED, _LABEL, _RICH = 0x0203, 0x027E, 0xBD, 0xFD, 0x0204, 0xD6
_TRUTH, _FORMULA, _RESULT, _OBJECT, _SHAPE_TEXT, _CHART_TEXT = (
    0x0205,
    6,
    0x0207,
    0x5D,
    0x1B6,
    0x100D,
)
_COMMENT = 0x19  # the kind of an object
_ROW, _COLUMNS = 0x0208, 0x7D
_HIDDEN_ROW, _HIDDEN_COLUMN = 0x20, 0x01  # of their flags
_ERRORS = {0: "#NULL!", 7: "#DIV/0!", 15: "#VALUE!", 23: "#REF!", 29: "#NAME?", 36: "#NUM!",
           42: "#N/A"}  # fmt: skip
_NO_STYLE = 0xFFFF
_OLDEST = 0x0500  # Excel 5; before it a workbook was one sheet of another shape


def extract(data: bytes) -> Extraction:
    """Every sheet in the workbook's order.

    Raises:
        ReadError: encrypted, damaged, of Excel 4 and before, or larger than the limits.
    """
    compound = Compound(data)
    if is_encrypted(compound):
        raise ReadError("encrypted: save a copy without the password and rebuild")
    stream = compound.stream("Workbook") or compound.stream("Book")
    try:
        reading = _Workbook(stream, keep_struck=False)
        extraction = reading.read()
        if reading.struck and not holds_words(extraction.blocks):
            extraction = _Workbook(stream, keep_struck=True).read()
        return extraction
    except (struct.error, IndexError) as error:
        raise ReadError("a damaged workbook: save it again from its program") from error


class _Workbook:
    """A workbook's stream, its shared strings and formats."""

    def __init__(self, stream: bytes, *, keep_struck: bool) -> None:
        self.stream = stream
        self.struck = False
        """Whether anything that is struck through was left out."""
        self._keep_struck = keep_struck
        self._fonts = Fonts()
        self._rich: set[int] = set()  # strings with fonts of their own
        self.page = SheetDraft()
        self.encoding = "cp1252"
        self.sheets: list[tuple[int, bool, str]] = []
        self.strings: list[str] = []
        self.objects: list[tuple[str, bool]] = []  # words, and whether a comment's
        self.hidden_rows: set[int] = set()

    def read(self) -> Extraction:
        """The head of the workbook, then its sheets."""
        head = next(records(self.stream, 0), None)
        if head is None or head.kind != _BEGIN or head.number(0) < _OLDEST:
            raise ReadError("no workbook of Excel 5 or later: save it as XLSX and rebuild")
        self.wide = head.number(0) >= 0x0600
        codes: dict[int, str] = {}
        styles: list[int] = []
        from_1904 = False
        for record in records(self.stream, 0):
            if record.kind == _CODE_PAGE:
                self.encoding = _encoding(record.number(0))
            elif record.kind == _FROM_1904:
                from_1904 = record.number(0) == 1
            elif record.kind == _FORMAT:
                codes[record.number(0)] = self._text(record, 2, counted=2 if self.wide else 1)
            elif record.kind in (FONT, STYLE):
                self._fonts.add(record)
                if record.kind == STYLE:
                    styles.append(record.number(2))
            elif record.kind == _SHEET:
                start, state = struct.unpack_from("<IB", record.data)
                self.sheets.append((start, state & 3 != 0, self._text(record, 6, counted=1)))
            elif record.kind == _STRINGS:
                self._take_strings(record)
        self.formats = NumberFormats(codes, styles, from_1904=from_1904)
        for start, hidden, name in self.sheets:
            self.page.begin(" ".join(name.split()), hidden=hidden)
            self._sheet(start)
        return self.page.draft.finish(notes=(STRUCK,) if self.struck else ())

    def _take_strings(self, record: Record) -> None:
        self.strings, fonts = record.shared_strings()
        self._rich = set(fonts)
        for number, runs in () if self._keep_struck else fonts.items():
            shown = self._fonts.shown(self.strings[number], runs)
            self.struck = self.struck or len(shown) < len(self.strings[number])
            self.strings[number] = shown

    def _sheet(self, start: int) -> None:
        rows: dict[int, list[tuple[int, str]]] = {}
        self.objects = []
        self.hidden_rows = set()
        for row, column, style, text in self._cells(start):
            if text.strip() and not self._keep_struck and self._fonts.strikes(style):
                self.struck = True
            elif text.strip():
                rows.setdefault(row, []).append((column, text.strip()))
        for row in sorted(rows):
            self.page.row(row + 1, rows[row], hidden=row in self.hidden_rows)
        self.page.end()
        for words, is_comment in sorted(self.objects, key=lambda found: found[1]):
            self.page.add(words, "meta" if is_comment else "prose")

    def _cells(self, start: int) -> Iterator[tuple[int, int, int, str]]:
        """(row, column, style, text) of each cell, counted from 0; what is hidden, and words of
        objects, are kept apart."""
        formula = (0, 0, 0)  # whose result is a text, which follows it
        is_comment = False
        for record in records(self.stream, start):
            kind, data = record.kind, record.data
            if kind == _OBJECT:
                is_comment = len(data) > 5 and record.number(4) == _COMMENT
            elif kind == _SHAPE_TEXT and record.parts:
                words = record.shape_text() if self.wide else ""
                self.objects += [(line, is_comment) for line in words.splitlines()]
            elif kind == _CHART_TEXT:
                self.objects.append((self._text(record, 2, counted=1), False))
            elif kind == _ROW:
                if record.number(12) & _HIDDEN_ROW:
                    self.hidden_rows.add(record.number(0))
            elif kind == _COLUMNS:
                if record.number(8) & _HIDDEN_COLUMN:
                    self.page.hide_columns(record.number(0), record.number(2))
            elif kind == _RESULT:
                yield *formula, self._text(record, 0, counted=2)
            elif kind == _RKS:
                row, first = record.number(0), record.number(2)
                for number in range((len(data) - 6) // 6):
                    style, packed = struct.unpack_from("<HI", data, 4 + 6 * number)
                    yield row, first + number, style, self._shown(_unpacked(packed), style)
            elif kind in (_NUMBER, _RK, _SHARED, _LABEL, _RICH, _TRUTH, _FORMULA):
                formula = record.number(0), record.number(2), record.number(4)
                text = self._cell(record, record.number(4))
                # A string with fonts of its own has lost what they strike already.
                rich = kind == _SHARED and _string_number(data) in self._rich
                yield (*formula[:2], _NO_STYLE if rich else formula[2], text)

    def _cell(self, record: Record, style: int) -> str:
        kind, data = record.kind, record.data
        if kind == _NUMBER:
            return self._shown(struct.unpack_from("<d", data, 6)[0], style)
        if kind == _RK:
            return self._shown(_unpacked(struct.unpack_from("<I", data, 6)[0]), style)
        if kind == _SHARED:
            return self.strings[_string_number(data)]
        if kind in (_LABEL, _RICH):
            return self._text(record, 6, counted=2)
        if kind == _TRUTH:
            return _truth(data[6], is_error=data[7] != 0)
        if data[12:14] != b"\xff\xff":
            return self._shown(struct.unpack_from("<d", data, 6)[0], style)
        return _truth(data[8], is_error=data[6] == 2) if data[6] in (1, 2) else ""

    def _shown(self, number: float, style: int) -> str:
        return self.formats.show(repr(number), style)

    def _text(self, record: Record, at: int, *, counted: int) -> str:
        """The text at this place, whose length stands in ``counted`` bytes before it."""
        if self.wide:
            return record.text(at, counted)
        length = int.from_bytes(record.data[at : at + counted], "little")
        start = at + counted
        text: str = record.data[start : start + length].decode(self.encoding, "replace")
        return text


def _string_number(cell: bytes) -> int:
    return int.from_bytes(cell[6:10], "little")


def _truth(code: int, *, is_error: bool) -> str:
    return _ERRORS.get(code, "#N/A") if is_error else ("TRUE" if code else "FALSE")


def _unpacked(packed: int) -> float:
    """A number in four bytes: a whole one or the upper half of a fraction, perhaps times 100."""
    number: float
    if packed & 2:
        number = float((packed >> 2) - (1 << 30 if packed & 0x80000000 else 0))
    else:
        (number,) = struct.unpack("<d", struct.pack("<Q", (packed & ~3) << 32))
    return number / 100 if packed & 1 else number


def _encoding(page: int) -> str:
    known = {10000: "mac_roman", 32768: "mac_roman", 32769: "cp1252", 1200: "cp1252"}
    name = known.get(page, f"cp{page}")
    try:
        b"".decode(name)
    except LookupError:
        return "cp1252"
    return name
