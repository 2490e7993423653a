"""The server under stress: full, slow and failing requests hurt nobody else; it ends cleanly."""

from __future__ import annotations

import asyncio
import html
import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from asking import get, query, result, send
from browser.servers import free_port
from conftest import ROOT
from serving import ANSWERABLE, BLOCKING, SECONDS, Trying, figure, serving

from rag.ui.desk import WAITING, Desk
from rag.ui.limits import MAX_BODY_BYTES

PLACES = Desk(SECONDS).questions._places


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    folder = tmp_path_factory.mktemp("server")
    with serving(folder, "metrics") as url:
        yield url, folder


@pytest.fixture
def trying(server: tuple[str, Path]) -> Iterator[tuple[str, Path]]:
    """Its address and its folder; questions block, nothing waits."""
    url, folder = server
    (folder / "go").unlink(missing_ok=True)
    (folder / "state").unlink(missing_ok=True)
    yield url, folder
    (folder / "go").touch()
    until(lambda: not figure(url, "rag_questions_running"))
    time.sleep(0.1)  # threads that were left behind come back too


def until(true: Callable[[], bool]) -> None:
    for _ in range(1000):
        if true():
            return
        time.sleep(0.02)
    raise AssertionError("it did not come to that")


def hand_in(url: str, count: int) -> list[str]:
    """Questions that block: first the places are taken, then the queue fills."""
    with ThreadPoolExecutor(16) as pool:
        tasks = [pool.submit(send, url, "query", BLOCKING, None, None, None) for _ in range(count)]
        return [task.result() for task in tasks]


def test_a_slow_question_and_failing_ones_leave_the_others_alone(trying: tuple[str, Path]) -> None:
    url, folder = trying
    (slow,) = hand_in(url, 1)
    until(lambda: figure(url, "rag_questions_running") == 1)
    for _ in range(3):
        assert query(url, "crash please")["error"] == "the call failed; see the server's log"
        assert query(url, ANSWERABLE)["answered"]
    (folder / "go").touch()
    assert result(url, "query", slow)["answered"]


def test_one_that_never_ends_is_given_up_in_time_and_its_place_is_free_again(
    trying: tuple[str, Path],
) -> None:
    url, _folder = trying
    began = time.monotonic()
    for event in hand_in(url, PLACES):
        assert f"given up after {SECONDS:g} seconds" in result(url, "query", event)["error"]
    assert query(url, ANSWERABLE)["answered"], "though as many threads are still stuck"
    assert time.monotonic() - began >= SECONDS


def test_a_full_queue_refuses_politely_and_everything_light_goes_on(
    trying: tuple[str, Path],
) -> None:
    url, folder = trying
    busy = 'rag_questions_total{kind="query",outcome="busy"}'
    before = figure(url, busy)
    events = hand_in(url, PLACES + WAITING)
    until(lambda: figure(url, "rag_questions_waiting") == WAITING)
    for endpoint, arguments in (("query", (ANSWERABLE, None, None, None)), ("find", ("Doha",))):
        said = result(url, endpoint, send(url, endpoint, *arguments))
        assert f"the server is busy: {WAITING} others wait" in said["error"]
        assert "ask again in a moment" in said["error"]
    assert get(url, "/healthz") == (200, '{"state": "alive"}')
    assert get(url, "/readyz") == (200, '{"state": "ready"}')
    assert get(url, "/")[0] == 200
    assert figure(url, "rag_questions_running") == PLACES
    assert figure(url, busy) == before + 1
    assert figure(url, "rag_questions_waiting") == WAITING, "all that was while the queue was full"
    (folder / "go").touch()
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda event: result(url, "query", event), events))
    assert all(answer.get("answered") for answer in answers), "and none that waited was lost"


def test_ready_tells_in_a_word_why_not_and_nothing_else(trying: tuple[str, Path]) -> None:
    url, folder = trying
    for state in ("damaged", "missing"):
        (folder / "state").write_text(state)
        assert get(url, "/readyz") == (503, json.dumps({"state": state}))
        assert get(url, "/healthz")[0] == 200


