"""Train the evidence head again: which sentences of a passage answer a question.

    python training/evidence_head.py [--data ../shared/data] [--pairs 16000] [--epochs 3]

Three steps: pairs of a question and a passage from public sets; the teacher's states for
each, kept on disk, so that an interrupted run goes on where it was; the head, trained on them.
Writes ``evidence_head.npz`` beside this file, for ``teacher.py``.
On two cores: half an hour for the states, a quarter of an hour for the head. README.md beside this
file is the model card.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import pickle
import random
import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import bm25s
import numpy as np
import torch
from teacher import HEAD, HEADS, Teacher
from torch import Tensor, nn

from rag.document import Block, Document
from rag.models.reranker import word_pieces
from rag.searched import Searched, searched
from rag.split import split
from rag.words import tokens

P, M = TypeVar("P"), TypeVar("M")
SEED = 5
WIDTH = 256
BATCH = 16
RATE = 6e-4
MOST_PIECES = 512
SETS = (
    # name, most questions, a wrong passage for one question in so many, part of the set
    ("squad2_dev", 5500, 2, lambda row: tuned(row["doc_id"])),
    ("squad1_dev", 4000, 3, None),
    ("qed_train", 3500, 3, None),
    ("policyqa", 1000, 4, lambda row: row["split"] == "dev"),
    ("selqa_dev", 800, 3, None),
)


@dataclass(frozen=True, slots=True)
class Pair:
    """A question and a passage; ``gold`` are its sentences that answer, none for a wrong one."""

    question: str
    text: str
    spans: tuple[tuple[int, int], ...]
    gold: tuple[int, ...]
    answers: tuple[tuple[int, int], ...]
    """Short answers as ranges of ``text``; none where whole sentences are labelled."""


@dataclass(frozen=True, slots=True)
class Example:
    """A pair as the head sees it: states ``(pieces, 768)`` and who is in which sentence."""

    states: np.ndarray
    types: np.ndarray
    sentence: np.ndarray
    """Of each piece, the number of its sentence, or -1."""
    gold: tuple[int, ...]
    answers: tuple[tuple[int, int], ...]
    """First and last pieces."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--work", type=Path, default=Path("training/work"))
    parser.add_argument("--pairs", type=int, default=16_000)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--out", type=Path, default=HEAD)
    options = parser.parse_args()
    torch.manual_seed(SEED)
    chance = random.Random(SEED)
    found = [pair for name in SETS for pair in pairs(options.data, *name, chance)]
    chance.shuffle(found)
    found = found[: options.pairs]
    print(f"{len(found)} pairs, {sum(bool(pair.gold) for pair in found)} with an answer")
    options.work.mkdir(parents=True, exist_ok=True)
    examples = list(states(found, options.work))
    head = Head()
    train(head, examples, options.epochs, chance)
    data = packed(head)
    options.out.write_bytes(data)
    print(f"{options.out}: {len(data):,} bytes, sha256 {hashlib.sha256(data).hexdigest()}")


def tuned(document: str) -> bool:
    """The half of SQuAD 2.0 dev's articles that is learnt from.

    The other half is held out, here as in `rag.evaluation.questions.half_of`.
    """
    article = document.partition("#")[0]
    return hashlib.sha256(article.encode()).digest()[0] % 2 == 0


# --- pairs ------------------------------------------------------------------------------------


