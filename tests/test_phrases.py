"""A phrase in quotation marks is found letter for letter, or the answer is no."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import rag
from rag.engine import Engine
from rag.phrases import holds, phrases, unmarked

Open = Callable[[dict[str, str]], Engine]


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Who said “we will not talk”?", ("we will not talk",)),
        ('Who said "we will not talk?"', ("we will not talk",)),
        ("Wer sagte „nie wieder“ und »nie«?", ("nie wieder",)),
        ("Qui a dit « jamais » ?", ("jamais",)),
        ('Is "A" or "B" meant, or "A"?', ("A", "B")),
        ("What's the drivers' union's name?", ()),
        ('A 5" pipe, and "..." or ""', ()),
    ],
)
def test_what_stands_in_double_marks_is_a_phrase(question: str, expected: tuple[str, ...]) -> None:
    assert phrases(question) == expected


def test_a_phrase_is_whole_words_in_any_case_over_any_line_end() -> None:
    assert holds("They signed the Force\n  Majeure clause.", "force majeure")
    assert holds("It isn’t over.", "isn't")
    assert holds("See form AB-12/3 (old).", "AB-12/3")
    assert not holds("The party went on.", "art")
    assert not holds("See form AB-12/34.", "AB-12/3")
    assert not holds("Growth was 6 percent.", "5 percent")
    assert not holds("Growth was 1.5 percent.", "5 percent")
    assert not holds("It cost 1,500 euros.", "500 euros")
    assert not holds("It cost 5,000.", "5")
    assert holds("It cost 5, then 6.", "5")
    assert not holds("force of a majeure", "force majeure")


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("He led it between 2020–2021, he says.", "2020-2021"),
        ("A non‑compete clause.", "non-compete"),
        ("A non-compete clause.", "non‑compete"),
        ("It fell to −5 degrees.", "to -5 degrees"),
        ("An agree\u00adment was signed.", "agreement"),
        ("他们促进和平发展", "和平"),
        ("他们用AI技术", "AI"),
        ("การเจรจาสันติภาพ", "สันติภาพ"),
    ],
)
def test_a_phrase_stands_there_in_another_dash_or_among_letters_without_spaces(
    text: str, phrase: str
) -> None:
    assert holds(text, phrase)


def test_a_dash_between_clauses_is_no_hyphen_and_other_signs_are_others() -> None:
    assert not holds("The rule—book in hand—held.", "rule-book")
    assert not holds("In 2020–20215 pieces.", "2020-2021")
    assert not holds("The\u00adparty went on.", "art")
    assert not holds("他们促进和平发展", "平和")
    assert not holds("Anything at all.", "\u00ad")


@pytest.mark.parametrize("dash", "-‐‑–−")
def test_a_phrase_is_quoted_whatever_dash_the_document_has(open_library: Open, dash: str) -> None:
    others = {f"{n}.txt": f"The plan of 20{n}-20{n + 1} was dropped." for n in range(30, 40)}
    engine = open_library({**others, "it.txt": f"The plan of 2020{dash}2021 was kept."})
    answer = engine.query('Which plan of "2020-2021" was kept?')
    assert answer.missing == ()
    assert [quote.document.path for quote in answer.quotes] == ["it.txt"]


@pytest.mark.parametrize(
    ("markdown", "read"),
    [
        ("Hold **Stop** and **Back** together.", "Hold Stop and Back together."),
        ("The *Annual Rent* is ***due***.", "The Annual Rent is due."),
        ("The __Annual__ _Rent_ is `due`.", "The Annual Rent is due."),
        (
            'See [the **price** list](http://x.example/p_(1) "Prices") now.',
            "See the price list now.",
        ),
        ("See [the list][1] and ![a lamp](lamp.png).", "See the list and a lamp."),
        ("Write snake_case_names and 2 * 3 * 4.", "Write snake_case_names and 2 * 3 * 4."),
        (r"Write \*args\* and _x.", r"Write \*args\* and _x."),
        ("Use ``a ` b`` and [1].", "Use a ` b and [1]."),
    ],
)
def test_markdown_is_read_without_its_marks(markdown: str, read: str) -> None:
    assert unmarked(markdown) == read


def test_a_phrase_is_found_over_marks_of_emphasis_in_markdown_only(open_library: Open) -> None:
    text = "Hold **Stop** and **Back** together, see [the price list](x.html) for costs."
    engine = open_library({"a.md": text, "b.txt": "Wait **here** and **there** for it."})
    for phrase in ("Stop and Back", "**Stop** and", "see the price list for costs"):
        answer = engine.query(f'Who must hold "{phrase}" together?')
        assert answer.missing == ()
        assert [quote.text for quote in answer.quotes] == [text]
    assert engine.query('Who must wait "here and there" for it?').missing == ("here and there",)


NESTS = {
    "a.txt": "Wasps make paper nests in the garden shed every spring.",
    "b.txt": "Wasps make nests of paper; the paper nest of a hornet is larger.",
}


def test_only_passages_that_hold_the_phrase_are_quoted(open_library: Open) -> None:
    engine = open_library(NESTS)
    assert len(engine.query("Which wasps make paper nests?").quotes) == 2
    answer = engine.query('Which wasps make "paper nests"?')
    assert [quote.document.path for quote in answer.quotes] == ["a.txt"]
    assert answer.missing == ()
    answer = engine.query('Which wasps make "nests of paper"?', documents=["a.txt"])
    assert not answer.answered
    assert answer.missing == ("nests of paper",)


def test_a_phrase_that_no_passage_holds_is_refused_and_named(open_library: Open) -> None:
    answer = open_library(NESTS).query('Which wasps make "paper nest boxes"?')
    assert not answer.answered
    assert answer.missing == ("paper nest boxes",)
    assert answer.near_misses  # what comes near is shown, and not as an answer


def test_of_two_phrases_both_must_stand_in_a_passage_if_any_holds_both(open_library: Open) -> None:
    engine = open_library({**NESTS, "c.txt": "Wasps make paper nests, a hornet too."})
    answer = engine.query('Do wasps make "paper nests", and "a hornet too"?')
    assert {quote.document.path for quote in answer.quotes} == {"c.txt"}
    answer = engine.query('Do wasps make "paper nests" or "plastic nests"?')
    assert answer.answered
    assert answer.missing == ("plastic nests",)


@pytest.mark.parametrize("code", ["AB-1234/7", "§ 14(2)", "3.7.12", "E-0x1F", "4471-Q"])
def test_a_code_is_found_among_others_like_it(open_library: Open, code: str) -> None:
    other = ["AB-1243/7", "§ 41(2)", "7.3.12", "E-0x2F", "4417-Q"]
    texts = {f"{n}.txt": f"The part with number {item} is blue." for n, item in enumerate(other)}
    engine = open_library(texts | {"it.txt": f"The part with number {code} is red."})
    by_words = engine.query(f"Which colour has part number {code}?")
    first = [q for q in by_words.quotes if q.why is not None and q.why.lexical_rank == 1]
    assert [quote.document.path for quote in first] == ["it.txt"]
    answer = engine.query(f'Which colour has part "{code}"?')
    assert [quote.document.path for quote in answer.quotes] == ["it.txt"]


def test_a_quote_tells_why_it_was_chosen(open_library: Open) -> None:
    answer = open_library(NESTS).query("Which insects are making paper nests in spring?")
    why = answer.quotes[0].why
    assert isinstance(why, rag.Why)
    assert (why.dense_rank, why.lexical_rank, why.rank) == (1, 1, 1)
    assert why.words == ("making", "paper", "nests", "spring")
    assert why.passage == pytest.approx(why.sentence)  # one sentence is all of its passage


def test_a_phrase_without_spaces_is_looked_for_inside_of_longer_runs(open_library: Open) -> None:
    texts = {f"{n}.txt": f"第{n}条规定，租户应当按月支付租金。" for n in range(300)}
    engine = open_library(texts | {"peace.txt": "他们促进和平发展，并签署了协议。"})
    for phrase in ("和平发展", "协", "签署了协议"):
        assert engine.query(f"「{phrase}」").missing == (), phrase
    assert engine.query("「战争」").missing == ("战争",)


def test_a_hyphen_at_a_line_end_may_be_the_words_own(open_library: Open) -> None:
    engine = open_library({"a.txt": "Both sides agreed on a long-\nterm truce in Doha."})
    for phrase in ("long-term truce", "longterm truce"):
        answer = engine.query(f'Who agreed on a "{phrase}" in Doha?')
        assert answer.missing == ()
        assert answer.quotes


def test_a_phrase_alone_names_what_is_asked(open_library: Open) -> None:
    engine = open_library({"a.txt": "The envoy says no."})
    assert engine.query('Who says "no"?').quotes
