"""Pairs that look as if the passage answered, and it does not.

Real ones are rare: of the public sets only SQuAD 2.0 has questions that a passage on their very
subject leaves open. These are made from answered ones, in two ways: the sentences that answer are
taken out of the passage, or something in the question is exchanged: a name, a number, a word, or
what is asked for.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence

from evidence_head import Pair

from rag.index.lexical import COMMON, tokens

_NAME = re.compile(
    r"(?<=[\w,;] )[A-Z][\w’'-]*[a-z][\w’'-]*(?: (?:of |the |de |von )?[A-Z][\w’'-]*\w)*"
)
_YEAR = re.compile(r"\b1[0-9]{3}\b|\b20[0-9]{2}\b")
_NUMBER = re.compile(r"\b\d+(?:[.,]\d+)*\b")
_ASKED = re.compile(
    r"(?:(?P<word>when|where|why)|"
    r"(?:in |on )?(?:what|which) (?:year|month|date|day|century|decade)) "
    r"(?P<verb>was|were|is|are|did|does|do|has|had|will)\b(?P<rest>.*)",
    re.I | re.S,
)
_PASSIVE = re.compile(
    r"(?:was|were) (?P<subject>.+) (?P<verb>\w+ed|built|made|written|sung|taken|given|held|led|won)"
    r"\s*\??",
    re.I,
)
_PAST = {"written": "wrote", "sung": "sang", "taken": "took", "given": "gave"}
_BY = re.compile(r"\b(?:by|he|she|they|who|his|her|their)\b", re.I)
_TOLD = {
    "when": re.compile(
        r"\d|\b(?:century|year|years|day|during|after|before|until|since|January|February|March|April|"
        r"May|June|July|August|September|October|November|December)\b"
    ),
    "where": re.compile(r"\b(?:in|at|near|from|to|on|of|throughout|across|around) (?:the )?[A-Z]"),
    "why": re.compile(
        r"\b(?:because|due|since|as|so|therefore|thus|reason|order|purpose|for|cause[sd]?|led|lead|"
        r"result\w*|to \w+)\b",
        re.I,
    ),
}
"""What may tell when, where and why."""
_LEFT = 2
"""Sentences that must be left of a passage."""
_OPPOSITES = (
    "first last", "largest smallest", "biggest smallest", "highest lowest", "oldest youngest",
    "earliest latest", "longest shortest", "best worst", "most least", "more fewer", "before after",
    "increase decrease", "increased decreased", "rise fall", "won lost", "win lose", "north south",
    "northern southern", "east west", "eastern western", "above below", "maximum minimum",
    "began ended", "begin end", "start end", "started ended", "opened closed", "accepted rejected",
    "allowed forbidden", "supported opposed", "public private", "male female", "men women",
    "higher lower", "larger smaller", "older younger", "inside outside", "positive negative",
    "advantages disadvantages", "benefits risks", "causes prevents", "cause prevent",
    "required forbidden", "new old", "good bad", "hot cold", "winter summer", "buy sell",
    "joined left", "internal external", "primary secondary", "direct indirect", "major minor",
)  # fmt: skip
_OPPOSITE = {
    one: other
    for pair in _OPPOSITES
    for one, other in (pair.split(), reversed(pair.split()))
}  # fmt: skip


def without_answer(pair: Pair) -> Pair | None:
    """The passage without the sentences that answer; None where too little is left, or where what
    is left still holds a short answer's words."""
    kept = [number for number in range(len(pair.spans)) if number not in pair.gold]
    if not pair.gold or len(kept) < _LEFT:
        return None
    text = pair.text[: pair.spans[0][0]]
    spans = []
    for number in kept:
        words = pair.text[slice(*pair.spans[number])]
        spans.append((len(text), len(text) + len(words)))
        text += f"{words} "
    text = text.rstrip()
    left = text.casefold()
    if any(pair.text[slice(*answer)].casefold() in left for answer in pair.answers):
        return None
    return Pair(pair.question, text, tuple(spans), (), ())


def exchanged(pair: Pair, names: Sequence[str], chance: random.Random) -> Pair | None:
    """The question with something in it exchanged, so that the passage does not answer it.

    A name or a number that the passage holds becomes another of the passage, or one of ``names``; a
    word becomes its opposite. None where there is nothing to exchange.
    """
    ways = [_other_name, _other_number, _opposite]
    chance.shuffle(ways)
    for way in ways:
        question = way(pair, names, chance)
        if question is not None and question.casefold() != pair.question.casefold():
            return Pair(question, pair.text, pair.spans, (), ())
    return None


