"""Whatever keeps the index, the same is answered, quoted, cited, refused and kept from people.

Each test runs with the index in a folder, in Milvus on a file in this process and, where slow
tests run, in a Milvus server beside it; with MILVUS_URI set, on that cluster too.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from conftest import Library
from engines import KINDS, Server, kept_by

import rag
from rag.engine import open_engine
from rag.folders import EVERYTHING, Folders, folders
from rag.index import history
from rag.index.build import build
from rag.index.store import open_generations, open_store
from rag.types import Answer, Quote


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    pytest.importorskip("milvus_lite")
    running = Server(tmp_path_factory.mktemp("milvus"))
    running.start()
    yield running
    running.kill()


@pytest.fixture(params=KINDS)
def kept(request: pytest.FixtureRequest, library: Library) -> Iterator[Library]:
    """A library with its index in each of the stores in turn."""
    running = request.getfixturevalue("server") if request.param == "server" else None
    with kept_by(request.param, library, running) as found:
        yield found


class Twin(Library):
    """The same corpus with its index in a folder, to compare with."""

    def __init__(self, library: Library) -> None:
        self.corpus, self.encoder = library.corpus, type(library.encoder)()
        self.index = library.index.with_name("twin")
        self.settings = replace(
            library.settings, store="local", milvus_uri="", index=str(self.index)
        )


NOW = datetime(2026, 1, 1, tzinfo=UTC)


def told(answer: Answer) -> object:
    """All that a person is told, but for how long it took."""
    return (
        answer.answered,
        [shown(quote) for quote in answer.quotes],
        [shown(quote) for quote in answer.near_misses],
        answer.index_id,
        answer.searched,
        answer.missing,
        answer.receipts(time=NOW),
    )


def shown(quote: Quote) -> object:
    return quote.document, quote.start, quote.end, quote.text, quote.citation, quote.relevance


FACTS = {
    "fruit/apples.txt": "Apples are red. They grow on trees.\n\nSome apples are green.",
    "fruit/pears.md": "# Pears\n\nPears are yellow. A pear tree lives 50 years.\n\n## Storing\n\n"
    "Keep pears in a cool cellar, code AB-12/4.",
    "fruit/old/quinces.txt": "Quinces are hard. Nobody eats them raw.",
    "fruit-old/medlars.txt": "Medlars are eaten rotten.",
    "fruit.md": "# Fruit\n\nFruit is sweet.",
    "Fruit/kiwis.txt": "Kiwis are green and hairy.",
    "bees.html": "<h1>Bees</h1><p>Bees make honey. A hive has one queen.</p>",
    "prices.csv": "fruit,price\napples,3\npears,4\n",
    "numbers.txt": "\n\n".join(f"Item {n} weighs {n * 7} grams." for n in range(60)),
}
QUESTIONS = [
    "Which apples are green?",
    "How long does a pear tree live?",
    "Who eats quinces raw?",
    "What weighs 84 grams?",
    "How much do pears cost?",
    'Where is "a cool cellar" mentioned?',
    'Who said "honey is poison" of bees?',
    "AB-12/4",
    "Who won the world cup?",
    "green",
]


def fill(library: Library, facts: dict[str, str] | None = None) -> None:
    for name, text in (FACTS if facts is None else facts).items():
        library.write(name, text)


def test_the_same_is_answered_quoted_cited_and_refused(kept: Library) -> None:
    fill(kept)
    kept.build()
    twin = Twin(kept)
    twin.build()
    here, there = kept.open(), twin.open()
    outcomes = set()
    for question in QUESTIONS:
        asked = here.query(question)
        assert told(asked) == told(there.query(question)), question
        outcomes.add(asked.answered)
        for quote in asked.quotes:
            assert quote.text == quote.document.text[quote.start : quote.end]
    assert outcomes == {True, False}
    history = ["Which apples are green?"]
    assert told(here.query("And where do they grow?", history=history)) == told(
        there.query("And where do they grow?", history=history)
    )
    assert here.documents() == there.documents()
    assert here.document("bees.html") == there.document("bees.html")
    assert here._current().known() == there._current().known()
    info = here.info()
    assert replace(info, size_bytes=0) == replace(there.info(), size_bytes=0)
    assert info.size_bytes > 0


def test_the_same_passages_are_ranked_in_the_same_order(kept: Library) -> None:
    fill(kept)
    kept.build()
    twin = Twin(kept)
    twin.build()
    here, there = open_store(kept.settings), open_store(twin.settings)
    chance = random.Random(7)
    everyone = there.among(None, folders(["fruit", "Fruit"]))
    for question in QUESTIONS:
        vector = kept.encoder.encode([question])[0]
        some = np.array(sorted(chance.sample(range(there.manifest.passages), 4)), np.int64)
        for among in (None, everyone, some, np.empty(0, np.int64)):
            for count in (1, 5, 1000):
                ours, theirs = (store.dense(vector, count, among) for store in (here, there))
                np.testing.assert_array_equal(ours[0], theirs[0])
                np.testing.assert_allclose(ours[1], theirs[1], atol=1e-5)
                ours, theirs = (store.lexical(question, count, among) for store in (here, there))
                np.testing.assert_array_equal(ours[0], theirs[0])


def test_every_passage_is_the_one_of_its_number(kept: Library) -> None:
    fill(kept)
    kept.build()
    twin = Twin(kept)
    twin.build()
    here, there = open_store(kept.settings), open_store(twin.settings)
    numbers = list(range(there.manifest.passages))
    assert [here.passage(n) for n in numbers] == [there.passage(n) for n in numbers]
    mixed = np.array(numbers[::-2] + numbers[:3], np.int64)
    assert here.spans(mixed) == there.spans(mixed)
    assert here.paths() == there.paths()
    here.check_rows()


@pytest.mark.parametrize(
    "named",
    [["fruit"], ["fruit/old"], ["fruit", "fruit/old"], ["Fruit", "fruit-old"], ["none"], [],
     ["*"], ["fruit/old", "Fruit"]],
)  # fmt: skip
def test_a_grant_covers_its_folder_and_no_other(kept: Library, named: list[str]) -> None:
    fill(kept)
    kept.build()
    granted = folders(named)
    store = open_store(kept.settings)
    allowed = {path for path in FACTS if granted.covers(path)}
    assert store.paths(granted) == allowed
    among = store.among(None, granted)
    numbers = range(store.manifest.passages) if among is None else among.tolist()
    assert sorted(numbers) == list(numbers)
    expected = [n for n in range(store.manifest.passages)
                if store.passage(n)[0].path in allowed]  # fmt: skip
    assert list(numbers) == expected
    engine = kept.open()
    for question in QUESTIONS:
        answer = engine.query(question, folders=granted)
        assert {quote.document.path for quote in (*answer.quotes, *answer.near_misses)} <= allowed
    for text in ("Kiwis are green", "Quinces are hard."):
        found = {finding.quote.document.path for finding in engine.find(text, folders=granted)}
        assert found <= allowed


def test_a_question_to_some_documents_is_answered_from_them(kept: Library) -> None:
    fill(kept)
    kept.build()
    engine = kept.open()
    answer = engine.query("What is green?", documents=["Fruit/kiwis.txt", "bees.html"])
    assert [quote.document.path for quote in answer.quotes] == ["Fruit/kiwis.txt"]
    for documents, granted in (
        (["nowhere.txt"], EVERYTHING),
        (["bees.html", "fruit.md\0"], EVERYTHING),
        (["bees.html"], folders(["fruit"])),
        (["\udcff.txt"], EVERYTHING),
    ):
        with pytest.raises(rag.SettingsError, match="is not in the index"):
            engine.query("What is green?", documents=documents, folders=granted)
    with pytest.raises(rag.SettingsError, match="is not in the index"):
        engine.document("nowhere.txt")


HOSTILE = {
    'a" or key >= 0 or "" == "': "Aardvarks dig.",
    "b' OR 1=1 --": "Badgers dig too.",
    "c\\": "Cats do not.",
    "d\ne.txt": "Dogs may.",
    "e%_.txt": "Eels cannot.",
    "f{x}[0]": "Foxes dig.",
    "\u202egnp.txt": "Gnus graze.",
    "𝔥😀/𝔥.txt": "Horses run 😀 and 𝔧ump.",
    "i/" + "long" * 50 + ".txt": "Ibexes climb.",
    "j && true || false": "Jays sing.",
}


def test_file_names_and_texts_are_data(kept: Library) -> None:
    attacks = ['" or key >= 0', "%' like \"%", "100% of {x}", "\\", '""', "_", "\u202e."]
    texts = {name: f"{text}\n\nIt says {attack} here." for (name, text), attack
             in zip(HOSTILE.items(), attacks * 2, strict=False)}  # fmt: skip
    fill(kept, {name + ".txt": text for name, text in texts.items()})
    kept.build()
    engine = kept.open()
    assert [info.path for info in engine.documents()] == sorted(name + ".txt" for name in texts)
    for name, text in texts.items():
        path = name + ".txt"
        first = text.partition("\n")[0]
        answer = engine.query(first, documents=[path])
        assert [quote.document.path for quote in answer.quotes] == [path]
        assert answer.quotes[0].text == first
        assert engine.find(first)[0].quote.document.path == path
        (found,) = {finding.quote.document.path for finding in engine.find(first)}
        assert found == path
    for attack in attacks:
        sought = f"It says {attack} here."
        where = {finding.quote.document.path for finding in engine.find(sought)}
        assert where == {name + ".txt" for name, text in texts.items() if sought in text}, attack
    granted = Folders(("𝔥😀",))
    assert engine._current().paths(granted) == {"𝔥😀/𝔥.txt.txt"}
    answer = engine.query("Who run, horses?", folders=granted)
    assert answer.quotes[0].text == "Horses run 😀 and 𝔧ump."


def test_a_text_longer_than_any_string_of_an_engine_is_quoted_exactly(kept: Library) -> None:
    # Beyond the BMP, and so long that blocks and sentences are longer than a string as well.
    text = "\n\n".join(f"Fact {n} of 𝔘nicode 😀 is v{n * 7}." for n in range(6000))
    assert len(text.encode()) > 3 * 65_535
    fill(kept, {"long.txt": text, "a.txt": "Apples are red.", "z.txt": "Zebras run."})
    kept.build()
    engine = kept.open()
    assert engine.document("long.txt").text == text
    for number in (0, 2999, 5999):
        answer = engine.query(f"What is fact {number} of 𝔘nicode?")
        assert answer.quotes[0].text == f"Fact {number} of 𝔘nicode 😀 is v{number * 7}."
    for start in (0, 15_900, 15_995, 16_000, 31_990, len(text) - 300):
        sought = text[start : start + 300].split(maxsplit=1)[1].rsplit(maxsplit=1)[0]
        (found,) = engine.find(sought)
        assert (found.outcome, found.quote.text) == ("exact", sought)
    fill(kept, {"b.txt": "Bees hum."})  # the long one is copied, and moves by one
    kept.build()
    assert engine.document("long.txt").text == text
    assert engine.query("What is fact 2999 of 𝔘nicode?").quotes[0].text.endswith("v20993.")


@pytest.mark.parametrize(
    ("sought", "outcome"),
    [("Keep pears in a cool cellar", "exact"), ("Keep pears in a warm cellar", "altered"),
     ("## Storing\n\nKeep", "exact"), ("Zebras live in Africa and run", None),
     ("weighs 84 grams. Item", None)],
)  # fmt: skip
def test_find_tells_exact_altered_and_absent(
    kept: Library, sought: str, outcome: str | None
) -> None:
    fill(kept)
    kept.build()
    twin = Twin(kept)
    twin.build()
    found = kept.open().find(sought)
    assert found == twin.open().find(sought)
    if outcome == "exact":
        assert {finding.outcome for finding in found} == {"exact"}


def test_a_build_does_only_the_work_that_changed(kept: Library) -> None:
    fill(kept)
    kept.build()
    engine = kept.open()
    kept.encoder.encoded.clear()
    again = kept.build()
    assert (again.embedded, again.added, again.changed) == (0, (), ())
    fill(kept, {"bees.html": "<h1>Bees</h1><p>Bees sting.</p>", "aaa.txt": "Ants march."})
    (kept.corpus / "fruit/pears.md").unlink()
    (kept.corpus / "fruit/old/quinces.txt").rename(kept.corpus / "quinces.txt")
    report = kept.build()
    assert report.added == ("aaa.txt", "quinces.txt")
    assert report.changed == ("bees.html",)
    assert report.removed == ("fruit/old/quinces.txt", "fruit/pears.md")
    assert report.embedded == 2, "what moved has its vector still"
    assert sorted(kept.encoder.encoded) == ["Bees\nBees sting.", "aaa\nAnts march."]
    twin = Twin(kept)
    assert twin.build().index_id == report.index_id
    here, there = open_store(kept.settings), open_store(twin.settings)
    numbers = range(there.manifest.passages)
    assert [here.passage(n) for n in numbers] == [there.passage(n) for n in numbers]
    for question in QUESTIONS:
        assert told(engine.query(question)) == told(twin.open().query(question))
        vector = kept.encoder.encode([question])[0]
        ours, theirs = (store.dense(vector, 100, None) for store in (here, there))
        np.testing.assert_array_equal(ours[0], theirs[0])
    here.check_rows()


def test_another_split_is_made_of_the_texts_that_are_kept(kept: Library) -> None:
    fill(kept)
    kept.build()
    kept.settings = replace(kept.settings, passage_chars=200)
    seen: list[str] = []
    report = build(
        kept.settings, encoder=kept.encoder, progress=lambda step: seen.append(step.detail)
    )
    assert set(report.kept) == set(FACTS)
    assert not any(seen), "no file is read again"
    assert Twin(kept).build().index_id == report.index_id


def test_readers_follow_a_switch_and_a_rollback(kept: Library) -> None:
    fill(kept, {"a.txt": "Apples are red."})
    first = kept.build().index_id
    engine = kept.open()
    running = engine._current()
    fill(kept, {"a.txt": "Apples are green."})
    second = kept.build().index_id
    assert running.document("a.txt").text == "Apples are red.", "it finishes on what it began with"
    assert engine.query("Which apples are green?").index_id == second
    found = history.changes(kept.settings)
    assert (found.before, found.after, found.changed) == (first, second, ("a.txt",))
    undone = history.rollback(kept.settings)
    assert (undone.before, undone.after) == (second, first)
    assert engine.query("Which apples are red?").quotes[0].text == "Apples are red."
    for call in (history.changes, history.rollback):
        with pytest.raises(rag.IndexMissingError, match="no good generation before"):
            call(kept.settings)
    assert kept.build().index_id == second, "the corpus has not changed"
    assert engine.query("Which apples are green?").answered


def test_a_question_whose_generation_is_removed_meanwhile_is_answered_by_the_new_one(
    kept: Library,
) -> None:
    fill(kept, {"a.txt": "Apples are red."})
    kept.build()
    engine = kept.open()
    encode = kept.encoder.encode

    def slow(texts: Sequence[str]) -> object:
        kept.encoder.encode = encode  # type: ignore[method-assign]
        for colour in ("green", "blue"):  # two builds: the first generation is no more
            fill(kept, {"a.txt": f"Apples are {colour}."})
            kept.build()
        return encode(texts)

    kept.encoder.encode = slow  # type: ignore[method-assign,assignment]
    answer = engine.query("Apples are what?")
    assert answer.quotes[0].text in ("Apples are red.", "Apples are blue.")
    assert engine.query("Which apples are blue?").quotes[0].text == "Apples are blue."


def test_only_the_generation_before_is_kept(kept: Library) -> None:
    names = []
    for colour in ("red", "green", "blue", "black"):
        fill(kept, {"a.txt": f"Apples are {colour}."})
        kept.build()
        names.append(open_store(kept.settings).name)
    generations = open_generations(kept.settings)
    assert generations.current() == names[-1]
    assert generations.before(names[-1]).name == names[-2]
    with pytest.raises(rag.IndexMissingError):
        generations.before(names[-2])


def test_an_index_that_was_never_built_is_missing_and_nothing_is_made(kept: Library) -> None:
    with pytest.raises(rag.IndexMissingError, match="run `rag build`"):
        kept.open()
    with pytest.raises(rag.IndexMissingError, match="run `rag build`"):
        history.changes(kept.settings)
    assert not kept.index.exists()


def test_a_reader_needs_no_folder(kept: Library, tmp_path: Path) -> None:
    if kept.settings.store == "local":
        pytest.skip("its folder is the index")
    fill(kept)
    kept.build()
    elsewhere = tmp_path / "elsewhere" / kept.index.name
    engine = open_engine(
        replace(kept.settings, index=str(elsewhere)),
        encoder=kept.encoder,
        reranker=kept.open()._reranker,
    )
    assert told(engine.query(QUESTIONS[0])) == told(kept.open().query(QUESTIONS[0]))
    assert not elsewhere.exists()
    assert {path.name for path in kept.index.iterdir()} <= {"build.lock", "seen.json"}


def test_an_index_emptied_on_purpose_refuses_and_fills_again(kept: Library) -> None:
    report = kept.build(allow_empty=True)
    assert report.passages == 0
    engine = kept.open()
    assert not engine.query("Which apples are red?").answered
    assert engine.find("Apples are red.") == ()
    assert engine.documents() == ()
    fill(kept)
    assert set(kept.build().added) == set(FACTS)
    assert engine.query("Which apples are green?").answered


def test_what_is_skipped_is_told_and_remembered(kept: Library) -> None:
    fill(kept)
    (kept.corpus / "c.bin").write_bytes(bytes(range(256)) * 4)
    first = kept.build()
    assert [item.path for item in first.skipped] == ["c.bin"]
    assert kept.build().skipped == first.skipped
    assert kept.open().info().skipped == first.skipped
    assert Twin(kept).build().index_id == first.index_id


def test_two_builds_at_once_are_one_and_an_error(kept: Library) -> None:
    fill(kept)
    kept.build()
    with (
        open_generations(kept.settings).locked(),
        pytest.raises(rag.IndexBusyError, match=r"another build .* is running"),
    ):
        kept.build()
