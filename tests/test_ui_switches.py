"""The operator's switches: read in one place, and nothing misspelt is taken for a choice."""

from __future__ import annotations

import pytest

from rag.errors import RagError, SettingsError
from rag.ui.switches import Switches, read_switches


def test_without_variables_the_defaults_hold() -> None:
    assert read_switches({}) == Switches()
    assert read_switches({"RAG_LOG": "plain", "RAG_METRICS": "", "RAG_FEEDBACK": " 1 "}) == (
        Switches()
    )


def test_each_variable_turns_its_own_switch() -> None:
    assert read_switches({"RAG_LOG": "JSON"}) == Switches(json_log=True)
    assert read_switches({"RAG_LOG_QUESTIONS": "yes"}) == Switches(log_questions=True)
    assert read_switches({"RAG_METRICS": "1"}) == Switches(metrics=True)
    assert read_switches({"RAG_FEEDBACK": "0"}) == Switches(feedback=False)
    assert read_switches({"RAG_FEEDBACK": "off"}) == Switches(feedback=False)


@pytest.mark.parametrize("name", ["RAG_MCP", "RAG_METRICS", "RAG_FEEDBACK", "RAG_LOG_QUESTIONS"])
def test_what_is_neither_on_nor_off_is_an_error(name: str) -> None:
    with pytest.raises(SettingsError, match=rf"{name} is 'maybe'; expected 1 or 0"):
        read_switches({name: "maybe"})


def test_an_unknown_kind_of_log_is_an_error() -> None:
    with pytest.raises(SettingsError, match="RAG_LOG is 'xml'; expected json or plain"):
        read_switches({"RAG_LOG": "xml"})


def test_mcp_without_its_packages_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rag.ui.switches.find_spec", lambda _name: None)
    assert read_switches({"RAG_MCP": "0"}).mcp is False
    with pytest.raises(RagError, match=r'pip install "gradio\[mcp\]"'):
        read_switches({"RAG_MCP": "1"})
