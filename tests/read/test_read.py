"""``read``: one checked, hashed reading of a file; refusals in one line."""

from __future__ import annotations

import bz2
import hashlib
import struct
import subprocess
import sys
from pathlib import Path

import pytest
from read.pdfs import pdf

from rag.errors import CorpusError, ReadError
from rag.read import FORMATS, extract, read, reader_version


def test_a_document_says_what_it_was_made_of(tmp_path: Path) -> None:
    data = b"\xef\xbb\xbfPlain words of the file.\r\n"
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "my_first-note.txt").write_bytes(data)
    document = read(tmp_path, "sub/my_first-note.txt", max_bytes=1000)
    assert document.path == "sub/my_first-note.txt"
    assert document.title == "my first note"
    assert document.text == "Plain words of the file.\r\n"
    assert document.file_sha256 == hashlib.sha256(data).hexdigest()
    assert document.reader == reader_version("text")


def test_the_same_file_gives_the_same_document(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("# T\n\nWords.\n")
    assert read(tmp_path, "a.md", max_bytes=99) == read(tmp_path, "a.md", max_bytes=99)


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("empty.txt", b"", "an empty file"),
        ("blank.md", b" \n\n", "an empty file"),
        ("big.txt", b"x" * 101, "larger than 100 bytes: split it"),
        ("photo.jpg", b"\xff\xd8\xff\xe0aaaa", "a picture"),
        ("photo.pdf", b"\x89PNG\r\n\x1a\n", "a picture"),
        ("notes.pdf", b"just text", "not a pdf file inside: rename it"),
        ("data.zip", b"\x1f\x8b\x08\0\0", "archive"),
        ("data.bin", bytes(range(60)), "not a text file"),
        ("rule.md", b"---\n\n***\n", "no text in it"),
    ],
)
def test_a_refusal_is_one_line_with_the_next_step_and_does_not_name_the_file(
    tmp_path: Path, name: str, data: bytes, reason: str
) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(ReadError) as caught:
        read(tmp_path, name, max_bytes=100)
    message = str(caught.value)
    assert reason in message
    assert name not in message
    assert "\n" not in message


def test_paths_are_checked(tmp_path: Path) -> None:
    with pytest.raises(ReadError):
        read(tmp_path, "../etc/passwd", max_bytes=100)
    with pytest.raises(CorpusError):
        read(tmp_path / "nowhere", "a.txt", max_bytes=100)


def test_content_decides_where_names_lie() -> None:
    assert extract(b"{\\rtf1 Some words.}", ".doc")[0] == "rtf"
    assert extract(b"Some words.", ".unknown")[0] == "text"
    assert extract(b"<!DOCTYPE html><p>Some words.", "")[0] == "html"
    assert extract(b"<html> is a tag.", ".txt")[0] == "text"


@pytest.mark.parametrize("suffix", [".txt", ".notes", ""])
@pytest.mark.parametrize(
    "words",
    [
        b"BM is short for Bookmobile.",
        b"BZhongguo is no word.",
        b"BZh9 is how bzip2 begins.",
        b"A PDF begins with %PDF-1.7 and a line end.",
    ],
)
def test_words_that_look_like_a_files_first_bytes_are_text(words: bytes, suffix: str) -> None:
    kind, extraction = extract(words, suffix)
    assert (kind, extraction.text) == ("text", words.decode())


def test_pictures_archives_and_pdfs_are_known_by_their_first_bytes() -> None:
    bitmap = b"BM" + struct.pack("<IHHI", 58, 0, 0, 54)
    with pytest.raises(ReadError, match="a picture"):
        extract(bitmap, ".unknown")
    with pytest.raises(ReadError, match="archive"):
        extract(bz2.compress(b"words"), ".unknown")
    for before in (b"", b"\r\n ", b"\xef\xbb\xbf"):
        assert extract(before + pdf([["Some words."]]), ".unknown")[0] == "pdf"
    assert extract(b"a mail's head\n" + pdf([["Some words."]]), ".pdf")[0] == "pdf"


def test_every_kind_has_a_versioned_reader() -> None:
    versions = {kind: reader_version(kind) for kind in set(FORMATS.values())}
    assert versions["pdf"].startswith("pdf 6 pypdfium2 ")
    assert all(any(c.isdigit() for c in version) for version in versions.values())


def test_importing_the_reader_imports_no_library() -> None:
    heavy = "lxml pypdfium2 selectolax markdown_it charset_normalizer"
    code = f"import sys, rag.read; sys.exit(bool(set('{heavy}'.split()) & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
