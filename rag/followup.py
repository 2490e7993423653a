"""A conversation's next question becomes one that stands alone."""

from __future__ import annotations

import re
from collections.abc import Sequence

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
_SHORT = 3  # words: "And in Egypt?", "Why not?"
_REACH = 3  # earlier questions a chain of follow-ups may lean on

# A question that opens with one of these goes on from the one before.
_OPENINGS = (
    "and", "but", "so", "or", "then", "also", "what about", "how about", "why not", "how so",
    "what else", "who else", "where else", "anything else", "such as", "like what", "for example",
)  # fmt: skip
_PRONOUNS = frozenset(
    "he she it they him her them his hers its their theirs himself herself itself themselves "
    "this that these those he's she's it's they're that's former latter".split()
)


def search_question(question: str, history: Sequence[str]) -> str:
    """What to search for: the question, or a follow-up together with the questions before it.

    ``history`` holds the earlier questions, oldest first. No words are invented:
    the result is made of what the person typed.
    """
    parts = [question]
    for earlier in reversed(history[-_REACH:]):
        if not is_followup(parts[0]):
            break
        parts.insert(0, earlier.strip())
    return " ".join(parts)


def is_followup(question: str) -> bool:
    """Whether the question leans on the one before it: short, or led by a pronoun."""
    words = [word.casefold().replace("’", "'") for word in _WORD.findall(question)]
    line = " ".join(words)
    if any(line == opening or line.startswith(f"{opening} ") for opening in _OPENINGS):
        return True
    if not _PRONOUNS.isdisjoint(words):
        return True
    named = any(word[:1].isupper() for word in _WORD.findall(question)[1:])
    return len(words) <= _SHORT and not named