def asked_otherwise(pair: Pair, chance: random.Random) -> Pair | None:
    """Where or why, or who did it, in place of when, and so on, if nothing near tells that.

    None for most questions, which have another form.
    """
    asked = _ASKED.match(pair.question)
    if not asked:
        return None
    old = (asked["word"] or "when").casefold()
    rest = f"{asked['verb']}{asked['rest']}"
    said = pair.question.casefold()
    near = " ".join(
        pair.text[slice(*span)]
        for number, span in enumerate(pair.spans)
        if number in pair.gold or len(set(tokens(said)) & set(tokens(pair.text[slice(*span)]))) > 1
    )
    forms = {
        word: f"{word} {rest}"
        for word, told in _TOLD.items()
        if word != old and not told.search(near)
    }
    persons = [name for name in _NAME.findall(near) if name.casefold() not in said]
    passive = _PASSIVE.fullmatch(rest)
    if passive and not persons and not _BY.search(near):
        verb = _PAST.get(passive["verb"], passive["verb"])
        forms["who"] = f"who {verb} {passive['subject']}?"
    if not forms:
        return None
    made = forms.get("who") or chance.choice(list(forms.values()))
    question = made if asked[0][0].islower() else made[0].upper() + made[1:]
    return Pair(question, pair.text, pair.spans, (), ())


def names_of(texts: Sequence[str]) -> list[str]:
    """Names that texts hold, each once."""
    held = dict.fromkeys(name for text in texts for name in _NAME.findall(text))
    return [name for name in held if name.casefold() not in COMMON]


def _other_name(pair: Pair, names: Sequence[str], chance: random.Random) -> str | None:
    lower = pair.question.casefold()
    held = {match.group() for match in _NAME.finditer(pair.text)}
    asked = [
        match.span()
        for name in held
        if name.casefold() not in COMMON
        for match in [re.search(rf"\b{re.escape(name.casefold())}\b", lower)]
        if match and len(lower) == len(pair.question)
    ]
    if not asked:
        return None
    start, end = max(asked, key=lambda span: span[1] - span[0])
    old = pair.question[start:end]
    others = [name for name in _elsewhere(pair, _NAME) if name.casefold() not in lower]
    if not others or chance.random() < 0.5:
        others = [name for name in names if name not in pair.text]
    others = [name for name in others if abs(name.count(" ") - old.count(" ")) <= 1]
    if not others:
        return None
    new = chance.choice(others)
    return (
        pair.question[:start] + (new if old != old.lower() else new.lower()) + pair.question[end:]
    )


def _other_number(pair: Pair, names: Sequence[str], chance: random.Random) -> str | None:  # noqa: ARG001
    for kind in (_YEAR, _NUMBER):
        asked = [m for m in kind.finditer(pair.question) if m.group() in pair.text]
        if not asked:
            continue
        old = chance.choice(asked)
        others = [n for n in _elsewhere(pair, kind) if n not in pair.question]
        if kind is _YEAR and (not others or chance.random() < 0.5):
            others = [str(int(old.group()) + chance.choice([-30, -9, -4, -2, 2, 3, 7, 20]))]
        others = [n for n in others if n not in pair.question]
        if others:
            return pair.question[: old.start()] + chance.choice(others) + pair.question[old.end() :]
    return None


def _opposite(pair: Pair, names: Sequence[str], chance: random.Random) -> str | None:  # noqa: ARG001
    """Only where the passage has the word and not its opposite."""
    words = list(re.finditer(r"\b[a-z]+\b", pair.question))
    passage = set(re.findall(r"[a-z]+", pair.text.casefold()))
    for match in chance.sample(words, len(words)):
        other = _OPPOSITE.get(match.group())
        if other is not None and match.group() in passage and other not in passage:
            return pair.question[: match.start()] + other + pair.question[match.end() :]
    return None


def _elsewhere(pair: Pair, kind: re.Pattern[str]) -> list[str]:
    """What the passage's other sentences name, those left out that share much with the question:
    with their names it might be answered."""
    asked = set(tokens(pair.question))
    found = []
    for number, span in enumerate(pair.spans):
        words = pair.text[slice(*span)]
        if number not in pair.gold and len(asked & set(tokens(words))) < 3:
            found += [name for name in kind.findall(words) if name.casefold() not in COMMON]
    return found
