"""What a quote takes in beside the sentence that answers, so that it says what its document says.

The sentence that "This" points back to, the rest of what somebody is quoted with, the sentence
right behind it that takes a part of it back, the line that a list goes on from. Little each time:
past that a quote is no longer about the question.
"""

from __future__ import annotations

import re
from bisect import bisect_left

from rag.borders import block_at, sentence_at, sentences_of
from rag.document import Document
from rag.lists import FAR, closing_words, lead_in, turns, whole_list
from rag.questions import says_yes_or_no
from rag.split import leads

_WORD = re.compile(r"\w+")
# A sentence that opens with one of these means something only after the sentence before it.
_LEANING = frozenset(
    "he she it they him her them his its their this that these those such both neither either "
    "however but yet so thus hence therefore moreover furthermore nevertheless nonetheless instead "
    "consequently accordingly otherwise similarly likewise meanwhile also additionally still then "
    "conversely besides and or nor afterwards afterward".split()
)
# "Plus has none of these."
_LEANS_AT_END = re.compile(
    r"\b(?:instead|(?:none|neither|either|any|each|one|some|most|two|three|all|both|half|part) of "
    r"(?:these|those|them|it|this|that))\W*\Z",
    re.IGNORECASE,
)
# "Any of these may be returned.", but not "any of those who".
_LEANS_WITHIN = re.compile(
    r"\b(?:none|all|any|each|both|either|neither|one|some|most|many|few|two|three) of "
    r"(?:these|those)\s+(?:is|are|was|were|has|have|had|can|cannot|may|might|must|shall|should|"
    r"will|would|do|does|did|applies|apply)\b",
    re.IGNORECASE,
)
# "The same applies to cats.", "Claims above this amount need two signatures."
_SAME = re.compile(
    r"the (?:same|latter|former|foregoing) (?:also |only )?(?:appl(?:y|ies)|goes|holds?|is|are|was|"
    r"were|may|must|shall|will|can|cannot|do|does|has|have|costs?|needs?|requires?)\b",
    re.IGNORECASE,
)
_PAST_BOUND = re.compile(
    r"(?:[\w'’]+ ){0,3}?(?:above|below|beyond|over|under|outside|exceeding|in excess of) "
    r"(?:(?:this|that|these|those) (?:amount|sum|limit|figure|value|number|level|threshold|price|"
    r"range|age|hour)s?\b|(?:this|that|it) (?:is|are|was|were|will|must|may|shall|costs?|needs?|"
    r"requires?)\b)",
    re.IGNORECASE,
)
# "In that event the deposit is forfeited.", "If so, a refund is paid.", "Others pay £8.", but not
# "In this agreement".
_IN_THAT_CASE = re.compile(
    r"(?:if|in|for|under|after|before|until|till|by|to|with|without|of|on|at|from|during|when|where|"
    r"once|unlike) (?:(?:all|any|each|both|either|neither) (?:of )?)?"
    r"(?:other cases?|such|this|that|these|those|then)\b"
    r"(?! (?:who|which|with|agreement|policy|contract|leaflet|document|guide|manual|report|paper|"
    r"study|chapter|section|lease|article|book|page|notice|form)\b)|"
    r"(?:if (?:so|not)|failing (?:this|that)|(?:all )?others)\b",
    re.IGNORECASE,
)
_WIDEST = 2  # sentences on either side
_SPEECH_CHARS = 500  # that what is cut inside quotation marks may grow by
# Takes back a part of what was just said. "However" does only with a limit of its own: most tell
# something else. "Except on Sundays" does, "Except on Sundays, dogs must be led" stands by itself.
_NOT = r"(?:(?:do|does|did|shall|will|must|may) not|(?:do|does|did|wo)n['’]t)"
_LIMITS = re.compile(
    r"(?:(?:this|that|these|those|it|they)(?: (?:above|rule|limit|clause|provision|right|"
    r"restriction|condition|requirement|prohibition|obligation|offer|discount|fee|charge|exemption|"
    r"period|paragraph|section|sentence|permission|licence|license))?|"
    r"the (?:above|foregoing)(?: \w+)?|the same) "
    rf"(?:{_NOT} (?:include|cover|extend)\b|excludes?\b|(?:is|are) not applicable\b|"
    r"(?:only appl(?:y|ies)|appl(?:y|ies) only)\b)|"
    rf"(?:this|that|these|those|such|it|they|the|nothing in)(?: [\w’'-]+){{0,6}}? {_NOT} apply\b|"
    r"(?:(?:please )?note(?: that)?|nb|n\.b\.|important)\b\W*(?:this|that|these|those|it|they)\b"
    r".{0,40}?\bnot\b|"
    # "This is no longer the case.", "The motion was defeated."
    r"(?:this|that|it|these|those)(?: [\w-]+){0,2} (?:is|are|was|were|has been|have been) "
    r"(?:(?:not|no longer) (?:true|so|right|valid|available|included|applicable|the case|in "
    r"force)\b|no longer\b|(?:false|wrong|untrue|incorrect|a myth|repealed|withdrawn|rejected|"
    r"refused|reversed|overturned|revoked|cancelled)\b)|"
    r"(?:the|this) (?:motion|proposal|amendment|application|request|offer|resolution|rule|claim) "
    r"(?:was|is|has been) (?:defeated|lost|rejected|withdrawn|refused|dismissed|repealed|"
    r"not (?:carried|approved|passed|adopted))\b|"
    r"exceptions?(?:\s*:| (?:is|are|apply|applies)\b)|"
    r"(?:there (?:is|are)|an|the|one|two|some)(?: only)?(?: [\w-]+)? exceptions?\b|"
    r"(?:except|unless|excepting|excluding|provided (?:that|always)|subject to)\b[^,]*\Z|"
    r"(?:save (?:that|for)|with the exception of|notwithstanding (?:the (?:above|foregoing)|this|"
    r"that))\b|"
    r"not (?:valid|available|applicable|suitable|included|redeemable)\b|(?:does|do) not apply\b|"
    r"excludes?\b|cannot be (?:combined|used|redeemed|exchanged)\b|"
    # "But not in summer.", "Only on a lead.", but not "Only in 1950 did it open."
    r"(?:but )?(?:not|only|never) (?:in|on|at|for|with|without|during|before|after|if|when|from|by|"
    r"until|outside|inside|under|over|to)\b(?!.*\b(?:did|do|does|was|were|is|are|has|had|would|"
    r"could|can|will)\b)[^,]{0,80}\Z|"
    r"(?:however|but)\b(?:.{0,80}?(?:\b(?:not|no|never|none|only|cannot|unless|except)\b|n['’]t\b)|"
    r",? (?:[\w'’]+ ){0,3}?must\b)",
    re.IGNORECASE,
)
_OPENERS = "*_([“\"'‘«»—–- "
_SPOKEN = re.compile(
    r"(?<![^\s(\[—–-])\"[^\"]*\"|„[^„“”]*[“”]|“[^“”]*”|"
    r"«[^«»]*»|»[^«»]*«|‘(?:[^‘’]|’(?=\w))*’|「[^「」]*」"
)


