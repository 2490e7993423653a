"""The limits that a process puts itself under before it opens a file from anywhere."""

from __future__ import annotations

import sys


def limit_process(*, memory_bytes: int, **others: int) -> None:
    """Leave no core file, and take no more than this; ``others`` are named as ``resource`` does,
    "cpu" for ``RLIMIT_CPU``. Windows has none of it, macOS all but memory."""
    if sys.platform == "win32":
        return
    import resource

    for name, most in {"core": 0, **others, "as": memory_bytes}.items():
        kind = getattr(resource, f"RLIMIT_{name.upper()}")
        _, ceiling = resource.getrlimit(kind)
        most = most if ceiling == resource.RLIM_INFINITY else min(most, ceiling)
        try:
            resource.setrlimit(kind, (most, most))
        except (OSError, ValueError):  # macOS knows RLIMIT_AS and refuses it
            if kind != resource.RLIMIT_AS:
                raise
