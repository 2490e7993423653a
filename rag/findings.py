"""Is this text in the documents: exactly, altered, or not at all?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from rag.corpus import list_files
from rag.diff import DIFFERENCES, WORD, Change, difference, unhyphenated, unspaced, word_diff
from rag.document import Document
from rag.errors import UsageError
from rag.excerpt import Excerpt, cut_from
from rag.folders import Folders
from rag.likeness import nearest, places
from rag.pasted import wordings
from rag.read.worker import open_workers
from rag.reports import Skipped
from rag.settings import Settings
from rag.types import Quote

if TYPE_CHECKING:
    from rag.index.store import Store

MAX_TEXT_CHARS = 20_000
"""A few pages; to compare whole documents is another tool's work."""
MAX_FOUND = 1_000
"""Exact places to tell of: a word that stands everywhere needs no list of everywhere."""

_ALTERED = 3  # how many of the documents with something like the text are worth showing
# How much to search for something like the text, the likeliest first: characters, counted once
# for every _SOUGHT characters of the text sought. Whether it is there exactly is asked of all.
_INDEXED = 600_000  # about half a second
_FILES = 8_000_000  # about 2 s; to read the files took longer
_SOUGHT = 300
_PASSAGES = 400  # to look around in, of those that share most words with the text
_AROUND = 1_000  # characters beside a passage: the text may begin in a heading above it
_LONGEST_WORD = 100
_TELLING_WORDS = 12


@dataclass(frozen=True, slots=True)
class Finding:
    """A place in the documents that holds a text: the very same characters, or nearly."""

    outcome: Literal["exact", "altered"]
    sought: str
    """What was compared: the text, or, if that is a quotation in marks or with its source, and
    not in the documents as such, its words alone."""
    quote: Quote
    """What the document says there. No question was asked: its relevance is 0."""
    likeness: float
    """1 less the edit distance a word, 0.5 to 1; 1 too where only white space, punctuation or
    case differs."""
    note: str
    """What kind of difference there is, as ``words differ``; empty if exact."""
    diff: tuple[Change, ...]
    """From what was sought to what the document says; empty if exact."""

    @property
    def sentence(self) -> Quote | None:
        """The whole sentence, where what stands there is only a part of it.

        Exact words cut out of a sentence may say the opposite of it: show it with them.
        """
        place = self.excerpt
        return place and Quote(self.quote.document, place.start, place.end, 0.0)

    @property
    def excerpt(self) -> Excerpt | None:
        """Where that sentence stands, and whether it goes on further than it is worth showing."""
        return cut_from(self.quote.document, self.quote.start, self.quote.end)


def find(text: str, documents: Sequence[Document]) -> tuple[Finding, ...]:
    """Every exact place, document by document; else up to three altered ones, most alike first.

    White space around the text is not part of it, nor are quotation marks and a source after
    them if only what they enclose is there (``Finding.sought``). Exact means every character,
    and no word cut: "5 percent" is not in "15 percent". Nothing found means that the text is
    absent. More than ``MAX_FOUND`` exact places are not told.

    Raises:
        UsageError: the text is empty or too long.
    """
    asked = wordings(checked(text))
    for words in asked:
        exact = _exact(words, documents)
        if exact:
            return exact
    words = asked[-1]
    spans = ((held, 0, len(held.text)) for held in _likeliest(words, documents))
    return _altered(words, spans, _FILES)


def find_indexed(text: str, store: Store, folders: Folders | None = None) -> tuple[Finding, ...]:
    """What `find` tells, of an index's documents, without reading them all.

    Where ``folders`` are given, only of the documents in them. Something like the text is sought
    around the passages that share most words with it; only where a script sets no spaces are
    there no words to go by, and every document is looked at.

    Raises:
        UsageError: the text is empty or too long.
        IndexDamagedError: the index cannot be read.
    """
    asked = wordings(checked(text))
    for words in asked:
        exact = _exact(words, store.holding(words, folders))
        if exact:
            return exact
    words = asked[-1]
    passages, _ = store.lexical(words, _PASSAGES, store.among(None, folders))
    if not len(passages) or unspaced(words):
        documents = [store.document(path) for path in sorted(store.paths(folders))]
        spans = ((held, 0, len(held.text)) for held in _likeliest(words, documents))
        return _altered(words, spans, _INDEXED)
    reach = len(words) + _AROUND
    most = _INDEXED // (1 + len(words) // _SOUGHT)
    return _altered(words, _windows(store, store.spans(passages), reach, most), _INDEXED)


