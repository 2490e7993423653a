"""A quote takes in what it must not be read without, and no more than that."""

from __future__ import annotations

import pytest
from reading import document

from rag.widen import leaned, widened


def leaning(text: str, quoted: str) -> str:
    held = document(text)
    start = held.text.index(quoted)
    return held.text[slice(*leaned(held, start, start + len(quoted)))]


def wide(text: str, quoted: str) -> str:
    held = document(text)
    start = held.text.index(quoted)
    return held.text[slice(*widened(held, start, start + len(quoted)))]


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ("Penicillin is given. If allergic, give X 500 mg instead.", "If allergic"),
        ("Wasps build. They sting.", "They sting."),
        ("Are dogs allowed? No, except guide dogs.", "No, except guide dogs."),
        ("Tools, toys and books are sold. Any of these may be returned.", "Any of these"),
        ("Team has folders and a log. Plus has none of these.", "Plus has"),
        ("Dogs must be led. The same applies to cats.", "The same"),
        ("Clerks sign up to £100. Claims above this amount need two.", "Claims above"),
        ("Forty miles are free. Travel beyond it is charged.", "Travel"),
        ("War may end it. In that event, the deposit is forfeited.", "In that event"),
        ("A class may be cancelled. If so, a full refund is paid.", "If so"),
        ("Members pay £6. In all other cases the fee is £40.", "In all other"),
        ("Members pay £6. Others pay £8.", "Others"),
        ("The lift opens in May. Until then, the stairs are used.", "Until then"),
        ("Rent is due at once. Failing this, the lease ends.", "Failing this"),
    ],
)
def test_a_sentence_that_leans_takes_the_one_before(text: str, quoted: str) -> None:
    whole = text[text.index(quoted) :]
    assert leaning(f"Rain fell all day. {text}", whole) == text


@pytest.mark.parametrize(
    "text",
    [
        "Rain fell. Give X instead of Y.",
        "What fell? Rain fell.",
        "Rain fell. No, never again.",
        "Rain fell. None of those who stayed was hurt.",
        "Rain fell. All of these rules apply to guests.",
        "Rain fell. None of the dogs bark.",
        "Rain fell. Each of them barks at noon.",
        "Rain fell. The same day dogs barked.",
        "Rain fell. Dogs ran over this bridge.",
        "Rain fell. Lamps hang above it.",
        "Rain fell. In this policy dogs are pets.",
        "Rain fell. With those who stayed dogs ran.",
        "Rain fell. If it snows, dogs stay.",
        "Rain fell. Other dogs stayed.",
    ],
)
def test_a_sentence_that_stands_by_itself_takes_none(text: str) -> None:
    quoted = text[text.index(" ", 9) + 1 :]
    assert leaning(text, quoted) == quoted


@pytest.mark.parametrize(
    "limit",
    [
        "This does not apply if rent is owed.",
        "This limit does not apply to dogs.",
        "It only applies in May.",
        "Exceptions: journeys under a mile.",
        "Exceptions are listed below.",
        "Except on Sundays.",
        "Unless rent is owed.",
        "Provided that no rent is owed.",
        "However, they may not be left alone.",
        "But guests must leave by noon.",
        "However, this does not apply to cats.",
        "This does\nnot apply to cats.",
        "This does\u00a0not  apply to cats.",
        "This doesn’t apply to cats.",
        "**This does not apply to cats**.",
        "(This does not apply to cats.)",
        "However, they\nmust not bark.",
        "The foregoing does not apply to cats.",
        "This paragraph does not apply to cats.",
        "It does not include cats.",
        "This does not cover cats.",
        "It excludes cats.",
        "Dogs above this age need a lead.",
        "Outside these hours only guests may.",
        "But not in summer.",
        "Only on a lead.",
        "However, no refund is given for dogs that bark.",
        "However, tenants of the ground floor may not keep dogs.",
        "But no dogs in summer.",
        "Not valid on Sundays.",
        "Cannot be combined with other offers.",
        "Excludes Sundays.",
        "Subject to availability.",
        "An exception is made for cats.",
        "There is one exception: Sundays.",
        "Save that no rent may be owed.",
        "These restrictions do not apply to guests.",
        "Note: this does not apply on Sundays.",
        "This is no longer the case.",
        "This rule was repealed in 2020.",
        "The motion was defeated.",
    ],
)
def test_a_limit_right_behind_is_quoted_with_what_it_limits(limit: str) -> None:
    text = f"Rain fell. Dogs may stay. {limit} Hail fell."
    assert wide(text, "Dogs may stay.") == f"Dogs may stay. {limit}"


