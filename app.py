"""The web app: ``python app.py``, then open http://127.0.0.1:7860.

It indexes the documents in ``corpus/`` and serves the page on this machine only, unless
``RAG_HOST`` is another address and people have to sign in. The port is ``PORT``; everything else is
a setting of ``rag``.
"""

from __future__ import annotations

import os
import sys

from rag import RagError, load_settings
from rag.cli_text import one_line
from rag.ui.serve import serve


def main() -> int:
    """Serve until interrupted; an expected error is one line."""
    if sys.argv[1:]:
        print(
            f"app.py takes no options, and was given {sys.argv[1]!r}; set PORT or RAG_HOST, or run "
            "rag chat, which has options",
            file=sys.stderr,
        )
        return 2
    port = os.environ.get("PORT", "").strip() or "7860"
    if not port.isdecimal() or not 0 < int(port) < 65536:
        print(f"PORT is {port!r}; expected a number from 1 to 65535", file=sys.stderr)
        return 2
    try:
        serve(load_settings(), os.environ.get("RAG_HOST", "").strip() or "127.0.0.1", int(port))
    except RagError as error:
        print(one_line(str(error)), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
