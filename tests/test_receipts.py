"""A receipt proves its quote against today's files, and nothing else passes for proof."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

import rag
from rag.diff import difference, marked, whole, word_diff
from rag.document import Block, Document
from rag.likeness import nearest, places
from rag.read import read
from rag.receipts import MAX_JSON_BYTES, MAX_QUOTE_CHARS, parse_receipts
from rag.types import Answer, Quote, Receipt
from rag.verdicts import Verdict, judge

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
RATES = "The rate did not increase. It rose by 5 percent in May, as before.\n\nNobody objected.\n"


class Corpus:
    """A folder of text files, receipts of what they say, and verdicts on them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, text: str, name: str = "a.txt") -> Document:
        (self.folder / name).write_text(text, encoding="utf-8", newline="")
        return read(self.folder, name, max_bytes=10_000_000)

    def receipt(self, text: str, words: str, name: str = "a.txt") -> Receipt:
        document = self.write(text, name)
        start = document.text.index(words)
        return Quote(document, start, start + len(words), 0.9).receipt()

    def verdict(self, receipt: Receipt) -> Verdict:
        (verdict,) = rag.verify([receipt], self.folder)
        return verdict

    def judged(self, receipt: Receipt) -> Verdict:
        """Likewise without a process for the reader, which would make a hundred examples slow."""
        return judge(receipt, read(self.folder, receipt.document, max_bytes=10_000_000))


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    folder = tmp_path / "corpus"
    folder.mkdir()
    return Corpus(folder)


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    """One folder for all examples of a property, each of which writes its files anew."""
    return Corpus(tmp_path_factory.mktemp("corpus"))


# --- what a receipt holds ---------------------------------------------------------------------


def test_a_receipt_holds_all_that_is_needed_to_check_it() -> None:
    text = "Doha\n\nThey met in Doha."
    blocks = (Block(0, 4, "heading", 2, 3), Block(6, 23, "prose", 0, 3))
    document = Document("t.pdf", "Talks", text, blocks, "f" * 64, "pdf 1")
    quote = Quote(document, 6, 23, 0.9)
    receipt = quote.receipt(question="Where?", index_id="abc", time=NOON)
    assert json.loads(receipt.to_json()) == {
        "format": 2,
        "quote": "They met in Doha.",
        "quote_sha256": quote.sha256,
        "document": "t.pdf",
        "title": "Talks",
        "file_sha256": "f" * 64,
        "text_sha256": document.text_sha256,
        "start": 6,
        "end": 23,
        "pages": [3],
        "rows": [],
        "columns": "",
        "section": "Doha",
        "recognised": False,
        "reader": "pdf 1",
        "index_id": "abc",
        "question": "Where?",
        "time": "2026-03-01T12:00:00Z",
    }
    answer = Answer("Where?", (quote,), (), "abc")
    assert answer.receipts(time=NOON) == (receipt,)
    assert Answer("Why?", (), (quote,), "abc").receipts() == ()


def test_a_receipts_time_is_in_utc_and_never_guessed() -> None:
    quote = Quote(Document("a.txt", "A", "Words.", (), "f" * 64, "t"), 0, 6, 1.0)
    noon_in_delhi = datetime(2026, 3, 1, 12, tzinfo=timezone(timedelta(hours=5, minutes=30)))
    assert quote.receipt(time=noon_in_delhi).time == "2026-03-01T06:30:00Z"
    made = datetime.fromisoformat(quote.receipt().time)
    assert abs(datetime.now(UTC) - made) < timedelta(minutes=1)
    with pytest.raises(ValueError, match="time zone"):
        quote.receipt(time=datetime(2026, 3, 1, 12))


# --- exact, moved, changed, gone --------------------------------------------------------------


def test_untouched_words_are_exact_and_the_file_is_the_same(corpus: Corpus) -> None:
    verdict = corpus.verdict(corpus.receipt(RATES, "It rose by 5 percent in May, as before."))
    assert (verdict.outcome, verdict.same_file) == ("exact", True)
    assert verdict.found[0].text == verdict.receipt.quote
    assert verdict.note == "byte for byte the same file"


def test_words_stay_exact_when_the_file_changes_after_them(corpus: Corpus) -> None:
    receipt = corpus.receipt(RATES, "It rose by 5 percent in May, as before.")
    corpus.write(RATES + "\nAnd more.\n")
    verdict = corpus.verdict(receipt)
    assert (verdict.outcome, verdict.same_file) == ("exact", False)
    assert verdict.note == "the file has changed, not the words"


