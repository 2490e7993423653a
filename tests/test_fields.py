"""Questions on leases, leaflets, minutes and the like, with documents of their own."""

from __future__ import annotations

from pathlib import Path

import pytest

import rag
from rag.evaluation.question_files import read_questions
from rag.read import read

BENCHMARKS = Path(__file__).parent.parent / "benchmarks"
SETS = ("fields", "unseen", "situations", "close_calls")


@pytest.mark.parametrize("name", SETS)
def test_every_answer_stands_in_the_document_that_is_named(name: str) -> None:
    corpus = BENCHMARKS / name / "corpus"
    texts = {
        path.name: " ".join(read(corpus, path.name, max_bytes=1_000_000).text.split())
        for path in corpus.iterdir()
    }
    questions = read_questions([BENCHMARKS / name / "questions.jsonl"], max_chars=1000)
    assert len(questions) > 200
    for question in questions:
        named = question.document
        assert named is None or named in texts, question.id
        assert question.answerable == bool(question.answers), question.id
        searched = " ".join(texts.values()) if named is None else texts[named]
        for answer in question.answers:
            assert answer.text in searched, question.id


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "first", "open_auroc"),
    [
        ("fields", 0.8, 0.85),
        ("unseen", 0.65, 0.6),
        ("situations", 0.4, 0.5),
        ("close_calls", 0.45, 0.6),
    ],
)
def test_most_are_answered_right_and_none_from_elsewhere(
    name: str, first: float, open_auroc: float, tmp_path: Path
) -> None:
    folder = BENCHMARKS / name
    questions = folder / "questions.jsonl"
    found = rag.evaluate([questions], corpus=folder / "corpus", index=tmp_path / "index")
    figures = {name: figure.value for name, figure in found.figures.items()}
    assert not found.problems
    assert figures["first_quote"] > first
    assert figures["foreign_refused"] > 0.9
    assert figures["adversarial_auroc"] > open_auroc
