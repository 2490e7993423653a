"""Questions are asked, one at a time as a person would, and what comes back is judged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace

from rag.answering import Trace
from rag.engine import Engine
from rag.errors import EvaluationError
from rag.evaluation import figures
from rag.evaluation.count import DEPTH, count, judged
from rag.evaluation.gold import Gold, Locator, Span
from rag.evaluation.machine import made_with
from rag.evaluation.material import Material, Report
from rag.evaluation.questions import KINDS, Question
from rag.evaluation.results import Evaluation, Outcome, Quoted
from rag.evidence import find_quotes
from rag.reports import Progress
from rag.types import Quote

_TOLD = 20
"""Problems to name one by one."""


def evaluate(material: Material, progress: Report) -> Evaluation:
    """Ask every question and count. The first one is asked once before, to warm everything.

    Raises:
        EvaluationError: no question can be asked of this index.
    """
    engine, questions = material.engine, material.questions
    locator = Locator(engine)
    left_out, problems = Counter(material.left_out), list[str]()
    outcomes: list[Outcome] = []
    engine.query(questions[0].question)
    for number, question in enumerate(questions):
        progress(Progress("ask", number, len(questions)))
        gold = locator.locate(question)
        if isinstance(gold, str):
            left_out["document not in the index"] += 1
            problems.append(f"{question.where or question.id}: {gold}")
            continue
        if gold.problems and not gold.answers:
            left_out["answer not in its document: no figures by offset"] += 1
        problems += [f"{question.where or question.id}: {problem}" for problem in gold.problems]
        outcomes.append(_asked(engine, question, gold))
    progress(Progress("ask", len(questions), len(questions)))
    if not outcomes:
        raise EvaluationError(f"none of the questions can be asked: {problems[0]}")
    found, unit, articles = count(outcomes)
    known = [outcome for outcome in outcomes if judged(outcome)]
    curve = figures.risk_coverage([o.score for o in known], [o.wrong for o in known])
    return Evaluation(
        dataset=material.dataset,
        figures=found,
        counts={kind: sum(o.question.kind == kind for o in outcomes) for kind in KINDS}
        | {"located": sum(o.located for o in outcomes)},
        left_out=dict(left_out),
        problems=tuple(problems[:_TOLD]),
        articles=articles,
        unit=unit,
        half=material.half or "all",
        curve=tuple(curve),
        outcomes=tuple(outcomes),
        made_with=made_with(engine),
    )


def _asked(engine: Engine, question: Question, gold: Gold) -> Outcome:
    trace = engine.trace(question.question, depth=max(DEPTH, engine.settings.rerank))
    answer = trace.answer
    shown = answer.quotes or _without_threshold(engine, trace)
    given = answer.quotes
    places = [_place(quote, gold) for quote in given]
    by_document, first = _by_document(places), _by_document(places[:1])
    precision, recall, f1 = _shares(by_document, gold)
    ranked = [path in gold.documents for path, _, _ in trace.ranked[:DEPTH]]
    holding = [_holds(place, gold) for place in trace.ranked[:DEPTH]]
    return Outcome(
        question=question,
        answered=answer.answered,
        score=shown[0].relevance if shown else 0.0,
        document_rank=ranked.index(True) + 1 if True in ranked else None,
        passage_rank=holding.index(True) + 1 if True in holding else None,
        located=bool(gold.answers),
        quotes=tuple(_quoted(quote, gold) for quote in shown),
        overlaps=any(
            figures.overlap(ranges, [(s.start, s.end) for s in gold.answers if s.document == path])
            for path, ranges in first.items()
        ),
        precision=precision,
        recall=recall,
        f1=f1,
        first_f1=_shares(first, gold)[2],
        timings_ms=dict(answer.timings_ms),
    )


def _without_threshold(engine: Engine, trace: Trace) -> tuple[Quote, ...]:
    """What would have been quoted had any evidence been enough."""
    settings = replace(engine.settings, threshold=0.0)
    quotes, _ = find_quotes(trace.answer.searched, list(trace.passages), settings, settings.top)
    return quotes


def _holds(place: tuple[str, int, int], gold: Gold) -> bool:
    """Whether a passage has at least half of a gold answer: a long one may run over two."""
    path, start, end = place
    return any(
        span.document == path
        and 2 * (min(end, span.end) - max(start, span.start)) >= span.end - span.start
        for span in gold.answers
    )


def _place(quote: Quote, gold: Gold) -> tuple[str, int, int]:
    """Where a quote stands: of its copies, the one in a document that is known to answer."""
    copies = (quote, *quote.also_in)
    best = next((copy for copy in copies if copy.document.path in gold.documents), quote)
    return best.document.path, best.start, best.end


def _quoted(quote: Quote, gold: Gold) -> Quoted:
    right = any(
        place.document.path == span.document and place.start <= span.start and span.end <= place.end
        for place in (quote, *quote.also_in)
        for span in gold.answers
    )
    return Quoted(quote.document.path, quote.start, quote.end, quote.text, quote.citation, right)


_Ranges = Mapping[str, list[tuple[int, int]]]


def _by_document(places: Iterable[tuple[str, int, int]]) -> _Ranges:
    ranges: dict[str, list[tuple[int, int]]] = {}
    for path, start, end in places:
        ranges.setdefault(path, []).append((start, end))
    return {path: figures.union(found) for path, found in ranges.items()}


def _shares(quoted: _Ranges, gold: Gold) -> tuple[float | None, float, float]:
    """Precision, recall and F1 in characters.

    What is quoted is good where it is evidence for any gold answer; of the evidence, one answer's
    is enough.
    """
    said = _by_document([span for sentences in gold.evidence for span in sentences])
    length = sum(end - start for ranges in quoted.values() for start, end in ranges)
    good = sum(figures.overlap(ranges, said.get(path, [])) for path, ranges in quoted.items())
    precision = good / length if length else None
    recall = max((_covered(quoted, sentences) for sentences in gold.evidence), default=0.0)
    total = (precision or 0.0) + recall
    return precision, recall, 2 * (precision or 0.0) * recall / total if total else 0.0


def _covered(quoted: _Ranges, sentences: tuple[Span, ...]) -> float:
    """The share of these sentences' characters that is quoted."""
    wanted = _by_document(sentences)
    length = sum(end - start for ranges in wanted.values() for start, end in ranges)
    held = sum(figures.overlap(ranges, quoted.get(path, [])) for path, ranges in wanted.items())
    return held / length
