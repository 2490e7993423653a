"""What the reader learns from in its second course: more of the same sets, and harder pairs.

Beside each right passage stand wrong ones that BM25 likes, the right one without its answer, and
the question with something exchanged (traps.py). MedQuAD and OR-ShARC, whose answers are whole
documents, bring other fields: any sentence of the right document's best passage counts as an answer
there, none of one on the same disease that answers another kind of question.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from evidence_head import Pair, kept, lexical, lines, tuned
from lessons import Lesson, asked_of, lesson_of, passages_of, right_pair, wrong
from traps import asked_otherwise, exchanged, names_of, without_answer

from rag.models.reranker import open_tokenizer, word_pieces


@dataclass(frozen=True, slots=True)
class Share:
    """What is taken of a public set; of the last three, how many a question on average."""

    name: str
    most: int
    """Questions."""
    wanted: Callable[[dict[str, Any]], bool]
    wrong: float
    cut: float
    exchanged: float


SHARES = (
    Share("squad2_dev", 6000, lambda row: tuned(row["doc_id"]), 1.4, 0.5, 0.4),
    Share("squad1_dev", 4700, lambda _: True, 0.8, 0.4, 0.4),
    Share("qed_train", 6000, lambda _: True, 0.5, 0.4, 0.3),
    Share("policyqa", 2200, lambda row: row["split"] == "dev", 0.3, 0.4, 0),
    Share("selqa_dev", 800, lambda _: True, 0.6, 0.5, 0.3),
)
MEDICAL, RULES = 2000, 1000
"""Questions of MedQuAD and of OR-ShARC."""
_LIKED = 12  # wrong passages are drawn from as many that BM25 likes
_SKIPPED = 0.35  # of them, so that it is not always the first
_GENERAL = "information"  # MedQuAD's kind of document that may answer every kind of question


def further_pairs(data: Path, chance: random.Random) -> list[Pair]:
    """Labelled pairs, in chance order."""
    found = [pair for share in SHARES for pair in _pairs(data, share, chance)]
    found += _medical(data, chance)
    found += _rules(data, chance)
    chance.shuffle(found)
    return found


def _pairs(data: Path, share: Share, chance: random.Random) -> Iterator[Pair]:
    passages, of, ranker = passages_of(data, share.name)
    names = names_of([text.text for _, _, text in chance.sample(passages, 400)])
    for row in asked_of(data, share.name, share.wanted, of, chance)[: share.most]:
        right = right_pair(row, passages, of)
        answerable = row.get("answerable", True)
        if answerable and not right.gold:
            continue  # the answer runs over two passages
        yield right
        if not answerable:
            continue
        said = [answer["text"].casefold() for answer in row["answers"]]
        others = [
            at
            for at in _liked(ranker, row["question"], len(passages))
            if passages[at][0] != row["doc_id"]
            and not any(answer in passages[at][2].text.casefold() for answer in said)
        ]
        for at in _drawn(others, share.wrong, chance):
            yield wrong(row["question"], passages[at])
        if chance.random() < share.cut and (left := without_answer(right)):
            yield left
        if chance.random() < share.exchanged and (other := exchanged(right, names, chance)):
            yield other
        if other := asked_otherwise(right, chance):
            yield other


def _medical(data: Path, chance: random.Random) -> Iterator[Pair]:
    """Half of the diseases; the other half is held out."""
    passages, of, ranker = passages_of(data, "medquad")
    rows = lines(data / "medquad.questions.jsonl")
    subject = {row["id"]: row["title"] for row in lines(data / "medquad.corpus.jsonl")}
    about: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        about.setdefault(subject[row["doc_id"]], []).append(row)
    rows = [row for row in rows if tuned(subject[row["doc_id"]])]
    chance.shuffle(rows)
    for row in rows[:MEDICAL]:
        scores = lexical(ranker, row["question"])
        if len(scores) < len(passages):
            continue  # BM25 knows none of its words
        yield _whole(row["question"], passages[max(of[row["doc_id"]], key=lambda at: scores[at])])
        others = [
            other["doc_id"]
            for other in about[subject[row["doc_id"]]]
            if len({other["qtype"], row["qtype"], _GENERAL}) == 3
        ]
        if others:
            at = max(of[chance.choice(others)], key=lambda at: scores[at])
            yield wrong(row["question"], passages[at])


def _rules(data: Path, chance: random.Random) -> Iterator[Pair]:
    passages, _, ranker = passages_of(data, "orsharc")
    rows = [row for row in lines(data / "orsharc.questions.jsonl") if row["split"] == "dev"]
    chance.shuffle(rows)
    for row in rows[:RULES]:
        liked = _liked(ranker, row["question"], len(passages))
        own = [at for at in liked if passages[at][0] == row["doc_id"]]
        if own:  # many questions are understood with their scenario alone
            yield _whole(row["question"], passages[own[0]])
        others = [at for at in liked[3:] if passages[at][0] != row["doc_id"]]
        for at in _drawn(others, 0.6, chance):
            yield wrong(row["question"], passages[at])


def _whole(question: str, passage: tuple[str, Any, Any]) -> Pair:
    """Every sentence of the passage counts as an answer."""
    text = passage[2]
    return Pair(question, text.text, text.spans, tuple(range(len(text.spans))), ())


def _liked(ranker: Any, question: str, count: int) -> list[int]:
    scores = lexical(ranker, question)
    found: list[int] = np.argsort(-scores)[:_LIKED].tolist() if len(scores) == count else []
    return found


def _drawn(liked: Sequence[int], count: float, chance: random.Random) -> list[int]:
    """So many on average, rather those that BM25 likes best."""
    wanted = int(count) + (chance.random() < count % 1)
    return [at for at in liked if chance.random() > _SKIPPED][:wanted]


def further_lessons(found: Sequence[Pair], work: Path, reader: Any) -> Iterator[Lesson]:
    """What the reader of the first course says of pairs, a thousand a file under ``work``.

    ``reader`` is a session that gives its lower states too.
    """

    def made(pair: Pair) -> Lesson:
        return _lesson(pair, reader)

    with ThreadPoolExecutor(2) as cores:
        yield from kept(found, work, "further", lambda some: list(cores.map(made, some)))


def _lesson(pair: Pair, reader: Any) -> Lesson:
    """Its relevance is the earlier reader's, so that it stays on its scale; its sentences' logits
    are not, since the earlier reader takes many of these pairs for answers."""
    encoding = _TOKENIZER.encode(pair.question, pair.text)
    pieces, types = (np.array(x, np.int64) for x in (encoding.ids, encoding.type_ids))
    places = word_pieces(encoding, pair.spans)
    members = np.zeros((len(places), len(pieces)), np.float32)
    for number, held in enumerate(places):
        members[number, held] = 1
    relevance, states = reader.run(
        ["relevance", "states"],
        {"pieces": pieces, "types": types, "members": members},
    )
    return lesson_of(
        pair, encoding, states, float(relevance[0]), np.empty(0, np.float32), labelled=True
    )


_TOKENIZER = open_tokenizer()