@pytest.mark.parametrize(
    "behind",
    [
        "However, most people have cats.",
        "But some say that they bark.",
        "Except in the garden, dogs must be led.",
        "Unless otherwise told, we clean at noon.",
        "Provided is a bowl.",
        "This policy tells what else may stay.",
        "Exceptional dogs win prizes.",
        "Only in May did they bark.",
        "Never before were there so many.",
        "Not all of them bark.",
        "Dogs over this town bark.",
        "It does not bark.",
        "Exceptions prove rules, some say.",
        "This was a motion of the north.",
        "The proposal was read out.",
        "Noted dogs win prizes.",
    ],
)
def test_what_limits_nothing_is_left_out(behind: str) -> None:
    assert wide(f"Rain fell. Dogs may stay. {behind} Hail fell.", "Dogs may stay.") == (
        "Dogs may stay."
    )


def test_a_limit_in_another_paragraph_is_left_out() -> None:
    text = "Dogs may stay.\n\nThis does not apply to cats."
    assert wide(text, "Dogs may stay.") == "Dogs may stay."


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ('"We waited. We can wait," he said.', 'We can wait," he said.'),
        ('"There is no plan. We lose."', '"There is no plan.'),
        ("“There is no plan. We lose.”", "“There is no plan."),
        ("„Es gibt nichts. Gar nichts“, sagte er.", "Gar nichts“, sagte er."),
        ("«Il n'y a rien. Rien.»", "Rien.»"),
        ("»Es gibt nichts. Gar nichts«, log er.", "Gar nichts«, log er."),
        ("‘The lift’s safe. The stairs aren’t,’ he lied.", "‘The lift’s safe."),
    ],
)
def test_speech_is_not_cut_inside_its_marks(text: str, quoted: str) -> None:
    assert wide(f"Rain fell. {text} Hail fell.", quoted) == text


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ('He said "no". Dogs may stay. He said "yes".', "Dogs may stay."),
        ('A pipe of 5" is used. Dogs may stay. One of 6" is not.', 'A pipe of 5" is used.'),
        ('"A. Dogs may stay. B."', "Dogs may stay."),
        (f'"Dogs may stay. {"Rain fell. " * 60}So it was."', '"Dogs may stay.'),
        ('"Dogs may stay. It was so.', '"Dogs may stay.'),
    ],
)
def test_marks_that_are_whole_or_too_far_apart_widen_nothing(text: str, quoted: str) -> None:
    assert wide(text, quoted) == quoted


@pytest.mark.parametrize("quoted", ["(a) fire; or", "(b) flood,"])
def test_the_words_that_close_a_list_are_quoted_with_its_items(quoted: str) -> None:
    text = (
        "The Tenant shall not be liable for:\n\n(a) fire; or\n\n(b) flood,\n\n"
        "unless caused by the Tenant."
    )
    assert wide(f"Rain fell.\n\n{text}\n\nHail fell.", quoted) == text


@pytest.mark.parametrize("behind", ["unless it rains, dogs stay.", "Unless it rains, dogs stay."])
def test_what_stands_behind_a_list_that_has_ended_is_left_out(behind: str) -> None:
    text = f"Dogs need:\n\n- a lead\n\n- a tag.\n\n{behind}"
    assert wide(text, "- a tag.") == "Dogs need:\n\n- a lead\n\n- a tag."


def test_a_sentence_cut_for_its_length_is_quoted_with_the_part_that_turns_it() -> None:
    items = "; ".join(f"({n}) {'damage of some kind ' * 6}" for n in range(1, 12))
    text = f"The insurer shall not be liable for: {items}; theft of bicycles; and frost."
    assert wide(f"{text} Rain fell.", "theft of bicycles; and frost.") == text
    paid = f"The seller shall pay for: {items}; unless the buyer failed to give notice."
    assert wide(f"{paid} Rain fell.", paid[:900]) == paid
    plain = text.replace("not ", "")
    assert wide(plain, "theft of bicycles; and frost.") == "theft of bicycles; and frost."
