"""Where shards lie: a folder that every machine sees, or a URL that fsspec knows."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from rag.cluster.shard import name_of
from rag.errors import ClusterError

_NAME = re.compile(r"([0-9a-f]{64})\.shard")
_Result = TypeVar("_Result")


class Storage:
    """The shards of one index. Nothing is opened yet; workers get the same place by its name.

    Every method raises ClusterError where the place cannot be reached.
    """

    def __init__(self, place: str) -> None:
        self.place = place

    def names(self) -> list[str]:
        """The shards that lie there, sorted; their bytes have not been looked at."""

        def found() -> list[str]:
            if "://" not in self.place:
                folder = Path(self.place)
                return [path.name for path in folder.iterdir()] if folder.exists() else []
            files, root = self._files()
            if not files.exists(root):
                return []
            files.invalidate_cache()
            return [path.rpartition("/")[2] for path in files.ls(root, detail=False)]

        matches = map(_NAME.fullmatch, self._tried("listed", found))
        return sorted(match[1] for match in matches if match)

    def write(self, data: bytes) -> str:
        """Keep a shard; returns its name. A kill meanwhile leaves nothing that counts."""
        name = name_of(data)

        def keep() -> None:
            if "://" in self.place:
                files, root = self._files()
                files.makedirs(root, exist_ok=True)
                files.pipe_file(f"{root}/{name}.shard", data)
                return
            folder = Path(self.place)
            folder.mkdir(parents=True, exist_ok=True)
            part = folder / f".{name}.{os.getpid()}"
            with part.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            part.replace(folder / f"{name}.shard")

        self._tried("written", keep)
        return name

    def read(self, name: str) -> bytes | None:
        """A shard's bytes, unchecked; None if there is none."""

        def fetch() -> bytes | None:
            try:
                if "://" not in self.place:
                    return (Path(self.place) / f"{name}.shard").read_bytes()
                files, root = self._files()
                data: bytes = files.cat_file(f"{root}/{name}.shard")
                return data
            except FileNotFoundError:
                return None

        return self._tried("read", fetch)

    def remove(self, names: list[str]) -> None:
        """Forget shards, and the folder if it is empty then."""

        def drop() -> None:
            if "://" in self.place:
                files, root = self._files()
                for name in names:
                    if files.exists(f"{root}/{name}.shard"):
                        files.rm_file(f"{root}/{name}.shard")
                return
            folder = Path(self.place)
            if not folder.exists():
                return
            for name in names:
                (folder / f"{name}.shard").unlink(missing_ok=True)
            for part in folder.glob("." + "[0-9a-f]" * 64 + ".*"):
                part.unlink(missing_ok=True)  # of a worker that was killed
            if not any(folder.iterdir()):
                folder.rmdir()

        self._tried("removed", drop)

    def _files(self) -> tuple[Any, str]:
        try:
            from fsspec.core import url_to_fs
        except ImportError:
            raise ClusterError(
                f"{self.place} is a URL, and fsspec, which opens them, is not installed; "
                "run `pip install 'rag-quotes[ray]'`, or name a folder"
            ) from None
        files, root = url_to_fs(self.place)
        return files, str(root).rstrip("/")

    def _tried(self, done: str, work: Callable[[], _Result]) -> _Result:
        try:
            return work()
        except ClusterError:
            raise
        except Exception as error:  # each kind of storage has its own
            reason = " ".join((getattr(error, "strerror", None) or str(error)).split())[:200]
            raise ClusterError(
                f"shards in {self.place} cannot be {done} ({reason or type(error).__name__}); "
                "expected a folder or URL that every machine of the cluster may write: "
                "mend it, or name another with --shards",
                logged=f"shards cannot be {done}",
            ) from error
