"""The dense path on a real Milvus: the server in the wheel `milvus`, of version 2.3.5.

It knows no BM25, and finds no words in the middle of a text: words are searched nowhere here, and
`find` looks at every document. Everything else is what an index does on a cluster. ``MILVUS_URI``
runs the whole contract on a newer one (test_store_contract.py).
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import Library
from engines import forget
from numpy.typing import NDArray
from test_store_contract import FACTS, QUESTIONS, Twin, fill, told

import rag
from rag.folders import folders
from rag.index import history, milvus_client, milvus_collection, milvus_rows, milvus_schema
from rag.index.local import LocalStore
from rag.index.milvus import MilvusStore
from rag.index.milvus_client import Client
from rag.index.milvus_generations import MilvusGenerations
from rag.index.store import open_store

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
START = """
import socket, sys
from milvus import default_server as server

def free():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]

server.set_base_dir(sys.argv[1])
server.wait_for_started = False
try:
    for attempt in range(4):
        for name in server.config_keys:
            if name.endswith("_port"):
                server.config.set(name, free())
        server.webservice_port = free()
        server.start()
        try:
            server.wait_started(60_000 + 30_000 * attempt)
            break
        except (TimeoutError, RuntimeError) as error:
            print(error, file=sys.stderr)
            server.server_proc.kill()
            server.server_proc.wait()
            server.server_proc = None
    print(server.listen_port, server.server_proc.pid, flush=True)
    sys.stdin.read()
finally:
    server.stop()
"""
"""Serves until its input ends: with the tests, however they end. All its ports are its own, so that
several of them serve on one machine. After a kill it sometimes never comes up, and does when it is
started again."""
ETCD = """
listen-client-urls: http://127.0.0.1:0
advertise-client-urls: http://127.0.0.1:0
listen-peer-urls: http://127.0.0.1:0
"""
"""The same for the etcd inside, which nobody asks by a port."""
NEWER = ("lexical", "path_sha256", "searched_sha256")
"""What is indexed in a way that came after 2.3."""


class RealServer:
    """A Milvus of its own, that can be killed: a child of a process that outlives it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.uri = ""
        self._driver: subprocess.Popen[str] | None = None
        self._pid = 0

    def start(self) -> None:
        """On another port each time."""
        log, etcd = self._folder / "driver.log", self._folder / "etcd.yaml"
        etcd.write_text(ETCD)
        with log.open("ab") as told:
            self._driver = subprocess.Popen(
                [sys.executable, "-c", START, str(self._folder)],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=told, text=True,
                env=os.environ | {"ETCD_CONFIG_PATH": str(etcd)},
            )  # fmt: skip
        assert self._driver.stdout
        ready = self._driver.stdout.readline().split()
        if not ready:
            self._driver.communicate()
            self._driver = None
            raise AssertionError(f"the server did not start: {log.read_text()}")
        self.uri, self._pid = f"http://127.0.0.1:{ready[0]}", int(ready[1])

    def kill(self) -> None:
        """At once, as a power cut would; nothing of it runs when this returns."""
        if self._driver:
            os.kill(self._pid, signal.SIGKILL)
            self._driver.communicate(timeout=60)
            self._driver = None


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealServer]:
    pytest.importorskip("milvus", reason="PyPI has this server for Linux on x86-64 alone")
    server = RealServer(tmp_path_factory.mktemp("milvus-2.3.5"))
    server.start()
    try:
        yield server
    finally:
        server.kill()


@pytest.fixture
def kept(library: Library, real: RealServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Library]:
    """A library whose index is kept there, and no store searches words."""
    call, schema = Client.call, milvus_schema.passages_schema

    def older(client: Client, method: str, *arguments: Any, **named: Any) -> Any:
        if method in ("insert", "upsert"):
            rows = [{n: row[n] for n in row if n != "words"} for row in arguments[1]]
            arguments = (arguments[0], rows)
        if method == "describe_index" and arguments[1] in NEWER:
            return {"state": "Finished"}
        if method == "create_index":
            known = type(arguments[1])()
            for index in arguments[1]:
                if index.field_name not in NEWER:
                    list.append(known, index)
            arguments = (arguments[0], known)
        if method == "query" and "words" in named["output_fields"]:
            named["output_fields"] = [n for n in named["output_fields"] if n != "words"]
            found = call(client, method, *arguments, **named)
            return [row | {"words": ""} for row in found]
        return call(client, method, *arguments, **named)

    def no_words(*_: object) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        return np.empty(0, np.int64), np.empty(0, np.float32)

    monkeypatch.setattr(Client, "call", older)
    monkeypatch.setattr(milvus_schema, "passages_schema", lambda size: schema(size, lexical=False))
    # It is one process, and behind nobody.
    monkeypatch.setattr(milvus_collection, "_SETTLED_S", 0.0)
    monkeypatch.setattr(milvus_client, "_ANSWER_S", 60.0)  # a machine may be busy with other tests
    monkeypatch.setattr(milvus_rows, "probe", lambda _: "")  # it looks for beginnings alone
    monkeypatch.setattr(MilvusGenerations, "_check_version", lambda _: None)
    monkeypatch.setattr(MilvusStore, "lexical", no_words)
    monkeypatch.setattr(LocalStore, "lexical", no_words)
    library.settings = replace(library.settings, store="milvus", milvus_uri=real.uri)
    yield library
    forget(library)


