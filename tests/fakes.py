"""Small deterministic models, for tests of everything that is not a model."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rag.models.reading import SentenceBySentence
from rag.searched import Searched

_WORD = re.compile(r"\w+")
_COMMON = frozenset("a an the of to in is was are did do does who what when where why how".split())


def words(text: str) -> list[str]:
    return [word for word in _WORD.findall(text.casefold()) if word not in _COMMON]


class WordEncoder:
    """Each word has a direction of its own; a text is the sum of its words' directions."""

    name = "words"
    sha256 = "0" * 64
    dimension = 64

    def __init__(self) -> None:
        self.encoded: list[str] = []

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.encoded.extend(texts)
        vectors = np.zeros((len(texts), self.dimension), np.float32)
        for row, text in enumerate(texts):
            for word in [*words(text), "·"]:
                seed = int.from_bytes(hashlib.sha256(word.encode("utf-8", "replace")).digest()[:8])
                vectors[row] += np.random.default_rng(seed).standard_normal(self.dimension)
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


class WordReranker:
    """A text is as relevant as the share of the question's words that it holds: -10 to 10."""

    name = "overlap"
    sha256 = "1" * 64

    def read(self, question: str, texts: Sequence[Searched]) -> list[SentenceBySentence]:
        logits = self._score(question, [text.text for text in texts])
        return [
            SentenceBySentence(float(logit), question, text, self._score)
            for logit, text in zip(logits, texts, strict=True)
        ]

    def _score(self, question: str, texts: Sequence[str]) -> NDArray[np.float32]:
        asked = set(words(question))
        held = [len(asked & set(words(text))) / max(1, len(asked)) for text in texts]
        return np.array([20 * share - 10 for share in held], np.float32)


@dataclass(frozen=True, slots=True)
class MarkedReading(SentenceBySentence):
    """Knows which word answers, wherever it stands."""

    word: str

    def answer(self, sentence: int) -> tuple[int, int] | None:  # type: ignore[override]
        start, end = self.searched.spans[sentence]
        at = self.searched.text.find(self.word, start, end)
        return None if at < 0 else (at, at + len(self.word))


class MarkingReranker(WordReranker):
    """Marks a word in what it reads."""

    def __init__(self, word: str) -> None:
        self._word = word

    def read(self, question: str, texts: Sequence[Searched]) -> list[SentenceBySentence]:
        return [
            MarkedReading(one.relevance, question, one.searched, one.score, self._word)
            for one in super().read(question, texts)
        ]
