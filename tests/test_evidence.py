"""What is quoted: whole sentences that answer, each place once, or nothing at all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from conftest import Library
from fakes import MarkingReranker, WordReranker
from hypothesis import given, settings
from hypothesis import strategies as st
from reading import document

import rag
from rag.document import Document
from rag.engine import Engine
from rag.evidence import evidence, logistic
from rag.models.reading import SentenceBySentence
from rag.questions import answers_of_others
from rag.searched import Searched
from rag.settings import Settings

Open = Callable[[dict[str, str]], Engine]


def test_a_quote_is_the_whole_sentence_that_answers(open_library: Open) -> None:
    engine = open_library({"a.txt": "Bees make honey. Wasps make paper nests. Ants farm aphids."})
    answer = engine.query("Which insects make paper nests?")
    assert [quote.text for quote in answer.quotes] == ["Wasps make paper nests."]
    assert answer.near_misses == ()


@pytest.mark.parametrize(
    ("text", "found", "marked"),
    [
        ("Rain fell. Wasps make paper nests. Ants farm aphids.", "paper", "paper"),
        ("Rain fell. Wasps make paper nests. Ants farm aphids.", "pe", "paper"),
        ("Rain fell. Wasps make paper nests. Ants farm aphids.", "sps make pa", "Wasps make paper"),
        ("Rain fell. Wasps make 1,454.97 paper nests.", "454", "1,454.97"),
        ("Rain fell. Wasps make 12 paper nests.", "12", "12"),
        ("Rain fell. Wasps do not make paper nests.", "paper", None),
        ("Rain fell. Wasps make paper nests and no mud.", "paper", None),
        ("Rain fell. Wasps make paper nests, No. 4 of them.", "paper", "paper"),
        ("Rain fell. Wasps make paper nests other than in May.", "in May", None),
        ("Rain fell. Wasps make paper nests in 14 holes.", "14 holes.", "14 holes"),
        ("Rain fell. Wasps make paper nests till 6 p.m.", "6 p.m.", "till 6 p.m."),
        ("Rain fell. Wasps make at most 12 paper nests.", "12", "at most 12"),
        ("Rain fell. Wasps make nests before the 7 June.", "7 June", "before the 7 June"),
        ("Rain fell. Wasps make nests at –12 °C.", "12 °C", "–12 °C"),
        ("Rain fell. Wasps make nests of -€12.", "12", "-€12"),
        ("Rain fell. Wasps made nests in 2010–2015.", "2015", "2015"),
        # What is quoted begins before the sentence.
        ("Rain fell. These wasps make paper nests.", "paper", "paper"),
        ("Rain fell. Wasps make grey nests of paper fib-\nres.", "paper", "paper"),
        # Behind a divided word what was searched lies elsewhere in the document: nothing is sure.
        ("Rain fell. Wa-\nsps make paper nests.", "paper", None),
    ],
)
def test_the_words_that_answer_are_marked_in_the_document_or_not_at_all(
    library: Library, text: str, found: str, marked: str | None
) -> None:
    library.write("a.txt", text)
    library.build()
    (quote,) = library.open(MarkingReranker(found)).query("wasps make paper nests").quotes
    assert (quote.answer and text[slice(*quote.answer)]) == marked


def test_of_a_row_no_words_of_two_cells_are_marked_nor_any_word_for_yes_or_no(
    library: Library,
) -> None:
    library.write("a.csv", "insect,nest\nwasps,paper nests\n")
    library.write("b.txt", "No wasps make mud nests.")
    library.build()
    (quote,) = library.open(MarkingReranker("wasps\tpaper")).query("wasps paper nests").quotes
    assert (quote.text, quote.answer) == ("wasps\tpaper nests", None)
    (quote,) = library.open(MarkingReranker("wasps")).query("Do wasps make mud nests?").quotes
    assert (quote.text, quote.answer) == ("No wasps make mud nests.", None)


@pytest.mark.parametrize(
    ("name", "table", "found", "marked"),
    [
        ("a.csv", "insect,nest\nwasps,fine paper nests\n", "paper", "fine paper nests"),
        ("a.md", "|insect|nest|\n|-|-|\n| wasps | fine paper nests |", "paper", "fine paper nests"),
        ("a.md", "|insect|nest|\n|-|-|\n| wasps | fine paper nests |", "wasps | fine", None),
        ("a.csv", f"insect,nest\nwasps,paper nests {'on a beam ' * 9}\n", "beam", "beam"),
    ],
)
def test_of_a_short_cell_all_is_marked(
    library: Library, name: str, table: str, found: str, marked: str | None
) -> None:
    library.write(name, table)
    library.build()
    (quote,) = library.open(MarkingReranker(found)).query("wasps paper nests").quotes
    assert (quote.answer and quote.document.text[slice(*quote.answer)]) == marked


def test_a_neighbour_that_answers_less_well_is_not_lost_beside_what_is_quoted(
    library: Library,
) -> None:
    """Sentences that go on from a quote belong to it, however they compare."""
    library.settings = replace(library.settings, margin=6.0, merge_margin=1.0)
    wasps = "Wasps make nests of bark. Wasps make paper nests. Hornets make paper nests."
    library.write("a.txt", f"Rain fell. {wasps} Ants farm aphids.")
    library.build()
    answer = library.open().query("make paper nests")
    assert [quote.text for quote in answer.quotes] == [wasps]


def test_what_a_document_says_of_another_year_is_related_and_no_answer(open_library: Open) -> None:
    engine = open_library(
        {"a.txt": "In 2024 wasps made paper nests.", "b.txt": "Ants farm aphids."}
    )
    answer = engine.query("Did wasps make paper nests in 2022?")
    assert not answer.answered
    assert [quote.text for quote in answer.near_misses] == ["In 2024 wasps made paper nests."]
    assert engine.query("Did wasps make paper nests in 2024?").answered


def test_what_tells_of_another_number_is_no_answer_where_one_tells_of_the_right_one(
    open_library: Open,
) -> None:
    text = "Pallet 935 holds paper nests of wasps. Pallet 954 holds paper."
    answer = open_library({"a.txt": text}).query("What paper nests of wasps does pallet 954 hold?")
    assert [quote.text for quote in answer.quotes] == ["Pallet 954 holds paper."]


def test_a_row_of_another_number_than_the_columns_is_no_answer(open_library: Open) -> None:
    engine = open_library({"a.csv": "nest,paper\n1,wasps make paper\n2,wasps make some paper\n"})
    answer = engine.query("What paper do wasps make in nest 2?")
    assert [quote.text for quote in answer.quotes] == ["2\twasps make some paper"]
    assert not engine.query("What paper do wasps make in nest 5?").answered


def test_what_is_related_and_no_answer_has_nothing_marked(library: Library) -> None:
    library.write("a.txt", "Wasps make paper nests.")
    library.build()
    answer = library.open(MarkingReranker("paper")).query("Do wasps chew bark for large nests?")
    assert [quote.text for quote in answer.near_misses] == ["Wasps make paper nests."]
    assert answer.near_misses[0].answer is None


def test_neighbours_that_both_answer_become_one_quote(open_library: Open) -> None:
    text = "Rain fell. Wasps make paper nests. Hornets make paper nests. Ants farm aphids."
    answer = open_library({"a.txt": text}).query("make paper nests")
    assert [quote.text for quote in answer.quotes] == [
        "Wasps make paper nests. Hornets make paper nests."
    ]


@pytest.mark.parametrize("opening", ["They", "However, wasps", "These", "But they", "Its young"])
def test_a_quote_that_would_open_on_a_pronoun_takes_the_sentence_before(
    open_library: Open, opening: str
) -> None:
    text = f"Rain fell. Wasps are social insects. {opening} make paper nests."
    answer = open_library({"a.txt": text}).query("make paper nests")
    assert answer.quotes[0].text == f"Wasps are social insects. {opening} make paper nests."


def test_widening_never_leaves_the_paragraph(open_library: Open) -> None:
    text = "Rain fell all day long over the hills.\n\nThey make paper nests out of chewed wood."
    answer = open_library({"a.txt": text}).query("make paper nests chewed wood")
    assert answer.quotes[0].text == "They make paper nests out of chewed wood."


def test_a_heading_is_never_a_quote_by_itself(open_library: Open) -> None:
    engine = open_library({"a.md": "# Paper nests of wasps\n\nBees live elsewhere.\n\n## Wasps\n"})
    answer = engine.query("Paper nests of wasps")
    for quote in (*answer.quotes, *answer.near_misses):
        assert quote.text == "Bees live elsewhere."


def test_a_heading_that_fits_best_hides_no_sentence_that_answers(open_library: Open) -> None:
    text = "# Nests\n\n" + "\n\n".join(f"## Wasps make paper nests, part {n}\n" for n in range(5))
    engine = open_library({"a.md": text, "b.txt": "In short, wasps make nests out of paper."})
    answer = engine.query("Wasps make paper nests")
    assert [quote.document.path for quote in answer.quotes] == ["b.txt"]


def test_the_same_words_in_three_documents_are_one_quote_with_two_other_places(
    open_library: Open,
) -> None:
    engine = open_library(
        {
            "a.txt": "Wasps make paper nests.",
            "b.txt": "Rain fell. Wasps make  paper nests.",
            "c.md": "# C\n\n**Wasps** make paper nests!",
        }
    )
    answer = engine.query("Which insects make paper nests?")
    (quote,) = answer.quotes
    places = {quote.document.path, *(other.document.path for other in quote.also_in)}
    assert places == {"a.txt", "b.txt", "c.md"}
    for other in quote.also_in:
        assert other.text == other.document.text[other.start : other.end]


def test_a_line_of_a_price_list_is_a_quote_of_its_own(open_library: Open) -> None:
    lines = ["Paper nests ...... 80", "Paper nests, large ...... 120", "Paper kites ...... 300"]
    engine = open_library({"a.txt": "\n".join(lines)})
    quotes = engine.query("What do paper nests cost?").quotes
    assert [quote.text for quote in quotes] == lines[:2]


def test_what_has_no_words_before_a_quote_makes_no_copy_of_it(open_library: Open) -> None:
    engine = open_library({"a.txt": "* * *\n\nWasps make paper nests.\n\n… … …"})
    (quote,) = engine.query("Which insects make paper nests?").quotes
    assert (quote.text, quote.also_in) == ("Wasps make paper nests.", ())


def test_copies_take_no_other_quotes_place(open_library: Open) -> None:
    same = {f"{n}.txt": "Wasps make paper nests." for n in range(4)}
    engine = open_library({**same, "b.txt": "Hornets make paper nests as well."})
    answer = engine.query("Which insects make paper nests?", top=2)
    assert [len(quote.also_in) for quote in answer.quotes] == [3, 0]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Hold the dose if INR > 3.0.", "Hold the dose if INR < 3.0."),
        ("The yearly profit was -5%.", "The yearly profit was 5%."),
        ("The deposit paid was $500.", "The deposit paid was €500."),
    ],
)
def test_a_sign_that_differs_is_never_the_very_same_words(
    open_library: Open, one: str, other: str
) -> None:
    answer = open_library({"a.txt": one, "b.txt": other}).query(one)
    assert {quote.text for quote in answer.quotes} == {one, other}
    assert not any(quote.also_in for quote in answer.quotes)


LIST = """# Cover

