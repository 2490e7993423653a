r"""Rich Text Format (RTF): the words a word processor shows.

Bytes are read by the character set of their font, ``\u`` by its number with the
substitute after it left out. Kept: paragraphs, tables (a row a line, a tab between
cells), fields' results, text boxes, footnotes (after the body) and, as meta,
headers and footers; what is ticked or chosen in a form. Left out: field codes, hidden
and deleted text, struck-through text (unless all of it is), comments, pictures,
embedded objects and the numbers a program counts for lists.
"""

from __future__ import annotations

import copy
import re

from rag.errors import ReadError
from rag.read.extraction import (
    STRUCK,
    Draft,
    Extraction,
    first_heading,
    holds_words,
    sensible_title,
)
from rag.read.grid import Repeats
from rag.read.rtf_fields import Fields
from rag.read.rtf_fonts import Fonts
from rag.read.rtf_state import State
from rag.read.rtf_words import BREAKS, CHARACTERS, HEADERS, KEPT, SKIPPED, SYMBOLS
from rag.read.story import Story, StyleSheet
from rag.read.symbols import meant
from rag.read.word_table import RowLayout

VERSION = "rtf 4"

_TOKEN = re.compile(
    rb"\\([a-zA-Z]{1,64})(-?\d{1,10})? ?|\\'([0-9a-fA-F]{2})|\\(.?)|([{}])|[\r\n]+|([^\\{}\r\n]+)",
    re.S,
)
_DEEPEST = 100_000


def extract(data: bytes) -> Extraction:
    """The document's text.

    Raises:
        ReadError: groups nested without end.
    """
    reader = _Reader(data, keep_struck=False)
    extraction = reader.run()
    if reader.has_struck and not holds_words(extraction.blocks):
        return _Reader(data, keep_struck=True).run()
    return extraction


