"""What German writes with a full stop inside a sentence: "z. B.", "§ 5 Abs. 2", "am 3. Mai".

German nouns have capitals, so that nothing but the words tells where a sentence goes on. None of
these words is an English one, or it counts only beside German words.
"""

from __future__ import annotations

import re

GERMAN_NEVER = frozenset(
    "abzgl allg bspw bzgl bzw dipl einschl entspr evtl geb gegr ggf ggfs hrsg inkl insb insbes "
    "jährl lfd monatl mrd mtl sog str tgl tsd urspr vgl zzgl ä "
    "d.h i.d.r m.e o.ä o.g s.o s.u u.a u.u u.ä v.a v.chr n.chr z.b z.t z.zt".split()
)
"""Never the end of a sentence: something always follows."""
GERMAN_COUNTING = frozenset("Abs Abschn Anl Anm Art Aufl Bd Buchst Kap Rn Rz Ziff".split())
"""Not the end of a sentence before what they count."""

_COMPOUNDS = ("str", "nr")  # "Hauptstr.", "Kundennr."
_PAIRS = re.compile(
    r"(?<!\w)(?:z\.\s?(?:B|T|Zt|Hd)|d\.\s?[hJ]|u\.\s?[aäUÄ]|o\.\s?[äÄgB]|i\.\s?d\.\s?R|"
    r"i\.\s?[dSV]|m\.\s?E|[vn]\.\s?Chr|s\.\s?[ou]|v\.\s?a)\."
)
_PAIR_CHARS = 9
_WORD = re.compile(r"\w+")
_BEFORE = re.compile(r"(\w+)[ \u00a0]\Z")
_MONTHS = frozenset("januar jänner februar feber märz mai juni juli oktober dezember".split())
_MONTHS_IN_ENGLISH = frozenset("april august september november".split())
_BEFORE_DATES = frozenset("am vom zum bis seit ab dem den der des und im".split())
_BEFORE_ORDINALS = frozenset("der das dem den des die im vom zum zur beim ins".split())
_OF_LAWS = frozenset("art artikel abs absatz nr nummer ziff ziffer anlage vertrag gesetz".split())
_STARTERS = frozenset(
    "der die das ein eine einer er sie es wir ihr ich dies diese dieser dieses man in im am an auf "
    "aus bei mit von vom zu zum zur nach für ohne wenn weil auch so als bis".split()
)
_ENGLISH = frozenset("the this that it he she they we you then in on at by to an as but or".split())


def goes_on(text: str, begin: int, stop: int, word: str, rest: int, end: int) -> bool:
    """Whether the full stop at ``stop``, behind ``word``, ends no sentence for a German reader;
    what follows begins at ``rest``."""
    bare = word.casefold()
    if len(word) <= 3 and any(
        pair.start() < stop < pair.end()
        for pair in _PAIRS.finditer(text, max(begin, stop - _PAIR_CHARS), stop + _PAIR_CHARS)
    ):
        return True
    if bare.endswith(_COMPOUNDS) and len(bare) > 4:
        return True
    if bare == "mio":  # with a small letter it is Italian for "mine"
        return word[0].isupper()
    match = _WORD.match(text, rest, end)
    following = match[0].casefold() if match else ""
    if bare == "gem":
        return text[rest : rest + 1] == "§" or following in _OF_LAWS
    if bare == "usw":
        return following not in _STARTERS
    if not word.isdecimal() or len(word) > 2:
        return False
    before = _BEFORE.search(text, max(begin, stop - len(word) - 12), stop - len(word))
    article = before[1].casefold() if before else ""
    if following in _MONTHS_IN_ENGLISH:
        return article in _BEFORE_DATES
    return following in _MONTHS or (article in _BEFORE_ORDINALS and following not in _ENGLISH)
