"""An item of a list is shown with the line that it goes on from, and conditions all together."""

from __future__ import annotations

import pytest
from reading import document

from rag.document import Document
from rag.findings import find
from rag.lists import FAR, lead_in, stranded, whole_list


def led(held: Document, words: str) -> str | None:
    """From what an item goes on from to these words."""
    start = held.text.index(words)
    above = lead_in(held, start)
    return None if above is None else held.text[above : start + len(words)]


@pytest.mark.parametrize(
    ("kind", "source", "item", "lead"),
    [
        ("md", "The policy does not cover:\n\n- war\n- hail", "hail", "The policy does not"),
        ("md", "We pay for:\n\n- war\n- hail", "hail", "We pay for:"),
        ("md", "Rain fell. We pay for:\n\n- war\n- hail", "hail", "We pay for:"),
        # Typed as paragraphs, as in contracts and mail.
        ("html", "<p>You must not:</p><p>(a) smoke;</p><p>(b) cook.</p>", "(b) cook", "You must"),
        ("html", "<div>we do not pay for:</div><div>- the hotel</div>", "- the hotel", "we do not"),
        ("html", "<p>6.2 You must not:</p><p>6.2.1 smoke</p><p>6.2.2 cook</p>", "6.2.2", "6.2 You"),
        ("html", "<p>We do not pay for:</p><p>frost</p><p>theft</p>", "theft", "We do not"),
        ("html", "<p>You must not:</p><p>(h) cook</p><p>(i) sew</p>", "(i) sew", "You must not"),
        ("html", "<p>1. You may:</p><p>(a) x</p><p>2. Never:</p><p>(a) y</p>", "(a) y", "2. Never"),
        # Other marks, and none.
        ("md", "This does not cover—\n\n- frost\n- cash", "cash", "This does not cover—"),
        ("md", "You cannot apply if **you**:\n\n- owe rent", "owe rent", "You cannot apply"),
        ("html", "<p>You must not</p><ul><li>Smoke<li>Cook</ul>", "Cook", "You must not"),
        ("html", "<p>The following are excluded.</p><ul><li>War</ul>", "War", "The following"),
        ("html", "<p>What is not covered?</p><ul><li>War<li>Hail</ul>", "Hail", "What is not"),
        # A heading.
        ("md", "## We never refund\n\n- Fines\n- Drinks", "Drinks", "We never refund"),
        ("md", "## Take it if you\n\n- are well\n- are old", "are old", "Take it if you"),
        ("txt", "TERMS\n\nThe Hirer must not\n\n(a) smoke;\n(b) cook.\n", "(b) cook", "The Hirer"),
        # A paragraph between two items that are counted.
        (
            "html",
            "<p>We do not cover:</p><p>(a) theft.</p><p>Theft means taking.</p><p>(b) frost.</p>",
            "(b) frost",
            "We do not",
        ),
        # A list within a list.
        ("md", "You may not if:\n\n- convicted of:\n  - theft\n- poor", "theft", "You may not if"),
    ],
)
def test_an_item_goes_on_from_the_line_above_its_list(
    kind: str, source: str, item: str, lead: str
) -> None:
    held = document(source, kind)
    assert (led(held, item) or "").startswith(lead)
    (finding,) = find(item, [held])
    assert finding.sentence is not None
    assert finding.sentence.text.startswith(lead), "and words cut out of it are told as a part"


@pytest.mark.parametrize(
    ("kind", "source", "item"),
    [
        ("md", "We pay for war.\n\n- hail", "hail"),
        ("md", "## Added\n\n- A new command\n- A new page", "A new page"),
        ("md", "## If the paper jams\n\n- Open it\n- Close it", "Close it"),
        ("md", "## We never refund\n\nWe are sorry.\n\n- fines", "fines"),
        ("md", "You may:\n\n- cook\n\nRain fell.\n\n- sew", "sew"),
        ("html", "<p>You may:</p><p>(a) cook</p><p>Rain fell.</p><p>(a) sew</p>", "(a) sew"),
        # Clauses below a heading are sentences; a clause is no item of the clause before it.
        ("html", "<h2>Restrictions</h2><p>7.1 No dogs.</p><p>7.2 Cats may stay.</p>", "7.2 Cats"),
        ("html", "<p>7.1 You may if:</p><ul><li>well</ul><p>7.2 Cats stay.</p>", "7.2 Cats"),
        ("html", "<p>1. You may:</p><p>(a) cook</p><p>2. Cats stay.</p>", "2. Cats"),
        # A paragraph that goes on over a page's end, and a letter's opening.
        ("html", "<h2>No refunds</h2><p>and so it went on.</p>", "and so"),
        ("html", "<p>Dear Bob,</p><ul><li>the hotel</ul>", "the hotel"),
    ],
)
def test_what_is_no_items_line_above_is_left_alone(kind: str, source: str, item: str) -> None:
    assert led(document(source, kind), item) is None


