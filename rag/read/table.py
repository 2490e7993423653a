"""CSV and TSV: one row block a record, cells separated by a tab, every column kept.

A record's number counts as a spreadsheet program does: empty lines count, the lines
inside a cell do not.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator

from rag.read.decode import decode
from rag.read.extraction import Draft, Extraction, after_empty_cells
from rag.read.text import LINE_END

VERSION = "csv 4"

# In the order of preference: beside a semicolon or a tab, commas stand in numbers and sentences.
_DELIMITERS = ";\t|,"
# What Excel writes and reads before the records, and does not show.
_TOLD = re.compile(r"sep=([,;\t|])\r?\n", re.IGNORECASE)
_SAMPLE_LINES = 30
# A cell of more lines is a quotation mark that nobody closed, not a cell.
_MOST_CELL_LINES = 200


def extract(data: bytes, *, tabs: bool = False) -> Extraction:
    """``tabs``: the file's name says that tabs separate its cells."""
    text = decode(data)
    if told := _TOLD.match(text):
        text, delimiter = text[told.end() :], told.group(1)
    else:
        delimiter = "\t" if tabs and "\t" in text else _delimiter(text)
    draft = Draft()
    for number, row in enumerate(_rows(text, delimiter), 1):
        indent, words = after_empty_cells("\t".join(cell.strip() for cell in row))
        draft.add(words, "row", row=number, indent=indent)
    return draft.finish()


def _rows(text: str, delimiter: str) -> list[list[str]]:
    """The records; where a quotation mark is never closed, the lines as they stand."""
    try:
        rows = list(_records(text, delimiter))
    except csv.Error:
        rows = []
    if not rows or any(cell.count("\n") > _MOST_CELL_LINES for row in rows for cell in row):
        return [[line] for line in LINE_END.split(text)]
    # A tab stands between cells, not in one.
    return [[cell.replace("\t", " ") for cell in row] for row in rows]


def _records(text: str, delimiter: str) -> Iterator[list[str]]:
    """The records; one whose quotation marks enclose no whole cell, with its marks, line by line.

    Raises:
        csv.Error: a mark that is never closed; csv's own limit on a cell's length (131,072
            characters, csv.field_size_limit) catches it.
    """
    # Blanks behind a cell's closing mark are allowed: no cell keeps blanks at its end.
    closed = re.sub(rf'(?<!")" +(?=[{delimiter}\r\n]|\Z)', '"', text)
    taken: list[str] = []

    def lines() -> Iterator[str]:
        for line in io.StringIO(closed, newline=""):
            taken.append(line)
            yield line

    spaced = delimiter != "\t"
    # Without strict, csv drops the marks of '"Weird Al" Yankovic'; 'a "b" c' it keeps either way.
    records = csv.reader(lines(), delimiter=delimiter, skipinitialspace=spaced, strict=True)
    while True:
        taken.clear()
        try:
            yield next(records)
        except StopIteration:
            return
        except csv.Error:
            if len(taken) > _MOST_CELL_LINES:
                raise
            yield from csv.reader(taken, delimiter=delimiter, quoting=csv.QUOTE_NONE)


def _delimiter(text: str) -> str:
    """The delimiter whose count, outside quotation marks, is the same on most lines."""
    lines = [line for line in text[:100_000].splitlines() if line.strip()][:_SAMPLE_LINES]
    best, most = ",", 0.0
    for delimiter in _DELIMITERS:
        counts = Counter(_count(line, delimiter) for line in lines)
        del counts[0]
        if counts:
            count, agreeing = counts.most_common(1)[0]
            score = agreeing + min(count, 20) / 100
            if score > most:
                best, most = delimiter, score
    return best


def _count(line: str, delimiter: str) -> int:
    return sum(part.count(delimiter) for part in line.split('"')[::2])
