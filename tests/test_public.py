"""The public surface: what `import rag` gives, how fast, and what it never does."""

from __future__ import annotations

import inspect
import json
import re
import subprocess
import sys
import threading
from collections import deque
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, Library

import rag
from rag.engine import Engine


def test_all_lists_exactly_what_is_public() -> None:
    public = {
        name
        for name, value in vars(rag).items()
        if not name.startswith("_") and getattr(value, "__module__", "").startswith("rag")
    }
    assert public | {"__version__"} == set(rag.__all__)
    assert sorted(rag.__all__) == rag.__all__


def test_everything_public_is_documented() -> None:
    for name in set(rag.__all__) - {"__version__"}:
        assert inspect.getdoc(getattr(rag, name)), f"{name} has no docstring"


def test_importing_loads_nothing_heavy() -> None:
    code = "import rag, sys, json; print(json.dumps(sorted(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, cwd=ROOT)
    loaded = set(json.loads(run.stdout))
    assert loaded.isdisjoint({"torch", "numpy", "faiss", "gradio", "transformers", "onnxruntime"})


@pytest.mark.parametrize(
    ("name", "imported"),
    [
        ("table_heads.py", []),
        ("document.py", ["from rag.table_heads import begins_table, heads, names_columns"]),
        ("reports.py", []),
        ("types.py", ["from rag.document import Document"]),
    ],
)
def test_modules_of_values_import_nothing_of_ours_but_values(
    name: str, imported: list[str]
) -> None:
    source = (ROOT / "rag" / name).read_text(encoding="utf-8")
    assert re.findall(r"^ *(?:import|from) rag\b.*", source, re.MULTILINE) == imported


def test_query_answers_from_the_shipped_corpus(shipped_index: Path) -> None:
    answer = rag.query("What did Hamas ask for in return?", index=shipped_index)
    assert answer.answered
    assert "ceasefire" in answer.quotes[0].text
    for quote in answer.quotes:
        assert quote.text == quote.document.text[quote.start : quote.end]
        assert quote.document.title in quote.citation
        assert f"({quote.document.path})" in quote.citation
    assert set(answer.timings_ms) == {"retrieve", "rerank", "evidence", "total"}


def test_a_follow_up_uses_the_conversation(shipped: Engine) -> None:
    first = shipped.query("Where did the American envoy meet Hamas officials?")
    for history in ([first], [first.question]):
        answer = shipped.query("And who led the delegation?", history=history)
        assert any("Boehler" in quote.text for quote in answer.quotes)
        assert answer.searched.endswith("And who led the delegation?")
        assert answer.searched != answer.question


def test_a_question_from_outside_the_corpus_is_refused(shipped: Engine) -> None:
    for question in ("Who won the 1998 World Cup?", "How do I boil an egg?"):
        assert not shipped.query(question).answered


def test_a_question_on_the_subject_that_the_corpus_leaves_open_is_refused(shipped: Engine) -> None:
    assert not shipped.query("Who is the president of Egypt?").answered


@pytest.mark.parametrize("question", ["", "   \n", "why " * 400])
def test_an_empty_or_endless_question_is_an_error_at_once(question: str, tmp_path: Path) -> None:
    with pytest.raises(rag.QuestionError):
        rag.query(question, index=tmp_path / "none")


@pytest.mark.parametrize("question", ["?" * 1000, "0x3fa9b2 " * 110, "停火协议" * 150])
def test_every_question_within_the_limit_of_characters_is_answered_or_refused(
    question: str, shipped: Engine
) -> None:
    for answer in (shipped.query(question), shipped.query("And why?", history=[question])):
        assert answer.answered == bool(answer.quotes)


@pytest.mark.parametrize("text", ["\ud800", "caf\udce9", "Who led the talks? \udfff"])
def test_half_a_character_is_an_error_that_says_so(text: str, shipped: Engine) -> None:
    said = r"is not valid UTF-8 \(character \d+ is no character\); type it again"
    with pytest.raises(rag.QuestionError, match=f"^the question {said}"):
        shipped.query(text)
    with pytest.raises(rag.QuestionError, match=f"^a question of the history {said}"):
        shipped.query("And why?", history=["Who led the talks?", text])


def test_no_name_is_not_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where a shell's variable is not set."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "private.txt").write_text("The key is under the mat.")
    for call in (
        lambda: rag.build(corpus="", index="i"),
        lambda: rag.build(corpus=".", index=" "),
        lambda: rag.query("Where is the key?", index=""),
        lambda: rag.find("The key", corpus=""),
        lambda: rag.open_index(""),
    ):
        with pytest.raises(rag.SettingsError, match="is empty; expected a folder"):
            call()
    assert [path.name for path in tmp_path.iterdir()] == ["private.txt"]


