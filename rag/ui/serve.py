"""From settings to a running page: what ``python app.py`` and ``rag chat`` do."""

from __future__ import annotations

import importlib.util
import logging
import os
import socket
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from rag.cli_text import one_line
from rag.errors import CorpusError, IndexBusyError, IndexDamagedError, RagError
from rag.settings import Settings
from rag.types import Progress

log = logging.getLogger(__name__)


def serve(settings: Settings, host: str = "127.0.0.1", port: int = 7860) -> None:
    """Bring the index up to date, open the models and serve the page until interrupted.

    An empty corpus or a damaged index is no reason not to open: the page says so, and its
    Rebuild button works. ``RAG_MCP=1`` serves ``query`` as an MCP tool too.

    Raises:
        ModelError: a model cannot be loaded.
        RagError: the port is taken, or MCP is asked for and not installed.
    """
    from rag.engine import open_models

    mcp = wants_mcp()
    check_free(host, port)
    # Whoever starts the page from another folder later must not write somewhere else.
    settings = replace(
        settings, corpus=str(Path(settings.corpus).absolute()), index=str(_made(settings.index))
    )
    engine = open_models(settings)
    try:
        report = engine.build(_printer())
        done = len(report.added) + len(report.changed) + len(report.removed)
        line = f"Index ready: {report.passages:,} passages, {done:,} documents changed."
        print(f"\r{line:<78}" if sys.stdout.isatty() else line, flush=True)
    except (CorpusError, IndexBusyError, IndexDamagedError) as error:
        print(one_line(str(error)), file=sys.stderr, flush=True)

    # Imported late: Gradio takes seconds, and all that can go wrong above needs none of it.
    from rag.ui.page import create_app, launch

    url = launch(create_app(engine), host, port, mcp=mcp)
    print(f"Open {url}", flush=True)
    if mcp:
        print(f"MCP at {url.rstrip('/')}/gradio_api/mcp/", flush=True)
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        print("\nstopped", flush=True)


def wants_mcp() -> bool:
    """Whether ``RAG_MCP`` asks for the MCP server.

    Raises:
        RagError: it does, and the packages are not there.
    """
    if os.environ.get("RAG_MCP", "").strip().lower() not in ("1", "true", "yes", "on"):
        return False
    if importlib.util.find_spec("mcp") is None:
        raise RagError('RAG_MCP is set but MCP is not installed; run pip install "gradio[mcp]"')
    return True


def check_free(host: str, port: int) -> None:
    """Find out before the models are loaded.

    Raises:
        RagError: the port is taken, or the host is not ours.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        if os.name == "posix":  # as the server does: a port that is just closing is free
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except (OSError, OverflowError) as error:
            reason = getattr(error, "strerror", None) or error
            raise RagError(
                f"cannot serve on {host}:{port}: {reason}; choose another port, "
                f"such as PORT={port + 1 if port < 65535 else 7861}"
            ) from None


def _made(index: str) -> Path:
    path = Path(index).absolute()
    path.mkdir(parents=True, exist_ok=True)
    return path


def _printer() -> Callable[[Progress], None]:
    """One line that is written over, on a terminal; nothing in a log."""
    if not sys.stdout.isatty():
        return lambda _progress: None

    def show(progress: Progress) -> None:
        line = one_line(f"{progress.stage} {progress.done:,}/{progress.total:,} {progress.detail}")
        print(f"\r{line:<78.78}", end="", flush=True)

    return show
