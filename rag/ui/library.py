"""What the page needs of an engine."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from rag.document import Document
from rag.findings import Finding
from rag.folders import Folders
from rag.reports import BuildReport, DocumentInfo, IndexInfo, Progress
from rag.settings import Settings
from rag.types import Answer

Report = Callable[[Progress], None]


class Library(Protocol):
    """What one person may search and see: the whole, or what `rag.ui.granted` leaves of it."""

    @property
    def settings(self) -> Settings: ...

    def query(
        self,
        question: str,
        *,
        history: Sequence[str] = (),
        documents: Sequence[str] | None = None,
        top: int | None = None,
    ) -> Answer: ...

    def find(self, text: str) -> tuple[Finding, ...]: ...
    def info(self) -> IndexInfo: ...
    def documents(self) -> tuple[DocumentInfo, ...]: ...
    def document(self, path: str) -> Document: ...
    def build(self, progress: Report | None = None) -> BuildReport: ...
    def close(self) -> None: ...


class WholeLibrary(Library, Protocol):
    """The engine's interface: it can be asked as if there were some folders alone."""

    def query(
        self,
        question: str,
        *,
        history: Sequence[str] = (),
        documents: Sequence[str] | None = None,
        top: int | None = None,
        folders: Folders | None = None,
    ) -> Answer: ...

    def find(self, text: str, *, folders: Folders | None = None) -> tuple[Finding, ...]: ...
