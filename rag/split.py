"""A document becomes sentences, and sentences become passages: offsets only, never copies.

Sentences tile the blocks: within a block only white space lies between two of
them, and none crosses a block's border. Passages tile the sentences: each
sentence is in one passage, or in two where a long section goes on in the next
passage, which then begins with the last sentence of the one before.

The rules for where a sentence ends are our own, because a quotation's borders
are what this product answers for. When a full stop is in doubt the sentence
goes on: a quote with a sentence too many is still true, half a sentence is not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain

from rag.document import QUOTABLE, Document, Passage, Sentence
from rag.split_german import GERMAN_COUNTING, GERMAN_NEVER, goes_on

VERSION = 9
"""Part of the index id: raise it when the same document would be split in another way."""
MAX_SENTENCE_CHARS = 1000
"""Text without an end in sight (a list of names, a table as prose) is cut here, at a word."""
OVERLAP_CHARS = 300
"""A last sentence up to this long is repeated at the start of the section's next passage."""

# A run of final marks, the quotes and brackets that close with it, then white space; the marks of
# Chinese and Japanese need no space after them. Without a group it is a run that goes on ("3.14"):
# matched nevertheless, so that a long one is not tried again from each of its marks.
# "in May.¹ It", "in May.[3][4] It": the marks of notes, and what Wikipedia says of a sentence. No
# stars: in Markdown "**Rent.** It is due" leads in what follows.
_NOTES = r"(?:[⁰¹²³⁴-⁹†‡]{1,4}+|(?:\[(?:\w{1,3}|note \d{1,3}|[a-z]{3,12} needed)\])++)?+"
_END = re.compile(
    rf"[.!?…؟۔।॥]++[\"'”’»)\]}}]*+{_NOTES}(?:(\s+|$)|)|[。！？｡]++[\"'”’」』）】]*+{_NOTES}(\s*)",
)
_WORD = re.compile(r"(\w+)((?<=\b\w)\.)?")
# "4", "4.2", "4.2a", "B", "B.1", "iv": what a clause is numbered with.
_NUMBER = re.compile(
    r"\d+(?:\.\d+)*\.?[a-z]?|[a-z](?:\.\d+)*|"
    r"(?=[ivxlc])c{0,3}(?:xc|xl|l?x{0,3})(?:ix|iv|v?i{0,3})",
    re.IGNORECASE,
)
_LINE = re.compile(r"[^\r\n]+")
# "Single room ........ 80"
_LED = re.compile(r"[^\s.][ \t]*\.{3,}+[ \t]*[^\s.][^\r\n]{0,40}$")
_MONEY = frozenset("$£€¥₹")
_WORD_CHARS = 100
"""No abbreviation is longer; without a limit each mark would cost as much as its sentence."""
_BEFORE_WORD = "\"'“‘«([{"
_OPENERS = "\"'“‘«([{¿¡—–- \t"

# Never the end of a sentence: something always follows.
_NEVER = frozenset(
    "mr mrs ms mx dr prof rev hon messrs mme mlle st mt ft sen rep gov gen col lt sgt capt cmdr "
    "maj adm brig cpl pvt pres supt e.g i.e eg ie viz cf vs v al ca approx resp incl excl esp "
    "fig figs eq eqs sec secs ch chap vol vols pp ed eds trans repr op cit ibid art arts para "
    "temp paras cl reg regs sched nos dept univ assn bros rs tel ext apt bldg nr attn "
    "sra sres uds núm pág págs dott".split()
)
# Not the end of a sentence before what counts things: "ss. 24 to 28", "Appx. B", "Inv. No. 4023".
# Those that are words as well, with a capital only.
_COUNTING = frozenset(
    "ss subs subss rr nn appx exh exhs ref refs inv qty ver encl rm fl sch cls pt pts acct lic "
    "cert".split()
)
_COUNTING_CAPITALS = frozenset("App Apps Tab Tabs Cat Ph".split())
# The end of a sentence only when the next word is one that seldom stands inside a name.
_MAYBE = frozenset(
    "etc inc ltd co corp plc llc bhd jr sr esq ph.d m.d b.a m.a d.c a.m p.m a.d b.c b.c.e c.e no "
    "jan feb mar apr jun jul aug sep sept oct nov dec mrz okt dez mon tue tues wed weds thu thur "
    "thurs fri sat sun yrs pers "
    "ave blvd rd est min max hr hrs sq oz lb lbs kg km cm mm p n.b".split()
)
_STARTERS = frozenset(
    "a an the this that these those it its he she his her they their we our you your i there here "
    "in on at by for from with without to of as after before during since until while when where "
    "although though because if unless however but and or so yet thus hence therefore moreover "
    "furthermore meanwhile nevertheless instead also then today another both each every all some "
    "many most several few no not what who why how which one two three according despite under "
    "over between among within".split()
)


