"""Stop ends what is awaited on one page, and leaves everything else alone."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import pytest

from rag.ui.stops import StoppedError, Stops

T = TypeVar("T")


def run(work: Coroutine[Any, Any, T]) -> T:
    """In a thread of its own: that of the tests may have a browser's event loop."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


async def _answer() -> str:
    await asyncio.sleep(0.05)
    return "answer"


async def _never() -> str:
    await asyncio.Event().wait()
    return "never"


def test_what_is_not_stopped_ends_by_itself() -> None:
    async def ask() -> str:
        stops = Stops()
        with stops.watch("mine") as stop:
            stops.press("another")
            stops.press(None)
            return await stop.before(_answer())

    assert run(ask()) == "answer"


def test_stop_ends_the_wait_and_cancels_the_work() -> None:
    async def ask() -> list[asyncio.Task[object]]:
        stops = Stops()
        with stops.watch("mine") as stop:
            asyncio.get_running_loop().call_later(0.02, stops.press, "mine")
            with pytest.raises(StoppedError):
                await stop.before(_never())
        await asyncio.sleep(0)
        return [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]

    assert run(ask()) == []


def test_once_stopped_nothing_further_begins() -> None:
    async def ask() -> None:
        stops = Stops()
        with stops.watch("mine") as stop:
            stops.press("mine")
            for _ in range(2):
                with pytest.raises(StoppedError):
                    await stop.before(_never())

    run(ask())


def test_errors_of_the_work_come_through() -> None:
    async def fail() -> str:
        raise ValueError("no")

    async def ask() -> None:
        with Stops().watch("mine") as stop:
            await stop.before(fail())

    with pytest.raises(ValueError, match="no"):
        run(ask())
