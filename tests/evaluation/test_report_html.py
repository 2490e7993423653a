"""The report: readable without anything else, and nothing in it runs."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from html.parser import HTMLParser

import pytest

from rag.evaluation.questions import GoldAnswer, Question
from rag.evaluation.record import label
from rag.evaluation.report_html import report_html
from rag.evaluation.results import Evaluation
from rag.ui.markup import standalone

Evaluated = Callable[[dict[str, str], Sequence[Question]], Evaluation]

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)> </style> \"'>&lt; ${x} ‮"
TEXT = f"Zebras sleep {HOSTILE} standing. Kiwis lay enormous eggs."


class Page(HTMLParser):
    """What a browser would see: tags with their attributes, and text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self.open: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words += data


def page(evaluated: Evaluated) -> tuple[Evaluation, Page, str]:
    questions = [
        Question(f"Zebras sleep {HOSTILE}?", document="a.txt", answers=(GoldAnswer("enormous"),),
                 id=HOSTILE),
        Question("Kiwis lay eggs?", document="a.txt", answers=(GoldAnswer("enormous"),)),
        Question("Bananas?", document="a.txt", answers=(GoldAnswer("standing"),)),
        Question("Kiwis eggs?", answerable=False, document="a.txt"),
        Question(HOSTILE, answerable=False),
        Question("Who?", document=HOSTILE),
    ]  # fmt: skip
    found = evaluated({"a.txt": TEXT}, questions)
    html = report_html(found)
    return found, Page(html), html


def test_hostile_text_is_text(evaluated: Evaluated) -> None:
    _, seen, html = page(evaluated)
    assert not seen.open
    assert HOSTILE in seen.words
    assert "<script" not in html
    assert {"script", "img", "iframe", "link", "a", "form"}.isdisjoint(tag for tag, _ in seen.tags)
    assert not [name for _, attributes in seen.tags for name in attributes if name[:2] == "on"]


def test_it_needs_nothing_from_anywhere(evaluated: Evaluated) -> None:
    _, seen, html = page(evaluated)
    assert not re.search(r"(?:src|href)=|url\(|@import|https?:", html)
    policies = [a["content"] for tag, a in seen.tags if tag == "meta" and "http-equiv" in a]
    assert policies
    assert "default-src 'none'" in str(policies[0])
    assert html.index('<meta charset="utf-8">') < 100


def test_no_markup_gets_in_by_way_of_the_style_sheet() -> None:
    with pytest.raises(ValueError, match="no markup"):
        standalone("A", "p { color: red } </style><script>")


def test_it_tells_every_figure_and_the_worst_cases(evaluated: Evaluated) -> None:
    found, seen, _ = page(evaluated)
    for name in found.figures:
        assert label(name) in seen.words
    for told in ("Quoted beside the answer", "Quoted though", "Refused though", "Left out"):
        assert told in seen.words


def test_pictures_have_names_and_numbers(evaluated: Evaluated) -> None:
    _, seen, _ = page(evaluated)
    pictures = [attributes for tag, attributes in seen.tags if tag == "svg"]
    assert len(pictures) == 3
    known = {attributes.get("id") for _, attributes in seen.tags}
    for attributes in pictures:
        assert attributes["role"] == "img"
        assert set(str(attributes["aria-labelledby"]).split()) <= known
    assert sum(tag == "details" for tag, _ in seen.tags) >= 3
    assert ("html", {"lang": "en"}) in seen.tags


def test_without_gold_places_there_is_still_a_report(evaluated: Evaluated) -> None:
    found = evaluated({"a.txt": "Zebras sleep standing."}, [Question("Zebras?", document="a.txt")])
    assert "Risk and coverage" not in Page(report_html(found)).words