def test_an_open_index_stays_where_it_is(
    library: Library, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    library.write("a.txt", "Apples are red.")
    library.build()
    monkeypatch.chdir(library.index.parent)
    settings = replace(library.settings, corpus="corpus", index="index")
    opened = []
    monkeypatch.setattr("rag.engine.open_engine", opened.append)
    rag.open_index(settings=settings)
    assert (opened[0].corpus, opened[0].index) == (str(library.corpus), str(library.index))


def test_many_indexes_share_the_models_and_only_a_few_stay_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.warm._engines", engines := dict[rag.Settings, Engine]())
    monkeypatch.setattr("rag.warm._MOST", 2)
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "a.txt").write_text("Apples are red. They grow on trees.")
    for number in range(3):
        rag.build(corpus=tmp_path / "corpus", index=tmp_path / str(number))

    def ask(number: int) -> Engine:
        assert rag.query("Where do apples grow?", index=tmp_path / str(number)).answered
        return list(engines.values())[-1]

    first, second = ask(0), ask(1)
    assert ask(0) is first
    third = ask(2)
    assert list(engines.values()) == [first, third], "the one not asked for longest is let go"
    assert first._encoder is second._encoder is third._encoder
    assert first._reranker is third._reranker
    assert (second._store, ask(1) is second) == (None, False)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"question": None}, "the question is None; expected a text"),
        ({"question": 5}, "the question is 5; expected a text"),
        ({"history": None}, "history is no list of questions"),
        ({"history": (text for text in ["Who?"])}, "history is no list of questions"),
        ({"history": b"Who?"}, "history is no list of questions"),
        ({"top": "3"}, "top is '3'; expected 1 to 50"),
        ({"top": 2.5}, r"top is 2\.5; expected 1 to 50"),
        ({"documents": "r1.txt"}, "documents is no list of paths"),
        ({"documents": [5]}, "documents is no list of paths"),
        ({"documents": 5}, "documents is no list of paths"),
    ],
)
def test_what_is_no_question_is_told_as_bad_usage(
    library: Library, given: dict[str, Any], message: str
) -> None:
    library.write("a.txt", "Apples are red.")
    library.build()
    with pytest.raises(rag.UsageError, match=f"^{message}"):
        library.open().query(**{"question": "Which apples are red?"} | given)


def test_a_history_may_be_any_sequence(library: Library) -> None:
    library.write("a.txt", "Apples are red.")
    library.build()
    engine = library.open()
    told = deque(["Which apples are there?"])
    asked = [engine.query("Which are red?", history=given) for given in (told, tuple(told))]
    assert asked[0].searched == asked[1].searched


def test_what_cannot_be_looked_for_is_told_as_bad_usage(tmp_path: Path) -> None:
    with pytest.raises(rag.UsageError, match=r"^what to find is None; expected"):
        rag.find(None)  # type: ignore[arg-type]
    for call in (rag.query, rag.find):
        with pytest.raises(rag.SettingsError, match="expected no NUL character"):
            call("Who?", index=f"{tmp_path}/a\0b")


def test_documents_may_be_named_by_paths(library: Library) -> None:
    library.write("sub/a.txt", "Apples are red.")
    library.build()
    answer = library.open().query("Which apples are red?", documents=[Path("sub", "a.txt")])
    assert [quote.document.path for quote in answer.quotes] == ["sub/a.txt"]


@pytest.mark.parametrize("given", [{"limit": -1}, {"limit": 0}, {"limit": "x"}, {"half": "x"}])
def test_what_cannot_be_evaluated_is_told_as_bad_usage(given: dict[str, Any]) -> None:
    with pytest.raises(rag.EvaluationError, match=r"^the (limit|half) is .*; expected"):
        rag.evaluate([rag.Question("Which apples are red?")], **given)


def test_a_missing_index_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(rag.IndexMissingError, match=r"there is no index in .* run `rag build`"):
        rag.query("Who?", index=tmp_path / "none")


def test_one_open_index_serves_many_threads(shipped: Engine) -> None:
    questions = ["Who led the delegation in Doha?", "When was Hamas founded?"] * 3
    alone = {q: [quote.citation for quote in shipped.query(q).quotes] for q in set(questions)}
    found: list[tuple[str, list[str]]] = []

    def ask(question: str) -> None:
        found.append((question, [quote.citation for quote in shipped.query(question).quotes]))

    threads = [threading.Thread(target=ask, args=(question,)) for question in questions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == len(questions)
    assert all(citations == alone[question] for question, citations in found)
