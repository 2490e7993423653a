"""What an operator switches on or off for a server, read from the environment once.

Limits and thresholds of the engine are settings (`rag.settings`); these are choices of the one
who runs the server, and mean nothing to ``rag ask``.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec

from rag.errors import RagError, SettingsError

_ON = frozenset(("1", "true", "yes", "on"))
_OFF = frozenset(("", "0", "false", "no", "off"))


@dataclass(frozen=True, slots=True)
class Switches:
    """The choices, with what holds where nothing is chosen."""

    mcp: bool = False
    """``RAG_MCP``: the API as MCP tools too."""
    json_log: bool = False
    """``RAG_LOG=json``: one JSON object a line on standard error, plain lines otherwise."""
    log_questions: bool = False
    """``RAG_LOG_QUESTIONS``: questions and file names may stand in the log."""
    metrics: bool = False
    """``RAG_METRICS``: figures for Prometheus at ``/metrics``."""
    feedback: bool = True
    """``RAG_FEEDBACK``: thumbs under each answer, kept beside the index."""
    open_to_all: bool = False
    """``RAG_OPEN``: strangers may come in, though others than this machine reach the server."""


def read_switches(environment: Mapping[str, str] = os.environ) -> Switches:
    """The switches of an environment.

    Raises:
        SettingsError: a variable holds what it cannot.
        RagError: MCP is asked for, and the packages are not there.
    """
    log = environment.get("RAG_LOG", "").strip().lower()
    if log not in ("", "plain", "json"):
        raise SettingsError(f"RAG_LOG is {log!r}; expected json or plain")
    mcp = _on(environment, "RAG_MCP", False)
    if mcp and find_spec("mcp") is None:
        raise RagError('RAG_MCP is set but MCP is not installed; run pip install "gradio[mcp]"')
    return Switches(
        mcp=mcp,
        json_log=log == "json",
        log_questions=_on(environment, "RAG_LOG_QUESTIONS", False),
        metrics=_on(environment, "RAG_METRICS", False),
        feedback=_on(environment, "RAG_FEEDBACK", True),
        open_to_all=_on(environment, "RAG_OPEN", False),
    )


def _on(environment: Mapping[str, str], name: str, default: bool) -> bool:
    value = environment.get(name, "").strip().lower()
    if not value:
        return default
    if value in _ON or value in _OFF:
        return value in _ON
    raise SettingsError(f"{name} is {value!r}; expected 1 or 0")
