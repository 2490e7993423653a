"""Where in the indexed documents the known answers stand."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

from rag.document import Document, Sentence
from rag.engine import Engine
from rag.errors import SettingsError
from rag.evaluation.questions import GoldAnswer, Question, short
from rag.split import split

MOST_PLACES = 1000
"""Of the places of one answer in one document, the rest are not looked at."""
MOST_DOCUMENTS = 100
"""Words that stand in more documents are no answer to look for without naming one."""


class Span(NamedTuple):
    """A range of a document."""

    document: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Gold:
    """What a question's right answer is, in places."""

    documents: frozenset[str]
    answers: tuple[Span, ...]
    """Any one of them answers."""
    evidence: tuple[tuple[Span, ...], ...]
    """For each of the answers, the sentences that say it."""
    problems: tuple[str, ...]


class Locator:
    """Finds gold answers in an engine's documents, of which it keeps a few at hand."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._document = lru_cache(maxsize=16)(self._read)

    def locate(self, question: Question) -> Gold | str:
        """The places of its answers, or why the question cannot be asked of this index."""
        named = [question.document] if question.document is not None else []
        documents = [*named, *question.also_documents]
        problems: list[str] = []
        answers: list[Span] = []
        evidence: list[tuple[Span, ...]] = []
        for path in documents:
            if self._document(path) is None:
                return f"{path} is not in the index"
        if question.answers and not documents:
            sources, problem = self._anywhere(question)
            problems += problem
        else:
            sources = [(path, answer) for path in named for answer in question.answers]
        for path, answer in sources:
            held = self._document(path)
            if held is None:
                continue
            document, sentences = held
            places = list(_places(document.text, answer))
            if not places:
                problems.append(_not_there(answer, path))
            said = [
                span
                for sentence in question.evidence
                for span in islice(_places(document.text, GoldAnswer(sentence)), 1)
            ]
            for start, end in places:
                answers.append(Span(path, start, end))
                around = [s for s in said if s[0] < end and start < s[1]]
                around = around or [(s.start, s.end) for s in sentences(start, end)]
                evidence.append(tuple(Span(path, a, b) for a, b in around))
        found = frozenset(documents or (span.document for span in answers))
        return Gold(found, tuple(answers), tuple(evidence), tuple(problems))

    def _anywhere(self, question: Question) -> tuple[list[tuple[str, GoldAnswer]], list[str]]:
        """Each document that has an answer's very characters, for answers without a document."""
        sources, problems = [], []
        for answer in question.answers:
            held = islice(self._engine.holding(answer.text), MOST_DOCUMENTS + 1)
            paths = [held.path for held in held if any(_places(held.text, answer))]
            if len(paths) > MOST_DOCUMENTS:
                problems.append(f"{short(answer.text)} stands in too many documents; name one")
            elif not paths:
                problems.append(f"no document holds the words {short(answer.text)}")
            else:
                sources += [(path, answer) for path in paths]
        return sources, problems

    def _read(self, path: str) -> _Held | None:
        try:
            document = self._engine.document(path)
        except SettingsError:
            return None
        sentences, _ = split(document, passage_chars=self._engine.settings.passage_chars)

        def between(start: int, end: int) -> Iterator[Sentence]:
            return (s for s in sentences if s.start < end and start < s.end)

        return document, between


_Held = tuple[Document, Callable[[int, int], Iterator[Sentence]]]


def _places(text: str, answer: GoldAnswer) -> Iterator[tuple[int, int]]:
    """Where the answer stands: at its own place only, else everywhere.

    The characters must be the same, and whole words; only if they stand nowhere may white space
    differ, as where a line ends in a PDF.
    """
    if answer.start is not None:
        end = answer.start + len(answer.text)
        return iter([(answer.start, end)] if text[answer.start : end] == answer.text else [])
    found = _matches(re.escape(answer.text), text)
    if not found and answer.text.strip():
        found = _matches(r"\s+".join(map(re.escape, answer.text.split())), text)
    return iter(found)


def _matches(pattern: str, text: str) -> list[tuple[int, int]]:
    # The borders of a word, but only beside a letter or digit of the pattern's own.
    whole = rf"(?<!\w(?=\w)){pattern}(?!(?<=\w)\w)"
    return [match.span() for match in islice(re.finditer(whole, text), MOST_PLACES)]


def _not_there(answer: GoldAnswer, path: str) -> str:
    if answer.start is None:
        return f"the words {short(answer.text)} are not in {path}"
    return f"{path} does not have the words {short(answer.text)} at {answer.start}"