def pairs(
    data: Path, name: str, most: int, wrong_every: int, wanted: Any, chance: random.Random
) -> Iterator[Pair]:
    """Questions with the passage that answers, and for some a wrong passage that BM25 likes."""
    passages, of, ranker = corpus_passages(data, name)
    held_out = held_out_articles(data) if name == "squad1_dev" else set()
    rows = [row for row in lines(data / f"{name}.questions.jsonl") if wanted is None or wanted(row)]
    rows = [row for row in rows if row["doc_id"].partition("#")[0] not in held_out]
    chance.shuffle(rows)
    for number, row in enumerate(rows[:most]):
        scores = lexical(ranker, row["question"])
        right = max(
            (pair_of(row, passages[at]) for at in of[row["doc_id"]]),
            key=lambda pair: len(pair.answers) + len(pair.gold),
        )
        if row.get("answerable", True) and not right.gold:
            continue  # the answer runs over two passages
        yield right
        if row.get("answerable", True) and number % wrong_every == 0:
            answers = [answer["text"].casefold() for answer in row["answers"]]
            for at in np.argsort(-scores)[:12]:
                document_id, _, text = passages[at]
                said = any(answer in text.text.casefold() for answer in answers)
                if document_id != row["doc_id"] and not said and chance.random() > 0.3:
                    yield Pair(row["question"], text.text, text.spans, (), ())
                    break


def corpus_passages(
    data: Path, name: str
) -> tuple[list[tuple[str, Document, Searched]], dict[str, list[int]], bm25s.BM25]:
    """A corpus as the product splits it, each document's passages by number, and BM25 over them."""
    passages = []
    of: dict[str, list[int]] = {}
    for row in lines(data / f"{name}.corpus.jsonl"):
        document = as_document(row, name)
        for text in passages_of(document):
            of.setdefault(row["id"], []).append(len(passages))
            passages.append((row["id"], document, text))
    return passages, of, ranker_of([text for _, _, text in passages])


def passages_of(document: Document) -> list[Searched]:
    """As the product splits it by default."""
    sentences, parts = split(document, passage_chars=1000)
    return [searched(document, sentences[part.first : part.last]) for part in parts]


def ranker_of(texts: Sequence[Searched]) -> bm25s.BM25:
    """BM25 over the words of passages, which `lexical` asks."""
    ranker = bm25s.BM25()
    ranker.index([tokens(text.text) for text in texts], show_progress=False)
    return ranker


def pair_of(row: dict[str, Any], passage: tuple[str, Document, Any]) -> Pair:
    """The question with one passage of its document, its answers found in it."""
    _, _, text = passage
    gold: set[int] = set()
    answers = []
    for answer in row.get("answers", ()) if row.get("answerable", True) else ():
        first, last = answer["start"], answer["start"] + len(answer["text"])
        held = [n for n, s in enumerate(text.sentences) if s.start < last and s.end > first]
        if not held or text.sentences[held[0]].start > first or text.sentences[held[-1]].end < last:
            continue
        gold.update(held)
        begin = text.spans[held[0]][0] + first - text.sentences[held[0]].start
        end = text.spans[held[-1]][0] + last - text.sentences[held[-1]].start
        answers.append((begin, end))
    return Pair(row["question"], text.text, text.spans, tuple(sorted(gold)), tuple(answers))


def as_document(row: dict[str, Any], name: str) -> Document:
    """A line of a corpus as a document, a paragraph a line of its text."""
    article = row["id"].partition("#")[0].replace("_", " ")
    title = article if name.startswith("squad") else row["title"]
    blocks = tuple(Block(*m.span(), "prose") for m in re.finditer(r"\S[^\n]*", row["text"]))
    return Document(row["id"], title, row["text"], blocks, "", "")


def held_out_articles(data: Path) -> set[str]:
    """Articles of SQuAD 1.1 dev that are in 2.0 dev, whose other half is held out."""
    return {row["id"].partition("#")[0] for row in lines(data / "squad2_dev.corpus.jsonl")}


def lexical(ranker: bm25s.BM25, question: str) -> np.ndarray:
    known = [token for token in tokens(question) if token in ranker.vocab_dict]
    return ranker.get_scores(known) if known else np.zeros(1)


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


# --- states -----------------------------------------------------------------------------------


def states(found: Sequence[Pair], work: Path) -> Iterator[Example]:
    """What the reranker saw of each pair; a thousand a file, made once."""
    teacher = Teacher()
    yield from kept(found, work, "states", lambda some: [example(pair, teacher) for pair in some])


