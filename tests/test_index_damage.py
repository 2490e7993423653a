"""A damaged index is named with the next step, and the last good generation answers instead."""

from __future__ import annotations

import errno
import json
import os
import shutil
from pathlib import Path

import pytest
from conftest import Library
from test_cli import run

import rag
from rag.engine import read_info
from rag.index import generation, pending
from rag.index.local import open_store
from rag.index.manifest import sealed
from rag.index.vectors import text_sha256
from rag.ui.documents import documents_list, look_at


@pytest.fixture
def two(library: Library) -> Library:
    """An index of two generations: red apples, then green ones."""
    for colour in ("red", "green"):
        library.write("a.txt", f"Apples are {colour}.")
        library.build()
    return library


def live(library: Library) -> Path:
    name = generation.current_name(library.index)
    assert name is not None
    return generation.generation_folder(library.index, name)


@pytest.mark.parametrize(
    "name", ["manifest.json", "documents.sqlite", "vectors.faiss", "lexical/vocabulary.json"]
)
@pytest.mark.parametrize("harm", ["truncate", "empty", "flip", "remove", "folder"])
def test_the_generation_before_answers_for_a_damaged_one_and_says_so(
    two: Library, name: str, harm: str, caplog: pytest.LogCaptureFixture
) -> None:
    path = live(two) / name
    data = path.read_bytes()
    path.unlink()
    if harm == "truncate":
        path.write_bytes(data[:-3])
    elif harm == "empty":
        path.write_bytes(b"")
    elif harm == "flip":
        middle = len(data) // 2
        path.write_bytes(data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :])
    elif harm == "folder":
        path.mkdir()
    engine = two.open()
    assert engine.query("Which apples are red?").quotes[0].text == "Apples are red."
    warning = engine.info().warning
    assert name in warning
    assert "run `rag build`" in warning
    assert [record.message for record in caplog.records] == [warning], "once, not a question"
    assert read_info(two.settings)[0].warning == warning
    two.build()
    assert engine.query("Which apples are green?").quotes[0].text == "Apples are green."
    assert engine.info().warning == two.open().info().warning == ""
    assert len(generation.names(two.index)) == 2, "the good one before stays, the damaged one goes"


