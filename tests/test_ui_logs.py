"""The log tells how questions ended, and nothing of what is in them or in the documents."""

from __future__ import annotations

import io
import json
import logging
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import rag
from rag.errors import AccountError, IndexDamagedError, ReadError
from rag.index.generation import damaged
from rag.ui.logs import JsonLines, PlainLines, start_log
from rag.ui.switches import Switches

PRIVATE = "the merger\n\x1b[2J\u202e with ACME"


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    root, ours = logging.getLogger(), logging.getLogger("rag")
    before = list(root.handlers), root.level, ours.level
    # A web server that ran in this process, in another test, left its logger with its own handlers.
    servers = [logging.getLogger(name) for name in ("uvicorn", "uvicorn.error")]
    kept = [(logger, logger.propagate, list(logger.handlers)) for logger in servers]
    for logger in servers:
        logger.propagate, logger.handlers[:] = True, []
    yield
    root.handlers[:], root.level = before[0], before[1]
    ours.setLevel(before[2])
    for logger, propagate, handlers in kept:
        logger.propagate, logger.handlers[:] = propagate, handlers
    logging.captureWarnings(False)


def started(**switches: bool) -> io.StringIO:
    stream = io.StringIO()
    start_log(Switches(**switches), stream)
    return stream


def log_everything() -> None:
    """Every way in which words of a person or a document could get into the log."""
    log = logging.getLogger("rag.ui.chat")
    log.warning("a question could not be answered: %s", ReadError(PRIVATE))
    log.info("%r cannot be shown: %r", PRIVATE, PRIVATE)
    log.info("question", extra={"fields": {"kind": "chat", "question": PRIVATE}})
    log.warning("%(name)s", {"name": PRIVATE})
    try:
        raise ValueError(PRIVATE)
    except ValueError:
        log.exception("a call failed")
    logging.getLogger("uvicorn.error").error(PRIVATE)
    logging.getLogger("uvicorn.error").error("%s", PRIVATE)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn(PRIVATE, stacklevel=1)


@pytest.mark.parametrize("json_log", [True, False])
def test_no_question_name_or_text_stands_in_the_log(json_log: bool) -> None:
    stream = started(json_log=json_log)
    log_everything()
    said = stream.getvalue()
    assert said.count("\n") == 8
    for word in ("merger", "ACME", "\x1b", "\u202e"):
        assert word not in said
    assert "ReadError" in said, "what kind of error it was is told"
    assert "test_ui_logs.py" in said, "and where it arose"


@pytest.mark.parametrize("json_log", [True, False])
def test_asked_for_they_do_and_are_still_inert(json_log: bool) -> None:
    stream = started(json_log=json_log, log_questions=True)
    log_everything()
    said = stream.getvalue()
    assert said.count("merger") >= 7
    assert "\x1b" not in said
    assert "\u202e" not in said
    assert said.count("\n") == 8


def test_each_line_is_one_json_object_with_time_level_and_event() -> None:
    stream = started(json_log=True)
    log_everything()
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert all({"time", "level", "event"} <= set(line) for line in lines)
    assert lines[0]["event"] == "a question could not be answered: ReadError"
    assert lines[2]["kind"] == "chat"
    assert lines[4]["error"] == "ValueError"


def test_numbers_and_folders_are_told(tmp_path: Path) -> None:
    stream = started(json_log=True)
    logging.getLogger("rag.x").warning("%s is full after %d", tmp_path, 7)
    assert json.loads(stream.getvalue())["event"] == f"{tmp_path} is full after 7"


def test_what_is_wrong_with_accounts_and_index_is_told_without_words_of_documents(
    tmp_path: Path,
) -> None:
    stream = started()
    log = logging.getLogger("rag.x")
    file = tmp_path / "vectors.faiss"
    log.error("nobody can sign in: %s", AccountError("account 3 in users.json is malformed"))
    log.warning("the index cannot be used: %s", damaged(f"{file} cannot be read", PRIVATE))
    log.warning("the index cannot be used: %s", IndexDamagedError(PRIVATE))
    assert "merger" not in stream.getvalue()
    said = stream.getvalue().splitlines()
    assert said[0].endswith("AccountError: account 3 in users.json is malformed")
    assert f"the index cannot be used: IndexDamagedError: {file} cannot be read;" in said[1]
    assert said[2].endswith("the index cannot be used: IndexDamagedError")


def test_the_damaged_file_is_named_where_an_older_generation_answers(tmp_path: Path) -> None:
    corpus, index = tmp_path / "corpus", tmp_path / "index"
    corpus.mkdir()
    for word in ("Tea", "Coffee"):
        (corpus / "merger.txt").write_text(f"{word} helps.")
        rag.build(corpus=corpus, index=index)
    older, newest = sorted((index / "generations").iterdir())
    (newest / "documents.sqlite").write_bytes(b"damaged")
    stream = started()
    rag.open_index(index).close()
    said = stream.getvalue()
    assert f"IndexDamagedError: {newest / 'documents.sqlite'} does not match its checksum" in said
    assert f"run `rag build`; until then generation {older.name}" in said
    assert "merger" not in said


def test_other_libraries_are_heard_only_when_something_is_wrong() -> None:
    stream = started()
    noisy = logging.getLogger("chatty")
    noisy.setLevel(logging.DEBUG)
    noisy.debug("chatter")
    assert stream.getvalue() == ""


@given(st.text(), st.text())
def test_whatever_is_logged_stays_on_its_line(text: str, name: str) -> None:
    record = logging.LogRecord("rag.x", logging.INFO, "x.py", 1, "%s", (text,), None)
    record.fields = {"question": text, f"_{name}": text}
    for lines in (JsonLines(True), PlainLines(True)):
        said = lines.format(record)
        assert len(said.splitlines()) == 1
        assert "\x1b" not in said
    assert json.loads(JsonLines(True).format(record))["question"] == text
