"""Follow-up questions: how much of what a full question finds does a follow-up find?

    python benchmarks/followups.py [--questions 200] [--data ../shared/data]

CANARD (dev) has conversations on Wikipedia sections, each question also as a person rewrote it to
stand alone. The answers of each conversation become a document under its article's title and
section; what is measured is whether the first passage is of the right document. The title is the
first message of a conversation: without it nobody could tell what most of them are about.

A change of subject is another conversation's full question asked in the middle of this one. Both
are asked with the history, and without.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import Any

import rag
from rag.engine import Engine, open_engine


def main() -> None:
    options = arguments()
    folder = options.work or Path(tempfile.gettempdir()) / "rag-benchmark-followups"
    turns = [json.loads(line) for line in (options.data / "canard_dev.jsonl").open("rb")]
    names = write_corpus(turns, folder / "corpus")
    settings = rag.load_settings(corpus=folder / "corpus", index=folder / "index")
    rag.build(settings=settings)
    engine = open_engine(settings)
    followups = [turn for turn in turns if turn["history"] and turn["question"] != turn["rewrite"]]
    chance = random.Random(options.seed)  # noqa: S311 - a sample, not a secret
    sample = chance.sample(followups, 2 * min(options.questions, len(followups) // 2))
    asked, other = sample[: len(sample) // 2], sample[len(sample) // 2 :]
    bare = share(engine, names, [(turn, turn["question"], []) for turn in asked])
    with_history = share(engine, names, [(turn, turn["question"], past(turn)) for turn in asked])
    rewrite = share(engine, names, [(turn, turn["rewrite"], []) for turn in asked])
    alone = share(engine, names, [(turn, turn["rewrite"], []) for turn in other])
    pairs = zip(other, asked, strict=True)
    switched = share(engine, names, [(turn, turn["rewrite"], past(at)) for turn, at in pairs])
    print(f"{len(asked)} follow-ups; right document first:")
    print(f"  the bare follow-up        {bare:.3f}")
    print(f"  with the conversation     {with_history:.3f}")
    print(f"  the human rewrite         {rewrite:.3f}")
    print(f"  of the gap closed         {(with_history - bare) / (rewrite - bare):.3f}")
    print(f"{len(other)} changes of subject; right document first:")
    print(f"  without a conversation    {alone:.3f}")
    print(f"  in the middle of another  {switched:.3f}")


def past(turn: dict[str, Any]) -> list[str]:
    """What the person had typed before."""
    return [turn["title"], *turn["history"][0::2]]


def share(
    engine: Engine, names: dict[str, str], asked: list[tuple[dict[str, Any], str, list[str]]]
) -> float:
    """Of the questions, each with its history, those whose first passage is of its dialogue."""
    right = 0
    for turn, question, history in asked:
        passages = engine.trace(question, history=history).passages
        right += bool(passages) and passages[0].document.path == names[dialogue(turn)]
    return right / len(asked)


def dialogue(turn: dict[str, Any]) -> str:
    return str(turn["id"]).partition("#")[0]


def write_corpus(turns: list[dict[str, Any]], folder: Path) -> dict[str, str]:
    """A document a dialogue; returns the dialogues with their files' names."""
    folder.mkdir(parents=True, exist_ok=True)
    by_dialogue = defaultdict(list)
    for turn in turns:
        by_dialogue[dialogue(turn)].append(turn)
    names = {}
    for number, (name, held) in enumerate(by_dialogue.items()):
        last = max(held, key=lambda turn: len(turn["history"]))
        answers = "\n\n".join(last["history"][1::2])
        path = folder / f"{number:03}.md"
        path.write_text(f"# {last['title']}\n\n## {last['section']}\n\n{answers}\n", "utf-8")
        names[name] = path.name
    return names


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    data = Path(__file__).parent.parent.parent / "shared" / "data"
    parser.add_argument("--data", type=Path, default=data, help="folder of the question sets")
    parser.add_argument("--work", type=Path, help="folder for the corpus and the index")
    parser.add_argument("--questions", type=int, default=200, help="follow-ups to ask")
    parser.add_argument("--seed", type=int, default=7)
    return parser.parse_args()


if __name__ == "__main__":
    main()
