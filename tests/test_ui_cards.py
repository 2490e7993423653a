"""What a card says around the quotations."""

from __future__ import annotations

from dataclasses import replace
from html import unescape

from browser.corpora import PLAIN
from browser.fake_engine import FakeEngine

from rag.errors import CorpusError
from rag.index.generation import REBUILD
from rag.settings import Settings
from rag.ui.cards import answer_card
from rag.ui.documents import _outcome
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


def test_a_refusal_names_the_phrase_it_looked_for_before_what_is_only_related() -> None:
    near = LIBRARY.query("What did the lighthouse keeper earn a month?").quotes
    refusal = LIBRARY.query("Which planet has the most lamps or moons?")
    card = shown(answer_card(replace(refusal, near_misses=near, missing=("a glass bridge",))))
    assert card.index("“a glass bridge”") < card.index("Related, not an answer")
    assert card.count("In no passage, word for word") == 1


def test_what_took_no_time_is_not_said_to_have_taken_none() -> None:
    answer = LIBRARY.query("What did the lighthouse keeper earn a month?")
    assert "< 0.1 s" in shown(answer_card(replace(answer, timings_ms={"total": 42.0})))
    assert "1.2 s" in shown(answer_card(replace(answer, timings_ms={"total": 1234.0})))


def test_what_a_failed_rebuild_advises_is_the_button_under_it() -> None:
    said = shown(_outcome(CorpusError("the corpus folder c has no documents; " + REBUILD)))
    assert "The corpus folder c has no documents; press Rebuild" in said
    assert "rag build" not in said
    kept = "run `rag build --allow-empty` if this is meant"
    assert kept in shown(_outcome(CorpusError(f"all are gone; {kept}"))), "no button does that"
