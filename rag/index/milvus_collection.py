"""One collection of a generation in Milvus, as it is asked: how late a state, in what batches."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TypeVar

from rag.index.milvus_client import Client
from rag.index.milvus_schema import Row

_SETTLED_S = 10.0
"""After so long, what was there when a generation was opened is there wherever it is asked for:
no part of a cluster may be more than five seconds behind (Milvus' ``gracefulTime``)."""
HASHES = 200
"""In one filter."""

T = TypeVar("T")


class Collection:
    """One collection, loaded. Safe to share between threads."""

    def __init__(self, client: Client, name: str) -> None:
        self.uri = client.uri
        self._client = client
        self._name = name
        self._opened = time.monotonic()

    def query(self, where: str, fields: list[str], *, patient: bool = False) -> list[Row]:
        """The rows that a filter leaves, in no order."""
        found: list[Row] = self._client.call(
            "query",
            self._name,
            filter=where,
            output_fields=fields,
            consistency_level=self._consistency(),
            patient=patient,
        )
        return found

    def count(self, where: str) -> int:
        """How many rows a filter leaves."""
        found = self.query(where, ["count(*)"], patient=True)
        return int(found[0]["count(*)"])

    def search(
        self, field: str, sought: object, *, metric: str, count: int, where: str, fields: list[str]
    ) -> Sequence[Row]:
        """The rows nearest to what is sought in a field, best first, of those a filter leaves."""
        (hits,) = self._client.call(
            "search",
            self._name,
            data=[sought],
            anns_field=field,
            limit=count,
            filter=where,
            output_fields=fields,
            search_params={"metric_type": metric},
            consistency_level=self._consistency(),
        )
        found: Sequence[Row] = hits
        return found

    def dimension(self, vector: str) -> int:
        """How many numbers the vectors in a field have."""
        fields = self._client.call("describe_collection", self._name)["fields"]
        (found,) = (field["params"]["dim"] for field in fields if field["name"] == vector)
        return int(found)

    def _consistency(self) -> str:
        """How far a cluster's parts must have caught up before they answer.

        Nothing is written once a generation serves. So all of it is seen by whoever is no more
        than seconds behind, as "Bounded" is, once it has been there for longer; until then each
        answer waits for the last write, a fifth of a second.
        """
        return "Bounded" if time.monotonic() - self._opened > _SETTLED_S else "Strong"


def open_collection(client: Client, name: str) -> Collection:
    """Load a collection of a generation, to ask it from now on.

    Raises:
        IndexDamagedError: it is not there.
        IndexUnreachableError: the engine does not answer, or refuses.
    """
    collection = Collection(client, name)
    client.call("load_collection", name, patient=True)
    return collection


def batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Lists of so many items, the last of them shorter."""
    rest = iter(items)
    while some := list(islice(rest, size)):
        yield some
