"""Real input: an article that is not part of the project, asked as a reader would."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, shared

import rag
from rag.engine import Engine

QUESTIONS: dict[str, Any] = json.loads(
    (ROOT / "tests" / "data" / "seed_questions.json").read_text(encoding="utf-8")
)


@pytest.fixture(scope="module")
def article(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    index: Path = tmp_path_factory.mktemp("seed") / "index"
    folder = shared("seed")
    data = (folder / QUESTIONS["file"]).read_bytes()
    assert hashlib.sha256(data).hexdigest() == QUESTIONS["sha256"], "the gold offsets are for it"
    rag.build(corpus=folder, index=index)
    engine = rag.open_index(index)
    yield engine
    engine.close()


def test_enough_is_asked() -> None:
    assert len(QUESTIONS["answerable"]) >= 15
    assert len(QUESTIONS["unanswerable"]) >= 10


@pytest.mark.parametrize("case", QUESTIONS["answerable"], ids=lambda case: case["question"])
def test_a_gold_sentence_is_quoted(article: Engine, case: dict[str, Any]) -> None:
    answer = article.query(case["question"])
    assert any(
        quote.start <= start and end <= quote.end
        for quote in answer.quotes
        for start, end in case["gold"]
    ), [quote.text for quote in (*answer.quotes, *answer.near_misses)]


@pytest.mark.parametrize("case", QUESTIONS["unanswerable"], ids=lambda case: case["question"])
def test_what_the_article_does_not_say_is_refused(article: Engine, case: dict[str, Any]) -> None:
    answer = article.query(case["question"])
    assert not answer.answered, [quote.text for quote in answer.quotes]


def test_the_stray_headline_explains_nobody(article: Engine) -> None:
    answer = article.query("Who is Jake Tapper?")
    assert not answer.answered
    assert not any("Tapper" in quote.text for quote in answer.near_misses)
