"""What is judged right, and what is counted, on documents small enough to check by eye."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from conftest import Library
from hypothesis import given, settings
from hypothesis import strategies as st

import rag
from rag.engine import Engine
from rag.errors import EvaluationError
from rag.evaluation import corpus_file
from rag.evaluation.gold import Locator
from rag.evaluation.material import Material, opened
from rag.evaluation.questions import GoldAnswer, Question
from rag.evaluation.record import LABELS, label, summary, to_dict
from rag.evaluation.results import Evaluation
from rag.evaluation.run import evaluate

Evaluated = Callable[[dict[str, str], Sequence[Question]], Evaluation]

ZEBRAS = "Zebras sleep standing. Their stripes confuse horseflies badly."
KIWIS = "Kiwis lay enormous eggs. Zebras never met kiwis."
BOTH = {"zebras.txt": ZEBRAS, "kiwis.txt": KIWIS}


def asked(text: str, answer: str | None, document: str | None = "zebras.txt") -> Question:
    gold = () if answer is None else (GoldAnswer(answer),)
    return Question(text, document=document, answers=gold)


def test_a_right_quote_is_right_by_offset_and_not_by_its_words(evaluated: Evaluated) -> None:
    here = ZEBRAS.index("Zebras")
    found = evaluated(
        BOTH,
        [
            asked("Zebras sleep standing?", "standing"),
            Question(
                "Zebras never met kiwis?",
                document="zebras.txt",
                answers=(GoldAnswer("Zebras", here),),
            ),
        ],
    )
    right, elsewhere = found.outcomes
    assert right.answered
    assert right.first_right
    assert (right.passage_rank, right.document_rank) == (1, 1)
    assert right.quotes[0].text.startswith("Zebras sleep standing.")
    assert elsewhere.answered
    assert "Zebras" in elsewhere.quotes[0].text
    assert not elsewhere.first_right  # the very words, in another document
    assert found.figures["first_quote"].value == 0.5
    assert found.figures["risk"].value == 0.5
    assert found.unit == "question"


def test_characters_are_counted_against_the_sentence_that_holds_the_answer(
    evaluated: Evaluated,
) -> None:
    (outcome,) = evaluated(BOTH, [asked("Zebras sleep standing?", "standing")]).outcomes
    quote, sentence = outcome.quotes[0], "Zebras sleep standing."
    length = sum(q.end - q.start for q in outcome.quotes)
    assert outcome.recall == 1
    assert outcome.precision == pytest.approx(len(sentence) / length)
    share = len(sentence) / (quote.end - quote.start)
    assert outcome.first_f1 == pytest.approx(2 * share / (share + 1))


def test_a_copy_of_the_right_document_is_as_right_in_every_figure(evaluated: Evaluated) -> None:
    copied = {**BOTH, "a copy.txt": ZEBRAS}
    found = evaluated(copied, [asked("Zebras sleep standing?", "standing")])
    assert found.outcomes[0].quotes[0].document == "a copy.txt"
    for name in ("first_quote", "first_quote_overlaps", "evidence_recall"):
        assert found.figures[name].value == 1, name


def test_a_refusal_of_an_answerable_question_is_a_miss(evaluated: Evaluated) -> None:
    found = evaluated(BOTH, [asked("Entirely unrelated banana?", "standing")])
    (outcome,) = found.outcomes
    assert not outcome.answered
    assert (outcome.precision, outcome.recall, outcome.f1) == (None, 0, 0)
    assert found.figures["answered"].value == 0
    assert found.figures["first_quote"].value == 0
    assert "evidence_precision" not in found.figures


def test_refusals_are_counted_by_kind(evaluated: Evaluated) -> None:
    found = evaluated(
        BOTH,
        [
            asked("Zebras sleep standing?", "standing"),
            Question("Who boils bananas?", answerable=False),
            Question("Kiwis lay eggs?", answerable=False, document="kiwis.txt"),
        ],
    )
    assert found.counts == {"answerable": 1, "adversarial": 1, "foreign": 1, "located": 1}
    assert found.figures["foreign_refused"].value == 1
    assert found.figures["adversarial_refused"].value == 0
    assert found.figures["foreign_auroc"].value == 1
    assert [point[1] for point in found.curve] == sorted(point[1] for point in found.curve)
    assert found.curve[-1][1] == 1


def test_an_answer_that_is_not_there_is_told_and_has_no_figures_by_offset(
    evaluated: Evaluated,
) -> None:
    found = evaluated(
        BOTH,
        [
            asked("Zebras sleep standing?", "standing"),
            asked("Zebras sleep standing?", "lying down"),
            asked("Zebras sleep standing?", "stand"),  # half a word
            asked("Who?", "x", document="none.txt"),
        ],
    )
    assert found.counts["answerable"] == 3
    assert found.counts["located"] == found.figures["first_quote"].questions == 1
    assert found.figures["answered"].questions == 3
    assert found.left_out == {
        "answer not in its document: no figures by offset": 2,
        "document not in the index": 1,
    }
    assert "'lying down' are not in zebras.txt" in found.problems[0]
    assert "none.txt is not in the index" in found.problems[2]


def test_nothing_to_ask_is_an_error(evaluated: Evaluated) -> None:
    with pytest.raises(EvaluationError, match=r"none\.txt is not in the index"):
        evaluated(BOTH, [asked("Who?", "x", document="none.txt")])


def test_words_are_found_where_they_stand(open_library: Callable[..., Engine]) -> None:
    text = "Nine men.\r\n\r\nThe men\r\nwent  home. Ten\r\nmen stayed home."
    locator = Locator(open_library({"a.txt": text, "b.txt": "Nine men came home."}))

    def places(answer: GoldAnswer, document: str | None = "a.txt") -> list[tuple[str, str]]:
        gold = locator.locate(Question("Who?", document=document, answers=(answer,)))
        assert not isinstance(gold, str)
        return [(s.document, text[s.start : s.end]) for s in gold.answers]

    assert places(GoldAnswer("men")) == [("a.txt", "men")] * 3
    assert places(GoldAnswer("men went home")) == [("a.txt", "men\r\nwent  home")]
    assert places(GoldAnswer("men", 5)) == [("a.txt", "men")]
    assert places(GoldAnswer("men", 6)) == []
    assert places(GoldAnswer("en")) == []
    assert [path for path, _ in places(GoldAnswer("Nine men"), None)] == ["a.txt", "b.txt"]
    assert places(GoldAnswer("Eleven men"), None) == []


@settings(deadline=None)
@given(st.text("ab \n.", max_size=30), st.text("ab .", min_size=1, max_size=4))
def test_a_located_answer_has_the_answers_words(text: str, answer: str) -> None:
    from rag.evaluation.gold import _places

    for start, end in _places(text, GoldAnswer(answer)):
        assert text[start:end].split() == answer.split()
        assert 0 <= start < end <= len(text)


def test_every_figure_has_words_and_the_result_is_json(evaluated: Evaluated) -> None:
    questions = [
        asked("Zebras sleep standing?", "standing"),
        Question("Who boils bananas?", answerable=False),
        Question("Kiwis lay eggs?", answerable=False, document="kiwis.txt"),
    ]
    found = evaluated(BOTH, questions)
    assert {name for name in found.figures if not name.endswith("_ms")} == set(LABELS)
    assert all(label(name) for name in found.figures)
    told = json.loads(json.dumps(to_dict(found)))
    assert len(told["outcomes"]) == 3
    assert told["models"]["encoder"]["sha256"] == "0" * 64
    assert "corpus" not in told["settings"]
    assert "index" not in told["settings"]
    assert "outcomes" not in summary(found)
    assert summary(found)["figures"]["first_quote"]["value"] == 1.0


def test_a_corpus_in_one_file_is_indexed_by_itself(
    library: Library, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    rows = [
        {"id": "../../zebra#0", "title": "../Ze/bras", "text": ZEBRAS},
        {"id": "kiwi#0", "title": "", "text": KIWIS},
    ]
    corpus = tmp_path / "animals.corpus.jsonl"
    corpus.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    gold = {"text": "standing", "start": ZEBRAS.index("standing")}
    questions = tmp_path / "q.jsonl"
    lines = [
        {"id": "1", "question": "Zebras sleep?", "answerable": True, "doc_id": "../../zebra#0",
         "answers": [gold], "evidence": []},
        {"id": "2", "question": "Kiwis?", "answerable": False, "doc_id": None, "answers": [],
         "evidence": [], "answer_string_in": ["animals"]},
    ]  # fmt: skip
    questions.write_text("\n".join(json.dumps(line) for line in lines), encoding="utf-8")
    monkeypatch.setattr("rag.evaluation.material.build", built_small(library))
    monkeypatch.setattr("rag.evaluation.material.open_engine", opened_small(library))
    kept = tmp_path / "kept"
    for _ in range(2):  # the second time from what was kept
        with opened(
            questions, corpus=corpus, index=kept, settings=library.settings, limit=None, seed=1,
            half=None, progress=lambda _: None,
        ) as material:  # fmt: skip
            assert material.dataset == "animals"
            assert material.left_out == {"from elsewhere, but may be answered here": 1}
            (question,) = material.questions
            assert question.document == "000000/Ze bras.txt"
            assert question.article == "../Ze/bras"
            found = evaluate(material, lambda _: None)
            assert found.figures["first_quote"].value == 1
    assert {path.name for path in tmp_path.iterdir()} >= {"kept", "q.jsonl"}
    assert not list(tmp_path.parent.glob("zebra*"))


def built_small(library: Library) -> Callable[..., object]:
    from rag.index.build import build

    return lambda settings, progress: build(settings, encoder=library.encoder, progress=progress)


def opened_small(library: Library) -> Callable[..., Engine]:
    from fakes import WordReranker

    from rag.engine import open_engine

    return lambda settings: open_engine(settings, encoder=library.encoder, reranker=WordReranker())


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('{"id": "a"}', 'line 1: expected {"id"'),
        ('{"id": "a", "title": 5, "text": "x"}', "line 1: the title is not a text"),
        ('{"id": "a", "text": "x"}\n{"id": "a", "text": "y"}', "line 2: this id stands twice"),
        ('{"id": "a", "text": "\\ud800"}', "not UTF-8"),
        ("", "has no documents"),
    ],
)
def test_a_malformed_corpus_file_is_named_by_line(tmp_path: Path, line: str, told: str) -> None:
    source = tmp_path / "x.corpus.jsonl"
    source.write_text(line, encoding="utf-8")
    with pytest.raises(EvaluationError) as error:
        corpus_file.unpack(source, tmp_path / "out")
    assert told in str(error.value)


def test_evaluating_leaves_an_index_in_use_alone(
    library: Library, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    library.write("mine.txt", "Mine is mine alone.")
    library.build()
    before = sorted(path.name for path in library.index.rglob("*"))
    other = tmp_path / "other"
    other.mkdir()
    (other / "zebras.txt").write_text(ZEBRAS, encoding="utf-8")
    monkeypatch.setattr("rag.evaluation.material.build", built_small(library))
    monkeypatch.setattr("rag.evaluation.material.open_engine", opened_small(library))
    found = rag.evaluate(
        [asked("Zebras sleep standing?", "standing")], corpus=other, settings=library.settings
    )
    assert found.figures["first_quote"].value == 1
    assert sorted(path.name for path in library.index.rglob("*")) == before


def test_progress_is_told_of_each_question(open_library: Callable[..., Engine]) -> None:
    seen: list[rag.Progress] = []
    engine = open_library(BOTH)
    questions = (asked("Zebras sleep standing?", "standing"),) * 3
    evaluate(Material("library", questions, {}, None, engine), seen.append)
    assert [(p.stage, p.done, p.total) for p in seen] == [("ask", n, 3) for n in range(4)]
