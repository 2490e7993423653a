"""Readers of another make, for the differential test: plain, and told nothing of ours."""

from __future__ import annotations

import email
import email.policy
import html.parser
import io
import re
import struct
import zipfile
from collections.abc import Callable
from html import unescape
from typing import Any

_BREAKS = re.compile(
    r"<(?:w:(?:p|tab|br|cr|tc|ptab)|a:(?:p|br|tc)|text:(?:p|h|tab|line-break|s)|table:table-cell)\b[^>]*/?>"
)


def xml_words(data: bytes, parts: str, kept: str, dropped: str) -> str:
    """The text of some elements in a package's parts, by regular expressions alone.

    ``kept``: the elements whose text counts, or "" for all; ``dropped``: elements left out.
    """
    pieces: list[str] = []
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for name in archive.namelist():
            if not re.fullmatch(parts, name):
                continue
            source = archive.read(name).decode("utf-8")
            source = re.sub(rf"<({dropped})\b[^>]*(?<!/)>.*?</\1>", "", source, flags=re.S)
            source = _BREAKS.sub(lambda match: " " + match.group(), source)
            if kept:
                tokens = re.findall(rf"<(?:{kept})(?: [^>]*)?(?<!/)>([^<]*)|( )(?=<)", source)
                source = "".join(text or space for text, space in tokens)
            else:
                source = re.sub(r"<[^>]*>", "", source)
            pieces.append(unescape(source))
    return "\n".join(pieces)


def docx(data: bytes) -> str:
    """Every ``w:t`` that is not deleted."""
    parts = r"/?(?:word/)?(?:document|footnotes|endnotes)\d*\.xml"
    return xml_words(data, parts, "w:t", "w:del|w:moveFrom|mc:Fallback|w:rt")


def pptx(data: bytes) -> str:
    """Every ``a:t`` of slides, notes and diagrams."""
    parts = r"ppt/(?:slides|notesSlides|diagrams)/(?:slide|notesSlide|data)\d+\.xml"
    return xml_words(data, parts, "a:t", "a:fld|mc:Fallback")


def opendocument(data: bytes) -> str:
    """All text of the body."""
    dropped = (
        "office:automatic-styles|text:tracked-changes|office:annotation|text:note-citation|"
        "office:scripts|office:font-face-decls|text:page-number|svg:title|svg:desc|"
        "text:table-of-content-source|text:bibliography-source|office:event-listeners"
    )
    return xml_words(data, r"content\.xml", "", dropped)


class _Page(html.parser.HTMLParser):
    _SKIPPED = frozenset(
        "head script style template noscript iframe canvas audio video datalist select object "
        "noembed noframes".split()
    )
    _INLINE = frozenset(
        "a abbr acronym b bdi bdo big cite code data del dfn em font i img ins kbd label mark q s "
        "samp small span strike strong sub sup time tt u var wbr path svg g link meta".split()
    )

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self.skipped: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in self._SKIPPED:
            self.skipped.append(tag)
        if tag == "body":
            self.skipped.clear()
        if tag not in self._INLINE:
            self.pieces.append(" ")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in self._INLINE:
            self.pieces.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in self.skipped:
            del self.skipped[self.skipped.index(tag) :]
        if tag not in self._INLINE:
            self.pieces.append(" ")

    def handle_data(self, data: str) -> None:
        if not self.skipped:
            self.pieces.append(data)


def page(data: bytes) -> str:
    """The text between tags, by the standard library's parser."""
    try:
        source = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        source = data.decode("cp1252", "replace")
    parser = _Page()
    parser.feed(source)
    parser.close()
    return "".join(parser.pieces)


def epub(data: bytes) -> str:
    """Every page in the book's package but its table of contents."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = [n for n in archive.namelist() if re.search(r"\.x?html?$|/main\d\.xml$", n)]
        pages = [archive.read(n) for n in names if "MACOSX" not in n and "toc.x" not in n]
    return "\n".join(map(page, pages))


def eml(data: bytes) -> str:
    """The body by the standard library, and the headers that matter."""
    message = email.message_from_bytes(data, policy=email.policy.default)
    body = message.get_body(("plain", "html"))
    head = " ".join(
        f"{name}: {value}" if name != "Subject" else str(value)
        for name, value in message.items()
        if name in ("From", "To", "Cc", "Bcc", "Reply-To", "Date", "Subject")
    )
    names = " ".join(part.get_filename() or "" for part in message.walk())
    if body is None:
        return f"{head} {names}"
    text = body.get_content()
    if body.get_content_type() == "text/html":
        text = page(text.encode("utf-8"))
    return f"{head} {names} {text}"


def plain(data: bytes) -> str:
    """The bytes as UTF-8."""
    return data.decode("utf-8-sig")


def kreuzberg(mime_type: str) -> Callable[[bytes], str]:
    """kreuzberg's plain text."""

    def read(data: bytes) -> str:
        from kreuzberg import ExtractionConfig, extract_bytes_sync

        config = ExtractionConfig(use_cache=False, enable_quality_processing=False)
        return str(extract_bytes_sync(data, mime_type, config).content)

    return read


