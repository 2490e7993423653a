"""The last few indexes that `rag.query` has asked: they stay open, and their models loaded."""

from __future__ import annotations

import os

from rag.engine import Engine, open_engine
from rag.settings import Settings

_MOST = 8
_engines: dict[Settings, Engine] = {}
"""The last one asked at the end."""
if hasattr(os, "register_at_fork"):  # the models' threads stay in the parent
    os.register_at_fork(after_in_child=_engines.clear)


def warm_engine(settings: Settings) -> Engine:
    """The engine for these settings, opened if it is not open, with loaded models if they fit.

    Raises:
        IndexMissingError, IndexDamagedError: there is no usable index.
        ModelError: a model cannot be loaded.
    """
    engine = _engines.pop(settings, None)
    if engine is None:
        models = settings.encoder, settings.reranker
        warm = (one for one in list(_engines.values()) if one.models == models)
        like = next(warm, None)
        engine = like.beside(settings) if like else open_engine(settings)
    _engines[settings] = engine
    for stale in list(_engines)[:-_MOST]:
        if left := _engines.pop(stale, None):  # another thread may have been quicker
            left.close()
    return engine
