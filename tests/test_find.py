"""Paste a text: it is in the documents exactly, or altered, or it is not."""

from __future__ import annotations

import html
import random
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Library
from hypothesis import given, settings
from hypothesis import strategies as st
from test_cli import run

import rag
from rag.diff import marked
from rag.document import Block, Document
from rag.engine import Engine
from rag.findings import MAX_TEXT_CHARS, find
from rag.index.local import LocalStore
from rag.pasted import wordings
from rag.render import findings_to_dict
from rag.ui.find import findings_card
from rag.verdicts import judge

RATES = """# Rates

The rate did not increase. It rose by 5 percent in May.

## Tea

Tea helps.
"""


def document(text: str, path: str = "a.txt") -> Document:
    return Document(path, path, text, (), "f" * 64, "test")


def test_an_exact_text_is_found_with_its_place(
    open_library: Callable[..., Engine], library: Library
) -> None:
    open_library({"rates.md": RATES, "b.txt": "Nothing of the kind."})
    (finding,) = rag.find("  Tea helps.\n", index=library.index)
    assert finding.outcome == "exact"
    assert finding.quote.text == "Tea helps."
    assert finding.quote.section == "Tea"
    assert finding.quote.document.path == "rates.md"
    assert (finding.likeness, finding.note, finding.diff) == (1.0, "", ())


def test_the_index_is_searched_as_built_and_the_corpus_as_it_is(
    open_library: Callable[..., Engine], library: Library
) -> None:
    open_library({"rates.md": RATES})
    library.write("rates.md", RATES.replace("5 percent", "6 percent"))
    assert rag.find("rose by 5 percent", index=library.index)[0].outcome == "exact"
    (altered,) = rag.find("rose by 5 percent", corpus=library.corpus)
    assert altered.outcome == "altered"
    assert marked(altered.diff) == "rose by [-5-] {+6+} percent"
    (library.corpus / "rates.md").unlink()
    (library.corpus / "broken.pdf").write_bytes(b"%PDF-1.7 not really")
    assert rag.find("rose by 5 percent", corpus=library.corpus) == ()