def test_the_same_is_answered_through_builds_switches_and_a_rollback(kept: Library) -> None:
    fill(kept)
    first = kept.build()
    twin = Twin(kept)
    assert twin.build().index_id == first.index_id
    engine, there = kept.open(), twin.open()

    def compare() -> None:
        here, local = open_store(kept.settings), open_store(twin.settings)
        granted = folders(["fruit", "Fruit"])
        among = here.among(None, granted)
        np.testing.assert_array_equal(among, local.among(None, granted))
        for question in QUESTIONS:
            assert told(engine.query(question)) == told(there.query(question))
            assert told(engine.query(question, folders=granted)) == told(
                there.query(question, folders=granted)
            )
            vector = kept.encoder.encode([question])[0]
            for limit in (None, among):
                np.testing.assert_array_equal(
                    here.dense(vector, 100, limit)[0], local.dense(vector, 100, limit)[0]
                )
        numbers = range(local.manifest.passages)
        assert [here.passage(n) for n in numbers] == [local.passage(n) for n in numbers]
        assert here.documents() == local.documents()
        assert engine.find("in a cool cellar") == there.find("in a cool cellar")
        assert engine.find("50 years.\n\n## Storing") == there.find("50 years.\n\n## Storing")
        here.check_rows()

    compare()
    fill(kept, {"aaa.txt": "Ants march.", "bees.html": "<p>Bees sting.</p>"})
    (kept.corpus / "numbers.txt").unlink()
    second = kept.build()
    assert second.embedded == 2
    assert len(second.kept) == len(FACTS) - 2
    assert twin.build().index_id == second.index_id
    compare()
    for found in (history.rollback(kept.settings), history.rollback(twin.settings)):
        assert (found.before, found.after) == (second.index_id, first.index_id)
    compare()


def test_a_long_text_with_astral_signs_comes_back_exactly(kept: Library) -> None:
    text = "\n\n".join(f"Fact {n} of 𝔘nicode 😀 is v{n * 7}." for n in range(3000))
    fill(kept, {"𝔥😀 \"'\\%\n.txt": text})
    kept.build()
    engine = kept.open()
    assert engine.documents()[0].path == "𝔥😀 \"'\\%\n.txt"
    assert engine.document("𝔥😀 \"'\\%\n.txt").text == text
    for start in (0, 15_900, 16_000, 31_990):
        sought = text[start : start + 300].split(maxsplit=1)[1].rsplit(maxsplit=1)[0]
        assert engine.find(sought)[0].outcome == "exact"


def test_a_real_server_that_is_killed_is_one_clear_error_and_loses_nothing(
    kept: Library, real: RealServer
) -> None:
    fill(kept)
    old = kept.build().index_id
    engine = kept.open()
    before = [told(engine.query(question)) for question in QUESTIONS]
    fill(kept, {"aaa.txt": "Ants march."})
    real.kill()
    with pytest.raises(rag.IndexUnreachableError, match="does not answer"):
        engine.query(QUESTIONS[0])
    with pytest.raises(rag.IndexUnreachableError, match="does not answer"):
        kept.build()
    real.start()
    kept.settings = replace(kept.settings, milvus_uri=real.uri)
    engine = kept.open()
    assert [told(engine.query(question)) for question in QUESTIONS] == before
    assert kept.build().index_id != old


def test_a_server_too_old_to_rank_words_is_refused(library: Library, real: RealServer) -> None:
    library.settings = replace(library.settings, store="milvus", milvus_uri=real.uri)
    fill(library)
    with pytest.raises(rag.SettingsError, match=r"expected 2\.5 or newer"):
        library.build()
