"""What the server says and does before the page is there."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from browser.servers import free_port
from conftest import Library

import rag
from rag.engine import open_models
from rag.errors import RagError
from rag.ui.serve import bring_up_to_date, check_free, serve


def test_an_index_that_answers_is_served_though_it_cannot_be_written(
    library: Library, capsys: pytest.CaptureFixture[str]
) -> None:
    library.write("a.txt", "Apples are red.")
    library.build()
    lock = library.index / "build.lock"
    lock.unlink()
    lock.mkdir()  # as on a full disk, or in a folder that is for reading only
    engine = library.open()
    bring_up_to_date(engine)
    said = capsys.readouterr()
    assert "cannot be written" in said.err
    assert said.err.count("\n") == 1
    assert engine.query("Which apples are red?").answered


def test_without_one_that_answers_it_does_not_start(library: Library) -> None:
    library.write("a.txt", "Apples are red.")
    (library.index / "build.lock").mkdir(parents=True)
    engine = open_models(library.settings)
    with pytest.raises(rag.IndexWriteError, match="cannot be written"):
        bring_up_to_date(engine)


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "a.txt").write_text("Apples are red.")
    settings = rag.Settings(corpus=str(tmp_path / "corpus"), index=str(tmp_path / "file" / "index"))
    with pytest.raises(rag.IndexWriteError, match="cannot be written"):
        serve(settings, port=free_port())


def test_one_document_is_not_called_documents(
    library: Library, capsys: pytest.CaptureFixture[str]
) -> None:
    library.write("a.txt", "Apples are red.")
    library.build()
    library.write("b.txt", "Pears are green.")
    bring_up_to_date(library.open())
    assert capsys.readouterr().out == "Index ready: 2 passages, 1 document changed.\n"


def test_what_to_choose_anew_is_what_is_wrong() -> None:
    with pytest.raises(RagError, match="choose another host, such as"):
        check_free("192.0.2.1", 0)  # of a network that nobody has
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(RagError, match=f"choose another port, such as PORT={port + 1}"):
            check_free("127.0.0.1", port)
