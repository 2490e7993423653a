"""E-mail messages (EML): the subject as heading, a row each for sender, receivers and date,
then the body, as plain text if the message has that, else as HTML.

Attachments are named as meta, never read; attached messages follow the one that
holds them. Short lines of a body are prose, not headings: in a message they say
something. The parts are split here, not by the standard library's parser, whose
time grows with the depth of the parts, and headers are cut at a length.
"""

from __future__ import annotations

import binascii
import re
from dataclasses import dataclass, replace
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message

from rag.errors import ReadError
from rag.read.decode import decode
from rag.read.extraction import Draft, Extraction, sensible_title
from rag.read.text import find_blocks

VERSION = "eml 2"

_SHOWN = {name.lower(): name for name in ("From", "To", "Cc", "Bcc", "Reply-To", "Date")}
_READ = {*_SHOWN, "subject", "content-type", "content-disposition", "content-transfer-encoding"}
_HEADER = re.compile(rb"([!-9;-~]+)[ \t]*:(.*(?:\r?\n[ \t].*)*)(?:\r?\n|\Z)")
_HEADER_BYTES = 20_000
_MOST_PARTS = 10_000
# Splitting a part reads it once; parts within parts must not make that endless.
_MOST_SPLIT_BYTES = 2_000_000_000
_BODY_TYPES = ("text/plain", "text/html")
_CR_LF = re.compile(rb"\r\n|\r|\n")


@dataclass(frozen=True, slots=True)
class Part:
    """A message or one of its parts: what its headers say, and its body's bytes."""

    headers: Message
    body: bytes

    @property
    def type(self) -> str:
        """The content type in lower case."""
        return self.headers.get_content_type()

    @property
    def attached(self) -> str | None:
        """The name of an attachment, perhaps empty; None if the part is to be read."""
        name = _words(self.headers.get_filename() or "")
        if self.headers.get_content_disposition() == "attachment":
            return name
        readable = self.type in _BODY_TYPES or self.type.startswith(("multipart/", "message/"))
        return None if readable else name

    def decoded(self) -> bytes:
        """The body without its transfer encoding."""
        encoding = str(self.headers.get("content-transfer-encoding", "")).strip().lower()
        if encoding == "quoted-printable":
            return binascii.a2b_qp(self.body)
        if encoding == "base64":
            kept = re.sub(rb"[^A-Za-z0-9+/]", b"", self.body)
            kept = kept[: len(kept) - (len(kept) % 4 == 1)]
            return binascii.a2b_base64(kept + b"=" * (-len(kept) % 4))
        return self.body

    def text(self) -> str:
        """The body as text, in the character set it names if its bytes agree."""
        data = self.decoded()
        return decode(data, self.headers.get_content_charset()) if data.strip() else ""


def reader() -> str:
    """Name and version of this reader, and of the one for its HTML."""
    from rag.read import html

    return f"{VERSION} {html.reader()}"


