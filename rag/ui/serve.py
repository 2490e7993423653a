"""From settings to a running page: what ``python app.py`` and ``rag chat`` do."""

from __future__ import annotations

import errno
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from rag.cli_text import one_line
from rag.errors import (
    CorpusError,
    IndexBusyError,
    IndexDamagedError,
    IndexUnusableError,
    IndexWriteError,
    RagError,
)
from rag.reports import Progress
from rag.settings import Settings
from rag.ui.door import LOOPBACK, Door, check_host, check_users, open_door
from rag.ui.logs import start_log, take_over_server_log
from rag.ui.switches import Switches, read_switches
from rag.ui.wording import count

if TYPE_CHECKING:
    from rag.engine import Engine

_OF_THE_PORT = (errno.EADDRINUSE, errno.EACCES)


def serve(
    settings: Settings,
    host: str = "127.0.0.1",
    port: int = 7860,
    *,
    users: str | None = None,
    insist: bool = False,
) -> None:
    """Bring the index up to date, open the models and serve the page until told to stop.

    An empty corpus or a damaged index is no reason not to open: the page says so, and its
    Rebuild button works. Nor is an index that answers and cannot be written. SIGTERM and Ctrl-C
    let the answers finish that are being made; SIGTERM then returns, Ctrl-C raises
    KeyboardInterrupt.

    Args:
        settings: The engine's.
        host: Where to listen; anything but loopback needs a way to sign in.
        port: The port.
        users: A file of accounts; ``RAG_USERS`` and its like count too (`rag.ui.door`).
        insist: Serve strangers all the same.

    Raises:
        AccountError: nobody would have to sign in, or the accounts are no good or in the corpus.
        ModelError: a model cannot be loaded.
        SettingsError: one of the server's switches holds what it cannot.
        RagError: the port is taken, or MCP is asked for and not installed.
    """
    switches = read_switches()
    start_log(switches)
    door = open_door(users, os.environ)
    check_users(users, os.environ, Path(settings.corpus))
    check_host(host, door, insist=insist or switches.open_to_all)
    _warn(host, door)
    with _terminable():
        _serve(settings, host, port, switches, door)


def _warn(host: str, door: Door | None) -> None:
    if host in LOOPBACK:
        return
    if door is None:
        print(f"Anybody who reaches {host} can read every document.", file=sys.stderr, flush=True)
    elif not door.header:
        print(
            "Passwords travel as they are typed: put a proxy with HTTPS in front.",
            file=sys.stderr,
            flush=True,
        )


def _serve(settings: Settings, host: str, port: int, switches: Switches, door: Door | None) -> None:
    from rag.engine import open_models

    check_free(host, port)
    # Whoever starts the page from another folder later must not write somewhere else.
    settings = replace(
        settings, corpus=str(Path(settings.corpus).absolute()), index=str(_made(settings.index))
    )
    engine = open_models(settings)
    bring_up_to_date(engine)

    # Imported late: Gradio takes seconds, and all that can go wrong above needs none of it.
    from rag.ui.page import create_app, launch

    app = create_app(engine, switches=switches, door=door)
    url = launch(app, host, port, mcp=switches.mcp)
    take_over_server_log()
    print(f"Open {url}", flush=True)
    if switches.mcp:
        print(f"MCP at {url.rstrip('/')}/gradio_api/mcp/", flush=True)
    try:
        threading.Event().wait()
    finally:
        print("\nStopping: finishing the answers that are being made.", flush=True)
        app.close()


def bring_up_to_date(engine: Engine) -> None:
    """Build, and say in a line what came of it.

    Raises:
        IndexWriteError: the index cannot be written, and there is none that answers meanwhile.
        RagError: whatever else no Rebuild in the page would mend.
    """
    try:
        report = engine.build(_printer())
        done = len(report.added) + len(report.changed) + len(report.removed)
        line = (
            f"Index ready: {count(report.passages, 'passage')}, {count(done, 'document')} changed."
        )
        print(f"\r{line:<78}" if sys.stdout.isatty() else line, flush=True)
    except (CorpusError, IndexBusyError, IndexDamagedError) as error:
        print(one_line(str(error)), file=sys.stderr, flush=True)
    except IndexWriteError as error:
        if not _answers(engine):
            raise
        print(one_line(str(error)), file=sys.stderr, flush=True)


def _answers(engine: Engine) -> bool:
    try:
        engine.info()
    except IndexUnusableError:
        return False
    return True


@contextmanager
def _terminable() -> Iterator[None]:
    """Within, SIGTERM ends things as Ctrl-C does, and then what is within just ends."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, _terminated)
    try:
        yield
    except _TerminatedError:
        pass
    finally:
        signal.signal(signal.SIGTERM, before)


class _TerminatedError(BaseException):
    """The operator asked the process to end."""


def _terminated(_number: int, _frame: object) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # a second one does not wait
    raise _TerminatedError


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
            another = (
                f"port, such as PORT={port + 1 if port < 65535 else 7861}"
                if getattr(error, "errno", None) in _OF_THE_PORT
                else "host, such as 127.0.0.1"
            )
            raise RagError(
                f"cannot serve on {host}:{port}: {reason}; choose another {another}"
            ) from None


def _made(index: str) -> Path:
    path = Path(index).absolute()
    with suppress(OSError):  # the build tells
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
