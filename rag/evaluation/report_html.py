"""An evaluation as one HTML file that needs nothing else: figures, plots, the worst cases to read.

Questions, quotes and file names in it are hostile text; they pass through `rag.ui.markup` alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rag.evaluation import plots, record
from rag.evaluation.results import Evaluation, Outcome, Quoted
from rag.ui.markup import Html, element, standalone

_WORST = 15
_MOST_CHARS = 600

_STYLE = """
:root { color-scheme: light dark; --paper: #f7f6f2; --surface: #fff; --ink: #1c2025;
  --quiet: #575e67; --line: #d5d1c6; --accent: #0a5a6a; --other: #a34a00; --mark: #fbe6a0; }
@media (prefers-color-scheme: dark) { :root { --paper: #14171a; --surface: #1c2024;
  --ink: #e9e7e2; --quiet: #a5abb2; --line: #394047; --accent: #7fc8d6; --other: #f0a060;
  --mark: #5e4c10; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 62rem; padding: 2rem 1.25rem 4rem; background: var(--paper);
  color: var(--ink); font: 1rem/1.55 system-ui, sans-serif; }
h1, h2, h3 { line-height: 1.25; } h2 { margin-top: 2.5rem; } h3 { margin: 0 0 .5rem; }
p, figcaption, .quiet { color: var(--quiet); }
table { border-collapse: collapse; width: 100%; } .wide { overflow-x: auto; }
th, td { text-align: left; padding: .3rem .75rem .3rem 0; border-bottom: 1px solid var(--line);
  vertical-align: top; font-weight: normal; } thead th { color: var(--quiet); }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
figure, article { margin: 1rem 0; padding: 1rem 1.25rem; background: var(--surface);
  border: 1px solid var(--line); border-radius: .5rem; }
svg { width: 100%; height: auto; } svg text { fill: var(--quiet); font-size: 12px; }
.end { text-anchor: end; } .middle { text-anchor: middle; }
.grid { stroke: var(--line); } .line { fill: none; stroke: var(--accent); stroke-width: 2; }
circle, .full { fill: var(--accent); }
.hollow { fill: none; stroke: var(--other); stroke-width: 1.5; }
.threshold { stroke: var(--ink); stroke-dasharray: 5 4; }
blockquote { margin: .5rem 0; padding-left: .9rem; border-left: 3px solid var(--line);
  white-space: pre-wrap; overflow-wrap: anywhere; }
blockquote.right { border-color: var(--accent); } dl { margin: 0; }
dt { color: var(--quiet); font-size: .9rem; margin-top: .6rem; } dd { margin: 0;
  overflow-wrap: anywhere; } summary { cursor: pointer; color: var(--accent); }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
"""


def report_html(evaluation: Evaluation) -> str:
    """The page, complete."""
    threshold = _threshold(evaluation)
    return standalone(
        f"Evaluation: {evaluation.dataset}",
        _STYLE,
        element(
            "main",
            element("h1", f"Evaluation: {evaluation.dataset}"),
            *_about(evaluation),
            element("h2", "Figures"),
            element("p", _interval_words(evaluation)),
            _figures(evaluation),
            element("h2", "Pictures"),
            *_plots(evaluation, threshold),
            element("h2", "The worst cases, to read"),
            *_worst(evaluation),
            element("h2", "Made with"),
            _made_with(evaluation),
        ),
    )


def _threshold(evaluation: Evaluation) -> float:
    settings: Any = evaluation.made_with["settings"]
    return float(settings["threshold"])


def _about(evaluation: Evaluation) -> list[Html]:
    asked = evaluation.counts
    half = {"all": "all articles", "tune": "the half of the articles that settings may be tuned on",
            "report": "the half of the articles that is held out"}[evaluation.half]  # fmt: skip
    told = [
        element(
            "p",
            f"{asked['answerable']} questions with an answer ({asked['located']} with its place), "
            f"{asked['adversarial']} that their document leaves open, {asked['foreign']} from "
            f"elsewhere; {half}.",
        )
    ]
    if evaluation.left_out:
        listed = "; ".join(f"{number} {why}" for why, number in evaluation.left_out.items())
        told.append(element("p", f"Left out: {listed}."))
    if evaluation.problems:
        items = [element("li", problem) for problem in evaluation.problems]
        told.append(element("details", element("summary", "What was wrong"), element("ul", *items)))
    return told


def _interval_words(evaluation: Evaluation) -> str:
    words = "Beside each figure its 95 % interval: a percentile bootstrap that resamples "
    if evaluation.unit == "document":
        return words + f"whole articles, of which there are {evaluation.articles}."
    return words + "single questions, as there are too few articles to resample: too narrow."


def _figures(evaluation: Evaluation) -> Html:
    rows = []
    for name, figure in evaluation.figures.items():
        value, interval = record.shown(figure, name)
        rows.append(
            element(
                "tr",
                element("th", record.label(name), scope="row"),
                element("td", value, class_="number"),
                element("td", interval, class_="number"),
                element("td", f"{figure.questions}", class_="number"),
            )
        )
    names = ("figure", "", "interval", "questions")
    head = [
        element("th", n, scope="col", class_="number" if n != "figure" else None) for n in names
    ]
    table = element("table", element("thead", element("tr", *head)), element("tbody", *rows))
    return element("div", table, class_="wide", tabindex=0, role="region", aria_label="Figures")


def _plots(evaluation: Evaluation, threshold: float) -> list[Html]:
    made = []
    if evaluation.curve:
        made.append(plots.risk_coverage_plot(record.thinned(evaluation.curve), threshold))
    answerable = [o.score for o in evaluation.outcomes if o.question.answerable]
    others = [o.score for o in evaluation.outcomes if not o.question.answerable]
    made.append(plots.scores_plot(answerable, others, threshold))
    made.append(plots.latency_plot(evaluation.figures))
    return made


def _worst(evaluation: Evaluation) -> list[Html]:
    """Three lists of mistakes, the gravest of each first."""
    known = [o for o in evaluation.outcomes if o.located or not o.question.answerable]
    surest = sorted(known, key=lambda o: -o.score)
    lists = (
        ("Quoted beside the answer, the surest first",
         [o for o in surest if o.question.answerable and o.answered and not o.first_right]),
        ("Quoted though there is no answer, the surest first",
         [o for o in surest if not o.question.answerable and o.answered]),
        ("Refused though there is an answer, the least sure first",
         [o for o in reversed(surest) if o.question.answerable and not o.answered]),
    )  # fmt: skip
    told = []
    for title, cases in lists:
        told.append(element("h3", f"{title}: {len(cases)}"))
        told += [_case(outcome) for outcome in cases[:_WORST]]
    return told


def _case(outcome: Outcome) -> Html:
    question = outcome.question
    gold = [answer.text for answer in question.answers] or ["no answer"]
    distinct = list(dict.fromkeys(gold))[:5]
    return element(
        "article",
        element("h4", question.question),
        element(
            "dl",
            element("dt", "Gold"),
            *(element("dd", _short(text)) for text in distinct),
            element("dd", question.document, class_="quiet"),
            element("dt", "Quoted" if outcome.answered else "Refused; the best would have been"),
            element("dd", *_quotes(outcome.quotes[: 3 if outcome.answered else 1])),
            element("dt", "Score, rank of the right passage, where it was asked"),
            element("dd", f"{outcome.score:.3f}, {outcome.passage_rank or 'none'}, "
                          f"{question.where or question.id}"),
        ),
    )  # fmt: skip


def _quotes(quotes: Sequence[Quoted]) -> list[Html]:
    return [
        element(
            "div",
            element("blockquote", _short(quote.text), class_="right" if quote.right else None),
            element("div", quote.citation, class_="quiet"),
        )
        for quote in quotes
    ] or [element("p", "nothing")]


def _made_with(evaluation: Evaluation) -> Html:
    rows = [
        element("tr", element("th", name, scope="row"), element("td", _told(value)))
        for name, value in evaluation.made_with.items()
    ]
    return element("div", element("table", element("tbody", *rows)), class_="wide")


def _told(value: object) -> str:
    if isinstance(value, dict):
        return "; ".join(f"{name} {_told(inner)}" for name, inner in value.items())
    return str(value)


def _short(text: str) -> str:
    return text if len(text) <= _MOST_CHARS else f"{text[:_MOST_CHARS]} …"