def pdf(data: bytes) -> str:
    """Every glyph on every page by pdfminer; one without a character in its font is left out."""
    from pdfminer.high_level import extract_text
    from pdfminer.layout import LAParams

    parameters = LAParams(boxes_flow=None, all_texts=True)
    return re.sub(r"\(cid:\d+\)", "", extract_text(io.BytesIO(data), laparams=parameters))


def xls(data: bytes) -> str:
    """Every sheet's name and cells by xlrd, dates in ISO form."""
    import xlrd

    book = xlrd.open_workbook(file_contents=data, formatting_info=True)
    pieces = []
    for sheet in book.sheets():
        pieces.append(sheet.name if sheet.nrows else "")
        for cell in (cell for row in sheet.get_rows() for cell in row):
            if cell.ctype == xlrd.XL_CELL_NUMBER:
                pieces.append(f"{cell.value:.15g}")
            elif cell.ctype == xlrd.XL_CELL_DATE:
                pieces.append(str(xlrd.xldate_as_datetime(cell.value, book.datemode)))
            else:
                pieces.append(str(cell.value))
    return "\n".join(pieces)


def ppt(data: bytes) -> str:
    """Every text atom that the stream holds, whatever it belongs to, by its head's bytes."""
    stream = _ole(data).openstream("PowerPoint Document").read()
    pieces = [
        stream[found.end() : found.end() + int.from_bytes(found[2], "little")].decode(
            "utf-16-le" if found[1] == b"\xa0" else "latin-1", "replace"
        )
        for found in re.finditer(rb"\0\0([\xa0\xa8])\x0f(..\0\0)", stream, re.S)
    ]
    return "\n".join(pieces).replace("\x0b", "\n")


def doc(data: bytes) -> str:
    """The text as the piece table has it, fields and marks and all."""
    ole = _ole(data)
    document = ole.openstream("WordDocument").read()
    table = ole.openstream("1Table" if document[11] & 2 else "0Table").read()
    start, size = struct.unpack_from("<II", document, 0x1A2)
    pieces = table[start : start + size]
    pieces = pieces[pieces.index(b"\x02") :] if pieces[:1] == b"\x02" else pieces
    count = (struct.unpack_from("<I", pieces, 1)[0] - 4) // 12
    places = struct.unpack_from(f"<{count + 1}I", pieces, 5)
    text = ""
    for number in range(count):
        (at,) = struct.unpack_from("<I", pieces, 5 + 4 * (count + 1) + 8 * number + 2)
        length = places[number + 1] - places[number]
        if at & 0x40000000:
            at = (at & 0x3FFFFFFF) // 2
            text += document[at : at + length].decode("cp1252", "replace")
        else:
            text += document[at : at + 2 * length].decode("utf-16-le", "replace")
    # Without the codes of fields.
    return re.sub("\x13[^\x13\x14\x15]*(?:\x14|(?=\x15))", "", text)


def msg(data: bytes) -> str:
    """The streams that hold a person's words: subject, people, body, attachments' names."""
    ole = _ole(data)
    pieces = []
    for path in ole.listdir():
        name = path[-1].removeprefix("__substg1.0_").upper()
        shown = {"0037", "0C1A", "5D01", "1000"} if len(path) == 1 else {"3707"}
        if "__recip" in path[0]:
            shown = {"3001", "39FE"}
        if name[:4] in shown and name[4:] in ("001F", "001E"):
            encoding = "utf-16-le" if name.endswith("F") else "cp1252"
            pieces.append(ole.openstream(path).read().decode(encoding).strip("\0"))
    return "\n".join(pieces)


def _ole(data: bytes) -> Any:
    import olefile

    return olefile.OleFileIO(io.BytesIO(data))


OPEN = "application/vnd.oasis.opendocument."
SECOND: dict[str, Callable[[bytes], str]] = {
    "docx": docx, "pptx": pptx, "odt": opendocument, "odp": opendocument, "html": page,
    "epub": epub, "eml": eml, "txt": plain, "md": plain, "csv": plain,
    "ods": kreuzberg(f"{OPEN}spreadsheet"), "rtf": kreuzberg("application/rtf"),
    "xlsx": kreuzberg("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "xls": xls, "pdf": pdf, "doc": doc, "ppt": ppt, "msg": msg,
}  # fmt: skip