class _Reader:
    """One pass over the tokens; groups are a list, not calls, so that depth costs nothing."""

    def __init__(self, data: bytes, *, keep_struck: bool) -> None:
        self.keep_struck = keep_struck
        self.has_struck = False
        self.data = data.rstrip(b"\0\r\n ")
        self.fonts = Fonts()
        self.default_font = -1
        self.styles = StyleSheet()
        self.title: list[str] = []
        self.state = State()
        # Each group's state before it, and the story it opened, if any.
        self.groups: list[tuple[State, Story | None]] = []
        self.story = self.body = Story(self.styles)
        self.headers: list[Story] = []
        self.notes: list[Story] = []
        self.fields = Fields()
        self.pending = bytearray()
        self.ignorable = False  # after \*
        self.to_skip = 0  # characters still left of a substitute for \u

    def run(self) -> Extraction:
        """Read everything."""
        position, data = 0, self.data
        while match := _TOKEN.match(data, position):
            position = match.end()
            word, number, code, symbol, brace, run = match.groups()
            if run is not None:
                self._bytes(run)
            elif code is not None:
                self._bytes(bytes((int(code, 16),)))
            elif word is not None:
                if word == b"bin":
                    position += min(max(int(number or 0), 0), len(data))
                self._word(word.decode("ascii"), int(number) if number else None)
            elif brace == b"{":
                self._open()
            elif brace == b"}":
                self._close()
            elif symbol is not None:
                self._symbol(symbol)
        while self.groups:
            self._close()
        self._decode()
        self.body.end(self.state)
        return self._finish()

    def _finish(self) -> Extraction:
        draft, repeats = Draft(), Repeats()
        self.body.write(draft, repeats)
        for note in self.notes:
            note.write(draft, repeats)
        seen: set[str] = set()
        for header in self.headers:
            words = header.words()
            if words not in seen:
                seen.add(words)
                header.write(draft, repeats, meta=True)
        notes = (STRUCK,) if self.has_struck and not self.keep_struck else ()
        extraction = draft.finish(notes=notes)
        title = sensible_title("".join(self.title)) or sensible_title(self.body.title)
        title = title or first_heading(extraction)
        return Extraction(extraction.text, extraction.blocks, title, notes)

    def _bytes(self, run: bytes) -> None:
        self.ignorable = False
        if self.state.mode in ("skip", "nest"):
            return
        if self.to_skip:
            run, self.to_skip = run[self.to_skip :], max(self.to_skip - len(run), 0)
        self.pending += run

    def _symbol(self, symbol: bytes) -> None:
        if symbol == b"*":
            self.ignorable = True
        elif symbol in b"\r\n" and symbol:
            self._word("par", None)
        elif symbol in SYMBOLS:
            self._character(SYMBOLS[symbol])

    def _character(self, character: str) -> None:
        if self.to_skip:
            self.to_skip -= 1
            return
        self._decode()
        self._write(character)

    def _decode(self) -> None:
        """Write the bytes read so far in the encoding that holds for them."""
        if self.pending:
            font = self._symbolic()
            encoding = "latin-1" if font else self.fonts.encoding(self.state.font)
            text = self.pending.decode(encoding, "replace")
            self.pending.clear()
            self._write(meant(font, text))

    def _symbolic(self) -> str:
        """The name of the text's font, if its characters are symbols; else empty."""
        return self.fonts.symbolic(self.state.font) if self.state.mode == "text" else ""

    def _write(self, text: str) -> None:
        state = self.state
        if state.mode == "title":
            self.title.append(text)
        elif state.mode == "styles":
            self.styles.name(text)
        elif state.mode == "fonts":
            self.fonts.name(text)
        elif state.mode == "field":
            self.fields.write_code(text)
        elif state.mode == "entry":
            self.fields.write_entry(text)
        elif state.mode == "text" and not (state.hidden or state.deleted):
            self._show(text)

    def _show(self, text: str) -> None:
        says = bool(text.strip())
        if self.state.struck:
            self.has_struck = self.has_struck or says
            if not self.keep_struck:
                return
        if says:
            self.fields.show()
        self.story.write_text(text, is_raised=self.state.raised)

    def _open(self) -> None:
        self._decode()
        self.ignorable, self.to_skip = False, 0
        if len(self.groups) >= _DEEPEST:
            raise ReadError(f"its groups nest more than {_DEEPEST:,} deep: save it again")
        self.groups.append((copy.copy(self.state), None))

    def _close(self) -> None:
        self._decode()
        self.ignorable, self.to_skip = False, 0
        if not self.groups:
            return
        if self.fields.end_at(len(self.groups)):
            self.state.mode = self.groups[-1][0].mode
            self._write(self.fields.end())
        before, outside = self.groups.pop()
        if outside is not None:
            self.story.end(self.state)
            self.story = outside
        self.state = before

    def _word(self, word: str, number: int | None) -> None:
        ignorable, self.ignorable = self.ignorable, False
        state = self.state
        if word == "u" and number is not None:
            self._decode()
            self._write(meant(self._symbolic(), chr(number & 0xFFFF)))
            self.to_skip = state.skip
            return
        if word in CHARACTERS:
            self._character(CHARACTERS[word])
            return
        self.to_skip = 0  # no program puts anything else into a substitute
        self._decode()
        if state.mode in ("skip", "nest"):
            if word == "ud" and state.outer:
                state.mode = state.outer
            elif word == "nestrow":
                self.story.end_nested_row()
        elif ignorable and word in ("cs", "ds", "ts") and state.mode == "styles":
            state.mode = "skip"
        elif state.mode in ("field", "entry"):
            self._code(word, number, ignorable)
        elif not self._destination(word, ignorable):
            self._format(word, number)

    def _destination(self, word: str, ignorable: bool) -> bool:
        """Whether the word began a destination that changes where the text goes."""
        state = self.state
        if word == "fonttbl":
            state.mode = "fonts"
        elif word == "stylesheet":
            state.mode = "styles"
        elif word == "nesttableprops":
            state.mode = "nest"
        elif word == "title" and state.mode == "text":
            state.mode = "title"
        elif word == "field":
            self.fields.begin(len(self.groups))
        elif word == "fldinst":
            state.mode = "field" if self.fields else "skip"
        elif word in SKIPPED:
            if word in ("listtext", "pntext"):
                self.story.listed = True
            state.outer = state.mode
            state.mode = "skip"
        elif state.mode == "text" and self.groups and word in HEADERS:
            self._begin(self.headers)
        elif state.mode == "text" and self.groups and word == "footnote":
            self._begin(self.notes)
        elif state.mode == "text" and self.groups and word == "shptxt":
            self._begin(self.story.boxes)
        elif ignorable and word not in KEPT:
            state.mode = "skip"
        else:
            return False
        return True

    def _code(self, word: str, number: int | None, ignorable: bool) -> None:
        """A control word in a field's code."""
        if word == "field":
            self.fields.begin(len(self.groups))
        elif word == "ffl":
            self.fields.begin_entry()
            self.state.mode = "entry"
        elif word in SKIPPED or (ignorable and word not in ("fldinst", "formfield")):
            self.state.mode = "skip"
        elif number is not None:
            self.fields.set(word, number)

    def _begin(self, stories: list[Story]) -> None:
        """Send this group's text to a story of its own."""
        before, outside = self.groups[-1]
        if outside is None:
            self.groups[-1] = (before, self.story)
        self.story = Story(self.styles)
        stories.append(self.story)
        self.state.end_paragraph()

    def _format(self, word: str, number: int | None) -> None:
        state, story = self.state, self.story
        if word in BREAKS:
            if not state.deleted:
                story.end_paragraph(state)
        elif word in ("cell", "nestcell"):
            story.end_cell(nested=word == "nestcell")
        elif word == "row":
            story.end_row()
        elif word == "trowd":
            story.head, story.layout = False, RowLayout()
        elif word == "trhdr":
            story.head = True
        elif word == "trleft":
            story.layout.left = number or 0
        elif word == "cellx":
            story.layout.end_cell(number or 0)
        elif word in ("clvmgf", "clvmrg"):
            story.layout.joined = "restart" if word == "clvmgf" else "continue"
        elif word == "s" and number is not None and state.mode == "styles":
            self.styles.begin(number)
        elif word == "outlinelevel" and number is not None and state.mode == "styles":
            self.styles.outline(number)
        elif word == "deff" and number is not None:
            self.default_font = number
        state.read(word, number, self.default_font)
        self.fonts.read(word, number, in_table=state.mode == "fonts")
