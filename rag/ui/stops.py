"""Stop: a person no longer wants the answer that is being looked for."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

T = TypeVar("T")


class StoppedError(BaseException):
    """Whoever asked said so; no failure, like a page that was left."""


class Stop:
    """What ends one question's wait."""

    def __init__(self) -> None:
        self._pressed = asyncio.Event()

    def press(self) -> None:
        """End it."""
        self._pressed.set()

    async def before(self, work: Coroutine[Any, Any, T]) -> T:
        """What ``work`` returns or raises.

        Raises:
            StoppedError: Stop was pressed first; ``work`` is cancelled.
        """
        done = asyncio.ensure_future(work)
        pressed = asyncio.ensure_future(self._pressed.wait())
        try:
            await asyncio.wait([done, pressed], return_when=asyncio.FIRST_COMPLETED)
            if done.done():
                return done.result()
            raise StoppedError
        finally:
            done.cancel()
            pressed.cancel()


class Stops:
    """The questions that are being answered, by the page they were asked on.

    All of it happens in the event loop's thread.
    """

    def __init__(self) -> None:
        self._running: dict[str, set[Stop]] = {}

    @contextmanager
    def watch(self, page: str | None) -> Iterator[Stop]:
        """Within, the page's question can be stopped."""
        stop = Stop()
        running = self._running.setdefault(page or "", set())
        running.add(stop)
        try:
            yield stop
        finally:
            running.discard(stop)
            if not running:
                self._running.pop(page or "", None)

    def press(self, page: str | None) -> None:
        """Stop whatever is asked on that page, and on no other."""
        for stop in self._running.get(page or "", ()) if page else ():
            stop.press()
