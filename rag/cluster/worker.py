"""What one worker of a cluster does: files, or texts, become a shard. It knows nothing of Ray."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rag import split
from rag.cluster.shard import Shard, Vector, pack
from rag.cluster.storage import Storage
from rag.document import Document
from rag.errors import ClusterError, LimitError, ReadError
from rag.index.harvest import hash_file
from rag.index.recipe import recipe_of, recipe_sha256
from rag.index.vectors import text_sha256
from rag.models import bundled
from rag.models.encoder import Encoder, open_encoder
from rag.read.worker import open_workers
from rag.searched import searched
from rag.settings import Settings

_TEXTS_AT_ONCE = 64
"""What an encoder that likes batches gets at once."""


@dataclass(frozen=True, slots=True)
class Order:
    """What every worker of a build is told, once."""

    settings: Settings
    shards: str
    recipe_sha256: str
    embed: bool
    """Whether the texts of files are embedded as they are read; else only those asked for are,
    since an earlier index may hold most of them."""
    encoder: Encoder | None
    """The encoder, where it is not the one that the settings name."""
    device: str
    """Where an encoder of torch's computes, as torch calls it."""


@dataclass(frozen=True, slots=True)
class Job:
    """What makes one shard: files, by path and hex SHA-256, or texts."""

    files: tuple[tuple[str, str], ...] = ()
    texts: tuple[str, ...] = ()


class Worker:
    """Reads, splits and embeds under the same limits, and with the same refusals, as any build."""

    def __init__(self, order: Order) -> None:
        self._order = order
        self._storage = Storage(order.shards)
        self._workers = open_workers(order.settings)
        self._encoder = order.encoder

    def check(self) -> None:
        """Raise ClusterError if this machine would make another index of the same files."""
        settings = self._order.settings
        if self._encoder is None and settings.encoder != "default":
            self._encoder = open_encoder(settings.encoder, device=self._order.device)
        sha256 = self._encoder.sha256 if self._encoder else bundled.ENCODER.sha256
        ours = recipe_of(sha256, settings.passage_chars, self._workers.ocr)
        if recipe_sha256(ours) != self._order.recipe_sha256:
            raise ClusterError(
                "it has other readers, or another encoder, than the machine that started the "
                f"build ({', '.join(ours['readers'])}); install the same versions everywhere, "
                "with constraints.txt"
            )

    def do(self, job: Job) -> str:
        """Make the shard of a job; returns its name.

        Raises:
            CorpusError: the corpus folder is missing here.
            ModelError: the encoder cannot be loaded.
            ClusterError: the shard cannot be kept.
            RagError: no process to read files in can be started.
        """
        outcomes = {
            path: (sha256, outcome)
            for path, sha256 in job.files
            if (outcome := self._read(path, sha256)) is not None
        }
        texts = list(job.texts)
        if self._order.embed:
            for _, outcome in outcomes.values():
                if isinstance(outcome, Document):
                    texts += self._searched(outcome)
        shard = Shard(outcomes, self._vectors(texts))
        return self._storage.write(pack(shard, self._order.recipe_sha256))

    def close(self) -> None:
        """End the processes that read files."""
        self._workers.close()

    def _read(self, path: str, sha256: str) -> Document | ReadError | None:
        """The file as a document or why not; None where this machine does not see those bytes.

        A folder that is not mounted here must not look like files that cannot be read.
        """
        corpus = Path(self._order.settings.corpus)
        try:
            document = self._workers.read(corpus, path)
        except ReadError as error:
            seen = error.file_sha256
            if seen is None and isinstance(error, LimitError):  # too large to be taken into memory
                seen = _seen(corpus, path)
            return error if seen == sha256 else None
        return document if document.file_sha256 == sha256 else None

    def _searched(self, document: Document) -> list[str]:
        chars = self._order.settings.passage_chars
        sentences, passages = split.split(document, passage_chars=chars)
        return [searched(document, sentences[p.first : p.last]).text for p in passages]

    def _vectors(self, texts: Sequence[str]) -> dict[str, Vector]:
        wanted = {text_sha256(text): text for text in texts}
        if not wanted:
            return {}
        self._encoder = self._encoder or open_encoder(self._order.settings.encoder)
        # Like lengths together, so that little of a batch is padding.
        todo = sorted(wanted, key=lambda sha256: (len(wanted[sha256]), sha256))
        # The default encoder takes a core for each text of a call, and a worker has one.
        at_once = 1 if self._order.settings.encoder == "default" else _TEXTS_AT_ONCE
        found: dict[str, Vector] = {}
        for start in range(0, len(todo), at_once):
            batch = todo[start : start + at_once]
            vectors = self._encoder.encode([wanted[sha256] for sha256 in batch])
            found.update(zip(batch, vectors, strict=True))
        return found


def _seen(corpus: Path, path: str) -> str:
    """The hash of the file as it is here; empty where it cannot be opened."""
    try:
        return hash_file(corpus, path)[0]
    except (OSError, ReadError):
        return ""
