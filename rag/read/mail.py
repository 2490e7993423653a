"""E-mail messages (EML): the subject as heading, a row each for sender, receivers and date,
then the body, as plain text if the message has that and it says all that the HTML
beside it does, else as HTML. Text of another kind that is no attachment, such as Markdown
or a calendar's, is read as plain text.

Attachments are named as meta, never read; attached messages follow the one that
holds them. The parts are split here, not by the standard library's parser, whose
time grows with the depth of the parts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from email.message import Message
from itertools import chain, islice
from typing import NamedTuple

from rag.document import Block
from rag.errors import ReadError
from rag.read.decode import decode
from rag.read.extraction import Draft, Extraction, sensible_title
from rag.read.mail_body import body_blocks, is_attribution
from rag.read.mail_part import SHOWN, Part, header, plain_part, read_part, words

VERSION = "eml 5"

_MOST_PARTS = 10_000
# Splitting a part reads it once; parts within parts must not make that endless.
_MOST_SPLIT_BYTES = 2_000_000_000
_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
_MOST_NUMBERS = 1000


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
    title = sensible_title(header(message.headers, "subject"))
    return reading.draft.finish(title, tuple(dict.fromkeys(reading.notes)))


class Words(NamedTuple):
    """How much one version of a body says: its words, and which numbers are among them."""

    total: int = 0
    numbers: frozenset[str] = frozenset()

    def say_all_of(self, others: Words) -> bool:
        """Whether another version says nothing more: a table of prices is few words of many."""
        if self.total >= 2 * others.total:  # the other one is a stub
            return True
        return self.total * 10 >= others.total * 9 and others.numbers <= self.numbers


_NO_WORDS = Words()


@dataclass(frozen=True, slots=True)
class _Found:
    """A part, the parts to write of it, those of them that are attached, and its words."""

    part: Part
    shown: list[Part]
    held: list[Part]
    words: Words = _NO_WORDS


class _Reading:
    """Writes a message's parts into the draft; a list, not calls, so that depth costs nothing."""

    def __init__(self) -> None:
        self.draft = Draft()
        self.notes: list[str] = []
        self.parts = 0
        self.split_bytes = 0
        self.nested = False

    def message(self, message: Part) -> None:
        """A message: its head and its parts, in their order."""
        waiting: list[tuple[Part, bool]] = [(message, True)]
        while waiting:
            part, is_message = waiting.pop()
            if is_message:
                self._head(part.headers)
                waiting += [(shown, False) for shown in reversed(self._shown(part))]
            elif part.type == "message/rfc822":
                inner = read_part(part.decoded().lstrip(b"\r\n"))
                waiting.append((inner, True))
            elif (name := part.attached) is not None:
                self.draft.add(name, "meta")
            else:
                self.notes += _write(part, self.draft)

    def _shown(self, message: Part) -> list[Part]:
        """The parts of a message to write, its attachments among them, in their order."""
        parts = [message]
        compared = [False]  # whether the part is in one of several versions
        inside: list[range] = []
        while len(inside) < len(parts):
            number = len(inside)
            part, inner = parts[number], []
            if part.attached is None and part.type.startswith("multipart/"):
                inner = self._split(part)
                parts[number] = replace(part, body=b"")  # only its parts count from here on
            several = compared[number] or part.type == "multipart/alternative"
            inside.append(range(len(parts), len(parts) + len(inner)))
            parts += inner
            compared += [several] * len(inner)
            self.parts += 1
            if self.parts > _MOST_PARTS:
                raise ReadError(f"more than {_MOST_PARTS:,} parts in a message: save them apart")
        found: dict[int, _Found] = {}
        for number in reversed(range(len(parts))):  # the parts of a part come behind it
            part = parts[number]
            if part.type == "message/rfc822" or part.attached is not None:
                found[number] = _Found(part, [part], [part])
            elif part.type.startswith("multipart/"):
                found[number] = _together(part, [found.pop(one) for one in inside[number]])
            else:
                said = _words_of_part(part) if compared[number] else _NO_WORDS
                found[number] = _Found(part, [part], [], said)
        return found[0].shown

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


def _together(part: Part, inner: list[_Found]) -> _Found:
    """What to write of a part that holds others."""
    if part.type == "multipart/alternative":
        inner = _versions(inner)
    held = [one for found in inner for one in found.held]
    if part.type == "multipart/related":  # a page's own pictures are no attachments
        held = [one for one in held if one.headers.get_content_disposition() == "attachment"]
    shown = [one for found in inner for one in found.shown]
    return _Found(part, shown, held, _sum([found.words for found in inner if found.words.total]))


def _versions(found: list[_Found]) -> list[_Found]:
    """Of a body's best version all, plain text unless a page beside it says more; of others what
    they attach."""
    # Others may stand beside them: a calendar, a page for one program only.
    bodies = [version for version in found if version.part.is_body] or found
    if not any(version.words.total for version in bodies):
        return found
    plain = [version for version in bodies if version.part.type == "text/plain"]
    others = [version for version in bodies if version.part.type != "text/plain"]
    longest = max(others or plain, key=lambda version: version.words.total)
    best = next((version for version in plain if version.words.say_all_of(longest.words)), longest)
    return [
        version if version is best else replace(version, shown=version.held, words=_NO_WORDS)
        for version in found
    ]


def words_of(text: str) -> Words:
    """What one version of a body says."""
    found = (match[0] for match in _NUMBER.finditer(text))
    return Words(len(text.split()), frozenset(islice(found, _MOST_NUMBERS)))


def _sum(inner: list[Words]) -> Words:
    """What parts that follow each other say."""
    if len(inner) == 1:
        return inner[0]
    numbers = chain.from_iterable(one.numbers for one in inner)
    total = sum(one.total for one in inner)
    return Words(total, frozenset(islice(numbers, _MOST_NUMBERS)))


def _words_of_part(part: Part) -> Words:
    draft = Draft()
    _write(part, draft)
    return words_of(draft.finish().text)


def _write(part: Part, draft: Draft) -> tuple[str, ...]:
    """Add a text part's words; notes of what was left out."""
    if part.type == "text/html":
        return add_page(part.text(), draft)
    return add_plain(part.text(), draft)


def add_page(text: str, draft: Draft) -> tuple[str, ...]:
    """Add a body's words, from HTML; notes of what was left out."""
    from rag.read import html

    found = html.extract_text(text)
    if found.blocks:
        draft.add_parts(found.text, tuple(_attributed(found.text, found.blocks)))
    return found.notes


def _attributed(text: str, blocks: tuple[Block, ...]) -> Iterator[Block]:
    """The blocks of a page; a line that tells who wrote what is quoted below it is context."""
    for block in blocks:
        told = block.kind == "prose" and is_attribution(text[block.start : block.end])
        yield replace(block, kind="meta") if told else block


def add_plain(text: str, draft: Draft) -> tuple[str, ...]:
    """Add a body's words, from plain text; nothing of it is left out."""
    blocks = body_blocks(text)
    if blocks:
        draft.add_parts(text, tuple(blocks))
    return ()
