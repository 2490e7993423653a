"""A small deterministic engine with the real one's interface, for tests of the page alone."""

from __future__ import annotations

import hashlib
import re
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from rag.document import Block, Document
from rag.errors import (
    CorpusError,
    IndexBusyError,
    IndexMissingError,
    QuestionError,
    not_indexed,
)
from rag.findings import Finding, find
from rag.folders import Folders
from rag.reports import BuildReport, DocumentInfo, IndexInfo, Progress, Skipped
from rag.settings import Settings
from rag.types import Answer, Quote

_COMMON = frozenset(
    "a an and are as at be by did do does for from had has have how in is it its not of on or "
    "that the their them they this to was were what when where which who why will with".split()
)


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.lower())) - _COMMON


def document_of(path: str, text: str, title: str = "", pages: bool = False) -> Document:
    """A document whose paragraphs are blocks; a paragraph that begins with # is a heading."""
    blocks = []
    for number, match in enumerate(re.finditer(r"[^\n](?:(?:[^\n]|\n(?!\n))*[^\n])?", text)):
        start, end = match.span()
        heading = re.match(r"(#{1,6}) ", match[0])
        marker = re.match(r"- ", match[0])
        page = number // 4 + 1 if pages else None
        if heading:
            level = len(heading[1])
            blocks.append(Block(start + heading.end(), end, "heading", level, page))
        elif marker:
            blocks.append(Block(start + 2, end, "item", 0, page))
        else:
            kind = "row" if "|" in match[0] else "prose"
            blocks.append(Block(start, end, kind, 0, page))
    first = next((b for b in blocks if b.kind == "heading"), None)
    title = title or (text[first.start : first.end] if first else path)
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    return Document(path, title, text, tuple(blocks), digest, "fake 1")


