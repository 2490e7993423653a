"""An index whose files have changed in thousands of ways: one clear error, never a wrong quote.

Each case has a seed that the failure names; ``RAG_SEED=… RAG_CASES=…`` runs other ones, or more.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import faiss
import numpy as np
import pytest
from conftest import Library
from read.mutations import cut, double, extremes, flip, remove, shuffle

import rag
from rag.index import generation, manifest, pending
from rag.index.local import open_store

SEED = int(os.environ.get("RAG_SEED", "1"))
CASES = int(os.environ.get("RAG_CASES", "300"))
MUTATIONS = (cut, flip, flip, extremes, remove, double, shuffle)
TEXTS = {
    "apples.md": "# Apples\n\nApples are red. Some are green.\n\n- They grow on trees.\n",
    "pears.txt": "Pears are green. They ripen in autumn.",
    "rates.csv": "year,rate\n1999,5 percent\n2000,6 percent\n",
}
QUESTION = "Which apples are red?"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Library:
    library = Library(tmp_path_factory.mktemp("fuzz"))
    for name, text in TEXTS.items():
        library.write(name, text)
    library.build()
    return library


@pytest.fixture
def copy(built: Library, tmp_path: Path) -> Callable[[], tuple[Library, Path]]:
    """A library with an index of its own to harm, and the generation's folder in it."""
    library = Library.__new__(Library)
    library.corpus, library.encoder = built.corpus, built.encoder
    library.index = tmp_path / "index"
    library.settings = rag.Settings(corpus=str(library.corpus), index=str(library.index))

    def fresh() -> tuple[Library, Path]:
        shutil.rmtree(library.index, ignore_errors=True)
        shutil.copytree(built.index, library.index)
        name = generation.current_name(library.index)
        assert name
        return library, generation.generation_folder(library.index, name)

    return fresh


def names(folder: Path) -> list[str]:
    return [path.relative_to(folder).as_posix() for path in generation.files(folder)]


def use(library: Library) -> None:
    """Everything that reads the index; what it quotes is in the documents as they are."""
    engine = library.open()
    answer = engine.query(QUESTION)
    found = [finding.quote for finding in engine.find("Pears are green.")]
    engine.find("Pears were green.")
    engine.info()
    for info in engine.documents():
        engine.document(info.path)
    for quote in (*answer.quotes, *answer.near_misses, *found):
        assert quote.text in (library.corpus / quote.document.path).read_text()


def test_any_byte_of_any_file_that_changes_is_damage(
    copy: Callable[[], tuple[Library, Path]],
) -> None:
    for number in range(CASES):
        seed = SEED * 1_000_000 + number
        chance = random.Random(seed)
        library, folder = copy()
        name = chance.choice(names(folder))
        data = (folder / name).read_bytes()
        changed = chance.choice(MUTATIONS)(chance, data) if data else b"x"
        if changed == data:
            continue
        (folder / name).write_bytes(changed)
        try:
            with pytest.raises(rag.IndexDamagedError) as caught:
                library.open()
        except BaseException as error:
            raise AssertionError(f"seed {seed}: {name}") from error
        said = str(caught.value)
        assert "run `rag build`" in said, f"seed {seed}: {said}"
        assert "\n" not in said, f"seed {seed}: {said}"
    assert library.build().index_id, "and a build mends the last one"
    use(library)


@pytest.mark.slow
def test_what_changed_and_was_sealed_again_is_an_error_or_the_truth(
    copy: Callable[[], tuple[Library, Path]],
) -> None:
    """As whoever may write the folder could do it: the checksums agree, the database does not."""
    opened = 0
    for number in range(CASES):
        seed = SEED * 1_000_000 + number
        chance = random.Random(seed)
        library, folder = copy()
        path = folder / manifest.DOCUMENTS
        data = path.read_bytes()
        path.write_bytes(chance.choice(MUTATIONS)(chance, data))
        seal(folder)
        try:
            library.open()
            opened += 1
            use(library)
        except rag.RagError:
            pass
        except BaseException as error:
            raise AssertionError(f"seed {seed}") from error
        try:
            assert library.build().index_id
        except BaseException as error:
            raise AssertionError(f"seed {seed}, the build after it") from error
    assert opened > CASES // 20, "not all were refused at the door"


