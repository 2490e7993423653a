"""A keyword beats the environment, which beats pyproject.toml, which beats the default."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag import Settings, SettingsError, load_settings


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_the_strongest_source_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_settings() == Settings()
    Path("pyproject.toml").write_text('[tool.rag]\nindex = "file"\nrerank = 7\ntop = 5\n')
    monkeypatch.setenv("RAG_RERANK", "8")
    monkeypatch.setenv("RAG_TOP", "6")
    settings = load_settings(top=9, corpus=None)
    assert (settings.index, settings.rerank, settings.top) == ("file", 8, 9)
    assert settings.corpus == "corpus"


@pytest.mark.parametrize(
    ("keywords", "message"),
    [
        ({"treshold": 0.5}, "unknown setting 'treshold' in the call; expected one of corpus"),
        ({"threshold": 2}, r"threshold is 2.0; expected 0.0 to 1.0"),
        ({"rerank": "many"}, "rerank is 'many' in the call; expected a value of type int"),
        ({"corpus": 5}, "corpus is 5 in the call; expected a value of type str"),
    ],
)
def test_a_wrong_value_is_named_with_what_was_expected(
    keywords: dict[str, object], message: str
) -> None:
    with pytest.raises(SettingsError, match=message):
        load_settings(**keywords)


def test_a_broken_settings_file_is_an_error_not_a_default() -> None:
    Path("pyproject.toml").write_text("[tool.rag\n")
    with pytest.raises(SettingsError, match=r"pyproject\.toml cannot be read"):
        load_settings()


def test_variables_that_are_no_settings_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAG_MCP", "1")
    assert load_settings() == Settings()
