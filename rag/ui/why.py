"""Why a quote was chosen: folded under it, for whoever wants to judge the search itself."""

from __future__ import annotations

from rag.types import Quote
from rag.ui.markup import Html, element, join


def why_this(quote: Quote) -> Html | None:
    """The quote's evidence, ranks and shared words; None where no question was asked."""
    why = quote.why
    if why is None:
        return None
    ranks = (
        (why.dense_rank, "in meaning"),
        (why.lexical_rank, "in words"),
        (why.rank, "once read with the question"),
    )
    told = ", ".join(f"{_ordinal(rank)} {how}" for rank, how in ranks if rank is not None)
    rows = [
        ("Evidence", f"{quote.relevance:.2f} of 1"),
        ("Its passage", told),
        ("Scores", f"passage {why.passage:+.1f}, sentence {why.sentence:+.1f}"),
    ]
    if why.words:
        rows.insert(1, ("Words of the question", ", ".join(why.words)))
    return element(
        "details",
        element("summary", "Why this quote"),
        element(
            "dl",
            *(
                join([element("dt", name), element("dd", value, dir="auto")])
                for name, value in rows
            ),
        ),
        class_="why",
    )


def _ordinal(number: int) -> str:
    last = 0 if number % 100 in (11, 12, 13) else number % 10
    return f"{number:,}" + {1: "st", 2: "nd", 3: "rd"}.get(last, "th")
