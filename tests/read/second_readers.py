"""Readers of another make, for the differential test: plain, and told nothing of ours."""

from __future__ import annotations

import email
import email.policy
import html.parser
import io
import re
import zipfile
from collections.abc import Callable
from html import unescape

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


OPEN = "application/vnd.oasis.opendocument."
SECOND: dict[str, Callable[[bytes], str]] = {
    "docx": docx, "pptx": pptx, "odt": opendocument, "odp": opendocument, "html": page,
    "epub": epub, "eml": eml, "txt": plain, "md": plain, "csv": plain,
    "ods": kreuzberg(f"{OPEN}spreadsheet"), "rtf": kreuzberg("application/rtf"),
    "xlsx": kreuzberg("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "xls": kreuzberg("application/vnd.ms-excel"),
}  # fmt: skip
