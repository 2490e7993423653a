"""What the reader learns last: documents of other fields, and that a question can be left open.

The public sets tell of Wikipedia and of privacy policies, and their wrong passages are of another
subject. Here are three sources more. ``fields.jsonl`` holds documents of working life (contracts,
leaflets, manuals, minutes, news, by-laws, mail), written for this, each with questions that it
answers and with some on its very subject that it does not; ``situations.jsonl`` more of them, whose
questions often tell of the asker's own case and have few words in common with what answers;
``close_calls.jsonl`` more again, as dense as real ones, where what is left open is nearly told. All
are asked of each other's documents too. And a passage without the sentences that answer leaves its
question open: these documents' and the public sets' own passages, so cut.

No teacher tells anything here: it takes such passages for answers too often, and others for none.
What the reader itself said before is kept where nothing is labelled.
"""

from __future__ import annotations

import json
import random
import re
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from evidence_head import Pair, kept, lexical, passages_of, ranker_of
from lessons import Lesson, first_pairs, lesson, strangers

from rag.defined_terms import under_both_names
from rag.models.bundled import RERANKER
from rag.models.reranker import OnnxReranker, open_tokenizer
from rag.models.session import open_session
from rag.read import read
from rag.searched import Searched
from rag.words import tokens

FILES = ("fields.jsonl", "situations.jsonl", "close_calls.jsonl")
"""Of documents of other fields."""
LAST_RATE, SHARE = 8e-5, 0.75
"""How fast it learns, and what is learnt's share of the mean with the weights before, which keeps
what the public sets taught (Wortsman et al. 2022, "Robust fine-tuning of zero-shot models")."""
ELSEWHERE = 0.3
"""Questions of them that are also asked of a passage of another document."""
WITHOUT, WRONG = 0.6, 0.6
"""Answered questions of them that are also asked of their passage without what answers, and of
another passage of their document."""
LABELLED, CUT, UNLABELLED, STRANGE = 9000, 4500, 1500, 4000
"""Pairs of the public sets; of the first, how many also without what answers."""
MOST_PIECES = 420

Asked = tuple[str, list[Searched], str, list[str]]
"""A document's name and passages, a question on it, and what answers it."""


def public_pairs(data: Path, seed: int, chance: random.Random) -> list[tuple[Pair, bool]]:
    """Pairs of the public sets in chance order, some of them cut; each labelled, or not."""
    known = first_pairs(data, random.Random(seed))
    labelled = [pair for pair, told in known if told][:LABELLED]
    answered = [pair for pair in labelled if pair.gold]
    found = [(pair, True) for pair in labelled]
    found += [(cut, True) for pair in answered[:CUT] if (cut := without_answer(pair))]
    found += [one for one in known if not one[1]][:UNLABELLED]
    found += list(strangers(data, seed, chance))[:STRANGE]
    chance.shuffle(found)
    return found


def field_pairs(asked: Sequence[Asked], chance: random.Random) -> list[tuple[Pair, bool]]:
    """Pairs of the documents of other fields, in chance order: questions, each with a passage that
    answers and another of the same document that does not, or with passages that leave it open."""
    found = [
        (pair, True)
        for _, texts, question, answers in asked
        for pair in _asked(question, answers, texts, chance)
    ]
    chance.shuffle(found)
    return found


def other_pairs(asked: Sequence[Asked], chance: random.Random) -> list[tuple[Pair, bool]]:
    """Some of all those questions, each with a passage of another document that BM25 likes."""
    held = {(file, text.text): text for file, texts, _, _ in asked for text in texts}
    passages = list(held.items())
    ranker = ranker_of(list(held.values()))
    found = []
    for file, _, question, answers in asked:
        if chance.random() >= ELSEWHERE:
            continue
        scores = lexical(ranker, question)
        if len(scores) < len(passages):
            continue
        liked = (passages[at] for at in np.argsort(-scores)[:12])
        others = [text for (of, _), text in liked if of != file]
        if others:
            pair = _pair(question, answers, chance.choice(others))
            if not pair.gold and pair.spans:
                found.append((pair, True))
    return found


