"""The command line: exit codes, JSON, and one clear line for every error."""

from __future__ import annotations

import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import ROOT

import rag
from rag.models import bundled
from rag.read import read
from rag.types import Quote


def run(
    *arguments: str, cwd: Path, stdin: str | None = None, **env: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "rag", *arguments],
        capture_output=True,
        text=True,
        errors="surrogateescape",
        check=False,
        cwd=cwd,
        input=stdin or "",
        env={**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "100", **env},
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, shipped_index: Path) -> Path:
    """A working directory whose `index` is the shipped corpus's."""
    folder = tmp_path_factory.mktemp("cli")
    (folder / "index").symlink_to(shipped_index)
    (folder / "corpus").symlink_to(ROOT / "corpus")
    return folder


def test_help_names_every_command_and_is_quick_to_load(folder: Path) -> None:
    shown = run("--help", cwd=folder)
    assert shown.returncode == 0
    for command in "build diff rollback ask find verify chat eval calibrate info".split():
        assert command in shown.stdout


def test_ask_prints_quotes_with_citations_and_exits_zero(folder: Path) -> None:
    shown = run("ask", "What did Hamas ask for in return?", cwd=folder)
    assert shown.returncode == 0, shown.stderr
    assert shown.stdout.startswith("1. “")
    assert "(demands.txt)" in shown.stdout
    assert shown.stderr == ""


def test_ask_names_the_phrase_that_stands_in_no_passage_beside_what_it_quotes(
    tmp_path: Path,
) -> None:
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "a.txt").write_text("Wasps make paper nests. Bees make honey.")
    assert run("build", cwd=tmp_path).returncode == 0
    shown = run("ask", 'Do wasps make "paper nests" or "plastic nests"?', cwd=tmp_path)
    assert shown.stdout.startswith("1. “Wasps make paper nests.”")
    assert shown.stdout.endswith("In no passage, word for word: “plastic nests”\n")


def test_ask_json_is_one_object_whose_quotes_are_slices(folder: Path) -> None:
    shown = run("ask", "What did Hamas ask for in return?", "--json", "--top", "2", cwd=folder)
    assert shown.returncode == 0, shown.stderr
    answer = json.loads(shown.stdout)
    assert list(answer) == [
        "question", "answered", "quotes", "near_misses", "missing", "unread", "index_id",
        "timings_ms", "warning",
    ]  # fmt: skip
    assert (answer["answered"], answer["warning"]) == (True, "")
    assert 1 <= len(answer["quotes"]) <= 2
    for quote in answer["quotes"]:
        assert {"text", "document", "title", "start", "end", "page", "section"} <= set(quote)
        assert {"relevance", "sha256"} <= set(quote)
        if quote["document"].endswith(".txt"):
            text = (ROOT / "corpus" / quote["document"]).read_bytes().decode("utf-8")
            assert text[quote["start"] : quote["end"]] == quote["text"]
    assert answer["timings_ms"]["total"] > 0


def test_ask_json_says_that_an_earlier_generation_answers(tmp_path: Path) -> None:
    (tmp_path / "corpus").mkdir()
    for number in range(2):
        (tmp_path / "corpus" / f"{number}.txt").write_text("Apples are red. They grow on trees.")
        rag.build(corpus=tmp_path / "corpus", index=tmp_path / "index")
    name = (tmp_path / "index" / "CURRENT").read_text().strip()
    (tmp_path / "index" / "generations" / name / "vectors.faiss").write_bytes(b"")
    shown = run("ask", "Where do apples grow?", "--json", cwd=tmp_path)
    assert "vectors.faiss does not match its checksum" in json.loads(shown.stdout)["warning"]


