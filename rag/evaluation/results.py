"""What an evaluation found, as values. docs/evaluation.md tells what each figure means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, TypeAlias

from rag.evaluation.questions import Question

Unit: TypeAlias = Literal["document", "question"]


class Figure(NamedTuple):
    """A figure with its 95 % bootstrap interval, and how many questions it is over."""

    value: float
    low: float
    high: float
    questions: int


class Quoted(NamedTuple):
    """What was quoted, kept for reading after its document has been let go."""

    document: str
    start: int
    end: int
    text: str
    citation: str
    right: bool
    """Whether a gold answer lies inside it, or inside one of its copies elsewhere."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One question, asked. Ranks count from 1, to ten; None is further down or nowhere."""

    question: Question
    answered: bool
    score: float
    """The evidence of the best sentence, 0 to 1, whether or not it was enough to answer."""
    document_rank: int | None
    passage_rank: int | None
    located: bool
    """Whether its gold answers have places in the index: else it has no figures by offset."""
    quotes: tuple[Quoted, ...]
    """What was quoted, or, of a refusal, what would have been without a threshold."""
    overlaps: bool
    """Whether the first quote that was given shares a character with a gold answer."""
    precision: float | None
    """Share of the quoted characters that are evidence; None where nothing was quoted."""
    recall: float
    """Share of the evidence for one gold answer, the best covered, that was quoted."""
    f1: float
    first_f1: float
    """The same of the first quote alone."""
    timings_ms: Mapping[str, float] = field(default_factory=dict, hash=False)

    @property
    def first_right(self) -> bool:
        """Whether the first quote, given or not, is right."""
        return bool(self.quotes) and self.quotes[0].right

    @property
    def wrong(self) -> bool:
        """Whether answering it would be, or was, a mistake: the first quote is not right."""
        return not (self.question.answerable and self.first_right)


@dataclass(frozen=True, slots=True)
class Evaluation:
    """How an engine did on questions whose answers are known."""

    dataset: str
    figures: Mapping[str, Figure]
    """By name, in the order of the table; one that no question bears on is absent."""
    counts: Mapping[str, int]
    """Questions asked, of each kind; ``located`` are those with figures by offset."""
    left_out: Mapping[str, int]
    """Questions not asked, or not counted by offset, by reason."""
    problems: tuple[str, ...]
    """The first of them, each with its file and line."""
    articles: int
    unit: Unit
    """What the intervals resample: documents, or questions where there are too few of them."""
    half: str
    """``tune``, ``report`` or ``all``."""
    curve: tuple[tuple[float, float, float], ...]
    """Threshold, coverage and risk, the surest answers first."""
    outcomes: tuple[Outcome, ...]
    made_with: Mapping[str, object]
    """Settings, models with their SHA-256, index id, machine, commit and date."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """A threshold for a person's own questions, or why there is none to recommend."""

    threshold: float | None
    reason: str
    """Why none is recommended, or what is to be known of this one."""
    target: str
    counts: Mapping[str, int]
    """Questions chosen on and checked on, with and without an answer."""
    auroc: Figure | None
    """How well the scores part the two, on all questions."""
    answered: Figure | None
    """Share of answerable questions that are answered at the threshold, on the check half."""
    refused: Figure | None
    """Share of unanswerable questions that are refused."""
    unit: Unit