def fields(name: str) -> Iterator[Asked]:
    """The questions on the documents of a file."""
    with tempfile.TemporaryDirectory() as folder:
        for line in (Path(__file__).parent / name).read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            Path(folder, row["file"]).write_text(row["text"], encoding="utf-8")
            document = read(Path(folder), row["file"], max_bytes=1_000_000)
            texts = passages_of(document)
            for question, *answers in row["questions"]:
                named = [under_both_names(text, document.text, question) for text in texts]
                yield row["file"], named, question, answers


def _asked(
    question: str, answers: Sequence[str], texts: Sequence[Searched], chance: random.Random
) -> Iterator[Pair]:
    pairs = [pair for text in texts if (pair := _pair(question, answers, text)).spans]
    asked = set(tokens(question))
    pairs.sort(key=lambda pair: -len(asked.intersection(tokens(pair.text))))
    others = [pair for pair in pairs if not pair.gold]
    if not answers:
        yield from others[: 2 if chance.random() < 0.5 else 1]
        return
    for pair in [pair for pair in pairs if pair.gold][:1]:
        yield pair
        cut = without_answer(pair)
        if cut is not None and chance.random() < WITHOUT:
            yield cut
        if others and chance.random() < WRONG:
            yield chance.choice(others[:3])


def _pair(question: str, answers: Sequence[str], text: Searched) -> Pair:
    """With the sentences that hold an answer whole, whatever white space is between its words."""
    gold: set[int] = set()
    places = []
    for answer in answers:
        words = r"\s+".join(map(re.escape, answer.split()))
        for number, (start, end) in enumerate(text.spans):
            for match in re.compile(rf"(?<!\w){words}(?!\w)").finditer(text.text, start, end):
                gold.add(number)
                places.append(match.span())
    return Pair(question, text.text, text.spans, tuple(sorted(gold)), tuple(places))


def without_answer(pair: Pair) -> Pair | None:
    """The passage without its sentences that answer or say the same; None where none is left."""
    said = {" ".join(pair.text[slice(*place)].split()).casefold() for place in pair.answers}
    kept_spans = [
        span
        for number, span in enumerate(pair.spans)
        if number not in pair.gold
        and not any(words in " ".join(pair.text[slice(*span)].split()).casefold() for words in said)
    ]
    if not kept_spans:
        return None
    text = pair.text.partition("\n")[0] + "\n"
    spans = []
    for start, end in kept_spans:
        spans.append((len(text), len(text) + end - start))
        text += pair.text[start:end] + " "
    return Pair(pair.question, text.rstrip(), tuple(spans), (), ())


def last_lessons(
    found: Sequence[tuple[Pair, bool]], work: Path, lower: Any, before: Path
) -> Iterator[Lesson]:
    """Pairs with what the reader ``before`` said of them, a thousand a file under ``work``.

    ``lower`` is a session of the layers that stay.
    """
    tokenizer = open_tokenizer()
    reader = OnnxReranker(open_session(before), tokenizer, RERANKER.name, "")

    def made(item: tuple[Pair, bool]) -> Lesson | None:
        pair, labelled = item
        encoding = tokenizer.encode(pair.question, pair.text)
        if len(encoding.ids) > MOST_PIECES:
            return None
        (reading,) = reader.read(pair.question, [Searched(pair.text, (), pair.spans)])
        logits = np.zeros(0, np.float32) if labelled else reading.sentences()
        return lesson(pair, encoding, lower, reading.relevance, logits, labelled=labelled)

    with ThreadPoolExecutor(2) as cores:
        for one in kept(found, work, "last", lambda some: list(cores.map(made, some))):
            if one is not None:
                yield one