def checked(text: str) -> str:
    """The text without white space around it.

    Raises:
        UsageError: it is no text, empty, too long, or holds what no document can.
    """
    if not isinstance(text, str):
        raise UsageError(f"what to find is {text!r}; expected a text")
    text = text.strip()
    if not text:
        raise UsageError("the text to find is empty; paste a sentence or two")
    if len(text) > MAX_TEXT_CHARS:
        raise UsageError(
            f"the text to find has {len(text):,} characters; paste {MAX_TEXT_CHARS:,} or fewer"
        )
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise UsageError("the text to find is not valid UTF-8; paste it again") from None
    return text


def corpus_documents(settings: Settings) -> tuple[list[Document], list[Skipped]]:
    """Every document of the corpus as it is now, and the files that cannot be read.

    Raises:
        CorpusError: the folder is missing or cannot be listed.
        SettingsError: OCR is asked for, and tesseract or a language is not installed.
    """
    corpus = Path(settings.corpus)
    paths, skipped = list_files(corpus, Path(settings.index))
    documents = []
    with open_workers(settings) as workers:
        for path, outcome in zip(paths, workers.read_all(corpus, paths), strict=True):
            if isinstance(outcome, Document):
                documents.append(outcome)
            else:
                skipped.append(Skipped(path, str(outcome)))
    return documents, sorted(skipped)


def _exact(words: str, documents: Iterable[Document]) -> tuple[Finding, ...]:
    found = (
        Finding("exact", words, Quote(document, at, at + len(words), 0.0), 1.0, "", ())
        for document in documents
        for at in places(document.text, words)
    )
    return tuple(islice(found, MAX_FOUND))


def _altered(
    words: str, spans: Iterable[tuple[Document, int, int]], budget: int
) -> tuple[Finding, ...]:
    """The nearest text of each document, as far as the budget goes, the most alike first."""
    whole = unhyphenated(words)
    best: dict[str, Finding] = {}
    spent = 0
    for document, first, last in spans:
        cost = (last - first) * (1 + len(words) // _SOUGHT)
        if spent and spent + cost > budget:
            continue  # a shorter one may still be affordable
        spent += cost
        near = nearest(document.text[first:last], whole)
        before = best.get(document.path)
        if near is None or (before and before.likeness >= near.likeness):
            continue
        quote = Quote(document, first + near.start, first + near.end, 0.0)
        kind = difference(words, quote.text)
        diff = word_diff(words, quote.text)
        best[document.path] = Finding("altered", words, quote, near.likeness, kind, diff)
    order = sorted(best.values(), key=lambda f: (-f.likeness, DIFFERENCES.index(f.note)))
    return tuple(order[:_ALTERED])


def _likeliest(words: str, documents: Sequence[Document]) -> list[Document]:
    """The documents with most of the text's longest words first."""
    longest = sorted({match.group() for match in WORD.finditer(words)}, key=lambda word: -len(word))
    telling = longest[:_TELLING_WORDS]
    return sorted(documents, key=lambda held: -sum(word in held.text for word in telling))


def _windows(
    store: Store, spans: Sequence[tuple[str, int, int]], reach: int, most: int
) -> Iterator[tuple[Document, int, int]]:
    """The text around passages, the best first, none of it twice, as much as can be searched."""
    seen: dict[str, list[tuple[int, int]]] = {}
    left = most
    for path, start, end in spans:
        if left <= 0:
            return
        first, last = max(0, start - reach), end + reach
        if any(low <= start and end <= high for low, high in seen.setdefault(path, [])):
            continue
        seen[path].append((first, last))
        document = store.document(path)
        first, last = _between_words(document.text, first, last)
        left -= last - first
        yield document, first, last


def _between_words(text: str, first: int, last: int) -> tuple[int, int]:
    """The range, widened so that it cuts no word."""
    last = min(last, len(text))
    for _ in range(_LONGEST_WORD):
        first -= first > 0 and not text[first - 1].isspace()
        last += last < len(text) and not text[last].isspace()
    return first, last
