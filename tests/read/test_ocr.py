"""Pages that are pictures: told page by page, and read by OCR where that is on."""

from __future__ import annotations

import io
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import Library
from PIL import Image, ImageDraw, ImageFont
from read.test_pdf import column, make_pdf

from rag import Settings
from rag.errors import ReadError, SettingsError
from rag.read import extract, ocr, reader_version
from rag.read.scan import Scans, listed
from rag.read.worker import Workers, open_workers

SENTENCE = "The russet ladder leans on the old wall."
OTHER = "Seven herons stand in the grey river."


def picture(*lines: str, size: tuple[int, int] = (1700, 2200)) -> Image.Image:
    image = Image.new("RGB", size, "white")
    font = ImageFont.load_default(60)
    for number, line in enumerate(lines):
        ImageDraw.Draw(image).text((150, 200 + 90 * number), line, "black", font)
    return image


def saved(kind: str, *images: Image.Image, **options: object) -> bytes:
    file = io.BytesIO()
    images[0].save(file, kind, save_all=len(images) > 1, append_images=images[1:], **options)  # type: ignore[arg-type]
    return file.getvalue()


def scanned_pdf(*pages: tuple[str, str]) -> bytes:
    """A PDF of pages with a text layer and a picture over all of the page, either may be empty."""
    import pypdfium2 as pdfium

    pdf = pdfium.PdfDocument(make_pdf([column(text) if text else [] for text, _ in pages]))
    for page, (_, words) in zip(pdf, pages, strict=True):
        if words:
            item = pdfium.PdfImage.new(pdf)
            item.load_jpeg(io.BytesIO(saved("JPEG", picture(words), quality=90)), inline=True)
            item.set_matrix(pdfium.PdfMatrix().scale(612, 792))
            page.insert_obj(item)
            page.gen_content()
    file = io.BytesIO()
    pdf.save(file)
    pdf.close()
    return file.getvalue()


@pytest.fixture
def reads() -> Iterator[Workers]:
    if shutil.which("tesseract") is None:
        if os.environ.get("CI") == "true":
            pytest.fail("tesseract is absent, and CI must have it")
        pytest.skip("needs the tesseract program (Debian: tesseract-ocr)")
    with open_workers(Settings(ocr="eng")) as workers:
        yield workers


def test_pages_without_text_are_told_page_by_page() -> None:
    pages = [column(f"Page {number}") if number not in (2, 5, 7) else [] for number in range(1, 13)]
    _, extraction = extract(make_pdf(pages), ".pdf")
    note = "3 of 12 pages have no text: 2, 5 and 7; turn on OCR (RAG_OCR=eng) and rebuild"
    assert extraction.notes == (note,)


def test_a_scan_with_a_stamp_is_told_and_the_stamp_is_kept() -> None:
    _, extraction = extract(scanned_pdf(("Page 12", SENTENCE), ("Real words.", "")), ".pdf")
    note = "1 of 2 pages has little text over a picture: 1; turn on OCR (RAG_OCR=eng) and rebuild"
    assert extraction.notes == (note,)
    assert extraction.text == "Page 12\n\nReal words."


def test_much_text_over_a_picture_is_a_page_like_others() -> None:
    text = "This page says a good deal over its picture, " * 3
    assert extract(scanned_pdf((text, SENTENCE)), ".pdf")[1].notes == ()


@pytest.mark.parametrize(
    ("pages", "words"),
    [
        ([1], "1"), ([2, 5], "2 and 5"), ([1, 2, 3, 4, 7], "1–4 and 7"),
        ([1, 3, 5, 6], "1, 3, 5 and 6"), (list(range(1, 99, 2)),
        ", ".join(map(str, range(1, 39, 2))) + " and others"),
    ],
)  # fmt: skip
def test_page_numbers_are_listed_for_people(pages: list[int], words: str) -> None:
    assert listed(pages) == words


def test_a_file_without_a_word_says_so() -> None:
    assert Scans(None).nothing(1) == (
        "its only page has no text: turn on OCR (RAG_OCR=eng) and rebuild"
    )
    with pytest.raises(ReadError, match="none of its 12 pages has text: turn on OCR"):
        extract(make_pdf([[]] * 12), ".pdf")
    with pytest.raises(ReadError, match="a picture, without text of its own: turn on OCR"):
        extract(saved("PNG", picture(SENTENCE)), ".png")


