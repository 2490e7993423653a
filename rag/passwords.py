"""What is kept of a password, and how one is checked against it."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import unicodedata
from dataclasses import dataclass
from typing import Any

from rag.errors import AccountError
from rag.records import only, typed

LEAST_CHARS, MOST_CHARS = 8, 1000

# 32 MB and about a third of a second a try: OWASP's cheat sheet advises N=2^15, r=8, p=3.
_COST = {"n": 2**15, "r": 8, "p": 3}
_MOST = {"n": 2**18, "r": 32, "p": 16}  # a file that asks for more would stop the server
_SALT_BYTES, _HASH_BYTES = 16, 32


@dataclass(frozen=True, slots=True)
class PasswordHash:
    """scrypt's result, and all that it takes to make it again."""

    n: int
    r: int
    p: int
    salt: bytes
    hash: bytes

    def fits(self, password: str) -> bool:
        """Whether this is the password; right and wrong take the same time."""
        made = _scrypt(password, self.salt, self.n, self.r, self.p)
        return hmac.compare_digest(made, self.hash)

    def to_record(self) -> dict[str, Any]:
        """As the file of accounts keeps it."""
        cost = {"n": self.n, "r": self.r, "p": self.p}
        return {"scheme": "scrypt", **cost, "salt": self.salt.hex(), "hash": self.hash.hex()}

    @classmethod
    def from_record(cls, record: Any) -> PasswordHash:
        """What `to_record` told.

        Raises:
            TypeError, ValueError: it is malformed, or checking it would cost too much.
        """
        only(record, {"scheme", "n", "r", "p", "salt", "hash"})
        if record["scheme"] != "scrypt":
            raise ValueError(f"the password's scheme is {record['scheme']!r}; expected 'scrypt'")
        cost = {name: typed(record, name, int) for name in _MOST}
        fair = all(0 < cost[name] <= most for name, most in _MOST.items())
        if not fair or cost["n"] < 2 or cost["n"].bit_count() != 1:
            raise ValueError(f"the password's cost is out of range: {cost}")
        salt, made = (bytes.fromhex(typed(record, name, str)) for name in ("salt", "hash"))
        if not _SALT_BYTES <= len(salt) <= 64 or len(made) != _HASH_BYTES:
            raise ValueError("the password's salt or hash is not of the right length")
        return cls(**cost, salt=salt, hash=made)


NOBODY = PasswordHash(**_COST, salt=bytes(_SALT_BYTES), hash=bytes(_HASH_BYTES))
"""Fits no password, and takes as long as any to say so: for names that are not known."""


def hash_password(password: str) -> PasswordHash:
    """A password's hash under a fresh salt.

    Raises:
        AccountError: it is too short, or far too long.
    """
    if not LEAST_CHARS <= len(password) <= MOST_CHARS:
        raise AccountError(
            f"the password has {len(password):,} characters; "
            f"choose one of {LEAST_CHARS} to {MOST_CHARS:,}"
        )
    salt = secrets.token_bytes(_SALT_BYTES)
    return PasswordHash(**_COST, salt=salt, hash=_scrypt(password, salt, **_COST))


def _scrypt(password: str, salt: bytes, n: int, r: int, p: int) -> bytes:
    # Two keyboards may write the same letter differently.
    words = unicodedata.normalize("NFC", password[: MOST_CHARS + 1]).encode("utf-8", "replace")
    return hashlib.scrypt(
        words, salt=salt, n=n, r=r, p=p, maxmem=128 * n * (r + 1) + 2**24, dklen=_HASH_BYTES
    )
