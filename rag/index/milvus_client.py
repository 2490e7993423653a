"""The way to a Milvus engine: a lost connection is tried again, and ends in one clear error.

Milvus' own client gives up on an engine that is away for more than a moment, so that trying again,
with longer and longer pauses, is ours. Only what never got through is tried again.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from rag.errors import IndexDamagedError, IndexUnreachableError, SettingsError
from rag.index.generation import REBUILD

if TYPE_CHECKING:
    from pymilvus import MilvusClient

TOKEN = "RAG_MILVUS_TOKEN"  # noqa: S105
"""The variable that holds the engine's token, if it wants one: no setting, so that no file, log or
message ever holds it."""
_PATIENCE_S = 10.0  # with an engine that cannot be reached
_FIRST_PAUSE_S, _MOST_PAUSE_S = 0.1, 2.0
_ANSWER_S = 10.0  # for what an engine that is well does in a second
_NOT_LOADED = 101
_LOST = 2  # Milvus' code where a service, or the way to it, is gone
_CHANNEL = {  # gRPC's own pauses between connections grow to two minutes
    "grpc.initial_reconnect_backoff_ms": 200,
    "grpc.min_reconnect_backoff_ms": 200,
    "grpc.max_reconnect_backoff_ms": 1000,
    "grpc.use_local_subchannel_pool": 1,
}
_NOT_THERE = (100, 1600)  # a collection, an alias


class _LostError(Exception):
    """What was asked never got through, or its answer did not."""


class _ReleasedError(_LostError):
    """The engine was started anew, and has not loaded the collection."""


class Client:
    """One engine, connected to when it is first asked. Safe to share between threads."""

    def __init__(self, uri: str) -> None:
        self.uri = uri
        self._connecting = threading.Lock()
        self._milvus: MilvusClient | None = None

    def call(
        self,
        method: str,
        *arguments: object,
        patient: bool = False,
        again: bool = True,
        **named: Any,
    ) -> Any:
        """What a method of `pymilvus.MilvusClient` returns.

        An answer is waited for ten seconds; where ``patient``, for as long as the connection
        lasts: building an index takes its time. ``again`` is whether to try again where the
        connection is lost, ten seconds too.

        Raises:
            IndexDamagedError: a collection is not there, or no longer.
            IndexUnreachableError: the engine does not answer, or refuses.
        """
        bounds = {"retry_times": 0} if patient else {"timeout": _ANSWER_S}
        end = time.monotonic() + (_PATIENCE_S if again else 0.0)
        pause = _FIRST_PAUSE_S
        released = False
        while True:
            try:
                if released:
                    self._once("load_collection", arguments[:1], {"retry_times": 0})
                return self._once(method, arguments, bounds | named)
            except _LostError as error:
                released = isinstance(error, _ReleasedError)
                if time.monotonic() + pause > end:
                    raise self._unreachable(str(error)) from None
            time.sleep(pause)
            pause = min(2 * pause, _MOST_PAUSE_S)

    def collection_of(self, alias: str) -> str | None:
        """The collection that an alias stands for, if there is such an alias."""
        try:
            found = self.call("describe_alias", alias)
        except IndexDamagedError:
            return None
        return str(found["collection_name"]) if found else None

    def _once(self, method: str, arguments: Sequence[object], named: dict[str, Any]) -> Any:
        import grpc
        from pymilvus.exceptions import MilvusException

        try:
            return getattr(self._connected(), method)(*arguments, **named)
        except MilvusException as error:
            if error.code in _NOT_THERE:
                raise IndexDamagedError(
                    f"a part of the index is gone from {self.uri} ({_line(error.message)}); ask "
                    f"again, or {REBUILD}",
                    logged=f"a part of the index is gone from {self.uri}",
                ) from None
            if error.code == _NOT_LOADED and method in ("query", "search"):
                raise _ReleasedError(error.message) from None
            if error.code in (_LOST, grpc.StatusCode.UNAVAILABLE) or error.retriable:
                raise _LostError(error.message) from None
            raise self._unreachable(error.message) from None
        except grpc.RpcError as error:
            if error.code() == grpc.StatusCode.UNAVAILABLE:
                raise _LostError(error.details()) from None
            raise self._unreachable(f"{error.code().name} {error.details()}") from None
        except (grpc.FutureTimeoutError, OSError, ValueError) as error:
            raise _LostError(str(error) or "no connection") from None

    def _connected(self) -> MilvusClient:
        milvus = self._milvus
        if milvus is None:
            with self._connecting:
                milvus = self._milvus = self._milvus or self._connect()
        return milvus

    def _connect(self) -> MilvusClient:
        from pymilvus import MilvusClient

        # It logs each failure with a traceback, on standard error; ours are told as errors.
        logging.getLogger("pymilvus").setLevel(logging.CRITICAL)
        uri = self.uri
        if not urlsplit(uri).netloc:
            Path(uri).resolve().parent.mkdir(parents=True, exist_ok=True)
        try:
            return MilvusClient(
                uri, token=os.environ.get(TOKEN, ""), timeout=_ANSWER_S, grpc_options=_CHANNEL
            )
        except Exception as error:  # whatever it is, there is no engine to be had
            reason = getattr(error, "message", "") or str(error)
            if urlsplit(uri).netloc:
                raise _LostError(reason) from None
            raise self._unreachable(reason) from None

    def _unreachable(self, reason: str) -> IndexUnreachableError:
        step = "start it, or mend milvus_uri, and try again"
        if not urlsplit(self.uri).netloc:
            step = "a file serves one process at a time: stop the other one, or run a server"
        told = f"Milvus at {self.uri} does not answer, or not as it should"
        return IndexUnreachableError(
            f"{told} ({_line(reason)}); {step}; "
            "nothing is answered without it, and nothing of the index is lost",
            logged=f"{told}; {step}",
        )


@lru_cache(maxsize=16)
def open_client(uri: str) -> Client:
    """The one client of this process for an engine.

    Raises:
        SettingsError: pymilvus is not installed.
    """
    try:
        import pymilvus  # noqa: F401
    except ImportError:
        raise SettingsError(
            "store is milvus, and its client is not installed; run `pip install rag-quotes[milvus]`"
        ) from None
    return Client(uri)


def _line(reason: str) -> str:
    """The first line of what an engine says, not too much of it, and never the token."""
    token = os.environ.get(TOKEN, "")
    text = " ".join(reason.split())
    return (text.replace(token, "…") if token else text)[:300] or "no reason given"
