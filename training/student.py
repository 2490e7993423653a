"""The layers of the reader that learn, in torch, and how they do; reader.py says from what."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence

import numpy as np
import torch
from evidence_head import BATCH, batches, label_loss
from lessons import Lesson
from network import HEADS, WIDTH, Floats
from torch import Tensor, nn
from torch.nn import functional

KEPT, LAYERS = 4, 8
"""Layers that stay as they are, and layers in all; the source has twelve."""
HIDDEN = 256
FASTER = 8
"""Times as fast the networks on top learn, which begin from nothing."""


class Student(nn.Module):
    """The layers that learn, and what they are asked for."""

    def __init__(self, source: dict[str, Floats]) -> None:
        super().__init__()
        self.layers = nn.ModuleList(_layer(source, number) for number in range(KEPT, LAYERS))
        self.pool, self.relevance = nn.Linear(WIDTH, WIDTH), nn.Linear(WIDTH, 1)
        with torch.no_grad():
            for ours, theirs in ((self.pool, "bert.pooler.dense"), (self.relevance, "classifier")):
                for kind in ("weight", "bias"):
                    getattr(ours, kind).copy_(_tensor(source[f"{theirs}.{kind}"]))
        self.weight = nn.Linear(WIDTH, 1)
        self.borders = nn.Linear(WIDTH, 2)
        self.sentence = nn.Sequential(nn.Linear(WIDTH, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, 1))
        self.none = nn.Sequential(nn.Linear(WIDTH, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, 1))

    def forward(self, x: Tensor, here: Tensor, sentence: Tensor) -> tuple[Tensor, ...]:
        """Relevance and none ``(batch,)``, sentences ``(batch, most)``, borders ``(batch, pieces,
        2)``, and which sentences have pieces at all."""
        for layer in self.layers:
            x = layer(x, src_key_padding_mask=~here)
        first = x[:, 0]
        most = max(1, int(sentence.max()) + 1)
        members = functional.one_hot(sentence + 1, most + 1)[..., 1:].bool()
        share = torch.softmax(self.weight(x).masked_fill(~members, -1e4), 1) * members
        pooled = torch.einsum("bps,bpd->bsd", share, x)
        return (
            self.relevance(torch.tanh(self.pool(first))).squeeze(-1),
            self.none(first).squeeze(-1),
            self.sentence(pooled).squeeze(-1),
            self.borders(x),
            members.any(1),
        )


def _tensor(value: Floats) -> Tensor:
    return torch.tensor(np.array(value))


def _layer(source: dict[str, Floats], number: int) -> nn.TransformerEncoderLayer:
    """A layer of BERT with the source's weights; without dropout, which costs half of the time."""
    layer = nn.TransformerEncoderLayer(
        WIDTH, HEADS, 4 * WIDTH, 0.0, "gelu", batch_first=True, layer_norm_eps=1e-12
    )
    with torch.no_grad():
        for ours, theirs in layer_names(number).items():
            value = np.concatenate([source[name] for name in theirs])
            layer.get_parameter(ours).copy_(_tensor(value))
    return layer


def layer_names(number: int) -> dict[str, tuple[str, ...]]:
    """torch's names of a layer's parameters, each with those upstream that it joins."""
    base = f"bert.encoder.layer.{number}"
    mixed = [f"{base}.attention.self.{part}" for part in ("query", "key", "value")]
    modules = {
        "self_attn.in_proj_": mixed,
        "self_attn.out_proj.": [f"{base}.attention.output.dense"],
        "linear1.": [f"{base}.intermediate.dense"],
        "linear2.": [f"{base}.output.dense"],
        "norm1.": [f"{base}.attention.output.LayerNorm"],
        "norm2.": [f"{base}.output.LayerNorm"],
    }
    return {
        f"{ours}{kind}": tuple(f"{name}.{kind}" for name in theirs)
        for kind in ("weight", "bias")
        for ours, theirs in modules.items()
    }


def train(
    student: Student,
    known: list[Lesson],
    epochs: int,
    rate: float,
    chance: random.Random,
    *,
    relevant: bool = False,
) -> None:
    """AdamW, a linear decay, batches of like lengths; ``relevant`` as `loss` has it."""
    body = [*student.layers.parameters(), *student.pool.parameters(),
            *student.relevance.parameters()]  # fmt: skip
    ids = {id(parameter) for parameter in body}
    heads = [parameter for parameter in student.parameters() if id(parameter) not in ids]
    groups = [{"params": body, "lr": rate}, {"params": heads, "lr": FASTER * rate}]
    optimiser = torch.optim.AdamW(groups, weight_decay=0.01)
    steps = epochs * -(-len(known) // BATCH)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: min(1.0, step / 150) * max(0.02, 1 - step / steps)
    )
    started, step, mean = time.perf_counter(), 0, 0.0
    for _ in range(epochs):
        for batch in batches([len(one.pieces) for one in known], chance):
            value = loss(student, [known[number] for number in batch], relevant=relevant)
            optimiser.zero_grad()
            value.backward()
            nn.utils.clip_grad_norm_(student.parameters(), 1.0)
            optimiser.step()
            schedule.step()
            step += 1
            mean += max(0.02, 1 / step) * (value.item() - mean)
            if step % 100 == 0:
                spent = time.perf_counter() - started
                print(f"step {step} of {steps}, loss {mean:.3f}, {spent:.0f} s", flush=True)


def loss(student: Student, some: Sequence[Lesson], *, relevant: bool) -> Tensor:
    """Of labels, the sentences that answer against the others and against none, and a quarter of
    the borders; of the teacher, the distance to its sentences and its relevance.

    With ``relevant`` a labelled passage's relevance is whether it answers, on the scale that the
    relevance has: about -11 for another subject and 6 for a passage that answers.
    """
    pieces = max(len(one.pieces) for one in some)
    x = torch.zeros(len(some), pieces, WIDTH)
    here = torch.zeros(len(some), pieces, dtype=torch.bool)
    sentence = torch.full((len(some), pieces), -1)
    for number, one in enumerate(some):
        length = len(one.pieces)
        x[number, :length] = torch.from_numpy(one.states).float()
        here[number, :length] = True
        sentence[number, :length] = torch.from_numpy(one.sentence).long()
    relevance, none, sentences, borders, seen = student(x, here, sentence)
    told = torch.tensor([one.relevance for one in some])
    learnt = torch.tensor([float(relevant and one.labelled) for one in some])
    answers = torch.tensor([float(len(one.gold) > 0) for one in some])
    wrong = functional.binary_cross_entropy_with_logits(
        (relevance + 3) / 2, answers, reduction="none"
    )
    kept = functional.smooth_l1_loss(relevance, told, reduction="none")
    total = (0.5 * learnt * wrong + (0.15 - 0.1 * learnt) * kept).sum()
    masked = sentences.masked_fill(~seen, -1e4)
    chosen = torch.log_softmax(torch.cat([none[:, None], masked], 1), 1)
    borders = torch.log_softmax(borders.masked_fill(~here[..., None], -1e4), 1)
    for number, one in enumerate(some):
        most = min(len(one.logits), seen.shape[1])
        there = seen[number, :most]
        if there.any():
            wanted = torch.tensor(one.logits[:most]).clamp(-12, 12)[there]
            ours = (sentences[number, :most] - none[number])[there]
            total = total + (0.15 if one.labelled else 0.5) * functional.smooth_l1_loss(
                ours, wanted
            )
        if one.labelled:
            total = total + label_loss(one.gold, one.answers, chosen[number], borders[number])
    return total / len(some)
