"""The documents panel: what is indexed, what was skipped, choosing, rebuilding."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from rag.errors import IndexBusyError, IndexMissingError, RagError
from rag.index.generation import REBUILD
from rag.reports import BuildReport, DocumentInfo, IndexInfo, Progress, Skipped
from rag.ui.desk import Desk
from rag.ui.library import Library
from rag.ui.markup import Html, element, icon, join, pack
from rag.ui.wording import count, sentence

log = logging.getLogger(__name__)

LISTED = 1000
"""Rows in the list; a browser slows down with many more. The filter looks through these alone."""

_FALLBACK = "The newest index is damaged. The one before it answers until the index is rebuilt."
STAGES = {"read": "Reading files", "encode": "Computing vectors", "write": "Writing the index"}
# Of the bar's length; most of a first build's time is spent encoding.
_SHARES = {"read": (0, 30), "encode": (30, 95), "write": (95, 100)}


@dataclass(frozen=True, slots=True)
class Shelf:
    """What the panel and the welcome show: the index as it is now, or why there is none."""

    state: Literal["ready", "empty", "missing", "broken"]
    message: str = ""
    info: IndexInfo | None = None
    documents: tuple[DocumentInfo, ...] = ()

    @property
    def index_id(self) -> str:
        return self.info.index_id if self.info else ""


def look_at(library: Library) -> Shelf:
    """The library's state; never an exception."""
    try:
        info, documents = library.info(), library.documents()
    except IndexMissingError:
        return Shelf("missing", f"Nothing has been indexed from {library.settings.corpus} yet.")
    except RagError as error:
        log.warning("the index cannot be read: %s", error)
        return Shelf("broken", str(error))
    except Exception:
        log.exception("the index cannot be read")
        return Shelf("broken", "The index cannot be read. The reason is in the server's log.")
    return Shelf("ready" if documents else "empty", "", info, documents)


def documents_list(shelf: Shelf, chosen: Sequence[str] = ()) -> Html:
    """The summary, the list with its checkboxes, and the files that were skipped."""
    if shelf.info is None:
        return element("p", shelf.message, class_="hint")
    info = shelf.info
    ticked = set(chosen)
    shown = shelf.documents[:LISTED]
    return join(
        [
            element(
                "p",
                f"{count(info.documents, 'document')}, {count(info.passages, 'passage')}"
                + (f", {size(info.size_bytes)} index" if info.size_bytes else ""),
                class_="hint",
            ),
            # What is damaged, with its path, is in the server's log: the page may be a stranger's.
            element("p", icon("none"), _FALLBACK, class_="note", role="note")
            if info.warning
            else None,
            *(_filter(len(shelf.documents)) if len(shelf.documents) > 8 else ()),
            element(
                "fieldset",
                element("legend", "Tick documents to search only those", class_="hint"),
                element("p", "A quotation is looked for in all of them", class_="hint checked-in"),
                element("ul", *(_row(d, d.path in ticked) for d in shown), class_="docs"),
            )
            if shown
            else None,
            _cut(len(shelf.documents)),
            _skipped(info.skipped),
        ]
    )


def _filter(total: int) -> tuple[Html, Html]:
    """The box, and where the script says that nothing is left of the list."""
    none = "No document matches"
    if total > LISTED:
        none = f"None of the {LISTED:,} listed matches; {total - LISTED:,} more are not listed"
    box = element(
        "input",
        type="search",
        class_="filter",
        placeholder="Filter the list",
        aria_label="Filter the list of documents",
    )
    return box, element("p", class_="hint none-left", role="status", data_none=none)


def _row(document: DocumentInfo, ticked: bool) -> Html:
    facts = f"{count(document.passages, 'passage')}, {size(document.file_bytes)}"
    return element(
        "li",
        element(
            "label",
            element("input", type="checkbox", data_path=pack(document.path), checked=ticked),
            element(
                "span",
                element("span", document.title, class_="title", dir="auto", title=document.title),
                element("span", element("bdi", document.path), class_="path", title=document.path),
                element("span", facts, class_="fine"),
                *(element("span", icon("none"), note, class_="note") for note in document.notes),
            ),
        ),
    )


def _cut(total: int) -> Html | None:
    if total <= LISTED:
        return None
    return element("p", f"The first {LISTED:,} of {total:,} are listed.", class_="hint")


def _skipped(skipped: Sequence[Skipped]) -> Html | None:
    if not skipped:
        return None
    rows = (
        element(
            "li",
            element("span", element("bdi", item.path), class_="path"),
            element("span", item.reason, class_="fine"),
        )
        for item in skipped[:LISTED]
    )
    return element(
        "details",
        element("summary", f"{count(len(skipped), 'file')} skipped"),
        element("ul", *rows, class_="skipped"),
    )


