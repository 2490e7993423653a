"""Who is signed in, kept in memory alone: a restart signs everybody out."""

from __future__ import annotations

import hashlib
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

IDLE_S = 12 * 3600.0
LONGEST_S = 7 * 24 * 3600.0
MOST_EACH = 20
"""Sessions of one account; the one used longest ago makes room."""

FREE_TRIES = 5
FIRST_WAIT_S = 1.0
LONGEST_WAIT_S = 300.0
_KEPT_TRIES = 10_000


@dataclass(slots=True)
class _Session:
    name: str
    stamp: bytes
    begun: float
    used: float


class Sessions:
    """Tokens and whose they are. Only hashes of tokens are kept, the least used first."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._sessions: OrderedDict[bytes, _Session] = OrderedDict()
        self._lock = threading.Lock()

    def begin(self, name: str, stamp: bytes) -> str:
        """A fresh token of 256 random bits."""
        token = secrets.token_urlsafe(32)
        now = self._clock()
        with self._lock:
            for key in [key for key, held in self._sessions.items() if self._over(held, now)]:
                del self._sessions[key]
            theirs = [key for key, held in self._sessions.items() if held.name == name]
            for key in theirs[: max(0, len(theirs) + 1 - MOST_EACH)]:
                del self._sessions[key]
            self._sessions[_key(token)] = _Session(name, stamp, now, now)
        return token

    def find(self, token: str) -> tuple[str, bytes] | None:
        """The name and stamp that a token was given for, unless it has run out."""
        now = self._clock()
        with self._lock:
            key = _key(token)
            held = self._sessions.get(key)
            if held is None:
                return None
            if self._over(held, now):
                del self._sessions[key]
                return None
            held.used = now
            self._sessions.move_to_end(key)
            return held.name, held.stamp

    def end(self, token: str) -> None:
        """Forget it."""
        with self._lock:
            self._sessions.pop(_key(token), None)

    @staticmethod
    def _over(held: _Session, now: float) -> bool:
        return now - held.used > IDLE_S or now - held.begun > LONGEST_S


def _key(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()


class Attempts:
    """Wrong passwords by name and address: after a few, each one more doubles the wait."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._wrong: OrderedDict[tuple[str, str], tuple[int, float]] = OrderedDict()
        self._lock = threading.Lock()

    def wait_s(self, name: str, address: str) -> float:
        """How long until the next try is looked at; 0 if at once."""
        with self._lock:
            count, last = self._wrong.get((name, address), (0, 0.0))
            if count < FREE_TRIES:
                return 0.0
            wait = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2.0 ** (count - FREE_TRIES))
            return max(0.0, last + wait - self._clock())

    def wrong(self, name: str, address: str) -> None:
        """Remember a wrong password; the oldest are forgotten when there are many."""
        with self._lock:
            count, _ = self._wrong.pop((name, address), (0, 0.0))
            self._wrong[name, address] = (min(count + 1, 64), self._clock())
            while len(self._wrong) > _KEPT_TRIES:
                self._wrong.popitem(last=False)

    def right(self, name: str, address: str) -> None:
        """Forget the wrong ones."""
        with self._lock:
            self._wrong.pop((name, address), None)
