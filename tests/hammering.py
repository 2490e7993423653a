"""A reader in a process of its own: asks without a pause until a file appears, notes each answer.

Run as a script: corpus, index, the file that ends it, the file to note to.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from fakes import WordEncoder, WordReranker

import rag
from rag.engine import open_engine


def main(corpus: str, index: str, end: str, notes: str) -> None:
    settings = rag.Settings(corpus=corpus, index=index)
    engine = open_engine(settings, encoder=WordEncoder(), reranker=WordReranker())
    with Path(notes).open("w", encoding="utf-8") as file:
        print(json.dumps("ready"), file=file, flush=True)
        while not Path(end).exists():
            for question in ("Which apples are red?", "Which pears are green?"):
                answer = engine.query(question)
                found = [[quote.document.path, quote.text] for quote in answer.quotes]
                print(json.dumps([answer.index_id, question, found]), file=file)
            if engine.info().warning:
                raise SystemExit(engine.info().warning)


if __name__ == "__main__":
    main(*sys.argv[1:])
