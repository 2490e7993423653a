"""The way to a Milvus engine: a call that fails is tried again, and ends in one clear error.

Milvus' own client tries again what a lost connection has failed, with longer and longer pauses:
for as long as a question may wait, or so often as a build is told to. What it then raises becomes
an error of ours.
"""

from __future__ import annotations

import logging
import os
import threading
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
PATIENT = 7
"""Tries, in some seven seconds, for what may take long while all is well: a step of a build."""
ONCE = 0
_ANSWER_S = 10.0  # for what an engine that is well does in a second
_NO_SUCH_COLLECTION = 100
_NO_SUCH_ALIAS = (_NO_SUCH_COLLECTION, 1600)


class Client:
    """One engine, connected to when it is first asked. Safe to share between threads."""

    def __init__(self, uri: str) -> None:
        self.uri = uri
        self._connecting = threading.Lock()
        self._milvus: MilvusClient | None = None

    def call(self, method: str, *arguments: object, tries: int | None = None, **named: Any) -> Any:
        """What a method of `pymilvus.MilvusClient` returns.

        Raises:
            IndexDamagedError: a collection is not there, or no longer.
            IndexUnreachableError: the engine does not answer, or refuses.
        """
        import grpc
        from pymilvus.exceptions import MilvusException

        try:
            found = getattr(self._connected(), method)
            bounds = {"timeout": _ANSWER_S} if tries is None else {"retry_times": tries}
            return found(*arguments, **bounds, **named)
        except MilvusException as error:
            if error.code == _NO_SUCH_COLLECTION:
                raise IndexDamagedError(
                    f"a part of the index is gone from {self.uri} ({_line(error.message)}); ask "
                    f"again, or {REBUILD}"
                ) from None
            raise self._unreachable(error.message) from None
        except (grpc.RpcError, grpc.FutureTimeoutError, OSError, ValueError) as error:
            details = getattr(error, "details", None)
            raise self._unreachable(str(details() if details else error)) from None

    def collection_of(self, alias: str) -> str | None:
        """The collection that an alias stands for, if there is such an alias."""
        from pymilvus.exceptions import MilvusException

        milvus = self._connected()
        try:
            found = milvus.describe_alias(alias, timeout=_ANSWER_S)
        except MilvusException as error:
            if error.code in _NO_SUCH_ALIAS or "not found" in error.message:
                return None
            raise self._unreachable(error.message) from None
        return str(found["collection_name"]) if found else None

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
            return MilvusClient(uri, token=os.environ.get(TOKEN, ""), timeout=_ANSWER_S)
        except Exception as error:  # whatever it is, there is no engine to be had
            raise self._unreachable(getattr(error, "message", "") or str(error)) from None

    def _unreachable(self, reason: str) -> IndexUnreachableError:
        step = "start it, or mend milvus_uri, and try again"
        if not urlsplit(self.uri).netloc:
            step = "a file serves one process at a time: stop the other one, or run a server"
        return IndexUnreachableError(
            f"Milvus at {self.uri} does not answer, or not as it should ({_line(reason)}); {step}; "
            "nothing is answered without it, and nothing of the index is lost"
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