@pytest.mark.parametrize("name", ["manifest.json", "documents.sqlite", "vectors.faiss"])
def test_a_file_that_may_not_be_read_is_damage_too(
    two: Library, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By hand, because the superuser, whom tests may run as, may read everything."""
    unreadable, open_ = live(two) / name, Path.open

    def refuse(path: Path, *arguments: object, **options: object) -> object:
        if path == unreadable:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return open_(path, *arguments, **options)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", refuse)
    engine = two.open()
    assert engine.query("Which apples are red?").quotes[0].text == "Apples are red."
    assert name in engine.info().warning
    assert "Permission denied" in engine.info().warning
    assert two.build().index_id
    assert two.open().query("Which apples are green?").answered


@pytest.mark.parametrize("pointer", [None, "", "../../etc", "000009-0123456789abcdef", "\udcff\n"])
def test_a_pointer_that_leads_nowhere_is_damage_too(two: Library, pointer: str | None) -> None:
    path = two.index / generation.CURRENT
    path.unlink()
    if pointer is not None:
        path.write_bytes(pointer.encode("utf-8", "surrogateescape"))
    engine = two.open()
    assert engine.query("Which apples are green?").answered
    assert "run `rag build`" in engine.info().warning
    assert two.build().index_id == engine.info().index_id
    assert engine.info().warning == ""


def test_the_commands_say_which_generation_answers_and_why(two: Library) -> None:
    (live(two) / "vectors.faiss").unlink()
    shown = run("info", "--index", str(two.index), cwd=two.corpus)
    assert shown.returncode == 0
    for said in (shown.stdout, shown.stderr):
        assert "vectors.faiss" in said
        assert "run `rag build`; until then generation 000001-" in said
    assert "Traceback" not in shown.stderr


def test_the_page_says_so_calmly_and_names_no_path(two: Library) -> None:
    engine = two.open()
    assert "damaged" not in documents_list(look_at(engine))
    (live(two) / "vectors.faiss").unlink()
    panel = documents_list(look_at(two.open())).replace("&#46;", ".")
    assert "The newest index is damaged. The one before it answers" in panel
    assert "vectors" not in panel
    assert str(two.index.name) + "/" not in panel
    two.build()
    assert "damaged" not in documents_list(look_at(engine))


def test_a_folder_that_may_not_be_written_is_one_clear_line(two: Library) -> None:
    blocked = two.corpus.parent / "file"
    blocked.write_text("no folder")
    options = ("--corpus", str(two.corpus), "--index", str(blocked / "index"))
    shown = run("build", *options, cwd=two.corpus)
    assert shown.returncode == 1
    assert shown.stderr.startswith("rag: the index in ")
    assert "run `rag build`" in shown.stderr
    assert shown.stderr.count("\n") == 1


def test_an_open_engine_serves_on_when_every_generation_on_disk_is_gone(two: Library) -> None:
    engine = two.open()
    shutil.rmtree(two.index / "generations")
    (two.index / generation.CURRENT).write_text("000009-0123456789abcdef\n")
    assert engine.query("Which apples are green?").quotes[0].text == "Apples are green."
    assert "run `rag build`" in engine.info().warning
    two.build()
    assert engine.query("Which apples are green?").answered
    assert engine.info().warning == ""


@pytest.mark.parametrize("field", ["documents", "passages"])
def test_counts_that_do_not_agree_are_damage(library: Library, field: str) -> None:
    library.write("a.txt", "Apples are red.")
    library.build()
    change(live(library), **{field: 7})
    with pytest.raises(rag.IndexDamagedError, match=r"manifest counts .*run `rag build`"):
        library.open()


def test_a_manifest_cannot_be_edited_and_no_file_slips_past_it(library: Library) -> None:
    library.write("a.txt", "Apples are red.")
    library.build()
    folder = live(library)
    raw = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps(raw | {"encoder": "another"}))
    with pytest.raises(rag.IndexDamagedError, match=r"manifest\.json does not match its checksum"):
        library.open()
    files = {name: sha256 for name, sha256 in raw["files"].items() if name != "vectors.faiss"}
    change(folder, **raw | {"files": files})
    with pytest.raises(rag.IndexDamagedError, match=r"vectors\.faiss is not in the manifest"):
        library.open()


def test_an_emptied_index_folder_is_no_index(two: Library) -> None:
    engine = two.open()
    shutil.rmtree(two.index)
    with pytest.raises(rag.IndexMissingError, match="run `rag build`"):
        open_store(two.index)
    with pytest.raises(rag.IndexMissingError):
        engine.query("Which apples are green?")


def test_what_is_no_generation_is_left_alone(two: Library) -> None:
    mine = two.index / "generations" / "notes"
    mine.mkdir()
    two.write("a.txt", "Apples are blue.")
    two.build()
    assert mine.is_dir()
    assert two.open().query("Which apples are blue?").answered


def test_vectors_embedded_before_an_interruption_are_not_computed_again(library: Library) -> None:
    for number in range(200):
        library.write(f"{number}.txt", f"Fact number {number} is here.")
    encode, calls = library.encoder.encode, []

    def stopped(texts: list[str]) -> object:
        calls.append(texts)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return encode(texts)

    library.encoder.encode = stopped  # type: ignore[assignment, method-assign]
    with pytest.raises(KeyboardInterrupt):
        library.build()
    library.encoder.encode = encode  # type: ignore[method-assign]
    path = library.index / pending.NAME
    path.write_bytes(path.read_bytes()[:-5])  # torn, as by a power cut
    (library.corpus / "7.txt").unlink()
    library.encoder.encoded.clear()
    report = library.build()
    assert report.passages == 199
    assert report.embedded == len(library.encoder.encoded)
    assert 199 - 128 <= report.embedded <= 199 - 128 + 2, "all but the torn one and the removed"
    assert not path.exists()
    store = open_store(library.index)
    fresh = dict(zip(store.searched_sha256(), store.vectors(), strict=True))
    for text in (f"{number}\nFact number {number} is here." for number in (0, 50, 150)):
        assert (fresh[text_sha256(text)] == encode([text])[0]).all()


def test_vectors_of_another_encoder_are_not_resumed(library: Library) -> None:
    library.index.mkdir()
    (library.index / pending.NAME).write_bytes(b"nonsense" * 100)
    library.write("a.txt", "Apples are red.")
    assert library.build().embedded == 1
    sha256 = open_store(library.index).searched_sha256()[0]
    pending.resume(library.index, "2" * 64, [])
    pending.add(library.index, [sha256], open_store(library.index).vectors())
    assert set(pending.resume(library.index, "2" * 64, [sha256])) == {sha256}
    assert pending.resume(library.index, "3" * 64, [sha256]) == {}
    assert pending.resume(library.index, "2" * 64, [sha256]) == {}, "the file is another's now"


def change(folder: Path, **fields: object) -> None:
    """Edit a manifest and seal it again, as no accident would."""
    path = folder / "manifest.json"
    raw = json.loads(path.read_text()) | fields
    path.write_text(sealed(raw), encoding="utf-8")
