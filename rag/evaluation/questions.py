"""A question whose answer is known, and which of many to ask."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

Kind: TypeAlias = Literal["answerable", "adversarial", "foreign"]
"""What a question is: one that the documents answer; one that was written about a document that
does not answer it; one from elsewhere."""
KINDS: tuple[Kind, ...] = ("answerable", "adversarial", "foreign")

Half: TypeAlias = Literal["tune", "report"]


class GoldAnswer(NamedTuple):
    """Words that answer; without ``start``, wherever they stand in the document."""

    text: str
    start: int | None = None
    """Their offset in the document's extracted text, in code points."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question with what is known of its answer.

    Raises:
        ValueError: the question is empty, or an unanswerable one has answers.
    """

    question: str
    answerable: bool = True
    document: str | None = None
    """The document that answers, or that an unanswerable question was written about."""
    answers: tuple[GoldAnswer, ...] = ()
    """Any one of them answers. Without a document, wherever their words stand in the corpus."""
    evidence: tuple[str, ...] = ()
    """Sentences of the document that answer; by default those that hold an answer."""
    also_documents: tuple[str, ...] = ()
    """Further documents that answer as well."""
    id: str = ""
    article: str = ""
    """What is held out, and resampled, as a whole; by default the document."""
    part: str = ""
    """The part of its set, such as ``test``."""
    maybe_answered_in: tuple[str, ...] = ()
    """Corpora that may answer it although it comes from elsewhere."""
    where: str = ""
    """The file's name and the line that it was read from."""

    def __post_init__(self) -> None:
        if not self.question.strip():
            raise ValueError("the question is empty")
        if not self.answerable and self.answers:
            raise ValueError("the question has an answer and is called unanswerable")

    @property
    def kind(self) -> Kind:
        """Whether, and how, the documents leave it open."""
        if self.answerable:
            return "answerable"
        return "foreign" if self.document is None else "adversarial"

    @property
    def group(self) -> str:
        """Its article, document, or failing both itself."""
        return self.article or self.document or self.id or self.question

    @property
    def half(self) -> Half:
        """The half of the articles that its own belongs to, by hash: the same on any machine."""
        return half_of(self.group)


def half_of(article: str) -> Half:
    """``tune`` for one half of all articles, ``report`` for the other, by SHA-256."""
    first = hashlib.sha256(article.encode("utf-8", "surrogatepass")).digest()[0]
    return "tune" if first % 2 == 0 else "report"


def sample(questions: Sequence[Question], limit: int | None, seed: int) -> list[Question]:
    """At most ``limit`` questions of each kind, the same ones for the same seed, in order."""
    if limit is None:
        return list(questions)
    chosen: set[int] = set()
    for kind in KINDS:
        places = [n for n, question in enumerate(questions) if question.kind == kind]
        chance = random.Random(f"{seed} {kind}")  # noqa: S311 - a sample, not a secret
        chosen.update(places if len(places) <= limit else chance.sample(places, limit))
    return [questions[place] for place in sorted(chosen)]


def short(value: object) -> str:
    """A value from a question file as a message names it: one line, quoted, cut if long."""
    text = " ".join(str(value).split())
    return repr(text[:60] + "…" if len(text) > 60 else text)
