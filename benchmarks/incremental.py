"""What one changed file of a thousand costs, beside a build of that file alone.

    python benchmarks/incremental.py [--files 1000] [--rounds 5] [--data ../shared/data]

Paragraphs of SQuAD become files in a folder. Both figures are of an engine that is open, as
behind the page: models loaded, the file read, split, embedded and written. The median of the
rounds is printed by stage, and the ratio of the sums.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import rag
from rag.index.build import build
from rag.models.encoder import Encoder, open_encoder
from rag.reports import Progress

STAGES = ("look", "read", "encode", "write", "publish")


def main() -> None:
    options = arguments()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        corpus, alone = folder / "corpus", folder / "alone"
        corpus.mkdir()
        alone.mkdir()
        texts = paragraphs(options.data / "squad2_dev.corpus.jsonl", options.files)
        for number, text in enumerate(texts):
            (corpus / f"{number:05d}.txt").write_text(text, encoding="utf-8")
        encoder = open_encoder("default")
        encoder.encode(["warm"])
        first, _ = timed(corpus, folder / "index", encoder)
        print(f"{len(texts):,} files built from nothing in {first:.1f} s")
        changed, single = [], []
        for number in range(options.rounds):
            text = f"{texts[number]} Changed in round {number}."
            (corpus / f"{number:05d}.txt").write_text(text, encoding="utf-8")
            changed.append(timed(corpus, folder / "index", encoder))
            (alone / "alone.txt").write_text(text, encoding="utf-8")
            single.append(timed(alone, folder / f"index{number}", encoder))
        nothing = [timed(corpus, folder / "index", encoder) for _ in range(options.rounds)]
        (corpus / "00007.txt").rename(corpus / "renamed.txt")
        renamed = timed(corpus, folder / "index", encoder)
    rows = {
        f"one of {len(texts):,} changed": changed,
        "that file alone": single,
        "nothing changed": nothing,
        "one renamed": [renamed],
    }
    print(f"{'seconds':24}{'all':>8}" + "".join(f"{stage:>9}" for stage in STAGES))
    for label, rounds in rows.items():
        whole = statistics.median(seconds for seconds, _ in rounds)
        stages = [statistics.median(found[stage] for _, found in rounds) for stage in STAGES]
        print(f"{label:24}{whole:8.3f}" + "".join(f"{stage:9.3f}" for stage in stages))
    ratio = statistics.median(s for s, _ in changed) / statistics.median(s for s, _ in single)
    print(f"one changed file costs {ratio:.2f} times what it costs alone")


def timed(corpus: Path, index: Path, encoder: Encoder) -> tuple[float, dict[str, float]]:
    """Seconds of a build, and by stage: each ends where the next one begins to be told of."""
    spent = dict.fromkeys(STAGES, 0.0)
    at, stage = time.perf_counter(), "look"

    def tell(progress: Progress) -> None:
        nonlocal at, stage
        now = time.perf_counter()
        spent[stage] += now - at
        at, stage = now, progress.stage

    settings = rag.Settings(corpus=str(corpus), index=str(index))
    started = time.perf_counter()
    publishing(lambda: tell(Progress("publish", 0, 1)))  # type: ignore[arg-type]
    report = build(settings, encoder=encoder, progress=tell)
    ended = time.perf_counter()
    spent[stage] += ended - at
    assert report.index_id
    return ended - started, spent


def publishing(told: Callable[[], None]) -> None:
    """Have the beginning of the switch told of, since a person is not told."""
    from rag.index import generation

    publish = getattr(generation.publish, "plain", generation.publish)

    def tell(*arguments: object) -> None:
        told()
        publish(*arguments)

    tell.plain = publish  # type: ignore[attr-defined]
    generation.publish = tell  # type: ignore[assignment]


def paragraphs(path: Path, count: int) -> list[str]:
    with path.open(encoding="utf-8") as file:
        return [json.loads(line)["text"] for line, _ in zip(file, range(count), strict=False)]


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--files", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=5)
    default = Path(__file__).resolve().parents[2] / "shared" / "data"
    parser.add_argument("--data", type=Path, default=default)
    return parser.parse_args()


if __name__ == "__main__":
    main()
