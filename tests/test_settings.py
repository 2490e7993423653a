"""A keyword beats the environment, which beats pyproject.toml, which beats the default."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

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
        ({"rerank": "many"}, "rerank is 'many' in the call; expected a whole number"),
        ({"corpus": 5}, "corpus is 5 in the call; expected a text"),
        ({"top": 2.9}, r"top is 2\.9 in the call; expected a whole number"),
        ({"top": True}, "top is True in the call; expected a whole number"),
        ({"top": float("inf")}, "top is inf in the call; expected a whole number"),
        ({"threshold": True}, "threshold is True in the call; expected a number"),
        ({"threshold": 10**400}, "threshold is 1000*000 in the call; expected a number"),
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


@pytest.mark.parametrize(
    ("keywords", "message"),
    [
        ({"threshold": "x"}, "threshold is 'x' in the call; expected a number"),
        ({"rerank": 8.5}, r"rerank is 8\.5 in the call; expected a whole number"),
        ({"threshold": None}, "threshold is None in the call"),
        ({"corpus": 5}, "corpus is 5 in the call; expected a text"),
        ({"index": "a\0b"}, "index is 'a.x00b' in the call; expected no NUL character"),
        ({"corpus": ""}, "^corpus is empty; expected a folder"),
        ({"index": " \n"}, "^index is empty; expected a folder"),
    ],
)
def test_settings_made_by_hand_are_checked_alike(keywords: dict[str, Any], message: str) -> None:
    for make in (Settings, lambda **given: replace(Settings(), **given)):
        with pytest.raises(SettingsError, match=message):
            make(**keywords)


def test_a_path_is_a_folder_s_name() -> None:
    assert Settings(corpus=Path("notes")) == Settings(corpus="notes")  # type: ignore[arg-type]


def test_blanks_around_a_variable_are_no_part_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAG_INDEX", " i\n")
    monkeypatch.setenv("RAG_CORPUS", "  ")
    assert load_settings() == Settings(index="i")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[tool]\nrag = 5\n", "rag is 5 in pyproject.toml; expected a table of settings"),
        ("tool = 5\n", "tool is 5 in pyproject.toml; expected a table of settings"),
        ("[[tool.rag]]\ntop = 5\n", "rag is .* in pyproject.toml; expected a table"),
        ("[tool.rag]\ntop = 2.9\n", r"top is 2\.9 in pyproject.toml \[tool.rag\]; expected"),
        ("[tool.rag]\nthreshold = true\n", "threshold is True in pyproject.toml"),
    ],
)
def test_what_the_settings_file_holds_is_checked(text: str, message: str) -> None:
    Path("pyproject.toml").write_text(text)
    with pytest.raises(SettingsError, match=message):
        load_settings()


def test_whole_numbers_may_be_written_with_a_point() -> None:
    Path("pyproject.toml").write_text("[tool.rag]\ntop = 4.0\nmargin = 2\n")
    assert load_settings() == Settings(top=4, margin=2.0)


def test_variables_that_are_no_settings_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAG_MCP", "1")
    assert load_settings() == Settings()