def test_who_reads_no_further_ends_it_without_an_error(folder: Path) -> None:
    command = (
        f"set -o pipefail; {sys.executable} -m rag ask 'What did Hamas ask for?' --json | true"
    )
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    shown = subprocess.run(
        ["bash", "-c", command], capture_output=True, text=True, check=False, cwd=folder, env=env
    )
    assert (shown.returncode, shown.stderr) == (0, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is full here")
@pytest.mark.skipif(sys.platform == "win32", reason="a shell's >&-")
def test_an_output_that_is_closed_is_no_error(folder: Path) -> None:
    shown = subprocess.run(
        ["/bin/sh", "-c", f'exec "{sys.executable}" -m rag ask "What did Hamas ask for?" >&-'],
        cwd=folder, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert (shown.returncode, shown.stderr) == (0, "")


def test_an_output_that_cannot_be_written_is_one_line(folder: Path) -> None:
    command = f"{sys.executable} -m rag ask 'What did Hamas ask for in return?' > /dev/full"
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    shown = subprocess.run(
        ["bash", "-c", command], capture_output=True, text=True, check=False, cwd=folder, env=env
    )
    assert shown.returncode == 1
    assert shown.stderr.startswith("rag: the system refused to read or write (No space left")
    assert shown.stderr.count("\n") == 1


def test_a_build_that_is_interrupted_says_so(tmp_path: Path) -> None:
    (tmp_path / "corpus").mkdir()
    for number in range(60):
        text = "".join(f"Part {number}.{n} of the report is long. " for n in range(2000))
        (tmp_path / "corpus" / f"{number}.txt").write_text(text)
    process = subprocess.Popen(
        [sys.executable, "-m", "rag", "build"], cwd=tmp_path, text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)}, stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
    )  # fmt: skip
    while not (tmp_path / "index").exists():
        assert process.poll() is None
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=60)
    assert process.returncode == 130, told
    assert told.endswith("rag: stopped; what was built before is untouched\n")


def test_a_refusal_exits_three_and_calls_near_misses_related(folder: Path) -> None:
    shown = run("ask", "What is the capital of Jordan?", cwd=folder)
    assert shown.returncode == 3, shown.stdout
    assert shown.stdout.startswith("The documents do not answer this.")
    refused = run("ask", "How do I boil an egg?", "--json", cwd=folder)
    assert refused.returncode == 3
    assert json.loads(refused.stdout)["quotes"] == []


def test_build_prints_a_table_and_the_index_id(tmp_path: Path) -> None:
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "a.txt").write_text("Wasps make paper nests.")
    (tmp_path / "corpus" / "b.zip").write_bytes(b"PK\x03\x04 not really")
    shown = run("build", cwd=tmp_path)
    assert shown.returncode == 0, shown.stderr
    assert "added" in shown.stdout
    assert "skipped b.zip: " in shown.stdout
    assert "is ready" in shown.stdout


def test_info_tells_documents_models_hashes_and_sizes(folder: Path) -> None:
    shown = run("info", cwd=folder)
    assert shown.returncode == 0, shown.stderr
    assert "talks.md" in shown.stdout
    assert bundled.ENCODER.sha256 in shown.stdout
    assert bundled.RERANKER.sha256 in shown.stdout
    told = json.loads(run("info", "--json", cwd=folder).stdout)
    assert told["documents"] == len(told["documents_list"]) == 11


def test_info_tells_documents_with_long_paths_apart_on_a_narrow_terminal(tmp_path: Path) -> None:
    folder = "minutes-of-the-yearly-meetings-of-the-board/as-they-were-signed"
    names = ["minutes-2023.txt", "minutes-2024.txt"]
    (tmp_path / "corpus" / folder).mkdir(parents=True)
    for name in names:
        (tmp_path / "corpus" / folder / name).write_text("Tea is served.\n")
    assert run("build", cwd=tmp_path).returncode == 0
    shown = run("info", cwd=tmp_path, COLUMNS="80")
    column = "".join(line.strip().split(" ")[0] for line in shown.stdout.split("\n"))
    assert all(f"{folder}/{name}" in column for name in names)