def kept(
    found: Sequence[P], work: Path, name: str, make: Callable[[Sequence[P]], list[M]]
) -> Iterator[M]:
    """What is made of pairs, a thousand a file under ``work``: an end costs the last file."""
    started = time.perf_counter()
    for first in range(0, len(found), 1000):
        some = found[first : first + 1000]
        key = hashlib.sha256(repr(some).encode("utf-8", "replace")).hexdigest()[:16]
        path = work / f"{name}-{key}.pickle"  # our own, never another's
        if not path.exists():
            path.with_suffix(".part").write_bytes(pickle.dumps(make(some)))
            path.with_suffix(".part").replace(path)
            print(f"{first + len(some)} read, {time.perf_counter() - started:.0f} s", flush=True)
        yield from pickle.loads(path.read_bytes())


def example(pair: Pair, teacher: Teacher) -> Example:
    """The reranker's states, and who is in which sentence."""
    reading = teacher.read(pair.question, pair.text)
    types = np.array(reading.encoding.type_ids, np.int64)
    states = reading.states.astype(np.float16)
    return Example(states, types, *labels(pair, reading.encoding))


def labels(
    pair: Pair, encoding: Any
) -> tuple[np.ndarray, tuple[int, ...], tuple[tuple[int, int], ...]]:
    """Of each piece the number of its sentence, or -1; of the sentences that answer those that are
    seen; and the first and last pieces of short answers."""
    sentence = np.full(len(encoding.ids), -1)
    for number, held in enumerate(word_pieces(encoding, pair.spans)):
        sentence[held] = number
    answers = []
    for begin, end in pair.answers:
        held = [
            number
            for number, (a, b) in enumerate(encoding.offsets)
            if encoding.type_ids[number] and b > begin and a < end
        ]
        if held:
            answers.append((held[0], held[-1]))
    seen = tuple(number for number in pair.gold if (sentence == number).any())
    return sentence, seen, tuple(answers)


# --- the head ---------------------------------------------------------------------------------


