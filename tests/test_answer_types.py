"""What a sentence must hold to answer "how many" or "when": a word of many kinds, not a digit."""

from __future__ import annotations

import pytest

from rag.answer_types import lacks_answer

ANSWERED = [
    ("How many exceptions were noted?", "No exceptions were noted during the audit."),
    ("How many directors dissented?", "None of the directors dissented."),
    ("How many directors dissented?", "Nobody dissented."),
    ("How many patients withdrew?", "Several patients withdrew."),
    ("How many departments were audited?", "Every department was audited."),
    ("How many springs have been dry?", "It was the fifth dry spring in a row."),
    ("How many cups of sugar are stirred in?", "Stir ¾ cup of sugar in."),
    ("How many children were born?", "Twins were born."),
    ("How long is the warranty?", "It is a lifetime warranty."),
    ("How long is the discount granted?", "For as long as you study."),
    ("How long is the logbook kept?", "It is kept until the ship is sold."),
    ("How long is my data kept?", "We do not keep your data."),
    ("How long must the essay be?", "The essay is a page."),
    ("How long does the ban last?", "The ban is permanent."),
    ("How long ago did it close?", "It closed with the mine."),
    ("When did the attack begin?", "It began at dawn."),
    ("When was the curfew?", "It was from dusk to sunrise."),
    ("Who decides how many people may attend?", "The fire officer decides."),
    ("Is it known how many there were?", "It is not known."),
    ("How many keys open the vault?", "Only the manager's key opens it."),
    ("How many complaints were upheld?", "The complaints were never upheld."),
    ("How many bidders qualified?", "Neither bidder qualified."),
    ("Which day is the clinic closed?", "The clinic is closed on Sundays."),
    ("Which day is the clinic closed?", "The clinic is closed on weekends."),
    ("What month is the review?", "The review is in Sept. or Oct."),
    ("What day is the meeting?", "The board meets Mon. and Thurs."),
    (
        "What date is the Effective Date?",
        "The Effective Date is the date on which both have signed.",
    ),
    ("What date does the option expire?", "The option expires at the Closing."),
    ("What date is the fee due?", "The fee is due quarterly."),
    ("How many copies of the claim form must be sent?", "The form must be sent in duplicate."),
    ("How many years does the battery warranty last?", "The battery warranty lasts a year."),
    ("How many months' rent is the deposit?", "The deposit is a month's rent."),
    ("How many tablets should I take?", "Take a tablet at bedtime."),
    ("How many friends may each guest bring", "A guest may bring a close friend."),
    ("When were blood samples taken?", "Samples were taken at baseline and at discharge."),
    ("When was the dose given?", "It was given on admission."),
    ("When did the fault occur?", "It occurred at shift change."),
    ("When was the hall repaired?", "It was repaired over the Whitsun recess."),
    ("When was the tear seen?", "It was seen intraoperatively."),
    ("When was the error found?", "It was found in the course of the audit."),
    ("What is the fee for a copy?", "Copies are free."),
    ("What number of planet is it?", "It is the fifth planet."),
    ("What percentage of tenants agreed?", "Most tenants agreed."),
    ("What is the price of breakfast?", "Breakfast is included in the room rate."),
    ("How much does parking cost?", "Parking is complimentary for guests."),
    ("What is the price of the suite?", "Suite\ton request"),
    ("How high is the risk of a rash?", "The risk of a rash is low."),
    ("How old is the bridge?", "The bridge is centuries old, from 1650."),
    ("What is the main cost of delay?", "It is a cost of £2 a day."),
    ("What is a rate of return an effect of?", "It is an effect of inequality."),
    ("What does the price depend on?", "It depends on the season."),
    ("How long do you keep records?", "Records are kept until the case is closed."),
]
ASKS_SOMETHING_ELSE = [
    "What year-end adjustments were made?",
    "What year end adjustments were made?",
    "What month-end procedures does the controller perform?",
    "Which date\u2010time format is used?",
    "Which day-to-day tasks were delegated?",
    "Which day trips does the hotel offer?",
    "Which year groups go on the trip?",
    "What date format is used?",
]


@pytest.mark.parametrize(("question", "sentence"), ANSWERED)
def test_a_sentence_with_a_count_or_a_date_of_any_kind_may_answer(
    question: str, sentence: str
) -> None:
    assert not lacks_answer(question, sentence)


@pytest.mark.parametrize("question", ASKS_SOMETHING_ELSE)
def test_a_date_is_wanted_only_where_one_is_asked_for(question: str) -> None:
    assert not lacks_answer(question, "The controller reconciles accounts.")


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("How many wasps make paper nests?", "Wasps make paper nests in the garden."),
        ("When did wasps make paper nests?", "Wasps make paper nests in the sun."),
        ("When did wasps make nests?", "Wasps make nests at the gate, on a beam and on it."),
        ("How many copies must be sent?", "The form must be sent to a clerk."),
        ("What year did the audit begin?", "The audit was thorough."),
        ("How long does the programme take?", "The programme is for dishes."),
        ("For how long is the licence granted?", "The licence is granted to the holder."),
        ("Which day is the clinic closed?", "The clinic is closed to visitors."),
        ("What is the salary of Anna Krause?", "Anna Krause joined the board as a director."),
        ("What's the weight of the pump?", "The pump stands in the cellar."),
        ("How tall is the mast?", "The mast stands on the roof."),
        ("How much did the repair cost?", "The repair was paid for by the insurer."),
        ("In what year-long study, and in what year, was it found?", "It was found in mice."),
    ],
)
def test_a_sentence_without_any_does_not_answer(question: str, sentence: str) -> None:
    assert lacks_answer(question, sentence)
