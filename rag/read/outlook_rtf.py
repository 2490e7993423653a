"""The compressed RTF in which Outlook keeps a message's body, as [MS-OXRTFCP] describes it."""

from __future__ import annotations

import struct

_HEAD_BYTES = 16
_COMPRESSED, _PLAIN = b"LZFu", b"MELA"
_WINDOW = 4096
# What the window holds before the first byte.
_START = (
    rb"{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript "
    rb"\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\colortbl\red0\green0\blue0"
    b"\r\n"
    rb"\par \pard\plain\f0\fs20\b\i\u\tab\tx"
)


def unpacked(data: bytes) -> bytes:
    """The RTF; empty where the data is none. A damaged one ends where the damage begins."""
    if len(data) < _HEAD_BYTES:
        return b""
    packed_size, size = struct.unpack_from("<II", data)
    body = data[_HEAD_BYTES : packed_size + 4]
    if data[8:12] == _PLAIN:
        return body[:size]
    if data[8:12] != _COMPRESSED:
        return b""
    window = bytearray(_START.ljust(_WINDOW, b"\0"))
    write = len(_START)
    text = bytearray()
    at = 0
    while at < len(body):
        control = body[at]
        at += 1
        for bit in range(8):
            if at + (control >> bit & 1) >= len(body):
                return bytes(text[:size])
            if not control >> bit & 1:
                run = body[at : at + 1]
                at += 1
            else:
                (reference,) = struct.unpack_from(">H", body, at)
                at += 2
                start, length = reference >> 4, (reference & 15) + 2
                if start == write:
                    return bytes(text[:size])
                run = b""
                for offset in range(length):  # a run may go on into what it writes itself
                    byte = window[(start + offset) % _WINDOW]
                    window[(write + offset) % _WINDOW] = byte
                    run += bytes((byte,))
            for byte in run:
                window[write] = byte
                write = (write + 1) % _WINDOW
            text += run
    return bytes(text[:size])
