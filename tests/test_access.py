"""Whoever is granted one folder tries to reach the others, by every way into the served app."""

from __future__ import annotations

import asyncio
import base64
import json
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from access_server import ACCOUNTS, HERS, ITS, PASSWORD, SECRET, make_corpus, open_corpus
from browser.servers import running

from rag.engine import Engine
from rag.errors import AccountError, IndexDamagedError, SettingsError
from rag.reports import BuildReport, Progress
from rag.ui.access import Access
from rag.ui.documents import progress_bar
from rag.ui.granted import Granted
from rag.ui.markup import pack, unpack
from rag.ui.routes import is_known


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("access")
    make_corpus(made)
    return made


@pytest.fixture(scope="module")
def engine(folder: Path) -> Iterator[Engine]:
    opened = open_corpus(folder)
    yield opened
    opened.close()


def granted(engine: Engine, name: str = "anna") -> Granted:
    return Granted(engine, next(one for one in ACCOUNTS if one.name == name))


# ---- the library alone ---------------------------------------------------------------------


def test_a_question_is_answered_from_granted_folders_alone(engine: Engine) -> None:
    whole = engine.query(f"What is the rent of the {SECRET} warehouse?")
    assert SECRET in whole.quotes[0].text
    hers = granted(engine).query(f"What is the rent of the {SECRET} warehouse?")
    shown = [*hers.quotes, *hers.near_misses]
    assert {quote.document.path for quote in shown} == {"legal/contract.md"}
    assert hers.scope == 0, "how much there is besides is not told"
    assert SECRET in engine.query(f"{SECRET} lamp", top=1).quotes[0].text


def test_copies_elsewhere_are_not_named(engine: Engine) -> None:
    asked = "When is the gate locked in the evening?"
    (whole, *_) = engine.query(asked).quotes
    assert {quote.document.path for quote in (whole, *whole.also_in)} > {f"press/{SECRET}.md"}
    (hers, *_) = granted(engine).query(asked).quotes
    named = {quote.document.path for quote in (hers, *hers.also_in)}
    assert named == {"legal/contract.md", "legal/annex.txt"}


def test_a_document_of_others_is_one_that_does_not_exist(engine: Engine) -> None:
    hers = granted(engine)
    for path in (f"press/{SECRET}.md", f"legal-{SECRET}/contract.md", f"legal/../{SECRET}.txt"):
        missing = path.replace(SECRET, "missing")
        for ask in (hers.document, lambda path: hers.query("rent", documents=[path])):
            told = []
            for one in (path, missing):
                with pytest.raises(SettingsError) as raised:
                    ask(one)  # type: ignore[operator]
                told.append(str(raised.value).replace(one, "…"))
            assert told[0] == told[1]
    assert hers.query("rent", documents=["legal/contract.md"]).scope == 1


@pytest.mark.parametrize(
    "text", [ITS, ITS.replace("700", "800"), f"The lamp of {SECRET}", "The gate is locked at nine"]
)
def test_a_text_is_found_in_granted_folders_alone(engine: Engine, text: str) -> None:
    assert any(SECRET in f.quote.document.path for f in engine.find(text))
    assert not any(SECRET in f.quote.document.path for f in granted(engine).find(text))
    assert granted(engine, "boss").find(text) == engine.find(text)


def test_figures_and_files_left_out_are_theirs_alone(engine: Engine) -> None:
    hers, whole = granted(engine).info(), engine.info()
    assert SECRET in repr(whole)
    assert SECRET not in repr(hers)
    assert (hers.documents, whole.documents) == (3, 7)
    assert hers.passages == sum(document.passages for document in granted(engine).documents())
    assert granted(engine, "boss").info() == whole


def test_nothing_granted_is_a_calm_state(engine: Engine) -> None:
    nobody = granted(engine, "none")
    assert nobody.documents() == ()
    assert nobody.info().documents == nobody.info().passages == 0
    assert nobody.find(HERS) == ()
    answer = nobody.query("What is the rent of the warehouse?")
    assert (answer.quotes, answer.near_misses) == ((), ())


def test_only_those_who_may_rebuild_and_they_see_their_files_alone(engine: Engine) -> None:
    with pytest.raises(AccountError, match="may not rebuild"):
        granted(engine).build()
    told: list[Progress] = []
    report = granted(engine, "builder").build(told.append)
    assert SECRET not in repr(told) + repr(report)
    assert told


