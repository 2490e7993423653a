"""A text under its own checksum: what was torn or edited is not believed."""

from __future__ import annotations

import hashlib


def seal(said: str) -> str:
    """The text under the hex SHA-256 of it in UTF-8."""
    return f"{hashlib.sha256(said.encode('utf-8')).hexdigest()}\n{said}"


def unseal(sealed: str) -> str:
    """What `seal` was given.

    Raises:
        ValueError: it does not match its checksum.
    """
    said = sealed.partition("\n")[2]
    if sealed != seal(said):
        raise ValueError("it does not match its checksum")
    return said