def test_a_text_too_dear_to_search_hides_no_other_that_is_not() -> None:
    rain = "The heavy rain on the hills fell all day. "
    held = [document(rain * (size // len(rain)), f"{n}.txt") for n, size in enumerate(
        (7_000_000, 2_000_000)
    )]  # fmt: skip
    held.append(document("It rose by 5 points all day.", "c.txt"))
    found = find("It rose by 6 points all day.", held)
    assert [item.quote.document.path for item in found] == ["c.txt"]


def test_the_same_words_in_two_documents_are_two_findings() -> None:
    held = [document("Tea helps. Tea helps.", name) for name in ("a.txt", "b.txt")]
    found = find("Tea helps.", held)
    assert [(item.quote.document.path, item.quote.start) for item in found] == [
        ("a.txt", 0), ("a.txt", 11), ("b.txt", 0), ("b.txt", 11),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("pasted", "kind", "diff"),
    [
        ("rose by 6 percent in May.", "words differ", "rose by [-6-] {+5+} percent in May."),
        ("rose by 0.5 percent in May.", "words differ", "[-0.5-] {+5+}"),
        ("The rate did increase.", "words differ", "The rate did {+not +}increase."),
        ("rose by 5\npercent", "only white space differs", "rose by 5[-\\n-] {+ +}percent"),
        (
            "the rate did NOT increase!",
            "only punctuation, case or white space differs",
            "[-the-] {+The+} rate did [-NOT-] {+not+} increase[-!-] {+.+}",
        ),
    ],
)
def test_an_altered_text_is_told_with_its_kind_and_its_diff(
    pasted: str, kind: str, diff: str
) -> None:
    (finding,) = find(pasted, [document("Nothing here."), document(RATES, "r.md")])
    assert finding.outcome == "altered"
    assert finding.note == kind
    assert diff in marked(finding.diff)
    assert finding.quote.text == RATES[finding.quote.start : finding.quote.end]


@pytest.mark.parametrize("piece", ["5 percent", "percent", "rose by 1"])
def test_a_piece_of_a_longer_word_is_not_exact(piece: str) -> None:
    found = find(piece, [document("It rose by 15 percentages")])
    assert all(finding.outcome == "altered" for finding in found)


@pytest.mark.parametrize(
    ("text", "pasted"),
    [
        ("Total\t1\t250\t3", "Total 1250"),
        ("In 19 20 people died. Tea helps.", "In 1920 people died"),
        ("See note 3\n4 people came to it.", "See note 34 people came"),
        ("In winter it is –5 °C there.", "it is 5 °C there"),
        ("In winter it is –5 °C there.", "5 °C there"),
    ],
)
def test_another_number_is_never_a_slight_difference(text: str, pasted: str) -> None:
    (finding,) = find(pasted, [document(text)])
    assert (finding.outcome, finding.note) == ("altered", "words differ")
    assert finding.likeness < 1


def test_the_same_numbers_are_nearer_than_the_same_digits() -> None:
    (finding,) = find("1 250 euros", [document("1\t25\t0\teuros. It cost 1\t250 euros.")])
    assert finding.quote.text == "1\t250 euros"
    assert finding.note == "only white space differs"


@pytest.mark.parametrize(
    "pasted",
    ["The com mittee met in Doha", "The committeemet in Doha", "The committee  met\nin Doha"],
)
def test_what_a_pdf_viewer_does_to_spaces_is_slight(pasted: str) -> None:
    (finding,) = find(pasted, [document(WRITTEN)])
    assert (finding.outcome, finding.note) == ("altered", "only white space differs")
    assert finding.likeness == 1


def test_the_most_alike_comes_first_and_few_are_shown() -> None:
    held = [
        document("It rose by 7 points in May.", "far.txt"),
        document("It rose by 6 percent in May.", "near.txt"),
        document("It  rose by 5 percent in May.", "space.txt"),
        document("it rose by 5 percent in May.", "case.txt"),
        document("Tea helps.", "other.txt"),
    ]
    found = find("It rose by 5 percent in May.", held)
    assert [item.quote.document.path for item in found] == ["space.txt", "case.txt", "near.txt"]


def test_a_text_that_is_not_there_is_absent() -> None:
    assert find("Wasps make nests of paper.", [document(RATES)]) == ()
    assert find("!!", [document(RATES)]) == ()
    assert find("Tea helps.", []) == ()


@pytest.mark.parametrize("text", ["", " \n", "x" * (MAX_TEXT_CHARS + 1), "a\udcff"])
def test_what_cannot_be_sought_is_bad_usage_at_once(text: str, tmp_path: Path) -> None:
    with pytest.raises(rag.UsageError, match="the text to find"):
        rag.find(text, index=tmp_path / "none")


def test_only_one_place_to_search_can_be_named(tmp_path: Path) -> None:
    with pytest.raises(rag.UsageError, match="both an index and a corpus"):
        rag.find("Tea.", index=tmp_path, corpus=tmp_path)
    with pytest.raises(rag.IndexMissingError):
        rag.find("Tea.", index=tmp_path / "none")
    with pytest.raises(rag.CorpusError):
        rag.find("Tea.", corpus=tmp_path / "none")


@settings(deadline=None)
@given(st.text(min_size=1, max_size=80), st.text(min_size=1, max_size=30))
def test_exact_means_every_character_and_altered_means_not(text: str, sought: str) -> None:
    try:
        found = find(sought, [document(text)])
    except rag.UsageError:
        return
    for finding in found:
        assert finding.sought in wordings(sought.strip())
        assert (finding.quote.text == finding.sought) == (finding.outcome == "exact")
        assert "".join(c.text for c in finding.diff if c.op != "removed") == (
            finding.quote.text if finding.diff else ""
        )


@settings(deadline=None)
@given(st.lists(st.text("abé5", min_size=1, max_size=4), min_size=1), st.data())
def test_any_run_of_whole_words_is_found(words: list[str], data: st.DataObject) -> None:
    first = data.draw(st.integers(0, len(words) - 1))
    last = data.draw(st.integers(first + 1, len(words)))
    found = find(" ".join(words[first:last]), [document(" ".join(words))])
    starts = [finding.quote.start for finding in found]
    assert found[0].outcome == "exact"
    assert len(" ".join(words[:first])) + bool(first) in starts


WRITTEN = "The committee met in Doha in May. It rose by 5 percent, and nobody objected to it."


@pytest.mark.parametrize(
    ("pasted", "sought"),
    [
        ("“It rose by 5 percent”", "It rose by 5 percent"),
        ('"It rose by 5 percent" (rates.md, p. 3)', "It rose by 5 percent"),
        ("‘It rose by 5 percent’ — Rates, 2024", "It rose by 5 percent"),
        ("«It rose by 5 percent»", "It rose by 5 percent"),
        ("„It rose by 5 percent“", "It rose by 5 percent"),
        ("“It rose by 5 percent” [1]", "It rose by 5 percent"),
        ("> It rose by\n> 5 percent", "It rose by\n5 percent"),
        ("It rose by 5 percent\n\nRates (r.md), § Doha, chars 8–28", "It rose by 5 percent"),
        ("1. “It rose by 5 percent”\n   Rates (r.md), chars 8–28", "It rose by 5 percent"),
        ("“It rose by 5 percent” he said", "“It rose by 5 percent” he said"),
        ("“It rose” by “5 percent”", "“It rose” by “5 percent”"),
        ("'It didn't rise by 5 percent'", "It didn't rise by 5 percent"),
        ('It rose by "5 percent"', 'It rose by "5 percent"'),
        ("Founded in 1988. “It rose,” he said", "Founded in 1988. “It rose,” he said"),
        ("It rose (by 5)\n\nby 5 percent", "It rose (by 5)\n\nby 5 percent"),
        ("“”", "“”"),
    ],
)
def test_the_words_of_a_quotation_are_compared_without_its_marks_and_its_source(
    pasted: str, sought: str
) -> None:
    assert wordings(pasted)[-1] == sought
    for finding in find(pasted, [document(WRITTEN)]):
        assert finding.sought == sought
        assert (finding.outcome == "exact") == (finding.quote.text == sought)


@pytest.mark.parametrize(
    "text",
    ["x\n" + "(), " * 5000 + "y", "x" + "\n" * 20_000 + "y", "x\n(), chars 1" + "1" * 20_000],
)
def test_no_text_takes_long_to_be_told_from_its_source(text: str) -> None:
    started = time.process_time()
    assert wordings(text)[0] == text
    assert time.process_time() - started < 1  # backtracking took minutes


@pytest.mark.parametrize("first", [0, 7])
def test_a_long_text_altered_here_and_there_is_found_where_it_stands(first: int) -> None:
    letters = random.Random(1)
    text = "".join(chr(0x4E00 + letters.randrange(3000)) for _ in range(40_000))
    sought = list(text[5_000:14_000])
    sought[first::50] = ["龘"] * len(sought[first::50])
    (finding,) = find("".join(sought), [document(text)])
    assert finding.likeness > 0.95
    assert (finding.quote.start, finding.quote.end) == (5_000, 14_000)
    changed = sum(len(change.text) for change in finding.diff if change.op == "added")
    assert changed == len(sought[first::50])


def test_marks_that_stand_in_the_document_are_part_of_the_text() -> None:
    (finding,) = find("“Tea helps.”", [document("She wrote: “Tea helps.”")])
    assert (finding.outcome, finding.sought) == ("exact", "“Tea helps.”")


@pytest.mark.parametrize(
    ("pasted", "kind"),
    [
        ("The com-\nmittee met in Doha", "only white space and hyphens at line ends differ"),
        (
            "The com\u00ad\n  mittee met\nin Doha",
            "only white space and hyphens at line ends differ",
        ),
        ("The com-mittee met in Doha", "words differ"),
        ("It rose by 5-\n percent", "only punctuation, case or white space differs"),
    ],
)
def test_a_word_hyphenated_at_a_line_end_is_told_from_another_word(pasted: str, kind: str) -> None:
    (finding,) = find(pasted, [document(WRITTEN)])
    assert (finding.outcome, finding.note) == ("altered", kind)


@settings(deadline=None)
@given(st.text(min_size=1, max_size=60))
def test_any_text_has_a_wording_and_the_first_is_the_text_itself(text: str) -> None:
    found = wordings(text)
    assert found[0] == text
    assert len(found) <= 2
    assert all(found)


def test_the_index_tells_what_looking_at_every_document_tells(
    open_library: Callable[..., Engine],
) -> None:
    """The words of the text lead to it, so that not all documents need be read."""
    sentence = "The committee of {0} decided that item {1} be put off until week {2}."
    texts = {
        f"{n:03}.txt": "\n\n".join(
            sentence.format(n * 40 + k, n * k % 17, k * 7 % 53) for k in range(40)
        )
        for n in range(60)
    }
    engine = open_library(texts)
    held = [engine.document(path) for path in texts]
    for pasted in (
        sentence.format(1234, 0, 0),
        sentence.format(1234, 1234 // 40 * 34 % 17, 34 * 7 % 53).replace("decided", "resolved"),
        "committee of 77 decided\nthat item",
        "Wasps make nests of paper.",
        texts["041.txt"][300:900].replace("item", "point"),
    ):
        alike = [(found.outcome, found.likeness) for found in engine.find(pasted)[:1]]
        assert alike == [(found.outcome, found.likeness) for found in find(pasted, held)[:1]]


def test_a_script_without_spaces_is_found_altered_in_the_index(
    open_library: Callable[..., Engine],
) -> None:
    engine = open_library({"a.txt": "会议在多哈举行。五人出席了会议。", "b.txt": "Tea."})
    (finding,) = engine.find("十五人出席了会议。")
    assert (finding.outcome, finding.quote.text) == ("altered", "五人出席了会议。")


DOGS = "No dogs are allowed. Cats are. Are birds welcome? Yes."


@pytest.mark.parametrize(
    ("pasted", "outcome", "whole"),
    [
        ("dogs are allowed.", "exact", "No dogs are allowed."),
        ("dogs are allowed", "exact", "No dogs are allowed."),
        ("Dogs are allowed.", "altered", "No dogs are allowed."),
        ("No dogs are allowed.", "exact", None),
        ("No dogs are allowed", "exact", None),
        ("Cats are.", "exact", None),
        ("allowed. Cats are.", "exact", "No dogs are allowed. Cats are."),
        ("Are birds welcome", "exact", "Are birds welcome?"),
        (DOGS, "exact", None),
    ],
)
def test_words_cut_out_of_a_sentence_come_with_the_whole_of_it(
    pasted: str, outcome: str, whole: str | None
) -> None:
    (finding,) = find(pasted, [document(DOGS)])
    assert finding.outcome == outcome
    assert (finding.sentence and finding.sentence.text) == whole
    told = findings_to_dict([finding])["findings"][0]
    assert told["partial"] is (whole is not None)
    assert (told["sentence"] and told["sentence"]["text"]) == whole
    card = findings_card(pasted, [finding])
    assert ("The&#32;whole&#32;sentence" in card.replace(" ", "&#32;")) is (whole is not None)
    if outcome == "exact":
        assert ("as part of a sentence" in card) is (whole is not None)
    receipt = finding.quote.receipt()
    assert judge(receipt, document(DOGS)).outcome == "exact", "a receipt is of the words alone"


def test_an_item_comes_with_the_line_that_its_list_goes_on_from() -> None:
    text = "It does not cover: war, or:\n\n- flood damage\n- wear\n\nRain fell.\n\n- hail"
    kinds = ("prose", "item", "item", "prose", "item")
    starts = [text.index(words) for words in ("It", "flood", "wear", "Rain", "hail")]
    lengths = (27, 12, 4, 10, 4)
    blocks = tuple(Block(a, a + n, k) for a, n, k in zip(starts, lengths, kinds, strict=True))
    listed = Document("a.md", "a.md", text, blocks, "f" * 64, "test")
    (finding,) = find("flood damage", [listed])
    assert finding.sentence is not None
    assert finding.sentence.text == text[: starts[2] - 3]
    (alone,) = find("hail", [listed])
    assert alone.sentence is None


def test_rows_headings_and_lines_of_code_are_wholes_too() -> None:
    text = "The title of it\n\nfirst = 1\nsecond = 2\n\nInari | 92 m"
    ends = [text.index("\n\n"), text.index("\n\nInari"), len(text)]
    kinds = Block(0, ends[0], "heading"), Block(ends[0] + 2, ends[1], "code"), \
        Block(ends[1] + 2, ends[2], "row")  # fmt: skip
    held = Document("a.md", "a", text, kinds, "f" * 64, "test")
    for part, whole in (
        ("title of", "The title of it"), ("second", "second = 2"), ("92 m", "Inari | 92 m"),
        ("Inari | 92 m", None), ("first = 1\nsecond = 2", None), ("first = 1", None),
    ):  # fmt: skip
        (finding,) = find(part, [held])
        assert (finding.sentence and finding.sentence.text) == whole


def test_a_sentence_without_an_end_is_shown_in_part_and_says_so() -> None:
    (finding,) = find("needle", [document(f"{'straw12 ' * 5000}needle {'straw34 ' * 5000}")])
    assert finding.sentence
    assert len("needle") + 1900 < len(finding.sentence.text) <= len("needle") + 2000
    assert set(finding.sentence.text.split()) == {"straw12", "needle", "straw34"}, "no word is cut"
    card = html.unescape(findings_card("needle", [finding]))
    assert "The whole sentence" not in card
    assert "The words around" in card
    assert "… straw12" in card
    assert "straw34 …" in card
    told = findings_to_dict([finding])["findings"][0]["sentence"]
    assert told is not None
    assert told["whole"] is False


def test_a_long_sentence_is_shown_to_its_beginning() -> None:
    text = f"It is untrue, as the witnesses {'and their statements, ' * 40}said, that he is guilty."
    (finding,) = find("he is guilty", [document(f"Tea helps. {text} Tea helps.")])
    assert finding.sentence
    assert finding.sentence.text == text
    assert "The whole sentence" in html.unescape(findings_card("he is guilty", [finding]))


def test_a_sentence_comes_with_the_next_one_that_limits_it() -> None:
    text = "Dogs are allowed in the park. This does not apply in summer."
    (finding,) = find("Dogs are allowed in the park.", [document(f"{text} Cats are not.")])
    assert finding.sentence
    assert finding.sentence.text == text


def test_the_command_and_the_page_show_the_sentence(
    open_library: Callable[..., Engine], library: Library
) -> None:
    open_library({"a.txt": DOGS})
    shown = run("find", "dogs are allowed.", "--index", str(library.index), cwd=library.corpus)
    assert shown.returncode == 0
    assert "character for character, as part of a longer sentence" in shown.stdout
    assert "part of “No dogs are allowed.”" in shown.stdout
    shown = run("find", "Dogs are allowed.", "--index", str(library.index), cwd=library.corpus)
    assert "part of “No dogs are allowed.”" in shown.stdout


@pytest.mark.parametrize("letter", ["e", "a", "o", "t"])
def test_a_single_letter_is_looked_up_in_no_time(letter: str) -> None:
    """It stands inside of every second word; each of them was looked at."""
    words = "the tea that nobody ate before the others had eaten theirs "
    held = [document(words * 20, f"{number}.txt") for number in range(2_000)]
    started = time.process_time()
    found = find(letter, [*held, document(f"Vitamin {letter} helps.", "last.txt")])
    assert [finding.quote.document.path for finding in found] == ["last.txt"]
    assert time.process_time() - started < 2.0


def test_a_question_does_not_wait_for_a_search_through_every_text(library: Library) -> None:
    library.write("a.txt", "Apples are red.")
    library.build()
    engine = library.open()
    store = engine._current()
    assert isinstance(store, LocalStore)
    with store._scanning.lock:  # as while it goes through a gigabyte
        assert engine.query("Which apples are red?").answered
