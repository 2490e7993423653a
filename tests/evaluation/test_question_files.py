"""Files of questions: every form is read, every mistake is named with its line."""

from __future__ import annotations

import json
import tempfile
from contextlib import suppress
from pathlib import Path

import pytest
from conftest import shared
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.errors import EvaluationError
from rag.evaluation.question_files import read_questions
from rag.evaluation.questions import GoldAnswer, Question, half_of, sample

SET = {
    "id": "1", "question": "Who?", "answerable": True, "doc_id": "a#0",
    "answers": [{"text": "Ann", "start": 3}], "evidence": ["It is Ann."], "split": "test",
}  # fmt: skip


def read(path: Path) -> list[Question]:
    return read_questions([path], max_chars=1000)


def written(folder: Path, text: str, name: str = "q.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8", newline="")
    return path


def test_a_csv_file_of_ones_own(tmp_path: Path) -> None:
    text = (
        "question,document,answer,answerable\r\n"
        'Who led?,talks.md,"Boehler, Adam",\r\n'
        "Where?,talks.md,,\r\n"
        "When?,,in 2025,\r\n"
        "How do I boil an egg?,,,no\r\n"
        "Who asked?,talks.md,,FALSE\r\n"
    )
    one, two, three, four, five = read(written(tmp_path, text))
    assert one.answers == (GoldAnswer("Boehler, Adam"),)
    assert (one.document, one.kind, one.where) == ("talks.md", "answerable", "q.csv, line 2")
    assert two.answerable
    assert not two.answers
    assert three.document is None
    assert three.answers == (GoldAnswer("in 2025"),)
    assert (four.kind, five.kind) == ("foreign", "adversarial")


@pytest.mark.parametrize("separator", [";", "\t"])
def test_a_spreadsheet_may_separate_otherwise(tmp_path: Path, separator: str) -> None:
    text = f"\ufeffquestion{separator}answer\nWho, then?{separator}Ann\n"
    (question,) = read(written(tmp_path, text))
    assert (question.question, question.answers) == ("Who, then?", (GoldAnswer("Ann"),))


