"""The gate: a few at once, a bounded number behind them, and nobody hangs."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.errors import QuestionTimeoutError, ServerBusyError
from rag.ui.gate import Gate


async def ask(gate: Gate, work: Callable[[], Any]) -> Any:
    with gate.enter() as ticket:
        return await ticket.run(work)


def threads() -> int:
    return sum(thread.name == "rag-question" for thread in threading.enumerate())


async def until(true: Callable[[], bool]) -> None:
    for _ in range(500):
        if true():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it did not come to that")


def run(promise: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """In a thread of its own: the browser tests leave a loop running in this one."""

    async def bounded() -> None:
        await asyncio.wait_for(promise(), 30)

    with ThreadPoolExecutor(1) as thread:
        thread.submit(lambda: asyncio.run(bounded())).result()


def test_no_more_run_at_once_than_it_has_places_and_they_come_in_order() -> None:
    order: list[int] = []
    most = 0
    lock = threading.Lock()
    inside = 0

    async def promise() -> None:
        gate = Gate(running=3, waiting=100, seconds=20)

        def work(number: int) -> int:
            nonlocal inside, most
            with lock:
                order.append(number)
                inside += 1
                most = max(most, inside)
            threading.Event().wait(0.01)
            with lock:
                inside -= 1
            return number

        asked = [asyncio.create_task(ask(gate, lambda n=n: work(n))) for n in range(60)]  # type: ignore[misc]
        assert await asyncio.gather(*asked) == list(range(60))
        assert gate.running == gate.waiting == 0

    before = threads()
    run(promise)
    assert most == 3
    assert all(abs(place - number) < 3 for place, number in enumerate(order))
    assert threads() - before <= 3, "a thread for each place, not for each question"


def test_a_full_queue_refuses_at_once_and_takes_questions_again_afterwards() -> None:
    async def promise() -> None:
        gate, go = Gate(running=1, waiting=2, seconds=20), threading.Event()
        held = [asyncio.create_task(ask(gate, go.wait)) for _ in range(3)]
        await until(lambda: gate.running == 1 and gate.waiting == 2)
        with pytest.raises(ServerBusyError, match=r"2 others wait.*ask again in a moment"):
            await ask(gate, lambda: None)
        go.set()
        assert await asyncio.gather(*held) == [True] * 3
        assert await ask(gate, lambda: "served") == "served"

    run(promise)


def test_an_error_reaches_the_one_who_asked_and_nobody_else() -> None:
    def fail() -> None:
        raise ValueError("mine")

    async def promise() -> None:
        gate = Gate(running=1, waiting=10, seconds=20)
        asked = [ask(gate, fail if n % 2 else lambda: "fine") for n in range(6)]
        ended = await asyncio.gather(*asked, return_exceptions=True)
        assert [str(end) for end in ended] == ["fine", "mine"] * 3
        assert gate.running == 0

    run(promise)


def test_work_that_never_ends_is_given_up_and_its_place_goes_to_the_next() -> None:
    go = threading.Event()

    async def promise() -> None:
        gate = Gate(running=1, waiting=10, seconds=0.2)
        with pytest.raises(QuestionTimeoutError, match=r"given up after 0\.2 seconds"):
            await ask(gate, go.wait)
        assert await ask(gate, lambda: "served") == "served"
        go.set()
        await asyncio.sleep(0.1)  # the thread that was left behind comes back
        assert await ask(gate, lambda: "served") == "served"
        assert (gate.running, gate.waiting) == (0, 0)

    run(promise)


def test_threads_left_behind_are_bounded_and_even_then_nobody_waits_for_ever() -> None:
    go = threading.Event()
    before = threads()

    async def promise() -> None:
        gate = Gate(running=2, waiting=30, seconds=0.1)
        for _ in range(10):
            with pytest.raises(QuestionTimeoutError):
                await ask(gate, go.wait)
        assert threads() - before == 2 + 8
        with pytest.raises(QuestionTimeoutError):
            await ask(gate, lambda: None)
        go.set()
        await until(lambda: gate.running == 0)
        assert await ask(gate, lambda: "served") == "served"

    run(promise)


def test_one_who_leaves_the_queue_is_not_answered() -> None:
    done: list[str] = []

    async def promise() -> None:
        gate, go = Gate(running=1, waiting=10, seconds=20), threading.Event()
        first = asyncio.create_task(ask(gate, go.wait))
        await until(lambda: gate.running == 1)
        leaving = asyncio.create_task(ask(gate, lambda: done.append("left")))
        staying = asyncio.create_task(ask(gate, lambda: done.append("stayed")))
        await until(lambda: gate.waiting == 2)
        leaving.cancel()
        await until(lambda: gate.waiting == 1)
        go.set()
        await asyncio.gather(first, staying)
        assert (gate.running, gate.waiting) == (0, 0)

    run(promise)
    assert done == ["stayed"]


def test_one_who_waits_is_told_the_place_and_can_look_again() -> None:
    async def promise() -> None:
        gate, go = Gate(running=1, waiting=10, seconds=20), threading.Event()
        first = asyncio.create_task(ask(gate, go.wait))
        await until(lambda: gate.running == 1)
        with gate.enter() as one, gate.enter() as two:
            assert not await one.turn(within=0.01)
            assert (one.ahead, two.ahead) == (0, 1)
            go.set()
            assert await one.turn(within=5)
            assert (await one.run(lambda: 7), await two.run(lambda: 8)) == (7, 8)
        await first

    run(promise)


def test_closing_lets_the_running_finish_and_tells_the_others() -> None:
    async def promise() -> None:
        gate, go = Gate(running=1, waiting=10, seconds=20), threading.Event()
        running = asyncio.create_task(ask(gate, go.wait))
        await until(lambda: gate.running == 1)
        waiting = asyncio.create_task(ask(gate, lambda: None))
        await until(lambda: gate.waiting == 1)
        gate.close()
        with pytest.raises(ServerBusyError, match="stopping"):
            await waiting
        with pytest.raises(ServerBusyError, match="stopping"):
            await ask(gate, lambda: None)
        assert not await asyncio.to_thread(gate.drain, 0.05)
        drained = asyncio.create_task(asyncio.to_thread(gate.drain, 10))
        go.set()
        assert await drained
        assert await running

    before = set(threading.enumerate())
    run(promise)
    for thread in set(threading.enumerate()) - before:
        thread.join(5)
    assert set(threading.enumerate()) <= before, "it leaves no thread behind"


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.sampled_from(["work", "fail", "leave", "slow"]), max_size=40),
    st.integers(1, 4),
    st.integers(0, 6),
)
def test_whatever_happens_no_place_is_lost(
    happenings: list[str], places: int, waiting: int
) -> None:
    go = threading.Event()

    def fail() -> None:
        raise ValueError

    async def promise() -> None:
        gate = Gate(places, waiting, seconds=0.05)
        tasks = []
        for what in happenings:
            work = {"fail": fail, "slow": lambda: go.wait(0.1)}.get(what, lambda: None)
            tasks.append(asyncio.create_task(ask(gate, work)))
            await asyncio.sleep(0)
            if what == "leave":
                tasks[-1].cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await until(lambda: gate.running == 0)
        assert gate.waiting == 0
        assert await ask(gate, lambda: "served") == "served"

    run(promise)