@pytest.mark.parametrize("told", [True, False])
def test_a_body_too_large_is_refused(trying: tuple[str, Path], told: bool) -> None:
    url, _folder = trying
    connection = http.client.HTTPConnection("127.0.0.1", urlsplit(url).port, timeout=30)
    large = b'{"data": ["' + b"x" * MAX_BODY_BYTES + b'"]}'
    pieces = (large[at : at + 500_000] for at in range(0, len(large), 500_000))
    try:
        connection.request(
            "POST", "/gradio_api/call/find", large if told else pieces,
            {"Content-Type": "application/json"}, encode_chunked=not told,
        )  # fmt: skip
        status = connection.getresponse().status
    except (BrokenPipeError, ConnectionResetError):
        status = 413  # it did not wait for the rest
    finally:
        connection.close()
    assert status == 413 if told else status in (413, 400)
    assert query(url, ANSWERABLE)["answered"]


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ((5, None, None, None), "the question is no text"),
        ((["Who?"], None, None, None), "the question is no text"),
        (("Who?", "earlier", None, None), "history is no list of questions"),
        (("Who?", [1], None, None), "history is no list of questions"),
        (("Who?", None, {"a": 1}, None), "documents is no list of paths"),
        (("Who?", None, ["x"] * 10_001, None), "10,001 paths; give 10,000 or fewer"),
        (("Who?", None, ["x" * 5000], None), "more than 4,096 characters"),
        (("Who?", None, None, "3"), "top is no whole number"),
        (("Who?", None, None, True), "top is no whole number"),
    ],
)
def test_a_call_that_makes_no_sense_is_told_so(
    trying: tuple[str, Path], arguments: tuple[Any, ...], reason: str
) -> None:
    url, _folder = trying
    assert reason in result(url, "query", send(url, "query", *arguments))["error"]


def test_figures_are_served_and_votes_are_taken_only_where_switched_on(tmp_path: Path) -> None:
    with serving(tmp_path, "quiet") as url:
        assert get(url, "/metrics")[0] == 404
        wiring = get(url, "/config")[1]
    assert '"check"' in wiring
    assert '"vote"' not in wiring


def test_the_chat_is_told_its_place_in_the_queue_and_that_the_server_is_busy(
    tmp_path: Path,
) -> None:
    """In a process of its own: what Gradio leaves open at its end is not ours to test."""
    shown = subprocess.run(
        [sys.executable, "-c", "import test_ui_server; test_ui_server.chat_in_a_queue()", tmp_path],
        env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests'}"},
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert shown.returncode == 0, shown.stderr
    assert shown.stdout == "told\n"


def chat_in_a_queue() -> None:
    import gradio as gr

    from rag.ui.access import Access
    from rag.ui.chat import conversation
    from rag.ui.stops import Stops

    engine = Trying(Path(sys.argv[1]))

    async def promise() -> None:
        desk = Desk(60)
        with gr.Blocks(analytics_enabled=False):
            states = gr.State([]), gr.State(True)
            access = Access(engine, guarded=False)
            chat = conversation(access, *states, desk, Stops(), votes=False)
        page = gr.Request(session_hash="page")

        async def cards(question: str) -> list[str]:
            return [html.unescape(card) async for card in chat.fn(question, [], [], True, page)]

        running = [asyncio.create_task(cards(BLOCKING)) for _ in range(PLACES)]
        await asyncio.sleep(0.2)
        waiting = [asyncio.create_task(cards(ANSWERABLE)) for _ in range(WAITING)]
        await asyncio.sleep(2.0)
        (busy,) = await cards(ANSWERABLE)
        assert f"The server is busy: {WAITING} others wait" in busy
        assert "notice" in busy
        waiting.pop().cancel()  # one leaves
        (engine.folder / "go").touch()
        first, *_, last = await waiting[3]
        assert "Waiting, 3 questions before yours" in first
        assert "Found in 1 document" in last
        assert "vote" not in last
        await asyncio.gather(*running, *waiting)
        assert (desk.questions.running, desk.questions.waiting) == (0, 0)
        assert "Found in 1 document" in (await cards(ANSWERABLE))[-1]

    asyncio.run(promise())
    print("told")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_a_signal_ends_the_app_after_the_answers_that_are_being_made(
    number: signal.Signals, code: int, shipped_index: Path, tmp_path: Path
) -> None:
    port, log = free_port(), tmp_path / "log"
    env = {"PORT": str(port), "RAG_INDEX": str(shipped_index), "RAG_LOG": "json"}
    with log.open("wb") as errors:
        process = subprocess.Popen(
            [sys.executable, "app.py"], env={**os.environ, **env}, cwd=ROOT,
            stdout=subprocess.DEVNULL, stderr=errors,
        )  # fmt: skip
    url, question = f"http://127.0.0.1:{port}/", "What did Hamas ask for in return?"
    try:
        until_ready(url, process)
        events = [send(url, "query", question, None, None, None) for _ in range(2)]
        with ThreadPoolExecutor(2) as pool:
            answers = [pool.submit(result, url, "query", event) for event in events]
            time.sleep(0.1)
            process.send_signal(number)
            for answer in answers:
                assert answer.result()["answered"]
        assert process.wait(60) == code
    finally:
        process.kill()
        process.wait()
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    ended = [line for line in lines if line["event"] == "question"]
    assert [line["outcome"] for line in ended] == ["answered"] * 2
    assert {"retrieve", "rerank", "evidence", "total", "wait"} <= set(ended[0]["ms"])
    assert question not in log.read_text()


def until_ready(url: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(1200):
        assert process.poll() is None, "the app ended"
        try:
            if get(url, "/readyz", timeout=5)[0] == 200:
                return
        except OSError:
            pass
        time.sleep(0.1)
    raise AssertionError("the app was never ready")
