"""The models are the pinned ones, run on this machine alone, and say what is wrong otherwise."""

from __future__ import annotations

import dataclasses
import hashlib
import itertools
import math
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from conftest import ROOT
from hypothesis import given
from hypothesis import strategies as st
from recipes import load_recipe

import rag
from rag.models import bundled
from rag.models.brief import MOST_PIECES, brief
from rag.models.encoder import OnnxEncoder, open_encoder
from rag.models.reading import LONGEST, SURE, ReadOn, WholeReading
from rag.models.reranker import MAX_PIECES, UNSEEN, open_reranker, open_tokenizer
from rag.models.session import open_session
from rag.searched import Searched


def as_searched(text: str, *spans: tuple[int, int]) -> Searched:
    """A text as models see it; of its sentences only their places count."""
    return Searched(text, (), spans)


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
from rag.searched import Searched
open_encoder().encode(["Is it quiet?"])
open_reranker().read("Is it quiet?", [Searched("It is quiet.", (), ((0, 12),))])
time.sleep(1)
"""
    env = {name: value for name, value in os.environ.items() if not name.startswith("XDG_")}
    env |= {"HOME": str(tmp_path), "ORT_DISABLE_TELEMETRY": "0"}
    subprocess.run([sys.executable, "-c", code], check=True, env=env, cwd=ROOT)
    assert list(tmp_path.rglob("*")) == []


def test_other_bytes_under_a_pinned_name_are_refused() -> None:
    files = {**bundled.RERANKER.files, "reader.onnx": "0" * 64}
    with pytest.raises(rag.ModelError, match=r"has sha256 [0-9a-f]{12}…, expected 000000.*--force"):
        bundled.locate(dataclasses.replace(bundled.RERANKER, files=files))


def test_missing_weights_name_the_command_that_brings_them(tmp_path: Path) -> None:
    with pytest.raises(rag.ModelError, match=r"run `pip install --force-reinstall rag-quotes`"):
        bundled.locate(bundled.ENCODER, tmp_path)


def test_the_reranker_parts_what_answers_from_what_is_about_the_same_thing() -> None:
    readings = open_reranker().read(
        "How many people live in Berlin?",
        [
            as_searched(
                "Berlin had a population of 3,520,031 registered inhabitants in an area of "
                "891.82 square kilometers."
            ),
            as_searched("Berlin is well known for its museums."),
        ],
    )
    # The card of the model that it was made from has 9.218 and -4.078.
    assert readings[0].relevance > 6
    assert readings[1].relevance < -2


def test_what_a_text_is_worth_does_not_depend_on_what_else_is_read() -> None:
    reranker = open_reranker()
    texts = ["Short.", "Bees make honey. " * 60, "Wasps make paper nests.", ""]
    searched = [as_searched(text, (0, len(text))) for text in texts]
    together = reranker.read("What do wasps make?", searched)
    for text, reading in zip(searched, together, strict=True):
        (alone,) = reranker.read("What do wasps make?", [text])
        assert alone.relevance == reading.relevance
        assert alone.sentences().tolist() == reading.sentences().tolist()
    assert int(np.argmax([reading.relevance for reading in together])) == 2
    assert list(reranker.read("What?", [])) == []


INSECTS = as_searched(
    "Insects\nBees make honey. Wasps make nests of paper. Ants farm aphids for their sugar.",
    *[(8, 24), (25, 52), (53, 85)],
)


@pytest.mark.parametrize(
    ("question", "best", "words"),
    [
        ("What do wasps build their nests of?", 1, "paper"),
        pytest.param(
            *("Which insects farm aphids?", 2, "Ants"),
            marks=pytest.mark.xfail(strict=True, reason="found, but unsure which words answer"),
        ),
        pytest.param(
            *("Which insects keep aphids?", 2, "Ants"),
            marks=pytest.mark.xfail(
                strict=True, reason="eight layers miss that to farm is to keep"
            ),
        ),
        ("What do bees produce?", 0, "honey"),
    ],
)
def test_the_sentence_that_answers_is_found_and_its_words_that_do(
    question: str, best: int, words: str
) -> None:
    (reading,) = open_reranker().read(question, [INSECTS])
    logits = reading.sentences()
    assert int(np.argmax(logits)) == best
    assert logits[best] > 0
    found = reading.answer(best)
    assert found is not None
    assert words in INSECTS.text[slice(*found)]


def test_where_nothing_answers_no_sentence_does_and_nothing_is_marked() -> None:
    (reading,) = open_reranker().read("Who won the 1966 World Cup?", [INSECTS])
    assert max(reading.sentences()) < 0
    assert [reading.answer(number) for number in range(3)] == [None, None, None]


def test_a_text_past_what_the_reranker_sees_at_once_is_read_in_parts() -> None:
    bees = "Bees make honey. "
    text = "Insects\n" + bees * 400 + "Wasps make paper nests."
    spans = [(8 + n * len(bees), 7 + (n + 1) * len(bees)) for n in range(400)]
    spans.append((len(text) - 23, len(text)))
    (reading,) = open_reranker().read("What do wasps make?", [as_searched(text, *spans)])
    logits = reading.sentences()
    assert len(logits) == 401
    assert int(np.argmax(logits)) == 400
    assert logits[400] > 0 > max(logits[:400])
    assert reading.relevance > 0
    found = reading.answer(400)
    assert found is not None
    assert "paper" in text[slice(*found)]
    assert reading.answer(0) is None


def test_a_long_title_leaves_room_for_what_is_read() -> None:
    text = "Rules of the lighthouse, " * 150 + "\nWasps make paper nests."
    searched = as_searched(text, (len(text) - 23, len(text)))
    (reading,) = open_reranker().read("What do wasps make?", [searched])
    assert reading.sentences()[0] > 0


def test_of_a_sentence_that_is_too_long_the_beginning_is_read() -> None:
    text = "Insects\n" + "bees make honey and " * 400
    (reading,) = open_reranker().read("What do bees make?", [as_searched(text, (8, len(text)))])
    assert reading.sentences().shape == (1,)
    assert reading.sentences()[0] > UNSEEN


WASHING = (
    "My washing machine makes a loud noise when it spins and the drum does not stop, I have "
    "already cleaned the filter and checked the feet, the machine is four years old and the "
    "guarantee is over. What could be broken, and can I do it alone at home with ordinary tools?"
)


@pytest.mark.parametrize(
    ("question", "read"),
    [
        ("What do wasps make?", "What do wasps make?"),
        (f"{WASHING} {WASHING}", WASHING),
        # What is told behind the question is not read.
        (f"What do wasps make? {'They are many. ' * 40}", "What do wasps make?"),
        ("They are many. " * 40, ("They are many. " * 16).strip()),
        ("wasp ant " * 50 + "nests?", "wasp ant " * 31 + "nests?"),
        ("asdf, Asdf " * 60, "asdf"),
        ("中" * 600, "中" * MOST_PIECES),
        ("", ""),
    ],
)
def test_of_a_long_question_the_part_that_asks_is_read(question: str, read: str) -> None:
    tokenizer = open_tokenizer()

    def pieces(text: str) -> list[tuple[int, int]]:
        encoding = tokenizer.encode(text, add_special_tokens=False)
        return [at for part in (encoding, *encoding.overflowing) for at in part.offsets]

    assert brief(question, pieces) == read
    assert len(pieces(read)) <= MOST_PIECES


def test_a_long_question_finds_no_evidence_in_what_does_not_answer() -> None:
    text = "The delegation met in Doha in January. It was led by Ms Weber. They agreed on nothing."
    searched = as_searched(text, (0, 38), (39, 62), (63, 86))
    (reading,) = open_reranker().read(f"{WASHING} {WASHING}", [searched])
    assert max(reading.sentences()) < 0


LONG = ["?" * 1000, "0x3fa9b2 " * 110, "中" * 600]


@pytest.mark.parametrize("question", LONG)
def test_a_question_of_many_word_pieces_leaves_room_for_what_is_read(question: str) -> None:
    reranker = open_reranker()
    long = as_searched("Insects\n" + "Bees make honey. " * 200, (8, 24), (3391, 3407))
    short = as_searched("Bees make honey. Wasps make nests.", (0, 16), (17, 34))
    for searched in (short, long, as_searched("")):
        (reading,) = reranker.read(question, [searched])
        if isinstance(reading, ReadOn):
            reading = reading.first
        assert isinstance(reading, WholeReading)
        assert len(reading.offsets) <= MAX_PIECES
        logits = reading.sentences()
        seen = [
            searched.text[reading.offsets[held][0][0] : reading.offsets[held][-1][1]]
            for held in reading.pieces
            if reading.offsets[held]
        ]
        assert seen == [searched.text[slice(*span)] for span in searched.spans][: len(seen)]
        assert np.count_nonzero(logits > UNSEEN) == len(seen)
        assert len(seen) == {short: 2, long: 1}.get(searched, 0)
    # All pieces but those of the question are the text's.
    (whole,) = reranker.read(question, [long])
    assert isinstance(whole, ReadOn)
    reading = whole.first
    assert isinstance(reading, WholeReading)
    most = MAX_PIECES - MOST_PIECES
    assert long.text[: reading.offsets[-2][1]].count("honey") >= (most - 3) // 4


def test_a_question_of_less_than_half_the_word_pieces_loses_none() -> None:
    """As if it were only the text that can be cut: every piece is where it was."""
    tokenizer, other = open_tokenizer(), open_tokenizer()
    other.enable_truncation(MAX_PIECES, strategy="only_second")
    for asked, held in itertools.product((0, 1, 30, 253, 254), (0, 1, 254, 255, 256, 600)):
        pair = "a " * asked, "b " * held
        cut, expected = tokenizer.encode(*pair), other.encode(*pair)
        assert (cut.ids, cut.type_ids) == (expected.ids, expected.type_ids)
        assert cut.offsets == expected.offsets


@given(
    st.lists(st.tuples(st.floats(-20, 0), st.floats(-20, 0)), min_size=1, max_size=60),
    st.integers(0, 30),
    st.integers(0, 60),
)
def test_a_short_answer_is_the_likeliest_span_of_its_sentence(
    borders: list[tuple[float, float]], start: int, length: int
) -> None:
    count = len(borders)
    held = slice(min(start, count), min(start + length, count))
    offsets = tuple((10 * number, 10 * number + 7) for number in range(count))
    table = np.array(borders, np.float32)
    reading = WholeReading(0.0, np.zeros(1, np.float32), table, (held,), offsets)
    spans = [
        (float(table[first, 0] + table[last, 1]), first, last)
        for first in range(held.start, held.stop)
        for last in range(first, min(first + LONGEST, held.stop))
    ]
    found = reading.answer(0)
    best = max(spans, default=(-math.inf, 0, 0))[0]
    if best < math.log(SURE):
        assert found is None
    else:
        assert found in {
            (offsets[first][0], offsets[last][1]) for value, first, last in spans if value == best
        }


def test_the_graph_of_the_reader_is_the_network_that_is_trained() -> None:
    """With weights that were not trained, since only the rounded ones are kept: in torch, in fp32,
    and as the recipe writes them."""
    import torch

    recipe = load_recipe("reader")
    source, steps = recipe.source_weights()
    torch.manual_seed(0)
    student = recipe.Student(source).eval()
    state = {name: value.detach().numpy() for name, value in student.state_dict().items()}
    whole = open_session(recipe.graph(source | recipe.merged(state), steps))
    lower = open_session(recipe.lower_graph(source, steps))
    off = []
    for length in (12, 30, 90):
        chance = np.random.default_rng(length)
        pieces = np.concatenate([[101], chance.integers(1000, 29_000, length), [102]])
        types = (np.arange(len(pieces)) > 5).astype(np.int64)
        sentence = np.where(types == 1, np.arange(len(pieces)) // 9, -1)
        members = (sentence == np.arange(sentence.max() + 1)[:, None]).astype(np.float32)
        inputs = {"pieces": pieces, "types": types}
        (states,) = lower.run(["states"], inputs)
        with torch.no_grad():
            relevance, none, sentences, borders, seen = student(
                torch.from_numpy(states)[None],
                torch.ones(1, len(pieces), dtype=torch.bool),
                torch.from_numpy(sentence)[None],
            )
        found = whole.run(["relevance", "sentences", "borders"], inputs | {"members": members})
        held = seen[0].numpy()
        assert held.tolist() == members.any(axis=1).tolist()
        off.append(found[0] - relevance.numpy())
        off.append((found[1] - (sentences - none)[0].numpy())[held])
        off.append((found[2] - torch.log_softmax(borders[0], 0).numpy()).ravel())
    assert np.sqrt(np.mean(np.square(np.concatenate(off)))) < 0.1


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
    recipe = load_recipe("encoder")
    made = recipe.graph(recipe.source_weights(), int8=True)
    assert hashlib.sha256(made).hexdigest() == bundled.ENCODER.sha256


def test_the_network_before_rounding_is_sentence_transformers_own(tmp_path: Path) -> None:
    import onnxruntime

    recipe = load_recipe("encoder")
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


def test_a_folder_with_a_model_is_used_and_told_apart_by_its_weights() -> None:
    folder = str(load_recipe("encoder").source_folder())
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
