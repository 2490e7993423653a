"""Read damaged files in this process: ``damaged_files.py DOCS FIRST LAST MEGABYTES SECONDS``.

Prints a line of JSON before each file and one where something is wrong with what it gave.
"""

from __future__ import annotations

import json
import random
import resource
import sys
import time
import traceback
from pathlib import Path

from read.blocks import check_blocks
from read.mutations import damaged

from rag.errors import ReadError
from rag.read import extract


def wrong(data: bytes, suffix: str, seconds: float) -> str | None:
    """What is wrong with what a file gave, or None."""
    started = time.process_time()
    try:
        kind, extraction = extract(data, suffix)
    except ReadError as error:
        message = str(error)
        # That a library failed is a reason, but not one that helps: our readers look themselves.
        if not message or "\n" in message or len(message) > 400:
            return f"no reason in a line: {message!r}"
    except BaseException:
        return traceback.format_exc()[-600:]
    else:
        try:
            if kind in ("pdf", "html", "epub", "eml", "msg"):  # whose gaps may hold a page's words
                position = 0
                for block in extraction.blocks:
                    assert position <= block.start < block.end <= len(extraction.text)
                    position = block.end
                extraction.text.encode("utf-8")
            else:
                check_blocks(extraction)
        except Exception:
            return traceback.format_exc()[-600:]
    spent = time.process_time() - started
    return f"took {spent:.1f} s" if spent > seconds else None


if __name__ == "__main__":
    docs, first, last, megabytes, seconds = sys.argv[1:]
    manifest = (Path(docs) / "manifest.jsonl").read_text("utf-8").splitlines()
    entries = [entry for entry in map(json.loads, manifest) if entry["kind"] == "good"]
    good = [entry["file"] for entry in entries if entry["bytes"] < 400_000]
    resource.setrlimit(resource.RLIMIT_AS, ((int(megabytes) + 1500) << 20,) * 2)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for seed in range(int(first), int(last)):
        file = random.Random(str(seed)).choice(good)
        path = Path(docs) / file
        how, data, suffix = damaged(seed, path.read_bytes(), path.suffix)
        report = {"seed": seed, "file": file, "how": f"{how} as {suffix!r}"}
        print(json.dumps(report), flush=True)
        if reason := wrong(data, suffix, float(seconds)):
            print(json.dumps(report | {"wrong": reason}), flush=True)
