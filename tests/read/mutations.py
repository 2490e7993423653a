"""Ways in which good files go bad: cut, flipped, swapped, doubled, misnamed."""

from __future__ import annotations

import io
import random
import warnings
import zipfile
from collections.abc import Callable

from rag.read import FORMATS

Mutation = Callable[[random.Random, bytes], bytes]


def cut(chance: random.Random, data: bytes) -> bytes:
    """The end is missing."""
    return data[: chance.randrange(len(data))]


def flip(chance: random.Random, data: bytes) -> bytes:
    """Some bytes are others."""
    damaged = bytearray(data)
    for _ in range(chance.choice((1, 3, 30, 300))):
        damaged[chance.randrange(len(damaged))] = chance.randrange(256)
    return bytes(damaged)


def extremes(chance: random.Random, data: bytes) -> bytes:
    """Numbers are as large or as small as they can be: lengths, counts, offsets."""
    damaged = bytearray(data)
    for _ in range(chance.choice((1, 4, 20))):
        at = chance.randrange(len(damaged))
        value = chance.choice(
            (b"\xff\xff\xff\xff", b"\0\0\0\0", b"\xff\xff\xff\x7f", b"\0\0\0\x80")
        )
        damaged[at : at + chance.choice((1, 2, 4))] = value[: chance.choice((1, 2, 4))]
    return bytes(damaged)


def remove(chance: random.Random, data: bytes) -> bytes:
    """A piece in the middle is missing."""
    start = chance.randrange(len(data))
    return data[:start] + data[start + chance.choice((1, 16, 512, 5000)) :]


def double(chance: random.Random, data: bytes) -> bytes:
    """A piece stands there twice, or a hundred times."""
    start = chance.randrange(len(data))
    end = start + chance.choice((1, 16, 512, 5000))
    return data[:end] + data[start:end] * chance.choice((1, 100)) + data[end:]


def shuffle(chance: random.Random, data: bytes) -> bytes:
    """Two pieces have changed places."""
    a, b, c = sorted(chance.randrange(len(data)) for _ in range(3))
    return data[:a] + data[b:c] + data[a:b] + data[c:]


def parts(chance: random.Random, data: bytes) -> bytes:
    """A package whose parts are missing, swapped, doubled or damaged inside."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            held = [(entry.filename, archive.read(entry)) for entry in archive.infolist()]
    except Exception:
        return flip(chance, data)
    for _ in range(chance.choice((1, 1, 2, 5))):
        if not held:
            break
        at, other = chance.randrange(len(held)), chance.randrange(len(held))
        name, content = held[at]
        way = chance.randrange(6)
        if way == 0:
            del held[at]
        elif way == 1:
            held[at], held[other] = (name, held[other][1]), (held[other][0], content)
        elif way == 2:
            held.append((name, content))
        elif way == 3 and content:
            held[at] = name, chance.choice((cut, flip, remove, double, tags))(chance, content)
        elif way == 4:
            held[at] = name, b""
        else:
            held[at] = chance.choice(("../" + name, name.upper(), "/" + name)), content
    target = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of names that come twice
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in held:
                archive.writestr(name, content)
    return target.getvalue()


def tags(chance: random.Random, data: bytes) -> bytes:
    """An element is gone, or its attributes are, or its numbers are absurd."""
    pieces = data.split(b"<")
    for _ in range(chance.choice((1, 3, 10))):
        at = chance.randrange(len(pieces))
        way = chance.randrange(4)
        if way == 0:
            pieces[at] = b""
        elif way == 1:
            pieces[at] = pieces[at].split(b" ")[0] + b">"
        elif way == 2:
            pieces[at] = pieces[at].replace(b'="', b'="-9')
        else:
            pieces[at] = pieces[chance.randrange(len(pieces))]
    return b"<".join(pieces)


def same(chance: random.Random, data: bytes) -> bytes:
    """Nothing but the name is wrong."""
    return data


MUTATIONS: tuple[Mutation, ...] = (
    cut, flip, extremes, remove, double, shuffle, parts, parts, tags, same
)  # fmt: skip


def damaged(seed: int, data: bytes, suffix: str) -> tuple[str, bytes, str]:
    """What was done to a file, its bytes and its suffix after it; the same for the same seed."""
    chance = random.Random(seed)
    mutation = chance.choice(MUTATIONS)
    data = mutation(chance, data)
    if mutation is same or chance.random() < 0.1:
        suffix = chance.choice([*sorted(FORMATS), "", ".xyz", ".PDF"])
    return mutation.__name__, data, suffix
