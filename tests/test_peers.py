"""How others fail at quotes (the issue trackers of tools like this), each a promise of ours."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from conftest import Library
from read.pdfs import pdf

import rag
from rag.engine import Engine
from rag.types import Quote
from rag.ui.markup import pack
from rag.ui.source import source_panel

Open = Callable[..., Engine]


def quotes(engine: Engine, question: str) -> list[Quote]:
    """Every quote of an answer and what is said to say the same."""
    answer = engine.query(question)
    return [quote for found in answer.quotes for quote in (found, *found.also_in)]


def words(text: str) -> str:
    return " ".join(text.split())


class _Marks(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.inside = 0
        self.text = ""

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.inside += tag == "mark"

    def handle_endtag(self, tag: str) -> None:
        self.inside -= tag == "mark"

    def handle_data(self, data: str) -> None:
        self.text += data if self.inside else ""


def marked(engine: Engine, quote: Quote) -> str:
    """The marked words of the source panel, as a browser reads them."""
    place = {"path": quote.document.path, "start": quote.start, "end": quote.end}
    parser = _Marks()
    event = {"place": pack(place | {"sha": quote.sha256}), "view": "text"}
    parser.feed(source_panel(engine, event))
    parser.close()
    return parser.text


def test_overlap_between_passages_shifts_no_offset(open_library: Open, library: Library) -> None:
    sentences = [
        f"Lamp L{number} of the harbour burns for {number + 100} hours." for number in range(300)
    ]
    engine = open_library({"lamps.txt": " ".join(sentences)})
    assert engine.info().passages > 10
    text = engine.document("lamps.txt").text
    for number in range(0, 300, 7):
        (quote, *_) = quotes(engine, f"How many hours does lamp L{number} burn?")
        assert quote.text == text[quote.start : quote.end] == sentences[number]
        assert quote.start == text.index(sentences[number])


def test_a_repeated_paragraph_is_cited_where_it_answers(open_library: Open) -> None:
    paragraph = "The fee is paid in March."
    sections = "\n\n".join(f"## {name}\n\n{paragraph}" for name in ("Boats", "Barges", "Rafts"))
    engine = open_library({"fees.md": f"# Fees\n\n{sections}\n"})
    found = quotes(engine, "When is the fee for barges paid?")
    assert found[0].section == "Fees › Barges" or found[0].section == "Barges"
    assert found[0].start == engine.document("fees.md").text.index(paragraph, 40)
    assert len({quote.start for quote in found}) == len(found)
    assert {quote.text for quote in found} == {paragraph}


def test_the_page_is_the_quotes_not_the_passages(library: Library) -> None:
    pages = [
        [f"Opening words of page {number}.", f"The {name} lock was built in {1900 + number}."]
        for number, name in enumerate(("upper", "middle", "lower", "outer"), 1)
    ]
    (library.corpus / "locks.pdf").write_bytes(pdf(pages))
    library.build()
    engine = library.open()
    for number, name in enumerate(("upper", "middle", "lower", "outer"), 1):
        (quote, *_) = quotes(engine, f"When was the {name} lock built?")
        assert f"{name} lock was built in {1900 + number}" in words(quote.text)
        assert quote.page == number
        assert f"p. {number}" in quote.citation


def test_letters_that_grow_in_lower_case_shift_no_offset(open_library: Open) -> None:
    before = "İİİ ﬃ ẞ İstanbul'da. " * 40
    engine = open_library({"city.txt": f"{before}The ferry leaves at noon. {before}"})
    (quote, *_) = quotes(engine, "When does the ferry leave?")
    assert quote.text == "The ferry leaves at noon."
    assert marked(engine, quote) == quote.text
    assert rag.find("ferry leaves at noon", index=engine.settings.index)[0].outcome == "exact"


@pytest.mark.parametrize(
    ("said", "claimed", "change"),
    [
        ("Rent rose by 5 percent.", "Rent rose by 6 percent.", "5"),
        ("The rate did not increase.", "The rate did increase.", "not"),
        ("Costs may fall.", "Costs will fall.", "may"),
        ("He was paid $1.5 million.", "He was paid $15 million.", "1.5"),
        ("Here no dogs are allowed.", "Here dogs are allowed.", "no"),
    ],
)
def test_likeness_never_counts_as_exact(
    open_library: Open, library: Library, said: str, claimed: str, change: str
) -> None:
    open_library({"a.txt": f"First some other words. {said} Then some more."})
    (finding,) = rag.find(claimed, index=library.index)
    assert finding.outcome == "altered"
    differing = " ".join(run.text for run in finding.diff if run.op != "same")
    assert change in differing
    answer = library.open().query(said)
    receipts = answer.receipts()
    assert receipts
    library.write("a.txt", f"First some other words. {claimed} Then some more.")
    assert rag.verify(receipts, library.corpus)[0].outcome == "changed"


def test_white_space_of_code_and_tables_is_kept(open_library: Open) -> None:
    code = "def depth(lake):\n    if lake.frozen:\n        return 0\n    return  lake.metres"
    table = "| lake  | depth |\n|-------|-------|\n| Inari |  92 m |"
    engine = open_library({"lakes.md": f"# Lakes\n\n```python\n{code}\n```\n\n{table}\n"})
    text = engine.document("lakes.md").text
    assert code in text
    assert table in text
    for quote in [*quotes(engine, "What does depth lake return?"), *quotes(engine, "Inari depth")]:
        assert quote.text in text
        assert marked(engine, quote) == quote.text


def test_a_page_is_never_borrowed_from_another_document(library: Library) -> None:
    line = "The tower has nine bells."
    (library.corpus / "a.pdf").write_bytes(pdf([["Nothing here."], ["Nor here."], [line]]))
    library.write("b.txt", line)
    (library.corpus / "c.pdf").write_bytes(pdf([[line], ["More words."]]))
    library.build()
    found = quotes(library.open(), "How many bells has the tower?")
    pages = {quote.document.path: quote.page for quote in found}
    assert pages == {"a.pdf": 3, "b.txt": None, "c.pdf": 1}


def test_one_passage_in_two_documents_is_cited_in_both(open_library: Open) -> None:
    line = "The archive opens at ten."
    engine = open_library({"one.txt": f"{line} Bring a pen.", "two.txt": f"We know: {line}"})
    found = quotes(engine, "When does the archive open?")
    assert {quote.document.path for quote in found} == {"one.txt", "two.txt"}
    assert all(line in quote.text for quote in found)
    receipts = [quote.receipt() for quote in found]
    assert [verdict.outcome for verdict in rag.verify(receipts, engine.settings.corpus)] == [
        "exact"
    ] * len(receipts)


def test_an_answers_quotes_do_not_come_and_go(open_library: Open) -> None:
    engine = open_library({f"{n}.txt": f"The {n} gate closes at dusk." for n in ("east", "west")})
    first = engine.query("When does the east gate close?")
    again = engine.query("When does the east gate close?")
    assert first.quotes == again.quotes
    assert [json.loads(r.to_json())["quote"] for r in first.receipts()]
    for one, other in pairwise(first.quotes):
        assert one.relevance >= other.relevance
    assert re.search(r"chars \d+–\d+", first.quotes[0].citation)
