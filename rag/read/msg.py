"""Outlook's messages (MSG), as [MS-OXMSG] describes them, in the shape of an EML.

The subject as heading, a row each for sender, receivers and date, then the body: as plain
text if the message has that and it says all that its HTML does, else from its HTML or
RTF. Attachments are named as meta, never read; attached messages follow the one that
holds them.
"""

from __future__ import annotations

import re
import struct
from datetime import UTC, datetime, timedelta

from rag.errors import ReadError
from rag.read import html, mail, rtf
from rag.read.compound import Compound
from rag.read.extraction import Draft, Extraction, sensible_title
from rag.read.outlook_rtf import unpacked

VERSION = "msg 3"

_SUBJECT, _HEADERS, _SUBMITTED, _DELIVERED = 0x0037, 0x007D, 0x0039, 0x0E06
_SENDER, _SENDER_ADDRESS, _SENDER_SMTP = 0x0C1A, 0x0C1F, 0x5D01
_BODY, _RTF, _HTML = 0x1000, 0x1009, 0x1013
_NAME, _ADDRESS, _SMTP, _RECEIVES = 0x3001, 0x3003, 0x39FE, 0x0C15
_LONG_NAME, _SHORT_NAME, _ATTACHED = 0x3707, 0x3704, "__substg1.0_3701000d"
_SHOWN = {1: ("To", 0x0E04), 2: ("Cc", 0x0E03), 3: ("Bcc", 0x0E02)}
_CODE_PAGES = (0x3FFD, 0x3FDE)
_DATE = re.compile(r"^Date:[ \t]*(.+(?:\r?\n[ \t].+)*)", re.MULTILINE | re.IGNORECASE)
_MOST_PARTS = 10_000
_MOST_BYTES = 200_000_000
_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)


def reader() -> str:
    """Name and version of this reader, and of those for its bodies."""
    return f"{VERSION} {rtf.VERSION} {html.reader()}"


def extract(data: bytes) -> Extraction:
    """The message and the messages attached to it.

    Raises:
        ReadError: damaged, or no message.
    """
    compound = Compound(data)
    try:
        return _File(compound).read()
    except (struct.error, IndexError) as error:
        raise ReadError("a damaged message: save it again from its program") from error


class _File:
    """A file's folders, and what has been read of them."""

    def __init__(self, compound: Compound) -> None:
        self.compound = compound
        self.folders = compound.folders()
        self.draft = Draft()
        self.notes: list[str] = []
        self.read_bytes = 0

    def read(self) -> Extraction:
        """The message, then those attached to it: a list, so that depth costs nothing."""
        if not any(name.startswith("__substg1.0_") for name in self.folders[""]):
            raise ReadError("no message of Outlook inside: save it again, or as .eml")
        waiting = [""]
        while waiting:
            message = waiting.pop()
            encoding = self._message(message)
            attachments = self._inside(message, "__attach_version1.0_#")
            for attachment in attachments:
                if f"{attachment}/{_ATTACHED}" not in self.folders:
                    part = _Properties(self, attachment, encoding)
                    name = part.text(_LONG_NAME) or part.text(_SHORT_NAME) or part.text(_NAME)
                    self.draft.add(_line(name), "meta")
            inner = [f"{attachment}/{_ATTACHED}" for attachment in attachments]
            waiting += [folder for folder in reversed(inner) if folder in self.folders]
        title = sensible_title(_Properties(self, "", None).text(_SUBJECT))
        return self.draft.finish(title, tuple(dict.fromkeys(self.notes)))

    def bytes(self, folder: str, name: str) -> bytes:
        """A stream's bytes.

        Raises:
            ReadError: the file's streams are larger than the file can be.
        """
        place = self.folders[folder].get(name)
        data = self.compound.read(*place) if place else b""
        self.read_bytes += len(data)
        if self.read_bytes > _MOST_BYTES:
            raise ReadError("its parts are larger than the file: save the message again")
        return data

    def _inside(self, folder: str, prefix: str) -> list[str]:
        start = f"{folder}/{prefix}".lstrip("/")
        found = (name for name in self.folders if name.startswith(start))
        return sorted(name for name in found if "/" not in name[len(start) :])[:_MOST_PARTS]

    def _message(self, folder: str) -> str:
        """A message's head and body; the encoding of its texts that are not Unicode."""
        message = _Properties(self, folder, None)
        self.draft.add(_line(message.text(_SUBJECT)), "heading", 2 if folder else 1)
        address = message.text(_SENDER_SMTP) or message.text(_SENDER_ADDRESS)
        self._row("From", _person(message.text(_SENDER), address))
        receivers: dict[int, list[str]] = {}
        for number in self._inside(folder, "__recip_version1.0_#"):
            entry = _Properties(self, number, message.encoding)
            address = entry.text(_SMTP) or entry.text(_ADDRESS)
            person = _person(entry.text(_NAME), address)
            if person:
                receivers.setdefault(entry.number(_RECEIVES) or 1, []).append(person)
        for kind, (name, display) in _SHOWN.items():
            self._row(name, ", ".join(receivers.get(kind, ())) or message.text(display))
        header = _DATE.search(message.text(_HEADERS))
        self._row("Date", header.group(1) if header else message.time(_SUBMITTED, _DELIVERED))
        self._body(message)
        return message.encoding

    def _row(self, name: str, words: str) -> None:
        words = _line(words)
        if words:
            self.draft.add(f"{name}: {words}", "row")

    def _body(self, message: _Properties) -> None:
        """Plain text, unless the HTML says more."""
        plain, page = message.text(_BODY), message.text(_HTML)
        if not page:
            page = html.decoded(data) if (data := message.binary(_HTML)) else ""
        bodies = []
        for text, add in ((plain, mail.add_plain), (page, mail.add_page)):
            draft = Draft()
            notes = add(text, draft) if text.strip() else ()
            bodies.append(draft.finish(notes=notes))
        best, other = bodies
        if not mail.words_of(best.text).say_all_of(mail.words_of(other.text)):
            best = other
        if not best.blocks and (found := unpacked(message.binary(_RTF))):
            best = rtf.extract(found)
        if best.blocks:
            self.draft.add_parts(best.text, best.blocks)
        self.notes += best.notes


