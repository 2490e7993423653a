"""What the reader learns from: pairs of a question and a passage, with what the teacher says.

Two thirds of the pairs are labelled: which sentences answer, and with which words, or that nothing
there does. The others, of fields that have no such labels, carry the teacher's scores alone, so
that the reader does not forget what it was. All carry the states of the layers that stay as they
are, so that these are computed once.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from evidence_head import (
    Pair,
    corpus_passages,
    held_out_articles,
    kept,
    labels,
    lexical,
    lines,
    pair_of,
    tuned,
)
from numpy.typing import NDArray
from teacher import Teacher, open_head
from tokenizers import Encoding

from rag.models.reranker import word_pieces


@dataclass(frozen=True, slots=True)
class Share:
    """What is taken of a public set."""

    name: str
    most: int
    """Questions."""
    wrong: float
    """Wrong passages that BM25 likes, a question."""
    wrong_open: float
    """The same of a question without an answer."""
    wanted: Callable[[dict[str, Any]], bool]
    labelled: bool


SHARES = (
    Share("squad2_dev", 6000, 1.0, 0.25, lambda row: tuned(row["doc_id"]), True),
    Share("squad1_dev", 4600, 0.6, 0, lambda _: True, True),
    Share("qed_train", 3500, 0.5, 0, lambda _: True, True),
    Share("policyqa", 1500, 0.5, 0, lambda row: row["split"] == "dev", True),
    Share("selqa_dev", 800, 0.5, 0, lambda _: True, True),
    Share("medquad", 1600, 1.0, 0, lambda _: True, False),
    Share("orsharc", 1100, 0.5, 0, lambda row: row.get("split", "dev") == "dev", False),
)
ELSEWHERE = 1000
"""Questions of CANARD, as people rewrote them, each with a passage of SQuAD that BM25 likes."""


STRANGERS = 6000
ASKED = {
    "qed_train": 5, "squad1_dev": 3, "squad2_dev": 2, "medquad": 2, "selqa_dev": 1, "policyqa": 1,
    "orsharc": 1,
}  # fmt: skip
"""How often a set is asked of, beside the others."""
CORPORA = {"squad2_dev": 4, "medquad": 2, "qed_train": 2, "selqa_dev": 1, "policyqa": 1}


@dataclass(frozen=True, slots=True)
class Lesson:
    """A pair as the reader learns it."""

    pieces: NDArray[np.int32]
    types: NDArray[np.int8]
    """0 for the question's pieces, 1 for the passage's."""
    states: NDArray[np.float16]
    """After the layers that stay, shape ``(pieces, 384)``."""
    sentence: NDArray[np.int16]
    """Of each piece, the number of its sentence, or -1."""
    labelled: bool
    gold: tuple[int, ...]
    """Sentences that answer."""
    answers: tuple[tuple[int, int], ...]
    """First and last pieces of short answers."""
    relevance: float
    """As the teacher sees it."""
    logits: NDArray[np.float32]
    """Of each sentence, as the teacher sees it."""


def first_pairs(data: Path, chance: random.Random) -> list[tuple[Pair, bool]]:
    """Questions with passages of their own sets, in chance order; each labelled, or not."""
    found = [pair for share in SHARES for pair in pairs(data, share, chance)]
    found += elsewhere(data, chance)
    chance.shuffle(found)
    return found


def lessons(found: Sequence[tuple[Pair, bool]], work: Path, lower: Any) -> Iterator[Lesson]:
    """What the teacher says of pairs, a thousand a file under ``work``, made once.

    ``lower`` is a session of the layers that stay.
    """
    teacher, head = Teacher(), open_head()

    def made(item: tuple[Pair, bool]) -> Lesson:
        pair, labelled = item
        reading = teacher.read(pair.question, pair.text)
        encoding = reading.encoding
        types = np.array(encoding.type_ids, np.int64)
        logits = head.score(reading.states, types, word_pieces(encoding, pair.spans))
        return lesson(pair, encoding, lower, reading.relevance, logits, labelled=labelled)

    with ThreadPoolExecutor(2) as cores:
        yield from kept(found, work, "lessons", lambda some: list(cores.map(made, some)))


def lesson(
    pair: Pair,
    encoding: Encoding,
    lower: Any,
    relevance: float,
    logits: NDArray[np.float32],
    *,
    labelled: bool,
) -> Lesson:
    """A pair with what is told of it: its passage's ``relevance`` and its sentences' ``logits``."""
    pieces, types = (np.array(x, np.int64) for x in (encoding.ids, encoding.type_ids))
    sentence, gold, answers = labels(pair, encoding)
    (states,) = lower.run(["states"], {"pieces": pieces, "types": types})
    return Lesson(
        pieces.astype(np.int32),
        types.astype(np.int8),
        states.astype(np.float16),
        sentence.astype(np.int16),
        labelled,
        gold,
        answers,
        relevance,
        logits,
    )


def pairs(data: Path, share: Share, chance: random.Random) -> Iterator[tuple[Pair, bool]]:
    """A set's questions with the passage that answers, or is meant to, and with wrong ones."""
    passages, of, ranker = corpus_passages(data, share.name)
    held_out = held_out_articles(data) if share.name == "squad1_dev" else set()
    rows = [
        row
        for row in lines(data / f"{share.name}.questions.jsonl")
        if share.wanted(row)
        and row["doc_id"] in of
        and row["doc_id"].partition("#")[0] not in held_out
    ]
    chance.shuffle(rows)
    for row in rows[: share.most]:
        scores = lexical(ranker, row["question"])
        if len(scores) < len(passages):
            continue  # BM25 knows none of its words
        answerable = row.get("answerable", True)
        if share.labelled:
            right = max(
                (pair_of(row, passages[at]) for at in of[row["doc_id"]]),
                key=lambda pair: len(pair.answers) + len(pair.gold),
            )
            if answerable and not right.gold:
                continue  # the answer runs over two passages
            yield right, True
        else:
            best = max(of[row["doc_id"]], key=lambda at: scores[at])
            yield _wrong(row["question"], passages[best]), False
        if chance.random() < (share.wrong if answerable else share.wrong_open):
            said = [answer["text"].casefold() for answer in row["answers"]]
            for at in np.argsort(-scores)[:12]:
                document, _, text = passages[at]
                known = any(answer in text.text.casefold() for answer in said)
                if document != row["doc_id"] and not known and chance.random() > 0.35:
                    yield _wrong(row["question"], passages[at]), share.labelled
                    break


