"""Milvus for the tests: in process on a file, as a server that can be killed, or a real cluster."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import Library

from rag.errors import RagError
from rag.index.milvus_client import open_client
from rag.index.milvus_schema import names

KINDS = [
    "local",
    "lite",
    pytest.param("server", marks=pytest.mark.slow),
    pytest.param("cluster", marks=pytest.mark.slow),
]


class Server:
    """`milvus-lite server` in a process of its own, on a port of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with socket.socket() as found:
            found.bind(("127.0.0.1", 0))
            self.port = found.getsockname()[1]
        self.uri = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.folder.mkdir(exist_ok=True)
        (self.folder / "log").touch()
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "milvus_lite", "server", "--data-dir",
                 str(self.folder / "data"), "--host", "127.0.0.1", "--port", str(self.port)],
                stdout=log, stderr=log,
            )  # fmt: skip
        end = time.monotonic() + 60
        while time.monotonic() < end and self._process.poll() is None:
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return
            time.sleep(0.1)
        raise AssertionError((self.folder / "log").read_text())

    @property
    def dead(self) -> bool:
        """Whether it has been killed, and not started again."""
        return self._process is None

    def kill(self) -> None:
        """At once, as a power cut would."""
        if self._process:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
            self._process = None


@contextmanager
def kept_by(kind: str, library: Library, server: Server | None = None) -> Iterator[Library]:
    """The library with its index in a store of this kind, under a name that nobody else has."""
    if kind == "local":
        yield library
        return
    pytest.importorskip("pymilvus", reason="needs pip install -e .[dev]")
    folder = Path(library.settings.index).parent
    uri = str(folder / "milvus.db")
    if kind == "server":
        assert server is not None
        uri = server.uri
    if kind == "cluster":
        uri = os.environ.get("MILVUS_URI", "")
        if not uri:
            pytest.skip("needs MILVUS_URI, the address of a Milvus of version 2.5 or newer")
    index = folder / f"index{uuid.uuid4().hex[:12]}"
    library.settings = replace(library.settings, index=str(index), store="milvus", milvus_uri=uri)
    library.index = index
    try:
        yield library
    finally:
        forget(library)
        if kind == "lite":
            from milvus_lite.server_manager import server_manager_instance

            open_client.cache_clear()
            server_manager_instance.release_server(uri)


def forget(library: Library) -> None:
    """Remove what a test has left in an engine that others use too."""
    client, named = open_client(library.settings.milvus_uri), names(library.settings.index)
    with suppress(RagError):
        for collection in client.call("list_collections"):
            if named.generation(collection):
                with suppress(RagError):
                    client.call("drop_alias", named.alias)
                client.call("drop_collection", collection)
