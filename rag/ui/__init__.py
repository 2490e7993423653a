"""The web page: chat, source and documents panels over one engine.

``create_app(engine)`` builds it, ``launch(app)`` serves it and ``serve(settings)`` does
everything from an index on disk. Nothing else in the package imports this one.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

# Gradio reads this once, at import, and calls home without it. An inherited "True" must not
# win, so it is set and not merely defaulted.
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
# It also keeps the last 10,000 calls and computes a table of them all after each one, for a
# dashboard that is not served: that slowed every answer, more with each question asked.
os.environ["GRADIO_ANALYTICS_MAX_EVENTS"] = "1"
os.environ["GRADIO_ANALYTICS_CACHE_FREQUENCY"] = "1000000000"

if TYPE_CHECKING:
    from rag.ui.page import App, create_app, launch
    from rag.ui.serve import serve

__all__ = ["App", "create_app", "launch", "serve"]


def __getattr__(name: str) -> Any:
    """Import Gradio, which takes seconds, with the first use of what needs it."""
    if name == "serve":
        from rag.ui.serve import serve

        return serve
    if name in __all__:
        from rag.ui import page

        return getattr(page, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
