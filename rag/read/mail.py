"""E-mail messages (EML): the subject as heading, a row each for sender, receivers and date,
then the body, as plain text if the message has that, else as HTML.

Attachments are named as meta, never read; attached messages follow the one that
holds them. Short lines of a body are prose, not headings: in a message they say
something. The parts are split here, not by the standard library's parser, whose
time grows with the depth of the parts.
"""

from __future__ import annotations

import re
from dataclasses import replace
from email.message import Message

from rag.errors import ReadError
from rag.read.decode import decode
from rag.read.extraction import Draft, Extraction, sensible_title
from rag.read.mail_part import BODY_TYPES, SHOWN, Part, header, plain_part, read_part, words
from rag.read.text import find_blocks

VERSION = "eml 2"

_MOST_PARTS = 10_000
# Splitting a part reads it once; parts within parts must not make that endless.
_MOST_SPLIT_BYTES = 2_000_000_000


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
    message = read_part(re.sub(rb"\AFrom [^\n]*\n", b"", data))
    reading = _Reading()
    reading.message(message)
    return reading.draft.finish(sensible_title(header(message.headers, "subject")))


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
                inner = read_part(part.decoded().lstrip(b"\r\n"))
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
        self.draft.add(header(headers, "subject"), "heading", 2 if self.nested else 1)
        self.nested = True
        for key in headers.keys():  # noqa: SIM118 - a message is no mapping
            if key in SHOWN:
                value = words(str(headers[key]))
                if value:
                    self.draft.add(f"{SHOWN[key]}: {value}", "row")

    def _split(self, part: Part) -> list[Part]:
        """The parts of a multipart body, which its boundary separates."""
        boundary = part.headers.get_boundary()
        if not boundary:
            return [plain_part(part.body)]
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
            inner.append(read_part(re.sub(rb"\A\r?\n", b"", body)))
        return inner

    def _best(self, parts: list[Part]) -> list[Part]:
        """One of the versions of a body: plain text, unless it is a stub beside the other."""
        texts = [part for part in parts if part.type in BODY_TYPES and part.attached is None]
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
