"""Answers to export: an ordinary one, a refusal, and one of whatever words a test thinks of."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import strategies as st

from rag.document import Block, BlockKind, Document
from rag.types import Answer, Quote

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)

HOSTILE = (
    "<script>alert(1)</script> & &amp; &#60; &copy; <!-- no --> ]]> <b>",
    "![x](https://evil.example/a.png) [link](javascript:alert(1)) [^1] [^1]: no [a]: b",
    "# heading\n> quote\n- item\n1. one\n2) two\n---\n===\n    code\n\n\n| a | b |\n|---|---|",
    "*em* _em_ **b** ~~s~~ `code` ``` fence ~~~ ==mark== ^sup^ $x$ $$y$$ \\(z\\) {=html}",
    "http://evil.example www.evil.example me@evil.example :smile: @someone #1 <http://a.b>",
    "\\* \\ backslashes \\\\ and a last one \\",
    "\"quoted\" 'single' -- dash --- dash ... dots (c) (tm) +- don't",
    "two  spaces, a\ttab, trailing  \n  leading, more   \n\n\n   lines\n\\\n",
    "carriage\r\nreturns\rand\fpages\x0band \x00 NUL \x1b[31m \x7f \x85 \x9f \u2028 \ufffe \uffff",
    "\u202eoverride\u202c \u2067isolate\u2069 \u200fmark \ufeff bom \u00ad soft \u00a0 hard",
    "עברית 123 and English. مرحبا بالعالم!",
    "👩‍👩‍👧‍👦 🏳️‍🌈 e\u0301 n\u0303 \U0001f1e9\U0001f1ea \U0001d504",
    "Really!",
    "So???? Yes!!!!! And,,, (C) (R) (TM) (p)",
    "```\nfenced\n````\n",
    "a. first\niv. fourth\n(1) one\n: definition\n+ plus\n12:30 - 3-4 %% not a comment %%",
)

SIGNS = st.sampled_from(list("\n\t \r`*_[]()<>!#-+=~|\\&;:.^$\"'@{}%/ab1\f\0\x1b\u202eשé̀😀"))
TEXTS = st.one_of(
    st.text(st.one_of(SIGNS, st.characters(exclude_categories=["Cs"])), min_size=1, max_size=60),
    st.sampled_from(HOSTILE),
)


def document(
    text: str, kind: BlockKind = "prose", name: str = "a.txt", title: str = "A"
) -> Document:
    """A document with this text between others."""
    before = "Before it.\n\n"
    end = len(before) + len(text)
    return Document(
        name,
        title,
        f"{before}{text}\n\nAfter it.",
        (Block(0, 10, "prose", 0, 1), Block(len(before), end, kind, 0, 2)),
        "f" * 64,
        "test 1",
    )


def quote(text: str, kind: BlockKind = "prose", **names: str) -> Quote:
    """A quotation of these words."""
    return Quote(document(text, kind, **names), 12, 12 + len(text), 0.9)


def answer(*quotes: Quote, question: str = "What is it?", searched: str = "") -> Answer:
    return Answer(question, quotes, (), "abc123", {"total": 1.0}, searched)


def refusal(*near: Quote, question: str = "And what not?") -> Answer:
    return Answer(question, (), near, "abc123")
