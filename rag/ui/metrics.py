"""Figures for Prometheus: how many questions, how they ended, how long each stage took."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.process_collector import ProcessCollector

CONTENT_TYPE = CONTENT_TYPE_LATEST

_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class Meter:
    """The figures of one server. Safe to share between threads."""

    def __init__(self) -> None:
        # No second line for each figure, that tells when it began.
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self._registry = CollectorRegistry()
        self._questions = Counter(
            "rag_questions", "Questions by where they came from and how they ended.",
            ("kind", "outcome"), registry=self._registry,
        )  # fmt: skip
        self._seconds = Histogram(
            "rag_stage_seconds", "Seconds a question spent in each stage.",
            ("stage",), buckets=_SECONDS, registry=self._registry,
        )  # fmt: skip
        self._builds = Counter(
            "rag_builds", "Rebuilds asked for in the page, by how they ended.",
            ("outcome",), registry=self._registry,
        )  # fmt: skip
        self._passages = Gauge(
            "rag_index_passages", "Passages in the index that serves.", registry=self._registry
        )
        self._documents = Gauge(
            "rag_index_documents", "Documents in the index that serves.", registry=self._registry
        )
        self._gauges: dict[str, Gauge] = {}
        ProcessCollector(registry=self._registry)  # memory, time, open files; on Linux only

    def watch(self, name: str, help_text: str, value: Callable[[], float]) -> None:
        """Have a figure read whenever the figures are asked for."""
        gauge = self._gauges[name] = Gauge(name, help_text, registry=self._registry)
        gauge.set_function(value)

    def question(self, kind: str, outcome: str, stages_ms: Mapping[str, float]) -> None:
        """Count a question that has ended."""
        self._questions.labels(kind, outcome).inc()
        for stage, milliseconds in stages_ms.items():
            self._seconds.labels(stage).observe(milliseconds / 1000)

    def build(self, outcome: str) -> None:
        """Count a rebuild that has ended."""
        self._builds.labels(outcome).inc()

    def index(self, documents: int, passages: int) -> None:
        """What the index holds now."""
        self._documents.set(documents)
        self._passages.set(passages)

    def page(self) -> bytes:
        """All figures in Prometheus' text format."""
        return generate_latest(self._registry)