def split(
    document: Document, *, passage_chars: int
) -> tuple[tuple[Sentence, ...], tuple[Passage, ...]]:
    """The document's sentences and passages, in order.

    A passage holds whole sentences of one section and about ``passage_chars``
    characters at most; a longer sentence is a passage of its own.
    """
    sentences = tuple(_sentences(document))
    return sentences, tuple(_passages(document, sentences, passage_chars))


def _sentences(document: Document) -> Iterator[Sentence]:
    for number, block in enumerate(document.blocks):
        if block.kind in ("heading", "row"):
            borders: Iterator[tuple[int, int]] = iter([(block.start, block.end)])
        elif block.kind == "code" or _led(document.text[block.start : block.end]):
            borders = _lines(document.text, block.start, block.end)
        else:
            borders = sentence_borders(document.text, block.start, block.end)
        for start, end in borders:
            for piece_start, piece_end in _pieces(document.text, start, end):
                yield Sentence(piece_start, piece_end, number)


def sentence_borders(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Each sentence of ``text[start:end]`` as a range without white space at its ends."""
    begin = _skip_space(text, start, end)
    for match in _END.finditer(text, start, end):
        if not match.lastindex or (match.end() < end and not _ends(text, begin, match, end)):
            continue
        yield from _trimmed(text, begin, match.end())
        begin = match.end()
    yield from _trimmed(text, begin, end)


def _ends(text: str, begin: int, match: re.Match[str], end: int) -> bool:
    """Whether the final mark at ``match`` ends the sentence that began at ``begin``."""
    rest = match.end()
    while rest < end and text[rest] in _OPENERS:
        rest += 1
    following = text[rest] if rest < end else ""
    if following.islower():
        return False
    marks = match.group().rstrip()
    if marks.startswith(".."):
        return not (following.isdecimal() or following in _MONEY)  # dots that lead to a price
    if not marks.startswith("."):
        return True
    word = _word_before(text, begin, match.start())
    bare = word.casefold()
    if not word:
        return begin < match.start()
    if bare in _NEVER or bare in GERMAN_NEVER:
        return False
    if begin == match.start() - len(word) and _NUMBER.fullmatch(word):
        return False  # "1. First of all", "4.2. The Tenant": it counts the sentence itself
    if _counts(text, match.start() - len(word), word, rest, end):
        return False
    if goes_on(text, begin, match.start(), word, rest, end):
        return False
    initial = len(word) == 1 and word.isupper()
    acronym = "." in word and all(len(part) <= 2 for part in word.split("."))
    if bare in _MAYBE or initial or acronym:
        if bare == "no":  # "No. 5", "Resolution No. S/2025", but "The answer is no. Others ..."
            alone = word.islower() or begin == match.start() - len(word)
            if alone:
                return not following.isdecimal()
        return _next_word(text, rest, end) in _STARTERS
    return True


def _counts(text: str, start: int, word: str, rest: int, end: int) -> bool:
    """Whether the abbreviation counts what follows: "s. 38A", "built c. 1850", "Exh. B". Behind a
    number it is a unit: "It weighs 5 g. 3 of them are left."."""
    german = word in GERMAN_COUNTING
    known = german or word.casefold() in _COUNTING or word in _COUNTING_CAPITALS
    if rest == end or not (known or (len(word) == 1 and word.islower())):
        return False
    while start > 0 and text[start - 1].isspace():
        start -= 1
    if text[start - 1 : start].isdecimal() and not german:  # "§ 5 Abs. 2"
        return False
    if text[rest].isdecimal() or text[rest] in _MONEY:
        return True
    following = _WORD.match(text, rest, end)
    named = following[1].casefold() if following else ""
    return known and (named in ("no", "nos") or _NUMBER.fullmatch(named) is not None)


def _led(text: str) -> bool:
    """Whether it is a list whose lines lead by dots to a price or a page: each is one by itself."""
    if "..." not in text:
        return False
    lines = [line for line in text.splitlines() if line.strip()]
    return len(lines) > 1 and all(leads(line) for line in lines[1:])


def leads(line: str) -> bool:
    """Whether dots lead from the line's words to a price or a page: "Single room ...... 80"."""
    return _LED.search(line.rstrip()) is not None


def _word_before(text: str, begin: int, end: int) -> str:
    at, begin = end, max(begin, end - _WORD_CHARS)
    while at > begin and not (text[at - 1].isspace() or text[at - 1] in _BEFORE_WORD):
        at -= 1
    return text[at:end].rpartition("-")[2]


def _next_word(text: str, start: int, end: int) -> str:
    match = _WORD.match(text, start, end)
    # "A. A. Michelson": an initial is no article
    return match.group(1).casefold() if match and not match.group(2) else ""


def _lines(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    for match in _LINE.finditer(text, start, end):
        yield from _trimmed(text, match.start(), match.end())


def _trimmed(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    start = _skip_space(text, start, end)
    while end > start and text[end - 1].isspace():
        end -= 1
    if start < end:
        yield start, end


def _skip_space(text: str, start: int, end: int) -> int:
    while start < end and text[start].isspace():
        start += 1
    return start


def _pieces(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The range itself, or pieces of it cut at a line, a cell, a clause or a word when it is too
    long: between two cells there is a tab, and a number that is cut in two is another number. Where
    there is no white space, behind a mark: "100003,100010"."""
    while end - start > MAX_SENTENCE_CHARS:
        window = text[start : start + MAX_SENTENCE_CHARS]
        cut = max(window.rfind("\n"), window.rfind("\t"), window.rfind("; ") + 1)
        if cut < MAX_SENTENCE_CHARS // 2:
            cut = max(cut, window.rfind(" "), window.rfind("\u3000"))
        if cut <= 0:
            cuts = range(MAX_SENTENCE_CHARS, MAX_SENTENCE_CHARS // 2, -1)
            marks = (cut for cut in cuts if not text[start + cut - 1].isalnum())
            may = (cut for cut in chain(marks, cuts) if _may_cut(text, start + cut))
            cut = next(may, MAX_SENTENCE_CHARS)
        yield from _trimmed(text, start, start + cut)
        start += cut
    yield from _trimmed(text, start, end)


def _may_cut(text: str, at: int) -> bool:
    """Whether a cut before ``text[at]`` keeps letters with their combining marks and joiners."""
    import unicodedata

    joiners = "\u200d\ufe0f"
    return not (unicodedata.combining(text[at]) or text[at] in joiners or text[at - 1] in joiners)


def _passages(
    document: Document, sentences: tuple[Sentence, ...], passage_chars: int
) -> Iterator[Passage]:
    first = 0  # where the passage being gathered begins
    quotable = False  # whether it holds anything but headings and meta
    for number, sentence in enumerate(sentences):
        kind = document.blocks[sentence.block].kind
        heading = kind == "heading"
        too_long = sentence.end - sentences[first].start > passage_chars
        if number > first and ((heading and quotable) or (too_long and quotable)):
            yield _passage(sentences, first, number)
            last = sentences[number - 1]
            carry = (
                not heading
                and number - 1 > first
                and document.blocks[last.block].kind == "prose"
                and last.end - last.start <= OVERLAP_CHARS
                and sentence.end - last.start <= passage_chars
            )
            first = number - 1 if carry else number
            quotable = carry
        quotable = quotable or kind in QUOTABLE
    if first < len(sentences):
        yield _passage(sentences, first, len(sentences))


def _passage(sentences: tuple[Sentence, ...], first: int, last: int) -> Passage:
    return Passage(sentences[first].start, sentences[last - 1].end, first, last)