def test_moved_words_are_listed_everywhere_nearest_to_the_old_place_first(corpus: Corpus) -> None:
    receipt = corpus.receipt("x" * 50 + "\n\nWe agreed.\n", "We agreed.")
    corpus.write("We agreed.\n\n" + "x" * 50 + "\n\nWe agreed.\n\nWe agreed.\n")
    verdict = corpus.verdict(receipt)
    assert verdict.outcome == "moved"
    assert [quote.start for quote in verdict.found] == [64, 76, 0]
    assert {quote.text for quote in verdict.found} == {"We agreed."}


@pytest.mark.parametrize(
    ("quote", "now", "diff"),
    [
        ("It rose by 5 percent", "It rose by 6 percent", "It rose by [-5-] {+6+} percent"),
        ("It rose by 5 percent", "It rose by 15 percent", "It rose by [-5-] {+15+} percent"),
        ("It rose by 5 percent", "It rose by -5 percent", "It rose by [-5-] {+-5+} percent"),
        ("It rose by 5 percent", "It rose by 5.5 percent", "It rose by [-5-] {+5.5+} percent"),
        ("5 percent in May", "15 percent in May", "[-5-] {+15+} percent in May"),
        ("5 percent in May", "1.5 percent in May", "[-5-] {+1.5+} percent in May"),
        ("5 percent in May", "5 percent in Mayhem", "5 percent in [-May-] {+Mayhem+}"),
        ("The rate did not increase.", "The rate did increase.", "[-not -]"),
        ("It rose by 5 percent", "It rose by no more than 5 percent", "{+no more than +}"),
        ("May, as before", "May; as before", "May[-,-] {+;+} as before"),
        ("The rate did not", "the rate did not", "[-The-] {+the+} rate did not"),
    ],
)
def test_other_words_are_never_exact_nor_moved(
    corpus: Corpus, quote: str, now: str, diff: str
) -> None:
    assert quote in RATES
    for before in ("", "A new first paragraph.\n\n"):
        receipt = corpus.receipt(RATES, quote)
        corpus.write(before + RATES.replace(quote, now))
        verdict = corpus.verdict(receipt)
        assert verdict.outcome == "changed"
        assert diff in marked(verdict.diff)
        assert verdict.found[0].text == now


def test_words_at_the_same_place_inside_a_longer_word_are_not_exact(corpus: Corpus) -> None:
    receipt = corpus.receipt("up by 5 percent", "5 percent")
    corpus.write("up b 15 percent")
    assert corpus.verdict(receipt).outcome == "changed"


@pytest.mark.parametrize(
    ("text", "quote", "now"),
    [
        ("def f():\n    return 1\n", "def f():\n    return 1", "def f():\n  return 1\n"),
        ("name\tprice\ntea\t5 00\n", "tea\t5 00", "name\tprice\ntea\t5  00\n"),
        ("They met\nin Doha.", "They met\nin Doha.", "They met in Doha."),
        ("They met in Doha.", "They met in Doha.", "They met\u00a0in Doha."),
        ("They met in Doha.", "met in Doha", "They metin Doha."),
    ],
)
def test_other_white_space_is_a_change_and_called_one(
    corpus: Corpus, text: str, quote: str, now: str
) -> None:
    receipt = corpus.receipt(text, quote)
    corpus.write(now)
    verdict = corpus.verdict(receipt)
    assert verdict.outcome == "changed"
    assert verdict.note.startswith("only white space differs")
    assert verdict.diff


def test_digits_that_another_cell_holds_now_are_other_words(corpus: Corpus) -> None:
    receipt = corpus.receipt("Head\tA\tB\nRow\t1\t250\n", "Row\t1\t250")
    corpus.write("Head\tA\tB\nRow\t12\t50\n")
    verdict = corpus.verdict(receipt)
    assert verdict.outcome == "changed"
    assert verdict.note.startswith("words differ")
    assert verdict.found[0].text == "Row\t12\t50"


def test_a_minus_taken_away_is_another_word(corpus: Corpus) -> None:
    receipt = corpus.receipt("In winter it is –5 °C.", "In winter it is –5 °C.")
    corpus.write("In winter it is 5 °C.")
    assert corpus.verdict(receipt).note.startswith("words differ")


