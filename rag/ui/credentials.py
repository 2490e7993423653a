"""Names and passwords, looked at a few at a time, and not too often from one place."""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import hmac
import logging
import math
import secrets
import time
import unicodedata
from collections import OrderedDict
from weakref import WeakValueDictionary

from anyio import CapacityLimiter, to_thread

from rag.accounts import MAX_NAME_CHARS, Account, Accounts
from rag.ui.sessions import Attempts

log = logging.getLogger(__name__)

_AT_ONCE, _WAITING = 2, 32  # passwords looked at, each for a third of a second, and in the queue
_BUSY_S = 10.0
_REMEMBERED, _REMEMBERED_S = 1000, 300.0


class HeldBackError(Exception):
    """Too many wrong passwords, or too many people at once: ``seconds`` to wait."""

    def __init__(self, seconds: float) -> None:
        self.seconds = math.ceil(seconds)
        super().__init__(f"Too many tries. Wait {self.seconds} seconds, then try again.")


class Credentials:
    """Whose name and password they are. Belongs to one event loop."""

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts
        self._attempts = Attempts()
        self._key = secrets.token_bytes(32)
        self._programs: OrderedDict[bytes, tuple[str, bytes, float]] = OrderedDict()
        self._looking: WeakValueDictionary[bytes, asyncio.Lock] = WeakValueDictionary()
        self._hashing: CapacityLimiter | None = None

    def still(self, name: str, stamp: bytes) -> Account | None:
        """The account, if it is still there and its password is the one that was given.

        Raises:
            AccountError: the file of accounts cannot be used.
        """
        account = self._accounts.find(name)
        return account if account and hmac.compare_digest(account.stamp, stamp) else None

    async def checked(self, name: str, password: str, peer: str) -> Account | None:
        """The account of this name, if the password fits.

        Raises:
            HeldBackError: not now.
            AccountError: the file of accounts cannot be used.
        """
        # As the accounts compare it: every other spelling would have tries of its own.
        name = unicodedata.normalize("NFC", name)[: MAX_NAME_CHARS + 1]
        wait = self._attempts.wait_s(name, peer)
        if wait:
            raise HeldBackError(wait)
        self._hashing = self._hashing or CapacityLimiter(_AT_ONCE)
        if self._hashing.statistics().tasks_waiting >= _WAITING:
            raise HeldBackError(_BUSY_S)
        # Counted before it is looked at: tries at the same time are tries too.
        self._attempts.wrong(name, peer)
        account = await to_thread.run_sync(
            self._accounts.check, name, password, limiter=self._hashing
        )
        if account:
            self._attempts.right(name, peer)
        else:
            log.warning("a wrong name or password", extra={"fields": {"peer": peer}})
        return account

    async def of_program(self, sent: str, peer: str) -> Account | None:
        """Whose ``Authorization: Basic`` it is; what was right is remembered for some minutes.

        Raises what `checked` raises.
        """
        digest = hmac.digest(self._key, sent.encode("utf-8", "replace"), hashlib.sha256)
        # A program asks several things at once: its password is looked at once for them all.
        looking = self._looking.setdefault(digest, asyncio.Lock())
        async with looking:
            name, stamp, until = self._programs.get(digest, ("", b"", 0.0))
            if time.monotonic() < until:
                return self.still(name, stamp)
            try:
                both = base64.b64decode(sent, validate=True).decode("utf-8")
            except (binascii.Error, ValueError):
                return None
            name, _, password = both.partition(":")
            account = await self.checked(name, password, peer)
            if account:
                until = time.monotonic() + _REMEMBERED_S
                self._programs[digest] = account.name, account.stamp, until
                while len(self._programs) > _REMEMBERED:
                    self._programs.popitem(last=False)
            return account
