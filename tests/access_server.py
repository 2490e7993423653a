"""A corpus of which some may read a folder alone, and the app over it, for ``test_access.py``."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fakes import WordEncoder, WordReranker
from read.pdfs import pdf

from rag import passwords
from rag.accounts import Account, save_accounts
from rag.engine import Engine, open_engine
from rag.folders import folders
from rag.index.build import build
from rag.settings import Settings

PASSWORD = "correct horse"
SECRET = "zanzibar"
"""In every word, name and reason of what anna may not read, and nowhere else."""
HERS = "The rent of the warehouse is 400 pounds a month."
ITS = f"The rent of the {SECRET} warehouse is 700 pounds a month."

_FILES = {
    "legal/contract.md": f"# Contract\n\n{HERS}\n\nThe gate is locked at nine in the evening.\n",
    "legal/annex.txt": "The gate is locked at nine in the evening.\n",
    f"legal-{SECRET}/contract.md": f"# Contract\n\n{ITS}\n\nA {SECRET} clause.\n",
    f"press/{SECRET}.md": f"# {SECRET}\n\nThe gate is locked at nine in the evening.\n\n{ITS}\n",
    f"{SECRET}.txt": f"The lamp of {SECRET} is lit at dusk by {SECRET} hands.\n",
    f"press/{SECRET}.tif": "no document",
}
ACCOUNTS = [
    Account("anna", folders(["legal"])),
    Account("boss", folders(["*"]), may_build=True),
    Account("none", folders([])),
    Account("builder", folders(["legal"]), may_build=True),
]


def _settings(folder: Path) -> Settings:
    return Settings(corpus=str(folder / "corpus"), index=str(folder / "index"))


def make_corpus(folder: Path) -> None:
    """The files, their index, and the accounts in ``users.json``."""
    corpus = folder / "corpus"
    for name, text in _FILES.items():
        path = corpus / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    tolls, quay = [["The ferry tolls were four pence."]], [[f"The {SECRET} quay was dredged."]]
    (corpus / "legal/minutes.pdf").write_bytes(pdf(tolls))
    (corpus / f"press/{SECRET}-minutes.pdf").write_bytes(pdf(quay))
    build(_settings(folder), encoder=WordEncoder())
    cost, passwords._COST = passwords._COST, {"n": 2**4, "r": 8, "p": 1}
    kept = passwords.hash_password(PASSWORD)
    passwords._COST = cost
    save_accounts(
        folder / "users.json", [Account(a.name, a.folders, a.may_build, kept) for a in ACCOUNTS]
    )


def open_corpus(folder: Path) -> Engine:
    """The engine over it, with small models."""
    return open_engine(_settings(folder), encoder=WordEncoder(), reranker=WordReranker())


def serve_access(folder: Path) -> None:
    """Serve it, and tell in one line of JSON where, and what Gradio listens to."""
    from browser.servers import free_port

    from rag.ui import create_app, launch
    from rag.ui.door import open_door

    app = create_app(open_corpus(folder), door=open_door(str(folder / "users.json"), {}))
    url = launch(app, port=free_port(), mcp=True)
    listeners = {number: (str(fn.name), len(fn.inputs)) for number, fn in app.blocks.fns.items()}
    routes = sorted(set(_routes(app.blocks.app.routes)))
    print(json.dumps({"url": url, "listeners": listeners, "routes": routes}), flush=True)
    print(f"Open {url}", flush=True)
    threading.Event().wait()


def _routes(routes: Any, before: str = "") -> Iterator[tuple[str, str]]:
    for route in routes:
        inner = getattr(route, "original_router", route)
        path = before + getattr(route, "path", "")
        within = getattr(inner, "routes", None)
        if within:
            yield from _routes(within, path)
        else:
            yield from ((method, path) for method in getattr(route, "methods", None) or ["GET"])
