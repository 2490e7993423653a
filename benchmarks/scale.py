"""How build, disk, memory, start and retrieval grow with the number of passages.

    python benchmarks/scale.py [--passages 10000 100000 1000000] [--vectors 10000000]
                               [--folder FOLDER] [--json FILE]

FILE is benchmarks/results/scale.json for what the documents tell: figures of a size are put there
in the place of earlier ones, and scale_plot.py makes the tables and the picture from it.

Texts and vectors are generated, from a fixed seed: words as unequally frequent as in a language,
vectors in clouds, one a subject. Everything else is the product: files are read, split, indexed and
written by `rag.index.build`, and asked through `rag.retrieve`; only the encoder is replaced, since
its time is that of any encoder times the passages. Each step is a process of its own, so that its
memory is its own. A question's retrieval is both searches and their fusion, without any model. The
whole server is the page with both models, which are asked as people ask.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import multiprocessing
import os
import resource
import shutil
import socket
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import rag
from rag.models.encoder import open_encoder

PASSAGES_A_FILE = 14
QUESTIONS = 300
WORDS = 200_000
SUBJECTS = 2_000
DIMENSION = 384
Vectors = NDArray[np.float32]


def main() -> None:
    options = arguments()
    works = [(measured, count) for count in options.passages]
    works += [(measured_alone, count) for count in options.vectors]
    for work, count in works:
        told = {"date": f"{datetime.now(UTC):%Y-%m-%d}", "load": [round(os.getloadavg()[0], 1)]}
        folder = Path(tempfile.mkdtemp(prefix="rag-scale-", dir=options.folder))
        try:
            row = told | work(folder, count)
        finally:
            shutil.rmtree(folder)
        row["load"].append(round(os.getloadavg()[0], 1))
        show(row)
        if options.json:
            keep(row, options.json)


def keep(row: dict[str, Any], file: Path) -> None:
    """Put a row among those of a file, in the place of the one of the same size."""
    rows = json.loads(file.read_text(encoding="utf-8")) if file.exists() else []
    names = ("passages_asked_for", "vectors")
    rows = [old for old in rows if any(old.get(name) != row.get(name) for name in names)]
    file.write_text(json.dumps([*rows, row], indent=1) + "\n", encoding="utf-8")


def measured_alone(folder: Path, count: int) -> dict[str, Any]:
    return {"vectors": count} | apart(vectors_alone, folder, count)


def measured(folder: Path, count: int) -> dict[str, Any]:
    found: dict[str, Any] = {"passages_asked_for": count}
    found |= apart(write_corpus, folder / "corpus", count)
    found |= prefixed("build", apart(built, folder))
    found["disk_bytes"] = sum(
        p.stat().st_size for p in (folder / "index").rglob("*") if p.is_file()
    )
    time.sleep(3)  # until files are older than a tick of the clock: see rag.index.checked
    apart(asked, folder)
    found |= apart(asked, folder)  # the second start is every other one's
    found |= prefixed("server", apart(served, folder))
    change(folder / "corpus")
    return found | prefixed("one_file_changed", apart(built, folder))


def prefixed(name: str, figures: dict[str, Any]) -> dict[str, Any]:
    return {f"{name}_{key}": value for key, value in figures.items()}


def apart(work: Callable[..., dict[str, Any]], *given: Any) -> dict[str, Any]:
    """Run it in a process of its own; its figures, and the most memory that it held.

    What it holds of its own is looked at every half second, and told every minute.
    """
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_run, args=(theirs, work, given))
    process.start()
    theirs.close()
    try:
        found: dict[str, Any] = ours.recv()
    except EOFError:
        raise SystemExit(f"{work.__name__} failed") from None
    process.join()
    return found


def _run(pipe: Any, work: Callable[..., dict[str, Any]], given: Sequence[Any]) -> None:
    most, done = [0], threading.Event()
    threading.Thread(target=_watch, args=(work.__name__, most, done), daemon=True).start()
    found = work(*given)
    done.set()
    peak_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    pipe.send(found | {"peak_bytes": peak_kb * 1024, "peak_own_bytes": most[0]})


def _watch(name: str, most: list[int], done: threading.Event) -> None:
    started = told = time.monotonic()
    while not done.wait(0.5):
        own = memory()["own_bytes"]
        most[0] = max(most[0], own)
        if time.monotonic() - told >= 60:
            told = time.monotonic()
            say(f"{name}: {(told - started) / 60:.0f} min, {own / 1e6:,.0f} MB of its own")


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def write_corpus(corpus: Path, count: int) -> dict[str, Any]:
    for number, text in enumerate(texts(count)):
        path = corpus / f"{number // 1000:03d}" / f"{number:06d}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return {}


def texts(count: int) -> Iterator[str]:
    """Files of some fourteen passages: a subject's own words among those of the language."""
    chance = np.random.default_rng(0)
    rate = 1 / np.arange(1, WORDS + 1) ** 1.05
    steps = np.cumsum(rate / rate.sum())
    words = [word(number) for number in range(WORDS)]
    for number in range(count // PASSAGES_A_FILE):
        subject = f"Subject{number % SUBJECTS}"
        drawn = np.searchsorted(steps, chance.random((20, 8, 14)))
        paragraphs = [
            " ".join(
                f"{subject} {' '.join(words[min(n, WORDS - 1)] for n in sentence)}."
                for sentence in paragraph
            )
            for paragraph in drawn.tolist()
        ]
        yield "\n\n".join(paragraphs)


def word(number: int) -> str:
    """A word of its own for each number, shorter for frequent ones."""
    letters, sounds = "bdfgklmnprstvz", "aeiou"
    made = ""
    number += 1
    while number:
        number, at = divmod(number, len(letters) * len(sounds))
        made += letters[at // len(sounds)] + sounds[at % len(sounds)]
    return made


class Clouds:
    """An encoder that costs nothing: a text's vector lies about its subject's."""

    name = "clouds"
    sha256 = "c" * 64
    dimension = DIMENSION

    def __init__(self) -> None:
        self._subjects = np.random.default_rng(1).standard_normal((SUBJECTS, DIMENSION))

    def encode(self, given: Sequence[str]) -> Vectors:
        vectors = np.empty((len(given), DIMENSION), np.float32)
        for row, text in enumerate(given):
            digest = hashlib.sha256(text.encode()).digest()
            at = text.find("Subject") + 7
            digits = text[at : at + 4].split(" ")[0]
            own = np.random.default_rng(int.from_bytes(digest[:8])).standard_normal(DIMENSION)
            vectors[row] = self._subjects[int(digits) if digits.isdigit() else 0] + 0.8 * own
        unit: Vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return unit


def settings_of(folder: Path) -> rag.Settings:
    return rag.Settings(corpus=str(folder / "corpus"), index=str(folder / "index"))


def built(folder: Path) -> dict[str, Any]:
    from rag.index.build import build

    started = time.perf_counter()
    spent: dict[str, float] = {}
    at, stage = started, "look"

    def tell(progress: Any) -> None:
        nonlocal at, stage
        now = time.perf_counter()
        spent[stage] = spent.get(stage, 0.0) + now - at
        at, stage = now, progress.stage

    report = build(settings_of(folder), encoder=Clouds(), progress=tell)
    return {
        "seconds": time.perf_counter() - started,
        "passages": report.passages,
        "embedded": report.embedded,
        "stages_s": {name: round(value, 2) for name, value in spent.items()},
    }


def asked(folder: Path) -> dict[str, Any]:
    from rag.index.local import open_store
    from rag.retrieve import retrieve

    settings, encoder = settings_of(folder), Clouds()
    started = time.perf_counter()
    store = open_store(Path(settings.index))
    opened = time.perf_counter() - started
    seconds = []
    for question in questions():
        vector = encoder.encode([question])
        fixed = Fixed(vector)
        started = time.perf_counter()
        retrieve(store, fixed, question, settings)
        seconds.append(time.perf_counter() - started)
    later = seconds[QUESTIONS // 3 :]
    return {
        "start_s": opened,
        "retrieval_p50_ms": 1000 * float(np.median(later)),
        "retrieval_p95_ms": 1000 * float(np.quantile(later, 0.95)),
        "recall": store.manifest.recall,
        "probes": store.manifest.probes,
        **memory(),
        "mapped_bytes": mapped(Path(settings.index)),
    }


def questions() -> Iterator[str]:
    chance = np.random.default_rng(2)
    for _ in range(QUESTIONS):
        common, rare = chance.integers(0, 60, 5), chance.integers(60, 20_000, 3)
        words = " ".join(word(int(number)) for number in (*common, *rare))
        yield f"What {words} of Subject{chance.integers(SUBJECTS)} ?"


def served(folder: Path) -> dict[str, Any]:
    """A whole server, the same questions asked of it to the end."""
    from rag.engine import open_engine
    from rag.ui.page import create_app, launch

    started = time.perf_counter()
    engine = open_engine(settings_of(folder), encoder=Both())
    app = create_app(engine)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = launch(app, port=port)
    opened = time.perf_counter() - started
    with urllib.request.urlopen(url) as page:  # noqa: S310
        page.read()
    seconds = []
    for question in questions():
        started = time.perf_counter()
        engine.query(question)
        seconds.append(time.perf_counter() - started)
    told = memory()
    app.close()
    return {"start_s": opened, "question_p50_ms": 1000 * float(np.median(seconds)), **told}


class Both(Clouds):
    """The clouds' vectors, in the time and the memory of the default encoder."""

    def __init__(self) -> None:
        super().__init__()
        self._real = open_encoder()

    def encode(self, given: Sequence[str]) -> Vectors:
        self._real.encode(given)
        return super().encode(given)


class Fixed(Clouds):
    """What gives one vector at once, so that only the search is timed."""

    def __init__(self, vector: Vectors) -> None:
        self._vector = vector

    def encode(self, given: Sequence[str]) -> Vectors:  # noqa: ARG002
        return self._vector


def memory() -> dict[str, int]:
    """Of this process: all that is in memory, and what of it is not a file's that the system may
    drop and read again."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    rows = dict(line.split(":", 1) for line in lines)
    kb = {name: int(rows[name].split()[0]) for name in ("VmRSS", "RssAnon")}
    return {"resident_bytes": kb["VmRSS"] * 1024, "own_bytes": kb["RssAnon"] * 1024}


def mapped(folder: Path) -> dict[str, int]:
    """How much of each file in a folder is in this process's memory."""
    found: dict[str, int] = {}
    name = ""
    for line in Path("/proc/self/smaps").read_text(encoding="utf-8").splitlines():
        first, _, rest = line.partition(" ")
        if not first.endswith(":"):
            path = Path(rest.partition("/")[1] + rest.partition("/")[2])
            name = path.name if path.is_relative_to(folder.absolute()) else ""
        elif first == "Rss:" and name:
            found[name] = found.get(name, 0) + int(rest.split()[0]) * 1024
    return found


def change(corpus: Path) -> None:
    path = next(corpus.rglob("*.txt"))
    path.write_text(path.read_text(encoding="utf-8") + "\n\nOne more line.", encoding="utf-8")


def vectors_alone(folder: Path, count: int) -> dict[str, Any]:
    """Of ten million vectors each copy is 15 GB on disk: none is held in memory, and the first is
    removed once the index holds the second."""
    from rag.index import dense

    chance = np.random.default_rng(1)
    subjects = chance.standard_normal((SUBJECTS, DIMENSION), np.float32)
    given, index = folder / "given.npy", folder / "index"
    with given.open("wb") as file:
        told = {"descr": "<f4", "fortran_order": False, "shape": (count, DIMENSION)}
        np.lib.format.write_array_header_1_0(file, told)
        for start in range(0, count, 50_000):
            block = subjects[chance.integers(0, SUBJECTS, min(50_000, count - start))]
            block += 0.8 * chance.standard_normal(block.shape, np.float32)
            block /= np.linalg.norm(block, axis=1, keepdims=True)
            block.tofile(file)
            if start % 1_000_000 == 0:
                say(f"vectors: {start + len(block):,} of {count:,}")
    index.mkdir()
    started = time.perf_counter()
    dense.save(np.load(given, mmap_mode="r"), index, None, np.full(count, -1))
    saved = time.perf_counter() - started
    say(f"written in {saved:,.0f} s")
    given.unlink()
    started = time.perf_counter()
    probes, recall = dense.measure(index)
    checked = time.perf_counter() - started
    say(f"found with {probes} lists: {recall:.3f}; in {checked:,.0f} s")
    found = dense.load(index, probes)
    seconds = []
    for _ in range(QUESTIONS):
        vector = subjects[chance.integers(SUBJECTS)] + 0.5 * chance.standard_normal(
            DIMENSION, np.float32
        )
        vector /= np.linalg.norm(vector)
        started = time.perf_counter()
        found.search(vector, 50, None)
        seconds.append(time.perf_counter() - started)
    later = seconds[QUESTIONS // 3 :]
    return {
        "write_s": saved,
        "measure_s": checked,
        "recall": recall,
        "probes": probes,
        "search_p50_ms": 1000 * float(np.median(later)),
        "search_p95_ms": 1000 * float(np.quantile(later, 0.95)),
        "disk_bytes": sum(p.stat().st_size for p in index.iterdir()),
        **memory(),
    }


def show(row: dict[str, Any]) -> None:
    for name, value in row.items():
        if name.endswith("_bytes") and not isinstance(value, dict):
            value = f"{value / 1e6:,.0f} MB"
        elif isinstance(value, float):
            value = f"{value:,.3f}"
        print(f"{name:32}{value}", flush=True)
    print(flush=True)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--passages", type=int, nargs="*", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--vectors", type=int, nargs="*", default=[])
    parser.add_argument("--folder", type=Path, help="where to write, by default a temporary folder")
    parser.add_argument("--json", type=Path, help="a file for the figures")
    return parser.parse_args()


if __name__ == "__main__":
    main()
