"""A build does the work that a change asks for, and comes to what a build from nothing makes."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from io import BufferedReader
from pathlib import Path

import numpy as np
import pytest
from conftest import Library
from hypothesis import given
from hypothesis import strategies as st

import rag
from rag import read
from rag.index import checked, generation, harvest, lexical, seen
from rag.index.build import build
from rag.index.seal import seal
from rag.index.seen import Seen
from rag.reports import BuildReport, Progress


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files of the corpus that a build has opened."""
    names: list[str] = []
    open_file = harvest.open_file
    monkeypatch.setattr(
        harvest, "open_file", lambda corpus, path: names.append(path) or open_file(corpus, path)
    )
    return names


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files are as good as old at once: change times cannot be set, and tests do not wait."""
    monkeypatch.setattr(checked, "TICK_NS", -3_600_000_000_000)


@pytest.mark.usefixtures("patient")
def test_what_was_not_touched_is_not_even_opened(library: Library, opened: list[str]) -> None:
    for number in range(5):
        library.write(f"{number}.txt", f"Plant {number} is green.")
    (library.corpus / "broken.bin").write_bytes(bytes(range(256)) * 4)
    library.build()
    opened.clear()
    library.write("3.txt", "Plant 3 is red.")
    report = library.build()
    assert opened == ["3.txt"]
    assert (report.changed, len(report.kept)) == (("3.txt",), 4)
    assert [item.path for item in report.skipped] == ["broken.bin"]


@pytest.mark.usefixtures("patient")
def test_other_words_of_the_same_length_are_seen_though_the_time_is_set_back(
    library: Library,
) -> None:
    library.write("a.txt", "Apples are red.")
    library.build()
    before = (library.corpus / "a.txt").stat()
    library.write("a.txt", "Apples are tan.")
    os.utime(library.corpus / "a.txt", ns=(before.st_atime_ns, before.st_mtime_ns))
    assert library.build().changed == ("a.txt",)


def test_what_was_just_written_is_read_again(library: Library, opened: list[str]) -> None:
    library.write("a.txt", "Apples are red.")
    library.build()
    opened.clear()
    library.build()
    assert opened == ["a.txt"], "within one tick of the clock it may have been written twice"


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize("harm", ["", "x", "[]", "{}", '{"a.txt": 1}', "torn", "other"])
def test_a_damaged_note_costs_time_and_nothing_else(
    library: Library, opened: list[str], harm: str
) -> None:
    library.write("a.txt", "Apples are red.")
    library.build()
    note = library.index / seen.NAME
    text = note.read_text()
    if harm == "torn":
        harm = text[:-5]
    elif harm == "other":
        rows = '{"a.txt": [1, 2]}'
        harm = seal(rows)
    note.write_text(harm)
    opened.clear()
    assert library.build().kept == ("a.txt",)
    assert opened == ["a.txt"]
    opened.clear()
    library.build()
    assert opened == [], "the note is whole again"


def meddling(library: Library, meddle: Callable[[], None]) -> BuildReport:
    """A build during which something happens between the hashing of files and their reading."""
    todo = [meddle]

    def progress(news: Progress) -> None:
        if news.stage == "read" and todo:
            todo.pop()()

    return build(library.settings, encoder=library.encoder, progress=progress)


@pytest.mark.parametrize("how", ["vanished", "emptied", "replaced"])
def test_a_good_file_that_once_could_not_be_read_is_read_by_the_next_build(
    library: Library, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    library.write("a.txt", "Apples are red.")
    library.write("b.txt", "Beans are green.")
    path, away = library.corpus / "b.txt", library.corpus.parent / "away"
    open_file = read.open_file

    def replaced(corpus: Path, relative: str) -> BufferedReader:
        if relative == "b.txt":
            raise rag.ReadError("was replaced while it was opened: rebuild")
        return open_file(corpus, relative)

    def meddle() -> None:
        if how == "vanished":
            path.rename(away)
        elif how == "emptied":  # as a program does that truncates a file and then writes it
            path.write_text("")
        else:
            monkeypatch.setattr(read, "open_file", replaced)

    report = meddling(library, meddle)
    assert "b.txt" in [item.path for item in report.skipped]
    monkeypatch.undo()
    if how == "vanished":
        away.rename(path)
    library.write("b.txt", "Beans are green.")
    report = library.build()
    assert (report.skipped, "b.txt" in report.added) == ((), True)


def test_a_file_that_is_written_to_while_it_is_read_is_told_by_its_new_size(
    library: Library,
) -> None:
    library.write("a.txt", "Apples are red.")
    meddling(library, lambda: library.write("a.txt", "Apples are red, and pears are green."))
    assert [held.file_bytes for held in library.open().documents()] == [36]


def test_a_file_that_is_gone_is_none_that_was_seen(tmp_path: Path) -> None:
    assert Seen(tmp_path, tmp_path).sha256("gone.txt") is None


def test_many_small_changes_come_to_the_same_bytes_as_a_build_from_nothing(
    tmp_path: Path,
) -> None:
    """With tables of many pages, whose order on disk could tell in which order they grew."""
    chance = random.Random(5)
    (tmp_path / "steps").mkdir()
    library = Library(tmp_path / "steps")
    for number in range(120):
        library.write(f"{number:03d}.txt", sentences(chance, chance.randrange(1, 40)))
    library.build()
    for number in (0, 7, 8, 60, 119):
        library.write(f"{number:03d}.txt", sentences(chance, 9))
    (library.corpus / "030.txt").unlink()
    library.write("030a.txt", sentences(chance, 3))
    (library.corpus / "090.txt").rename(library.corpus / "zoo.txt")
    report = library.build()
    assert len(report.kept) == 113
    fresh = Library.__new__(Library)
    fresh.corpus, fresh.encoder = library.corpus, type(library.encoder)()
    fresh.index = tmp_path / "fresh"
    fresh.settings = rag.Settings(corpus=str(library.corpus), index=str(fresh.index))
    fresh.build()
    found, wanted = files(library.index), files(fresh.index)
    assert found.keys() == wanted.keys()
    assert [name for name in found if found[name] != wanted[name]] == []


def sentences(chance: random.Random, count: int) -> str:
    return " ".join(
        f"The {chance.choice(['red', 'green', 'odd'])} plant {chance.randrange(999)} grows tall."
        for _ in range(count)
    )


def files(index: Path) -> dict[str, bytes]:
    folder = generation.generation_folder(index, str(generation.current_name(index)))
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in generation.files(folder)
    }


TEXTS = st.lists(st.text("ab c.1-", max_size=12), max_size=6)


@given(TEXTS, TEXTS, st.data())
def test_words_taken_over_are_those_of_the_texts(
    old: list[str], new: list[str], data: st.DataObject
) -> None:
    kept = data.draw(st.lists(st.sampled_from(range(len(old))), unique=True)) if old else []
    sources = data.draw(st.permutations([*kept, *[-1] * len(new)]))
    fresh = iter(new)
    texts = [next(fresh) if source < 0 else old[source] for source in sources]
    found = lexical.merge(
        lexical.from_texts(old), lexical.from_texts(new), np.array(sources, np.int64)
    )
    wanted = lexical.from_texts(texts)
    assert found.vocabulary == wanted.vocabulary
    assert (found.ids.tolist(), found.lengths.tolist()) == (
        wanted.ids.tolist(), wanted.lengths.tolist(),
    )  # fmt: skip


@pytest.mark.parametrize("harm", ["ids", "lengths", "kind"])
def test_words_that_make_no_sense_are_not_taken_over(tmp_path: Path, harm: str) -> None:
    folder = tmp_path / "lexical"
    lexical.save(lexical.from_texts(["a b", "c"]), folder)
    assert lexical.load(folder).vocabulary == ["a", "b", "c"]
    path = folder / ("lengths.npy" if harm == "lengths" else "ids.npy")
    values = np.load(path)
    np.save(path, values.astype(np.float32) if harm == "kind" else values + 5)
    with pytest.raises(ValueError, match="words"):
        lexical.load(folder)
