"""A model of ours, opened by onnxruntime: one thread a run, and nothing said to anybody."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from onnxruntime import InferenceSession


def open_session(model: Path | bytes) -> InferenceSession:
    """A session whose runs take one core each: several run at once, each the same bit by bit."""
    import onnxruntime

    # `rag.models` has switched it off already, unless someone imported onnxruntime before us.
    onnxruntime.disable_telemetry_events()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