def extract(data: bytes) -> Extraction:
    """The message and the messages attached to it.

    Raises:
        ReadError: parts within parts without end.
    """
    if data.startswith((b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")):
        data = decode(data).encode("utf-8", "replace")
    message = _part(re.sub(rb"\AFrom [^\n]*\n", b"", data))
    reading = _Reading()
    reading.message(message)
    return reading.draft.finish(sensible_title(_header(message.headers, "subject")))


class _Reading:
    """Writes a message's parts into the draft; a list, not calls, so that depth costs nothing."""

    def __init__(self) -> None:
        self.draft = Draft()
        self.parts = 0
        self.split_bytes = 0
        self.nested = False

    def message(self, message: Part) -> None:
        """A message: its head and its parts, in their order."""
        waiting: list[tuple[Part, bool]] = [(message, True)]
        while waiting:
            part, is_message = waiting.pop()
            self.parts += 1
            if self.parts > _MOST_PARTS:
                raise ReadError(f"more than {_MOST_PARTS:,} parts in a message: save them apart")
            if is_message:
                self._head(part.headers)
            if part.type == "message/rfc822":
                inner = _part(part.decoded().lstrip(b"\r\n"))
                waiting.append((inner, True))
            elif (name := part.attached) is not None:
                self.draft.add(name, "meta")
            elif part.type.startswith("multipart/"):
                parts = self._split(part)
                if part.type == "multipart/alternative":
                    parts = self._best(parts)
                waiting += [(inner, False) for inner in reversed(parts)]
            else:
                _write(part, self.draft)

    def _head(self, headers: Message) -> None:
        self.draft.add(_header(headers, "subject"), "heading", 2 if self.nested else 1)
        self.nested = True
        for key in headers.keys():  # noqa: SIM118 - a message is no mapping
            if key in _SHOWN:
                words = _words(str(headers[key]))
                if words:
                    self.draft.add(f"{_SHOWN[key]}: {words}", "row")

    def _split(self, part: Part) -> list[Part]:
        """The parts of a multipart body, which its boundary separates."""
        boundary = part.headers.get_boundary()
        if not boundary:
            return [Part(_plain_headers(), part.body)]
        self.split_bytes += len(part.body)
        if self.split_bytes > _MOST_SPLIT_BYTES:
            raise ReadError("its parts nest without end: save the message again")
        mark = re.escape(boundary.encode("ascii", "surrogateescape"))
        pieces = re.split(rb"(?:\A|\r?\n)--" + mark + rb"(--)?[ \t]*(?=\r|\n|\Z)", part.body)
        inner: list[Part] = []
        for end, body in zip(pieces[1::2], pieces[2::2], strict=True):
            if end:
                break
            if len(inner) >= _MOST_PARTS:
                raise ReadError(f"more than {_MOST_PARTS:,} parts in a message: save them apart")
            inner.append(_part(re.sub(rb"\A\r?\n", b"", body)))
        return inner

    def _best(self, parts: list[Part]) -> list[Part]:
        """One of the versions of a body: plain text, unless it is a stub beside the other."""
        texts = [part for part in parts if part.type in _BODY_TYPES and part.attached is None]
        if len(texts) < 2:
            plain = texts and len(parts) > 1 and texts[0].type == "text/plain"
            richer = [part for part in parts if part.type.startswith("multipart/")]
            # HTML with its pictures is one part of several here; plain text beside it suffices.
            if plain and richer and texts[0].text().strip():
                return texts
            return parts
        scores = []
        for part in texts:
            draft = Draft()
            _write(part, draft)
            scores.append(len(draft.finish().text.split()))
        for part, score in zip(texts, scores, strict=True):
            if part.type == "text/plain" and score * 2 >= max(scores) and score:
                return [part]
        return [texts[scores.index(max(scores))]]


def _write(part: Part, draft: Draft) -> None:
    """Add a text part's words."""
    (add_page if part.type == "text/html" else add_plain)(part.text(), draft)


def add_page(text: str, draft: Draft) -> None:
    """Add a body's words, from HTML."""
    from rag.read import html

    found = html.extract_text(text)
    if found.blocks:
        draft.add_parts(found.text, found.blocks)


def add_plain(text: str, draft: Draft) -> None:
    """Add a body's words, from plain text."""
    blocks = [
        replace(block, kind="prose", level=0) if block.kind == "heading" else block
        for block in find_blocks(text)
    ]
    if blocks:
        draft.add_parts(text, tuple(blocks))


def _part(data: bytes) -> Part:
    """A part from its headers, an empty line and its body."""
    headers = Message()
    position = 0
    while match := _HEADER.match(data, position):
        position = match.end()
        name = match.group(1).decode("ascii").lower()
        if name in _READ and name not in headers:
            value = _CR_LF.sub(b" ", match.group(2)[:_HEADER_BYTES])
            headers[name] = _characters(value.strip(), "utf-8")
    blank = re.compile(rb"\r?\n").match(data, position)
    return Part(headers, data[blank.end() if blank else position :])


def _plain_headers() -> Message:
    headers = Message()
    headers["content-type"] = "text/plain"
    return headers


def _header(headers: Message, name: str) -> str:
    return _words(str(headers.get(name, "")))


def _words(value: str) -> str:
    """A header's value on one line, its encoded words as characters."""
    try:
        pieces = decode_header(value)
    except (HeaderParseError, ValueError):
        pieces = [(value, None)]
    text = ""
    for piece, charset in pieces:
        if isinstance(piece, bytes):  # what stood between encoded words comes in this encoding
            text += _characters(piece, charset or "raw_unicode_escape")
        else:
            text += piece
    return " ".join(text.split())


def _characters(data: bytes, charset: str) -> str:
    """A header's bytes; those that are not what they claim are commonly Western."""
    try:
        return data.decode(charset)
    except (LookupError, ValueError):
        return data.decode("cp1252", "replace")