def test_words_in_another_document_only_are_gone(corpus: Corpus) -> None:
    receipt = corpus.receipt(RATES, "Nobody objected.")
    corpus.write(RATES, "b.txt")
    corpus.write("Quite another matter is discussed here.")
    assert corpus.verdict(receipt).outcome == "gone"
    (corpus.folder / "a.txt").unlink()
    verdict = corpus.verdict(receipt)
    assert (verdict.outcome, verdict.found, verdict.same_file) == ("gone", (), None)
    assert verdict.note.startswith("missing, or a link")


@pytest.mark.parametrize("name", [".hid/a.txt", "./a.txt", "a.txt/"])
def test_words_in_what_is_no_document_of_the_corpus_are_gone(corpus: Corpus, name: str) -> None:
    receipt = replace(corpus.receipt(RATES, "It rose by 5 percent"), document=name)
    (corpus.folder / ".hid").mkdir()
    (corpus.folder / ".hid/a.txt").write_text(RATES)
    verdict = corpus.verdict(receipt)
    assert (verdict.outcome, verdict.found) == ("gone", ())
    assert "is not a document path" in verdict.note


def test_an_unreadable_document_is_gone_and_says_why(corpus: Corpus) -> None:
    receipt = corpus.receipt(RATES, "Nobody objected.")
    (corpus.folder / "a.txt").write_bytes(b"")
    verdict = corpus.verdict(receipt)
    assert verdict.outcome == "gone"
    assert "empty file" in verdict.note


def test_a_borrowed_page_section_or_title_is_told(corpus: Corpus) -> None:
    receipt = corpus.receipt(RATES, "Nobody objected.")
    verdict = corpus.verdict(replace(receipt, pages=(7,), section="Doha", title="Talks"))
    assert verdict.outcome == "exact"
    assert "it stands on no page, the receipt says page 7" in verdict.note
    assert "its section is None, the receipt says 'Doha'" in verdict.note
    assert "not 'Talks'" in verdict.note


def test_words_that_a_longer_sentence_holds_now_are_told_with_it(corpus: Corpus) -> None:
    was = "The following are permitted:\n\n- Bicycles in the yard\n"
    receipt = corpus.receipt(was, was.strip(), "a.md")
    corpus.write(was.replace("yard", "yard only with written leave"), "a.md")
    verdict = corpus.verdict(receipt)
    assert verdict.outcome == "exact"
    assert "it is only a part of what is said there: “" in verdict.note
    assert "Bicycles in the yard only with written leave”" in verdict.note
    receipt = corpus.receipt("Name\tPrice\nWidget\t5\n", "Widget\t5", "a.csv")
    corpus.write("Name\tPrice\nWidget\t5\tsold out - now 9\n", "a.csv")
    assert "“Widget 5 sold out - now 9”" in corpus.verdict(receipt).note
    receipt = corpus.receipt("Tea. Dogs are allowed in the park.", "Dogs are allowed in the park.")
    corpus.write("Tea. Dogs are allowed in the park. This does not apply in summer.")
    assert "This does not apply in summer.”" in corpus.verdict(receipt).note
    corpus.write("More tea. Dogs are allowed in the park. This does not apply in summer.")
    verdict = corpus.verdict(receipt)
    assert verdict.outcome == "moved"
    assert "This does not apply in summer.”" in verdict.note
    corpus.write("Tea. Dogs are allowed in the park. And coffee.")
    assert corpus.verdict(receipt).note == "the file has changed, not the words"


def test_moved_words_tell_their_new_section(corpus: Corpus) -> None:
    receipt = corpus.receipt(
        "# Rules\n\n## Allowed\n\nDogs in the park.\n", "Dogs in the park.", "a.md"
    )
    corpus.write("# Rules\n\n## Forbidden\n\nDogs in the park.\n", "a.md")
    verdict = corpus.verdict(receipt)
    assert verdict.outcome == "moved"
    assert "its section is 'Forbidden', the receipt says 'Allowed'" in verdict.note


def test_a_forged_quote_does_not_pass_even_with_its_own_hash(corpus: Corpus) -> None:
    receipt = corpus.receipt(RATES, "It rose by 5 percent")
    forged = parse_receipts(replace(receipt, quote="It rose by 6 percent").to_json())[0]
    verdict = corpus.verdict(forged)
    assert verdict.outcome == "changed"
    assert "never held these words there" in verdict.note


