"""Quality and speed on public questions: SQuAD 2.0 dev and NQ-open.

    python benchmarks/squad.py [--questions 600] [--foreign 400] [--data ../shared/data]

The 1,204 paragraphs become files in a folder, as a person's documents would be,
and are built with the default settings. Answerable questions are sampled with a
fixed seed; NQ-open questions whose answer BM25 finds in the corpus are left out.
Settings were chosen on the articles of half "tune"; half "report" was held out.
Prints a table and writes JSON beside the index.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import rag
from rag.evidence import find_quotes
from rag.index.local import LocalStore, open_store
from rag.models.encoder import open_encoder
from rag.models.reranker import open_reranker
from rag.retrieve import rerank, retrieve

Rows = list[dict[str, Any]]


def main() -> None:
    options = arguments()
    folder = options.work or Path(tempfile.gettempdir()) / "rag-benchmark-squad"
    settings = rag.load_settings(corpus=folder / "corpus", index=folder / "index")
    names = write_corpus(lines(options.data / "squad2_dev.corpus.jsonl"), Path(settings.corpus))
    report = rag.build(settings=settings)
    rate = report.embedded / report.seconds
    print(f"built {report.passages} passages in {report.seconds:.1f} s ({rate:.0f} a second)")

    chance = random.Random(options.seed)  # noqa: S311 - a sample, not a secret
    squad = lines(options.data / "squad2_dev.questions.jsonl")
    answerable = [row for row in squad if row["answerable"]]
    adversarial = [row for row in squad if not row["answerable"]]
    foreign = [
        row
        for row in lines(options.data / "nq_open_dev.questions.jsonl")
        if "squad2_dev" not in row["answer_string_in"]
    ]
    store = open_store(Path(settings.index))
    ask = asker(store, settings, names)
    rows = {
        "answerable": [ask(row) for row in take(chance, answerable, options.questions)],
        "foreign": [ask(row) for row in take(chance, foreign, options.foreign)],
        "adversarial": [ask(row) for row in take(chance, adversarial, options.adversarial)],
    }
    result = {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "index_id": report.index_id,
        "questions": {kind: len(found) for kind, found in rows.items()},
        **{half: figures(rows, half) for half in ("all", "tune", "report")},
    }
    (folder / "squad.json").write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    show(result)
    print(f"written to {folder / 'squad.json'}")


def asker(
    store: LocalStore, settings: rag.Settings, names: dict[str, str]
) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """A function that asks one question and tells what was found where, and how long it took."""
    encoder, reranker = open_encoder(settings.encoder), open_reranker(settings.reranker)

    def ask(row: dict[str, Any]) -> dict[str, Any]:
        started = time.perf_counter()
        hits = retrieve(store, encoder, row["question"], settings)
        passages = rerank(store, reranker, row["question"], hits)
        quotes, misses = find_quotes(row["question"], passages, settings, settings.top)
        elapsed_ms = (time.perf_counter() - started) * 1000
        gold = names.get(row["doc_id"] or "")
        ranked = [passage.document.path for passage in passages]
        right = [
            quote.document.path == gold
            and any(
                quote.start <= answer["start"]
                and answer["start"] + len(answer["text"]) <= quote.end
                for answer in row["answers"]
            )
            for quote in quotes
        ]
        best = (*quotes, *misses)
        return {
            "tune": tuned(row["doc_id"] or row["id"]),
            "rank": ranked.index(gold) if gold in ranked else None,
            "answered": bool(quotes),
            "right": right,
            "score": best[0].relevance if best else 0.0,
            "ms": elapsed_ms,
        }

    ask({"question": "Is it warm?", "doc_id": None, "id": "", "answers": []})
    return ask


def figures(rows: dict[str, Rows], half: str) -> dict[str, float]:
    """Shares of 1, for all rows or those of one half of the articles."""
    answerable, foreign, adversarial = (
        [row for row in rows[kind] if half == "all" or row["tune"] == (half == "tune")]
        for kind in ("answerable", "foreign", "adversarial")
    )
    times = sorted(row["ms"] for row in answerable)
    return {
        "passage_1": share(row["rank"] == 0 for row in answerable),
        "passage_3": share(row["rank"] is not None and row["rank"] < 3 for row in answerable),
        "passage_5": share(row["rank"] is not None and row["rank"] < 5 for row in answerable),
        "first_quote": share(row["right"][:1] == [True] for row in answerable),
        "three_quotes": share(any(row["right"][:3]) for row in answerable),
        "quotes_right": share(right for row in answerable for right in row["right"]),
        "answered": share(row["answered"] for row in answerable),
        "foreign_refused": share(not row["answered"] for row in foreign),
        "foreign_auroc": auroc(scores(answerable), scores(foreign)),
        "adversarial_refused": share(not row["answered"] for row in adversarial),
        "adversarial_auroc": auroc(scores(answerable), scores(adversarial)),
        "p50_ms": statistics.median(times),
        "p95_ms": times[int(len(times) * 0.95)],
    }


def auroc(positive: Sequence[float], negative: Sequence[float]) -> float:
    """The chance that a positive scores above a negative; ties count half."""
    wins = sum((p > n) + (p == n) / 2 for p in positive for n in negative)
    return wins / max(1, len(positive) * len(negative))


def scores(rows: Rows) -> list[float]:
    return [row["score"] for row in rows]


def share(values: Any) -> float:
    found = [bool(value) for value in values]
    return sum(found) / max(1, len(found))


def tuned(document: str) -> bool:
    """Whether the article belongs to the half that settings were chosen on."""
    article = document.partition("#")[0]
    return hashlib.sha256(article.encode()).digest()[0] % 2 == 0


def take(chance: random.Random, rows: Rows, count: int) -> Rows:
    return rows if count >= len(rows) else chance.sample(rows, count)


def lines(path: Path) -> Rows:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def write_corpus(documents: Rows, folder: Path) -> dict[str, str]:
    """Each paragraph as a text file; returns document ids with their file names."""
    folder.mkdir(parents=True, exist_ok=True)
    names = {}
    for document in documents:
        name = document["id"].replace("/", "_") + ".txt"
        path = folder / name
        if not path.exists():
            path.write_bytes(document["text"].encode("utf-8"))
        names[document["id"]] = name
    return names


def show(result: dict[str, Any]) -> None:
    print(f"{result['machine']}; questions: {result['questions']}")
    print(f"{'':22}{'all':>9}{'tune':>9}{'report':>9}")
    for name in result["all"]:
        cells = "".join(f"{result[half][name]:9.3f}" for half in ("all", "tune", "report"))
        print(f"{name:22}{cells}")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    data = Path(__file__).parent.parent.parent / "shared" / "data"
    parser.add_argument("--data", type=Path, default=data, help="folder of the question sets")
    parser.add_argument("--work", type=Path, help="folder for the corpus and the index")
    parser.add_argument("--questions", type=int, default=600, help="answerable questions")
    parser.add_argument("--foreign", type=int, default=400, help="NQ-open questions")
    parser.add_argument("--adversarial", type=int, default=200, help="SQuAD unanswerables")
    parser.add_argument("--seed", type=int, default=7)
    return parser.parse_args()


if __name__ == "__main__":
    main()
