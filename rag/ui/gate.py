"""Where questions wait for their turn: a few run at once, a bounded number wait, others are told.

Waiting costs no thread, so a long queue never keeps the page's light events from theirs. The
answers are made in threads of the gate's own. A thread cannot be stopped: where one runs past the
time limit, its place is given to the next question and the thread is left behind; only some may be
left behind at a time.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from collections.abc import Callable
from contextvars import copy_context
from queue import SimpleQueue
from types import TracebackType
from typing import Any, TypeVar

from rag.errors import QuestionTimeoutError, ServerBusyError

T = TypeVar("T")

_BUSY = "the server is busy: {count} others wait for an answer; ask again in a moment"
_CLOSED = "the server is stopping; ask again when it is back"
_LATE = (
    "the question was given up after {seconds:g} seconds; ask again in a moment, "
    "or raise RAG_QUESTION_SECONDS"
)
PATIENCE = 4
"""On a busy machine it is better to wait and be told one's place than to be turned away."""
_MOST_LEFT = 8
"""Threads left behind at one time. Past that a place stays taken until its thread is done."""


class Gate:
    """At most ``running`` at once, each no longer than ``seconds``; ``waiting`` behind them.

    Nobody waits longer than ``PATIENCE`` times as long. Belongs to one event loop; the counts and
    `close` may be used from any thread.
    """

    def __init__(self, running: int, waiting: int, seconds: float) -> None:
        self.seconds = seconds
        self._places = running
        self._most_waiting = waiting
        self._queue: deque[Ticket] = deque()
        self._taken = 0
        self._left = 0
        self._idle = 0
        self._jobs: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closed = False

    @property
    def running(self) -> int:
        """How many have their turn now."""
        return self._taken

    @property
    def waiting(self) -> int:
        """How many wait for theirs."""
        return len(self._queue)

    @property
    def closed(self) -> bool:
        """Whether nobody is let in any more."""
        return self._closed

    def enter(self) -> Ticket:
        """A place in the queue; use it in a ``with`` statement.

        Raises:
            ServerBusyError: the queue is full, or the gate is closed.
        """
        self._loop = asyncio.get_running_loop()
        if self._closed:
            raise ServerBusyError(_CLOSED)
        free = self._taken < self._places and not self._queue
        if not free and len(self._queue) >= self._most_waiting:
            raise ServerBusyError(_BUSY.format(count=len(self._queue)))
        ticket = Ticket(self, self._loop.create_future())
        self._queue.append(ticket)
        self._admit()
        return ticket

    def close(self) -> None:
        """Let nobody in any more; those who wait are told so, those who run are left to finish."""
        self._closed = True
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._turn_away)

    def drain(self, seconds: float) -> bool:
        """Whether all that run are done within ``seconds``. Not for the event loop's thread."""
        until = time.monotonic() + seconds
        while self._taken or self._queue:
            if time.monotonic() > until:
                return False
            time.sleep(0.02)
        return True

    def _turn_away(self) -> None:
        for ticket in self._queue:
            if not ticket.admitted.done():
                ticket.admitted.set_exception(ServerBusyError(_CLOSED))
        self._queue.clear()
        while self._idle:
            self._idle -= 1
            self._jobs.put(None)

    def _admit(self) -> None:
        while self._queue and self._taken < self._places:
            ticket = self._queue.popleft()
            if not ticket.admitted.done():
                self._taken += 1
                ticket.admitted.set_result(None)

    def _release(self) -> None:
        self._taken -= 1
        self._admit()

    def _start(self, work: Callable[[], T]) -> asyncio.Future[T]:
        """Run it in a thread; whoever had this turn no longer holds the place, the thread does."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        future.add_done_callback(_look)  # nobody may be left to read it
        context = copy_context()

        def job() -> None:
            result: Any = None
            error: BaseException | None = None
            try:
                result = context.run(work)
            except BaseException as raised:
                error = raised
            loop.call_soon_threadsafe(self._finished, future, result, error)

        if self._idle:
            self._idle -= 1
        else:
            threading.Thread(target=self._work, name="rag-question", daemon=True).start()
        self._jobs.put(job)
        return future

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            try:
                job()
            except RuntimeError:  # the loop is gone, and with it everybody who asked
                return
            del job

    def _finished(
        self, future: asyncio.Future[Any], result: Any, error: BaseException | None
    ) -> None:
        if self._closed:
            self._jobs.put(None)
        else:
            self._idle += 1
        if future.cancelled():  # it was left behind, and its place given away
            self._left -= 1
            return
        if error is None:
            future.set_result(result)
        else:
            future.set_exception(error)
        self._release()

    def _leave_behind(self, future: asyncio.Future[Any]) -> None:
        if self._left < _MOST_LEFT:
            self._left += 1
            future.cancel()
            self._release()


class Ticket:
    """One place in the queue, then one turn."""

    def __init__(self, gate: Gate, admitted: asyncio.Future[None]) -> None:
        self.admitted = admitted
        self._gate = gate
        self._since = time.monotonic()
        self._started = False

    def __enter__(self) -> Ticket:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Give up the place, or the turn if it was not used."""
        if not self.admitted.done():
            self.admitted.cancel()
            self._gate._queue.remove(self)
        elif self.admitted.exception() is None and not self._started:
            self._gate._release()

    @property
    def ahead(self) -> int:
        """How many are in front in the queue."""
        return self._gate._queue.index(self) if self in self._gate._queue else 0

    async def turn(self, within: float) -> bool:
        """Wait for the turn, at most ``within`` seconds: whether it has come.

        Raises:
            ServerBusyError: the gate was closed meanwhile.
            QuestionTimeoutError: it waited as long as a question may.
        """
        patience = PATIENCE * self._gate.seconds
        left = self._since + patience - time.monotonic()
        await asyncio.wait([self.admitted], timeout=max(0.0, min(within, left)))
        if self.admitted.done():
            self.admitted.result()
            return True
        if left <= within:
            raise QuestionTimeoutError(_LATE.format(seconds=patience))
        return False

    async def run(self, work: Callable[[], T]) -> T:
        """The turn, waited for and used: what ``work`` returns or raises.

        Raises:
            ServerBusyError: the gate was closed before the turn came.
            QuestionTimeoutError: the queue or the work took longer than it may.
        """
        while not await self.turn(within=self._gate.seconds):
            pass
        self._started = True
        future = self._gate._start(work)
        done, _ = await asyncio.wait([future], timeout=self._gate.seconds)
        if not done:
            self._gate._leave_behind(future)
            raise QuestionTimeoutError(_LATE.format(seconds=self._gate.seconds))
        return future.result()


def _look(future: asyncio.Future[Any]) -> None:
    if not future.cancelled():
        future.exception()