def test_a_repeated_paragraph_is_proved_at_its_own_place(corpus: Corpus) -> None:
    document = corpus.write("We agreed.\n\nTea.\n\nWe agreed.\n")
    receipt = Quote(document, 18, 28, 0.9).receipt()
    assert corpus.verdict(receipt).found[0].start == 18


def test_offsets_do_not_shift_after_letters_that_change_length_in_lower_case(
    corpus: Corpus,
) -> None:
    receipt = corpus.receipt("İİİ ﬁ İstanbul ßß.\n\nThey met in İzmir in May.", "They met in İzmir")
    assert corpus.verdict(receipt).outcome == "exact"
    corpus.write("İİİİİ ﬁ İstanbul ßß.\n\nThey met in İzmit in May.")
    verdict = corpus.verdict(receipt)
    assert marked(verdict.diff) == "They met in [-İzmir-] {+İzmit+}"
    assert verdict.found[0].text == "They met in İzmit"


def test_chinese_is_compared_by_character_and_numerals_whole(corpus: Corpus) -> None:
    receipt = corpus.receipt("会议在多哈举行。五人出席了会议。", "五人出席了会议。")
    corpus.write("会议在多哈举行。十五人出席了会议。")
    verdict = corpus.verdict(receipt)
    assert verdict.outcome == "changed"
    assert marked(verdict.diff) == "[-五-] {+十五+}人出席了会议。"
    corpus.write("新。会议在多哈举行。五人出席了会议。")
    assert corpus.verdict(receipt).outcome == "moved"


def test_a_missing_corpus_is_an_error_not_a_verdict(corpus: Corpus, tmp_path: Path) -> None:
    receipt = corpus.receipt(RATES, "Nobody objected.")
    with pytest.raises(rag.CorpusError):
        rag.verify([receipt], tmp_path / "none")


def test_verdicts_keep_the_order_of_the_receipts(corpus: Corpus) -> None:
    given_ = [
        corpus.receipt(RATES, words, name)
        for words, name in (("The rate", "b.txt"), ("It rose", "a.txt"), ("Nobody", "b.txt"))
    ]
    assert [verdict.receipt for verdict in rag.verify(given_, corpus.folder)] == given_
    assert rag.verify([], corpus.folder) == ()


# --- properties -------------------------------------------------------------------------------

readable = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n\t"), min_size=1
)


@settings(deadline=None)
@given(readable, st.data())
@example("5 percent", None)
def test_any_slice_of_any_text_verifies_exact(
    scratch: Corpus, text: str, data: st.DataObject | None
) -> None:
    try:
        document = scratch.write(text)
    except rag.ReadError:
        assume(False)
    start, end = 0, len(document.text)
    if data is not None:
        start = data.draw(st.integers(0, end - 1))
        end = data.draw(st.integers(start + 1, end))
    receipt = Quote(document, start, end, 1.0).receipt(time=NOON)
    assert parse_receipts(receipt.to_json()) == (receipt,)
    verdict = scratch.judged(receipt)
    assert (verdict.outcome, verdict.same_file) == ("exact", True)
    assert (verdict.found[0].start, verdict.found[0].end) == (start, end)


word = st.text(st.characters(exclude_categories=["Cs", "Cc", "Z", "Cn", "Co"]), min_size=1)


@settings(deadline=None)
@given(st.lists(word, min_size=2, max_size=20), st.data())
def test_words_moved_by_an_insertion_are_found_at_their_new_place(
    scratch: Corpus, words: list[str], data: st.DataObject
) -> None:
    first = data.draw(st.integers(0, len(words) - 1))
    last = data.draw(st.integers(first + 1, len(words)))
    start = len(" ".join(words[:first])) + bool(first)
    quoted = " ".join(words[first:last])
    inserted = data.draw(st.sampled_from(["New. ", "A new paragraph.\n\n", "İİ\n", "-\t"]))
    try:
        document = scratch.write(" ".join(words))
        receipt = Quote(document, start, start + len(quoted), 1.0).receipt()
        later = scratch.write(inserted + document.text)
    except rag.ReadError:
        assume(False)
    assume(document.text == " ".join(words) and later.text == inserted + document.text)
    verdict = scratch.judged(receipt)
    assert verdict.outcome in ("exact", "moved")  # "a a a" is exact after "a " is put before it
    if verdict.outcome == "moved":
        assert start + len(inserted) in [quote.start for quote in verdict.found]
    assert all(quote.text == quoted for quote in verdict.found)


