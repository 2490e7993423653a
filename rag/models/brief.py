"""What is read of a long question: the part that asks.

A cross-encoder learnt from questions of a line, and beside one of ten lines it takes anything for
evidence. A paragraph about a washing machine, asked of documents about a cease-fire, had .00; the
same paragraph twice .84. All the words are searched for; this is what passages are read with.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from rag.split import sentence_borders

MOST_PIECES = 64
"""Word pieces of a question that are read: some fifty English words."""
_AGAIN = re.compile(r"\b(\w+)(?:\W+\1\b)+", re.IGNORECASE)
_ASKING = ("?", "？", "؟")

Pieces = Callable[[str], list[tuple[int, int]]]
"""Each word piece of a text, as its range."""


def brief(question: str, pieces: Pieces) -> str:
    """The question, or of a long one the sentences up to the last that ends with a question mark;
    where none does, those at its beginning.

    A word that is repeated at once counts once ("asdf asdf asdf …" asks no more than "asdf").
    Whole sentences, but for one that is too long by itself: of that the end if it asks, else the
    beginning.
    """
    if len(pieces(question)) <= MOST_PIECES:
        return question
    question = _AGAIN.sub(r"\1", question)
    sentences = [question[start:end] for start, end in sentence_borders(question, 0, len(question))]
    asking = [number for number, one in enumerate(sentences) if one.endswith(_ASKING)]
    if not asking:
        return _joined(sentences, pieces) or _cut(sentences[0], pieces)
    backwards = sentences[asking[-1] :: -1]
    return _joined(backwards, pieces, backwards=True) or _cut(backwards[0], pieces, end=True)


def _joined(sentences: list[str], pieces: Pieces, *, backwards: bool = False) -> str:
    """As many of the first ones as are read at once."""
    kept: list[str] = []
    left = MOST_PIECES
    for sentence in sentences:
        left -= len(pieces(sentence))
        if left < 0:
            break
        kept.append(sentence)
    return " ".join(reversed(kept) if backwards else kept)


def _cut(sentence: str, pieces: Pieces, *, end: bool = False) -> str:
    held = pieces(sentence)
    if end:
        return sentence[held[-MOST_PIECES:][0][0] :]
    return sentence[: held[:MOST_PIECES][-1][1]]
