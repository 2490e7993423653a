"""What is searched of a passage is what its document means, not how its lines were broken."""

from __future__ import annotations

from rag.document import Block, Document
from rag.searched import searched
from rag.split import split


def test_a_word_broken_at_a_line_end_is_searched_for_whole() -> None:
    text = (
        "It was remem-\nbered by the Anglo-\nSaxon peo\u00adple, "
        "well-known and long- or\nshort-lived."
    )
    document = Document("a.pdf", "A", text, (Block(0, len(text), "prose"),), "", "")
    sentences, _ = split(document, passage_chars=1000)
    assert searched(document, sentences).text == (
        "A\nIt was remembered by the Anglo-\nSaxon people, well-known and long- or\nshort-lived."
    )
