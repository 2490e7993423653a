"""Is this text in the documents: exactly, altered, or not at all?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from rag.corpus import list_files
from rag.diff import DIFFERENCES, WORD, Change, difference, word_diff
from rag.errors import ReadError, UsageError
from rag.likeness import nearest, places
from rag.read import read
from rag.types import Document, Quote, Skipped

MAX_TEXT_CHARS = 20_000
"""A few pages; to compare whole documents is another tool's work."""

_ALTERED = 3  # how many of the documents with something like the text are worth showing
# How much text to search for something like it, the likeliest documents first: about 2 s. Whether
# the text is there exactly is asked of every document.
_ALTERED_CHARS = 8_000_000
_TELLING_WORDS = 12


@dataclass(frozen=True, slots=True)
class Finding:
    """A place in the documents that holds a text: the very same characters, or nearly."""

    outcome: Literal["exact", "altered"]
    quote: Quote
    """What the document says there. No question was asked: its relevance is 0."""
    likeness: float
    """1 less the edit distance a word, 0.5 to 1; 1 too where only white space, punctuation or
    case differs."""
    note: str
    """What kind of difference there is, as ``words differ``; empty if exact."""
    diff: tuple[Change, ...]
    """From the text to what the document says; empty if exact."""


def find(text: str, documents: Sequence[Document]) -> tuple[Finding, ...]:
    """Every exact place, document by document; else up to three altered ones, most alike first.

    White space around the text is not part of it. Exact means every character, and no word cut:
    "5 percent" is not in "15 percent". Nothing found means that the text is absent.

    Raises:
        UsageError: the text is empty or too long.
    """
    text = checked(text)
    exact = tuple(
        Finding("exact", Quote(document, at, at + len(text), 0.0), 1.0, "", ())
        for document in documents
        for at in places(document.text, text)
    )
    if exact:
        return exact
    altered: list[Finding] = []
    for document in _likeliest(text, documents):
        near = nearest(document.text, text)
        if near:
            quote = Quote(document, near.start, near.end, 0.0)
            kind = difference(text, quote.text)
            diff = word_diff(text, quote.text)
            altered.append(Finding("altered", quote, near.likeness, kind, diff))
    altered.sort(key=lambda finding: (-finding.likeness, DIFFERENCES.index(finding.note)))
    return tuple(altered[:_ALTERED])


def checked(text: str) -> str:
    """The text without white space around it.

    Raises:
        UsageError: it is empty, too long, or holds what no document can.
    """
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


def index_documents(index: Path) -> list[Document]:
    """Every document of an index, as it was when the index was built; no model is loaded.

    Raises:
        IndexMissingError, IndexDamagedError: there is no usable index.
    """
    from rag.index.local import open_store  # loads faiss and numpy

    store = open_store(index)
    return [store.document(info.path) for info in store.documents()]


def corpus_documents(corpus: Path, *, max_bytes: int) -> tuple[list[Document], list[Skipped]]:
    """Every document of a folder as it is now, and the files that cannot be read.

    Raises:
        CorpusError: the folder is missing or cannot be listed.
    """
    paths, skipped = list_files(corpus)
    documents = []
    for path in paths:
        try:
            documents.append(read(corpus, path, max_bytes=max_bytes))
        except ReadError as error:
            skipped.append(Skipped(path, str(error).removeprefix(f"{path}: ")))
    return documents, skipped


def _likeliest(text: str, documents: Sequence[Document]) -> Iterator[Document]:
    """The documents with most of the text's longest words first, as far as time allows."""
    words = sorted({match.group() for match in WORD.finditer(text)}, key=lambda word: -len(word))
    telling = words[:_TELLING_WORDS]
    searched = 0
    for document in sorted(
        documents, key=lambda document: -sum(word in document.text for word in telling)
    ):
        if searched and searched + len(document.text) > _ALTERED_CHARS:
            return
        searched += len(document.text)
        yield document