def limit_notice(shelf: Shelf, chosen: Sequence[str]) -> Html:
    """The chip over the question box; empty when every document is searched."""
    if not chosen:
        return join([])
    titles = {document.path: document.title for document in shelf.documents}
    gone = [path for path in chosen if path not in titles] if shelf.info else []
    if gone:
        return _gone_notice(gone, len(chosen) - len(gone))
    named = [titles.get(path, path) for path in chosen]
    return _limit("Searching only ", named, _limit_button("Search all documents", "clear-limit"))


def _gone_notice(gone: Sequence[str], left: int) -> Html:
    """Chosen documents were removed or renamed: what to search instead is for people to say."""
    return _limit(
        "No longer there: ",
        gone,
        _limit_button(f"Search the other {left:,}", "keep-limit") if left else None,
        _limit_button("Search all documents", "clear-limit"),
    )


def _limit(label: str, named: Sequence[str], *buttons: Html | None) -> Html:
    text = named[0] if len(named) == 1 else count(len(named), "document")
    return element(
        "div",
        icon("filter"),
        element("span", label, element("bdi", text, class_="title")),
        *buttons,
        class_="limit",
        title=", ".join(named[:20]),
    )


def _limit_button(label: str, name: str) -> Html:
    return element("button", label, type="button", class_=f"limit-to {name}")


def build_steps(library: Library, desk: Desk) -> Iterator[Html]:
    """Rebuild, yielding the panel's line as it goes; the last one is the outcome.

    The build runs in a thread of its own: leaving the page does not stop it half-way, and
    questions are answered from the old index meanwhile.
    """
    inbox: queue.SimpleQueue[Progress | BuildReport | Exception] = queue.SimpleQueue()

    def work() -> None:
        try:
            inbox.put(library.build(inbox.put))
        except Exception as error:
            inbox.put(error)

    yield progress_bar(Progress("read", 0, 0))
    threading.Thread(target=work, name="rag-rebuild", daemon=True).start()
    while True:
        news = inbox.get()
        while isinstance(news, Progress) and not inbox.empty():
            news = inbox.get()  # only the latest is worth sending
        if isinstance(news, Progress):
            yield progress_bar(news)
            # A browser need not repaint more often than this.
            threading.Event().wait(0.1)
        else:
            if desk.meter:
                desk.meter.build("done" if isinstance(news, BuildReport) else "failed")
            yield _outcome(news)
            return


def progress_bar(progress: Progress) -> Html:
    """The bar, its stage in words and the file being worked on."""
    low, high = _SHARES[progress.stage]
    share = min(1.0, progress.done / progress.total) if progress.total else 0.0
    percent = round(low + (high - low) * share)
    label = STAGES[progress.stage]
    counts = progress.total and progress.counted
    counted = f" {progress.done:,} of {progress.total:,}" if counts else ""
    return element(
        "div",
        element("p", label, element("span", counted, class_="fine"), class_="stage"),
        element(
            "div",
            element("span", style=f"width:{percent}%"),
            class_="bar",
            role="progressbar",
            aria_label="Rebuilding the index",
            aria_valuemin=0,
            aria_valuemax=100,
            aria_valuenow=percent,
            aria_valuetext=f"{label}{counted}",
        ),
        element("p", element("bdi", progress.detail), class_="fine detail"),
        class_="progress",
    )


def _outcome(result: BuildReport | Exception) -> Html:
    if isinstance(result, BuildReport):
        return summary(result)
    if isinstance(result, IndexBusyError):
        return _line("Another rebuild is running. Wait until it is done, then press Rebuild again.")
    if isinstance(result, RagError):
        log.warning("the rebuild failed: %s", result)
        # Here is the button; the command is for a terminal.
        return _line(str(result).replace(REBUILD, "press Rebuild"))
    log.error("the rebuild failed", exc_info=result)
    return _line(
        "The rebuild failed; the index from before is still in use.",
        "The reason is in the server's log.",
    )


def summary(report: BuildReport) -> Html:
    """What a build did, in one line."""
    parts = [
        f"{len(paths):,} {name}"
        for name, paths in (
            ("added", report.added),
            ("changed", report.changed),
            ("removed", report.removed),
            ("kept", report.kept),
            ("skipped", report.skipped),
        )
    ]
    return _line(f"Rebuilt in {report.seconds:.1f} s: {', '.join(parts)}.", passing=True)


def _line(text: str, hint: str = "", *, passing: bool = False) -> Html:
    """A line that stays; one that is ``passing`` leaves after a while, being no trouble."""
    return element(
        "div",
        element("p", sentence(text)),
        element("p", hint, class_="hint") if hint else None,
        class_="outcome passing" if passing else "outcome",
    )


def size(number: int) -> str:
    """Bytes for people: ``812 bytes``, ``14.2 kB``, ``3.0 MB``."""
    if number < 1000:
        return f"{number} bytes"
    for unit, factor in (("kB", 1e3), ("MB", 1e6), ("GB", 1e9)):
        if number < factor * 999.5 or unit == "GB":
            return f"{number / factor:.1f} {unit}"
    raise AssertionError
