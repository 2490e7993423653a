"""Is the server alive, can it answer, and its figures: for a supervisor, a proxy, Prometheus.

They stand in front of Gradio and of signing in, answer while the queue is full, and tell nothing
but a state. The figures are served only where the operator asked for them.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable

import anyio
from anyio import CapacityLimiter, to_thread
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from rag.errors import IndexDamagedError, IndexMissingError, RagError
from rag.ui.desk import Desk
from rag.ui.library import Library

log = logging.getLogger(__name__)

_SECONDS = 5.0  # to open a new generation takes a moment; a probe waits no longer
_AT_ONCE = 2


class Health:
    """ASGI middleware that answers ``/healthz``, ``/readyz`` and perhaps ``/metrics``."""

    def __init__(self, app: ASGIApp, library: Library, desk: Desk) -> None:
        self._app = app
        self._library = library
        self._desk = desk
        self._threads: CapacityLimiter | None = None
        self._paths: dict[str, Callable[[], Awaitable[Response]]] = {
            "/healthz": self._alive,
            "/readyz": self._ready,
        }
        if desk.meter:
            self._paths["/metrics"] = self._metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = self._paths.get(scope["path"]) if scope["type"] == "http" else None
        if answer is None or scope["method"] not in ("GET", "HEAD"):
            await self._app(scope, receive, send)
            return
        response = await answer()
        response.headers["cache-control"] = "no-store"
        await response(scope, receive, send)

    async def _alive(self) -> Response:
        return _state(200, "alive")

    async def _ready(self) -> Response:
        if self._desk.questions.closed:
            return _state(503, "stopping")
        state = await self._index_state()
        return _state(200 if state == "ready" else 503, state)

    async def _metrics(self) -> Response:
        from rag.ui.metrics import CONTENT_TYPE

        assert self._desk.meter  # noqa: S101 - else there is no such path
        await self._index_state()
        return Response(self._desk.meter.page(), media_type=CONTENT_TYPE)

    async def _index_state(self) -> str:
        """``ready``, or one word for what is wrong."""
        self._threads = self._threads or CapacityLimiter(_AT_ONCE)
        with anyio.move_on_after(_SECONDS):
            return await to_thread.run_sync(
                self._look, abandon_on_cancel=True, limiter=self._threads
            )
        return "slow"

    def _look(self) -> str:
        try:
            info = self._library.info()
        except IndexMissingError:
            return "missing"
        except IndexDamagedError:
            return "damaged"
        except RagError:
            return "unusable"
        except Exception:
            log.exception("the state of the index could not be told")
            return "unusable"
        if self._desk.meter:
            self._desk.meter.index(info.documents, info.passages)
        return "ready"


def _state(status: int, state: str) -> Response:
    return Response(json.dumps({"state": state}), status, media_type="application/json")
