"""The desk where questions are handed in: each waits its turn at a gate, and is accounted for.

Whatever way a question came, the page or the API, exactly one line in the log and one count in the
figures say how it ended.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal, TypeVar

from rag.errors import QuestionTimeoutError, ServerBusyError
from rag.findings import Finding
from rag.types import Answer
from rag.ui.gate import Gate, Ticket
from rag.ui.switches import Switches

if TYPE_CHECKING:
    from rag.ui.metrics import Meter

log = logging.getLogger("rag.question")

Kind = Literal["chat", "query", "find", "check"]
Result = TypeVar("Result", Answer, tuple[Finding, ...])
Shown = TypeVar("Shown")

WAITING = 64
"""Questions that wait; more are refused. At 0.25 s each the last one waits 16 s."""
PAGES_AT_ONCE = 2
"""Sources shown and files exported at one time: they never wait behind questions."""


def cores() -> int:
    """Processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class Desk:
    """The gates of one server, and what is told of those who passed."""

    def __init__(self, seconds: float, meter: Meter | None = None) -> None:
        # One question keeps all cores busy while passages are read and one of them otherwise.
        self.questions = Gate(max(2, cores() // 2), WAITING, seconds)
        self.pages = Gate(PAGES_AT_ONCE, WAITING, seconds)
        self.meter = meter
        if meter:
            meter.watch(
                "rag_questions_waiting", "Questions in the queue.", lambda: self.questions.waiting
            )
            meter.watch(
                "rag_questions_running", "Questions being answered.", lambda: self.questions.running
            )

    @contextmanager
    def visit(self, kind: Kind, question: str) -> Iterator[Visit]:
        """A place in the queue for one question, and an account of how it ended.

        Raises:
            ServerBusyError: the queue is full, or the server is stopping.
        """
        began = time.perf_counter()
        visit: Visit | None = None
        outcome, error = "error", ""
        try:
            with self.questions.enter() as ticket:
                visit = Visit(ticket)
                yield visit
            outcome = visit.outcome
        except ServerBusyError:
            outcome = "busy"
            raise
        except QuestionTimeoutError:
            outcome = "timeout"
            raise
        except Exception as raised:
            error = type(raised).__name__
            raise
        except BaseException:  # the person has left the page
            outcome = "left"
            raise
        finally:
            stages = dict(visit.stages_ms) if visit else {}
            stages["total"] = (time.perf_counter() - began) * 1000
            fields: dict[str, object] = {
                "kind": kind,
                "outcome": outcome,
                "ms": {stage: round(taken, 1) for stage, taken in stages.items()},
            }
            if visit and visit.index_id:
                fields |= {"quotes": visit.quotes, "index": visit.index_id}
            if error:
                fields["error"] = error
            log.info("question", extra={"fields": fields | {"question": question}})
            if self.meter:
                self.meter.question(kind, outcome, stages)

    def close(self, seconds: float) -> bool:
        """Take no more questions; whether those that run were done within ``seconds``."""
        self.questions.close()
        self.pages.close()
        return self.questions.drain(seconds) and self.pages.drain(1.0)


def open_desk(seconds: float, switches: Switches) -> Desk:
    """The desk of a server whose questions may take ``seconds``."""
    if not switches.metrics:
        return Desk(seconds)
    from rag.ui.metrics import Meter

    return Desk(seconds, Meter())


class Visit:
    """One question's way through the gate."""

    def __init__(self, ticket: Ticket) -> None:
        self.outcome = "left"
        self.stages_ms: dict[str, float] = {}
        self.quotes = 0
        self.index_id = ""
        self._ticket = ticket
        self._began = time.perf_counter()

    @property
    def ahead(self) -> int:
        """How many are in front in the queue."""
        return self._ticket.ahead

    async def turn(self, within: float) -> bool:
        """Wait for the turn, at most ``within`` seconds: whether it has come."""
        return await self._ticket.turn(within)

    async def run(self, work: Callable[[], Result], show: Callable[[Result], Shown]) -> Shown:
        """The result, shown; both are made in a thread of the gate's.

        Raises what ``work`` raises, and what `Ticket.run` does.
        """

        def both() -> Shown:
            self.stages_ms["wait"] = (time.perf_counter() - self._began) * 1000
            result = work()
            shown = show(result)
            if isinstance(result, Answer):
                self.stages_ms |= {k: v for k, v in result.timings_ms.items() if k != "total"}
                self.quotes, self.index_id = len(result.quotes), result.index_id
                self.outcome = "answered" if result.answered else "refused"
            else:
                self.quotes, self.outcome = len(result), "answered" if result else "refused"
            return shown

        return await self._ticket.run(both)
