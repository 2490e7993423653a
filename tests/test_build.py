"""A build does only the work that changed, and never hurts the index that serves."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest
from conftest import Library
from read.test_pdf import column, make_pdf

import rag
from rag.index import generation
from rag.index.manifest import sealed


def test_a_build_tells_what_it_did(library: Library) -> None:
    library.write("a.txt", "Apples are red.")
    library.write("sub/b.md", "# Bees\n\nBees make honey.")
    (library.corpus / "c.bin").write_bytes(bytes(range(256)) * 4)
    report = library.build()
    assert report.added == ("a.txt", "sub/b.md")
    assert [item.path for item in report.skipped] == ["c.bin"]
    path, reason = report.skipped[0]
    assert path == "c.bin"
    assert "\n" not in reason
    assert report.embedded == report.passages == 2

    library.write("a.txt", "Apples are green.")
    library.write("d.txt", "Dates are brown.")
    (library.corpus / "sub" / "b.md").unlink()
    report = library.build()
    assert (report.added, report.changed) == (("d.txt",), ("a.txt",))
    assert (report.removed, report.kept) == (("sub/b.md",), ())
    assert [item.path for item in report.skipped] == ["c.bin"]


def test_what_did_not_change_is_not_embedded_again(library: Library) -> None:
    for number in range(5):
        library.write(f"{number}.txt", f"Fact number {number} is here.")
    library.build()
    library.encoder.encoded.clear()
    assert library.build().embedded == 0
    assert library.encoder.encoded == []
    library.write("3.txt", "Fact number three changed.")
    report = library.build()
    assert library.encoder.encoded == ["3\nFact number three changed."]
    assert report.kept == ("0.txt", "1.txt", "2.txt", "4.txt")


def test_the_same_corpus_gives_the_same_index_id_wherever_it_is_built(tmp_path: Path) -> None:
    ids = set()
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        library = Library(tmp_path / name)
        if name == "two":  # by another road: an edit, a removal
            library.write("a.txt", "Something else.")
            library.write("z.txt", "Gone later.")
            library.build()
            (library.corpus / "z.txt").unlink()
        library.write("a.txt", "Apples are red. They are round.")
        library.write("b.txt", "Bees make honey.")
        ids.add(library.build().index_id)
        passages = library.open()._current()
        texts = [passages.passage(number)[1] for number in range(2)]
        assert [(p.start, p.end) for p in texts] == [(0, 31), (0, 16)]
    assert len(ids) == 1


def test_another_split_or_encoder_gives_another_index_id(library: Library) -> None:
    library.write("a.txt", "Apples are red.")
    first = library.build().index_id
    library.settings = rag.Settings(
        corpus=library.settings.corpus, index=library.settings.index, passage_chars=500
    )
    second = library.build().index_id
    library.encoder.sha256 = "2" * 64
    third = library.build()
    assert len({first, second, third.index_id}) == 3
    assert third.embedded == third.passages, "vectors of two models must never meet"


@pytest.mark.parametrize("files", [{}, {".hidden": "x"}])
def test_an_empty_corpus_is_an_error_that_leaves_the_index_alone(
    library: Library, files: dict[str, str]
) -> None:
    library.write("a.txt", "Apples are red.")
    library.build()
    (library.corpus / "a.txt").unlink()
    for name, text in files.items():
        library.write(name, text)
    with pytest.raises(rag.CorpusError, match="has no documents; put some in and run `rag build`"):
        library.build()
    assert library.open().query("Which apples are red?").answered


def test_a_corpus_without_a_readable_file_is_an_error_with_the_first_reason(
    library: Library,
) -> None:
    (library.corpus / "a.bin").write_bytes(b"\0\1\2" * 99)
    with pytest.raises(rag.CorpusError, match=r"none of the 1 files .* could be read \(a\.bin: "):
        library.build()


def test_a_missing_corpus_folder_is_an_error(library: Library) -> None:
    library.corpus.rmdir()
    with pytest.raises(rag.CorpusError, match="does not exist"):
        library.build()


def test_questions_follow_a_rebuild_without_reopening(library: Library) -> None:
    library.write("a.txt", "Apples are red.")
    library.build()
    engine = library.open()
    before = engine.query("Which apples are red?")
    library.write("a.txt", "Apples are green.")
    library.build()
    after = engine.query("Which apples are green?")
    assert before.quotes[0].text == "Apples are red."
    assert after.quotes[0].text == "Apples are green."
    assert before.index_id != after.index_id


def test_a_crash_before_the_switch_leaves_the_old_generation_serving(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    library.write("a.txt", "Apples are red.")
    old = library.build().index_id
    library.write("a.txt", "Apples are green.")

    def full_disk(*_: object) -> None:
        raise OSError(28, "No space left on device")

    for step in ("publish", "_flush"):
        with monkeypatch.context() as patch:
            patch.setattr(generation, step, full_disk)
            with pytest.raises(rag.IndexWriteError, match="No space left"):
                library.build()
        assert library.open().info().index_id == old
    report = library.build()
    assert report.changed == ("a.txt",)
    names = [path.name for path in (library.index / "generations").iterdir()]
    assert not [name for name in names if name.startswith(".building")]


def test_a_build_keeps_the_generation_before_and_removes_older_ones(library: Library) -> None:
    for text in ("One fact.", "Two facts.", "Three facts."):
        library.write("a.txt", text)
        library.build()
    assert len(list((library.index / "generations").iterdir())) == 2


def test_a_second_build_at_once_is_refused(library: Library) -> None:
    library.write("a.txt", "Apples are red.")
    with generation.locked(library.index), pytest.raises(rag.IndexBusyError, match="is running"):
        library.build()
    assert library.build().added == ("a.txt",)


@pytest.mark.parametrize(
    "name", ["manifest.json", "documents.sqlite", "vectors.faiss", "lexical/vocabulary.json"]
)
@pytest.mark.parametrize("harm", ["truncate", "flip", "remove"])
def test_damage_is_named_and_a_build_mends_it(library: Library, name: str, harm: str) -> None:
    library.write("a.txt", "Apples are red.")
    library.build()
    (folder,) = (library.index / "generations").iterdir()
    path = folder / name
    if harm == "truncate":
        path.write_bytes(path.read_bytes()[:-3])
    elif harm == "flip":
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 0xFF
        path.write_bytes(data)
    else:
        path.unlink()
    with pytest.raises(rag.IndexDamagedError, match=r"run `rag build`") as caught:
        library.open()
    assert name in str(caught.value)
    library.build()
    assert library.open().query("Which apples are red?").answered


def test_an_index_of_another_format_is_refused(library: Library) -> None:
    library.write("a.txt", "Apples are red.")
    library.build()
    (folder,) = (library.index / "generations").iterdir()
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps(manifest | {"format": 99}))
    with pytest.raises(rag.IndexDamagedError, match="has format 99, this version reads 4"):
        library.open()


def test_questions_from_many_threads_survive_rebuilds(library: Library) -> None:
    library.write("a.txt", "Apples are red.")
    library.build()
    engine = library.open()
    failures: list[Exception] = []
    done = threading.Event()

    def ask() -> None:
        while not done.is_set():
            try:
                answer = engine.query("Which apples are red?")
                assert answer.quotes[0].text == "Apples are red."
            except Exception as error:
                failures.append(error)
                return

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for number in range(6):
        library.write("b.txt", f"Pears number {number}.")
        library.build()
    done.set()
    for thread in threads:
        thread.join()
    assert failures == []


def test_what_a_reader_could_not_read_is_told_with_the_document(library: Library) -> None:
    note = "1 of 3 pages has no text: 2; turn on OCR (RAG_OCR=eng) and rebuild"
    pages = [column("Apples are red."), [], column("Pears are green.")]
    (library.corpus / "a.pdf").write_bytes(make_pdf(pages))
    assert library.build().notes == (("a.pdf", note),)
    engine = library.open()
    assert engine.documents()[0].notes == (note,)
    assert engine.document("a.pdf").notes == (note,)
    assert library.build().notes == (("a.pdf", note),), "told again when the document is kept"


def test_a_file_that_broke_a_limit_is_read_again_by_the_next_build(library: Library) -> None:
    library.write("a.txt", "Apples are red.")
    library.write("long.txt", "Pears are green. " * 10)
    settings = library.settings
    library.settings = dataclasses.replace(settings, max_text_chars=100)
    first, again = library.build(), library.build()
    assert first.skipped == (
        (
            "long.txt",
            "its text is longer than 100 characters: split it, or raise max_text_chars",
        ),
    )
    assert (again.skipped, again.index_id) == (first.skipped, first.index_id)
    library.settings = settings
    assert library.build().added == ("long.txt",)
    library.settings = dataclasses.replace(settings, max_file_bytes=100)
    library.write("larger.txt", "Plums are blue. " * 10)
    assert "larger than 100 bytes" in library.build().skipped[0].reason
    library.settings = settings
    assert library.build().added == ("larger.txt",)


def alter(library: Library, *statements: str) -> None:
    """Change the database of the only generation, and seal it as if a build had written it so."""
    (folder,) = (library.index / "generations").iterdir()
    with closing(sqlite3.connect(folder / "documents.sqlite")) as database:
        for statement in statements:
            database.execute(statement)
        database.commit()
    manifest = json.loads((folder / "manifest.json").read_text())
    data = (folder / "documents.sqlite").read_bytes()
    manifest["files"]["documents.sqlite"] = hashlib.sha256(data).hexdigest()
    (folder / "manifest.json").write_text(sealed(manifest), encoding="utf-8")


def test_an_index_whose_tables_were_made_with_another_comment_opens(library: Library) -> None:
    """Comments are in the words that SQLite keeps; those of an earlier version mean the same."""
    library.write("a.txt", "Apples are red.")
    library.build()
    other = "UPDATE sqlite_schema SET sql = replace(sql, 'JSON', 'as it once was')"
    alter(library, "PRAGMA writable_schema = ON", other)
    assert library.open().query("Which apples are red?").answered


def test_a_database_that_cannot_be_read_is_damage_not_a_traceback(library: Library) -> None:
    library.write("a.txt", "Apples are red.")
    library.build()
    alter(library, "ALTER TABLE documents RENAME COLUMN title TO heading")
    with pytest.raises(rag.IndexDamagedError, match="its tables are not those of an index"):
        library.open().query("Which apples are red?")
