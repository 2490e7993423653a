"""The words inside a quoted sentence that answer: emphasis, right or wrong, and no part of it."""

from __future__ import annotations

from rag.document import Sentence
from rag.phrases import in_number
from rag.retrieve import ReadPassage


def short_answer(read: ReadPassage, sentence: Sentence) -> tuple[int, int] | None:
    """The words of the sentence that answer, whole ones, as a range of the document; None where the
    reader is not sure, or they lie in two cells of a row."""
    number = read.searched.sentences.index(sentence)
    found = read.reading.answer(number)
    if found is None:
        return None
    first, _ = read.searched.spans[number]
    shift = sentence.start - first
    start, end = found[0] + shift, found[1] + shift
    # What is searched differs from the document where a word was divided at a line's end.
    text = read.document.text
    if text[sentence.start : end] != read.searched.text[first : found[1]]:
        return None
    # A word piece may be half a word, or of a number: "454" of "454.97".
    while start > sentence.start and _goes_on(text, start):
        start -= 1
    while end < sentence.end and _goes_on(text, end):
        end += 1
    return None if "\t" in text[start:end] else (start, end)


def _goes_on(text: str, at: int) -> bool:
    """Whether a word or a number goes on from before this place to behind it."""
    return (text[at - 1].isalnum() and text[at].isalnum()) or in_number(text, at)