@pytest.mark.parametrize(
    ("arguments", "env", "code", "message"),
    [
        (["ask", "Who?", "--index", "none"], {}, 1, "there is no index in "),
        (["info", "--index", "none"], {}, 1, "there is no index in none yet; run `rag build`"),
        (["build", "--corpus", "none"], {}, 1, "none does not exist"),
        (["build", "--corpus", "empty"], {}, 1, "has no documents; put some in"),
        (["ask", ""], {}, 2, "the question is empty"),
        (["ask", "why " * 400], {}, 2, "ask in 1,000 or fewer"),
        (["ask", "caf\udce9"], {}, 2, "the question is not valid UTF-8 (character 4 is no"),
        (["ask", "Who?", "--index", "damaged"], {}, 1, "does not name a generation"),
        (["ask", "Who?"], {"RAG_RERANKER": "./none"}, 1, "could not be loaded"),
        (["ask", "Who?"], {"RAG_THRESHOLD": "high"}, 2, "threshold is 'high'"),
        (["ask", "Who?", "--top", "0"], {}, 2, "--top"),
        (["ask"], {}, 2, "Missing argument"),
        (["find", "Tea.", "--index", "none"], {}, 1, "there is no index in none"),
        (["find", "Tea.", "--corpus", "none"], {}, 1, "none does not exist"),
        (["find", " "], {}, 2, "the text to find is empty"),
        (["find", "Tea.", "--corpus", "empty", "--index", "none"], {}, 2, "both an index and"),
        (["find"], {}, 2, "Missing argument"),
        (["verify", "none.json"], {}, 2, "none.json cannot be read (No such file or directory)"),
        (["verify", "empty"], {}, 2, "no receipts in empty; expected *.json files"),
        (["verify", "damaged/CURRENT"], {}, 2, "damaged/CURRENT is not JSON"),
        (["verify", "-"], {}, 2, "standard input is not JSON"),
        (["verify"], {}, 2, "Missing argument"),
        (["sing"], {}, 2, "sing"),
    ],
)
def test_every_error_is_clear_and_never_a_traceback(
    folder: Path, arguments: list[str], env: dict[str, str], code: int, message: str
) -> None:
    (folder / "empty").mkdir(exist_ok=True)
    (folder / "damaged").mkdir(exist_ok=True)
    (folder / "damaged" / "CURRENT").write_text("../../etc\n")
    shown = run(*arguments, cwd=folder, HF_HUB_OFFLINE="1", **env)
    assert shown.returncode == code, shown.stderr
    assert message in shown.stderr
    assert "Traceback" not in shown.stderr
    if not arguments[0].startswith("sing") and message[0] not in "-QM":
        assert shown.stderr.startswith("rag: ")
        assert shown.stderr.count("\n") == 1


def test_a_document_cannot_send_commands_to_the_terminal(tmp_path: Path) -> None:
    from rag.cli_text import plain

    assert plain("a\x1b[2Jb\u202ec\r") == "a\\u001b[2Jb\\u202ec\\u000d"


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    """A working directory with a corpus of two files, three receipts of them, and no index."""
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    (corpus / "a.txt").write_text("The rate did not increase.\n\nIt rose by 5 percent in May.\n")
    (corpus / "b.txt").write_text("Tea helps.\n")
    (tmp_path / "receipts").mkdir()
    for number, (name, words) in enumerate(
        [("a.txt", "The rate did not increase."), ("a.txt", "5 percent in May"), ("b.txt", "Tea")]
    ):
        document = read(corpus, name, max_bytes=10_000)
        start = document.text.index(words)
        receipt = Quote(document, start, start + len(words), 0.9).receipt(question="How?")
        (tmp_path / "receipts" / f"{number}.json").write_text(receipt.to_json())
    return tmp_path


