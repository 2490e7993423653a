"""What a document calls someone by for short: 'Harwick Estates Limited (the "Landlord")'.

Its clauses then say "the Landlord", and who asks says "Harwick". A passage is read with the
question under both names where the question has one of them and the passage the other. In contracts
nearly every clause is written so; "Centre for Effective Dispute Resolution (CEDR)" is the same.
"""

from __future__ import annotations

import re
from functools import lru_cache

from rag.searched import Searched
from rag.words import COMMON

_MOST_CHARS = 1_000_000
"""A longer text is not looked through."""
_MOST = 3  # pairs above one passage
_NAME_CHARS = 90
_WORD = r"[A-Z][\w’'-]*"
_DEFINED = re.compile(
    r"\((?:(?:collectively|together|each|hereinafter|hereafter|referred to as|as|or)[ ,]+){0,4}"
    r"(?P<the>(?:the|an?) )?(?P<quoted>[\"“'‘])?"
    rf"(?P<term>{_WORD}(?: {_WORD}){{0,3}})[\"”'’]?\)"
)
_PART = r"(?:[A-Z0-9][\w.&’'-]*|of|and|&|for|the|de|la)"
_NAME = re.compile(rf"{_PART}(?:,? {_PART})* ?\Z")
_LINKS = re.compile(r"\A(?:(?:of|and|&|for|the|The) )+")
# What needs no article and no quotation marks to be one: "Katarzyna Wolny (Claimant)".
_ROLE = re.compile(
    "Claimant|Plaintiff|Defendant|Appellant|Respondent|Petitioner|Applicant|Buyer|Purchaser|Seller|"
    "Vendor|Landlord|Tenant|Lessor|Lessee|Licensor|Licensee|Employer|Employee|Supplier|Customer|"
    "Client|Contractor|Subcontractor|Consultant|Borrower|Lender|Guarantor|Insurer|Insured|Company"
)
# Words that a name shares with too many.
_GENERIC = frozenset(
    "ltd limited company inc plc llp llc gmbh corporation group systems services association "
    "university institute national".split()
)


def under_both_names(passage: Searched, text: str, question: str) -> Searched:
    """The passage with such pairs on its first line; ``text`` is its document's."""
    if len(text) > _MOST_CHARS:
        return passage
    line, _, body = passage.text.partition("\n")
    pairs = [
        f"{term}: {name}"
        for term, name in defined_terms(text).items()
        if (_is_named(name, question) and _holds(body, term) and name not in passage.text)
        or (_is_asked(term, question) and name in body and not _holds(passage.text, term))
    ]
    if not pairs:
        return passage
    added = " › " + "; ".join(pairs[:_MOST])
    spans = tuple((start + len(added), end + len(added)) for start, end in passage.spans)
    return Searched(f"{line}{added}\n{body}", passage.sentences, spans)


@lru_cache(maxsize=8)
def defined_terms(text: str) -> dict[str, str]:
    """The names that a text defines a term for, by the term; the first of two counts."""
    found: dict[str, str] = {}
    for match in _DEFINED.finditer(text):
        before = _NAME.search(text, max(0, match.start() - _NAME_CHARS), match.start())
        if before is None:
            continue
        name = _LINKS.sub("", before.group().rstrip())
        term = match["term"]
        marked = match["the"] or match["quoted"] or _ROLE.fullmatch(term)
        if _own_word(name) and (marked or _initials(name).endswith(term)):
            found.setdefault(term, name)
    return found


def _initials(name: str) -> str:
    return "".join(word[0] for word in name.split() if word[0].isupper())


def _own_word(name: str) -> str:
    """The first word that tells it from others, folded; "" if there is none."""
    words = (word.strip(".,").casefold() for word in name.split())
    own = (word for word in words if word not in COMMON and word not in _GENERIC)
    return next((word for word in own if len(word) > 2), "")


def _is_named(name: str, question: str) -> bool:
    return _holds(question.casefold(), _own_word(name))


def _is_asked(term: str, question: str) -> bool:
    """An acronym only as it is written: "who" is no WHO."""
    return (
        _holds(question, term) if term.isupper() else _holds(question.casefold(), term.casefold())
    )


def _holds(text: str, words: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(words)}(?!\w)", text) is not None
