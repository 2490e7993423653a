"""Formats read by kreuzberg: nothing it changes or adds may be quoted."""

from __future__ import annotations

from pathlib import Path

import pytest
from read.blocks import kinds, read_bytes

from rag.errors import ReadError
from rag.read import extract


def test_a_format_that_cannot_be_read_says_what_to_do() -> None:
    with pytest.raises(ReadError, match="save it"):
        extract(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), ".odp")


DOCS = Path(__file__).parents[3] / "shared" / "docs"
with_documents = pytest.mark.skipif(not DOCS.exists(), reason=f"the documents are not at {DOCS}")


@with_documents
def test_xls_has_the_shape_of_an_xlsx() -> None:
    shown = kinds(read_bytes((DOCS / "xls" / "poi-SampleSS.xls").read_bytes(), ".xls"))
    assert shown[:3] == [
        ("heading2", "First Sheet"), ("row", "Test spreadsheet"),
        ("row", "2nd row\t2nd row 2nd column"),
    ]  # fmt: skip


@with_documents
def test_msg_has_the_shape_of_an_eml() -> None:
    shown = kinds(read_bytes((DOCS / "msg" / "tika-testMSG-forwarded.msg").read_bytes(), ".msg"))
    assert shown[0] == ("heading1", "FW: Testing")
    assert [kind for kind, _ in shown[1:4]] == ["row"] * 3
    assert shown[4] == ("prose", "Forwarded Body")


@with_documents
@pytest.mark.parametrize(
    "file", ["doc/poi-PasswordProtected.doc", "xls/poi-xor-encryption-abc.xls"]
)
def test_a_password_is_named_as_the_reason(file: str) -> None:
    with pytest.raises(ReadError, match="encrypted: save a copy"):
        extract((DOCS / file).read_bytes(), file[-4:])
