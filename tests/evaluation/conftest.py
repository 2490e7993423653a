"""An evaluation over a library with small models."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from rag.engine import Engine
from rag.evaluation.material import Material
from rag.evaluation.questions import Question
from rag.evaluation.results import Evaluation
from rag.evaluation.run import evaluate


@pytest.fixture
def evaluated(
    open_library: Callable[..., Engine],
) -> Callable[[dict[str, str], Sequence[Question]], Evaluation]:
    """Build a library, ask it questions, judge what comes back."""

    def run(documents: dict[str, str], questions: Sequence[Question]) -> Evaluation:
        engine = open_library(documents)
        return evaluate(Material("library", tuple(questions), {}, None, engine), lambda _: None)

    return run
