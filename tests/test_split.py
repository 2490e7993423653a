"""Sentences and passages tile a document, whatever it holds."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag import split as splitting
from rag.document import QUOTABLE, Block, Document
from rag.searched import searched
from rag.split import MAX_SENTENCE_CHARS, OVERLAP_CHARS, sentence_borders, split

AWKWARD = [
    "İstanbul", "ﬁnance", "ß", "👩‍👩‍👧 family", "e\u0301te\u0301", "\u202egnol\u202c", "tab\there",
    "a\r\nb", "Dr. No", "U.S. law", "3.14", "...", "wait… what", "He said “no.” Then", "。終わり。",
    "x\u00a0y", "\u2028", "no. 5", "é", "\u0085", "(i) one; (ii) two.", "!?", '."', " ", "\n",
]  # fmt: skip
texts = st.one_of(
    st.text(max_size=400),
    st.lists(st.one_of(st.sampled_from(AWKWARD), st.text(max_size=12)), max_size=60).map(" ".join),
    st.lists(st.sampled_from(AWKWARD), max_size=60).map("".join),
)
kinds = st.sampled_from(["prose", "prose", "prose", "heading", "item", "row", "code", "meta"])


@st.composite
def documents(draw: st.DrawFn) -> Document:
    """A document as a reader would make it: trimmed blocks with white space between."""
    text, blocks = "", []
    for part in draw(st.lists(texts, max_size=8)):
        part = part.strip()
        if part:
            kind = draw(kinds)
            level = draw(st.integers(1, 6)) if kind == "heading" else 0
            blocks.append(Block(len(text), len(text) + len(part), kind, level, draw(pages)))
            text += part + draw(st.sampled_from(["\n\n", "\r\n\r\n", "\n", " \t"]))
    return Document("a.txt", "A", text, tuple(blocks), "", "test")


pages = st.one_of(st.none(), st.integers(1, 9))


@settings(max_examples=300, deadline=None)
@given(documents(), st.integers(100, 1500))
def test_sentences_and_passages_tile_the_document(document: Document, passage_chars: int) -> None:
    sentences, passages = split(document, passage_chars=passage_chars)
    text = document.text

    at = 0
    for sentence in sentences:
        assert sentence.start >= at, "sentences overlap or are out of order"
        assert not text[at : sentence.start].strip(), "words fell between two sentences"
        piece = text[sentence.start : sentence.end]
        assert piece
        assert piece == piece.strip()
        assert len(piece) <= MAX_SENTENCE_CHARS
        block = document.blocks[sentence.block]
        assert block.start <= sentence.start < sentence.end <= block.end
        at = sentence.end
    assert not text[at:].strip(), "words after the last sentence"

    at = 0
    for passage in passages:
        assert passage.first < passage.last
        assert passage.first in (at, at - 1), "passages leave a gap or repeat too much"
        if passage.first == at - 1:
            repeated = sentences[passage.first]
            assert repeated.end - repeated.start <= OVERLAP_CHARS
        assert passage.start == sentences[passage.first].start
        assert passage.end == sentences[passage.last - 1].end
        at = passage.last
    assert at == len(sentences)


@settings(max_examples=100, deadline=None)
@given(documents(), st.integers(100, 1500))
def test_a_passage_keeps_to_its_length_unless_one_sentence_is_longer(
    document: Document, passage_chars: int
) -> None:
    sentences, passages = split(document, passage_chars=passage_chars)
    for passage in passages:
        inside = sentences[passage.first : passage.last]
        quotable = [s for s in inside if document.blocks[s.block].kind in QUOTABLE]
        if len(quotable) > 1:
            assert quotable[-1].end - quotable[0].start <= passage_chars


@settings(max_examples=100, deadline=None)
@given(documents())
def test_what_is_searched_of_the_passages_holds_every_quotable_word(document: Document) -> None:
    sentences, passages = split(document, passage_chars=500)
    held = " ".join(
        searched(document, sentences[passage.first : passage.last]).text for passage in passages
    )
    for sentence in sentences:
        if document.blocks[sentence.block].kind in QUOTABLE:
            words = document.text[sentence.start : sentence.end]
            assert words in held or "-\n" in words or "\u00ad" in words


@pytest.mark.parametrize(
    "sentences",
    [
        ["Mr. Boehler led the talks.", "They were held in Doha."],
        ["The U.S. has refused to talk.", "It broke with that."],
        ["He works for the U.S. Government.", "She does not."],
        ["It rose 3.5 percent.", "Nothing else did."],
        ["“Leave Gaza now.”", "The warning was blunt."],
        ['He asked, "Why now?" and left.', "Nobody answered."],
        ["Resolution No. S/2025 was adopted.", "Is it binding?", "No.", "It was vetoed."],
        ["The rent is Rs. 4,500 a month.", "Call Tel. 3011 or Ext. B7."],
        ["He paid ... 80 pounds and left.", "Then nothing..."],
        ["See Fig. 3 and Sec. 4.2 for details.", "Both are drafts."],
        ["John F. Kennedy and A. A. Michelson met.", "No record survives."],
        ["It ended in Jan. 2025.", "The next began in March."],
        ["Wait… what?", "Yes!", "Really?!"],
        ["He bought apples, pears, etc.", "The shop closed."],
        ["The company, Acme Inc., sold it.", "In 2020 it failed."],
        ["它结束了。", "没有人知道。"],
        ["هل انتهى؟", "نعم."],
        ["The answer is no.", "The reason is simple."],
        ["No. 5 is alive.", "No. 6 is not."],
        ["It closed at 5 p.m. on Friday.", "Then it rained."],
        ["She moved to Washington, D.C.", "The house was small."],
        ["1. Cookies are used.", "2. They expire."],
        ["4.2. The Tenant may terminate.", "4.3. The Landlord may not."],
        ["4.2.1. In the event of fire, the lease ends.", "4.2.2. It may be renewed."],
        ["A. The Parties agree.", "B. The Parties sign."],
        ["a. The fee is due.", "It is not refunded."],
        ["iv. The deposit is returned.", "XLIX. The keys are too.", "4.2a. A copy is kept."],
        ["B.1. The annex applies.", "B.2. The annex ends."],
        ["Who is it?", "I am I.", "The others left."],
        ["They chose plan A.", "The rest is in Annex IV.", "The end is near."],
        ["It costs 4.2.", "The price is fair."],
        ["Civic.", "The word reads the same from its end."],
        ["He felt ill.", "Ill.", "The doctor came."],
        ["Served under s. 38A of that Act.", "The parties exclude ss. 24 to 28 of it."],
        ["Appeal lies under r. 52.12 only.", "See n. 12 and subs. 4 there.", "It fails."],
        ["It was built c. 1850 by a baker.", "It cost c. £900 then.", "It burnt down."],
        ["The plan is App. 2 or Appx. B of it.", "The letter is Exh. C.", "Both are drafts."],
        ["Quote Ref. 4471 and Inv. No. 12.", "Order Qty. 40 of Cat. No. 1120.", "Pay later."],
        ["Send it Attn. Finance Department.", "Use Ver. 2.1 or Tab. 3 in Rm. 204.", "Sign it."],
        ["It is in Pt. 3 of Sch. 2 and cls. 4 and 5.", "Call Ph. 555 0142 from Fl. 3."],
        ["Open Tues. 10 a.m. to 4 p.m. and Thurs. 1 p.m. to 6 p.m.", "It is closed on Sundays."],
        ["Wash at max. temp. 40 °C or less.", "See Lic. No. 12 and Acct. 4471.", "Rest."],
        ["It weighs 5 g.", "3 of them are left.", "Set it in 8 pt.", "40 lines fit."],
        ["Close the app.", "3 people did.", "They took the cat.", "It is 9."],
        ["Der Mieter zahlt z. B. 500 Euro, d. h. die Hälfte.", "Das gilt u. a. für Kinder."],
        ["Das gilt z.B. Montags, i. d. R. Vormittags, ca. 30 v. Chr. Geborene.", "Mehr nicht."],
        ["Am 3. Mai ist Schluss.", "Vom 1. April bis 2. August ist offen.", "Sonst nicht."],
        ["Gem. § 5 Abs. 2 Nr. 1 gilt das.", "Vgl. Ziff. 4 und Kap. B dort.", "Es bleibt dabei."],
        ["Er wohnt im 3. Stock, Hauptstr. Ecke Markt.", "Die Kundennr. Ihres Vertrags fehlt."],
        ["Das sind Bäume, Hecken usw. Hecken sind geschnitten, Bäume usw.", "Die Frist gilt."],
        ["Il libro è mio.", "Lei lo sa.", "Es sind mehrere Mio. Euro."],
        ["Sie kostet 3 Mio. Euro inkl. Steuern bzw. Abgaben ggf. Zinsen.", "Prof. Dr. Lee zahlt."],
        [
            "The total was 12.",
            "August was hot.",
            "I am 3.",
            "The gem.",
            "They lost the abs.",
            "No.",
        ],
        ["Roll a die 6.", "The next is 3.", "May I go?", "It is 3.", "April is near."],
        ["They chose plan B.", "The reference is lost.", "It went to the ref.", "Nobody came."],
        ["The fee is due in May.¹", "It is 10⁶ pounds.¹²", "He said “no.”³", "Price v. cost.⁴"],
        ["It ended.[3][12]", "Who knows?[citation needed]", "Nobody.[a]", "See Art.[2] of it."],
        ["他来了。¹", "他走了。[2]", "好的。"],
        ["**Rent.** The rent is due.", "It is fair."],
    ],
)
def test_a_sentence_ends_where_a_careful_reader_would_end_it(sentences: list[str]) -> None:
    text = " ".join(sentences)
    found = [text[start:end] for start, end in sentence_borders(text, 0, len(text))]
    assert found == sentences


@pytest.mark.parametrize(
    ("lines", "each"),
    [
        (["Single room ...... 80", "Double room ....£120", "Suite ........ on request"], True),
        (["Rooms and their prices", "Single room ...... 80", "Double room ...... 120"], True),
        (["Single room ...... 80 in May. It is small.", "Others cost more."], False),
        (["He waited...", "Nobody came..."], False),
    ],
)
def test_a_line_that_leads_by_dots_to_a_price_stands_alone(lines: list[str], each: bool) -> None:
    text = "\n".join(lines)
    document = Document("a.txt", "A", text, (Block(0, len(text), "prose"),), "", "")
    sentences, _ = split(document, passage_chars=1000)
    found = [text[s.start : s.end] for s in sentences]
    assert found == (lines if each else re.split(r"(?<=\w\.)\s|(?<=\w\.\.\.)\s", text))


def test_no_number_is_cut_where_only_commas_are() -> None:
    text = ",".join(str(100_003 + 7 * n) for n in range(400))
    document = Document("a.txt", "A", text, (Block(0, len(text), "prose"),), "", "")
    sentences, _ = split(document, passage_chars=1000)
    assert all(text[s.start : s.end].strip(",").count(",") for s in sentences)
    assert all(len(n) == 6 for s in sentences for n in text[s.start : s.end].strip(",").split(","))


def test_a_new_section_begins_a_new_passage_and_carries_its_heading() -> None:
    text = "Talks\n\nThey met.\n\nDoha\n\nThey met in Doha."
    blocks = (
        Block(0, 5, "heading", 1),
        Block(7, 16, "prose"),
        Block(18, 22, "heading", 2),
        Block(24, 41, "prose"),
    )
    document = Document("talks.md", "Talks", text, blocks, "", "test")
    sentences, passages = split(document, passage_chars=1000)
    assert [text[p.start : p.end] for p in passages] == [
        "Talks\n\nThey met.",
        "Doha\n\nThey met in Doha.",
    ]
    last = sentences[passages[1].first : passages[1].last]
    assert searched(document, last).text == "Talks › Doha\nThey met in Doha."


def test_a_run_without_an_end_is_cut_between_words_never_inside_a_character() -> None:
    for filler in ("word ", "👩‍👩‍👧", "e\u0301", "xyz; "):
        text = (filler * 2000).strip()
        pieces = list(
            split(
                Document("a", "A", text, (Block(0, len(text), "prose"),), "", ""),
                passage_chars=1000,
            )[0]
        )
        assert len(pieces) > 1
        for piece in pieces:
            assert not text[piece.start :].startswith(("\u0301", "\u200d"))
            assert not text[: piece.end].endswith("\u200d")


_PLAIN_NOTES = r"(?:[¹²⁴†]{1,4}|(?:\[(?:\w{1,3}|note \d{1,3}|[a-z]{3,12} needed)\])+)?"
_PLAIN_END = re.compile(
    rf"(?:[.!?…؟۔।॥]+[\"'”’»)\]}}]*{_PLAIN_NOTES}(?:\s+|$))"
    rf"|(?:[。！？｡]+[\"'”’」』）】]*{_PLAIN_NOTES}\s*)",
)
MARKS = st.text(".!?…؟。！｡\"')」 \n\u00a0aB1¹[]", max_size=40)


@settings(max_examples=150, deadline=None)
@given(st.one_of(MARKS, texts), st.data())
def test_a_run_of_marks_is_found_as_the_plain_pattern_finds_it(
    text: str, data: st.DataObject
) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    found = [m.span() for m in splitting._END.finditer(text, start, end) if m.lastindex]
    assert found == [m.span() for m in _PLAIN_END.finditer(text, start, end)]


@pytest.mark.parametrize(
    "text",
    [
        "A. " * 20_000,
        "." * 40_000 + "x",
        "!?" * 20_000 + "x",
        "." + ")" * 40_000 + "x",
        "word " * 2_000 + "No. A. " * 20_000,
        "x" * 40_000 + ". y",
        "x." * 20_000,
        "1. " * 20_000,
        "。" * 40_000,
        "a" + "\u0301" * 40_000,
        "a" + " " * 40_000 + "b",
        ". " + "(" * 40_000,
    ],
    ids=lambda text: repr(text[:10]),
)
def test_hostile_text_is_split_in_time_that_grows_with_its_length(text: str) -> None:
    document = Document("a", "A", text, (Block(0, len(text), "prose"),), "", "")
    sentences, _ = split(document, passage_chars=1000)
    assert sum(len(text[s.start : s.end].split()) for s in sentences) >= len(text.split())


def test_a_row_that_is_too_long_is_cut_between_two_cells() -> None:
    cells = [f"{n * 7919 % 100_000}.25" for n in range(300)]
    text = "\t".join(cells)
    document = Document("a.csv", "a", text, (Block(0, len(text), "row"),), "", "")
    sentences, _ = split(document, passage_chars=1000)
    assert len(sentences) > 1
    assert [c for s in sentences for c in text[s.start : s.end].split("\t")] == cells
