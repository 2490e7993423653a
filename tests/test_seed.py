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


# What the default models get wrong today. Strict: a change that mends one must take it out.
MISSED: dict[str, str] = {}
ANSWERED = {
    "Who spoke for Hamas at the meetings?": "quotes who met, which names no Hamas official",
    "Who founded Hamas?": "quotes when it was founded",
    "Which sanctions did the US put on Hamas?": "quotes that there were sanctions",
    "Who was the hostage envoy before Boehler?": "quotes who the envoy is",
}


def cases(kind: str, known: dict[str, str]) -> list[Any]:
    """The questions of a kind, the known failures marked with their reason."""
    return [
        pytest.param(
            case,
            id=case["question"],
            marks=[pytest.mark.xfail(strict=True, reason=known[case["question"]])]
            if case["question"] in known
            else [],
        )
        for case in QUESTIONS[kind]
    ]


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
    """Fifteen and ten, the known failures not counted."""
    assert len(QUESTIONS["answerable"]) - len(MISSED) >= 15
    assert len(QUESTIONS["unanswerable"]) - len(ANSWERED) >= 10


@pytest.mark.parametrize("case", cases("answerable", MISSED))
def test_a_gold_sentence_is_quoted(article: Engine, case: dict[str, Any]) -> None:
    answer = article.query(case["question"])
    assert any(
        quote.start <= start and end <= quote.end
        for quote in answer.quotes
        for start, end in case["gold"]
    ), [quote.text for quote in (*answer.quotes, *answer.near_misses)]


@pytest.mark.parametrize("case", cases("unanswerable", ANSWERED))
def test_what_the_article_does_not_say_is_refused(article: Engine, case: dict[str, Any]) -> None:
    answer = article.query(case["question"])
    assert not answer.answered, [quote.text for quote in answer.quotes]


def test_the_stray_headline_explains_nobody(article: Engine) -> None:
    answer = article.query("Who is Jake Tapper?")
    assert not answer.answered
    assert not any("Tapper" in quote.text for quote in answer.near_misses)