letters = st.text(st.characters(categories=["Ll", "Lu"]), min_size=1, max_size=8)


@settings(deadline=None)
@given(st.lists(letters, min_size=2, max_size=25, unique_by=str.lower), st.data())
def test_one_changed_word_is_a_change_and_the_diff_shows_exactly_it(
    scratch: Corpus, words: list[str], data: st.DataObject
) -> None:
    assume("0new0" not in words)
    first = data.draw(st.integers(0, len(words) - 2))
    last = data.draw(st.integers(first + 2, len(words)))
    changed = data.draw(st.integers(first, last - 1))
    after = [*words[:changed], "0new0", *words[changed + 1 :]]
    before = data.draw(st.sampled_from(["", "0some 0words 0before 0it. "]))
    try:
        receipt = scratch.receipt(" ".join(words), " ".join(words[first:last]))
        scratch.write(before + " ".join(after))
    except rag.ReadError:
        assume(False)
    verdict = scratch.judged(receipt)
    assert verdict.outcome == "changed"
    assert verdict.found[0].text == " ".join(after[first:last])
    assert [(change.op, change.text) for change in verdict.diff if change.op != "same"] == [
        ("removed", words[changed]),
        ("added", "0new0"),
    ]


@settings(deadline=None)
@given(st.text(max_size=60), st.text(max_size=60))
@example("a b", "a\nb")
@example("İ 5.5", "i̇ -5")
def test_a_word_diff_holds_both_texts_to_the_letter(old: str, new: str) -> None:
    diff = word_diff(old, new)
    assert "".join(change.text for change in diff if change.op != "added") == old
    assert "".join(change.text for change in diff if change.op != "removed") == new
    assert all(change.op == "same" for change in diff) == (old == new)
    assert all(change.text for change in diff)


@settings(deadline=None)
@given(st.text("ab5 .-\n", max_size=40), st.text("ab5 .-\n", min_size=1, max_size=12), st.data())
def test_places_are_all_the_whole_ones_and_nearest_is_within_the_text(
    text: str, words: str, data: st.DataObject
) -> None:
    near = data.draw(st.integers(0, 50))
    found = places(text, words, near)
    every = [at for at in range(len(text)) if text.startswith(words, at)]
    assert sorted(found) == [at for at in every if whole(text, at, at + len(words))]
    assert [abs(at - near) for at in found] == sorted(abs(at - near) for at in found)
    like = nearest(text, words, near)
    if like:
        assert 0 <= like.start < like.end <= len(text)
        assert 0.5 <= like.likeness <= 1


@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        ("a  b", "a b", "only white space differs"),
        ("in crease", "increase", "only white space differs"),
        ("“It's”, he said", '"it’s" he said', "only punctuation, case or white space differs"),
        ("3–5 days", "3-5 days", "only punctuation, case or white space differs"),
        ("5 percent", "6 percent", "words differ"),
        ("5", "-5", "words differ"),
        ("1,000", "1.000", "words differ"),
        ("$5", "€5", "words differ"),
        ("5%", "5", "words differ"),
        ("Maße", "Masse", "words differ"),
        ("10²", "102", "words differ"),
        ("Total\t1\t250", "Total 1250", "words differ"),
        ("In 19 20 people died", "In 1920 people died", "words differ"),
        ("Pay 5. 3 people", "Pay 5.3 people", "words differ"),
        ("See note 3\n4 people", "See note 34 people", "words differ"),
        ("1 5 percent", "15 percent", "words differ"),
        ("5 kg", "5kg", "only white space differs"),
        ("–5 °C", "5 °C", "words differ"),
        ("–5 °C", "−5 °C", "only punctuation, case or white space differs"),
        ("- 5", "5", "words differ"),
        ("-$5", "$5", "words differ"),
        ("(500)", "500", "words differ"),
        ("was (500) euros", "was 500 euros", "words differ"),
        ("(1) The tenant", "1. The tenant", "only punctuation, case or white space differs"),
        ("5 MW", "5 mW", "words differ"),
        ("5mW", "5MW", "words differ"),
        ("5 Percent", "5 percent", "only punctuation, case or white space differs"),
        ("x = -y", "x = y", "words differ"),
        ("x - 5", "x 5", "words differ"),
        ("5′ 3″", "5″ 3′", "words differ"),
        ("Permitted?", "Permitted.", "words differ"),
        (
            "a house – a big one",
            "a house, a big one",
            "only punctuation, case or white space differs",
        ),
        ("1’000", "1'000", "only punctuation, case or white space differs"),
    ],
)
def test_a_slight_difference_is_never_called_slighter_than_it_is(
    old: str, new: str, kind: str
) -> None:
    assert difference(old, new) == kind
    assert difference(new, old) == kind