def test_scanned_pages_are_recognised_and_marked(reads: Workers) -> None:
    data = scanned_pdf(
        ("Words of the text layer.", ""), ("", SENTENCE), ("", ""), ("12", f"12 {OTHER}")
    )
    _, extraction = reads.extract(data, ".pdf")
    found = [(extraction.text[b.start : b.end], b.page, b.recognised) for b in extraction.blocks]
    assert ("Words of the text layer.", 1, False) in found
    assert (SENTENCE, 2, True) in found
    assert ("12", 4, False) in found
    assert any(OTHER in text and page == 4 and marked for text, page, marked in found)
    assert reads.ocr is not None
    assert extraction.notes == (
        "1 of 4 pages has no text: 3; OCR found no words there",
        f"pages 2 and 4 were recognised by OCR ({reads.ocr.name}): check the words against the "
        "picture",
    )


def test_a_file_of_scans_alone_is_read(reads: Workers) -> None:
    _, extraction = reads.extract(scanned_pdf(("", SENTENCE)), ".pdf")
    assert extraction.text == SENTENCE
    assert all(block.recognised for block in extraction.blocks)


@pytest.mark.parametrize(("kind", "suffix"), [("PNG", ".png"), ("JPEG", ".jpg"), ("TIFF", ".tif")])
def test_a_picture_is_read(reads: Workers, kind: str, suffix: str) -> None:
    _, extraction = reads.extract(saved(kind, picture(SENTENCE)), suffix)
    assert extraction.text == SENTENCE
    assert [(b.page, b.recognised) for b in extraction.blocks] == [(None, True)]
    assert "page 1 was recognised by OCR (tesseract " in extraction.notes[0]


def test_a_tiff_has_pages(reads: Workers) -> None:
    _, extraction = reads.extract(saved("TIFF", picture(SENTENCE), picture(OTHER)), ".tiff")
    assert extraction.text == f"{SENTENCE}\n\n{OTHER}"
    assert [block.page for block in extraction.blocks] == [1, 2]


def test_a_photograph_that_lies_on_its_side_is_turned(reads: Workers) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by a quarter
    data = saved("JPEG", picture(SENTENCE).rotate(90, expand=True), exif=exif)
    assert reads.extract(data, ".jpg")[1].text == SENTENCE


def test_noise_is_not_words(reads: Workers) -> None:
    noise = Image.effect_noise((1200, 1200), 120)
    with pytest.raises(ReadError, match="a picture in which OCR found no words"):
        reads.extract(saved("PNG", noise), ".png")


def test_a_picture_too_large_to_open_is_refused(reads: Workers) -> None:
    with pytest.raises(ReadError, match="a picture of more than 25,000,000 pixels"):
        reads.extract(saved("PNG", Image.new("1", (5001, 5000))), ".png")


def test_a_page_that_takes_too_long_is_told(
    reads: Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ocr, "PAGE_SECONDS", 0.001)
    _, extraction = extract(scanned_pdf(("Words.", ""), ("", SENTENCE)), ".pdf", reads.ocr)
    assert extraction.text == "Words."
    assert extraction.notes[0].startswith("page 2 was not recognised: tesseract failed, or took")


def test_turning_ocr_on_reads_what_was_skipped_and_makes_another_index(
    reads: Workers, library: Library
) -> None:
    library.write("a.txt", "Apples are red.")
    (library.corpus / "scan.pdf").write_bytes(scanned_pdf(("", SENTENCE)))
    before = library.build()
    assert before.skipped[0].reason.startswith("its only page has no text: turn on OCR")
    library.settings = Settings(
        corpus=library.settings.corpus, index=library.settings.index, ocr="eng"
    )
    after = library.build()
    assert after.added == ("scan.pdf",)
    assert after.index_id != before.index_id
    (quote,) = library.open().query("Where does the russet ladder lean?").quotes
    assert (quote.text, quote.recognised) == (SENTENCE, True)
    assert quote.document.reader == reader_version("pdf", reads.ocr)
    assert "tesseract" in quote.document.reader


@pytest.mark.parametrize("languages", ["xyz", "eng+xyz", "--help", "eng; true", "eng+"])
def test_a_language_that_is_not_installed_is_an_error(reads: Workers, languages: str) -> None:
    with pytest.raises(SettingsError, match=r"tesseract has no language .*expected one .*eng"):
        open_workers(Settings(ocr=languages))


def test_ocr_without_the_program_is_an_error_with_the_next_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SettingsError, match="not on the PATH; install it"):
        open_workers(Settings(ocr="eng"))
