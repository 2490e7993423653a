"""A conversation's next question becomes one that stands alone.

Nothing is written: what is searched is made of words that the person typed. Whether they are
needed is not guessed from the question's form alone. A question that may lean on the conversation
is searched with and without it, and the better evidence decides (`rag.answering`): "And why?" finds
nothing by itself, and a new subject finds less with the old one in the way.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.index.lexical import COMMON

WORD = re.compile(r"[^\W_]+(?:['’.-][^\W_]+)*")
_SHORT = 3  # words: "And in Egypt?", "Why not?"
_EMPTY_WORDS = 4  # "What is in a will" asks, all its words common as they are
_REACH = 8  # earlier questions that a follow-up may lean on
_WORDS = 16  # of the conversation: more would weigh more than the question

# A question that opens with one of these goes on from the one before.
_OPENINGS = (
    "and", "but", "so", "or", "then", "also", "what about", "how about", "why not", "how so",
    "what else", "who else", "where else", "anything else", "such as", "like what", "for example",
)  # fmt: skip
_PRONOUNS = frozenset(
    "he she it they him her them his hers its their theirs himself herself itself themselves "
    "this that these those he's she's it's they're that's former latter".split()
)
# Words of questions, not of what they are about.
_EMPTY = COMMON | frozenset("did happened happen tell else other there also many much".split())


def search_questions(question: str, history: Sequence[str]) -> tuple[str, ...]:
    """What to search for: the question, and where it may be a follow-up, it with its context.

    ``history`` holds the earlier questions, oldest first.
    """
    context = _context(question, history) if history and not stands_alone(question) else ""
    if not context:
        return (question,)
    both = f"{context} {question}"
    return (both,) if names_nothing(question) else (question, both)


def stands_alone(question: str) -> bool:
    """Whether the question names what it is about, and leans on nothing."""
    return not leans(question) and bool(_names(question))


def names_nothing(question: str) -> bool:
    """Whether it is a few words that any text could have: "what is it", "who"; "???". Initials are
    names ("What does IT do?"), and so is a word with a capital among others without."""
    words = WORD.findall(question)
    common = COMMON.issuperset(word.casefold() for word in words)
    # "Who is Will?", but "What Is It?"
    named = any(w[0].isupper() for w in words[1:]) and any(w.islower() for w in words[1:])
    return len(words) <= _EMPTY_WORDS and common and not (named or _initials(question))


def leans(question: str) -> bool:
    """Whether the question shows that another went before it: a pronoun, an "and", two words."""
    spelt = WORD.findall(question)
    words = [word.casefold().replace("’", "'") for word in spelt]
    line = " ".join(words)
    if any(line == opening or line.startswith(f"{opening} ") for opening in _OPENINGS):
        return True
    initials = _initials(question)
    if any(
        low in _PRONOUNS for word, low in zip(spelt, words, strict=True) if word not in initials
    ):
        return True
    return len(words) <= _SHORT and not _names(question)


def _context(question: str, history: Sequence[str]) -> str:
    """The subject so far: from the last question that stood alone, names of all, and content
    words of that one and of the last."""
    chain: list[str] = []
    for earlier in reversed(history[-_REACH:]):
        chain.insert(0, earlier)
        if stands_alone(earlier):
            break
    between = [word for earlier in chain[1:-1] for word in _names(earlier)]
    said = {_key(word) for word in _content(question)}
    kept: dict[str, str] = {}
    for word in (*_content(chain[0]), *between, *_content(chain[-1])):
        if _key(word) not in said:
            kept.setdefault(_key(word), word)
    return " ".join(list(kept.values())[:_WORDS])


def _content(question: str) -> list[str]:
    initials = _initials(question)
    words = WORD.findall(question)
    return [word for word in words if word in initials or word.casefold() not in _EMPTY]


def _names(question: str) -> list[str]:
    """Words with a capital or a digit in them, but for a capital at the very start; in a question
    all in capitals, words with a digit."""
    initials, shouted = _initials(question), is_shouted(question)
    return [
        word
        for number, word in enumerate(WORD.findall(question))
        if any(
            c.isdigit() or (c.isupper() and not shouted and (number or n))
            for n, c in enumerate(word)
        )
        and (word in initials or word.casefold() not in _EMPTY)
    ]


def _initials(question: str) -> frozenset[str]:
    """The words of two capitals or more: "the US" is no "us", nor the WHO "who". In a question all
    in capitals none can be told."""
    if is_shouted(question):
        return frozenset()
    return frozenset(w for w in WORD.findall(question) if sum(c.isupper() for c in w) > 1)


def is_shouted(question: str) -> bool:
    """Whether all words are in capitals. A script without them, beside one, is no shout."""
    return all(word.isupper() for word in WORD.findall(question) if not word.isnumeric())


def _key(word: str) -> str:
    """The same for words that are one but for their case; initials are no other word."""
    return word if word.casefold() in _EMPTY else word.casefold()