class _Properties:
    """What a message, a receiver or an attachment says of itself."""

    def __init__(self, file: _File, folder: str, encoding: str | None) -> None:
        self.file, self.folder = file, folder
        fixed = file.bytes(folder, "__properties_version1.0")
        # The head before the properties is 8, 24 or 32 bytes, by what they belong to.
        self._fixed = fixed[len(fixed) % 16 :]
        page = next((number for tag in _CODE_PAGES if (number := self.number(tag))), 0)
        self.encoding = encoding or ("utf-8" if page == 65001 else f"cp{page}")

    def text(self, tag: int) -> str:
        """A text; empty if there is none."""
        data = self._stream(tag, 0x1F)
        if data:
            return _clean(data.decode("utf-16-le", "replace"))
        data = self._stream(tag, 0x1E)
        try:
            return _clean(data.decode(self.encoding))
        except (LookupError, UnicodeDecodeError):
            return _clean(data.decode("cp1252", "replace"))

    def binary(self, tag: int) -> bytes:
        """Bytes; empty if there are none."""
        return self._stream(tag, 0x0102)

    def number(self, tag: int) -> int | None:
        """A whole number."""
        value = self._value(tag, 0x0003)
        return int.from_bytes(value[:4], "little") if value else None

    def time(self, *tags: int) -> str:
        """The first of these times that is there: ``2024-12-22 08:23:00 UTC``."""
        for tag in tags:
            ticks = int.from_bytes(self._value(tag, 0x0040), "little")
            if 0 < ticks < 2_650_467_744_000_000_000:  # the year 9999 ends
                moment = _EPOCH + timedelta(microseconds=ticks // 10)
                return f"{moment:%Y-%m-%d %H:%M:%S} UTC"
        return ""

    def _stream(self, tag: int, kind: int) -> bytes:
        return self.file.bytes(self.folder, f"__substg1.0_{tag:04x}{kind:04x}")

    def _value(self, tag: int, kind: int) -> bytes:
        for at in range(0, len(self._fixed) - 15, 16):
            if struct.unpack_from("<HH", self._fixed, at) == (kind, tag):
                return self._fixed[at + 8 : at + 16]
        return b""


def _person(name: str, address: str) -> str:
    """``Name <address>``; an address of another system than the Internet says nothing."""
    name, address = _line(name), _line(address)
    if "@" not in address or name.lower() == address.lower():
        return name or (address if "@" in address else "")
    return f"{name} <{address}>" if name else address


def _line(words: str) -> str:
    return " ".join(words.split())


def _clean(text: str) -> str:
    return text.rstrip("\0").replace("\0", "\ufffd")
