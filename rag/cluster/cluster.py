"""The part of a build that other machines do: files are read, and texts embedded, into shards.

The build itself asks it as it would ask its own workers and encoder, and loads what the shards
hold: so the index is the same, to the byte. A shard that is missing, torn or of another recipe is
made again, and no other.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol, Self

from rag.cluster.shard import Shard, Vector, unpack
from rag.cluster.sharing import Sharing
from rag.cluster.storage import Storage
from rag.cluster.worker import Job, Order
from rag.document import Document
from rag.errors import ClusterError, LimitError, ReadError
from rag.index import pending
from rag.index.recipe import recipe_sha256
from rag.index.store import Store
from rag.models.encoder import Encoder
from rag.read.worker import Workers
from rag.reports import Progress
from rag.settings import Settings

_LOG = logging.getLogger(__name__)
_FILES = 64
_BYTES = 500_000
_TEXTS = 512
"""What one shard holds at most, of files (or one that is larger) or of texts: some fifteen seconds
of a core's work. That is what the loss of a worker costs."""
_TRIES = 3
_UNSEEN = "the cluster's machines do not see the same file: mount the corpus on every one of them"


class Pool(Protocol):
    """Workers, each on a core or a GPU of its own."""

    def do(self, jobs: Sequence[Job]) -> Iterator[tuple[Job, str]]:
        """Each job and the name of its shard, as they are done."""


class Cluster:
    """What `rag.index.build` asks where a cluster works for it. Used by one thread."""

    def __init__(
        self,
        order: Order,
        open_pool: Callable[[Order], AbstractContextManager[Pool]],
        workers: Workers,
        report: Callable[[Progress], None],
    ) -> None:
        self._order = order
        self._open_pool = open_pool
        self._workers = workers
        self._report = report
        self._storage = Storage(order.shards)
        self._exit = ExitStack()
        self._pool: Pool | None = None
        self._found: dict[str, Shard] | None = None
        self._names: list[str] = []
        self._made: dict[str, Vector] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._exit.close()

    def read_all(self, todo: Mapping[str, tuple[str, int]]) -> Iterator[Document | ReadError]:
        """What became of each file, in order; see `rag.index.harvest.ReadAll`.

        Raises:
            ClusterError: the cluster, or the place for shards, cannot be used.
            CorpusError: the corpus folder is missing, here or there.
        """
        corpus = Path(self._order.settings.corpus)
        outcomes: dict[str, Document | ReadError] = {}
        for shard in self._resumed().values():
            for path, (sha256, outcome) in shard.outcomes.items():
                # Another time, or with other limits, what broke one may be read.
                if path in todo and todo[path][0] == sha256 and not isinstance(outcome, LimitError):
                    outcomes[path] = outcome
        left = {path: todo[path] for path in todo if path not in outcomes}
        missing = set(left)
        shards = self._shards(file_jobs(left))
        warned = False
        for path in todo:
            while path in missing:
                job, shard = next(shards)
                missing.difference_update(done for done, _ in job.files)
                outcomes.update((done, outcome) for done, (_, outcome) in shard.outcomes.items())
            if path not in outcomes:  # changed a moment ago, or it is not what we see over there
                if not warned:
                    _LOG.warning("%s, and maybe others, is read here, since %s", path, _UNSEEN)
                    warned = True
                (outcomes[path],) = self._workers.read_all(corpus, [path])
            yield outcomes.pop(path)

    def compute(self, wanted: dict[str, str]) -> tuple[dict[str, Vector], int]:
        """Vectors of texts, by hash; see `rag.index.vectors.Compute`.

        Raises:
            ClusterError: the cluster, or the place for shards, cannot be used.
        """
        found: dict[str, Vector] = {}
        for shard in self._resumed().values():
            found.update({key: shard.vectors[key] for key in wanted.keys() & shard.vectors.keys()})
        left = wanted.keys() - found.keys() - self._made.keys()
        todo = sorted(left, key=lambda sha256: (len(wanted[sha256]), sha256))
        jobs = [
            Job(texts=tuple(wanted[sha256] for sha256 in todo[start : start + _TEXTS]))
            for start in range(0, len(todo), _TEXTS)
        ]
        done = 0
        for job, _ in self._shards(jobs):
            self._report(Progress("encode", done, len(todo)))
            done += len(job.texts)
        self._report(Progress("encode", done, len(todo)))
        computed = wanted.keys() - found.keys()
        return found | {sha256: self._made[sha256] for sha256 in computed}, len(computed)

    def finish(self) -> None:
        """Forget what was kept in case the build was stopped, by this one or an earlier one."""
        pending.remove(Path(self._order.settings.index))
        self._storage.remove([*self._resumed(), *self._names])

    def _resumed(self) -> dict[str, Shard]:
        """What a build that was stopped has left, by name; what is no use is removed."""
        if self._found is None:
            self._found, useless = {}, []
            for name in self._storage.names():
                shard = self._load(name)
                if shard is None:
                    useless.append(name)
                else:
                    self._found[name] = shard
            if useless:
                self._storage.remove(useless)
        return self._found

    def _shards(self, jobs: Sequence[Job]) -> Iterator[tuple[Job, Shard]]:
        """Have jobs done; those whose shard does not arrive as it was written, again."""
        for _ in range(_TRIES):
            if not jobs:
                return
            if self._pool is None:
                self._pool = self._exit.enter_context(self._open_pool(self._order))
            again = []
            for job, name in self._pool.do(jobs):
                shard = self._load(name)
                if shard is None:
                    again.append(job)
                    continue
                self._names.append(name)
                self._made.update(shard.vectors)
                yield job, shard
            jobs = again
        if jobs:
            raise ClusterError(
                f"shards that workers have written to {self._order.shards} are not there, or are "
                "damaged; expected a folder or URL that every machine sees, and a folder of its "
                "own for each index: name one with --shards",
                logged="shards that workers have written are not there, or are damaged",
            )

    def _load(self, name: str) -> Shard | None:
        data = self._storage.read(name)
        if data is None:
            return None
        try:
            return unpack(data, name, self._order.recipe_sha256)
        except ValueError as error:
            _LOG.warning("shard %s is made again: %s", name, error)
            return None


