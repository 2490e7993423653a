"""Workers as actors of Ray, on this machine or a cluster. The only module that imports Ray.

An actor holds an encoder and makes one shard at a time. When it is lost, with its node or alone,
its job goes to another, and a new actor waits for a free core.
"""

from __future__ import annotations

import logging
import os
import platform
import secrets
import shutil
import socket
import tempfile
import time
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from rag.cluster.sharing import LOCAL
from rag.cluster.worker import Job, Order, Worker
from rag.errors import ClusterError, RagError

_OBJECT_STORE_BYTES = 100_000_000
"""For a local cluster: only names and texts of one job pass through it."""
_LOSSES = 5
_PATIENCE_S = 300.0
_REACH_S = 10.0
_LOG = logging.getLogger(__name__)


class Actor:
    """A worker in a process of Ray's. What went wrong comes back as words, never as a pickle."""

    def __init__(self, order: Order) -> None:
        os.environ["TOKENIZERS_PARALLELISM"] = "false"  # one core is ours
        self._worker = Worker(order)

    def check(self) -> str:
        """Empty, or why this machine cannot take part."""
        try:
            self._worker.check()
        except RagError as error:
            return f"{platform.node()}: {error}"
        return ""

    def do(self, job: Job) -> tuple[str, str]:
        """A shard's name, or what went wrong."""
        try:
            return self._worker.do(job), ""
        except RagError as error:
            return "", f"{platform.node()}: {error}"


class RayPool:
    """As many actors as the cluster has cores (or GPUs, where they are any use) for the work."""

    def __init__(self, order: Order, ray: Any) -> None:
        self._ray = ray
        total = ray.cluster_resources()
        gpus = int(total.get("GPU", 0)) if order.encoder is None else 0
        # The default encoder is int8 for processors; torch's own kind gains by a GPU.
        self._unit = "GPU" if gpus and order.settings.encoder != "default" else "CPU"
        self._order = replace(order, device="cuda" if self._unit == "GPU" else "cpu")
        # An actor that is lost is our business: Ray would have its job wait for its old place.
        self._kind = ray.remote(num_cpus=1, num_gpus=int(self._unit == "GPU"), max_restarts=0)(
            Actor
        )
        self._starting: dict[Any, Any] = {}
        self._idle: list[Any] = []

    def do(self, jobs: Sequence[Job]) -> Iterator[tuple[Job, str]]:
        """Each job and the name of its shard, as they are done.

        Raises:
            ClusterError: a machine is not set up like this one, nothing is left to work on, or
                one job has cost several workers their life.
        """
        try:
            yield from self._do(jobs)
        except self._ray.exceptions.RayError as error:
            reason = _line(getattr(error, "cause", None) or error)
            raise ClusterError(
                f"the cluster failed ({reason}); run the build again: it goes on where it stopped",
                logged="the cluster failed; run the build again: it goes on where it stopped",
            ) from error

    def _do(self, jobs: Sequence[Job]) -> Iterator[tuple[Job, str]]:
        ray = self._ray
        lost_errors = (ray.exceptions.RayActorError, ray.exceptions.OwnerDiedError)
        todo, losses = deque(jobs), Counter[Job]()
        running: dict[Any, tuple[Any, Job]] = {}
        moved = time.monotonic()
        while todo or running:
            while todo and self._idle:
                actor, job = self._idle.pop(), todo.popleft()
                running[actor.do.remote(job)] = actor, job
            self._hire(len(todo), len(running))
            ready, _ = ray.wait([*running, *self._starting], timeout=10)
            if ready or running:
                moved = time.monotonic()
            elif time.monotonic() - moved > _PATIENCE_S:
                told = f"no {self._unit} of the cluster was free for {_PATIENCE_S:.0f} seconds"
                raise ClusterError(
                    f"{told}; make room, or add a node, and run the build again: it goes on where "
                    "it stopped",
                    logged=told,
                )
            for ref in ready:
                job_done: Job | None = None
                try:
                    if ref in self._starting:
                        actor = self._starting.pop(ref)
                        reason = ray.get(ref)
                    else:
                        actor, job_done = running.pop(ref)
                        name, reason = ray.get(ref)
                except lost_errors:
                    if job_done is not None:
                        losses[job_done] += 1
                        self._check_losses(job_done, losses[job_done])
                        todo.appendleft(job_done)
                        self._idle.clear()  # they may be lost with it, and are soon replaced
                    continue
                if reason:
                    told = "a machine of the cluster cannot go on"
                    raise ClusterError(f"{told}: {reason}", logged=told)
                self._idle.append(actor)
                if job_done is not None:
                    yield job_done, name

    def _hire(self, waiting: int, running: int) -> None:
        """Ask for as many actors as there is room and work for; nodes come and go."""
        if not waiting:
            return
        room = int(self._ray.cluster_resources().get(self._unit, 0))
        wanted = min(room - running - len(self._idle), waiting)
        for _ in range(wanted - len(self._starting)):
            actor = self._kind.remote(self._order)
            self._starting[actor.check.remote()] = actor

    def _check_losses(self, job: Job, times: int) -> None:
        what = job.files[0][0] if job.files else "texts of documents that are indexed already"
        _LOG.warning("a worker was lost, and what it did (%s …) is done again", what)
        if times >= _LOSSES:
            raise ClusterError(
                f"{times} workers in a row were lost with the same work ({what} and what follows); "
                "look at the nodes' memory, and run the build again: it goes on where it stopped",
                logged=f"{times} workers in a row were lost with the same work",
            )


@contextmanager
def open_ray_pool(address: str, order: Order) -> Iterator[RayPool]:
    """Workers on the cluster at an address as `ray.init` takes it, or on this machine ("local").

    Raises:
        ClusterError: Ray is not installed, there is no such cluster, or the work cannot go on.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # read when Ray is imported
    folder = _local() if address == LOCAL else None
    try:
        try:
            import ray
        except ImportError:
            told = (
                "Ray is not installed; run `pip install 'rag-quotes[ray]'`, or build without --ray"
            )
            raise ClusterError(told, logged=told) from None
        _connect(ray, address, folder)
        try:
            yield RayPool(order, ray)
        finally:
            ray.shutdown()
    finally:
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)


def _local() -> str:
    """A folder for what Ray writes, short enough for its sockets; and a secret to keep others out.

    Ray listens on every address of the machine and runs whatever it is sent.
    """
    os.environ["RAY_AUTH_MODE"] = "token"
    os.environ["RAY_AUTH_TOKEN"] = secrets.token_hex(32)
    return tempfile.mkdtemp(prefix="rag-ray-")


def _connect(ray: Any, address: str, folder: str | None) -> None:
    options: dict[str, Any] = {"address": address, "log_to_driver": False, "logging_level": "ERROR"}
    if folder is not None:
        options |= {
            "include_dashboard": False,
            "object_store_memory": _OBJECT_STORE_BYTES,
            "num_cpus": _cores(),
            "_temp_dir": folder,
        }
    try:
        _reach(address)
        ray.init(**options)
    except Exception as error:  # each way to fail has its own
        raise ClusterError(
            f"there is no Ray cluster to join at {address} ({_line(error)}); expected auto, "
            "host:port on a node of it, or ray://host:10001; or --ray alone, for this machine",
            logged="there is no Ray cluster to join",
        ) from error


def _reach(address: str) -> None:
    """Raise OSError, or ValueError, where nothing listens: Ray would try for ten minutes."""
    if address in (LOCAL, "auto"):
        return
    host, _, port = address.rpartition("://")[2].rpartition(":")
    with socket.create_connection((host.strip("[]"), int(port)), timeout=_REACH_S):
        pass


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