def test_json_lines_of_ones_own_and_of_public_sets(tmp_path: Path) -> None:
    own = {"question": "Who?", "document": "a.txt", "answer": ["Ann", "Anna"]}
    path = written(tmp_path, f"{json.dumps(own)}\n\n{json.dumps(SET)}\n", "q.jsonl")
    one, two = read(path)
    assert one.answers == (GoldAnswer("Ann"), GoldAnswer("Anna"))
    assert two.answers == (GoldAnswer("Ann", 3),)
    assert (two.document, two.evidence, two.part) == ("a#0", ("It is Ann.",), "test")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "no column question"),
        ("who,what\nx,y\n", "line 1: no column question"),
        ("question,anwser\nWho?,Ann\n", "line 1: unknown column 'anwser'"),
        ("question,question\na,b\n", "line 1: a column stands twice"),
        ("question,answer\nWho?\n", "line 2: 1 cells under 2 columns"),
        ("question,answer\nWho, then?,Ann\n", "line 2: 3 cells under 2 columns"),
        ('question,answer\nWho?,Ann\n"Who?,Ann\n', "line 3: not CSV"),
        ("question,answer\n,Ann\n", "line 2: the question is empty"),
        ("question,answer\nWho?,\n", "line 2: neither document, answer nor answerable"),
        ("question,answerable\nWho?,maybe\n", "line 2: answerable is 'maybe'"),
        ("question,answer,answerable\nWho?,Ann,no\n", "line 2: the question has an answer and"),
        ("id,question,answer\n1,Who?,Ann\n1,Why?,Ann\n", "line 3: the id '1' stands twice"),
        (f"question,answer\n{'w' * 1001},Ann\n", "line 2: the question has more than 1,000"),
        ("question,answer\n", "has no questions"),
    ],
)
def test_what_is_wrong_in_a_csv_file_is_named(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(EvaluationError) as error:
        read(written(tmp_path, text))
    assert told in str(error.value)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("{", "not JSON"),
        ("[1]", "not a JSON object"),
        ("NaN", "not JSON"),
        ('{"question": "a", "question": "b"}', "stands twice"),
        ("[" * 100_000, "not JSON"),
        (json.dumps({"question": "Who?", "answr": "Ann"}), "unknown key 'answr'"),
        (json.dumps({"question": 5, "answer": "Ann"}), "question is '5'; expected a text"),
        (json.dumps({"question": "Who?", "answer": 5}), "an answer is not a text"),
        (json.dumps({"question": "Who?", "answer": "A", "answerable": "yes"}), "answerable is"),
        ('{"question": "\\ud800", "answer": "a"}', "half of a surrogate pair"),
        (json.dumps({"question": "Who?", "doc_id": "a"}), "with doc_id, id must be there too"),
        (json.dumps(SET | {"answerable": 1}), "answerable is '1'"),
        (json.dumps(SET | {"answers": {"text": "Ann"}}), "answers is not a list"),
        (json.dumps(SET | {"answers": [{"text": "Ann", "start": -1}]}), "an answer is not"),
        (json.dumps(SET | {"answers": [{"text": "Ann", "start": True}]}), "an answer is not"),
        (json.dumps(SET | {"evidence": "It is Ann."}), "evidence is not a list of texts"),
        ('{"question": "' + "w" * 1_000_001 + '"}', "longer than 1,000,000 bytes"),
    ],
)
def test_what_is_wrong_in_a_json_line_is_named(tmp_path: Path, line: str, told: str) -> None:
    good = json.dumps({"question": "Who?", "answer": "Ann"})
    with pytest.raises(EvaluationError) as error:
        read(written(tmp_path, f"{good}\n{line}\n", "q.jsonl"))
    assert "q.jsonl, line 2: " in str(error.value)
    assert told in str(error.value)
    assert len(str(error.value)) < 400


def test_a_file_that_is_absent_or_not_utf_8_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match="cannot be read"):
        read(tmp_path / "none.csv")
    for name in ("latin.csv", "latin.jsonl"):
        (tmp_path / name).write_bytes(b'question,answer\nWo?,K\xf6ln\n{"question": "K\xf6ln"}')
    with pytest.raises(EvaluationError, match="not UTF-8"):
        read(tmp_path / "latin.csv")


@settings(deadline=None)  # it writes a file an example
@given(st.binary(max_size=300), st.sampled_from([".csv", ".jsonl"]))
def test_any_bytes_are_questions_or_an_error_of_ours(data: bytes, suffix: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"q{suffix}"
        path.write_bytes(data)
        with suppress(EvaluationError):  # and no other error
            assert all(question.question for question in read(path))


def test_a_sample_is_of_each_kind_and_the_same_for_the_same_seed() -> None:
    questions = [Question(f"q{n}", document="d") for n in range(50)]
    questions += [Question(f"f{n}", answerable=False) for n in range(50)]
    chosen = sample(questions, 5, 1)
    assert chosen == sample(questions, 5, 1) != sample(questions, 5, 2)
    assert [question.kind for question in chosen] == ["answerable"] * 5 + ["foreign"] * 5
    assert sample(questions, None, 1) == questions


def test_the_halves_are_those_that_the_reader_was_trained_by() -> None:
    rows = (shared("data") / "squad2_dev.corpus.jsonl").read_text(encoding="utf-8").splitlines()
    articles = {json.loads(row)["title"].replace(" ", "_") for row in rows}
    assert articles == {json.loads(row)["id"].partition("#")[0] for row in rows}
    assert {half_of(article) for article in articles} == {"tune", "report"}
    assert half_of("Normans") == "tune"
    assert half_of("1973_oil_crisis") == "tune"
