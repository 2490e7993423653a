"""Where else a quote's words stand: no place twice, and none inside another."""

from __future__ import annotations

import numpy as np

from rag.copies import with_copies
from rag.document import Block, Document
from rag.models.reranker import SentenceBySentence
from rag.retrieve import ReadPassage
from rag.split import searched, split
from rag.types import Hit, Quote


def read(text: str) -> ReadPassage:
    """A passage that is all of a text, each of whose lines is a block."""
    blocks, at = [], 0
    for line in text.split("\n"):
        blocks.append(Block(at, at + len(line), "prose"))
        at += len(line) + 1
    whole = Document("a.txt", "A", text, tuple(blocks), "", "")
    sentences, _ = split(whole, passage_chars=1000)
    body = searched(whole, sentences)
    reading = SentenceBySentence(0.0, "q", body, lambda _, texts: np.zeros(len(texts), np.float32))
    return ReadPassage(Hit(0, 0, 0, 0), whole, sentences, body, reading)


def copies(passage: ReadPassage, *places: tuple[int, int]) -> list[list[tuple[int, int]]]:
    """Of each place that is quoted, where else its words are said to stand."""
    quotes = [Quote(passage.document, start, end, 1.0) for start, end in places]
    found = [with_copies(quote, [passage], quotes).also_in for quote in quotes]
    return [[(other.start, other.end) for other in one] for one in found]


def test_what_stands_inside_another_quote_is_no_other_place() -> None:
    passage = read("Cats may enter. However, they must not eat.\nHowever, they must not eat.")
    assert copies(passage, (0, 43), (44, 71)) == [[], []]


def test_a_quote_that_begins_with_a_mark_is_no_copy_of_itself() -> None:
    assert copies(read("»\nCats may enter."), (0, 17)) == [[]]


def test_a_copy_that_no_quote_holds_is_told() -> None:
    passage = read("Cats may enter. Dogs may not.\nCats may enter.\nCats may enter.")
    assert copies(passage, (0, 15)) == [[(30, 45), (46, 61)]]


def test_copies_of_one_quote_do_not_overlap() -> None:
    passage = read("No. No.\nNo. No. No.")
    (found,) = copies(passage, (0, 7))
    assert found == [(8, 15)]