@pytest.mark.parametrize(
    "rows",
    [
        "UPDATE documents SET blocks = '[[0, 5]]'",
        "UPDATE documents SET blocks = '[[0, 5, \"prose\", \"x\", {}]]'",
        "UPDATE documents SET blocks = '{'",
        "UPDATE documents SET blocks = '7'",
        "UPDATE documents SET notes = 'x'",
        "UPDATE documents SET notes = '5'",
        "UPDATE documents SET text = 'Apples are blue.'",
        "UPDATE documents SET paging = char(0)",
        "UPDATE passages SET document = 77",
        "UPDATE passages SET first = 5, last = 900",
        "UPDATE passages SET start = -9, \"end\" = 99999999",
        "UPDATE sentences SET start = -9",
        "UPDATE sentences SET \"end\" = 99999999",
        "UPDATE sentences SET block = 50",
        "DELETE FROM sentences",
        "UPDATE passages SET searched_sha256 = 'x'",
    ],
)  # fmt: skip
def test_rows_that_make_no_sense_are_damage_or_harmless(
    copy: Callable[[], tuple[Library, Path]], rows: str
) -> None:
    library, folder = copy()
    with closing(sqlite3.connect(folder / manifest.DOCUMENTS)) as database:
        database.execute(rows)
        database.commit()
    seal(folder)
    with suppress(rag.IndexDamagedError):
        use(library)
    library.write("new.txt", "A new one.")
    assert "new.txt" in library.build().added
    use(library)
    (library.corpus / "new.txt").unlink()


@pytest.mark.parametrize(
    "made",
    [
        "CREATE VIEW more AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i FROM n) "
        "SELECT i FROM n",
        "CREATE TRIGGER t AFTER INSERT ON documents BEGIN SELECT 1; END",
        "CREATE TABLE more (x)",
        "ALTER TABLE documents ADD COLUMN more TEXT",
        "DROP TABLE sentences",
        "PRAGMA writable_schema = ON; DROP TABLE documents; CREATE VIEW documents AS WITH "
        "RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i FROM n) SELECT i AS id, i AS path FROM n",
    ],
)
def test_a_database_with_other_tables_than_ours_is_not_asked_anything(
    copy: Callable[[], tuple[Library, Path]], made: str
) -> None:
    library, folder = copy()
    with closing(sqlite3.connect(folder / manifest.DOCUMENTS)) as database:
        database.executescript(made)
        database.commit()
    seal(folder)
    with pytest.raises(rag.IndexDamagedError, match="its tables are not those of an index"):
        library.open()


@pytest.mark.parametrize(
    "change",
    [
        {"documents": 1e999}, {"documents": "x"}, {"documents": None}, {"documents": -1},
        {"passages": 10**30}, {"recipe": {}}, {"recipe": []}, {"recipe": 5}, {"skipped": [1]},
        {"skipped": [["a"]]}, {"skipped_sha256": "x"}, {"files": []}, {"files": {"../x": "0"}},
        {"files": {"/etc/passwd": "0"}}, {"files": {"a\0b": "0"}}, {"format": "3"},
        {"format": True}, {"format": None}, {"index_id": {}, "passages": [1]},
    ],
)  # fmt: skip
def test_a_sealed_manifest_that_makes_no_sense_is_damage(
    copy: Callable[[], tuple[Library, Path]], change: dict[str, Any]
) -> None:
    library, folder = copy()
    seal(folder, change)
    with pytest.raises(rag.IndexDamagedError, match="run `rag build`") as caught:
        library.open()
    assert "\n" not in str(caught.value)
    assert library.build().index_id


def test_pending_vectors_are_right_or_left_out(tmp_path: Path) -> None:
    hashes = [f"{number:064x}" for number in range(20)]
    vectors = np.random.default_rng(1).standard_normal((20, 8)).astype(np.float32)
    right = dict(zip(hashes, vectors, strict=True))
    pending.resume(tmp_path, "0" * 64, [])
    pending.add(tmp_path, hashes, vectors)
    data = (tmp_path / pending.NAME).read_bytes()
    for number in range(CASES):
        seed = SEED * 1_000_000 + number
        chance = random.Random(seed)
        (tmp_path / pending.NAME).write_bytes(chance.choice(MUTATIONS)(chance, data))
        for sha256, vector in pending.resume(tmp_path, "0" * 64, hashes).items():
            assert (vector == right[sha256]).all(), f"seed {seed}"


def test_a_vector_file_is_not_even_opened_before_its_checksum_matched(
    copy: Callable[[], tuple[Library, Path]], monkeypatch: pytest.MonkeyPatch
) -> None:
    library, folder = copy()
    read: list[str] = []

    def refuse(path: str) -> None:
        read.append(path)
        raise AssertionError("faiss was given a damaged file")

    monkeypatch.setattr(faiss, "read_index", refuse)
    for name in (manifest.VECTORS, manifest.DOCUMENTS, "lexical/lengths.npy"):
        library, folder = copy()
        with (folder / name).open("ab") as file:
            file.write(b"\0")
        with pytest.raises(rag.IndexDamagedError, match="does not match its checksum"):
            open_store(library.index)
    assert read == []


def seal(folder: Path, change: dict[str, Any] | None = None) -> None:
    """Make the checksums agree with the files."""
    path = folder / manifest.MANIFEST
    raw = json.loads(path.read_text()) | (change or {})
    if not change:
        for name in raw["files"]:
            raw["files"][name] = manifest._file_sha256(folder / name)
    path.write_text(manifest.sealed(raw), encoding="utf-8")
