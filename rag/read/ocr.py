"""OCR by the tesseract program: a picture of a page becomes paragraphs, likely but not exact."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass

from rag.errors import SettingsError

DPI = 300
"""What a page is drawn at: what tesseract is made for."""
MOST_PIXELS = 25_000_000
"""Of a picture: a page of A3 at 300 dpi is half of it."""
MOST_PAGES = 2_000
"""To recognise of one file: hours of work."""
PAGE_SECONDS = 60
"""For one page; most take one to five."""

# Below this mean confidence (0 to 100) a paragraph is marks that only look like letters: the
# grain of a photograph comes out at 10 to 30, a poor copy of a typed letter at 60 and more.
_LEAST_CONFIDENCE = 40.0
_ANSWER_SECONDS = 10
_LANGUAGE = re.compile(r"[\w/-]+")
_WIDE_SPACE = re.compile(r"(?<=[\u2e80-\u9fff\uf900-\ufaff]) (?=[\u2e80-\u9fff\uf900-\ufaff])")


def _nothing() -> None:
    """Before a page, where nobody counts the time."""


@dataclass(frozen=True, slots=True)
class Ocr:
    """The program as it is installed, and the languages to recognise."""

    languages: str
    """As tesseract names them: ``eng``, ``eng+deu``."""
    version: str
    before_page: Callable[[], None] = _nothing
    """Called before each page is recognised."""

    @property
    def name(self) -> str:
        """Such as ``tesseract 5.3.0, eng``."""
        return f"tesseract {self.version}, {self.languages}"


@dataclass(frozen=True, slots=True)
class Picture:
    """Grey pixels, a byte each, row by row from the top; black is 0."""

    width: int
    height: int
    pixels: bytes
    dpi: int | None = None
    """None if nobody knows: tesseract estimates it."""


def open_ocr(languages: str) -> Ocr | None:
    """The installed tesseract; None if no language is given, which is to say that OCR is off.

    Raises:
        SettingsError: the program, or one of the languages, is not installed.
    """
    if not languages:
        return None
    try:
        found = re.search(r"tesseract v?(\d[\w.-]*)", _ask("--version"))
        listed = _ask("--list-langs")
    except (OSError, subprocess.SubprocessError):
        found = None
    if not found:
        raise SettingsError(
            f"ocr is {languages!r}, and the tesseract program is not on the PATH; install it "
            "(Debian: apt install tesseract-ocr), or leave ocr empty"
        )
    installed = {line.strip() for line in listed.splitlines()[1:]}
    for language in languages.split("+"):
        if language not in installed or not _LANGUAGE.fullmatch(language):
            raise SettingsError(
                f"ocr is {languages!r}, and tesseract has no language {language!r}; expected one "
                f"or more of {', '.join(sorted(installed))} joined by +: install it (Debian: "
                "apt install tesseract-ocr-…), or leave ocr empty"
            )
    return Ocr(languages, found.group(1))


def recognise(picture: Picture, ocr: Ocr) -> list[str] | None:
    """A picture's paragraphs, lines joined by a line end; None if tesseract fails or hangs."""
    ocr.before_page()
    size = f"{picture.width} {picture.height}".encode()
    known = ["--dpi", str(picture.dpi)] if picture.dpi else []
    try:
        done = subprocess.run(  # noqa: S603 no shell, and the languages are tesseract's own
            [_program(), "stdin", "stdout", "-l", ocr.languages, *known, "tsv"],
            input=b"P5 " + size + b" 255\n" + picture.pixels,
            capture_output=True,
            timeout=PAGE_SECONDS,
            check=True,
            env={**os.environ, "OMP_THREAD_LIMIT": "1"},  # a process for each core reads already
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return _paragraphs(done.stdout.decode("utf-8", "replace"))


def _paragraphs(table: str) -> list[str]:
    """The paragraphs of tesseract's table of words that are surely words."""
    paragraphs: dict[tuple[str, str], dict[str, list[str]]] = {}
    confidences: dict[tuple[str, str], list[float]] = {}
    for row in table.splitlines()[1:]:
        fields = row.split("\t")
        if len(fields) != 12 or not fields[11].strip():
            continue
        paragraph = fields[2], fields[3]
        lines = paragraphs.setdefault(paragraph, {})
        lines.setdefault(fields[4], []).append(fields[11].strip())
        confidences.setdefault(paragraph, []).append(float(fields[10]))
    return [
        "\n".join(_WIDE_SPACE.sub("", " ".join(words)) for words in lines.values())
        for paragraph, lines in paragraphs.items()
        if sum(confidences[paragraph]) >= _LEAST_CONFIDENCE * len(confidences[paragraph])
    ]


def _program() -> str:
    """Where tesseract is.

    Raises:
        OSError: nowhere on the PATH.
    """
    program = shutil.which("tesseract")
    if program is None:
        raise FileNotFoundError("tesseract")
    return program


def _ask(option: str) -> str:
    done = subprocess.run(  # noqa: S603 no shell, a fixed option
        [_program(), option], capture_output=True, timeout=_ANSWER_SECONDS, check=True
    )
    # Which of the two it writes to differs between versions.
    return (done.stdout or done.stderr).decode("utf-8", "replace")