def elsewhere(data: Path, chance: random.Random) -> Iterator[tuple[Pair, bool]]:
    """Questions about other things than the passage."""
    passages, _, ranker = corpus_passages(data, "squad2_dev")
    rows = [json.loads(line) for line in (data / "canard_dev.jsonl").read_text().splitlines()]
    chance.shuffle(rows)
    for row in rows[:ELSEWHERE]:
        scores = lexical(ranker, row["rewrite"])
        if len(scores) < len(passages):
            continue
        for at in np.argsort(-scores)[:10]:
            if tuned(passages[at][0]) and chance.random() > 0.35:
                yield _wrong(row["rewrite"], passages[at]), False
                break


def strangers(data: Path, seed: int, chance: random.Random) -> Iterator[tuple[Pair, bool]]:
    """Questions of one set, each with a passage of another that BM25 likes: nothing there answers.

    Without these a reader of eight layers told questions from elsewhere apart worse than the
    teacher did. The ``seed`` is that of `first_pairs`: no other questions are asked than there.
    """
    asked: dict[str, list[tuple[str, set[str]]]] = {}
    again = random.Random(seed)
    for share in SHARES:
        said: dict[str, set[str]] = {}
        for pair, _ in pairs(data, share, again):
            known = said.setdefault(pair.question, set())
            known.update(pair.text[slice(*answer)].casefold() for answer in pair.answers)
        asked[share.name] = [(q, a) for q, a in said.items() if a or not share.labelled]
    corpora = {name: corpus_passages(data, name) for name in CORPORA}
    count = 0
    while count < STRANGERS:
        (name,) = chance.choices(list(ASKED), list(ASKED.values()))
        (other,) = chance.choices(list(CORPORA), list(CORPORA.values()))
        question, answers = chance.choice(asked[name])
        passages, _, ranker = corpora[other]
        scores = lexical(ranker, question)
        if name == other or len(scores) < len(passages):
            continue
        at = int(chance.choice(np.argsort(-scores)[:8].tolist()))
        document, _, text = passages[at]
        if other == "squad2_dev" and not tuned(document):
            continue
        if not any(answer in text.text.casefold() for answer in answers):
            yield _wrong(question, passages[at]), True
            count += 1


def _wrong(question: str, passage: tuple[str, Any, Any]) -> Pair:
    text = passage[2]
    return Pair(question, text.text, text.spans, (), ())
