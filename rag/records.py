"""JSON that somebody may have edited: nothing twice, exactly these fields, each of its type."""

from __future__ import annotations

import json
from typing import Any, NoReturn


def strict_json(text: str) -> Any:
    """What a JSON text holds, as the standard has it.

    Raises:
        ValueError, RecursionError: it is no JSON, or an object has two values under one name.
    """
    return json.loads(text, object_pairs_hook=_object, parse_constant=_refuse)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a name stands twice in one object")
    return made


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def only(record: Any, names: set[str]) -> None:
    """Make sure that it is an object with these fields and no other.

    Raises:
        TypeError, ValueError: it is not; the message names the fields.
    """
    if not isinstance(record, dict):
        raise TypeError(f"{type(record).__name__} where an object is expected")
    if set(record) != names:
        odd = ", ".join(sorted(map(repr, set(record) ^ names)))
        raise ValueError(f"these fields are missing or unknown: {odd}")


def typed(record: dict[str, Any], name: str, kind: type) -> Any:
    """A field's value, if it is of that very type: ``true`` is no number.

    Raises:
        TypeError: it is of another.
    """
    if type(record[name]) is not kind:
        raise TypeError(f"{name} is {record[name]!r}; expected {kind.__name__}")
    return record[name]
