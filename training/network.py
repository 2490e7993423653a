"""A transformer as an ONNX graph, int8 or fp32, one operator at a time.

What the recipes of the encoder and the reranker share. What is rounded: every matrix of weights to
int8 with a scale a column, the word pieces' embeddings to int8 with a scale a piece. What goes into
a matrix product is rounded to uint8 when it is there, with one scale for the text. Sums, norms,
softmax and GELU are float32. One text a run, so that nothing is padded, no mask is needed, and what
comes out depends on its own text alone.
"""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

HEADS, WIDTH = 12, 384
STEPS = 64
"""Weights are -64 to 64, not 127: processors without VNNI add two products in 16 bits, and
255 · 64 · 2 still fits. So the sums are exact, and the same, on all of them."""
MICROSOFT = "com.microsoft"  # onnxruntime's own operators

Floats = NDArray[np.float32]


def run(about: str, output: Path, made: Callable[[], bytes]) -> None:
    """A recipe's command line: write the model, or compare it with the one that is there."""
    parser = argparse.ArgumentParser(description=about.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare only, write nothing")
    parser.add_argument("--output", type=Path, default=output)
    options = parser.parse_args()
    model = made()
    sha256 = hashlib.sha256(model).hexdigest()
    if options.check:
        same = options.output.read_bytes() == model
        raise SystemExit(0 if same else f"{options.output} differs from sha256 {sha256}")
    options.output.write_bytes(model)
    print(f"{options.output}: {len(model):,} bytes, sha256 {sha256}")


class Network:
    """The nodes and constants of a graph as it grows; a value is known by its name.

    Args:
        weights: By the names that BERT has upstream.
        int8: Without it the graph is the fp32 original, for comparison.
        step: The name of a matrix whose values are whole multiples of a step, and the step:
            columns of 64 steps or less are not rounded again.
    """

    def __init__(
        self, weights: dict[str, Floats], *, int8: bool, step: dict[str, float] | None = None
    ) -> None:
        self.weights = weights
        self.int8 = int8
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []
        self._step = step or {}
        self._known: dict[tuple[str, tuple[int, ...], bytes], str] = {}

    def op(self, kind: str, inputs: list[str], domain: str = "", **attributes: object) -> str:
        name = f"v{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [name], domain=domain, **attributes))
        return name

    def constant(self, value: NDArray[np.generic]) -> str:
        """Its name; equal values are kept once."""
        value = np.array(value, order="C")
        name = f"c{len(self.constants)}"
        held = self._known.setdefault((value.dtype.str, value.shape, value.tobytes()), name)
        if held == name:
            self.constants.append(numpy_helper.from_array(value, name))
        return held

    def whole(self, *numbers: int) -> str:
        """Some whole numbers, as operators want places and shapes."""
        return self.constant(np.array(numbers, np.int64))

    def output(self, name: str, value: str) -> None:
        """Give a value out under a name."""
        self.nodes.append(helper.make_node("Identity", [value], [name]))

    def plain(self, x: str, name: str) -> str:
        """A linear map in fp32: for what is small."""
        matrix, bias = (self.weights[f"{name}.{part}"] for part in ("weight", "bias"))
        return self.op("Gemm", [x, self.constant(matrix.T), self.constant(bias)])

    def saved(
        self,
        name: str,
        inputs: list[str],
        outputs: dict[str, list[int | str]],
        tables: dict[str, list[int | str]] | None = None,
    ) -> bytes:
        """The ONNX file: ``inputs`` are whole numbers a piece, ``tables`` further inputs, of
        floats; they and ``outputs`` have these shapes."""
        opsets = [helper.make_opsetid("", 18), helper.make_opsetid(MICROSOFT, 1)]
        body = helper.make_graph(
            self.nodes,
            name,
            [helper.make_tensor_value_info(i, TensorProto.INT64, ["length"]) for i in inputs]
            + [
                helper.make_tensor_value_info(table, TensorProto.FLOAT, shape)
                for table, shape in (tables or {}).items()
            ],
            [helper.make_tensor_value_info(o, TensorProto.FLOAT, s) for o, s in outputs.items()],
            self.constants,
        )
        model = helper.make_model(
            body, opset_imports=opsets, ir_version=9, producer_name="rag-quotes"
        )
        onnx.checker.check_model(model)
        return bytes(model.SerializeToString(deterministic=True))

    def norm(self, x: str, name: str, epsilon: float = 1e-12) -> str:
        scale, bias = (self.constant(self.weights[f"{name}.{part}"]) for part in ("weight", "bias"))
        return self.op("LayerNormalization", [x, scale, bias], axis=-1, epsilon=epsilon)

    def rows(self, name: str, numbers: str, steps: int = STEPS) -> str:
        """Rows of a table; its values are rounded to ``steps`` up and down, each row by itself."""
        table = self.weights[name]
        if not self.int8:
            return self.op("Gather", [self.constant(table), numbers])
        whole, scale = _rounded(table, 1, steps, self._step.get(name, 0))
        found = self.op("Gather", [self.constant(whole), numbers])
        found = self.op("Cast", [found], to=TensorProto.FLOAT)
        return self.op("Mul", [found, self.op("Gather", [self.constant(scale), numbers])])

    def quantised(self, x: str) -> list[str]:
        """Values with their scale and zero point, one of each for the text."""
        if not self.int8:
            return [x]
        names = [f"v{len(self.nodes)}{part}" for part in ("", "scale", "zero")]
        self.nodes.append(helper.make_node("DynamicQuantizeLinear", [x], names))
        return names

    def linear(self, x: list[str], name: str) -> str:
        matrix = self.weights[f"{name}.weight"].T
        bias = self.constant(self.weights[f"{name}.bias"])
        if not self.int8:
            return self.op("Gemm", [x[0], self.constant(matrix), bias])
        whole, scale = _rounded(matrix, 0, STEPS, self._step.get(f"{name}.weight", 0))
        values, scale_x, zero_x = x
        inputs = [values, self.constant(whole), scale_x, self.constant(scale[0]), zero_x, "", bias]
        return self.op("MatMulIntegerToFloat", inputs, domain=MICROSOFT)

    def layer(self, x: str, name: str, loud: str | None, length: str) -> str:
        """A layer of BERT; the first ``loud`` rows have a scale of their own in its feed forward.

        The values of [CLS] are several times as large there as those of any other piece, and with
        one scale for all the others would be rounded to steps as much wider.
        """
        seen = self.attention(x, f"{name}.attention.self", HEADS, WIDTH)
        seen = self.linear(self.quantised(seen), f"{name}.attention.output.dense")
        x = self.norm(self.op("Add", [seen, x]), f"{name}.attention.output.LayerNorm")
        if not self.int8 or loud is None:
            return self._feed_forward(x, name)
        first = self.op("Slice", [x, self.whole(0), loud, self.whole(0)])
        others = self.op("Slice", [x, loud, length, self.whole(0)])
        parts = [self._feed_forward(part, name) for part in (first, others)]
        return self.op("Concat", parts, axis=0)

    def _feed_forward(self, x: str, name: str) -> str:
        wide = self.linear(self.quantised(x), f"{name}.intermediate.dense")
        wide = self.op("Gelu", [wide], domain=MICROSOFT)
        narrow = self.linear(self.quantised(wide), f"{name}.output.dense")
        return self.norm(self.op("Add", [narrow, x]), f"{name}.output.LayerNorm")

    def attention(self, x: str, name: str, heads: int, width: int) -> str:
        """In plain operators: onnxruntime's fused ones took more time (its 1.32, on a CPU)."""
        quantised = self.quantised(x)
        split = self.whole(0, heads, width // heads)
        query, key, value = (
            self.op("Reshape", [self.linear(quantised, f"{name}.{part}"), split])
            for part in ("query", "key", "value")
        )
        query = self.op("Transpose", [query], perm=[1, 0, 2])
        key = self.op("Transpose", [key], perm=[1, 2, 0])
        value = self.op("Transpose", [value], perm=[1, 0, 2])
        scale = (width // heads) ** -0.5
        scores = self.op("FusedMatMul", [query, key], domain=MICROSOFT, alpha=scale)
        seen = self.op("MatMul", [self.op("Softmax", [scores], axis=-1), value])
        seen = self.op("Transpose", [seen], perm=[1, 0, 2])
        return self.op("Reshape", [seen, self.whole(0, width)])


def _rounded(
    matrix: Floats, axis: int, steps: int, least: float
) -> tuple[NDArray[np.int8], Floats]:
    """int8 values, -steps to steps, and the scales along ``axis`` to make floats of them again."""
    scale = np.abs(matrix).max(axis, keepdims=True) / np.float32(steps)
    scale = np.maximum(scale, np.float32(least))
    return np.rint(matrix / scale).astype(np.int8), scale.astype(np.float32)
