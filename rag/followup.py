"""A conversation's next question becomes one that stands alone.

Nothing is written: what is searched is made of words that the person typed. Whether they are
needed is not guessed from the question's form alone. A question that may lean on the conversation
is searched with and without it, and the better evidence decides (`rag.answering`): "And why?" finds
nothing by itself, and a new subject finds less with the old one in the way.

What is carried over is the subject, not the question before: "adult dose Zorafen Who makes it?"
would ask for the dose again. A question of its own takes the names only, and "And in Paris?" what
was asked of Munich, without Munich. Where nothing is spelt like a name, all is taken, and what is
found for the words that were taken is told apart from what answers (`rag.repeats`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile

from rag.words import COMMON

WORD = re.compile(r"[^\W_]+(?:['’.-][^\W_]+)*")
_WORD_OR_MARK = re.compile(rf"{WORD.pattern}|[^\w\s]+|_+")
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
# With one of these it is a question of its own, without them a piece of one: "And in Paris?".
_ASKING = frozenset(
    "who whom whose what when where why how which do does did is are was were has have had can "
    "could will would shall should may might must who's what's when's where's how's isn't aren't "
    "doesn't don't didn't can't won't".split()
)
_BEFORE_WHAT = frozenset("for in at on from to with without under by after before during".split())
# Said among people; nothing is asked.
_COURTESIES = frozenset(
    "thanks thank thx cheers ok okay yes yeah yep no nope sure great nice perfect cool wow hello "
    "hi hey bye goodbye please sorry understood".split()
)
_COURTEOUS = _COURTESIES | frozenset("you very much a lot so all i see got it that's good".split())


@dataclass(frozen=True, slots=True)
class Wording:
    """Words to search for."""

    words: str
    taken: str = ""
    """Those of them that the conversation's earlier questions asked with, where more than names
    were taken and the question has words of its own: what answers must be found for those."""
    leans: bool = False
    """Whether what they are about is not among them."""


def search_questions(question: str, history: Sequence[str]) -> tuple[Wording, ...]:
    """What to search for: the question, and where it may be a follow-up, it with its context.

    ``history`` holds the earlier questions, oldest first.
    """
    alone = Wording(question)
    if not history or stands_alone(question) or is_courtesy(question):
        return (alone,)
    context, asks = _context(question, history)
    if not context:
        return (alone,)
    taken = context if asks and content(question) else ""
    both = Wording(f"{context} {question}", taken)
    bare = Wording(question, leans=leans(question) and not _names(question))
    return (both,) if names_nothing(question) else (bare, both)


def is_courtesy(question: str) -> bool:
    """Whether it asks nothing: "thanks", "ok, got it"."""
    words = [_plain(word) for word in WORD.findall(question)]
    return (
        "?" not in question and not _COURTESIES.isdisjoint(words) and _COURTEOUS.issuperset(words)
    )


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
    if _opening(question):
        return True
    initials, words = _initials(question), WORD.findall(question)
    if any(_plain(word) in _PRONOUNS for word in words if word not in initials):
        return True
    return len(words) <= _SHORT and not _names(question)


def _opening(question: str) -> int:
    """How many words open it that go on from the question before."""
    line = " ".join(map(_plain, WORD.findall(question)))
    fits = (one for one in _OPENINGS if line == one or line.startswith(f"{one} "))
    return len(next(fits, "").split())


def _context(question: str, history: Sequence[str]) -> tuple[str, bool]:
    """The subject so far, from the last question that stood alone on, and whether there are words
    in it that are no names."""
    chain: list[str] = []
    for earlier in reversed(history[-_REACH:]):
        if is_courtesy(earlier):
            continue
        chain.insert(0, earlier)
        if stands_alone(earlier):
            break
    if not chain:
        return "", False
    runs: list[list[str]] = []
    for earlier in chain:
        runs = _after(runs, earlier)
    if any(map(_has_letters, runs)) and content(question) and not _is_piece(question):
        return _joined([word for run in runs for word in run], question), False
    gone = _replaced(chain[-1], question)
    called = {word for earlier in chain for run in _runs(earlier) for word in run}
    kept = {word for run in _after(runs, question) for word in run}
    words = [word for word in content(chain[0]) if word not in called or word in kept]
    words += [word for earlier in chain[1:-1] for word in _names(earlier) if word in kept]
    words += [word for word in content(chain[-1]) if word not in called or word in kept]
    return _joined([word for word in words if word not in gone], question), True


def _joined(words: list[str], question: str) -> str:
    """The first of the words, each once, that the question does not say itself."""
    said = {_key(word) for word in content(question)}
    kept: dict[str, str] = {}
    for word in words:
        if _key(word) not in said:
            kept.setdefault(_key(word), word)
    return " ".join(list(kept.values())[:_WORDS])


def _after(runs: list[list[str]], question: str) -> list[list[str]]:
    """The names that are talked about after the question, of those before it and its own: "And in
    Paris?" puts Paris in the place of Munich, and leaves the year. Of several names nobody can tell
    which."""
    own, kept = _runs(question), runs
    if _opening(question) and _is_piece(question):
        for lettered in {_has_letters(run) for run in own}:
            alike = [run for run in runs if _has_letters(run) == lettered]
            kept = [run for run in kept if alike != [run]]
    return [*kept, *own]


def _replaced(earlier: str, question: str) -> frozenset[str]:
    """The words of the question before in whose place a piece of one puts its own: "and maternity
    leave?" those before "leave" in "How long is paternity leave?", "And for migraine?" those behind
    its "for". Names have their own rule."""
    piece = _parted(question)[_opening(question) :]
    if not _opening(question) or not _is_piece(question) or len(piece) < 2:
        return frozenset()
    before = _parted(earlier)
    named = {word for run in _runs(f"{earlier} {question}") for word in run}
    found: list[str] = []
    if piece[0] in _BEFORE_WHAT and piece[0] in before:
        at = len(before) - before[::-1].index(piece[0])
        found = list(takewhile(_tells, before[at:]))
    elif all(map(_tells, piece)) and piece[-1] in before:
        at = before.index(piece[-1])
        found = list(takewhile(_tells, before[max(0, at - len(piece) + 1) : at][::-1]))
    swapped = named.isdisjoint(found) and not set(found) & set(piece)
    return frozenset(found) if swapped and named.isdisjoint(piece) else frozenset()


def _parted(question: str) -> list[str]:
    """The words, and a mark wherever anything but white space parts two."""
    return _WORD_OR_MARK.findall(question.rstrip(" ?!."))


def _tells(word: str) -> bool:
    return word[0].isalnum() and word.casefold() not in _EMPTY


def _has_letters(run: list[str]) -> bool:
    return any(c.isalpha() for word in run for c in word)


def _is_piece(question: str) -> bool:
    """Whether it is a piece of a question: "And in Paris?", "side effects", "Since when?"."""
    words = [_plain(word) for word in WORD.findall(question)][_opening(question) :]
    return _ASKING.isdisjoint(words) or (len(words) < _SHORT and _PRONOUNS.isdisjoint(words))


def content(question: str) -> list[str]:
    """The words that tell what it asks, of those that any question has."""
    initials = _initials(question)
    words = WORD.findall(question)
    return [word for word in words if word in initials or word.casefold() not in _EMPTY]


def _names(question: str) -> list[str]:
    """Words with a capital or a digit in them, but for a capital at the very start; in a question
    all in capitals, words with a digit."""
    words = WORD.findall(question)
    return [words[number] for number in _named(question, words)]


def _named(question: str, words: list[str]) -> list[int]:
    initials, shouted = _initials(question), is_shouted(question)
    return [
        number
        for number, word in enumerate(words)
        if any(
            c.isdigit() or (c.isupper() and not shouted and (number or n))
            for n, c in enumerate(word)
        )
        and (word in initials or word.casefold() not in _EMPTY)
    ]


def _runs(question: str) -> list[list[str]]:
    """The names, each as its words. One may begin at the very start: "Anna Krause's age"."""
    words = WORD.findall(question)
    named = _named(question, words)
    first = words[:1] != [] and words[0][0].isupper() and words[0].casefold() not in _EMPTY
    if first and 0 not in named and (1 in named or len(words) == 1):
        named.insert(0, 0)
    runs: list[list[str]] = []
    for place, number in enumerate(named):
        if not place or number != named[place - 1] + 1:
            runs.append([])
        runs[-1].append(words[number])
    return runs


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


def _plain(word: str) -> str:
    return word.casefold().replace("’", "'")
