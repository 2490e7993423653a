"""What is searched of a passage: its words under a line that says where it stands."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.document import QUOTABLE, Document, Sentence

_HYPHENATED = re.compile(r"([^\W\d_])(?:\u00ad\s*|[-\u2010]\r?\n)([^\W\d_])")


@dataclass(frozen=True, slots=True)
class Searched:
    """What the retrievers and the reranker see of a passage, and a person never does.

    Its title and section on the first line, of a sheet's rows also what its columns are called,
    then its quotable sentences: no meta blocks, and none of the headings that the first line
    already names.
    """

    text: str
    sentences: tuple[Sentence, ...]
    """The quotable ones, in order."""
    spans: tuple[tuple[int, int], ...]
    """Where each of them stands in ``text``."""


def searched(document: Document, sentences: Sequence[Sentence]) -> Searched:
    """A passage, or a part of one, as it is searched."""
    body = tuple(s for s in sentences if document.blocks[s.block].kind in QUOTABLE)
    place = (body or sentences)[0]
    section = document.place(place.start, place.end).section
    columns = document.columns(place.start)
    pieces = [" › ".join(name for name in (document.title, section, columns) if name)]
    spans = []
    length = len(pieces[0]) + 1
    for sentence in body:
        words = _HYPHENATED.sub(_joined, document.text[sentence.start : sentence.end])
        spans.append((length, length + len(words)))
        length += len(words) + 1
        pieces.append(words)
    return Searched(f"{pieces[0]}\n{' '.join(pieces[1:])}", body, tuple(spans))


def _joined(match: re.Match[str]) -> str:
    """A word that a line's end broke: mostly at a syllable, seldom at a hyphen of its own."""
    return match[1] + match[2] if match[2].islower() else match[0]
