"""Documents of every format with known words at known places, made by hand or by a library."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from html import escape

from read.packages import OFFICE, package, relations
from read.pdfs import pdf


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and the sentences under it: a page, a slide, a sheet, a chapter."""

    heading: str
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a sentence was put."""

    page: int | None = None
    row: int | None = None
    section: str | None = None


Placed = list[tuple[str, Place]]
Maker = Callable[[Sequence[Section]], bytes]


def _paged(sections: Sequence[Section]) -> Placed:
    return [
        (sentence, Place(page, section=section.heading))
        for page, section in enumerate(sections, 1)
        for sentence in section.sentences
    ]


def _headed(sections: Sequence[Section]) -> Placed:
    return [
        (sentence, Place(section=section.heading))
        for section in sections
        for sentence in section.sentences
    ]


def _in_rows(sections: Sequence[Section]) -> Placed:
    """Every second row: the empty ones between count."""
    return [
        (sentence, Place(row=2 * number, section=section.heading))
        for section in sections
        for number, sentence in enumerate(section.sentences, 1)
    ]


def _records(sections: Sequence[Section]) -> Placed:
    sentences = [sentence for section in sections for sentence in section.sentences]
    return [(sentence, Place(row=number)) for number, sentence in enumerate(sentences, 2)]


def _plain(sections: Sequence[Section]) -> Placed:
    return [(sentence, Place()) for section in sections for sentence in section.sentences]


def docx(sections: Sequence[Section]) -> bytes:
    import docx as python_docx

    document = python_docx.Document()
    for section in sections:
        document.add_heading(section.heading, 1)
        for sentence in section.sentences:
            paragraph = document.add_paragraph()
            half = len(sentence) // 2
            paragraph.add_run(sentence[:half]).bold = True
            paragraph.add_run(sentence[half:])
    target = io.BytesIO()
    document.save(target)
    return target.getvalue()


def pptx(sections: Sequence[Section]) -> bytes:
    spaces = (
        'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
        'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main"'
    )

    def shape(role: str, *paragraphs: str) -> str:
        texts = "".join(f"<a:p><a:r><a:t>{escape(p)}</a:t></a:r></a:p>" for p in paragraphs)
        return (
            f'<p:sp><p:nvSpPr><p:nvPr><p:ph type="{role}"/></p:nvPr></p:nvSpPr>'
            f"<p:txBody>{texts}</p:txBody></p:sp>"
        )

    numbers = range(1, len(sections) + 1)
    entries = "".join(f'<p:sldId id="{255 + n}" r:id="r{n}"/>' for n in numbers)
    slides = {
        f"ppt/slide{n}.xml": f"<p:sld {spaces}><p:cSld><p:spTree>"
        f"{shape('title', section.heading)}{shape('body', *section.sentences)}"
        "</p:spTree></p:cSld></p:sld>"
        for n, section in zip(numbers, sections, strict=True)
    }
    return package(
        {
            "[Content_Types].xml": "<Types/>",
            "_rels/.rels": relations(("officeDocument", "ppt/presentation.xml")),
            "ppt/presentation.xml": f'<p:presentation {spaces} xmlns:r="{OFFICE}">'
            f"<p:sldIdLst>{entries}</p:sldIdLst></p:presentation>",
            "ppt/_rels/presentation.xml.rels": relations(
                *(("slide", f"slide{n}.xml") for n in numbers)
            ),
            **slides,
        }
    )


def xlsx(sections: Sequence[Section]) -> bytes:
    main = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    numbers = range(1, len(sections) + 1)
    entries = "".join(
        f'<sheet name="{escape(section.heading)}" sheetId="{n}" r:id="r{n}"/>'
        for n, section in zip(numbers, sections, strict=True)
    )

    def rows(section: Section) -> str:
        return "".join(
            f'<row r="{2 * n}"><c r="B{2 * n}" t="inlineStr"><is><t>{escape(sentence)}</t></is>'
            "</c></row>"
            for n, sentence in enumerate(section.sentences, 1)
        )

    return package(
        {
            "[Content_Types].xml": "<Types/>",
            "_rels/.rels": relations(("officeDocument", "xl/workbook.xml")),
            "xl/workbook.xml": f'<workbook {main} xmlns:r="{OFFICE}">'
            f"<sheets>{entries}</sheets></workbook>",
            "xl/_rels/workbook.xml.rels": relations(*(("worksheet", f"s{n}.xml") for n in numbers)),
            **{
                f"xl/s{n}.xml": f"<worksheet {main}><sheetData>{rows(section)}</sheetData>"
                "</worksheet>"
                for n, section in zip(numbers, sections, strict=True)
            },
        }
    )


def xls(sections: Sequence[Section]) -> bytes:
    import xlwt

    book = xlwt.Workbook(encoding="utf-8")
    for section in sections:
        sheet = book.add_sheet(section.heading)
        for number, sentence in enumerate(section.sentences, 1):
            sheet.write(2 * number - 1, 1, sentence)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def _opendocument(kind: str, body: str) -> bytes:
    spaces = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for name in ("office", "text", "table", "presentation")
    )
    spaces += ' xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0"'
    content = (
        f"<office:document-content {spaces}><office:body><office:{kind}>{body}</office:{kind}>"
        "</office:body></office:document-content>"
    )
    mimetype = f"application/vnd.oasis.opendocument.{kind}"
    return package({"mimetype": mimetype, "content.xml": content})


def odt(sections: Sequence[Section]) -> bytes:
    return _opendocument(
        "text",
        "".join(
            f'<text:h text:outline-level="1">{escape(section.heading)}</text:h>'
            + "".join(f"<text:p>{escape(sentence)}</text:p>" for sentence in section.sentences)
            for section in sections
        ),
    )


def ods(sections: Sequence[Section]) -> bytes:
    empty, cell = "<table:table-cell/>", "<table:table-cell><text:p>{}</text:p></table:table-cell>"
    return _opendocument(
        "spreadsheet",
        "".join(
            f'<table:table table:name="{escape(section.heading)}">'
            + "".join(
                f"<table:table-row>{empty}</table:table-row>"
                f"<table:table-row>{empty}{cell.format(escape(sentence))}</table:table-row>"
                for sentence in section.sentences
            )
            + "</table:table>"
            for section in sections
        ),
    )


def odp(sections: Sequence[Section]) -> bytes:
    frame = '<draw:frame presentation:class="{}"><draw:text-box>{}</draw:text-box></draw:frame>'
    return _opendocument(
        "presentation",
        "".join(
            "<draw:page>"
            + frame.format("title", f"<text:p>{escape(section.heading)}</text:p>")
            + frame.format(
                "outline", "".join(f"<text:p>{escape(s)}</text:p>" for s in section.sentences)
            )
            + "</draw:page>"
            for section in sections
        ),
    )


def paper(sections: Sequence[Section]) -> bytes:
    pages = [[section.heading, *section.sentences] for section in sections]
    return pdf(pages, sizes={section.heading: 20 for section in sections})


def page(sections: Sequence[Section]) -> bytes:
    body = "".join(
        f"<h2>{escape(section.heading)}</h2>"
        + "".join(f"<p>{escape(sentence)}</p>\n" for sentence in section.sentences)
        for section in sections
    )
    return f"<!doctype html><meta charset=utf-8><title>A page</title>{body}".encode()


def epub(sections: Sequence[Section]) -> bytes:
    chapters = {
        f"c{n}.xhtml": f'<html xmlns="http://www.w3.org/1999/xhtml"><body>'
        f"<h1>{escape(section.heading)}</h1>"
        + "".join(f"<p>{escape(sentence)}</p>" for sentence in section.sentences)
        + "</body></html>"
        for n, section in enumerate(sections)
    }
    items = "".join(
        f'<item id="i{n}" href="{name}" media-type="application/xhtml+xml"/>'
        for n, name in enumerate(chapters)
    )
    spine = "".join(f'<itemref idref="i{n}"/>' for n in range(len(chapters)))
    container = (
        '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
        '<rootfile full-path="book.opf"/></rootfiles></container>'
    )
    book = (
        '<package xmlns="http://www.idpf.org/2007/opf"><metadata/>'
        f"<manifest>{items}</manifest><spine>{spine}</spine></package>"
    )
    return package(
        {"mimetype": "application/epub+zip", "META-INF/container.xml": container,
         "book.opf": book, **chapters}
    )  # fmt: skip


def eml(sections: Sequence[Section]) -> bytes:
    message = EmailMessage()
    message["From"], message["Subject"] = "Ann <ann@example.org>", sections[0].heading
    text = "\n\n".join(sentence for section in sections for sentence in section.sentences)
    message.set_content(text, cte="quoted-printable")
    message.add_alternative(page(sections).decode(), subtype="html")
    return message.as_bytes()


def rtf(sections: Sequence[Section]) -> bytes:
    def words(text: str) -> str:
        units = text.encode("utf-16-le")
        spelt = ""
        for at in range(0, len(units), 2):
            code = int.from_bytes(units[at : at + 2], "little")
            character = chr(code)
            if character in "\\{}":
                spelt += "\\" + character
            elif code < 128:
                spelt += character
            else:
                spelt += f"\\u{code - 65536 if code > 32767 else code}?"
        return spelt

    body = "".join(
        rf"\pard\outlinelevel0 {words(section.heading)}\par "
        + "".join(rf"\pard {words(sentence)}\par " for sentence in section.sentences)
        for section in sections
    )
    return rf"{{\rtf1\ansi\ansicpg1252\uc1 {body}}}".encode("ascii")


def table(sections: Sequence[Section]) -> bytes:
    target = io.StringIO()
    writer = csv.writer(target, delimiter=";")
    writer.writerow(["number", "words"])
    sentences = [sentence for section in sections for sentence in section.sentences]
    writer.writerows([number, sentence] for number, sentence in enumerate(sentences))
    return target.getvalue().encode("utf-8")


def markdown(sections: Sequence[Section]) -> bytes:
    return "\n".join(
        f"## {section.heading}\n\n" + "".join(f"{sentence}\n\n" for sentence in section.sentences)
        for section in sections
    ).encode()


def text(sections: Sequence[Section]) -> bytes:
    sentences = [sentence for section in sections for sentence in section.sentences]
    return "\r\n\r\n".join(sentences).encode("utf-16")


FORMATS: dict[str, tuple[Maker, Callable[[Sequence[Section]], Placed]]] = {
    ".docx": (docx, _headed), ".pptx": (pptx, _paged), ".xlsx": (xlsx, _in_rows),
    ".xls": (xls, _in_rows), ".odt": (odt, _headed), ".ods": (ods, _in_rows),
    ".odp": (odp, _paged), ".pdf": (paper, _paged), ".html": (page, _headed),
    ".epub": (epub, _headed), ".eml": (eml, _plain), ".rtf": (rtf, _headed),
    ".csv": (table, _records), ".md": (markdown, _headed), ".txt": (text, _plain),
}  # fmt: skip
"""How a file is made of sections, and where each sentence is in it then."""
