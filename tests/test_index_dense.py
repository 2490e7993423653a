"""Many vectors: what a compressed index finds, carries over, and says of itself."""

from __future__ import annotations

import gc
import json
import sys
import tempfile
from collections import Counter
from pathlib import Path

import bm25s
import numpy as np
import pytest
from conftest import Library
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

import rag
from rag.index import checked, dense, generation, lexical
from rag.index.dense import Compressed, Exact
from rag.index.stored import Stored
from rag.words import COMMON_WEIGHT, common_stems, tokens

Vectors = NDArray[np.float32]


def some_vectors(count: int, seed: int = 0, dimension: int = 32) -> Vectors:
    """Unit vectors that lie in clouds, as texts on some subjects do."""
    subjects = np.random.default_rng(9).standard_normal((12, dimension))
    chance = np.random.default_rng(seed)
    vectors = subjects[chance.integers(12, size=count)]
    vectors = (vectors + 0.6 * chance.standard_normal(vectors.shape)).astype(np.float32)
    unit: Vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return unit


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few hundred vectors are many."""
    monkeypatch.setattr(dense, "EXACT_UP_TO", 300)
    monkeypatch.setattr(dense, "_FEWEST", 30)
    monkeypatch.setattr(dense, "_FILTERED_EXACTLY", 50)


def written(vectors: Vectors, folder: Path) -> dense.Dense:
    folder.mkdir()
    dense.save(vectors, folder, None, np.full(len(vectors), -1))
    probes, recall = dense.measure(folder)
    assert recall >= dense.RECALL
    return dense.load(folder, probes)


@pytest.mark.usefixtures("small")
def test_few_are_compared_one_by_one_and_many_by_way_of_lists(tmp_path: Path) -> None:
    few = written(some_vectors(300), tmp_path / "few")
    many = written(some_vectors(301), tmp_path / "many")
    assert isinstance(few, Exact)
    assert isinstance(many, Compressed)
    assert (few.count, many.count) == (300, 301)


@pytest.mark.usefixtures("small")
def test_a_compressed_index_finds_what_an_exact_one_finds_in_its_order(tmp_path: Path) -> None:
    vectors = some_vectors(3000)
    many = written(vectors, tmp_path / "many")
    hits = 0
    for vector in some_vectors(50, seed=1):
        numbers, scores = many.search(vector, 10, None)
        assert scores == pytest.approx(vectors[numbers] @ vector), "the exact vectors' own cosines"
        assert (np.diff(scores) <= 0).all()
        hits += len(set(numbers.tolist()) & set(np.argsort(-(vectors @ vector))[:10].tolist()))
    assert hits / 500 > 0.95


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("allowed", [[], [7], list(range(0, 3000, 100)), list(range(0, 3000, 3))])
def test_nothing_is_found_among_others(tmp_path: Path, allowed: list[int]) -> None:
    many = written(some_vectors(3000), tmp_path / "many")
    among = np.array(allowed, np.int64)
    for vector in some_vectors(20, seed=1):
        numbers, _ = many.search(vector, 10, among)
        assert set(numbers.tolist()) <= set(allowed)
        assert len(numbers) == min(10, len(allowed))


@pytest.mark.usefixtures("small")
def test_what_is_carried_over_is_found_under_its_new_number(tmp_path: Path) -> None:
    vectors, new = some_vectors(1500), some_vectors(40, seed=2)
    old = written(vectors, tmp_path / "old")
    kept = np.delete(np.arange(1500), [3, 4, 700])
    sources = np.concatenate([kept[:900], np.full(40, -1), kept[900:]])
    now = np.where(sources[:, None] < 0, 0, vectors[sources]).astype(np.float32)
    now[sources < 0] = new
    (tmp_path / "new").mkdir()
    dense.save(now, tmp_path / "new", old, sources)
    found = dense.load(tmp_path / "new", dense.measure(tmp_path / "new")[0])
    assert isinstance(old, Compressed)
    assert isinstance(found, Compressed)
    assert found.index.nlist == old.index.nlist, "the lists are the old ones"
    assert found.index.ntotal == len(now)
    for number in [0, 2, 3, 899, 900, 939, 940, len(now) - 1]:
        assert found.search(now[number], 1, None)[0].tolist() == [number]
    gone = found.search(vectors[3], 1, None)
    assert gone[1][0] < 0.9999


@pytest.mark.usefixtures("small")
def test_lists_are_made_anew_once_they_are_too_few(tmp_path: Path) -> None:
    old = written(some_vectors(400), tmp_path / "old")
    many = some_vectors(12_800)
    (tmp_path / "new").mkdir()
    dense.save(many, tmp_path / "new", old, np.concatenate([np.arange(400), np.full(12_400, -1)]))
    found = dense.load(tmp_path / "new", 8)
    assert isinstance(old, Compressed)
    assert isinstance(found, Compressed)
    assert found.index.nlist > 2 * old.index.nlist


@pytest.mark.usefixtures("small")
def test_vectors_that_do_not_belong_together_are_refused(tmp_path: Path) -> None:
    written(some_vectors(400), tmp_path / "many")
    right = some_vectors(400)
    for wrong, why in (
        (right[1:], "not those that it holds"),
        (right.astype(np.float64), "does not hold vectors"),
        (np.asfortranarray(right), "does not hold vectors"),
        (right.ravel(), "does not hold vectors"),
    ):
        np.save(tmp_path / "many" / dense.EXACT, wrong)
        with pytest.raises(ValueError, match=why):
            dense.load(tmp_path / "many", 8)


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> tuple[Vectors, Stored]:
    path = tmp_path_factory.mktemp("stored") / "vectors.npy"
    vectors = some_vectors(500)
    np.save(path, vectors)
    return vectors, Stored(path)


@given(st.lists(st.integers(0, 499) | st.sampled_from([0, 1, 2, 3, 497, 498, 499])).map(sorted))
def test_the_vectors_that_are_read_are_those_of_the_numbers(
    stored: tuple[Vectors, Stored], numbers: list[int]
) -> None:
    vectors, found = stored
    asked = np.array(numbers, np.int64)
    np.testing.assert_array_equal(found.rows(asked), vectors[asked])
    np.testing.assert_array_equal(found.all(), vectors)


@pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")
@pytest.mark.usefixtures("small")
def test_a_search_maps_no_exact_vectors_and_an_index_that_is_let_go_closes_them(
    tmp_path: Path,
) -> None:
    many = written(some_vectors(400), tmp_path / "many")
    for among in (None, np.arange(40)):
        assert len(many.search(some_vectors(1)[0], 10, among)[0]) == 10
    path = str(tmp_path / "many" / dense.EXACT)
    assert path not in Path("/proc/self/maps").read_text()
    assert path in open_files()
    del many
    gc.collect()
    assert path not in open_files()


def open_files() -> list[str]:
    return [str(path.readlink()) for path in Path("/proc/self/fd").iterdir() if path.is_symlink()]


@pytest.mark.skipif(sys.platform == "win32", reason="an open file cannot be cut there")
def test_vectors_that_are_cut_short_under_a_server_are_one_clear_error(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dense, "EXACT_UP_TO", 50)
    for number in range(60):
        library.write(f"{number:02d}.txt", f"Plant {number} is green. It came from Field {number}.")
    library.build()
    engine = library.open()
    name = str(generation.current_name(library.index))
    path = generation.generation_folder(library.index, name) / dense.EXACT
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size // 2)
    with pytest.raises(rag.IndexDamagedError, match=r"become shorter.*run `rag build`"):
        engine.query("Which field did Plant 41 come from?")


def test_an_index_grows_past_the_line_and_answers_as_before(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(60):
        library.write(f"{number:02d}.txt", f"Plant {number} is green. It came from Field {number}.")
    library.build()
    question = "Which field did Plant 41 come from?"
    before = library.open().query(question)
    monkeypatch.setattr(dense, "EXACT_UP_TO", 50)
    monkeypatch.setattr(dense, "_PROBED", 20)
    library.write("60.txt", "Plant 60 is green. It came from Field 60.")
    library.build()
    engine = library.open()
    assert [quote.text for quote in engine.query(question).quotes] == [
        quote.text for quote in before.quotes
    ]
    assert engine.info().recall >= dense.RECALL
    folder = generation.generation_folder(
        library.index, str(generation.current_name(library.index))
    )
    assert json.loads((folder / "manifest.json").read_text())["recall"] == engine.info().recall
    (library.corpus / "07.txt").unlink()
    assert library.build().embedded == 0
    with (folder.parent / str(generation.current_name(library.index)) / dense.EXACT).open(
        "ab"
    ) as f:
        f.write(b"\0")
    assert "vectors.npy does not match its checksum" in library.open().info().warning


WORDS = st.lists(st.lists(st.sampled_from("abcdefg"), max_size=9).map(" ".join), max_size=30)


@settings(max_examples=200, deadline=None)
@given(WORDS, st.lists(st.sampled_from("abcdefgx"), max_size=6), st.integers(1, 8), st.data())
def test_the_best_by_words_are_those_of_all_sums(
    texts: list[str], asked: list[str], count: int, data: st.DataObject
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lexical, "_LONG", 2)
        index = saved(texts)
        among = data.draw(
            st.none() | st.lists(st.integers(0, max(0, len(texts) - 1)), unique=True)
        ) if texts else None  # fmt: skip
        numbers, scores = index.top(
            " ".join(asked), count, None if among is None else np.array(sorted(among), np.int64)
        )
    sums = np.zeros(max(1, len(texts)))
    for word, times in Counter(tokens(" ".join(asked))).items():
        if word in index._words:
            column = index._words[word]
            held = slice(index._starts[column], index._starts[column + 1])
            weight = COMMON_WEIGHT if word in common_stems() else 1
            step = weight * times * float(index._peaks[column]) / lexical._STEPS
            sums[index._texts[held]] += step * index._scores[held]
    allowed = range(len(texts)) if among is None else among
    best = sorted((-sums[n], n) for n in allowed if sums[n] > 0)[:count]
    assert scores == pytest.approx([-score for score, _ in best], rel=1e-5)
    assert sums[numbers] == pytest.approx([-score for score, _ in best], rel=1e-5)


def saved(texts: list[str]) -> lexical.Lexical:
    with tempfile.TemporaryDirectory() as folder:
        lexical.save(lexical.from_texts(texts), Path(folder) / "lexical")
        return lexical.Lexical.from_folder(Path(folder) / "lexical")


def test_scores_are_those_of_a_library_that_is_trusted(tmp_path: Path) -> None:
    texts = [text for text in SENTENCES if text]
    words = lexical.from_texts(texts)
    lexical.save(words, tmp_path / "lexical")
    index = lexical.Lexical.from_folder(tmp_path / "lexical")
    reference = bm25s.BM25()
    numbers = {word: number for number, word in enumerate(words.vocabulary)}
    ends = np.cumsum(words.lengths)
    ids = [part.tolist() for part in np.split(words.ids, ends[:-1])]
    reference.index((ids, numbers), show_progress=False)
    for question in ("walls", "rent warehouse", "cost 1999", "walls walls"):
        asked = tokens(question)
        wanted = reference.get_scores([word for word in asked if word in numbers])
        found, scores = index.top(question, len(texts))
        weight = sum(float(index._peaks[numbers[word]]) for word in asked if word in numbers)
        assert scores == pytest.approx(wanted[found], rel=1e-5, abs=weight / lexical._STEPS / 2)
        assert len(found) == np.count_nonzero(wanted)


def test_a_common_word_weighs_a_fifth_and_initials_what_they_weigh() -> None:
    index = saved(["The us pay.", "They pay rent.", "Rent is due."])
    alone, common = (index.top(question, 1)[1] for question in ("rent", "they"))
    assert len(alone) == len(common) == 1
    assert index.top("US", 1)[1] == pytest.approx(index.top("us", 1)[1] / COMMON_WEIGHT)


SENTENCES = """The rent of the warehouse is 1,200 pounds a month. The walls are thick.
The walls of the harbour cost 12,400 pounds in 1999, and the rent was not paid.

