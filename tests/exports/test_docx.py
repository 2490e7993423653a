"""The Word file: real footnotes, every word, and readers that agree on both."""

from __future__ import annotations

import io
import re
import zipfile

import docx
import pytest
from exports.footnotes import W, docx_notes, docx_quotes, part
from exports.samples import HOSTILE, NOON, TEXTS, answer, quote, refusal
from hypothesis import example, given, settings
from lxml import etree

import rag
from rag.read.docx import extract

SAMPLE = answer(quote("One & <two>\n\tthree."), quote("a | b", "row"))


def pictured(text: str) -> str:
    """What XML 1.0 forbids, as it is shown."""
    shown = {code: chr(0x2400 + code) for code in range(32) if code not in (9, 10)}
    return text.translate(shown | {0xFFFE: "\ufffd", 0xFFFF: "\ufffd"})


@settings(deadline=None)
@given(TEXTS)
@example("\r\n\f\0\x1f\ufffe")
def test_the_words_are_carried_or_pictured(text: str) -> None:
    file = rag.export(answer(quote(text)), "docx", time=NOON)
    assert docx_quotes(file) == [pictured(text)]
    noted = "control characters are shown as pictures" in docx_notes(file)["1"]
    assert noted == (pictured(text) != text)


@pytest.mark.parametrize("sample", HOSTILE)
def test_our_own_reader_reads_the_words_back(sample: str) -> None:
    asked = answer(quote(sample), question="Why is that?")
    file = rag.export(asked, "docx", time=NOON)
    text = extract(file).text
    assert pictured(sample).strip() in text
    assert docx_notes(file)["1"] in text
    assert [p.text for p in docx.Document(io.BytesIO(file)).paragraphs][1] == pictured(sample)


def test_python_docx_finds_headings_and_styles() -> None:
    opened = docx.Document(io.BytesIO(rag.export([SAMPLE, refusal(quote("Near."))], "docx")))
    assert [(p.style.name, p.text) for p in opened.paragraphs[:-1]] == [
        ("Heading 1", "What is it?"),
        ("Quotation", "One & <two>\n\tthree."),
        ("Quotation, verbatim", "a | b"),
        ("Heading 1", "And what not?"),
        ("Aside", "The documents do not answer this."),
        ("Heading 2", "Related, not an answer"),
        ("Quotation", "Near."),
    ]
    assert opened.core_properties.title == "Answers in quotations"


def test_footnotes_are_real_and_each_has_one_reference() -> None:
    file = rag.export([SAMPLE, SAMPLE], "docx", time=NOON)
    references = part(file, "word/document.xml").iter(f"{W}footnoteReference")
    assert [reference.get(f"{W}id") for reference in references] == ["1", "2", "3", "4"]
    notes = part(file, "word/footnotes.xml")
    kinds = [(n.get(f"{W}id"), n.get(f"{W}type")) for n in notes]
    assert kinds[:2] == [("-1", "separator"), ("0", "continuationSeparator")]
    assert kinds[2:] == [("1", None), ("2", None), ("3", None), ("4", None)]
    assert all(note.find(f".//{W}footnoteRef") is not None for note in notes[2:])
    settings = part(file, "word/settings.xml")
    listed = settings.iterfind(f"{W}footnotePr/{W}footnote")
    assert [item.get(f"{W}id") for item in listed] == ["-1", "0"]


def test_the_package_is_whole_and_bears_no_time_but_its_own() -> None:
    file = rag.export(SAMPLE, "docx", time=NOON)
    with zipfile.ZipFile(io.BytesIO(file)) as archive:
        names = archive.namelist()
        assert archive.testzip() is None
        assert {item.date_time for item in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        for name in names:
            etree.fromstring(archive.read(name))
        types = archive.read("[Content_Types].xml").decode()
        relations = archive.read("word/_rels/document.xml.rels").decode()
        styles = archive.read("word/styles.xml").decode()
        document = archive.read("word/document.xml").decode()
    assert names[0] == "[Content_Types].xml"
    assert {f"/{n}" for n in names if not n.endswith((".rels", "Types].xml"))} == set(
        re.findall(r'PartName="([^"]+)"', types)
    )
    assert {f"word/{target}" for target in re.findall(r'Target="([^"]+)"', relations)} <= set(names)
    used = set(re.findall(r'w:(?:p|r)Style w:val="(\w+)"', document))
    assert used <= set(re.findall(r'w:styleId="(\w+)"', styles))


def test_right_to_left_words_are_marked_and_whole() -> None:
    words = "עברית 123 and English."
    file = rag.export(answer(quote(words), quote("English, then עברית.")), "docx")
    first, second = (
        paragraph
        for paragraph in part(file, "word/document.xml").iter(f"{W}p")
        if paragraph.find(f"{W}pPr/{W}pStyle").get(f"{W}val") == "Quotation"
    )
    assert first.find(f"{W}pPr/{W}bidi") is not None
    assert second.find(f"{W}pPr/{W}bidi") is None
    for paragraph in (first, second):
        marked = ["".join(r.itertext()) for r in paragraph.iter(f"{W}r")
                  if r.find(f"{W}rPr/{W}rtl") is not None]  # fmt: skip
        assert marked
        assert all("עברית" in run and "English" not in run for run in marked)
    assert docx_quotes(file)[0] == words
