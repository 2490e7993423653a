"""Files of questions whose answers are known, written by anyone: nothing in them is guessed at.

Three forms, told apart by the file's name and by a line's own keys; docs/evaluation.md shows them.

- ``*.csv``: a header, then a question a row, with the columns of ``_OWN``.
- Any other name: JSON lines. A line with ``doc_id`` is of the form of public sets, with all keys
  of ``_SET`` and any others; a line without has the keys of ``_OWN`` and no others.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, NoReturn

from rag.errors import EvaluationError
from rag.evaluation.questions import GoldAnswer, Question, short
from rag.records import strict_json

MAX_QUESTIONS = 100_000
MAX_LINE_BYTES = 1_000_000

_OWN = ("id", "question", "document", "answer", "answerable")
_SET = ("id", "question", "answerable", "doc_id", "answers", "evidence")
_TRUTHS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def read_questions(paths: Iterable[Path], *, max_chars: int) -> list[Question]:
    """The questions in these files, in order. ``max_chars`` is the longest question.

    Raises:
        EvaluationError: a file cannot be read or is malformed; the message names the line.
    """
    found: list[Question] = []
    for path in paths:
        read = _csv_rows if path.suffix.lower() == ".csv" else _json_rows
        known: set[str] = set()
        before = len(found)
        for number, fields in _rows(path, read):
            where = f"{path.name}, line {number}"
            question = _question(fields, where, path.suffix.lower() == ".csv")
            if len(question.question) > max_chars:
                _wrong(where, f"the question has more than {max_chars:,} characters")
            if question.id in known:
                _wrong(where, f"the id {short(question.id)} stands twice")
            known.add(question.id)
            found.append(question)
            if len(found) > MAX_QUESTIONS:
                raise EvaluationError(f"more than {MAX_QUESTIONS:,} questions; give fewer")
        if len(found) == before:
            raise EvaluationError(f"{path} has no questions; expected one a line")
    return found


_Rows = Iterator[tuple[int, dict[str, Any]]]


def _rows(path: Path, read: Callable[[Path], _Rows]) -> _Rows:
    try:
        yield from read(path)
    except OSError as error:
        raise EvaluationError(
            f"{path} cannot be read ({error.strerror}); expected a file of questions"
        ) from None
    except UnicodeDecodeError:
        raise EvaluationError(f"{path} is not UTF-8; save it as UTF-8") from None


def json_lines(path: Path, most_bytes: int = MAX_LINE_BYTES) -> _Rows:
    """The objects of a file of JSON lines, each with its line's number; empty lines are passed.

    Raises:
        EvaluationError: a line is longer, or is not one JSON object.
        OSError, UnicodeDecodeError: the file cannot be read.
    """
    with path.open("rb") as file:
        for number in range(1, 1 << 62):
            line = file.readline(most_bytes + 1)
            if not line:
                return
            where = f"{path.name}, line {number}"
            if len(line) > most_bytes:
                _wrong(where, f"longer than {most_bytes:,} bytes")
            text = line.decode("utf-8-sig" if number == 1 else "utf-8")
            if not text.strip():
                continue
            try:
                fields = strict_json(text)
            except (ValueError, RecursionError) as error:
                _wrong(where, f"not JSON ({short(error)})")
            if not isinstance(fields, dict):
                _wrong(where, "not a JSON object")
            yield number, fields


def _json_rows(path: Path) -> _Rows:
    for number, fields in json_lines(path):
        where = f"{path.name}, line {number}"
        if "doc_id" not in fields:
            if unknown := sorted(set(fields) - set(_OWN)):
                _wrong(where, f"unknown key {short(unknown[0])}; expected {', '.join(_OWN)}")
        elif missing := [key for key in _SET if key not in fields]:
            _wrong(
                where, f"with doc_id, {missing[0]} must be there too; expected {', '.join(_SET)}"
            )
        yield number, fields


def _csv_rows(path: Path) -> _Rows:
    with path.open(encoding="utf-8-sig", newline="") as file:
        head = file.readline(MAX_LINE_BYTES)
        columns: list[str] = []
        for delimiter in ",;\t":
            columns = [cell.strip() for cell in next(csv.reader([head], delimiter=delimiter), [])]
            if "question" in columns:
                break
        else:
            _wrong(
                f"{path.name}, line 1", f"no column question; expected some of {', '.join(_OWN)}"
            )
        if unknown := [name for name in columns if name not in _OWN]:
            _wrong(
                f"{path.name}, line 1",
                f"unknown column {short(unknown[0])}; expected {', '.join(_OWN)}",
            )
        if len(set(columns)) < len(columns):
            _wrong(f"{path.name}, line 1", "a column stands twice")
        reader = csv.reader(file, delimiter=delimiter, strict=True)
        while True:
            number = reader.line_num + 2
            try:
                cells = next(reader, None)
            except csv.Error as error:
                _wrong(f"{path.name}, line {number}", f"not CSV ({short(error)})")
            if cells is None:
                return
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) != len(columns):
                _wrong(
                    f"{path.name}, line {number}",
                    f"{len(cells)} cells under {len(columns)} columns; put cells with "
                    f"{'a comma' if delimiter == ',' else 'the separator'} in them in quotes",
                )
            yield number, {k: v for k, v in zip(columns, cells, strict=True) if v.strip()}


def _question(fields: dict[str, Any], where: str, from_csv: bool) -> Question:
    question = _text(fields, "question", where)
    if question is None:
        _wrong(where, "the question is empty")
    read = _set_question if "doc_id" in fields else _own_question
    values = read(fields, where, from_csv)
    name = _text(fields, "id", where) or where
    try:
        return Question(question.strip(), id=name, where=where, **values)
    except ValueError as error:
        _wrong(where, str(error))


def _own_question(fields: dict[str, Any], where: str, from_csv: bool) -> dict[str, Any]:
    document = _text(fields, "document", where)
    given = fields.get("answer")
    answers = given if isinstance(given, list) else [] if given is None else [given]
    if not all(isinstance(answer, str) and answer.strip() for answer in answers):
        _wrong(where, "an answer is not a text with words in it")
    answerable = fields.get("answerable")
    if from_csv and answerable is not None:
        answerable = _TRUTHS.get(answerable.strip().lower(), answerable)
    if answerable is None:
        if document is None and not answers:
            _wrong(where, "neither document, answer nor answerable is given: is there an answer?")
        answerable = True
    if not isinstance(answerable, bool):
        _wrong(where, f"answerable is {short(answerable)}; expected true or false")
    return {
        "answerable": answerable,
        "document": document,
        "answers": tuple(GoldAnswer(answer.strip()) for answer in answers),
    }


def _set_question(fields: dict[str, Any], where: str, _: bool) -> dict[str, Any]:
    if not isinstance(fields["answerable"], bool):
        _wrong(where, f"answerable is {short(fields['answerable'])}; expected true or false")
    answers = fields["answers"]
    if not isinstance(answers, list):
        _wrong(where, "answers is not a list")
    for answer in answers:
        if not (
            isinstance(answer, dict)
            and isinstance(answer.get("text"), str)
            and answer["text"]
            and type(answer.get("start")) is int
            and answer["start"] >= 0
        ):
            _wrong(where, 'an answer is not {"text": "…", "start": 0 or more}')
    return {
        "answerable": fields["answerable"],
        "document": _text(fields, "doc_id", where),
        "answers": tuple(GoldAnswer(answer["text"], answer["start"]) for answer in answers),
        "evidence": _texts(fields, "evidence", where),
        "also_documents": _texts(fields, "also_doc_ids", where),
        "maybe_answered_in": _texts(fields, "answer_string_in", where),
        "part": _text(fields, "split", where) or "",
    }


def _text(fields: dict[str, Any], name: str, where: str) -> str | None:
    """A text, or None where it is absent, null or blank."""
    value = fields.get(name)
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    if not isinstance(value, str):
        _wrong(where, f"{name} is {short(value)}; expected a text")
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        _wrong(where, f"{name} holds half of a surrogate pair")
    return value


def _texts(fields: dict[str, Any], name: str, where: str) -> tuple[str, ...]:
    values = fields.get(name, [])
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        _wrong(where, f"{name} is not a list of texts")
    return tuple(value for value in values if value.strip())


def _wrong(where: str, what: str) -> NoReturn:
    raise EvaluationError(f"{where}: {what}")