def test_ask_writes_a_receipt_a_quote_that_verifies(folder: Path, tmp_path: Path) -> None:
    asked = ["ask", "What did Hamas ask for in return?", "--json", "--receipts"]
    shown = run(*asked, str(tmp_path / "new" / "receipts"), cwd=folder)
    assert shown.returncode == 0, shown.stderr
    answer = json.loads(shown.stdout)
    written = sorted((tmp_path / "new" / "receipts").iterdir())
    assert len(written) == len(answer["quotes"])
    assert all(re.fullmatch(r"[0-9a-f]{32}\.json", path.name) for path in written)
    receipts = [json.loads(path.read_text(encoding="utf-8")) for path in written]
    assert {receipt["quote"] for receipt in receipts} == {q["text"] for q in answer["quotes"]}
    assert {receipt["index_id"] for receipt in receipts} == {answer["index_id"]}
    checked = run("verify", str(tmp_path / "new" / "receipts"), cwd=folder)
    assert checked.returncode == 0, checked.stdout
    (tmp_path / "file").touch()
    failed = run(*asked, str(tmp_path / "file" / "receipts"), cwd=folder)
    assert failed.returncode == 1
    assert "receipts cannot be written" in failed.stderr


def test_a_refusal_leaves_no_receipts(folder: Path, tmp_path: Path) -> None:
    receipts = tmp_path / "receipts"
    assert run("ask", "How do I boil an egg?", "--receipts", str(receipts), cwd=folder).returncode
    assert not receipts.exists()


def test_verify_exits_zero_only_if_every_receipt_is_exact(notes: Path) -> None:
    shown = run("verify", "receipts", cwd=notes)
    assert shown.returncode == 0, shown.stderr
    assert shown.stdout.endswith("\n3 receipts: 3 exact, 0 moved, 0 changed, 0 gone\n")
    text = (notes / "corpus" / "a.txt").read_text()
    (notes / "corpus" / "a.txt").write_text("New.\n\n" + text.replace("5 percent", "6 percent"))
    (notes / "corpus" / "b.txt").unlink()
    shown = run("verify", "receipts", cwd=notes)
    assert shown.returncode == 1
    assert shown.stdout.endswith("\n3 receipts: 0 exact, 1 moved, 1 changed, 1 gone\n")
    assert "[-5-] {+6+} percent in May" in shown.stdout
    told = json.loads(run("verify", "receipts", "--json", cwd=notes).stdout)
    assert (told["receipts"], told["exact"], told["moved"]) == (3, 0, 1)
    assert [verdict["outcome"] for verdict in told["verdicts"]] == ["moved", "changed", "gone"]
    assert told["verdicts"][0]["found"][0]["start"] == 6
    assert {"op": "added", "text": "6"} in told["verdicts"][1]["diff"]


def test_verify_reads_lists_standard_input_and_another_corpus(notes: Path) -> None:
    receipts = [json.loads(path.read_text()) for path in sorted((notes / "receipts").iterdir())]
    (notes / "corpus").rename(notes / "elsewhere")
    shown = run("verify", "-", "--corpus", "elsewhere", cwd=notes, stdin=json.dumps(receipts))
    assert shown.returncode == 0, shown.stderr
    assert shown.stdout.endswith("3 receipts: 3 exact, 0 moved, 0 changed, 0 gone\n")
    assert run("verify", "receipts", cwd=notes).returncode == 1  # no such corpus


def test_one_malformed_receipt_in_a_folder_is_bad_usage_and_named(notes: Path) -> None:
    broken = notes / "receipts" / "1.json"
    broken.write_text(broken.read_text().replace("5 percent", "6 percent"))
    shown = run("verify", "receipts", cwd=notes)
    assert shown.returncode == 2
    assert shown.stderr.startswith("rag: receipts/1.json: the quote does not have the hash")
    assert shown.stdout == ""


