"""The corpus folder: what is listed, and that no path leads out of it."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

import rag
from rag.accounts import Account, save_accounts
from rag.corpus import list_files, resolve
from rag.errors import CorpusError, ReadError
from rag.folders import folders
from rag.index.watch import watch
from rag.passwords import hash_password


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    folder = tmp_path / "corpus"
    (folder / "sub").mkdir(parents=True)
    (folder / "b.txt").write_text("B.")
    (folder / "a.txt").write_text("A.")
    (folder / "sub" / "c.txt").write_text("C.")
    (tmp_path / "secret.txt").write_text("secret")
    return folder


def test_lists_files_of_subfolders_sorted_by_code_point(corpus: Path) -> None:
    (corpus / "Z.txt").write_text("Z.")
    (corpus / "é.txt").write_text("E.")
    assert list_files(corpus) == (["Z.txt", "a.txt", "b.txt", "sub/c.txt", "é.txt"], [])


def test_hidden_and_lock_files_are_left_out_silently(corpus: Path) -> None:
    (corpus / ".git").mkdir()
    (corpus / ".git" / "config.txt").write_text("x")
    (corpus / ".hidden.txt").write_text("x")
    (corpus / "~$report.docx").write_text("x")
    assert list_files(corpus) == (["a.txt", "b.txt", "sub/c.txt"], [])


@pytest.mark.parametrize(
    "name",
    [
        "a.txt~", "#a.txt#", "~WRL0001.tmp", "A.TMP", "a.pdf.part", "a.pdf.crdownload", "a.txt.swp",
        "Thumbs.db", "desktop.ini",
    ],
)  # fmt: skip
def test_what_editors_and_systems_leave_is_no_document(corpus: Path, name: str) -> None:
    (corpus / "sub" / name).write_text("An old sentence.")
    (corpus / "old~").mkdir()
    (corpus / "old~" / "d#.txt").write_text("D.")
    assert list_files(corpus) == (["a.txt", "b.txt", "old~/d#.txt", "sub/c.txt"], [])
    assert resolve(corpus, "old~/d#.txt").read_text() == "D."


def test_a_document_that_icloud_has_taken_from_the_disk_is_told(corpus: Path) -> None:
    (corpus / "sub" / "c.txt").unlink()
    (corpus / "sub" / ".c.txt.icloud").write_bytes(b"bplist00")
    (corpus / ".x.icloud").mkdir()
    files, skipped = list_files(corpus)
    assert files == ["a.txt", "b.txt"]
    assert [skip.path for skip in skipped] == ["sub/.c.txt.icloud"]
    assert skipped[0].reason.startswith("not downloaded from iCloud")


def test_an_index_inside_the_corpus_is_no_document(corpus: Path) -> None:
    index = corpus / "sub" / "index"
    first = rag.build(corpus=corpus, index=index)
    again = rag.build(corpus=corpus, index=index)
    assert (first.index_id, first.skipped) == (again.index_id, ())
    assert [d.path for d in rag.open_index(index).documents()] == [
        "a.txt", "b.txt", "sub/c.txt",
    ]  # fmt: skip


def test_an_index_in_the_very_folder_of_the_documents_is_refused(corpus: Path) -> None:
    (corpus.parent / "link").symlink_to(corpus)
    for index in (corpus, corpus.parent / "link", corpus / "sub" / ".."):
        with pytest.raises(rag.SettingsError, match="corpus and index are the same folder"):
            rag.build(corpus=corpus, index=index)
        with pytest.raises(rag.SettingsError, match="corpus and index are the same folder"):
            watch(corpus, pytest.fail, pytest.fail, index=index)
    assert sorted(path.name for path in corpus.iterdir()) == ["a.txt", "b.txt", "sub"]


def test_a_link_out_of_the_corpus_is_refused_with_a_reason(corpus: Path) -> None:
    (corpus / "out.txt").symlink_to(corpus.parent / "secret.txt")
    (corpus / "dangling.txt").symlink_to(corpus / "nowhere")
    files, skipped = list_files(corpus)
    assert files == ["a.txt", "b.txt", "sub/c.txt"]
    assert [skip.path for skip in skipped] == ["dangling.txt", "out.txt"]
    assert all("link" in skip.reason and "\n" not in skip.reason for skip in skipped)


def test_a_link_to_a_file_inside_is_followed_and_cycles_do_no_harm(corpus: Path) -> None:
    (corpus / "again.txt").symlink_to(corpus / "a.txt")
    (corpus / "sub" / "up").symlink_to(corpus)
    (corpus / "loop").symlink_to(corpus / "loop")
    files, skipped = list_files(corpus)
    assert files == ["a.txt", "again.txt", "b.txt", "sub/c.txt"]
    assert [skip.path for skip in skipped] == ["loop", "sub/up"]


@pytest.fixture
def links(corpus: Path) -> list[str]:
    """Links that somebody who may write to ``mine`` alone has put there, and one to its own."""
    (corpus / "mine" / "deep" / ".git").mkdir(parents=True)
    (corpus / "mine" / "index").mkdir()
    for name in (".env", "mine/deep/.git/x.txt", "mine/index/feedback.jsonl", "mine/deep/own.txt"):
        (corpus / name).write_text("The token is 4711.")
    targets = {
        "mine/others.txt": "../sub/c.txt",
        "mine/hidden.txt": "../.env",
        "mine/index.txt": "index/feedback.jsonl",
        "mine/git.txt": "deep/.git/x.txt",
        "mine/by folder.txt": "way/c.txt",
        "mine/itself.txt": str(corpus / "sub" / ".." / "mine" / "others.txt"),
    }
    for name, target in targets.items():
        (corpus / name).symlink_to(target)
    (corpus / "mine" / "way").symlink_to("../sub")
    (corpus / "mine" / "again.txt").symlink_to("deep/own.txt")
    return sorted([*targets, "mine/way"])


def test_a_link_reads_no_other_folder_and_nothing_hidden(corpus: Path, links: list[str]) -> None:
    files, skipped = list_files(corpus, corpus / "mine" / "index")
    assert files == ["a.txt", "b.txt", "mine/again.txt", "mine/deep/own.txt", "sub/c.txt"]
    assert [skip.path for skip in skipped] == links
    assert all("link out of its folder" in skip.reason for skip in skipped)


def test_a_path_is_read_through_no_link_that_is_not_listed(corpus: Path, links: list[str]) -> None:
    assert resolve(corpus, "mine/again.txt") == (corpus / "mine/deep/own.txt").resolve()
    for name in {*links, "mine/way/c.txt"} - {"mine/index.txt"}:
        with pytest.raises(ReadError):
            resolve(corpus, name)


def test_a_corpus_that_is_a_link_is_read(corpus: Path, links: list[str]) -> None:
    linked = corpus.parent / "linked"
    linked.symlink_to(corpus)
    index = Path("mine/index")
    assert list_files(linked, linked / index) == list_files(corpus, corpus / index)
    assert resolve(linked, "mine/again.txt") == resolve(corpus, "mine/again.txt")


def test_a_linked_folder_outside_is_not_entered(corpus: Path) -> None:
    (corpus / "elsewhere").symlink_to(corpus.parent)
    files, skipped = list_files(corpus)
    assert not any("secret" in name for name in files)
    assert [skip.path for skip in skipped] == ["elsewhere"]


def test_a_name_with_undecodable_bytes_is_skipped_with_a_reason(corpus: Path) -> None:
    try:
        Path(os.fsdecode(bytes(corpus) + b"/caf\xe9.txt")).write_text("x")
    except OSError:
        pytest.skip("this file system holds only UTF-8 names")
    files, skipped = list_files(corpus)
    assert files == ["a.txt", "b.txt", "sub/c.txt"]
    assert "not valid UTF-8" in skipped[0].reason
    assert skipped[0].path.encode("utf-8")


def test_a_file_of_accounts_is_no_document(corpus: Path) -> None:
    account = Account("ana", folders(["sub"]), password=hash_password("correct horse"))
    save_accounts(corpus / "users.json", [account])
    text = (corpus / "users.json").read_text()
    (corpus / "users.json.bak").write_text(text[: len(text) // 2])
    held = json.loads(text)
    (corpus / "sub" / "Other.JSON").write_text(json.dumps(held, sort_keys=True))
    (corpus / "ledger.json").write_text('{"format": 1, "accounts": [{"number": 4711}]}')
    (corpus / "list.json").write_text('[{"name": "ana", "folders": []}]')
    files, skipped = list_files(corpus)
    assert files == ["a.txt", "b.txt", "ledger.json", "list.json", "sub/c.txt"]
    assert [skip.path for skip in skipped] == ["sub/Other.JSON", "users.json", "users.json.bak"]
    assert {skip.reason for skip in skipped} == {
        "a file of accounts, passwords and all: move it out of the corpus"
    }


def test_a_pipe_is_skipped_and_never_opened(corpus: Path) -> None:
    os.mkfifo(corpus / "pipe.txt")
    _, skipped = list_files(corpus)
    assert skipped[0].path == "pipe.txt"
    with pytest.raises(ReadError, match="not a regular file"):
        resolve(corpus, "pipe.txt")


@pytest.mark.parametrize("name", ["missing", "a.txt"])
def test_a_missing_corpus_says_what_to_do(corpus: Path, name: str) -> None:
    with pytest.raises(CorpusError, match="expected a folder of documents: create it"):
        list_files(corpus / name)
    with pytest.raises(CorpusError):
        resolve(corpus / name, "a.txt")


def test_resolve_gives_the_file(corpus: Path) -> None:
    assert resolve(corpus, "sub/c.txt").read_text() == "C."


@pytest.mark.parametrize(
    "path",
    [
        "",
        "..",
        "../secret.txt",
        "sub/../../secret.txt",
        "sub/../a.txt",
        "/etc/passwd",
        "a.txt\0.png",
        "caf\udce9.txt",
        "sub",
        "nothing.txt",
        "out.txt",
        "elsewhere/secret.txt",
    ],
)
def test_no_path_leads_out_of_the_corpus(corpus: Path, path: str) -> None:
    (corpus / "out.txt").symlink_to(corpus.parent / "secret.txt")
    (corpus / "elsewhere").symlink_to(corpus.parent)
    with pytest.raises(ReadError) as caught:
        resolve(corpus, path)
    assert "\n" not in str(caught.value)
    str(caught.value).encode("utf-8")


@pytest.mark.parametrize(
    "path",
    ["./a.txt", "a.txt/", "sub//c.txt", "sub/./c.txt", ".hid/c.txt", "sub/.c.txt", "~$a.txt"],
)
def test_a_path_that_no_listing_gives_names_no_document(corpus: Path, path: str) -> None:
    (corpus / ".hid").mkdir()
    for name in ("sub/.c.txt", ".hid/c.txt", "~$a.txt"):
        (corpus / name).write_text("C.")
    assert path not in list_files(corpus)[0]
    with pytest.raises(ReadError, match="is not a document path"):
        resolve(corpus, path)
