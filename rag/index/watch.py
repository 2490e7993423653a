"""Follow the corpus folder: when its files change and come to rest, build.

It looks at names, sizes and times every second or so. The notices that operating systems send
would cost a dependency, have limits of their own (Linux counts watched folders), and do not come
at all from most network drives; a look at 10,000 files takes a fifth of a second.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

from rag.corpus import check_apart, list_files
from rag.errors import RagError

_RETRY_S = 30.0
"""After an error that no change of the corpus explains away: a full disk, another build."""


def watch(
    corpus: Path,
    build: Callable[[], None],
    failed: Callable[[RagError], None],
    *,
    every_s: float = 1.0,
    settle_s: float = 2.0,
    index: Path | None = None,
    stop: threading.Event | None = None,
) -> None:
    """Build now, and again whenever the corpus has changed and then rested for ``settle_s``.

    An error of a build is given to ``failed``, once while it stays the same, and watching goes on.
    What changes in an ``index`` that lies in the corpus is no change. It takes no more than a tenth
    of a core, however large the corpus. Returns once ``stop`` is set.

    Raises:
        SettingsError: corpus and index are one folder.
    """
    if index:
        check_apart(corpus, index)
    stop = stop or threading.Event()
    seen = tried = None
    since = -settle_s
    retry_at = float("inf")
    told = ""
    while True:
        started = time.monotonic()
        now = _snapshot(corpus, index)
        if now != seen:
            since = started if seen is not None else since
            seen = now
        took = time.monotonic() - started
        if (now != tried and started - since >= settle_s) or started >= retry_at:
            tried, retry_at = now, float("inf")
            try:
                build()
                told = ""
            except RagError as error:
                retry_at = time.monotonic() + _RETRY_S
                if str(error) != told:
                    told = str(error)
                    failed(error)
        if stop.wait(max(every_s, 9 * took)):
            return


def _snapshot(corpus: Path, index: Path | None) -> object:
    """What differs whenever a file has been added, changed, moved or removed."""
    try:
        files, skipped = list_files(corpus, index)
    except RagError as error:
        return str(error)  # no folder: the build says so, and the index stays
    return [(path, _stamp(corpus / path)) for path in files], skipped


def _stamp(path: Path) -> tuple[int, ...]:
    try:
        found = path.stat()
    except OSError:
        return ()
    return found.st_size, found.st_mtime_ns, found.st_ctime_ns
