"""An index in Milvus that is damaged, or whose engine dies: one clear error, or the same answer."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, Library
from engines import Server, kept_by

import rag
from rag.engine import Engine, open_engine
from rag.index import history, milvus_client, milvus_schema
from rag.index.build import build
from rag.index.milvus_client import TOKEN, Client, open_client
from rag.index.store import open_generations, open_store
from rag.reports import Progress

pytest.importorskip("pymilvus", reason="needs pip install -e .[dev]")


@pytest.fixture
def kept(library: Library) -> Iterator[Library]:
    """A library with its index in Milvus on a file."""
    with kept_by("lite", library) as found:
        yield found


def fill(library: Library, colour: str) -> str:
    """Two documents of which one changes; the id of the index."""
    library.write("a.txt", f"Apples are {colour}.")
    library.write("b.txt", "Bees make honey.")
    return library.build().index_id


def client(library: Library) -> Client:
    return open_client(library.settings.milvus_uri)


def collections(library: Library) -> set[str]:
    named = milvus_schema.names(library.settings.index)
    listed = client(library).call("list_collections")
    return {collection for collection in listed if named.generation(collection)}


# What is there is not what was written ----------------------------------------------------------


def change(kept: Library, part: str, where: str, **fields: object) -> None:
    """Change rows of the generation that serves behind our back; ``None`` deletes them."""
    store = open_store(kept.settings)
    named = milvus_schema.names(kept.settings.index)
    collection = getattr(named, part)(store.name)
    rows = client(kept).call("query", collection, filter=where, output_fields=["*"])
    assert rows
    if not fields:
        client(kept).call("delete", collection, filter=where)
        return
    for row in rows:
        kept_fields = {name: row[name] for name in row if name != "lexical"}
        client(kept).call("upsert", collection, [kept_fields | fields])


TEXT = 'kind == "text" and key < 1048576'
DAMAGE: list[tuple[str, str, dict[str, object]]] = [
    ("documents", TEXT, {"body": "Apples are blue."}),
    ("documents", TEXT, {"kind": "blocks"}),
    ("documents", 'kind == "blocks" and key < 1048576', {"body": "[]"}),
    ("documents", 'kind == "sentences" and key < 1048576', {"body": "[[0,6,0]]"}),
    ("documents", 'kind == "head" and key < 1048576', {"body": "{}"}),
    ("documents", 'kind == "head" and key < 1048576', {"body": "0\n{}"}),
    ("passages", "id == 0", {"start": 7}),
    ("passages", "id == 0", {"last": 99}),
    ("passages", "id == 0", {"document": 1}),
    ("passages", "id == 0", {"document": 77}),
    ("passages", "id == 0", {"searched_sha256": "0" * 64}),
]


@pytest.mark.parametrize(("part", "where", "fields"), DAMAGE)
def test_a_row_that_was_changed_behind_our_back_is_never_quoted(
    kept: Library, part: str, where: str, fields: dict[str, object]
) -> None:
    built = fill(kept, "red")
    change(kept, part, where, **fields)
    engine = kept.open()
    with pytest.raises(rag.IndexDamagedError, match="run `rag build`") as told:
        engine.query("Which apples are red?")
    assert "\n" not in str(told.value)
    other = engine.query("Who make honey, bees?", documents=["b.txt"])
    assert other.answered, "that one is as it was"
    again = kept.build()
    assert again.index_id == built, "a build finds it, and builds anew"
    assert engine.query("Which apples are red?").quotes[0].text == "Apples are red."


@pytest.mark.parametrize(
    ("part", "where", "fields"),
    [
        ("documents", TEXT, {}),
        ("passages", "id == 1", {}),
        ("documents", "key < 0", {}),
        ("documents", "key < 0", {"body": "{}"}),
        ("documents", "key < 0", {"kind": "head"}),
    ],
)
def test_a_generation_that_is_not_whole_gives_way_to_the_one_before(
    kept: Library, part: str, where: str, fields: dict[str, object]
) -> None:
    first = fill(kept, "red")
    second = fill(kept, "green")
    change(kept, part, where, **(fields or {}))
    if fields == {"kind": "head"}:  # a manifest is known by its place
        assert kept.open().info().index_id == second
        return
    engine = kept.open()
    assert "the last good one, answers" in engine.info().warning
    assert engine.query("Which apples are red?").index_id == first
    assert fill(kept, "green") == second
    assert engine.info().warning == ""
    assert engine.query("Which apples are green?").index_id == second


def test_the_last_words_of_a_long_text_are_searched_too(kept: Library) -> None:
    fill(kept, "red")
    long = " ".join(f"filler{number}" for number in range(2_500)) + " honey"
    found, _ = open_store(kept.settings).lexical(long, 5, None)
    assert [int(number) for number in found] == [1]


def test_an_alias_that_names_no_generation_is_damage(kept: Library) -> None:
    fill(kept, "red")
    named = milvus_schema.names(kept.settings.index)
    store = open_store(kept.settings)
    client(kept).call("alter_alias", named.passages(store.name), named.alias)
    assert kept.open().query("Which apples are red?").answered, "a part of the same generation"
    schema = milvus_schema.documents_schema()
    client(kept).call("create_collection", "foreign", schema=schema)
    client(kept).call("alter_alias", "foreign", named.alias)
    assert kept.open().info().warning
    fill(kept, "red")
    assert not kept.open().info().warning
    client(kept).call("drop_collection", "foreign")


# A build that is stopped ------------------------------------------------------------------------


class Killed(BaseException):
    """Nothing of the process runs after it: no call gets through any more."""


class Fuse:
    """Lets so many calls through to the engine."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.left = 10_000
        self.switched = False
        call = Client.call

        def fused(client: Client, method: str, *arguments: object, **named: Any) -> Any:
            self.left -= 1
            if self.left < 0:
                raise Killed
            self.switched |= method == "alter_alias"
            return call(client, method, *arguments, **named)

        monkeypatch.setattr(Client, "call", fused)