def leaned(document: Document, start: int, end: int) -> tuple[int, int]:
    """The range with the sentences before it that its first one means something only after."""
    for _ in range(_WIDEST):
        before = _before(document, start)
        if before is None or not _leans(document, start, before):
            break
        start = before[0]
    return start, end


def widened(document: Document, start: int, end: int) -> tuple[int, int]:
    """The range with whatever else it must not be read without."""
    start, end = _uncut(document, *_spoken(document, start, end))
    for _ in range(_WIDEST):
        after = _after(document, end)
        if after is None or not _limits(_said(document.text[slice(*after)])):
            break
        end = after[1]
    above = lead_in(document, start)
    start = start if above is None else above
    return start, closing_words(document, start, whole_list(document, start, end))


def _uncut(document: Document, start: int, end: int) -> tuple[int, int]:
    """The range with the rest of a sentence that was cut for its length, where that turns it: "is
    not liable for" before what is quoted, "unless" behind it."""
    if block_at(document, start).kind not in ("prose", "item"):
        return start, end
    opens, closes = sentence_at(document, start)[0], sentence_at(document, end - 1)[1]
    if opens < start and end - opens <= FAR and turns(document.text[opens:start]):
        start = opens
    if end < closes and closes - start <= FAR and turns(document.text[end:closes]):
        end = closes
    return start, end


def _limits(said: str) -> bool:
    """Whether a sentence takes back a part of the one before it, or goes on where that ends."""
    return _LIMITS.match(said) is not None or _PAST_BOUND.match(said) is not None


def _said(sentence: str) -> str:
    """A sentence on one line, without what it stands in."""
    return " ".join(sentence.split()).lstrip(_OPENERS)


def _leans(document: Document, start: int, before: tuple[int, int]) -> bool:
    text = document.text[slice(*sentence_at(document, start))]
    opening = _WORD.search(text)
    if opening is not None and opening.group().casefold() in _LEANING:
        return True
    asked = document.text[slice(*before)].endswith(("?", "？"))
    said = _said(text)
    points_back = (
        _SAME.match(said)
        or _IN_THAT_CASE.match(said)
        or _PAST_BOUND.match(said)
        or _LEANS_AT_END.search(said)
        or _LEANS_WITHIN.search(said)
    )
    return points_back is not None or (asked and says_yes_or_no(text))


def _before(document: Document, start: int) -> tuple[int, int] | None:
    """The sentence before the one that begins here, in the same block."""
    borders = sentences_of(document, block_at(document, start))
    at = bisect_left(borders, start, key=lambda border: border[0]) - 1
    if at < 0 or borders[at][1] > start or leads(document.text[slice(*borders[at])]):
        return None
    return borders[at]


def _after(document: Document, end: int) -> tuple[int, int] | None:
    """The sentence behind the one that ends here, in the same block."""
    borders = sentences_of(document, block_at(document, end - 1))
    at = bisect_left(borders, end, key=lambda border: border[0])
    return borders[at] if at < len(borders) else None


def _spoken(document: Document, start: int, end: int) -> tuple[int, int]:
    """The range with the rest of what is spoken, where one of two quotation marks is cut off."""
    block = block_at(document, start)
    if block.kind not in ("prose", "item") or end > block.end:
        return start, end
    first, last = max(block.start, start - _SPEECH_CHARS), min(block.end, end + _SPEECH_CHARS)
    for spoken in _SPOKEN.finditer(document.text, first, last):
        opens, closes = spoken.start(), spoken.end() - 1
        if (start <= opens < end) == (start <= closes < end):
            continue
        low = min(start, sentence_at(document, opens)[0])
        high = max(end, sentence_at(document, closes)[1])
        if high - low - (end - start) <= _SPEECH_CHARS:
            start, end = low, high
    return start, end
