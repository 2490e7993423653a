"""Vectors of a build that was stopped: embedding is most of a build's time, and not paid twice.

One file in the index folder that only grows while a build embeds, and goes when it is done. Each
vector stands under the hash of its text, with a checksum: whatever a kill or a power cut has torn
ends the file. The next build keeps of it what its own passages need, and no more.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

NAME = "pending.vectors"
_MOST = 65_536  # dimensions: more is no vector of ours but a torn file
_SHA256 = 32


def resume(
    index: Path, encoder_sha256: str, wanted: Collection[str]
) -> dict[str, NDArray[np.float32]]:
    """The wanted vectors that a stopped build left, by hex hash of their text.

    The file holds these and nothing else afterwards, ready for `add`.

    Raises:
        OSError: the file cannot be written.
    """
    path = index / NAME
    found = {sha256: vector for sha256, vector in _read(path, encoder_sha256) if sha256 in wanted}
    fresh = path.with_suffix(".new")
    with fresh.open("wb") as file:
        file.write(_header(encoder_sha256))
        for sha256, vector in found.items():
            file.write(_record(sha256, vector))
    fresh.replace(path)
    return found


def add(index: Path, hashes: Iterable[str], vectors: NDArray[np.float32]) -> None:
    """Keep finished vectors, shape ``(texts, dimension)``, in case the build is stopped.

    Raises:
        OSError: the file cannot be written.
    """
    with (index / NAME).open("ab") as file:
        for sha256, vector in zip(hashes, vectors, strict=True):
            file.write(_record(sha256, vector))


def remove(index: Path) -> None:
    """Forget them: the build is done.

    Raises:
        OSError: the file cannot be removed.
    """
    (index / NAME).unlink(missing_ok=True)
    (index / NAME).with_suffix(".new").unlink(missing_ok=True)


def _read(path: Path, encoder_sha256: str) -> Iterable[tuple[str, NDArray[np.float32]]]:
    try:
        file = path.open("rb")
    except OSError:
        return
    with file:
        header = _header(encoder_sha256)
        if file.read(len(header)) != header:
            return  # another encoder's
        while True:
            start = file.read(_SHA256 + 4)
            dimension = int.from_bytes(start[_SHA256:], "little")
            if not 0 < dimension <= _MOST:
                return
            values, checksum = file.read(4 * dimension), file.read(_SHA256)
            if hashlib.sha256(start + values).digest() != checksum:
                return
            yield start[:_SHA256].hex(), np.frombuffer(values, "<f4").astype(np.float32)


def _header(encoder_sha256: str) -> bytes:
    return f"rag pending vectors 1 {encoder_sha256}\n".encode()


def _record(sha256: str, vector: NDArray[np.float32]) -> bytes:
    data = bytes.fromhex(sha256) + len(vector).to_bytes(4, "little")
    data += vector.astype("<f4").tobytes()
    return data + hashlib.sha256(data).digest()
