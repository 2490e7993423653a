"""Which generation answers: the one that should, or the last good one, and why."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from pathlib import PurePath
from typing import TypeVar

from rag.errors import IndexDamagedError
from rag.index.store import Store

_LOG = logging.getLogger(__name__)
S = TypeVar("S", bound=Store)


def open_serving(
    current: Callable[[], str | None],
    open_named: Callable[[str | None], S],
    good: Callable[[str | None], S | None],
) -> S:
    """The generation that is ``current``; where it is damaged, the best ``good`` one but it, with
    a ``warning`` that is logged too.

    Raises:
        IndexMissingError: when nothing has been built yet.
        IndexDamagedError: when none is good.
    """
    while True:
        name = current()
        try:
            store = open_named(name)
        except IndexDamagedError as error:
            if current() != name:
                continue  # a build switched, and removed what we were about to open
            other = good(name)
            if other is None:
                raise
            store = other
            store.warning = (
                f"{error}; until then generation {store.name}, the last good one, answers"
            )
            # The same words, of which a server's log keeps those that are ours (`rag.ui.logs`).
            _LOG.warning(
                "%s; until then generation %s, the last good one, answers",
                error,
                PurePath(store.name),
            )
        store.current = name
        return store


def first_good(names: Iterable[str], open_named: Callable[[str], S]) -> S | None:
    """The first of these generations that is sound."""
    for name in names:
        try:
            return open_named(name)
        except IndexDamagedError:
            continue
    return None
