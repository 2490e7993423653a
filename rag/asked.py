"""A question as it is asked: checked, with all that limits its answer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from rag.errors import QuestionError, SettingsError, UsageError
from rag.folders import Folders
from rag.settings import Settings
from rag.types import Answer

MAX_TOP = 50
"""Quotes that may be asked for; more is a search result and no answer."""
MAX_HISTORY = 100
"""Earlier questions that are looked at."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that has been checked, with all that limits its answer."""

    question: str
    earlier: tuple[str, ...]
    """The conversation's earlier questions, oldest first."""
    documents: tuple[str, ...] | None
    """Paths to search; None for all."""
    folders: Folders | None
    """Folders to search; None for all."""
    top: int
    depth: int
    """How many ranked passages to trace."""


def ask(
    question: str,
    settings: Settings,
    *,
    history: Sequence[str | Answer] = (),
    documents: Sequence[str | PurePath] | None = None,
    folders: Folders | None = None,
    top: int | None = None,
    depth: int = 0,
) -> Asked:
    """A question, checked as far as it can be without an index.

    Raises:
        QuestionError: it is empty, or it or one in the history is too long or not valid UTF-8.
        SettingsError: ``top`` is out of range.
        UsageError: the history is no list of questions, or the documents are no list of paths.
    """
    question = checked(question, settings)
    top = settings.top if top is None else top
    if type(top) is not int or not 1 <= top <= MAX_TOP:
        raise SettingsError(f"top is {top!r}; expected 1 to {MAX_TOP}")
    earlier = tuple(_checked_history(history, settings))
    listed = None if documents is None else _checked_paths(documents)
    return Asked(question, earlier, listed, folders, top, depth)


def checked(question: str, settings: Settings) -> str:
    """The question without white space around it.

    Raises:
        QuestionError: it is no text, empty, too long or not valid UTF-8.
    """
    if not isinstance(question, str):
        raise QuestionError(f"the question is {question!r}; expected a text")
    question = question.strip()
    if not question:
        raise QuestionError("the question is empty; ask something about the documents")
    if len(question) > settings.max_question_chars:
        raise QuestionError(
            f"the question has {len(question):,} characters; "
            f"ask in {settings.max_question_chars:,} or fewer"
        )
    _check_text(question, "the question")
    return question


def _checked_history(history: Sequence[str | Answer], settings: Settings) -> list[str]:
    """The earlier questions, the last of them if there are many: a follow-up leans on few.

    Raises:
        UsageError: it is no list of questions.
        QuestionError: one is too long or not valid UTF-8.
    """
    listed = isinstance(history, Sequence) and not isinstance(history, str | bytes)
    turns: Sequence[object] = tuple(history)[-MAX_HISTORY:] if listed else (None,)
    asked = (turn.question if isinstance(turn, Answer) else turn for turn in turns)
    earlier = [question for question in asked if isinstance(question, str)]
    if len(earlier) < len(turns):
        raise UsageError("history is no list of questions; give each earlier question by itself")
    for question in earlier:
        if len(question) > settings.max_question_chars:
            raise QuestionError(
                f"a question of the history has {len(question):,} characters; "
                f"each may have {settings.max_question_chars:,} or fewer"
            )
        _check_text(question, "a question of the history")
    return earlier


def _checked_paths(documents: Sequence[str | PurePath]) -> tuple[str, ...]:
    """The documents by their paths as the index spells them, with "/" between parts.

    Raises:
        UsageError: they are no list of paths.
    """
    if isinstance(documents, Iterable) and not isinstance(documents, str | bytes):
        named = [one.as_posix() if isinstance(one, PurePath) else one for one in documents]
        if all(isinstance(one, str) for one in named):
            return tuple(named)
    raise UsageError("documents is no list of paths; give each document's path by itself")


def _check_text(question: str, which: str) -> None:
    """Raises QuestionError for a lone surrogate: bytes that the terminal could not read, or half
    of a character. No model and no file takes it."""
    try:
        question.encode("utf-8")
    except UnicodeEncodeError as error:
        raise QuestionError(
            f"{which} is not valid UTF-8 (character {error.start + 1:,} is no character); "
            "type it again, in a terminal or a program that writes UTF-8"
        ) from None
