"""The models: where their weights are, and how they run."""

import os

# onnxruntime's own builds report their use to their maker, from native code, unless this is set
# before it is imported. An inherited "0" must not win, so it is set and not merely defaulted.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