def file_jobs(files: Mapping[str, tuple[str, int]]) -> list[Job]:
    """Files, by path with their hash and size in bytes, in their order, shared out to shards."""
    jobs: list[Job] = []
    batch: list[tuple[str, str]] = []
    size = 0
    for path, (sha256, size_bytes) in files.items():
        if batch and (len(batch) == _FILES or size + size_bytes > _BYTES):
            jobs.append(Job(files=tuple(batch)))
            batch, size = [], 0
        batch.append((path, sha256))
        size += size_bytes
    if batch:
        jobs.append(Job(files=tuple(batch)))
    return jobs


def open_cluster(
    sharing: Sharing,
    settings: Settings,
    recipe: dict[str, Any],
    old: Store | None,
    encoder: Encoder | None,
    workers: Workers,
    report: Callable[[Progress], None],
) -> Cluster:
    """The cluster of a build by a recipe, upon an ``old`` index; nothing is started before there
    is work. ``encoder`` is sent along if it is not the one that the settings name; ``workers``
    read here what cannot be read there."""
    named = Path(settings.encoder)
    everywhere = replace(
        settings,
        corpus=str(Path(settings.corpus).absolute()),
        encoder=str(named.absolute()) if named.exists() else settings.encoder,
    )
    order = Order(
        settings=everywhere,
        shards=sharing.shards,
        recipe_sha256=recipe_sha256(recipe),
        embed=old is None or old.manifest.recipe["encoder_sha256"] != recipe["encoder_sha256"],
        encoder=encoder,
        device="cpu",
    )
    return Cluster(order, sharing.open_pool, workers, report)
