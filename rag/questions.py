"""Questions that documents ask by themselves: what stands below one means something only with it.

"Yes, but only in the blue lanes" answers "May I bring fins?", and nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.borders import sentence_at, sentences_of
from rag.document import Document
from rag.words import common_stems, tokens

_ASKS = re.compile(r"[?？؟][\s*_\"'”’»)\]]*\Z")
_ASKS_FOR_ONE = re.compile(
    r"\b(?:ask|asks|asked|questions?|questionnaires?|surveys?|interviews?)\b", re.IGNORECASE
)
_QUESTION_CHARS = 300
# "No." and "Yes, but", not "No dogs" and "No. 5".
_YES_OR_NO = re.compile(
    r"[\W_]*(?:a(?:nswer)?[.:][\W_]*)?(?:yes|no)\b[\W_]*?(?:[,;:!—–]|\.(?!\s*\d)|\Z)",
    re.IGNORECASE,
)


def is_question(document: Document, number: int) -> bool:
    """Whether the block is a question and no more, with its answer below it: never a quote by
    itself. Of a run of questions none is: they are a list."""
    if not _asks(document, number) or number + 1 == len(document.blocks):
        return False
    kind = document.blocks[number].kind
    if document.blocks[number + 1].kind not in ("prose", "item") or _asks(document, number + 1):
        return False
    return (
        number == 0 or document.blocks[number - 1].kind != kind or not _asks(document, number - 1)
    )


def asks_for_questions(question: str) -> bool:
    """Whether questions of the documents may be its answer: "What does the form ask about?"."""
    return _ASKS_FOR_ONE.search(question) is not None


def question_above(document: Document, offset: int) -> int | None:
    """Where the question begins that a sentence answers: the first of the block right below it.

    Headings that ask are cited with all that they stand above: only yes and no need them.
    """
    number = document.block_before(offset)
    if number < 1:
        return None
    block, above = document.blocks[number], document.blocks[number - 1]
    start, end = sentence_at(document, offset)
    if start != block.start:
        return None
    if says_yes_or_no(document.text[start:end]):
        return above.start if _ends_asking(document, number - 1) else None
    return above.start if is_question(document, number - 1) and above.kind != "heading" else None


def answers_of_others(question: str, sentences: Sequence[tuple[Document, int]]) -> list[bool]:
    """Of each sentence, given as its document and offset, the best first: whether it says yes or no
    to another question. It does if it stands below one that shares fewer of the words than one
    whose answer fits better."""
    asked = set(tokens(question)) - common_stems()
    most = 0
    others = []
    for document, offset in sentences:
        above = question_above(document, offset)
        if above is None:
            others.append(False)
            continue
        block = document.blocks[document.block_before(above)]
        shared = len(asked & set(tokens(document.text[block.start : block.end])))
        start, end = sentence_at(document, offset)
        others.append(shared < most and says_yes_or_no(document.text[start:end]))
        most = max(most, shared)
    return others


def says_yes_or_no(text: str) -> bool:
    """Whether a sentence opens with yes or no: what it says is another's question."""
    return _YES_OR_NO.match(text) is not None


def _asks(document: Document, number: int) -> bool:
    return _ends_asking(document, number) and (
        len(sentences_of(document, document.blocks[number])) == 1
    )


def _ends_asking(document: Document, number: int) -> bool:
    """Whether a short block ends in a question: "I am pregnant. May I take it?"."""
    block = document.blocks[number]
    if block.kind not in ("prose", "item", "heading") or block.end - block.start > _QUESTION_CHARS:
        return False
    return _ASKS.search(document.text, block.start, block.end) is not None
