"""What the tests share: an index over the shipped corpus, small models, the data beside us."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fakes import WordEncoder, WordReranker

import rag
from rag.engine import Engine, open_engine
from rag.index.build import build
from rag.reports import BuildReport

# A shell starts what runs in the background with Ctrl-C ignored, and children inherit that: tests
# that interrupt a process of ours would wait for ever.
signal.signal(signal.SIGINT, signal.default_int_handler)

ROOT = Path(__file__).parent.parent
SHARED = ROOT.parent / "shared"


def shared(name: str) -> Path:
    """A folder of evaluation material beside the checkout, or a skip that says why."""
    folder = SHARED / name
    if not folder.exists():
        if os.environ.get("CI") == "true":
            pytest.fail(f"{folder} is absent, and CI must have it")
        pytest.skip(f"needs ../shared/{name}, which is not beside this checkout")
    return folder


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("RAG_"):
            monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def shipped_index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped corpus, built with the real models."""
    index = tmp_path_factory.mktemp("shipped") / "index"
    rag.build(corpus=ROOT / "corpus", index=index)
    return index


@pytest.fixture(scope="session")
def shipped(shipped_index: Path) -> Iterator[Engine]:
    """The shipped corpus, open with the real models."""
    engine = rag.open_index(shipped_index)
    yield engine
    engine.close()


class Library:
    """A corpus folder and its index, with small models."""

    def __init__(self, folder: Path) -> None:
        self.corpus = folder / "corpus"
        self.corpus.mkdir()
        self.settings = rag.Settings(corpus=str(self.corpus), index=str(folder / "index"))
        self.index = Path(self.settings.index)
        self.encoder = WordEncoder()

    def write(self, name: str, text: str) -> None:
        path = self.corpus / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="")

    def build(self, *, allow_empty: bool = False) -> BuildReport:
        return build(self.settings, encoder=self.encoder, allow_empty=allow_empty)

    def open(self, reranker: WordReranker | None = None) -> Engine:
        reranker = reranker or WordReranker()
        return open_engine(self.settings, encoder=self.encoder, reranker=reranker)


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(tmp_path)


@pytest.fixture
def open_library(library: Library) -> Callable[..., Engine]:
    """Write documents, given as ``name=text``, build, and open."""

    def open_(documents: dict[str, str]) -> Engine:
        for name, text in documents.items():
            library.write(name, text)
        library.build()
        return library.open()

    return open_
