"""A follow-up is not answered with what the question before it found.

"How much is it?" after "When is breakfast?" is searched as "breakfast How much is it?", and what
tells when breakfast is has all that "breakfast" asks for. So it is read with that word alone, too:
what answers is not much surer an answer without the follow-up than with it.
"""

from __future__ import annotations

from collections.abc import Sequence

from rag.evidence import evidence
from rag.followup import content
from rag.models.reading import Reading
from rag.models.reranker import Reranker
from rag.retrieve import ReadPassage
from rag.settings import Settings
from rag.types import Quote
from rag.words import tokens

# Logits that a follow-up may take from a sentence. Of twelve that answered a question and then its
# follow-up in other words, one lost more; of twelve that answered the first only, all.
_LOSS = 2.0


class Repeats:
    """The sentences that only the words taken from the conversation find."""

    def __init__(self, question: str, taken: str, reranker: Reranker, settings: Settings) -> None:
        self.places: set[tuple[str, int]] = set()
        """Each as document path and start."""
        self._own = set(tokens(" ".join(content(question))))
        self._taken = taken
        self._reranker = reranker
        self._settings = settings
        self._looked_at: set[int] = set()

    def look(self, quotes: Sequence[Quote], passages: Sequence[ReadPassage]) -> bool:
        """Looks at the passages of the quotes that were not looked at; whether there were any."""
        new = [
            passage
            for passage in passages
            if passage.hit.passage not in self._looked_at
            if any(_holds(passage, quote) for quote in quotes)
        ]
        if not self._taken or not new:
            return False
        readings = self._reranker.read(self._taken, [passage.searched for passage in new])
        for passage, reading in zip(new, readings, strict=True):
            self._looked_at.add(passage.hit.passage)
            self._look_at(passage, reading)
        return True

    def _look_at(self, passage: ReadPassage, taken: Reading) -> None:
        document, found = passage.document, list[tuple[float, float, bool, tuple[str, int]]]()
        scores = passage.reading.sentences(), taken.sentences()
        for sentence, asked, alone in zip(passage.searched.sentences, *scores, strict=True):
            without = evidence(taken.relevance, float(alone), self._settings)
            loss = without - evidence(passage.hit.relevance, float(asked), self._settings)
            words = tokens(document.text[sentence.start : sentence.end])
            other = self._own.isdisjoint(words)
            found.append((without, loss, other, (document.path, sentence.start)))
        _, loss, other, _ = max(found)
        # What stands beside such a sentence was found with it.
        most = 0.0 if other and loss > _LOSS else _LOSS
        self.places.update(place for _, loss, other, place in found if other and loss > most)


def _holds(passage: ReadPassage, quote: Quote) -> bool:
    return passage.document.path == quote.document.path and any(
        sentence.start < quote.end and quote.start < sentence.end
        for sentence in passage.searched.sentences
    )
