"""The words inside a quoted sentence that answer: emphasis, right or wrong, and no part of it."""

from __future__ import annotations

import re

from rag.document import Sentence
from rag.phrases import in_number
from rag.retrieve import ReadPassage

# Of a sentence that denies, marked words may say the opposite.
_DENIES = re.compile(
    r"\b(?:not|no(?!\.?\s?\d)|never|none|nobody|nothing|neither|nor|cannot|without|unless|except|"
    r"excluding|excludes?|other than|apart from|save for|but for)\b|n['’]t\b",
    re.IGNORECASE,
)
_SIGNS = "-−–+±~≈<>≤≥$€£¥"
# "30 km/h" is no answer where the sentence says "at most 30 km/h".
_BOUND = re.compile(
    r"\b(?:(?:at|the) (?:most|least|earliest|latest)|up to|(?:more|less|fewer|later|earlier|higher|"
    r"lower|longer|shorter|older|younger) than|under|over|below|above|before|after|until|till|"
    r"since|about|around|approximately|roughly|nearly|almost|exactly|within|by|from)\s+(?:the\s+)?\Z",
    re.IGNORECASE,
)
_BEFORE = 40  # characters in which a bound stands
_CELL_CHARS = 60
_BORDER = re.compile(r"[ ]*(?:\t|(?<!\\)\|)[ ]*| {3,}")
# "14 days.", but not "6 p.m." and "Garrow Ltd."
_STOP = re.compile(r"(?:\d|[^\W\d_]{4,}|%)\.\Z")


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
    if _DENIES.search(text, sentence.start, sentence.end):
        return None
    if read.document.first_row(sentence.block) is not None:
        return _in_cell(text, sentence, start, end)
    if end == sentence.end and _STOP.search(text, start, end):
        end -= 1  # the sentence's own full stop
    return _bounded(text, sentence.start, start), end


def _in_cell(text: str, sentence: Sentence, start: int, end: int) -> tuple[int, int] | None:
    """The whole of a short cell that holds the marked words: "Mensah" is half a name."""
    first, last = sentence.start, sentence.end
    for border in _BORDER.finditer(text, first, last):
        if border.end() <= start:
            first = border.end()
        elif border.start() < end:
            return None
        else:
            last = border.start()
            break
    return (first, last) if last - first <= _CELL_CHARS else (_bounded(text, first, start), end)


def _bounded(text: str, first: int, start: int) -> int:
    """Where marked words begin with the sign or the bound of a number: "-€12", "at most 30"."""
    signed = start
    while signed > first and text[signed - 1] in _SIGNS:
        signed -= 1
    if signed > first and text[signed - 1].isalnum():
        signed = start  # "2010-2015", "COVID-19"
    if not (text[signed:start] or text[start].isdigit()):
        return start
    bound = _BOUND.search(text[max(first, signed - _BEFORE) : signed])
    return signed if bound is None else signed - (len(bound.string) - bound.start())


def _goes_on(text: str, at: int) -> bool:
    """Whether a word or a number goes on from before this place to behind it."""
    return (text[at - 1].isalnum() and text[at].isalnum()) or in_number(text, at)
