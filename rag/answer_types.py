"""What kind of words an answer must hold: a count for "how many", a date for "when did", a time or
a length for "how long".

A sentence can be about all that the question names and still not answer it. The
reranker often misses that; these checks are cheap and nearly never wrong: of
the answerable questions of SQuAD 2.0 dev none of 318 that ask for a count and none
of 472 for a date has no such word in a sentence with a known answer, and of the
sentences beside those 34 and 34 % have none; of 165 in seven sets that ask how long none either,
and of the sentences beside those 17 %. Articles answer with numbers and years;
contracts, notices and clinics also with "in duplicate", "a month's rent", "on Sundays",
"at the Closing" and "on admission". They know English questions only; others pass.
"""

from __future__ import annotations

import re

from rag.words import common_stems, tokens

_COUNT = re.compile(
    r"[\d¼-¾⅐-⅞]|\b(?:zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\w+teen|twenty|"
    r"thirty|forty|fifty|sixty|seventy|eighty|ninety|hundreds?|thousands?|millions?|billions?|"
    r"trillions?|dozens?|scores?|half|halves|thirds?|quarters?|once|twice|thrice|single|sole|solely|"
    r"double|triple|dual|solo|duplicate|triplicate|quadruplicate|pairs?|couple|twins?|triplets?|"
    r"both|neither|majority|minority|most|many|fewer|several|few|some|"
    r"numerous|multiple|countless|unlimited|all|every|everyone|everybody|each|only|no|none|nobody|"
    r"nothing|nil|never|"
    # "the fourth season in a row"
    r"second|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth|\w+teenth|"
    r"twentieth)\b",
    re.IGNORECASE,
)
_DATE = re.compile(
    r"[\d¼-¾⅐-⅞]|\b(?:january|february|march|april|may|june|july|august|september|october|november|"
    r"december)s?\b|\b(?:mon|tues|wednes|thurs|fri|satur|sun)days?\b|"
    # With a capital only: the sun is no day.
    r"\b(?-i:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec|Mon|Tues?|Wed|Thu(?:rs?)?|Fri|Sat|Sun)\b|"
    r"\b(?:weekdays?|weekends?|dates?|dated|daily|weekly|fortnights?|fortnightly|monthly|"
    r"quarters?|quarterly|annually|yearly|century|centuries|"
    r"decades?|years?|days?|weeks?|months?|hours?|minutes?|eras?|ages?|periods?|spring|summer|"
    r"autumn|fall|winter|morning|noon|afternoon|evening|night|midnight|midday|dawn|dusk|"
    r"sunrise|sunset|today|tonight|yesterday|"
    r"tomorrow|now|currently|immediately|always|never|recently|soon|ago|after|before|during|when|"
    r"whenever|while|once|until|till|since|as|upon|start|beginning|end|later|early|late|first|last|"
    r"closing|completion|signing|signature|execution|expiry|expiration|termination|maturity|"
    r"delivery|receipt|admission|discharge|baseline|onset|arrival|departure|"
    r"anniversary|easter|whitsun|pentecost|michaelmas|christmas|thanksgiving|ramadan|eid|"
    r"passover|hanukkah|diwali|holidays?|recess|vacations?|semesters?|trimesters?|"
    r"\w+operatively|in the course|eve|war|birth|death|following)\b",
    re.IGNORECASE,
)
# "When did" is answered by an event, too: "at shift change", "on request". Not by all that has a
# preposition: then half of what is caught would pass.
_WHEN = re.compile(
    rf"{_DATE.pattern}|\b(?:at|on|upon)\s+(?!(?:the|an?|his|her|its|their|our|my|your|this|that|these|"
    r"those|which|whom|what|it|him|them|us|me|you|each|any)\b)(?-i:[a-z])",
    re.IGNORECASE,
)
# "How long?" is answered with a length, too, and with "we do not keep it".
_LONG = re.compile(
    rf"{_COUNT.pattern}|{_DATE.pattern}|\b(?:brief(?:ly)?|short(?:ly)?|long(?:er)?|length|lengthy|"
    r"indefinite(?:ly)?|perpetual(?:ly)?|perpetuity|permanent(?:ly)?|temporar(?:y|ily)|forever|"
    r"ever|for good|life|lives|lifetime|lifelong|overnight|throughout|terms?|duration|continu\w*|"
    r"generations?|seconds?|seasons?|moments?|whiles?|instant\w*|pages?|miles?|met(?:re|er)s?|feet|foot|"
    r"yards?|inch(?:es)?|kilomet(?:re|er)s?|not|cannot)\b|n['’]t\b",
    re.IGNORECASE,
)
# "How many months' rent?": what is counted may stand there once, as "a month's rent".
_COUNTED = re.compile(r"\bhow many\W+((?:\w[\w-]*['’]?(?:\W+|$)){1,2})", re.IGNORECASE)
_ONE = re.compile(r"\ban?\W+(\w[\w-]*\W+\w[\w-]*|\w[\w-]*)", re.IGNORECASE)
# What is told in numbers alone, or as "free": of 404 answerable questions of SQuAD 1.1 and QED that
# ask so none lacks one. "How long" and "what rate" may be answered in words.
_QUANTITY = re.compile(
    r"^\W*(?:(?:what|which) (?:percentage|percent|number|amount|proportion) of\b|"
    r"what(?:['’]s| is| was| are| were) (?:the |an? )?(?:[\w'’-]+ ){0,2}?"
    r"(?:salary|salaries|wage|price|cost|costs|fee|fare|rent|weight|height|width|temperature|"
    r"population|diameter|depth) (?:of|for|per)\b|how (?:old|tall|heavy|deep|wide|high)\b|"
    r"how much (?:do|does|did) [^?]*\b(?:cost|weigh)\b)",
    re.IGNORECASE,
)
_ASKED: tuple[tuple[re.Pattern[str], re.Pattern[str]], ...] = (
    # "Who decides how many may attend?" asks for no count, nor "Is it known how many there were?".
    (
        re.compile(
            r"^(?!\W*(?:who|whom|whose|why|where|when|is|are|was|were|do|does|did|has|have|had|can|"
            r"could|may|must|should|shall|will|would)\b).*\bhow many\b",
            re.IGNORECASE | re.DOTALL,
        ),
        _COUNT,
    ),
    (
        _QUANTITY,
        re.compile(
            rf"{_COUNT.pattern}|\b(?:free|first|\w{{2,}}th|included|inclusive|complimentary|gratis|"
            r"waived|on request|poa|negotiable|market price|donations?|without charge|according to|"
            r"charged by|depend\w*|var(?:y|ies)|low|high|medium)\b",
            re.IGNORECASE,
        ),
    ),
    (
        # "What year-end adjustments" and "which date-time" ask for no date.
        re.compile(
            r"\b(?:what|which) (?:year|day|date|month|century|decade)\b(?![-‐‑–]\w| (?:end|trips?|"
            r"groups?|care|cent(?:re|er)s?|rates?|surgery|nurser\w+|format|pass(?:es)?|tickets?)\b)",
            re.IGNORECASE,
        ),
        _DATE,
    ),
    (re.compile(r"^when (?:did|was|were)\b", re.IGNORECASE), _WHEN),
    (re.compile(r"^(?:for )?how long (?!ago\b)", re.IGNORECASE), _LONG),
)


_YES_OR_NO = re.compile(
    r"\W*(?:is|are|am|was|were|do|does|did|has|have|had|can|could|may|might|must|should|shall|will|"
    r"would)\b(?!.*\bor\b)",
    re.IGNORECASE | re.DOTALL,
)


def asks_yes_or_no(question: str) -> bool:
    """Whether the whole sentence answers: in "No dogs are allowed" no word does by itself."""
    return _YES_OR_NO.match(question) is not None


def lacks_answer(question: str, sentence: str) -> bool:
    """Whether the question asks for a count, a date or a time and the sentence holds none."""
    return any(
        asks.search(question) and not answers.search(sentence) for asks, answers in _ASKED
    ) and not _holds_one(question, sentence)


def _holds_one(question: str, sentence: str) -> bool:
    """Whether what the question counts stands in the sentence once: "a year", "a month's rent"."""
    counted = _COUNTED.search(question)
    if not counted:
        return False
    asked = set(tokens(counted[1])) - common_stems()
    return any(not asked.isdisjoint(tokens(one[1])) for one in _ONE.finditer(sentence))
