"""How the collections of an index in Milvus are called and laid out.

rag_NAME_000007_3f9a…_documents     texts, blocks, sentences, facts; and the manifest
rag_NAME_000007_3f9a…_passages      a row a passage: its place, its vector, its words
rag_NAME_current                    an alias: the documents of the generation that serves
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pymilvus import CollectionSchema

MOST_BYTES = 65_535
"""Of a string."""
_PLAIN = re.compile(r"[a-z0-9]{1,24}")

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Names:
    """What an index's collections are called."""

    index: str

    @property
    def alias(self) -> str:
        """It points at the documents of the generation that serves."""
        return f"rag_{self.index}_current"

    def documents(self, name: str) -> str:
        """The collection of a generation's documents."""
        return f"rag_{self.index}_{name.replace('-', '_')}_documents"

    def passages(self, name: str) -> str:
        """The collection of a generation's passages."""
        return f"rag_{self.index}_{name.replace('-', '_')}_passages"

    def generation(self, collection: str) -> str | None:
        """The generation that a collection is a part of, if it is one of this index."""
        found = re.fullmatch(
            rf"rag_{self.index}_([0-9]{{6,}})_([0-9a-f]{{16}})_(documents|passages)", collection
        )
        return f"{found[1]}-{found[2]}" if found else None


def names(index: str) -> Names:
    """Names from an index folder: only its last part counts, not where it lies."""
    folder = Path(index).absolute().name or "index"
    plain = re.sub(r"[^A-Za-z0-9]+", "_", folder)[:100]
    if plain != folder:
        plain += "_" + hashlib.sha256(folder.encode("utf-8", "replace")).hexdigest()[:8]
    return Names(plain)


def documents_schema() -> CollectionSchema:
    """The collection of documents; the engine wants a vector in every row."""
    from pymilvus import DataType, MilvusClient

    schema = MilvusClient.create_schema(auto_id=False, enable_dynamic_field=False)
    schema.add_field("key", DataType.INT64, is_primary=True)
    schema.add_field("kind", DataType.VARCHAR, max_length=16)
    schema.add_field("path_sha256", DataType.VARCHAR, max_length=64)
    schema.add_field("body", DataType.VARCHAR, max_length=MOST_BYTES)
    schema.add_field("nothing", DataType.FLOAT_VECTOR, dim=2)
    return schema


def passages_schema(dimension: int, *, lexical: bool = True) -> CollectionSchema:
    """The collection of passages; without ``lexical``, for an engine that knows no BM25."""
    from pymilvus import DataType, Function, FunctionType, MilvusClient

    schema = MilvusClient.create_schema(auto_id=False, enable_dynamic_field=False)
    schema.add_field("id", DataType.INT64, is_primary=True)
    for field in ("document", "start", "end", "first", "last"):
        schema.add_field(field, DataType.INT64)
    schema.add_field("searched_sha256", DataType.VARCHAR, max_length=64)
    schema.add_field("vector", DataType.FLOAT_VECTOR, dim=dimension)
    if lexical:
        # Plain words of ours: no analyzer may change them, or know a language.
        schema.add_field(
            "words",
            DataType.VARCHAR,
            max_length=MOST_BYTES,
            enable_analyzer=True,
            analyzer_params={"tokenizer": "standard"},
        )
        schema.add_field("lexical", DataType.SPARSE_FLOAT_VECTOR)
        schema.add_function(
            Function(
                name="bm25",
                function_type=FunctionType.BM25,
                input_field_names=["words"],
                output_field_names=["lexical"],
            )
        )
    return schema


def words(tokens: Iterable[str]) -> str:
    """Tokens as every analyzer leaves them: small ASCII letters and digits with spaces between.

    A token of other signs is known by its hash. Where they are more than a string holds (a
    passage of 10,000 characters, each a word), the last ones are not searched.
    """
    found, size = [], 0
    for token in tokens:
        word = token if _PLAIN.fullmatch(token) else _hashed(token)
        size += len(word) + 1
        if size > MOST_BYTES:
            break
        found.append(word)
    return " ".join(found)


def _hashed(token: str) -> str:
    return "0x" + hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()[:16]