@pytest.mark.parametrize("letters", ["a", "é", "a-"])
def test_a_long_run_of_letters_is_looked_through_in_no_time(letters: str) -> None:
    text = (letters * 500_000)[:500_000]
    started = time.process_time()
    assert places(text, text[:19_989]) == []
    assert time.process_time() - started < 4


def test_pages_of_chinese_are_compared_in_seconds() -> None:
    letters = random.Random(1)
    text = "".join(chr(letters.randint(0x4E00, 0x9FF0)) for _ in range(200_000))
    sought = "".join(letter if n % 40 else "丁" for n, letter in enumerate(text[90_000:99_000]))
    started = time.process_time()
    like = nearest(text, sought)
    assert time.process_time() - started < 5
    assert like
    assert (like.start, like.end) == (90_000, 99_000)


def test_the_nearest_text_in_a_long_document_is_found_in_no_time() -> None:
    sentence = "The committee of {0} decided that item {0} of list {1} be put off until week {2}."
    text = " ".join(sentence.format(n, n * 7 % 1000, n * 13 % 53) for n in range(13_000))
    assert len(text) > 1_000_000
    sought = sentence.format(9001, 9001 * 7 % 1000, 53)
    started = time.process_time()
    like = nearest(text, sought)
    assert time.process_time() - started < 3  # 0.3 s on a machine that does nothing else
    assert like
    assert text[like.start : like.end] == sentence.format(9001, 9001 * 7 % 1000, 9001 * 13 % 53)
    long = text[500_000:519_000].replace("decided", "resolved")
    started = time.process_time()
    like = nearest(text, long)
    assert time.process_time() - started < 10
    assert like
    assert abs(like.start - 500_000) < 20


# --- untrusted JSON ---------------------------------------------------------------------------


def valid() -> dict[str, Any]:
    document = Document("a.txt", "A", RATES, (), "f" * 64, "text 1")
    fields: dict[str, Any] = json.loads(Quote(document, 0, 26, 0.9).receipt(time=NOON).to_json())
    return fields


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"format": 3}, "format is 3; expected 1 or 2"),
        ({"format": True}, "format is True; expected 1 or 2"),
        ({"format": 1}, "unknown field 'columns'"),
        ({"columns": None}, "columns is None; expected a text"),
        ({"quote": ""}, "quote is ''; expected a text of 1 to"),
        ({"quote": "The rate did also increase"}, "does not have the hash"),
        ({"quote": "The rate did increase."}, "0–26 are 26 characters; expected"),
        ({"quote": "x" * (MAX_QUOTE_CHARS + 1)}, "expected a text of 1 to 20,000"),
        ({"quote": "\ud800" * 26}, "quote is "),
        ({"quote_sha256": "F" * 64}, "small hexadecimal"),
        ({"file_sha256": "f" * 63}, "file_sha256 is "),
        ({"text_sha256": None}, "text_sha256 is None"),
        ({"start": -1}, "start is -1; expected a whole number from 0"),
        ({"start": 0.0}, "start is 0.0"),
        ({"start": False}, "start is False"),
        ({"end": "26"}, "end is '26'"),
        ({"end": 10**15}, "end is 1000000000000000"),
        ({"document": ""}, "document is ''"),
        ({"document": "../../etc/passwd"}, "expected a path relative to the corpus"),
        ({"document": "a/../../b.txt"}, "expected a path relative to the corpus"),
        ({"document": "/etc/passwd"}, "expected a path relative to the corpus"),
        ({"document": "a\0.txt"}, "expected a path relative to the corpus"),
        ({"document": ["a.txt"]}, "document is a list"),
        ({"pages": [2, 1]}, "pages is a list; expected"),
        ({"pages": [0]}, "pages is a list; expected"),
        ({"pages": [1, 2, 3]}, "pages is a list; expected"),
        ({"section": 5}, "section is 5"),
        ({"time": "2026-03-01 12:00"}, "time is '2026-03-01 12:00'; expected a time in UTC"),
        ({"time": "2026-13-01T12:00:00Z"}, "expected a time in UTC"),
        ({"time": "2026-03-01T12:00:00+02:00"}, "expected a time in UTC"),
        ({"title": "x" * 5000}, "title is "),
        ({"signed": True}, "unknown field 'signed'"),
    ],
)
def test_a_malformed_receipt_says_what_is_wrong_and_what_was_expected(
    change: dict[str, Any], message: str
) -> None:
    with pytest.raises(rag.ReceiptError) as caught:
        parse_receipts(json.dumps(valid() | change), "r.json")
    assert str(caught.value).startswith("r.json")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400


