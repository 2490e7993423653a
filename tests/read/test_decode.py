"""Bytes become the right text, or are refused."""

from __future__ import annotations

import hashlib

import pytest

from rag.errors import ReadError
from rag.read.decode import decode

TEXT = "Zürich – İstanbul 👩‍🚀\r\nsecond line"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_a_byte_order_mark_decides_and_is_removed(encoding: str) -> None:
    assert decode(TEXT.encode(encoding)) == TEXT


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_unicode_without_a_mark_is_recognised(encoding: str) -> None:
    assert decode(TEXT.encode(encoding)) == TEXT


def test_a_declared_encoding_is_used_if_the_bytes_agree() -> None:
    assert decode("Füße".encode("cp1252"), "iso-8859-1") == "Füße"
    assert decode("“quoted”".encode("cp1252"), "ascii") == "“quoted”"
    assert decode("Füße".encode(), "us-ascii-nonsense") == "Füße"
    assert decode("Füße".encode(), "utf-16") == "Füße"


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("cp1251", "Съешь же ещё этих мягких французских булок, да выпей чаю."),
        ("koi8-r", "Съешь же ещё этих мягких французских булок, да выпей чаю."),
        ("cp1252", "Die Katze tritt die Treppe krumm – „natürlich“, sagte Frau Müller."),
        ("shift_jis", "吾輩は猫である。名前はまだ無い。どこで生れたかとんと見当がつかぬ。"),
        ("gb18030", "人人生而自由，在尊严和权利上一律平等。他们赋有理性和良心。"),
    ],
)
def test_a_legacy_encoding_is_guessed(encoding: str, text: str) -> None:
    assert decode(text.encode(encoding)) == text


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("cp1252", "Le café était fermé; la réunion a été reportée à l’été."),
        ("iso8859-1", "El niño comió piña. ¿Cuándo? Mañana."),
        ("cp1252", "As ações são públicas e põem fim à questão."),
        ("cp1252", "Smörgåsbord på øya: € 5 – “blåbær”."),
        ("cp1250", "Příliš žluťoučký kůň úpěl ďábelské ódy. Komise schválila rozpočet."),
        ("cp1250", "Zażółć gęślą jaźń. Komisja zatwierdziła budżet w czwartek."),
        ("big5", "委員會星期四召開會議，批准了漁業預算。臺北市人口約兩百五十萬。"),
        ("euc_kr", "위원회는 목요일에 회의를 열어 어업 예산을 승인했다."),
        ("euc_jp", "東京都の人口は約千四百万人であり、日本で最も多い。"),
        ("iso2022_jp", "東京都の人口は約千四百万人であり、日本で最も多い。"),
        ("cp1253", "Η επιτροπή ενέκρινε τον προϋπολογισμό την Πέμπτη."),
    ],
)
def test_one_sentence_is_enough_to_tell_common_encodings(encoding: str, text: str) -> None:
    assert decode(text.encode(encoding)) == text


def test_a_label_that_fits_all_bytes_does_not_spoil_utf_8() -> None:
    for label in ("us-ascii", "iso-8859-1", "windows-1251"):
        assert decode("Привет, Zürich".encode(), label) == "Привет, Zürich"
    assert decode("联通".encode("gb18030"), "gb2312") == "联通"
    assert decode("Ünï".encode("cp1252"), "us-ascii") == "Ünï"


def test_a_few_broken_bytes_cost_only_themselves() -> None:
    assert decode("Zürich is".encode() + b"\xff spelt right.") == ("Zürich is\ufffd spelt right.")


def test_nul_becomes_a_replacement_character_so_that_offsets_hold() -> None:
    assert decode(b"before the zero\0after it, more text") == (
        "before the zero\ufffdafter it, more text"
    )


def test_random_bytes_are_refused() -> None:
    with pytest.raises(ReadError, match="not a text file"):
        decode(hashlib.shake_128(b"seed").digest(3000))
    with pytest.raises(ReadError, match="not a text file"):
        decode(b"a\0\0\0\1\2\3\4" * 100)