def test_a_build_killed_at_any_call_leaves_what_was_there(
    kept: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    fuse = Fuse(monkeypatch)
    old = fill(kept, "red")
    engine = kept.open()
    kept.write("a.txt", "Apples are green.")
    for calls in range(200):
        fuse.left = calls
        try:
            new = kept.build().index_id
            break
        except Killed:
            fuse.left = 10_000
        store = open_store(kept.settings)
        assert not store.warning
        assert store.manifest.index_id == old or fuse.switched
        assert engine.query("Apples are what?").index_id == store.manifest.index_id
    fuse.left = 10_000
    assert calls > 20, "it was killed at every one of its calls"
    assert engine.query("Which apples are green?").index_id == new != old
    fill(kept, "black")
    assert len(collections(kept)) == 4, "nothing is left of what was killed"


def test_what_was_embedded_before_a_kill_is_not_embedded_again(
    kept: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    fuse = Fuse(monkeypatch)
    fill(kept, "red")
    kept.encoder.encoded.clear()
    kept.write("a.txt", "Apples are green.")

    def stop_when_embedded(step: Progress) -> None:
        if step.stage == "write":
            fuse.left = 1

    with pytest.raises(Killed):
        build(kept.settings, encoder=kept.encoder, progress=stop_when_embedded)
    fuse.left = 10_000
    assert kept.encoder.encoded == ["a\nApples are green."]
    assert kept.build().embedded == 0


def test_a_build_that_fails_takes_back_what_it_wrote(
    kept: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = fill(kept, "red")
    before = collections(kept)
    kept.write("a.txt", "Apples are green.")
    call = Client.call

    def lossy(client: Client, method: str, *arguments: Any, **named: Any) -> Any:
        if method == "insert" and str(arguments[0]).endswith("passages"):
            arguments = (arguments[0], arguments[1][:-1])  # one row is lost on the way
        return call(client, method, *arguments, **named)

    with monkeypatch.context() as patch:
        patch.setattr(Client, "call", lossy)
        with pytest.raises(rag.IndexWriteError, match="is not what is found there"):
            kept.build()
    assert collections(kept) == before
    assert kept.open().info().index_id == old
    assert kept.build().index_id != old


def test_an_insert_that_was_lost_on_the_way_back_is_made_once(
    kept: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = Client.call
    lost: list[str] = []

    def flaky(client: Client, method: str, *arguments: Any, **named: Any) -> Any:
        found = call(client, method, *arguments, **named)
        if method == "insert":
            lost.append(arguments[0])
            raise rag.IndexUnreachableError("the answer was lost")
        return found

    monkeypatch.setattr(Client, "call", flaky)
    fill(kept, "red")
    assert len(lost) >= 2
    assert kept.open().query("Which apples are red?").quotes[0].text == "Apples are red."


# An engine that dies ----------------------------------------------------------------------------


@pytest.fixture
def mortal(library: Library, tmp_path: Path) -> Iterator[tuple[Library, Server]]:
    """A library whose index is kept by a server of its own."""
    server = Server(tmp_path / "engine")
    server.start()
    with kept_by("server", library, server) as found:
        yield found, server
        server.start() if server.dead else None
    server.kill()


@pytest.mark.slow
@pytest.mark.parametrize("stage", ["read", "encode", "write"])
def test_an_engine_killed_in_a_build_is_one_clear_error_and_nothing_is_lost(
    mortal: tuple[Library, Server], stage: str
) -> None:
    library, server = mortal
    old = fill(library, "red")
    library.write("a.txt", "Apples are green.")

    def kill(step: Progress) -> None:
        if step.stage == stage and not server.dead:
            server.kill()

    started = time.monotonic()
    with pytest.raises(rag.IndexUnreachableError, match="does not answer") as told:
        build(library.settings, encoder=library.encoder, progress=kill)
    assert time.monotonic() - started < 60
    assert "\n" not in str(told.value)
    server.start()
    engine = library.open()
    assert engine.info().index_id == old
    assert engine.query("Which apples are red?").quotes[0].text == "Apples are red."
    new = library.build().index_id
    assert engine.query("Which apples are green?").index_id == new
    assert len(collections(library)) == 4


@pytest.mark.slow
def test_an_engine_killed_in_a_question_gives_an_error_and_no_answer(
    mortal: tuple[Library, Server],
) -> None:
    library, server = mortal
    fill(library, "red")
    engine = library.open()
    right = [quote.text for quote in engine.query("Which apples are red?").quotes]
    encode = library.encoder.encode

    def kill(texts: Sequence[str]) -> object:
        server.kill()
        return encode(texts)

    library.encoder.encode = kill  # type: ignore[method-assign,assignment]
    for _ in range(2):  # in the middle of one, and before the next
        started = time.monotonic()
        with pytest.raises(rag.IndexUnreachableError, match="start it, or mend milvus_uri"):
            engine.query("Which apples are red?")
        assert time.monotonic() - started < 30
    library.encoder.encode = encode  # type: ignore[method-assign]
    server.start()
    assert [quote.text for quote in engine.query("Which apples are red?").quotes] == right


@pytest.mark.slow
def test_a_question_outlives_an_engine_that_is_back_within_seconds(
    mortal: tuple[Library, Server],
) -> None:
    library, server = mortal
    fill(library, "red")
    engine = library.open()
    server.kill()
    back = threading.Timer(2, server.start)
    back.start()
    answer = engine.query("Which apples are red?")
    back.join()
    assert [quote.text for quote in answer.quotes] == ["Apples are red."]


@pytest.mark.slow
def test_an_engine_killed_over_and_over_under_questions_never_answers_wrong(
    mortal: tuple[Library, Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(milvus_client, "_PATIENCE_S", 1.0)
    library, server = mortal
    fill(library, "red")
    engine = library.open()
    answers, errors, stop = [], [], threading.Event()

    def ask() -> None:
        while not stop.is_set():
            try:
                answers.append([quote.text for quote in engine.query("Apples are what?").quotes])
            except rag.IndexUnreachableError as error:
                errors.append(str(error))

    thread = threading.Thread(target=ask)
    thread.start()
    for pause in (0.3, 0.55, 0.8):
        time.sleep(pause)
        server.kill()
        time.sleep(1.5)
        server.start()
    time.sleep(3)
    stop.set()
    thread.join()
    assert errors
    assert answers
    assert all(texts == ["Apples are red."] for texts in answers)


# Settings and what is told ----------------------------------------------------------------------


def test_an_engine_that_is_not_there_is_one_clear_error(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(milvus_client, "_PATIENCE_S", 0.5)
    monkeypatch.setenv(TOKEN, "root:secret")
    library.settings = replace(library.settings, store="milvus", milvus_uri="http://127.0.0.1:9")
    library.write("a.txt", "Apples are red.")
    for call in (library.open, library.build, lambda: history.rollback(library.settings)):
        with pytest.raises(rag.IndexUnreachableError) as told:
            call()
        assert "http://127.0.0.1:9 does not answer" in str(told.value)
        assert "secret" not in str(told.value)
        assert told.value.logged.startswith("Milvus at http://127.0.0.1:9 does not answer")
        assert "apple" not in told.value.logged.lower()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"store": "elastic"}, "store is 'elastic'; expected local or milvus"),
        ({"store": "milvus"}, "milvus_uri is not set"),
        ({"milvus_uri": "http://root:secret@host:19530"}, "put it in RAG_MILVUS_TOKEN"),
    ],
)
def test_settings_that_make_no_sense_are_refused(given: dict[str, Any], message: str) -> None:
    with pytest.raises(rag.SettingsError, match=message) as told:
        rag.Settings(**given)
    assert "secret" not in str(told.value)


def test_without_its_client_the_setting_says_what_to_install(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pymilvus", None)
    open_client.cache_clear()
    settings = replace(library.settings, store="milvus", milvus_uri="http://127.0.0.1:9")
    with pytest.raises(rag.SettingsError, match=r"pip install rag-quotes\[milvus\]"):
        open_generations(settings)


def test_an_engine_too_old_to_rank_words_is_refused(
    kept: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = Client.call

    def old(client: Client, method: str, *arguments: Any, **named: Any) -> Any:
        version = method == "get_server_version"
        return "v2.3.5" if version else call(client, method, *arguments, **named)

    monkeypatch.setattr(Client, "call", old)
    with pytest.raises(rag.SettingsError, match=r"version v2\.3\.5; expected 2\.5 or newer"):
        fill(kept, "red")
    assert not collections(kept)


def test_an_index_is_named_for_its_folder_alone() -> None:
    names = milvus_schema.names
    assert names("/a/papers") == names("/b/papers")
    assert names("papers").alias == "rag_papers_current"
    odd = [names(index).alias for index in ("my papers", "my-papers", "my_papers", "Ökonomie", "𝔥")]
    assert len(set(odd)) == len(odd)
    assert all(alias.isascii() and alias.isidentifier() for alias in odd)
    generation = "000007-0123456789abcdef"
    for index in ("a", "a_000001_0123456789abcdef", "a_current"):
        named = names(index)
        for collection in (named.documents(generation), named.passages(generation)):
            assert named.generation(collection) == generation
            others = [names(other) for other in ("a", "a_000001_0123456789abcdef", "b")]
            assert [other.generation(collection) for other in others if other != named] == [
                None for other in others if other != named
            ]


def test_the_command_line_keeps_an_index_in_milvus(
    kept: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    from milvus_lite.server_manager import server_manager_instance
    from test_cli import run

    kept.write("a.txt", "Apples are red.\n\nThe library opens at nine.")
    server_manager_instance.release_server(kept.settings.milvus_uri)  # one process at a time
    environment = {"RAG_STORE": "milvus", "RAG_MILVUS_URI": kept.settings.milvus_uri}
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    options = ("--index", str(kept.index))
    built = run("build", "--corpus", str(kept.corpus), *options, cwd=kept.corpus)
    assert built.returncode == 0, built.stderr
    told = run("info", *options, cwd=kept.corpus)
    assert f"in {kept.settings.milvus_uri}" in told.stdout, told.stderr
    found = run("find", "The library opens at nine.", *options, cwd=kept.corpus)
    assert found.returncode == 0, found.stderr


@pytest.mark.slow
def test_with_the_real_models_the_shipped_corpus_is_answered_the_same(
    kept: Library, shipped: Engine
) -> None:
    kept.settings = replace(kept.settings, corpus=str(ROOT / "corpus"))
    rag.build(settings=kept.settings)
    engine = open_engine(kept.settings, encoder=shipped._encoder, reranker=shipped._reranker)
    for question in (
        "What did Hamas ask for in return?",
        "Where did the American envoy meet Hamas officials?",
        "Who won the 1998 World Cup?",
        "How do I boil an egg?",
        "When was Hamas founded?",
    ):
        ours, theirs = engine.query(question), shipped.query(question)
        assert ours.index_id == theirs.index_id
        assert [(q.document, q.start, q.end, q.citation) for q in ours.quotes] == [
            (q.document, q.start, q.end, q.citation) for q in theirs.quotes
        ]
        assert [q.text for q in ours.near_misses] == [q.text for q in theirs.near_misses]


def test_importing_rag_brings_no_client() -> None:
    import subprocess

    code = "import rag, rag.engine, rag.index.build, sys; print('pymilvus' in sys.modules)"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert shown.stdout.strip() == "False", shown.stderr