def test_a_receipt_of_the_first_format_stays_what_it_was(corpus: Corpus) -> None:
    corpus.write(RATES)
    told = json.loads(corpus.receipt(RATES, "It rose by 5 percent").to_json())
    assert (told["format"], told.pop("columns")) == (2, "")
    earlier = json.dumps(told | {"format": 1}, ensure_ascii=False, indent=2) + "\n"
    (receipt,) = parse_receipts(earlier)
    assert receipt.columns is None
    assert receipt.to_json() == earlier
    assert corpus.verdict(receipt).outcome == "exact"


def test_a_rows_receipt_tells_what_its_columns_are_called(corpus: Corpus) -> None:
    receipt = corpus.receipt("Item,Price\nChair,40\nTable,90\n", "Table\t90", "a.csv")
    assert receipt.columns == "Item | Price"
    assert json.loads(receipt.to_json())["columns"] == "Item | Price"
    corpus.write("Item,Stock\nChair,40\nTable,90\n", "a.csv")
    verdict = corpus.verdict(receipt)
    assert verdict.outcome in ("exact", "moved")
    assert "its columns are 'Item | Stock', the receipt says 'Item | Price'" in verdict.note


@pytest.mark.parametrize("name", list(valid()))
def test_every_field_must_be_there(name: str) -> None:
    fields = valid()
    del fields[name]
    with pytest.raises(rag.ReceiptError, match=f"has no field '{name}'"):
        parse_receipts(json.dumps(fields))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "null",
        "5",
        "{",
        "[" * 100_000,
        '{"title": ' + "[" * 900 + "]" * 900 + "}",
        '{"format": ' + "9" * 10_000 + "}",
        '{"format": NaN}',
        '{"format": 1, "format": 1}',
        b"\xff\xfe\x00",
        b"\x80",
        '"\ud800"',
        b" " * (MAX_JSON_BYTES + 1),
    ],
)
def test_what_is_not_a_receipt_is_refused(text: str | bytes) -> None:
    with pytest.raises(rag.ReceiptError):
        parse_receipts(text)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(list(valid())), anything, min_size=1))
def test_hostile_fields_are_refused_or_harmless(scratch: Corpus, fields: dict[str, Any]) -> None:
    scratch.write(RATES)
    try:
        receipts = parse_receipts(json.dumps(valid() | fields))
    except rag.ReceiptError:
        return
    assert len(rag.verify(receipts, scratch.folder)) == 1


@settings(deadline=None)
@given(st.binary() | st.text() | anything.map(json.dumps))
def test_hostile_json_raises_nothing_but_a_receipt_error(text: str | bytes) -> None:
    with pytest.raises(rag.ReceiptError):
        parse_receipts(text)


@pytest.mark.parametrize(
    "spell",
    [
        lambda outside: "../secret.txt",
        lambda outside: "sub/../../secret.txt",
        lambda outside: str(outside),
        lambda outside: "link.txt",
        lambda outside: "sub/secret.txt",
        lambda outside: "loop",
        lambda outside: ".",
        lambda outside: "x" * 5000,
        lambda outside: "a\0b",
        lambda outside: "\udcff.txt",
    ],
)
def test_a_receipt_cannot_read_outside_the_corpus(
    corpus: Corpus, spell: Callable[[Path], str]
) -> None:
    """Even one built by hand, past the parser."""
    outside = corpus.folder.parent / "secret.txt"
    outside.write_text("secret words of the operator")
    (corpus.folder / "link.txt").symlink_to(outside)
    (corpus.folder / "sub").symlink_to(outside.parent)
    (corpus.folder / "loop").symlink_to(corpus.folder / "loop")
    made = corpus.receipt("secret words\n", "secret words")
    verdict = corpus.verdict(replace(made, document=spell(outside)))
    assert (verdict.outcome, verdict.found, verdict.same_file) == ("gone", (), None)
    assert "operator" not in verdict.note
