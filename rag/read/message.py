"""What goes between a reader process and us: frames of bytes, never pickle.

The process handles hostile files, so that what it sends is checked like any other input.
"""

from __future__ import annotations

import json
from typing import Any, BinaryIO, NoReturn, cast, get_args

from rag.document import Block, BlockKind
from rag.errors import LimitError, ReadError
from rag.read.extraction import Extraction
from rag.read.sniff import Kind

_HEAD_BYTES = 8
_STEP_BYTES = 1 << 20
_MOST_NOTES = 100
_MOST_LINE_CHARS = 2_000
_KINDS = frozenset(get_args(Kind))
_BLOCK_KINDS = frozenset(get_args(BlockKind))


def send(stream: BinaryIO, *payloads: bytes) -> None:
    """Write frames: each its length in eight bytes, and itself.

    Raises:
        OSError: the other side is gone.
    """
    for payload in payloads:
        stream.write(len(payload).to_bytes(_HEAD_BYTES, "big"))
        stream.write(payload)
    stream.flush()


def receive(stream: BinaryIO, most_bytes: int) -> bytes:
    """Read one frame.

    Raises:
        EOFError: the stream ended, in a frame or before it.
        ValueError: the frame would be larger than ``most_bytes``.
    """
    size = int.from_bytes(_exactly(stream, _HEAD_BYTES), "big")
    if size > most_bytes:
        raise ValueError(f"a frame of {size} bytes, more than {most_bytes}")
    return _exactly(stream, size)


def _exactly(stream: BinaryIO, size: int) -> bytes:
    data = bytearray()
    while len(data) < size:  # step by step: a length alone must not make us reserve memory
        step = stream.read(min(size - len(data), _STEP_BYTES))
        if not step:
            raise EOFError
        data += step
    return bytes(data)


def most_bytes(max_text_chars: int) -> int:
    """The largest answer: every character escaped, and a block for every few of them."""
    return 16 * max_text_chars + _STEP_BYTES


def pack(kind: Kind, extraction: Extraction) -> bytes:
    """What was read, as `unpack` takes it."""
    blocks = [
        (b.start, b.end, b.kind, b.level, b.page, b.row, b.breaks, b.recognised)
        for b in extraction.blocks
    ]
    return _dumps(
        {
            "kind": kind,
            "title": extraction.title,
            "notes": extraction.notes,
            "text": extraction.text,
            "blocks": blocks,
        }
    )


def pack_error(error: ReadError) -> bytes:
    """Why it was not read, as `unpack` takes it."""
    name = "limit" if isinstance(error, LimitError) else "error"
    return _dumps({name: " ".join(str(error).split())[:_MOST_LINE_CHARS]})


def _dumps(value: dict[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8")


def unpack(payload: bytes, max_text_chars: int) -> tuple[Kind, Extraction]:
    """What a reader process read.

    Raises:
        ReadError: it could not read the file.
        ValueError: no reader of ours sends such a message.
    """
    try:
        message = json.loads(payload)
    except RecursionError:
        raise ValueError("nested too deep") from None
    if not isinstance(message, dict):
        raise ValueError("not an object")
    for name, error in (("error", ReadError), ("limit", LimitError)):
        if name in message:
            raise error(_line(message[name]))
    kind, title, notes = message.get("kind"), message.get("title"), message.get("notes")
    if not isinstance(kind, str) or kind not in _KINDS:
        raise ValueError("no such kind of file")
    if not isinstance(notes, list) or len(notes) > _MOST_NOTES:
        raise ValueError("notes are a list")
    text = message.get("text")
    if not isinstance(text, str) or len(text) > max_text_chars:
        raise ValueError("text is a string within its limit")
    text.encode("utf-8")  # UnicodeEncodeError, a ValueError, for lone surrogates
    extraction = Extraction(
        text,
        _blocks(message.get("blocks"), len(text)),
        None if title is None else _line(title),
        tuple(map(_line, notes)),
    )
    return cast("Kind", kind), extraction


def _line(value: object) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= _MOST_LINE_CHARS:
        raise ValueError("not a short string")
    if len(value.splitlines()) != 1:
        raise ValueError("more than one line")
    value.encode("utf-8")
    return value


def _blocks(rows: object, length: int) -> tuple[Block, ...]:
    """Blocks in order, inside the text, each of a known kind."""
    if not isinstance(rows, list) or not rows:
        raise ValueError("blocks are a list that is not empty")
    blocks: list[Block] = []
    before = 0
    for fields in rows:
        if not isinstance(fields, list) or len(fields) != 8:
            raise ValueError("a block has eight fields")
        start, end, kind, level, page, row, breaks, recognised = fields
        if not (_whole(start, before, length) and _whole(end, start + 1, length)):
            _refuse(fields)
        if not isinstance(kind, str) or kind not in _BLOCK_KINDS or not _whole(level, 0, 6):
            _refuse(fields)
        if not all(number is None or _whole(number, 1, 1 << 31) for number in (page, row)):
            _refuse(fields)
        if type(recognised) is not bool or not isinstance(breaks, list):
            _refuse(fields)
        least = start + 1
        for at in breaks:
            if page is None or not _whole(at, least, end - 1):
                _refuse(fields)
            least = at
        blocks.append(
            Block(start, end, cast("BlockKind", kind), level, page, row, tuple(breaks), recognised)
        )
        before = end
    return tuple(blocks)


def _whole(value: object, least: int, most: int) -> bool:
    """Whether it is a whole number in the range; a bool or a float is none."""
    return type(value) is int and least <= value <= most


def _refuse(fields: list[object]) -> NoReturn:
    raise ValueError(f"no such block: {str(fields)[:200]}")