def test_a_rebuild_tells_nobody_how_much_others_have(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    hers = granted(engine, "builder")
    whole = engine.build()

    def build(progress: Callable[[Progress], None]) -> BuildReport:
        for done in range(4711):
            progress(Progress("read", done, 4711, f"{SECRET}.txt"))
        return replace(whole, embedded=4711, passages=4711)

    monkeypatch.setattr(engine, "build", build)
    told: list[Progress] = []
    report = hers.build(told.append)
    assert told == [Progress("read", tenth, 10, counted=False) for tenth in range(10)]
    assert "of 10" not in progress_bar(told[5])
    assert 'aria-valuenow="' in progress_bar(told[5])
    assert report.passages == hers.info().passages
    assert report.embedded == 0


def test_damage_in_others_documents_is_not_named(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_arguments: object, **_keywords: object) -> None:
        raise IndexDamagedError(f"the text of {SECRET}.txt does not match its checksum")

    for name in ("query", "find", "info", "documents", "document"):
        monkeypatch.setattr(engine, name, fail)
    hers, arguments = granted(engine), {"info": [], "documents": []}
    for name in ("query", "find", "info", "documents", "document"):
        with pytest.raises(IndexDamagedError, match="ask whoever runs this server") as raised:
            getattr(hers, name)(*arguments.get(name, ["legal/contract.md"]))
        assert SECRET not in str(raised.value)


def test_an_engine_that_forgets_the_limit_becomes_an_error_and_no_leak(engine: Engine) -> None:
    class Forgetful:
        settings = engine.settings

        def query(self, question: str, **_: object) -> Any:
            return engine.query(question)

        def find(self, text: str, **_: object) -> Any:
            return engine.find(text)

    leaky: Any = Granted(Forgetful(), ACCOUNTS[0])  # type: ignore[arg-type]
    for ask in (leaky.query, leaky.find):
        with pytest.raises(RuntimeError, match="withheld") as raised:
            ask("The gate is locked at nine in the evening.")
        assert SECRET not in str(raised.value)


def test_without_an_account_there_is_no_library(engine: Engine) -> None:
    access = Access(engine, guarded=True)
    for request in (None, object()):
        with pytest.raises(AccountError, match="sign in first"):
            access.library(request)  # type: ignore[arg-type]
    assert Access(engine, guarded=False).library(None) is engine


# ---- the served app ------------------------------------------------------------------------


class Served:
    """The app over the corpus, with accounts and MCP, in a process of its own."""

    def __init__(self, told: str) -> None:
        found = json.loads(next(line for line in told.splitlines() if line.startswith("{")))
        self.url: str = found["url"]
        self.listeners: dict[int, tuple[str, int]] = {
            int(number): (name, inputs) for number, (name, inputs) in found["listeners"].items()
        }
        self.routes = {(method, path) for method, path in found["routes"]}

    def client(self, name: str) -> httpx.Client:
        return httpx.Client(base_url=self.url, auth=(name, PASSWORD), timeout=60)

    def open_page(self, client: httpx.Client) -> None:
        """What a page does first; until then it is taken for one that the server has forgotten."""
        (number,) = [n for n, (name, _) in self.listeners.items() if name == "refresh"][:1]
        self.call(client, number, [[]])

    def call(self, client: httpx.Client, number: int, data: list[Any], event: Any = None) -> str:
        """Everything that one listener sends back, as text."""
        body = {"data": data, "fn_index": number, "session_hash": "one", "event_data": event}
        joined = client.post("gradio_api/queue/join", json=body)
        if joined.status_code != 200:
            return joined.text
        told = []
        with client.stream("GET", "gradio_api/queue/data?session_hash=one") as stream:
            for line in stream.iter_lines():
                told.append(_opened(line))
                if "process_completed" in line or "close_stream" in line:
                    break
        return "\n".join(told)


def _opened(line: str) -> str:
    """The line, with what was written as entities or base64 as a person would get it."""
    text = re.sub(r"&#(\d+);", lambda match: chr(int(match[1])), line)
    packed = [repr(unpack(token)) for token in re.findall(r"[\w-]{16,}=*", text)]
    whole = [_file(token) for token in packed]
    return "\n".join([text, *packed, *whole])


def _file(shown: str) -> str:
    """What an exported file says."""
    match = re.search(r"'data': '([^']+)'", shown)
    return base64.b64decode(match[1]).decode("utf-8", "replace") if match else ""


@pytest.fixture(scope="module")
def served(folder: Path) -> Iterator[Served]:
    with running(folder, "access", str(folder)) as told:
        yield Served(told)


def _place(engine: Engine, path: str, words: str) -> dict[str, Any]:
    import hashlib

    start = engine.document(path).text.index(words)
    sha = hashlib.sha256(words.encode()).hexdigest()
    return {"path": path, "start": start, "end": start + len(words), "sha": sha}


def _forged(engine: Engine) -> dict[str, tuple[list[Any], list[Any]]]:
    """For each listener that reads documents: what it is sent, to reach those of others."""
    path = f"press/{SECRET}.md"
    places = [
        _place(engine, path, ITS),
        _place(engine, f"press/{SECRET}-minutes.pdf", f"The {SECRET} quay was dredged."),
        {"path": path, "start": 0, "end": 5, "sha": ""},
    ]
    first = places[0]
    record = {
        "question": "q", "searched": "q", "scope": 0, "answered": True, "index_id": "0" * 16,
        "unread": 0, "missing": [],
        "quotes": [[first["path"], first["start"], first["end"], first["sha"]]],
        "relevance": [1.0], "also_in": [[]],
    }  # fmt: skip
    hidden = dict(record)
    hers = _place(engine, "legal/contract.md", HERS)
    hidden["quotes"] = [[hers["path"], hers["start"], hers["end"], hers["sha"]]]
    hidden["also_in"] = [record["quotes"]]
    # What she sends names no word of theirs: the secret can come from the server alone.
    asked = "What is the rent of the warehouse?"
    return {
        "_clear_and_save_textbox": ([asked], [None]),  # what _submit_fn then answers
        "respond": ([asked, [], [path], True], [None]),
        "_submit_fn": ([asked, [], [path], True], [None]),
        "refresh": ([[path]], [None]),
        "follow": (["", [path]], [None]),
        "show": ([], [{"place": pack(place), "view": view, "page": 1, "first": 0, "last": 9999}
                      for place in places for view in ("text", "page")]),
        "check": ([], [{"text": "The gate is locked at nine in the evening."},
                       {"text": "The lamp of is lit at dusk by hands."},
                       {"text": ITS.replace(SECRET, "zan")}]),
        "make_file": ([], [{"format": to, "answers": [pack(one)]}
                           for to in ("json", "markdown") for one in (record, hidden)]),
        "choose": ([], [{"paths": [pack(path), pack("legal/contract.md")]}]),
        "vote": ([], [{"verdict": "up", "answer": pack(record)}]),
        "build": ([], [None]),
        "stop": ([], [None]),
        "query": ([asked, None, None, None], [None]),
        "find": (["The gate is locked at nine in the evening."], [None]),
    }  # fmt: skip


WISHES = frozenset({"show", "choose"})
"""Listeners that the page's script sends what it asks for as a value, not with the event."""
WIRING = re.compile(
    r"_append_message_to_history|_save_conversation|_delete_conversation"
    r"|_pop_last_user_message|option_clicked|<lambda>|None"
)
"""Gradio's listeners that move values from one component to another and know no document."""


def _sent(listener: str, data: list[Any], event: Any) -> tuple[list[Any], Any]:
    return ([event], None) if listener in WISHES else (data, event)


def _names(served: Served) -> dict[int, str]:
    return {number: name for number, (name, _) in served.listeners.items()}


def test_every_listener_is_either_tried_here_or_knows_no_document(
    served: Served, engine: Engine
) -> None:
    unknown = {
        name
        for name in _names(served).values()
        if name not in _forged(engine) and not WIRING.fullmatch(name)
    }
    assert unknown == set(), "a new listener: say above what anna sends it"


@pytest.mark.parametrize("name", ["anna", "none"])
def test_no_listener_gives_away_what_is_not_granted(
    served: Served, engine: Engine, name: str
) -> None:
    forged = _forged(engine)
    with served.client(name) as client:
        served.open_page(client)
        for number, listener in _names(served).items():
            data, events = forged.get(listener, ([None] * served.listeners[number][1], []))
            for event in events:
                told = served.call(client, number, *_sent(listener, data, event))
                echoed = told.replace(f"press/{SECRET}.md", "").replace(
                    f"press/{SECRET}-minutes.pdf", ""
                )
                assert "Error" not in told or listener == "query", told
                assert SECRET not in echoed, f"{listener} {event}"
                assert ITS not in told


def test_the_same_calls_show_everything_to_those_who_may(served: Served, engine: Engine) -> None:
    told: dict[str, str] = {}
    with served.client("boss") as client:
        served.open_page(client)
        for number, listener in _names(served).items():
            data, events = _forged(engine).get(listener, ([], []))
            for event in events:
                if listener != "build":
                    told[listener] = told.get(listener, "") + served.call(
                        client, number, *_sent(listener, data, event)
                    )
    shows = {name for name, text in told.items() if SECRET in text}
    assert shows >= {
        "respond",
        "_submit_fn",
        "refresh",
        "show",
        "check",
        "make_file",
        "query",
        "find",
    }
    assert ITS in told["make_file"]
    assert ITS in told["show"]


def test_a_stranger_calls_nothing(served: Served, engine: Engine) -> None:
    with httpx.Client(base_url=served.url, timeout=30) as client:
        for number in served.listeners:
            body = {"data": [], "fn_index": number, "session_hash": "x"}
            for path in ("queue/join", "run/query", "api/query", "call/query"):
                assert client.post(f"gradio_api/{path}", json=body).status_code == 401


def test_the_endpoints_obey_by_every_road(served: Served) -> None:
    asked = "What is the rent of the warehouse?"
    with served.client("anna") as client:
        for road in ("run", "api"):
            for name, data in (
                ("query", [asked, None, None, None]), ("find", ["The gate is locked at nine"]),
                ("query", [asked, None, [f"press/{SECRET}.md"], None]),
            ):  # fmt: skip
                answer = client.post(f"gradio_api/{road}/{name}", json={"data": data})
                assert SECRET not in answer.text.replace(f"press/{SECRET}.md", "")
                assert answer.status_code in (200, 500)
        for road, body in (
            ("call", {"data": [asked, None, None, None]}),
            ("call/v2", {"question": asked}),
        ):
            event = client.post(f"gradio_api/{road}/query", json=body).json()["event_id"]
            told = client.get(f"gradio_api/{road}/query/{event}").text
            assert HERS in told
            assert SECRET not in told


def test_a_request_argument_cannot_be_sent(served: Served) -> None:
    with served.client("anna") as client:
        schema = client.get("gradio_api/info").text
        assert "request" not in json.dumps(json.loads(schema)["named_endpoints"])
        forged = {"data": ["What is the rent?", None, None, None, {"scope": {}}]}
        answer = client.post("gradio_api/run/query", json=forged)
        assert SECRET not in answer.text
        body = {"data": ["What is the rent?", None, None, None], "request": {"username": "boss"}}
        assert SECRET not in client.post("gradio_api/run/query", json=body).text


def test_a_session_of_another_cannot_be_read(served: Served) -> None:
    (number,) = [n for n, name in _names(served).items() if name == "query"]

    def join(client: httpx.Client, question: str) -> None:
        data = [question, None, None, None]
        body = {"data": data, "fn_index": number, "session_hash": "bosses-own"}
        assert client.post("gradio_api/queue/join", json=body).status_code == 200

    def told(client: httpx.Client) -> str:
        with client.stream("GET", "gradio_api/queue/data?session_hash=bosses-own") as stream:
            return "".join(stream.iter_lines())

    with served.client("boss") as boss, served.client("anna") as anna:
        join(boss, f"What is the rent of the {SECRET} warehouse?")
        join(anna, "What is the rent of the warehouse?")
        hers = told(anna)
        assert HERS in hers
        assert SECRET not in hers
        assert ITS in told(boss), "nor is it taken away"


def test_gradios_own_client_and_mcp_obey(served: Served) -> None:
    pytest.importorskip("mcp", reason="the MCP tools need gradio[mcp]")
    from gradio_client import Client

    asked = "When is the gate locked in the evening?"
    for name, reaches in (("anna", False), ("boss", True)):
        client = Client(served.url, auth=(name, PASSWORD), verbose=False, analytics_enabled=False)
        told = repr(client.predict(asked, api_name="/query"))
        client.close()
        assert (SECRET in told) == reaches
        with ThreadPoolExecutor(1) as elsewhere:  # this thread may be the browser's, with a loop
            told = elsewhere.submit(asyncio.run, _over_mcp(served.url, name, asked)).result()
        assert "legal/contract.md" in told
        assert (SECRET in told) == reaches
    headers = {"accept": "application/json, text/event-stream"}
    call = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    assert httpx.post(f"{served.url}gradio_api/mcp/", json=call, headers=headers).status_code == 401


async def _over_mcp(url: str, name: str, question: str) -> str:
    import mcp
    from mcp.client.streamable_http import streamable_http_client as connect

    async with (
        httpx.AsyncClient(auth=(name, PASSWORD), timeout=60) as client,
        connect(f"{url}gradio_api/mcp/", http_client=client) as (
            reading,
            writing,
            _,
        ),
        mcp.ClientSession(reading, writing) as session,
    ):
        await session.initialize()
        found = [await session.call_tool("query", {"question": question})]
        found += [await session.call_tool("find", {"text": question})]
        found += [await session.call_tool("query", {"question": "x", "documents": [question]})]
        return repr(found)


# ---- routes --------------------------------------------------------------------------------

UNUSED = frozenset(
    """
    /custom_component /deep_link /proxy= /file= /file/ /stream /queue/status /upload
    /upload_progress /component_server /monitoring /process_recording /vibe-edit /undo-vibe-edit
    /vibe-code /vibe-starter-queries /user /login_check /token /app_id /dev/reload /runs /pwa_icon
    /manifest.json /login /logout /openapi.json /profiling /run-history
    """.split()
)
"""What Gradio serves and we have no use for."""


def test_every_route_of_gradios_is_used_or_not_there(served: Served) -> None:
    found = served.routes
    assert ("POST", "/gradio_api/queue/join") in found, "the routes are all seen"
    assert len(found) > 60
    for method, path in found:
        example = re.sub(r"\{[^}]*\}", "x", path)
        short = path.removeprefix("/gradio_api")
        unused = any(short.startswith(name) for name in UNUSED)
        mcp = path.startswith("/gradio_api/mcp")
        used = is_known(method, example, sign_in=False)
        if path == "/gradio_api/openapi.json":
            unused = False
        assert used or unused or mcp or method == "HEAD", f"{method} {path} is new: is it of use?"
        assert not (used and unused), f"{method} {path} is reachable without need"


def test_what_is_not_needed_is_not_there_even_for_the_boss(served: Served, engine: Engine) -> None:
    corpus = engine.settings.corpus
    with served.client("boss") as client:
        for path in (
            "gradio_api/file=/etc/passwd", f"gradio_api/file={corpus}/{SECRET}.txt",
            "gradio_api/file=https://example.com", "gradio_api/proxy=https://example.com", "file=a",
            "gradio_api/file/etc/passwd", "gradio_api/deep_link?session_hash=x", "monitoring",
            "gradio_api/component_server", "gradio_api/upload_progress?upload_id=1", "openapi.json",
            "gradio_api/stream/a/b/1/playlist-file", "gradio_api/dev/reload", "gradio_api/runs",
            "gradio_api/vibe-code", "docs", "redoc", "gradio_api/queue/status", "manifest.json",
            "gradio_api/%66ile=/etc/passwd", "gradio_api//file=/etc/passwd", "./gradio_api/token",
            "svelte/../../../../etc/passwd", "static/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
            "assets/..%2f..%2f..%2f..%2f..%2f..%2f..%2fetc%2fpasswd",
        ):  # fmt: skip
            answer = client.get(path)
            assert answer.status_code in (403, 404), path
            assert "root:" not in answer.text
            assert "content-security-policy" in answer.headers
        for path in ("gradio_api/upload", "gradio_api/component_server", "gradio_api/vibe-edit"):
            assert client.post(path, files={"files": b"x"}).status_code == 404
