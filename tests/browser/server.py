"""The app in a process of its own, with a guard: any way out of this machine is noted and barred.

    python tests/browser/server.py VIOLATIONS app         # app.py, the real engine
    python tests/browser/server.py VIOLATIONS fake INDEX  # a page for each of the fake corpora
    python tests/browser/server.py VIOLATIONS one DIR     # one fake page, at the port PORT
    python tests/browser/server.py VIOLATIONS access DIR  # accounts, each with its folders
    python tests/browser/server.py VIOLATIONS attack DIR  # the real engine over tests/hostile.py

``VIOLATIONS`` is a file that gets a line for every attempt to reach another host.
"""

from __future__ import annotations

import ipaddress
import os
import runpy
import socket
import sys
import threading
from importlib.util import find_spec
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


def bar_the_way_out(notes: Path) -> None:
    """Let sockets reach loopback only."""
    connect, connect_ex, getaddrinfo = (
        socket.socket.connect,
        socket.socket.connect_ex,
        socket.getaddrinfo,
    )

    def check(host: object) -> None:
        name = host.decode() if isinstance(host, bytes) else host
        if name in (None, "", "localhost"):
            return
        try:
            if ipaddress.ip_address(str(name)).is_loopback or str(name) == "0.0.0.0":
                return
        except ValueError:
            pass
        with notes.open("a") as file:
            file.write(f"{name}\n")
        raise OSError(f"the test allows loopback only, not {name}")

    def guarded(original: Any) -> Any:
        def call(self: socket.socket, address: Any) -> Any:
            if self.family in (socket.AF_INET, socket.AF_INET6):
                check(address[0])
            return original(self, address)

        return call

    def resolve(host: Any, *args: Any, **keywords: Any) -> Any:
        check(host)
        return getaddrinfo(host, *args, **keywords)

    socket.socket.connect = guarded(connect)  # type: ignore[method-assign]
    socket.socket.connect_ex = guarded(connect_ex)  # type: ignore[method-assign]
    socket.getaddrinfo = resolve


def serve_fakes(index: Path) -> None:
    """The page over each of the fake corpora in ``corpora.py``, at a port of its own."""
    from browser.corpora import CORPORA, papers
    from browser.fake_engine import FakeEngine
    from browser.servers import free_port

    from rag.settings import Settings
    from rag.ui import create_app, launch

    files = index / "papers-corpus"
    for kind, (documents, options) in (CORPORA | {"papers": (papers(files), {})}).items():
        folder = index / kind
        folder.mkdir(parents=True)
        corpus = str(files) if kind == "papers" else kind
        settings = Settings(corpus=corpus, index=str(folder), top=50)
        app = create_app(FakeEngine(documents, settings, **options))
        url = launch(app, port=free_port(), mcp=kind == "plain" and find_spec("mcp") is not None)
        print(f"{kind} at {url}", flush=True)
    print("Open http://", flush=True)
    threading.Event().wait()


def serve_one(index: Path) -> None:
    """The page over the plain corpus at a port that is given, so that it can be started again."""
    from browser.corpora import PLAIN
    from browser.fake_engine import FakeEngine

    from rag.settings import Settings
    from rag.ui import create_app, launch

    engine = FakeEngine(PLAIN, Settings(corpus="plain", index=str(index), top=50))
    print(f"Open {launch(create_app(engine), port=int(os.environ['PORT']))}", flush=True)
    threading.Event().wait()


def serve_attacks(folder: Path) -> None:
    """The page over a corpus in which every format attacks: read, built and asked as any other."""
    from dataclasses import replace

    from browser.servers import free_port
    from conftest import Library
    from hostile import fill

    from rag.ui import create_app, launch

    library = Library(folder)
    fill(library.corpus)
    library.settings = replace(library.settings, top=50)
    library.build()
    url = launch(create_app(library.open()), port=free_port())
    print(f"Open {url}", flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    bar_the_way_out(Path(sys.argv[1]))
    os.chdir(ROOT)
    sys.path[:0] = [str(ROOT), str(ROOT / "tests")]
    if sys.argv[2] == "app":
        sys.argv = ["app.py"]  # it takes no options, and ours are none of its
        runpy.run_path(str(ROOT / "app.py"), run_name="__main__")
    elif sys.argv[2] == "attack":
        serve_attacks(Path(sys.argv[3]))
    elif sys.argv[2] == "one":
        serve_one(Path(sys.argv[3]))
    elif sys.argv[2] == "access":
        from access_server import serve_access

        serve_access(Path(sys.argv[3]))
    else:
        serve_fakes(Path(sys.argv[3]))
