"""A text that was read with a question: its relevance, and how well each sentence answers."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from rag.searched import Searched

SURE = 0.25
"""How probable a short answer's borders must be, as a product. On held-out articles 73 % of first
quotes have a mark then, and of those in right quotes 95 % touch a known answer; at .1 it is 84 and
93 %, at .5 54 and 97 %."""
LONGEST = 24
"""Word pieces of a short answer."""


class Reading(Protocol):
    """A text that was read with a question."""

    @property
    def relevance(self) -> float:
        """A logit, about -12 (unrelated) to 12 (answers it)."""
        ...

    def sentences(self) -> NDArray[np.float32]:
        """Logits, one a sentence of the text: how well it answers."""
        ...

    def answer(self, sentence: int) -> tuple[int, int] | None:
        """The words of a sentence that answer, as a range of the text; None where unsure."""
        ...


@dataclass(frozen=True, slots=True)
class SentenceBySentence:
    """A reading whose sentences are read once more, each by itself under the text's first line."""

    relevance: float
    question: str
    searched: Searched
    score: Callable[[str, Sequence[str]], NDArray[np.float32]]
    """Logits for texts, from a question and the texts."""

    def sentences(self) -> NDArray[np.float32]:
        """See `Reading`."""
        text = self.searched.text
        title, _, _ = text.partition("\n")
        return self.score(self.question, [f"{title}\n{text[a:b]}" for a, b in self.searched.spans])

    def answer(self, sentence: int) -> None:  # noqa: ARG002
        """Not known: such a model tells nothing of single words."""
        return


@dataclass(frozen=True, slots=True)
class WholeReading:
    """A reading whose sentences were all scored at once, each in its context."""

    relevance: float
    logits: NDArray[np.float32]
    borders: NDArray[np.float32]
    """Log probabilities that a short answer begins and ends with a piece, shape ``(pieces, 2)``."""
    pieces: tuple[slice, ...]
    """Of each sentence, its word pieces by position; an empty slice for one past the last."""
    offsets: tuple[tuple[int, int], ...]
    """Of each piece, its range of the text."""

    def sentences(self) -> NDArray[np.float32]:
        """See `Reading`."""
        return self.logits

    def answer(self, sentence: int) -> tuple[int, int] | None:
        """See `Reading`: the likeliest span of at most `LONGEST` pieces."""
        held = self.pieces[sentence]
        begins, ends = self.borders[held, 0], self.borders[held, 1]
        if not len(begins):
            return None
        joint = begins[:, None] + ends[None, :]
        inside = np.triu(np.ones_like(joint, bool)) & ~np.triu(np.ones_like(joint, bool), LONGEST)
        best = int(np.argmax(np.where(inside, joint, -np.inf)))
        first, last = divmod(best, len(begins))
        if joint[first, last] < math.log(SURE):
            return None
        return self.offsets[held][first][0], self.offsets[held][last][1]


@dataclass(frozen=True, slots=True)
class ReadOn:
    """A reading that ends at the model's last position, and the reading of the rest."""

    first: Reading
    rest: Reading
    sentence: int
    """The number of the first sentence of the rest."""
    shift: int
    """How much further along the text the rest stands than in what was read."""

    @property
    def relevance(self) -> float:
        return max(self.first.relevance, self.rest.relevance)

    def sentences(self) -> NDArray[np.float32]:
        """See `Reading`."""
        return np.concatenate([self.first.sentences()[: self.sentence], self.rest.sentences()])

    def answer(self, sentence: int) -> tuple[int, int] | None:
        """See `Reading`."""
        if sentence < self.sentence:
            return self.first.answer(sentence)
        found = self.rest.answer(sentence - self.sentence)
        return found and (found[0] + self.shift, found[1] + self.shift)
