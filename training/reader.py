"""Makes the default reranker, rag/models/reader.onnx, which reads a question and a passage at once.

    pip install -e ".[dev]" && python training/reader.py [--data ../shared/data]

Four steps. Pairs of a question and a passage from public sets, with the teacher's scores
(lessons.py): twenty minutes on two cores. Layers 5 to 8 of ms-marco-MiniLM-L-12-v2, with small
networks on top (student.py), learn from both, and once more beside questions from elsewhere;
layers 1 to 4 and the embeddings stay as they are: three quarters of an hour. Then they learn from
documents of other fields and from questions that are left open (left_open.py), an hour and a half
more. The network is written as an ONNX graph with int8 weights (network.py): ``--weights FILE``
does that alone, from what an earlier run has learnt, and gives the same bytes anywhere. README.md
beside this file is the model card.
"""

from __future__ import annotations

import argparse
import hashlib
import random
from pathlib import Path

import numpy as np
import onnx
import torch
from left_open import (
    FILES,
    LAST_RATE,
    SHARE,
    field_pairs,
    fields,
    last_lessons,
    other_pairs,
    public_pairs,
)
from lessons import first_pairs, lessons, strangers
from network import WIDTH, Floats, Network
from onnx import numpy_helper
from student import KEPT, LAYERS, Student, layer_names, train
from teacher import source_file
from torch import Tensor

from rag.models.session import open_session

SEED = 7
SPECIAL = (101, 102)
"""The numbers of [CLS] and [SEP], which are loud in every layer: see `Network.layer`."""
TABLE_STEPS = 127  # what is only looked up cannot overflow
EPOCHS, RATE = 2, 1.5e-4
AGAIN = 9000
"""Labelled pairs that are seen once more beside the questions from elsewhere."""
OUTPUT = Path(__file__).parent.parent / "rag" / "models" / "reader.onnx"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--work", type=Path, default=Path("training/work"))
    parser.add_argument("--weights", type=Path, help="write the graph of these, learn nothing")
    parser.add_argument("--begin", type=Path, help="begin the last step with these weights")
    parser.add_argument("--output", type=Path, default=OUTPUT)
    options = parser.parse_args()
    source, steps = source_weights()
    if options.weights is None:
        options.work.mkdir(parents=True, exist_ok=True)
        if options.begin is None:
            student = taught(source, steps, options.data, options.work)
            torch.save(student.state_dict(), options.work / "begun.pt")
        else:
            student = Student(source)
            student.load_state_dict(torch.load(options.begin))
        finish(student, source, steps, options.data, options.work)
        options.weights = options.work / "reader.pt"
        torch.save(student.state_dict(), options.weights)
    write(torch.load(options.weights), source, steps, options.output)


def taught(source: dict[str, Floats], steps: dict[str, float], data: Path, work: Path) -> Student:
    """From the source's weights, on labels and on what the teacher says."""
    chance = random.Random(SEED)
    lower = open_session(lower_graph(source, steps))
    known = list(lessons(first_pairs(data, chance), work, lower))
    torch.manual_seed(SEED)
    student = Student(source)
    train(student, known, EPOCHS, RATE, chance)
    chance.shuffle(known)
    again = [one for one in known if not one.labelled]
    again += [one for one in known if one.labelled][:AGAIN]
    again += lessons(list(strangers(data, SEED, chance)), work, lower)
    train(student, again, 1, RATE / 2, chance)
    return student


def finish(
    student: Student, source: dict[str, Floats], steps: dict[str, float], data: Path, work: Path
) -> None:
    """The last step: other fields, and questions that are left open."""
    before = work / "before.onnx"
    write(student.state_dict(), source, steps, before)
    lower = open_session(lower_graph(source, steps))
    begun = {name: value.clone() for name, value in student.state_dict().items()}
    chance = random.Random(SEED)
    found = [public_pairs(data, SEED, chance)]
    asked = [list(fields(name)) for name in FILES]
    found += [field_pairs(some, chance) for some in asked]
    found += [other_pairs([one for some in asked for one in some], chance)]
    known = [one for some in found for one in last_lessons(some, work, lower, before)]
    torch.manual_seed(SEED)
    train(student, known, 1, LAST_RATE, chance, relevant=True)
    learnt = student.state_dict().items()
    student.load_state_dict(
        {name: SHARE * value + (1 - SHARE) * begun[name] for name, value in learnt}
    )