This policy does not cover:

- flood damage
- wear and tear
- war

Rain fell.
"""


def test_an_item_of_a_list_is_quoted_with_the_line_that_it_goes_on_from(open_library: Open) -> None:
    (quote, *_) = open_library({"a.md": LIST}).query("wear and tear").quotes
    assert quote.text == LIST[LIST.index("This") : LIST.index("\n- war")]


def test_items_of_a_list_that_answer_are_one_quote(open_library: Open) -> None:
    text = "These insects make paper nests:\n\n- paper wasps\n- paper hornets\n- ants\n"
    quotes = open_library({"a.md": text}).query("paper wasps paper hornets").quotes
    assert [quote.text for quote in quotes] == [text[: text.index("\n- ants")]]


def test_a_question_of_a_form_is_quoted_where_questions_are_asked_for(open_library: Open) -> None:
    text = "Form A\n\nAre you allergic to penicillin?\n\nYes / No\n\nDo you smoke?\n\nYes / No\n"
    engine = open_library({"a.md": text})
    asked = engine.query("Which question: are you allergic to penicillin?")
    assert "Are you allergic to penicillin?" in [quote.text for quote in asked.quotes]
    alone = engine.query("Are you allergic to penicillin?")
    assert "Are you allergic to penicillin?" not in [quote.text for quote in alone.quotes]


def test_an_item_that_no_line_can_be_quoted_with_is_no_answer(open_library: Open) -> None:
    items = "".join(f"- damage of the {number}. kind;\n" for number in range(400))
    text = f"This policy does not cover:\n\n{items}- hearing aids\n"
    answer = open_library({"a.md": text}).query("Are hearing aids covered?")
    assert not answer.answered
    assert "hearing aids" not in [miss.text for miss in answer.near_misses]
    near = text.replace(items, items[:1_500])
    (quote,) = open_library({"a.md": near}).query("Are hearing aids covered?").quotes
    assert quote.text == near.strip()


def test_conditions_are_quoted_all_together(open_library: Open) -> None:
    text = "Wasps may nest if all of the following are true:\n\n- it is May\n- it rains\n"
    answer = open_library({"a.md": f"{text}\nAnts farm aphids.\n"}).query("May wasps nest?")
    assert [quote.text for quote in answer.quotes] == [text.strip()]


def test_what_two_quotes_take_in_is_one_quote(open_library: Open) -> None:
    limit = "However, paper wasps must not nest in Rome."
    text = f"Paper wasps may nest in Rome. {limit} Paper wasps may nest in Rome too."
    quotes = open_library({"a.txt": text}).query("May paper wasps nest in Rome?").quotes
    for number, quote in enumerate(quotes):
        assert not any(quote.start < other.end and other.start < quote.end
                       for other in quotes[number + 1 :])  # fmt: skip


def test_what_is_below_the_threshold_is_no_further_quote(open_library: Open) -> None:
    engine = open_library({"a.txt": "Wasps make paper nests.", "b.txt": "Wasps make noise."})
    wide = replace(engine.settings, margin=50.0)
    engine.settings = wide
    answer = engine.query("Which wasps make paper nests?")
    assert answer.answered
    assert all(quote.relevance >= wide.threshold for quote in answer.quotes)


def test_other_numbers_and_a_dropped_not_are_other_words(open_library: Open) -> None:
    engine = open_library(
        {
            "a.txt": "The rate of growth was 5 percent.",
            "b.txt": "The rate of growth was 6 percent.",
            "c.txt": "The rate of growth was not 5 percent.",
        }
    )
    answer = engine.query("What was the rate of growth percent?", top=5)
    assert len(answer.quotes) == 3
    assert all(quote.also_in == () for quote in answer.quotes)


def test_a_question_the_documents_do_not_answer_is_refused(open_library: Open) -> None:
    engine = open_library({"a.txt": "Wasps make paper nests.", "b.txt": "Bees make honey."})
    answer = engine.query("Which wasps won the football championship of Uruguay?")
    assert not answer.answered
    assert answer.quotes == ()
    assert {quote.text for quote in answer.near_misses} <= {
        "Wasps make paper nests.",
        "Bees make honey.",
    }


def test_a_question_limited_to_documents_quotes_no_other(open_library: Open) -> None:
    engine = open_library({"a.txt": "Wasps make paper nests.", "b.txt": "Wasps make paper cups."})
    answer = engine.query("What do wasps make of paper?", documents=["b.txt"])
    assert {quote.document.path for quote in answer.quotes} == {"b.txt"}
    assert answer.quotes[0].also_in == ()
    assert not engine.query("What do wasps make?", documents=[]).answered
    with pytest.raises(rag.SettingsError, match=r"'c\.txt' is not in the index"):
        engine.query("What do wasps make?", documents=["c.txt"])


def test_no_more_quotes_than_asked_for(open_library: Open) -> None:
    engine = open_library({f"{n}.txt": f"Wasps number {n} make paper nests." for n in range(6)})
    assert len(engine.query("make paper nests", top=2).quotes) == 2
    assert len(engine.query("make paper nests").quotes) == 3
    with pytest.raises(rag.SettingsError, match="top is 0; expected 1 to 50"):
        engine.query("make paper nests", top=0)


AWKWARD = [
    "İ",
    "👩‍👩‍👧",
    "e\u0301",
    "\u202eabc\u202c",
    "\t",
    "\r\n",
    "ﬁ",
    "ß",
    "“no.”",
    "$x$",
    "<b>",
    "… ",
]


def test_a_question_of_how_many_is_not_answered_without_a_number(open_library: Open) -> None:
    engine = open_library({"a.txt": "Wasps make paper nests in the garden."})
    assert engine.query("Do wasps make paper nests?").answered
    assert not engine.query("How many wasps make paper nests?").answered
    engine = open_library({"a.txt": "Forty wasps make paper nests in every garden."})
    assert engine.query("How many wasps make paper nests?").answered


def test_a_question_of_when_is_not_answered_without_a_date(open_library: Open) -> None:
    engine = open_library({"a.txt": "Wasps make paper nests in every garden."})
    assert not engine.query("When did wasps make paper nests?").answered
    engine = open_library({"a.txt": "Wasps make paper nests in every garden in May."})
    assert engine.query("When did wasps make paper nests?").answered


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(AWKWARD), st.text(max_size=20)), min_size=1, max_size=10))
def test_every_quote_is_the_slice_of_the_file_itself(
    tmp_path_factory: pytest.TempPathFactory, pieces: list[tuple[str, str]]
) -> None:
    from conftest import Library

    library = Library(tmp_path_factory.mktemp("any"))
    text = "Wasps make paper nests. " + " wasps ".join(a + b for a, b in pieces)
    library.write("a.txt", text.replace("\0", ""))
    library.build()
    answer = library.open().query("What do wasps make?", top=10)
    stored = (library.corpus / "a.txt").read_bytes().decode("utf-8")
    for quote in (*answer.quotes, *answer.near_misses):
        assert quote.text == stored[quote.start : quote.end]
        assert quote.text == quote.text.strip()


@given(st.floats(-50, 50), st.floats(-50, 50), st.floats(0, 10))
def test_more_relevance_is_never_less_evidence(
    passage: float, sentence: float, more: float
) -> None:
    settings = Settings()
    least = evidence(passage, sentence, settings)
    assert least <= evidence(passage + more, sentence, settings)
    assert least <= evidence(passage, sentence + more, settings)
    assert 0 <= logistic(least) <= logistic(least + more) <= 1


@pytest.mark.parametrize("question", ["who", "When?", "what is it", "???", "is"])
def test_a_question_that_names_nothing_gets_no_answer(open_library: Open, question: str) -> None:
    engine = open_library({"a.txt": "Hamas was founded in 1987. It is a militant group."})
    assert engine.query(question).quotes == ()


def test_a_question_of_common_words_is_still_a_question(open_library: Open) -> None:
    engine = open_library({"a.txt": "A will names the heirs and what each of them shall have."})
    assert engine.query("What is in a will?").quotes


class _CountingReranker(WordReranker):
    def __init__(self) -> None:
        self.texts: list[int] = []

    def read(self, question: str, texts: Sequence[Searched]) -> list[SentenceBySentence]:
        self.texts.append(len(texts))
        return super().read(question, texts)


@pytest.mark.parametrize(
    ("question", "top", "read"),
    [
        ("What do wasps number 7 make?", 3, [4]),  # all of its words: certain
        ("What do wasps number 7 make?", 1, [4, 4]),  # is it the only one? Nobody asked
        ("What do wasps number twice make?", 3, [4, 4]),  # two quotes: there may be others
        ("What do wasps number 3 make?", 3, [4, 4]),  # and it has a copy: there may be others
        ("Which paper do wasps number 7 build?", 3, [4, 4]),  # answered, and unsure
        ("How heavy is an elephant's trunk?", 3, [4, 4]),  # a refusal stays one
    ],
)
def test_the_less_certain_an_answer_the_more_passages_are_read(
    library: Library, question: str, top: int, read: list[int]
) -> None:
    for number in range(30):
        library.write(f"{number}.txt", f"Wasps number {number} make nests.")
    library.write("copy.txt", "Wasps number 3 make nests.")
    library.write("one.txt", "Wasps number twice make nests.")
    library.write("two.txt", "Twice wasps of a number make holes.")
    library.build()
    reranker = _CountingReranker()
    engine = library.open(reranker=reranker)
    answer = engine.query(question, top=top)
    assert reranker.texts == read
    assert bool(answer.quotes) == ("wasps" in question)


@pytest.mark.parametrize("rerank", [1, 2, 5])
def test_no_more_passages_are_read_than_there_are(library: Library, rerank: int) -> None:
    for number in range(3):
        library.write(f"{number}.txt", f"Wasps number {number} make nests.")
    library.build()
    reranker = _CountingReranker()
    library.settings = replace(library.settings, rerank=rerank)
    engine = library.open(reranker=reranker)
    assert engine.query("What do wasps number 1 make?").quotes
    assert engine.query("Which paper do wasps number 1 build?").quotes
    assert max(reranker.texts) <= 3


POOL = """**Are dogs allowed?**

No, except guide dogs.

**May I bring my own fins?**

Yes, in the blue lanes.
"""


def places(held: Document, *answers: str) -> list[tuple[Document, int]]:
    return [(held, held.text.index(answer)) for answer in answers]


def test_a_yes_to_another_question_is_of_others_only_below_a_better_one() -> None:
    held = document(POOL)
    dogs, fins = "No, except", "Yes, in the"
    asked = "Are dogs allowed?"
    assert answers_of_others(asked, places(held, dogs, fins)) == [False, True]
    # Which words a question shares is no measure against what its answer was read as.
    assert answers_of_others(asked, places(held, fins, dogs)) == [False, False]
    assert answers_of_others("Is smoking fine?", places(held, dogs, fins)) == [False, False]
    told = document(POOL.replace("Yes, in", "Fins are for"))
    assert answers_of_others(asked, places(told, dogs, "Fins are")) == [False, False]
