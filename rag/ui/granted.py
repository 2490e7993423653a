"""A library as one person sees it: the folders granted to them, as if there were nothing else."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from rag.accounts import Account
from rag.document import Document
from rag.errors import AccountError, IndexUnusableError, RagError, not_indexed
from rag.findings import Finding
from rag.folders import Folders
from rag.reports import BuildReport, DocumentInfo, IndexInfo, Noted, Progress, Skipped
from rag.settings import Settings
from rag.types import Answer, Quote
from rag.ui.library import Report, WholeLibrary

log = logging.getLogger(__name__)

UNUSABLE = "the index cannot be used; ask whoever runs this server"
NOT_YOURS = "you may not rebuild the index; ask whoever runs this server"


@dataclass(frozen=True, slots=True)
class Granted:
    """The library through one account. What is not granted is told like what does not exist.

    The engine searches the granted folders alone. What it returns is looked at again here, so
    that a fault there becomes an error and not a leak.
    """

    library: WholeLibrary
    account: Account

    @property
    def settings(self) -> Settings:
        return self.library.settings

    @property
    def _folders(self) -> Folders:
        return self.account.folders

    def query(
        self,
        question: str,
        *,
        history: Sequence[str] = (),
        documents: Sequence[str] | None = None,
        top: int | None = None,
    ) -> Answer:
        with self._discreet():
            answer = self.library.query(
                question, history=history, documents=documents, top=top, folders=self._folders
            )
        self._check((*answer.quotes, *answer.near_misses))
        return answer

    def find(self, text: str) -> tuple[Finding, ...]:
        with self._discreet():
            findings = self.library.find(text, folders=self._folders)
        self._check(finding.quote for finding in findings)
        return findings

    def info(self) -> IndexInfo:
        """The index's, counting the granted documents; its size is not told, being of them all."""
        with self._discreet():
            info = self.library.info()
        if self._folders.everything:
            return info
        documents = self.documents()
        return replace(
            info,
            documents=len(documents),
            passages=sum(document.passages for document in documents),
            skipped=self._skipped(info.skipped),
            size_bytes=0,
            warning="an earlier state of the documents is searched" if info.warning else "",
        )

    def documents(self) -> tuple[DocumentInfo, ...]:
        with self._discreet():
            found = self.library.documents()
        return tuple(held for held in found if self._folders.covers(held.path))

    def document(self, path: str) -> Document:
        if not self._folders.covers(path):
            raise not_indexed(path)
        with self._discreet():
            return self.library.document(path)

    def build(self, progress: Report | None = None) -> BuildReport:
        """Rebuild, if that is theirs to do; other people's files are not named meanwhile."""
        if not self.account.may_build:
            raise AccountError(NOT_YOURS)
        if self._folders.everything:
            return self.library.build(progress)
        try:
            report = self.library.build(progress and self._told(progress))
        except RagError as error:
            log.warning("the rebuild failed: %s", error)
            # Its words may name files of others.
            raise type(error)("the rebuild failed; see the server's log") from error
        return replace(
            report,
            passages=sum(document.passages for document in self.documents()),
            embedded=0,  # nobody knows whose they were
            added=self._paths(report.added),
            changed=self._paths(report.changed),
            removed=self._paths(report.removed),
            kept=self._paths(report.kept),
            skipped=self._skipped(report.skipped),
            notes=tuple(Noted(*note) for note in report.notes if self._folders.covers(note.path)),
        )

    def close(self) -> None:
        """Nothing: the library is everybody's."""

    @contextmanager
    def _discreet(self) -> Iterator[None]:
        """What is damaged may be a document of others, and is not named."""
        try:
            yield
        except IndexUnusableError as error:
            if self._folders.everything:
                raise
            log.warning("the index cannot be used: %s", error)
            raise type(error)(UNUSABLE) from error

    def _told(self, progress: Report) -> Report:
        """Told by tenths: how many files and passages others have is not to be counted."""
        last: Progress | None = None

        def tell(news: Progress) -> None:
            nonlocal last
            tenths = 10 * news.done // news.total if news.total else 0
            detail = news.detail if self._folders.covers(news.detail) else ""
            rough = Progress(news.stage, tenths, 10, detail, counted=False)
            if rough != last:
                last = rough
                progress(rough)

        return tell

    def _paths(self, paths: Iterable[str]) -> tuple[str, ...]:
        return tuple(path for path in paths if self._folders.covers(path))

    def _skipped(self, skipped: Iterable[Skipped]) -> tuple[Skipped, ...]:
        return tuple(item for item in skipped if self._folders.lack(item.path))

    def _check(self, quotes: Iterable[Quote]) -> None:
        for quote in quotes:
            for one in (quote, *quote.also_in):
                if not self._folders.covers(one.document.path):
                    raise RuntimeError("an answer left the granted folders; it is withheld")
