"""A pickle runs code when it is read: nothing that a build or a question reads is one."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT

_WATCHED = """
import sys
from pathlib import Path
found = []
def watch(event, arguments):
    if event == "pickle.find_class":
        found.append(arguments)
sys.addaudithook(watch)
import rag
corpus, index = sys.argv[1:]
for _ in range(2):
    rag.build(corpus=corpus, index=index)
    with open(Path(corpus) / "more.txt", "a") as file:
        file.write("Pears are green.")
answer = rag.query("Which apples are red?", index=index)
assert answer.quotes, "it really answered"
rag.find("Apples are red.", index=index)
rag.verify(answer.receipts(), corpus=corpus)
assert not found, found
print("no pickle was loaded")
"""


def test_no_pickle_is_loaded_by_a_build_or_a_question(tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    (corpus / "a.txt").write_text("Apples are red.")
    done = subprocess.run(
        [sys.executable, "-c", _WATCHED, corpus, tmp_path / "index"],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=250,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert "no pickle was loaded" in done.stdout


SOURCES = sorted((ROOT / "rag").rglob("*.py"))
_FORBIDDEN = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "marshal", "shelve"}


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_our_code_has_no_way_to_load_one(path: Path) -> None:
    """No module for it is imported, and numpy is told each time not to."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            assert not {name.name.partition(".")[0] for name in node.names} & _FORBIDDEN
        elif isinstance(node, ast.ImportFrom):
            assert (node.module or "").partition(".")[0] not in _FORBIDDEN
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            called = ast.unparse(node.func)
            given = {keyword.arg: keyword.value for keyword in node.keywords}
            if called in ("np.load", "numpy.load") or called.endswith("BM25.load"):
                assert ast.unparse(given["allow_pickle"]) == "False", called
            assert called != "torch.load", "weights are read as safetensors"
