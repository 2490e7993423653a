"""Read one file in a process of its own, under limits: ``one_file.py CORPUS PATH MB SECONDS``.

Prints JSON: the blocks with their text and pages, or the error; always the peak memory.
"""

from __future__ import annotations

import json
import resource
import sys
from pathlib import Path

from read.blocks import pieces

from rag.errors import ReadError
from rag.read import read

if __name__ == "__main__":
    corpus, relative, megabytes, seconds = sys.argv[1:]
    # Address space is more than memory: libraries map far more than they use.
    limit = (int(megabytes) + 1500) << 20
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    # Processor time, so that other work on the machine does not fail the test.
    resource.setrlimit(resource.RLIMIT_CPU, (int(seconds), int(seconds)))
    result: dict[str, object] = {}
    try:
        document = read(Path(corpus), relative, max_bytes=50_000_000)
        result["text"] = document.text
        result["blocks"] = pieces(document.blocks)
        result["reader"] = document.reader
    except ReadError as error:
        result["error"] = str(error)
    result["megabytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sys.stdout.write(json.dumps(result))
