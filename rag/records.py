"""Fields of a JSON object that somebody may have edited: exactly these, each of its type."""

from __future__ import annotations

from typing import Any


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