def test_find_tells_exact_altered_and_absent_by_its_exit_code(notes: Path) -> None:
    shown = run("find", "It rose by 5 percent", "--corpus", "corpus", cwd=notes)
    assert (shown.returncode, shown.stdout.split(":")[0]) == (0, "exact")
    assert "(a.txt), chars 28–48" in shown.stdout
    shown = run("find", "-", "--corpus", "corpus", cwd=notes, stdin="It rose by 6 percent\n")
    assert (shown.returncode, shown.stdout.split(":")[0]) == (3, "altered")
    assert "words differ" in shown.stdout
    assert "It rose by [-6-] {+5+} percent" in shown.stdout
    shown = run("find", "Wasps make nests.", "--corpus", "corpus", cwd=notes)
    assert (shown.returncode, shown.stdout.split(":")[0]) == (3, "absent")
    told = json.loads(run("find", "tea helps", "--corpus", "corpus", "--json", cwd=notes).stdout)
    assert told["outcome"] == "altered"
    assert told["findings"][0]["document"] == "b.txt"
    assert told["findings"][0]["diff"][:2] == [
        {"op": "removed", "text": "tea"},
        {"op": "added", "text": "Tea"},
    ]


def test_find_refuses_standard_input_that_is_not_utf_8_in_one_line(notes: Path) -> None:
    for errors in ("strict", "surrogateescape"):
        encoding = {"PYTHONIOENCODING": f"utf-8:{errors}"}
        shown = run("find", "-", "--corpus", "corpus", cwd=notes, stdin="caf\udce9", **encoding)
        assert (shown.returncode, shown.stderr.count("\n")) == (2, 1)
        assert shown.stderr.startswith("rag: the text to find is not valid UTF-8")


def test_find_tells_which_files_it_could_not_search(notes: Path) -> None:
    (notes / "corpus" / "c\nexact: d.pdf").write_bytes(b"\0\1\2" * 99)
    shown = run("find", "Wasps make nests.", "--corpus", "corpus", cwd=notes)
    assert shown.returncode == 3
    assert "1 file could not be searched\n         c\\nexact: d.pdf: not a" in shown.stdout
    told = json.loads(run("find", "Wasps", "--corpus", "corpus", "--json", cwd=notes).stdout)
    assert [item["path"] for item in told["unsearched"]] == ["c\nexact: d.pdf"]
    assert "not a" in told["unsearched"][0]["reason"]


def test_what_could_not_be_read_is_told_where_something_is_not_found(tmp_path: Path) -> None:
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "tea.md").write_text("Tea helps against colds.")
    (tmp_path / "corpus" / "scan.pdf").write_bytes(b"\0\1\2" * 99)
    assert run("build", cwd=tmp_path).returncode == 0
    told = "1 file could not be searched: `rag info` tells which"
    assert told in run("find", "Coffee wakes.", cwd=tmp_path).stdout
    found = json.loads(run("find", "Coffee wakes.", "--json", cwd=tmp_path).stdout)
    assert [item["path"] for item in found["unsearched"]] == ["scan.pdf"]
    refused = run("ask", "Who won the World Cup in 1954?", cwd=tmp_path)
    assert refused.returncode == 3
    assert "One file could not be read, and so not searched" in refused.stdout
    exported = run("ask", "Who won the World Cup?", "--format", "markdown", cwd=tmp_path)
    assert "Not searched: one file that could not be read." in exported.stdout


def test_checks_send_no_commands_to_the_terminal_nor_fake_a_verdict(notes: Path) -> None:
    hostile = "Tea\x1b[2J \u202ehelps\x9b\nexact    a.txt: fine\n"
    (notes / "corpus" / "b.txt").write_text(hostile, encoding="utf-8")
    receipt = json.loads((notes / "receipts" / "2.json").read_text())
    words = "Tea helps exact a.txt: fine"
    receipt |= {"quote": words, "end": len(words), "document": "b.txt", "title": "x\nexact"}
    receipt["quote_sha256"] = hashlib.sha256(words.encode()).hexdigest()
    named = receipt | {"document": "no\nexact    a.txt"}
    for arguments in (["verify", "-"], ["find", words, "--corpus", "corpus"]):
        for flag in ([], ["--json"]):
            shown = run(*arguments, *flag, cwd=notes, stdin=json.dumps([receipt, named]))
            assert shown.returncode in (1, 3), shown.stderr
            assert not set(shown.stdout) & set("\x1b\x9b\u202e")
            assert not any(line.startswith("exact") for line in shown.stdout.split("\n"))
            if flag:
                json.loads(shown.stdout)
