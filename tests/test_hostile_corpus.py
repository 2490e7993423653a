"""A corpus that attacks goes all the way: it is quoted word for word, and nothing else happens."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from conftest import Library
from hostile import ATTACKS, BIDI, fill

import rag
from rag.engine import Engine
from rag.exports import FORMATS, file_name
from rag.render import answer_to_dict, findings_to_dict
from rag.reports import BuildReport
from rag.types import Quote
from rag.ui.cards import answer_card
from rag.ui.documents import documents_list, look_at
from rag.ui.find import findings_card
from rag.ui.quotes import place_of
from rag.ui.source import source_panel

WORDS = [*ATTACKS, "tapir"]


class Shelf:
    """The library with its corpus built, once for all tests."""

    def __init__(self, folder: Path) -> None:
        self.library = Library(folder)
        fill(self.library.corpus)
        self.library.settings = replace(self.library.settings, top=50)
        self.report: BuildReport = self.library.build()
        self.engine: Engine = self.library.open()

    def quotes(self, word: str) -> list[Quote]:
        """Everything quoted of an attack: each format's words."""
        answer = self.engine.query(f"Where is the {word}?")
        found = [quote for one in answer.quotes for quote in (one, *one.also_in)]
        return [quote for quote in found if word in quote.text]


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shelf]:
    shelf = Shelf(tmp_path_factory.mktemp("hostile"))
    yield shelf
    shelf.engine.close()


class Page(HTMLParser):
    """What a browser makes of it: the elements, and the text of the quotes."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.quotes: list[str] = []
        self._inside = False
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag == "p" and "words" in (dict(attrs).get("class") or "").split():
            self._inside = True
            self.quotes.append("")

    def handle_endtag(self, tag: str) -> None:
        self._inside = self._inside and tag != "p"

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.quotes[-1] += data


OURS = {"article", "p", "ol", "ul", "li", "blockquote", "div", "span", "button", "bdi", "details",
        "summary", "footer", "mark", "h2", "h3", "h4", "b", "fieldset", "legend", "label", "input",
        "img", "del", "ins", "dl", "dt", "dd"}  # fmt: skip


def inert(html: str) -> Page:
    page = Page(html)
    assert page.tags <= OURS
    assert not any(name.startswith("on") or name in ("href", "srcset") for name in page.attributes)
    assert not re.search(r'src="(?!data)', html)
    return page


def test_each_format_is_read_and_what_only_attacks_is_skipped(shelf: Shelf) -> None:
    read = set(shelf.report.added)
    assert {f"attack{suffix}" for suffix in (".docx", ".pdf", ".eml", ".xlsx", ".html")} <= read
    skipped = {item.path: item.reason for item in shelf.report.skipped}
    assert set(skipped) >= {"bomb.docx", "nested.docx", "empty.docx"}
    assert all("\n" not in reason and str(shelf.library.corpus) not in reason
               for reason in skipped.values())  # fmt: skip


def test_no_package_writes_or_reads_outside(shelf: Shelf) -> None:
    root = shelf.library.corpus.parent
    assert not list(root.rglob("*slipped*"))
    assert not list(Path("/tmp").glob("slipped*"))  # noqa: S108
    for info in shelf.engine.documents():
        text = shelf.engine.document(info.path).text
        assert "root:" not in text
        assert text.count("lol") < 100


@pytest.mark.parametrize("word", WORDS)
def test_every_way_out_holds_the_words_and_nothing_of_their_meaning(
    shelf: Shelf, word: str
) -> None:
    found = shelf.quotes(word)
    assert found, "it is quoted"
    engine, corpus = shelf.engine, shelf.library.corpus
    answer = engine.query(f"Where is the {word}?")
    page = inert(answer_card(answer))
    assert page.quotes == [quote.text for quote in answer.quotes]
    for quote in found:
        assert quote.text == engine.document(quote.document.path).text[quote.start : quote.end]
        inert(source_panel(engine, {"place": place_of(quote), "view": "text"}))
    sought = ATTACKS.get(word, BIDI)
    findings = engine.find(sought)
    assert findings
    inert(findings_card(sought, findings))
    inert(documents_list(look_at(engine)))
    told = json.loads(json.dumps([answer_to_dict(answer), findings_to_dict(findings)]))
    assert [quote["text"] for quote in told[0]["quotes"]] == [q.text for q in answer.quotes]
    verdicts = rag.verify([quote.receipt() for quote in found], corpus)
    assert {verdict.outcome for verdict in verdicts} == {"exact"}


@pytest.mark.parametrize("word", WORDS)
def test_every_export_holds_the_words_and_no_link(shelf: Shelf, word: str) -> None:
    answer = shelf.engine.query(f"Where is the {word}?")
    for to in FORMATS:
        data = rag.export(answer, to)  # type: ignore[arg-type]
        assert re.fullmatch(r"[\w.-]+", file_name(to, _noon())), "fit for a header"
        if to == "docx":
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                assert not any(".." in name or name.startswith("/") for name in archive.namelist())
                for name in archive.namelist():
                    assert b"TargetMode" not in archive.read(name), "nothing outside is named"
                    if name.endswith(".rels"):
                        assert b"evil.example" not in archive.read(name)
        elif to == "json":
            (saved,) = json.loads(data)["answers"]
            assert [q["text"] for q in saved["quotes"]] == [q.text for q in answer.quotes]
            verdicts = rag.verify(rag.parse_receipts(data), shelf.library.corpus)
            assert {verdict.outcome for verdict in verdicts} == {"exact"}
        elif to == "markdown":
            # What is fenced is code, whatever it says.
            prose = re.sub(r"(?ms)^> (`{3,})\n.*?^> \1$", "", data.decode())
            assert not re.search(r"(?<!\\)<(?:script|img|svg|a)\b", prose)


def _noon() -> object:
    from exports.samples import NOON

    return NOON


@pytest.mark.parametrize(
    "question",
    [
        *ATTACKS.values(), BIDI, "'; DROP TABLE documents; --", '" OR ""="', "* NEAR/0 ^ {a b}:",
        "%", "_", "\\", "\0", "a\0b", "SELECT * FROM documents", "zebra\r\nX: y", "()" * 400,
        "?" * 1000, "\u202e" * 50, "'" * 999,
    ],
)  # fmt: skip
def test_a_question_is_only_words(
    shelf: Shelf, question: str, capfd: pytest.CaptureFixture[str]
) -> None:
    before = shelf.engine.info()
    with suppress(rag.QuestionError):
        inert(answer_card(shelf.engine.query(question)))
    with suppress(rag.UsageError):
        inert(findings_card(question, shelf.engine.find(question)))
    assert shelf.engine.info() == before
    assert "Traceback" not in capfd.readouterr().err


def test_a_header_in_a_subject_is_one_line(shelf: Shelf) -> None:
    document = shelf.engine.document("mail.eml")
    assert "\r" not in document.title
    assert "\n" not in document.title
    assert "The okapi wrote this." in document.text