class Head(nn.Module):
    """As `teacher.EvidenceHead` computes it; ``se`` marks short answers in training only."""

    def __init__(self) -> None:
        super().__init__()
        self.inp = nn.Linear(768, WIDTH)
        self.ln = nn.LayerNorm(WIDTH)
        self.typ = nn.Embedding(2, WIDTH)
        self.pos = nn.Embedding(MOST_PIECES, WIDTH)
        nn.init.normal_(self.typ.weight, std=0.02)
        nn.init.normal_(self.pos.weight, std=0.02)
        layer = nn.TransformerEncoderLayer(
            WIDTH, HEADS, 2 * WIDTH, 0.1, "relu", batch_first=True, norm_first=True
        )
        self.enc = nn.ModuleList([layer])
        self.out = nn.LayerNorm(WIDTH)
        self.se = nn.Linear(WIDTH, 2)
        self.att = nn.Linear(WIDTH, 1)
        self.sent = nn.Sequential(nn.Linear(WIDTH, WIDTH), nn.ReLU(), nn.Linear(WIDTH, 1))
        self.null = nn.Sequential(nn.Linear(WIDTH, WIDTH), nn.ReLU(), nn.Linear(WIDTH, 1))

    def forward(
        self, x: Tensor, types: Tensor, here: Tensor, members: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Answer borders ``(batch, pieces, 2)``, sentences ``(batch, most)``, none ``(batch,)``."""
        h = self.ln(self.inp(x)) + self.typ(types) + self.pos(torch.arange(x.shape[1]))[None]
        h = self.out(self.enc[0](h, src_key_padding_mask=~here))
        weight = self.att(h).squeeze(-1)[:, None, :].masked_fill(~members, -1e4)
        pooled = torch.bmm(torch.softmax(weight, -1) * members, h)
        return self.se(h), self.sent(pooled).squeeze(-1), self.null(h[:, 0]).squeeze(-1)


def train(head: Head, examples: list[Example], epochs: int, chance: random.Random) -> None:
    """AdamW, a linear decay, batches of like lengths."""
    optimiser = torch.optim.AdamW(head.parameters(), lr=RATE, weight_decay=0.01)
    steps = max(1, epochs * len(examples) // BATCH)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: min(1.0, step / 100) * max(0.02, 1 - step / steps)
    )
    mean = 0.0
    step = 0
    head.train()
    for _ in range(epochs):
        for batch in batches([len(one.types) for one in examples], chance):
            value = loss(head, [examples[number] for number in batch])
            optimiser.zero_grad()
            value.backward()
            nn.utils.clip_grad_norm_(head.parameters(), 1.0)
            optimiser.step()
            schedule.step()
            step += 1
            mean += 0.02 * (value.item() - mean)
            if step % 100 == 0:
                print(f"step {step} of {steps}, loss {mean:.3f}", flush=True)


def batches(lengths: Sequence[int], chance: random.Random) -> list[list[int]]:
    """Numbers of examples, `BATCH` together and those of like lengths, in chance order."""
    order = list(range(len(lengths)))
    chance.shuffle(order)
    found = []
    for first in range(0, len(order), BATCH * 32):
        some = sorted(order[first : first + BATCH * 32], key=lambda number: lengths[number])
        found += [some[at : at + BATCH] for at in range(0, len(some), BATCH)]
    chance.shuffle(found)
    return found


def loss(head: Head, some: Sequence[Example]) -> Tensor:
    """The sentences that answer against the others and against none; a quarter of it, borders."""
    pieces = max(len(one.types) for one in some)
    most = max(int(one.sentence.max()) + 1 for one in some) or 1
    x = torch.zeros(len(some), pieces, 768)
    types = torch.zeros(len(some), pieces, dtype=torch.long)
    here = torch.zeros(len(some), pieces, dtype=torch.bool)
    members = torch.zeros(len(some), most, pieces, dtype=torch.bool)
    for number, one in enumerate(some):
        length = len(one.types)
        x[number, :length] = torch.from_numpy(one.states).float()
        types[number, :length] = torch.from_numpy(one.types)
        here[number, :length] = True
        for sentence in range(most):
            members[number, sentence, :length] = torch.from_numpy(one.sentence == sentence)
    borders, sentences, none = head(x, types, here, members)
    sentences = sentences.masked_fill(~members.any(-1), -1e4)
    chosen = torch.log_softmax(torch.cat([none[:, None], sentences], 1), 1)
    borders = torch.log_softmax(borders.masked_fill(~here[..., None], -1e4), 1)
    total = torch.zeros(())
    for number, one in enumerate(some):
        total = total + label_loss(one.gold, one.answers, chosen[number], borders[number])
    return total / len(some)


def label_loss(
    gold: Sequence[int], answers: Sequence[tuple[int, int]], chosen: Tensor, borders: Tensor
) -> Tensor:
    """Of one example: ``chosen`` are log probabilities of none and of each sentence, ``borders`` of
    each piece to begin and to end the short answer."""
    if not gold:
        return -chosen[0] - 0.25 * borders[0].sum()
    value = -torch.logsumexp(chosen[[number + 1 for number in gold]], 0)
    if answers:
        begins = sorted({begin for begin, _ in answers})
        ends = sorted({end for _, end in answers})
        value = value - 0.25 * (
            torch.logsumexp(borders[begins, 0], 0) + torch.logsumexp(borders[ends, 1], 0)
        )
    return value


def packed(head: Head) -> bytes:
    """The weights in half precision, without those that only training needs."""
    kept = {
        name: weight.numpy().astype(np.float16)
        for name, weight in head.state_dict().items()
        if not name.startswith("se.")
    }
    file = io.BytesIO()
    np.savez(file, **kept)
    return file.getvalue()


if __name__ == "__main__":
    main()
