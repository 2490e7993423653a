"""What changed between two generations, the way back, and that no history leaves a trace."""

from __future__ import annotations

import json
import random
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from conftest import Library
from test_cli import run

import rag
from rag.index import generation, history
from rag.index.build import build


def test_a_diff_names_what_the_last_build_changed(library: Library) -> None:
    for name in ("kept", "edited", "gone"):
        library.write(f"{name}.txt", f"The {name} one.")
    (library.corpus / "mended.bin").write_bytes(bytes(range(256)) * 4)
    first = library.build().index_id
    library.write("edited.txt", "The edited one, edited.")
    library.write("new.txt", "The new one.")
    (library.corpus / "gone.txt").unlink()
    (library.corpus / "mended.bin").unlink()
    (library.corpus / "broken.bin").write_bytes(bytes(range(256)) * 4)
    second = library.build().index_id
    found = rag.changes(library.index)
    assert (found.before, found.after) == (first, second)
    assert (found.added, found.changed, found.removed) == (
        ("new.txt",), ("edited.txt",), ("gone.txt",),
    )  # fmt: skip
    assert [item.path for item in found.skipped] == ["broken.bin"]
    assert [item.path for item in found.no_longer_skipped] == ["mended.bin"]


def test_a_rollback_returns_and_readers_follow(library: Library) -> None:
    library.write("a.txt", "Apples are red.")
    first = library.build().index_id
    library.write("a.txt", "Apples are green.")
    second = library.build().index_id
    engine = library.open()
    assert engine.query("Which apples are green?").index_id == second
    undone = rag.rollback(library.index)
    assert (undone.before, undone.after, undone.changed) == (second, first, ("a.txt",))
    assert engine.query("Which apples are red?").quotes[0].text == "Apples are red."
    for call in (rag.changes, rag.rollback):
        with pytest.raises(rag.IndexMissingError, match="no good generation before"):
            call(library.index)
    assert library.build().index_id == second, "the corpus has not changed"
    assert rag.changes(library.index).before == first
    assert engine.query("Which apples are green?").answered


def test_a_rollback_from_a_damaged_generation_makes_the_good_one_official(
    library: Library,
) -> None:
    for colour in ("red", "green"):
        library.write("a.txt", f"Apples are {colour}.")
        library.build()
    newest = generation.names(library.index)[-1]
    (library.index / "generations" / newest / "vectors.faiss").unlink()
    engine = library.open()
    assert engine.info().warning
    rag.rollback(library.index)
    assert engine.info().warning == ""
    assert engine.query("Which apples are red?").answered


@pytest.mark.parametrize("call", [history.changes, history.rollback])
def test_without_an_index_there_is_no_history_and_no_folder_is_made(
    library: Library, call: object
) -> None:
    with pytest.raises(rag.IndexMissingError, match="run `rag build`"):
        call(library.settings)  # type: ignore[operator]
    assert not library.index.exists()


def test_the_commands_tell_it_and_hostile_names_stay_on_their_line(library: Library) -> None:
    library.write("a.txt", "Apples are red.")
    library.build()
    library.write("a\x1b[2J\nindex.txt", "Bees.")
    library.build()
    options = ("--index", str(library.index))
    shown = run("diff", *options, cwd=library.corpus)
    assert shown.returncode == 0, shown.stderr
    assert shown.stdout.splitlines()[0] == "+ a\\u001b[2J\\nindex.txt"
    assert "1 added, 0 changed, 0 removed" in shown.stdout.splitlines()[1]
    found = json.loads(run("diff", "--json", *options, cwd=library.corpus).stdout)
    assert found["added"] == ["a\x1b[2J\nindex.txt"]
    shown = run("rollback", *options, cwd=library.corpus)
    assert shown.returncode == 0, shown.stderr
    assert "0 added, 0 changed, 1 removed" in shown.stdout
    shown = run("rollback", *options, cwd=library.corpus)
    assert shown.returncode == 1
    assert shown.stderr.startswith("rag: ")
    assert shown.stderr.count("\n") == 1


def plants(library: Library, count: int) -> None:
    for number in range(count):
        library.write(f"{number}.txt", f"Plant {number} is green.")


@pytest.mark.parametrize(("held", "left", "refused"), [(10, 0, True), (20, 1, True),
                                                       (10, 1, False), (9, 1, False)])  # fmt: skip
def test_a_corpus_that_has_nearly_vanished_does_not_empty_the_index(
    library: Library, held: int, left: int, refused: bool
) -> None:
    plants(library, held)
    old = library.build().index_id
    for number in range(left, held):
        (library.corpus / f"{number}.txt").unlink()
    library.write("new.txt", "A new one.")
    if not refused:
        assert len(library.build().removed) == held - left
        return
    with pytest.raises(rag.CorpusError, match=rf"{held - left} of the {held} .*--allow-empty"):
        library.build()
    assert library.open().info().index_id == old
    assert len(library.build(allow_empty=True).removed) == held - left


