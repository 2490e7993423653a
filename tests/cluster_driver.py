"""A build on Ray, in a process that may be killed. Run as a script:

    cluster_driver.py CORPUS INDEX local
    cluster_driver.py CORPUS INDEX lose-a-worker        one worker is killed in the middle
    cluster_driver.py CORPUS INDEX two-nodes SHARDS     one node is killed in the middle

It prints one JSON object: how many passages the build says were embedded, and how many texts the
encoders of all workers were given, by their own count.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from fakes import WordEncoder
from numpy.typing import NDArray

import rag
from rag.cluster import cluster as cluster_module
from rag.cluster.sharing import share
from rag.index.build import build

NODE_BYTES = 100_000_000


class SlowEncoder(WordEncoder):
    """Takes its time, and notes in a file, a line a text, which process has encoded it."""

    def __init__(self, log: str) -> None:
        super().__init__()
        self.log = log

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        time.sleep(0.1 * len(texts))
        handle = os.open(self.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.write(handle, f"{os.getpid():9}\n".encode() * len(texts))
        os.close(handle)
        return super().encode(texts)


def main(corpus: str, index: str, where: str, shards: str | None = None) -> None:
    cluster_module._FILES = 2
    with tempfile.TemporaryDirectory() as folder:
        encoder = SlowEncoder(str(Path(folder, "encoded")))
        settings = rag.Settings(corpus=corpus, index=index, max_text_chars=500)

        def run(address: str) -> dict[str, Any]:
            report = build(settings, encoder=encoder, sharing=share(settings, address, shards))
            return {"embedded": report.embedded}

        if where == "two-nodes":
            said = on_two_nodes(run, Path(shards or ""))
        elif where == "lose-a-worker":
            said = losing_a_worker(run, Path(encoder.log))
        else:
            said = run("local")
        said["encoded"] = len(noted(Path(encoder.log)))
    print(json.dumps(said))


def noted(log: Path) -> list[str]:
    return log.read_text().split() if log.exists() else []


def losing_a_worker(run: Callable[[str], dict[str, Any]], log: Path) -> dict[str, Any]:
    """Kill the process that has encoded last, once a few texts are done."""
    found: dict[str, Any] = {}

    def kill() -> None:
        while len(noted(log)) < 12:
            time.sleep(0.02)
        found["killed_after"] = len(noted(log))
        os.kill(int(noted(log)[-1]), signal.SIGKILL)

    killer = threading.Thread(target=kill, daemon=True)
    killer.start()
    said = run("local")
    killer.join(30)
    return said | found


def on_two_nodes(run: Callable[[str], dict[str, Any]], shards: Path) -> dict[str, Any]:
    """Start two nodes of one core on this machine; kill the second once there are some shards."""
    from ray.cluster_utils import Cluster

    head = {"num_cpus": 1, "object_store_memory": NODE_BYTES, "include_dashboard": False}
    cluster = Cluster(initialize_head=True, connect=False, head_node_args=head)
    try:
        node = cluster.add_node(num_cpus=1, object_store_memory=NODE_BYTES)
        cluster.wait_for_nodes()
        found: dict[str, Any] = {}

        def kill() -> None:
            while len(list(shards.glob("*.shard"))) < 6:
                time.sleep(0.02)
            found["killed_after"] = len(list(shards.glob("*.shard")))
            cluster.remove_node(node, allow_graceful=False)
            found["nodes_at_the_end"] = len(cluster.list_all_nodes())

        killer = threading.Thread(target=kill, daemon=True)
        killer.start()
        found |= run(cluster.address)
        killer.join(30)
        return found
    finally:
        cluster.shutdown()


if __name__ == "__main__":
    main(*sys.argv[1:])
