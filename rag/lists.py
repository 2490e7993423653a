"""Lists: an item says little, or the opposite, without the line that it goes on from.

"Hearing aids" is no answer where the line above the list is "This policy does not cover:", nor is
that line without its list where it ends in "if all of the following are true:".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from rag.borders import sentence_at
from rag.document import BlockKind, Document
from rag.markers import goes_on_counting, level_of, opens_small
from rag.questions import question_above

NEAR = 500
"""Characters from an item up to the line that its list goes on from: any such line is shown."""
FAR = 4_000
"""The same where that line denies or limits, for what the item opens with: what it says further on
stands by itself. Past that the item is no answer."""
WHOLE = 2_000
"""Characters of a list that holds only as a whole, or stands below a quoted line."""

_TAIL = 40  # characters in which a block's last sign stands, behind brackets and quotation marks
_CLOSERS = " \t*_\"'”’»)]"
_GOES_ON = re.compile(r"(?:[:：—–]|\s-)\Z")
_ENDED = re.compile(r"[.!?;,。！？؟।，、]\Z")
_FOLLOWING = re.compile(
    r"\bas\s+follows\b|\bthe\s+following(?:(?:\s+\w+){0,3}?\s+"
    r"(?:is|are|do|does|will|shall|may|must|can)\b|\W*\Z)",
    re.IGNORECASE,
)
_DENIES = re.compile(
    r"\b(?:not(?!\s+limited\b|\s+prejudice)|"
    r"no(?!\.?\s?\d|-|\s+(?:later|less|fewer|extra|additional)\b)|"
    r"never|none|neither|nor|cannot|unless(?!\s+(?:the\s+)?context)|"
    r"without(?!\s+(?:prejudice|limit\w*|comment|delay|notice|further)\b)|"
    r"except\w*|exclu\w+|prohibit\w*|"
    r"forbid\w*|forbade|refus\w+|restrict\w+|contraindicat\w+|avoid\w*|ineligible|illegal|banned|"
    r"nicht|kein\w*|ohne|ausgeschlossen|ausgenommen|sauf|jamais|aucun\w*|"
    r"nunca|excepto|ning[uú]n\w*|niet|geen)\b|\bun(?:able|available|insured|covered)\b|n['’]t\b",
    re.IGNORECASE,
)
# "You can apply if:", but not "If the region is his own:".
_LIMITS_BELOW = re.compile(r"\b(?:if|unless|only|provided\s+that)\W*\Z", re.IGNORECASE)
_LIMITS = re.compile(r"\b(?:if|only|provided\s+that)\b", re.IGNORECASE)
_AS_A_WHOLE = re.compile(
    r"\b(?:all|each|both)\b.{0,20}?\b(?:following|these|true|apply|conditions|criteria|met)\b|"
    r"\bprovided\s+that\b|\b(?:on|subject\s+to)\b.{0,20}\bconditions?\b",
    re.IGNORECASE | re.DOTALL,
)
_CONDITION = re.compile(r"\b(?:if|when|where|unless|until|only|conditions?)\b", re.IGNORECASE)
_AND = re.compile(r"\band\Z", re.IGNORECASE)
# Below the items, for all of them: "unless caused by the Tenant."
_CLOSES = re.compile(r"(?:unless|except|provided|save|but|subject to|if|only)\b")


class _Lead(NamedTuple):
    """A line that a list goes on from: the number of its block, and its last sentence."""

    block: int
    start: int
    end: int
    turns: bool
    """Whether it denies or limits what stands below it."""


def lead_in(document: Document, offset: int) -> int | None:
    """Where what a sentence goes on from begins: "It does not cover:" above a list, the question
    above an answer. None where it is no item, or the line above the list stands too far off."""
    question = question_above(document, offset)
    if question is not None:
        return question
    head = _denying_head(document, offset)
    if head is not None:
        return head
    far = FAR if _opens_item(document, offset) else NEAR
    starts = [
        lead.start
        for lead in _leads(document, offset)
        if offset - lead.start <= (far if lead.turns else NEAR)
    ]
    return min(starts, default=None)


def stranded(document: Document, offset: int) -> bool:
    """Whether a sentence is an item that a line denies or limits which stands too far above to be
    quoted with it. A heading stands in its citation, too."""
    if not _opens_item(document, offset):
        return False
    return any(
        lead.turns and offset - lead.start > FAR and document.blocks[lead.block].kind != "heading"
        for lead in _leads(document, offset)
    )


def whole_list(document: Document, start: int, end: int) -> int:
    """Where ``text[start:end]`` ends with the list that belongs to it, if one does.

    It does if the text ends in the line above the list, or in an item of one that holds only as a
    whole: "if all of the following are true:". A list beyond measure is none.
    """
    last = document.block_before(end - 1)
    leads = [
        lead.block
        for lead in _leads(document, sentence_at(document, end - 1)[0])
        if start <= lead.start and _holds_as_a_whole(document, lead)
    ]
    if last >= 0 and end == document.blocks[last].end and _announces(document, last):
        leads.append(last)
    ends = (_list_end(document, lead) for lead in leads)
    return max((found for found in ends if found - start <= WHOLE), default=end)


def closing_words(document: Document, start: int, end: int) -> int:
    """Where ``text[start:end]``, if it ends in a list, ends with the words that close all of it."""
    own = document.block_before(end - 1)
    level = level_of(document, own) if own >= 0 else None
    if level is None:
        return end
    blocks, text = document.blocks, document.text
    for number in range(own + 1, len(blocks)):
        block = blocks[number]
        if block.start - start > WHOLE:
            break
        if block.kind == "prose" and _CLOSES.match(text, block.start):
            ended = _ENDED.search(_bare(document, number - 1))
            closes = ended is None or ended.group() not in ".!?"
            return sentence_at(document, block.start)[1] if closes else end
        if level_of(document, number) != level:
            break
    return end


def _denying_head(document: Document, offset: int) -> int | None:
    """Where a table of one column begins that is a list: "Not covered" above "Theft"."""
    own = document.block_before(offset)
    first = document.first_row(own) if own >= 0 else None
    if first is None or first == own or offset - document.blocks[first].start > FAR:
        return None
    head, row = (document.blocks[number] for number in (first, own))
    alone = "\t" not in document.text[head.start : row.end]
    denies = _DENIES.search(document.text, head.start, head.end)
    return head.start if alone and denies else None


def _opens_item(document: Document, offset: int) -> bool:
    """Whether the character stands in the first sentence of its block."""
    own = document.block_before(offset)
    return own >= 0 and sentence_at(document, offset)[0] <= document.blocks[own].start


def _leads(document: Document, offset: int) -> Iterator[_Lead]:
    """The lines above that an item goes on from, the nearest first: a list may stand in a list."""
    own = document.block_before(offset)
    level = level_of(document, own) if own >= 0 else None
    while level is not None:
        own = _lead_of(document, own, level)
        if own < 0:
            return
        block = document.blocks[own]
        start, end = sentence_at(document, block.end - 1)
        line = document.text[start:end]
        yield _Lead(own, start, end, bool(_DENIES.search(line) or _LIMITS_BELOW.search(line)))
        level = None if block.kind == "heading" else level_of(document, own)


def _lead_of(document: Document, own: int, level: str) -> int:
    """The block that the list goes on from in which the block ``own`` is an item of this level; -1
    for none. All items on the way up have the same one, so that it is looked for once a list."""
    known, alike, below = document.list_leads, list[int](), own
    found = -1
    for number in range(own, -1, -1):
        block = document.blocks[number]
        if number < own and block.kind in ("prose", "item", "heading"):
            # Only what stands above its first item: others may have a list within them.
            if level_of(document, below) == level and _goes_on(document, number, level):
                found = number
                break
            if level_of(document, number) is not None:
                below = number
            # Else a paragraph between two items, if the one below it goes on counting.
            elif block.kind != "prose" or not goes_on_counting(document, below):
                break
        if below == number and level_of(document, number) == level:
            if number in known:
                found = known[number]
                break
            alike.append(number)
    known.update(dict.fromkeys(alike, found))
    return found


def _goes_on(document: Document, number: int, level: str) -> bool:
    """Whether a list of this level below the block goes on from it."""
    kind = document.blocks[number].kind
    if _announces(document, number):
        return level_of(document, number) != level or level in ("item", "bullet", "small")
    if kind == "item" or level == "small" or level.startswith("clause"):
        return False
    if level_of(document, number) is not None:
        return False
    text = _last_line(document, number)
    if kind == "prose" and _ENDED.search(text):
        return text.endswith(("?", "？", "؟")) or bool(_FOLLOWING.search(text))
    return _turns(text, kind) or opens_small(document, number + 1)


def _turns(line: str, kind: BlockKind) -> bool:
    """Whether a line denies or limits. Below a heading "If the paper jams" are steps to take."""
    return turns(line) if kind != "heading" else bool(_DENIES.search(line))


def turns(words: str) -> bool:
    """Whether words deny or limit what stands beside them."""
    return bool(_DENIES.search(words) or _LIMITS.search(words))


def _announces(document: Document, number: int) -> bool:
    """Whether the block ends as what a list follows does: "It does not cover:"."""
    block = document.blocks[number]
    tail = document.text[max(block.start, block.end - _TAIL) : block.end]
    return _GOES_ON.search(tail.rstrip(_CLOSERS)) is not None


def _last_line(document: Document, number: int) -> str:
    block = document.blocks[number]
    end = len(document.text[block.start : block.end].rstrip(_CLOSERS)) + block.start
    start = sentence_at(document, end - 1)[0] if end > block.start else block.start
    return document.text[start:end]


def _holds_as_a_whole(document: Document, lead: _Lead) -> bool:
    """Whether an item of the list holds only with the others: all of them are conditions."""
    line = document.text[lead.start : lead.end]
    if _AS_A_WHOLE.search(line):
        return True
    items = [_bare(document, number) for number in _items(document, lead.block)]
    return bool(_CONDITION.search(line)) and any(map(_AND.search, items[:-1]))


def _bare(document: Document, number: int) -> str:
    block = document.blocks[number]
    return document.text[block.start : block.end].rstrip(" \t,;")


def _list_end(document: Document, lead: int) -> int:
    """Where the list below a line ends."""
    return max(
        (document.blocks[number].end for number in _items(document, lead)),
        default=document.blocks[lead].end,
    )


def _items(document: Document, lead: int) -> Iterator[int]:
    """The blocks of the list below a line."""
    above, first = level_of(document, lead), level_of(document, lead + 1)
    start = document.blocks[lead].end
    for number in range(lead + 1, len(document.blocks)):
        level = level_of(document, number)
        # Well past what is quoted, so that a longer list is not taken for one that ends there.
        if level is None or document.blocks[number].start - start > 2 * WHOLE:
            return
        # "6.3" after the items of 6.2, and "2." after those of "1. The tenant shall:".
        counted = level == above and level not in ("item", "bullet", "small")
        if counted or (level.startswith("clause") and level != first):
            return
        yield number
