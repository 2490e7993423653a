"""A receipt checked against the files: exact, moved, changed or gone.

A check needs the receipt and the corpus folder, nothing else: no index, no model, no network.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from rag.diff import Change, difference, whole, word_diff
from rag.document import Document
from rag.excerpt import cut_from
from rag.likeness import nearest, places
from rag.read.worker import open_workers
from rag.settings import Settings
from rag.types import Quote, Receipt

Outcome = Literal["exact", "moved", "changed", "gone"]
OUTCOMES: tuple[Outcome, ...] = ("exact", "moved", "changed", "gone")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a receipt's quote.

    ``exact``: the same words stand at the same offsets of the document's text. ``moved``: the
    same words stand elsewhere in the same document. ``changed``: the nearest text has other
    words, or other white space. ``gone``: the document is missing or cannot be read, or nothing
    in it is like the quote. Words are the same when every character is, and no word is cut:
    "5 percent" does not stand in "15 percent".
    """

    receipt: Receipt
    outcome: Outcome
    note: str
    """Why, in one line for a person; it may hold names from the receipt or the document."""
    same_file: bool | None = None
    """Whether the file is byte for byte the one in the receipt; None if it could not be read."""
    found: tuple[Quote, ...] = ()
    """Where the words stand today, nearest to the old place first; if changed, the nearest text.
    No question was asked: their relevance is 0."""
    diff: tuple[Change, ...] = ()
    """From the receipt's words to the nearest text; empty unless changed."""


def verify(receipts: Iterable[Receipt], settings: Settings) -> tuple[Verdict, ...]:
    """A verdict for each receipt, in their order. Each document is read once.

    Raises:
        CorpusError: the corpus folder is missing.
        SettingsError: OCR is asked for, and tesseract or a language is not installed.
    """
    waiting: dict[str, list[int]] = {}
    given = list(receipts)
    for number, receipt in enumerate(given):
        waiting.setdefault(receipt.document, []).append(number)
    verdicts: dict[int, Verdict] = {}
    with open_workers(settings) as workers:
        outcomes = workers.read_all(Path(settings.corpus), list(waiting))
        for numbers, outcome in zip(waiting.values(), outcomes, strict=True):
            for number in numbers:
                if isinstance(outcome, Document):
                    verdicts[number] = judge(given[number], outcome)
                else:
                    verdicts[number] = Verdict(given[number], "gone", str(outcome))
    return tuple(verdicts[number] for number in range(len(given)))


def judge(receipt: Receipt, document: Document) -> Verdict:
    """What has become of a receipt's words in its document as it is now."""
    text, words = document.text, receipt.quote
    same_file = document.file_sha256 == receipt.file_sha256
    same_text = document.text_sha256 == receipt.text_sha256
    if same_text:
        history = "the document's text is the one in the receipt, and never held these words there"
    elif same_file:
        history = f"the file is the same, read by {receipt.reader} then and {document.reader} now"
    else:
        history = "the file has changed"
    verdict = Verdict(receipt, "gone", f"nothing like it is left: {history}", same_file)
    # A receipt of a piece of a word stays exact only while nothing around it can have changed.
    if text.startswith(words, receipt.start) and (
        same_text or whole(text, receipt.start, receipt.end)
    ):
        quote = Quote(document, receipt.start, receipt.end, 0.0)
        file = "byte for byte the same file" if same_file else "the file has changed, not the words"
        around = [] if same_text else _more(quote)
        note = "; ".join([file, *around, *_other_place(receipt, quote)])
        return replace(verdict, outcome="exact", note=note, found=(quote,))
    at = places(text, words, receipt.start)
    if at:
        found = tuple(Quote(document, start, start + len(words), 0.0) for start in at)
        notes = [f"the same words stand elsewhere: {history}"]
        if not same_text:
            notes += [*_more(found[0]), *_other_place(receipt, found[0])]
        note = "; ".join(notes)
        return replace(verdict, outcome="moved", note=note, found=found)
    near = nearest(text, words, receipt.start)
    if near is None:
        return verdict
    quote = Quote(document, near.start, near.end, 0.0)
    note = f"{difference(words, quote.text)}: {history}"
    diff = word_diff(words, quote.text)
    return replace(verdict, outcome="changed", note=note, found=(quote,), diff=diff)


def _more(quote: Quote) -> list[str]:
    """What the words must be read with today: the sentence may go on, or the next one limit it."""
    around = cut_from(quote.document, quote.start, quote.end)
    if around is None:
        return []
    text = " ".join(around.shown(quote.document).split())
    return [f"it is only a part of what is said there: “{text}”"]


def _other_place(receipt: Receipt, quote: Quote) -> list[str]:
    """What the receipt says of the quote's place and the document does not."""
    pages, rows, section = quote.document.place(quote.start, quote.end)
    notes = []
    for now, then, word in ((pages, receipt.pages, "page"), (rows, receipt.rows, "row")):
        if now != then:
            notes.append(f"it stands on {_at(now, word)}, the receipt says {_at(then, word)}")
    if section != receipt.section:
        notes.append(f"its section is {section!r}, the receipt says {receipt.section!r}")
    if receipt.columns is not None and (quote.columns or "") != receipt.columns:
        notes.append(
            f"its columns are {quote.columns or ''!r}, the receipt says {receipt.columns!r}"
        )
    if quote.document.title != receipt.title:
        notes.append(f"the title is {quote.document.title!r}, not {receipt.title!r}")
    return notes


def _at(numbers: tuple[int, ...], word: str) -> str:
    return f"{word} " + "–".join(map(str, numbers)) if numbers else f"no {word}"