class FakeEngine:
    """Answers with the paragraphs that share most words with the question."""

    def __init__(
        self,
        documents: Sequence[Document],
        settings: Settings,
        *,
        state: str = "ready",
        delay_s: float = 0.0,
        build_s: float = 1.0,
        next_build: Sequence[Document] = (),
    ) -> None:
        self.settings = settings
        self.state = state
        self.delay_s = delay_s
        self.build_s = build_s
        self.builds = 0
        self._documents = {document.path: document for document in documents}
        self._others = {document.path: document for document in next_build}
        self._lock = threading.Lock()

    def _ready(self) -> None:
        if self.state == "missing":
            raise IndexMissingError(f"no index in {self.settings.index}; run rag build")

    def query(
        self,
        question: str,
        *,
        history: Sequence[str] = (),
        documents: Sequence[str] | None = None,
        top: int | None = None,
        folders: Folders | None = None,
    ) -> Answer:
        self._ready()
        if self.delay_s:
            time.sleep(self.delay_s)
        if not question.strip():
            raise QuestionError("the question is empty; type one")
        if len(question) > self.settings.max_question_chars:
            raise QuestionError(
                f"the question has {len(question)} characters; the limit is "
                f"{self.settings.max_question_chars}; shorten it"
            )
        if "crash please" in question:
            raise RuntimeError("secret internal detail")
        for path in documents or ():
            if path not in self._documents or (folders and not folders.covers(path)):
                raise not_indexed(path)
        follow_up = bool(history) and len(_words(question)) <= 2
        searched = f"{history[-1]} {question}" if follow_up else question
        scored = []
        for document in self._documents.values():
            if documents is not None and document.path not in documents:
                continue
            if folders is not None and not folders.covers(document.path):
                continue
            for block in document.blocks:
                if block.kind == "heading":
                    continue
                text = document.text[block.start : block.end]
                wanted = _words(searched)
                share = len(wanted & _words(text)) / (len(wanted) or 1)
                start, end = block.start, block.end
                if block.kind == "prose" and len(text) > 400:
                    start, end = self._sentence(document, block, wanted)
                scored.append((share, document.path, Quote(document, start, end, share)))
        scored.sort(key=lambda row: (-row[0], row[1], row[2].start))
        best = [quote for share, _, quote in scored if share >= 0.6][: top or self.settings.top]
        near = [quote for share, _, quote in scored if share > 0][: self.settings.near_misses]
        if len(best) > 1:
            twin = best[-1]
            first = best[0]
            best[0] = Quote(first.document, first.start, first.end, first.relevance, (twin,))
        return Answer(
            question,
            tuple(best),
            () if best else tuple(near),
            self.info().index_id,
            {"retrieve": 3.0, "total": 4.2 + 1000 * self.delay_s},
            searched,
            len(documents or ()),
        )

    @staticmethod
    def _sentence(document: Document, block: Block, wanted: set[str]) -> tuple[int, int]:
        text = document.text[block.start : block.end]
        spans = [m.span() for m in re.finditer(r"\S[^.!?]*[.!?]?", text)]
        start, end = max(spans, key=lambda s: len(wanted & _words(text[s[0] : s[1]])))
        return block.start + start, block.start + end

    def find(self, text: str, *, folders: Folders | None = None) -> tuple[Finding, ...]:
        self._ready()
        if "crash please" in text:
            raise RuntimeError("secret internal detail")
        held = self._documents.values()
        return find(text, [one for one in held if folders is None or folders.covers(one.path)])

    def info(self) -> IndexInfo:
        self._ready()
        digest = hashlib.sha256(f"{sorted(self._documents)} {self.builds}".encode()).hexdigest()
        return IndexInfo(
            digest[:16],
            len(self._documents),
            sum(len(d.blocks) for d in self._documents.values()),
            (
                Skipped("scans/letter-1998.tif", "no reader for .tif files"),
                Skipped("broken.pdf", "the file is damaged: no page tree"),
            ),
            "fake",
            "0" * 64,
            "fake",
            "0" * 64,
            2_345_678,
        )

    def documents(self) -> tuple[DocumentInfo, ...]:
        self._ready()
        return tuple(
            DocumentInfo(
                d.path, d.title, len(d.text), len(d.blocks), len(d.text), d.reader, d.notes
            )
            for d in sorted(self._documents.values(), key=lambda d: d.path)
        )

    def document(self, path: str) -> Document:
        self._ready()
        try:
            return self._documents[path]
        except KeyError:
            raise not_indexed(path) from None

    def build(self, progress: Callable[[Progress], None] | None = None) -> BuildReport:
        if self.state == "empty":
            raise CorpusError(f"no documents in {self.settings.corpus}; put files there")
        if not self._lock.acquire(blocking=False):
            raise IndexBusyError(
                f"another build is writing {self.settings.index}; wait until it is done"
            )
        try:
            began = time.perf_counter()
            steps = 20
            for stage in ("read", "encode", "write"):
                for done in range(steps + 1):
                    if progress:
                        progress(Progress(stage, done, steps, f"file-{done}.md"))  # type: ignore[arg-type]
                    time.sleep(self.build_s / steps / 3)
            self.builds += 1
            self.state = "ready"
            if self._others:  # what is in the corpus has changed, and changes back with the next
                self._documents, self._others = self._others, self._documents
            paths = sorted(self._documents)
            return BuildReport(
                tuple(paths[:1]),
                (),
                ("old.md",),
                tuple(paths[1:]),
                self.info().skipped,
                self.info().index_id,
                40,
                3,
                time.perf_counter() - began,
            )
        finally:
            self._lock.release()

    def close(self) -> None:
        pass


def from_folder(folder: str, settings: Settings, **options: object) -> FakeEngine:
    """The text and Markdown files of a folder."""
    found = [
        document_of(path.name, path.read_text("utf-8"), pages=path.suffix == ".txt")
        for path in sorted(Path(folder).glob("*"))
        if path.suffix in {".md", ".txt"}
    ]
    return FakeEngine(found, settings, **options)  # type: ignore[arg-type]