def long_list(lead: str, characters: int) -> Document:
    items = [f"- {'damage of the kind ' * 4}{n};" for n in range(characters // 80)]
    return document("\n".join([lead, "", *items, "- hearing aids"]))


def test_a_line_that_denies_or_limits_is_shown_from_far_away() -> None:
    for lead in ("This policy does not cover:", "You can apply if:", "Exclusions:"):
        assert (led(long_list(lead, 1_600), "hearing aids") or "").startswith(lead)
        assert not stranded(long_list(lead, 1_600), 1_650)
    assert led(long_list("To change the drum:", 1_600), "hearing aids") is None


@pytest.mark.parametrize(
    "sign", ["II.", "V.", "(bb)", "①", "→", "☐", "1a)", "[2]", "-", "(b)", "2."]
)
def test_an_item_is_one_whatever_it_is_counted_with(sign: str) -> None:
    firsts = {"II.": "I.", "V.": "IV.", "(bb)": "(aa)", "[2]": "[1]", "(b)": "(a)", "2.": "1."}
    lines = ["We do not cover:", f"{firsts.get(sign, sign)} War", f"{sign} Theft of bicycles"]
    held = document("\n\n".join(lines), "txt")
    assert led(held, "Theft") == held.text[: held.text.index("Theft")] + "Theft"


def test_a_table_between_two_items_parts_no_list() -> None:
    text = "We do not cover:\n\n- war\n\n| Note |\n|---|\n| See part 2 |\n\n- theft of bicycles\n"
    assert (led(document(text), "theft") or "").startswith("We do not cover:")


def test_a_table_of_one_column_that_denies_is_a_list() -> None:
    rows = "\n|---|\n| War |\n| Theft of bicycles |\n"
    assert (led(document(f"| Not covered |{rows}"), "Theft") or "").startswith("Not covered")
    assert led(document(f"| Covered |{rows}"), "Theft") is None


@pytest.mark.parametrize(
    "line",
    [
        "The duties are not limited to:", "The Supplier shall, without prejudice to the rest:",
        "The report was noted without comment, and they then decided:", "Resolution No. 12:",
        "In this Agreement, unless the context otherwise requires:", "At no extra cost you get:",
    ],
)  # fmt: skip
def test_a_formula_denies_nothing(line: str) -> None:
    assert led(long_list(line, 1_600), "hearing aids") is None
    held = long_list(line, 2 * FAR)
    assert not stranded(held, held.text.index("hearing aids"))


def test_a_list_without_end_is_gone_through_once() -> None:
    held = long_list("This policy does not cover:", 300_000)
    at = held.text.index("hearing aids")
    assert stranded(held, at)
    items = [block for block in held.blocks if block.kind == "item"]
    assert len(held.list_leads) == len(items), "all of them are known then"
    assert set(held.list_leads.values()) == {0}


def test_an_item_too_far_from_a_line_that_denies_is_stranded() -> None:
    held = long_list("This policy does not cover:", 2 * FAR)
    at = held.text.index("hearing aids")
    assert lead_in(held, at) is None
    assert stranded(held, at)
    held = long_list("To change the drum:", 2 * FAR)
    assert not stranded(held, held.text.index("hearing aids"))
    held = long_list("# We never pay for", 2 * FAR)
    assert not stranded(held, held.text.index("hearing aids")), "the citation names the heading"


def test_what_an_item_says_further_on_stands_by_itself() -> None:
    for characters in (1_600, 2 * FAR):
        text = long_list("This policy does not cover:", characters).text
        held = document(text.replace("hearing aids", "Hearing aids. They break often."))
        assert led(held, "They break") is None
        assert not stranded(held, held.text.index("They break"))
    near = document("You cannot return:\n\n- Software. This is any download.")
    assert led(near, "This is") == "You cannot return:\n\n- Software. This is"


@pytest.mark.parametrize(
    ("source", "quoted", "whole"),
    [
        # The line above a list, alone.
        ("You may, provided that:\n\n- x\n- y\n\nRain.", "You may, provided that:", "y"),
        ("Bring:\n\n- x\n- y\n\nRain.", "Bring:", "y"),
        # An item of one that holds only as a whole.
        ("If all of these are true:\n\n- x\n- y\n- z", "If all of these are true:\n\n- x", "z"),
        ("Stay if you:\n\n- are x;\n- are y; and\n- are z.", "Stay if you:\n\n- are x;", "z."),
        # Any other is true without the rest.
        ("You may if you:\n\n- are x; or\n- are y.", "You may if you:\n\n- are x; or", "x; or"),
        ("You must:\n\n- pay; and\n- go.", "You must:\n\n- pay; and", "pay; and"),
        ("Bring all of the following:\n\nRain fell.", "Bring all of the following:", "following:"),
    ],
)  # fmt: skip
def test_a_quote_takes_the_list_that_it_holds_only_with(
    source: str, quoted: str, whole: str
) -> None:
    held = document(source)
    end = whole_list(held, 0, len(quoted))
    assert held.text[:end].endswith(whole)


def test_the_list_of_a_clause_ends_at_the_next_clause() -> None:
    held = document("<p>7.1 You may if:</p><p>(a) well</p><p>7.2 Cats stay.</p>", "html")
    end = whole_list(held, 0, held.text.index("\n"))
    assert held.text[:end].endswith("(a) well")


def test_a_list_beyond_measure_is_not_taken() -> None:
    held = long_list("You can apply if all of the following are true:", 2 * FAR)
    end = held.text.index("\n")
    assert whole_list(held, 0, end) == end