def write(
    state: dict[str, Tensor], source: dict[str, Floats], steps: dict[str, float], output: Path
) -> None:
    """The graph of what was learnt."""
    values = {name: value.numpy() for name, value in state.items()}
    data = graph(source | merged(values), steps)
    output.write_bytes(data)
    print(f"{output}: {len(data):,} bytes, sha256 {hashlib.sha256(data).hexdigest()}")


# --- the source -------------------------------------------------------------------------------


def source_weights() -> tuple[dict[str, Floats], dict[str, float]]:
    """Weights by upstream's names, and the steps that they are multiples of."""
    source = onnx.load(source_file()).graph
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
            if not any(f"layer.{number}." in name for number in range(KEPT, 12)):
                steps[name] = float(scale)  # what is trained is no multiple of a step
    return weights, steps


# --- the graph --------------------------------------------------------------------------------


def merged(state: dict[str, Floats]) -> dict[str, Floats]:
    """What was learnt, the layers by upstream's names."""
    found = {name: value for name, value in state.items() if not name.startswith("layers.")}
    for number in range(KEPT, LAYERS):
        for ours, theirs in layer_names(number).items():
            value = state[f"layers.{number - KEPT}.{ours}"]
            found |= dict(zip(theirs, np.split(value, len(theirs)), strict=True))
    return found


def lower_graph(weights: dict[str, Floats], steps: dict[str, float]) -> bytes:
    """The embeddings and the layers that stay."""
    net = Network(weights, int8=True, step=steps)
    x, back = _layers(net, KEPT)
    net.output("states", net.op("Gather", [x, back]))
    return net.saved("lower", ["pieces", "types"], {"states": ["length", WIDTH]})


def graph(weights: dict[str, Floats], steps: dict[str, float]) -> bytes:
    """The whole network.

    In: word pieces, their types, and ``members``, 1 where a piece is of a sentence, else 0. Out: a
    relevance, a logit a sentence against none, and of each piece the log probabilities that the
    short answer begins and ends there, the first piece standing for none.
    """
    net = Network(weights, int8=True, step=steps)
    x, back = _layers(net, LAYERS)
    first = net.op("Slice", [x, net.whole(0), net.whole(1), net.whole(0)])
    pooled = net.op("Tanh", [net.plain(first, "pool")])
    net.output("relevance", net.op("Reshape", [net.plain(pooled, "relevance"), net.whole(1)]))
    x = net.op("Gather", [x, back])
    net.output("borders", net.op("LogSoftmax", [net.plain(x, "borders")], axis=0))
    outside = net.op("Sub", ["members", net.constant(np.float32(1))])
    outside = net.op("Mul", [outside, net.constant(np.float32(1e4))])
    weight = net.op("Transpose", [net.plain(x, "weight")], perm=[1, 0])
    share = net.op("Softmax", [net.op("Add", [weight, outside])], axis=-1)
    seen = net.op("MatMul", [net.op("Mul", [share, "members"]), x])
    logits = net.op("Sub", [_perceptron(net, seen, "sentence"), _perceptron(net, first, "none")])
    net.output("sentences", net.op("Reshape", [logits, net.whole(-1)]))
    return net.saved(
        "reader",
        ["pieces", "types"],
        {"relevance": [1], "sentences": ["sentences"], "borders": ["length", 2]},
        {"members": ["sentences", "length"]},
    )


def _perceptron(net: Network, x: str, name: str) -> str:
    return net.plain(net.op("Relu", [net.plain(x, f"{name}.0")]), f"{name}.2")


def _layers(net: Network, count: int) -> tuple[str, str]:
    """The states of pieces with special ones first, and the way back to their own order."""
    length, zero = net.op("Shape", ["pieces"]), net.whole(0)
    table = net.weights["bert.embeddings.position_embeddings.weight"]
    positions = net.op("Slice", [net.constant(table), zero, length, zero])
    x = net.rows("bert.embeddings.word_embeddings.weight", "pieces", TABLE_STEPS)
    types = net.constant(net.weights["bert.embeddings.token_type_embeddings.weight"])
    x = net.op("Add", [net.op("Add", [x, net.op("Gather", [types, "types"])]), positions])
    order, loud, back = _specials_first(net, length)
    x = net.norm(net.op("Gather", [x, order]), "bert.embeddings.LayerNorm")
    for number in range(count):
        x = net.layer(x, f"bert.encoder.layer.{number}", loud, length)
    return x, back


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
