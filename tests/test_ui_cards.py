"""What a card says around the quotations."""

from __future__ import annotations

from dataclasses import replace
from html import unescape

from browser.corpora import PLAIN
from browser.fake_engine import FakeEngine

from rag.settings import Settings
from rag.ui.cards import answer_card
from rag.ui.find import findings_card
from rag.ui.markup import Html

LIBRARY = FakeEngine(PLAIN, Settings(corpus="plain", index="none"))
UNREAD = "3 files could not be read, and so not searched."


def shown(card: Html) -> str:
    return unescape(str(card))


def test_a_refusal_tells_how_many_files_were_not_searched_and_an_answer_does_not() -> None:
    refusal = LIBRARY.query("Which planet has the most lamps or moons?")
    assert UNREAD in shown(answer_card(replace(refusal, unread=3)))
    assert "could not be read" not in shown(answer_card(refusal))
    answer = LIBRARY.query("What did the lighthouse keeper earn a month?")
    assert "could not be read" not in shown(answer_card(replace(answer, unread=3)))


def test_a_text_that_is_not_found_may_stand_in_a_file_that_could_not_be_read() -> None:
    assert UNREAD in shown(findings_card("Nowhere at all.", [], 3))
    assert "could not be read" not in shown(findings_card("Nowhere at all.", []))
    (exact, *_) = LIBRARY.find("The harbour wall cost 31,000 pounds.")
    assert "could not be read" not in shown(findings_card("x", [exact], 3))
