"""A message's parts, each with its headers, its body's bytes and the text in them.

The headers are read here, not by the standard library's parser, and cut at a length.
"""

from __future__ import annotations

import binascii
import re
from dataclasses import dataclass
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message

from rag.read.decode import decode

BODY_TYPES = ("text/plain", "text/html")
SHOWN = {name.lower(): name for name in ("From", "To", "Cc", "Bcc", "Reply-To", "Date")}
_READ = {*SHOWN, "subject", "content-type", "content-disposition", "content-transfer-encoding"}
_HEADER = re.compile(rb"([!-9;-~]+)[ \t]*:(.*(?:\r?\n[ \t].*)*)(?:\r?\n|\Z)")
_HEADER_BYTES = 20_000
# The style and the programs of a page beside them: no words of the message.
_OF_PAGES = ("text/css", "text/javascript")
_LINE = re.compile(rb"[^\r\n]+")
_BASE64 = re.compile(rb"[A-Za-z0-9+/]*")
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
    def is_body(self) -> bool:
        """Whether it may be a message's body, or one version of it."""
        readable = self.type in BODY_TYPES or self.type.startswith("multipart/")
        return readable and self.attached is None

    @property
    def attached(self) -> str | None:
        """The name of an attachment, perhaps empty; None if the part is to be read."""
        name = words(self.headers.get_filename() or "")
        if self.headers.get_content_disposition() == "attachment":
            return name
        readable = self.type in BODY_TYPES or self.type.startswith(("multipart/", "message/"))
        # What a mail program shows under the body, such as an invitation, has no name.
        shown = self.type.startswith("text/") and not name and self.type not in _OF_PAGES
        return None if readable or shown else name

    def decoded(self) -> bytes:
        """The body without its transfer encoding."""
        encoding = str(self.headers.get("content-transfer-encoding", "")).strip().lower()
        if encoding == "quoted-printable":
            return binascii.a2b_qp(self.body)
        if encoding == "base64":
            kept = _base64(self.body)
            kept = kept[: len(kept) - (len(kept) % 4 == 1)]
            return binascii.a2b_base64(kept + b"=" * (-len(kept) % 4))
        return self.body

    def text(self) -> str:
        """The body as text, in the character set it names if its bytes agree."""
        data = self.decoded()
        return decode(data, self.headers.get_content_charset()) if data.strip() else ""


def read_part(data: bytes) -> Part:
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


def plain_part(body: bytes) -> Part:
    """A part of plain text, without headers."""
    headers = Message()
    headers["content-type"] = "text/plain"
    return Part(headers, body)


def header(headers: Message, name: str) -> str:
    """A header's value on one line, empty if there is none."""
    return words(str(headers.get(name, "")))


def words(value: str) -> str:
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


def _base64(body: bytes) -> bytes:
    """The characters of a body in base64, up to what a mailing list put behind it."""
    kept = bytearray()
    for line in _LINE.finditer(body):
        data, padding, _ = line.group().strip().partition(b"=")
        if not _BASE64.fullmatch(data):
            break
        kept += data
        if padding:
            break
    return bytes(kept)


def _characters(data: bytes, charset: str) -> str:
    """A header's bytes; those that are not what they claim are commonly Western."""
    try:
        return data.decode(charset)
    except (LookupError, ValueError):
        return data.decode("cp1252", "replace")