Nobody paid the rent.
Of the walls, the walls remain.
""".splitlines()


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files that are hashed; every one is large, and as good as old at once."""
    monkeypatch.setattr(checked, "LARGE_BYTES", 0)
    monkeypatch.setattr(checked, "TICK_NS", -3_600_000_000_000)
    names: list[str] = []
    digest = checked.hashlib.file_digest
    monkeypatch.setattr(
        checked.hashlib,
        "file_digest",
        lambda file, name: names.append(Path(str(file.name)).name) or digest(file, name),
    )
    return names


def test_a_large_file_is_hashed_once_until_it_is_touched(
    library: Library, hashed: list[str]
) -> None:
    library.write("a.txt", "Apples are red.")
    library.build()
    library.open().close()
    hashed.clear()
    library.open().close()
    assert hashed == []
    name = str(generation.current_name(library.index))
    path = generation.generation_folder(library.index, name) / "documents.sqlite"
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    with pytest.raises(rag.IndexDamagedError, match="does not match its checksum"):
        library.open()
    assert "documents.sqlite" in hashed


@pytest.mark.parametrize("note", ["", "x\n{}", "[]"])
def test_a_damaged_note_is_not_believed(library: Library, hashed: list[str], note: str) -> None:
    library.write("a.txt", "Apples are red.")
    library.build()
    library.open().close()
    (library.index / checked.NAME).write_text(note)
    hashed.clear()
    library.open().close()
    assert "documents.sqlite" in hashed
