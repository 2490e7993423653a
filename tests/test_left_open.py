"""What the reader learns of questions that are left open is what it says."""

from __future__ import annotations

import json

import pytest
from conftest import ROOT
from recipes import load_recipe


def test_a_passage_without_its_answer_keeps_all_other_sentences_in_their_places() -> None:
    recipe = load_recipe("left_open")
    text = "Lease\nThe rent is 40. It is due monthly. Dogs must be led. Rent of 40 is low."
    sentences = ["The rent is 40.", "It is due monthly.", "Dogs must be led.", "Rent of 40 is low."]
    spans = tuple((text.index(s), text.index(s) + len(s)) for s in sentences)
    forty = text.index("40")
    pair = recipe.Pair("What is the rent?", text, spans, (0,), ((forty, forty + 2),))
    cut = recipe.without_answer(pair)
    assert cut.text == "Lease\nIt is due monthly. Dogs must be led."
    assert [cut.text[slice(*span)] for span in cut.spans] == sentences[1:3]
    assert (cut.gold, cut.answers) == ((), ())
    alone = recipe.Pair("What is the rent?", text[:21], spans[:1], (0,), ())
    assert recipe.without_answer(alone) is None


@pytest.mark.parametrize("name", ["fields.jsonl", "situations.jsonl", "close_calls.jsonl"])
def test_every_answer_of_the_documents_of_other_fields_stands_in_its_document(name: str) -> None:
    lines = (ROOT / "training" / name).read_text("utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    assert len({row["file"] for row in rows}) == len(rows) > 100
    for row in rows:
        text = " ".join(row["text"].split())
        answers = [answer for _, *given in row["questions"] for answer in given]
        assert all(answer in text for answer in answers), row["file"]
        assert any(not given for _, *given in row["questions"]), row["file"]