def test_documents_that_only_moved_have_not_vanished(library: Library) -> None:
    plants(library, 12)
    library.build()
    library.corpus.joinpath("moved").mkdir()
    for number in range(12):
        (library.corpus / f"{number}.txt").rename(library.corpus / "moved" / f"{number}.txt")
    report = library.build()
    assert len(report.removed) == len(report.added) == 12
    assert report.embedded == 0, "the same texts under the same titles"


@pytest.mark.parametrize(
    ("text", "before", "now", "read_again"),
    [
        ("A plain text.", "a.txt", "sub/a.txt", False),
        ("A plain text.", "some-notes.txt", "old/some_notes.TXT", False),
        ("# Titled\n\nA text.", "a.md", "sub/another name.md", False),
        ("A plain text.", "a.txt", "b.txt", True),  # its title is its name
        ("# b\n\nA text.", "b.md", "c.md", True),  # its title may be its name
        ("# Titled\n\nA text.", "a.md", "a.txt", True),  # read in another way
    ],
)
def test_what_moved_is_read_again_only_if_its_name_may_matter(
    library: Library, tmp_path: Path, text: str, before: str, now: str, read_again: bool
) -> None:
    library.write("stays.txt", "Another.")
    library.write(before, text)
    library.build()
    (library.corpus / now).parent.mkdir(exist_ok=True)
    (library.corpus / before).rename(library.corpus / now)
    seen: list[str] = []
    report = build(
        library.settings,
        encoder=library.encoder,
        progress=lambda progress: seen.append(progress.detail),
    )
    assert (report.added, report.removed) == ((now,), (before,))
    assert (now in seen) is read_again
    fresh = rag.Settings(corpus=str(library.corpus), index=str(tmp_path / "fresh"))
    assert build(fresh, encoder=library.encoder).index_id == report.index_id
    assert passages(tmp_path / "fresh") == passages(library.index)


def test_an_index_emptied_on_purpose_refuses_every_question(library: Library) -> None:
    plants(library, 2)
    library.build()
    for path in library.corpus.iterdir():
        path.unlink()
    report = library.build(allow_empty=True)
    assert (len(report.removed), report.passages) == (2, 0)
    answer = library.open().query("Which plant is green?")
    assert not answer.answered
    assert not answer.near_misses
    plants(library, 3)
    assert library.build().added == ("0.txt", "1.txt", "2.txt")
    assert library.open().query("Which plant is green?").answered


def passages(index: Path) -> list[object]:
    """Every row of the generation that serves."""
    folder = index / "generations" / str(generation.current_name(index))
    with closing(sqlite3.connect(folder / "documents.sqlite")) as database:
        tables = ("documents", "sentences", "passages")
        return [database.execute(f"SELECT * FROM {table}").fetchall() for table in tables]  # noqa: S608


@pytest.mark.parametrize(
    "seed", [1, 2, *(pytest.param(n, marks=pytest.mark.slow) for n in range(3, 15))]
)
def test_no_history_leaves_a_trace(tmp_path: Path, seed: int) -> None:
    """An index built step by step is the one built from nothing: ids, tables and vectors."""
    chance = random.Random(seed)
    (tmp_path / "steps").mkdir()
    library = Library(tmp_path / "steps")
    texts = [f"Fact {n} is here. So is {n * 7}.\n\nAnd {n % 3} again." for n in range(12)]
    texts += [f"# {title}\n\nA text with a title." for title in ("0", "1", "Two")]
    names = [f"{folder}{n}.{end}" for folder in ("", "sub/", "sub/deep/") for n in range(3)
             for end in ("txt", "md", "html", "bin")]  # fmt: skip
    library.write("first.txt", "The first.")
    for step in range(5):
        for _ in range(chance.randrange(1, 6)):
            held = sorted(path for path in library.corpus.rglob("*") if path.is_file())
            act, path = chance.choice(["write", "write", "move", "delete"]), chance.choice(held)
            target = chance.choice(names)
            if act == "write" and target.endswith(".bin"):
                (library.corpus / target).parent.mkdir(parents=True, exist_ok=True)
                (library.corpus / target).write_bytes(bytes(range(256)) * chance.randrange(1, 4))
            elif act == "write":
                library.write(target, chance.choice(texts))
            elif act == "move":
                (library.corpus / target).parent.mkdir(parents=True, exist_ok=True)
                path.replace(library.corpus / target)
            elif len(held) > 1:
                path.unlink()
        library.write("first.txt", f"The first, {step}.")
        report = library.build()
    fresh = Library.__new__(Library)
    fresh.corpus, fresh.encoder = library.corpus, type(library.encoder)()
    fresh.index = tmp_path / "fresh"
    fresh.settings = rag.Settings(corpus=str(library.corpus), index=str(fresh.index))
    assert fresh.build().index_id == report.index_id
    assert passages(fresh.index) == passages(library.index)
    manifests = []
    for made in (fresh, library):
        folder = made.index / "generations" / str(generation.current_name(made.index))
        manifests.append(json.loads((folder / "manifest.json").read_text()))
    assert manifests[0]["files"]["vectors.faiss"] == manifests[1]["files"]["vectors.faiss"]
    assert manifests[0] == manifests[1], "every file has the same bytes"
