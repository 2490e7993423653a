"""Who shares the work of a build, and where their shards lie."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from rag.errors import SettingsError
from rag.settings import Settings

if TYPE_CHECKING:
    from rag.cluster.cluster import Pool
    from rag.cluster.worker import Order

LOCAL = "local"
"""The address for a cluster of this machine alone, started for a build and ended with it."""
FOLDER = "shards"
"""Beside the generations, where no other place is named."""


@dataclass(frozen=True, slots=True)
class Sharing:
    """What a build is told of a cluster."""

    open_pool: Callable[[Order], AbstractContextManager[Pool]]
    """Called when there is work, and never before."""
    shards: str
    """A folder, or a URL for fsspec, that every machine sees under this name."""


def share(settings: Settings, ray: str | None, shards: str | None) -> Sharing | None:
    """Work shared on the Ray cluster at an address, "local" for this machine; None for no sharing.

    Raises:
        SettingsError: a cluster of other machines, and no place for shards that they see; or such
            a place without a cluster.
    """
    if ray is None:
        if shards is not None:
            raise SettingsError("--shards is where a cluster's workers write: give --ray too")
        return None
    if shards is None:
        if ray != LOCAL:
            raise SettingsError(
                f"workers at {ray!r} need a place for their shards that every machine sees; name a "
                "folder or an fsspec URL with --shards, such as /mnt/shared/shards or s3://bucket/x"
            )
        shards = str(Path(settings.index) / FOLDER)
    from rag.cluster.ray_pool import open_ray_pool

    place = shards if "://" in shards else str(Path(shards).absolute())
    return Sharing(partial(open_ray_pool, ray), place)
