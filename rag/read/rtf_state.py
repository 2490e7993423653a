"""What of an RTF file's formatting holds until its group ends."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class State:
    """What a group's end restores."""

    mode: str = "text"
    """Or skip, fonts, styles, title, nest (a nested row's properties), field (a field's code),
    entry (a text to choose in a form)."""
    outer: str = "text"  # the mode around an \\upr group, whose Unicode half takes it up again
    font: int = -1
    skip: int = 1
    hidden: bool = False
    deleted: bool = False
    strike: bool = False
    striked: bool = False
    raised: bool = False
    style: int = 0
    outline: int | None = None
    listed: bool = False
    in_table: bool = False

    @property
    def struck(self) -> bool:
        """Whether the text is struck through, once or twice."""
        return self.strike or self.striked

    def read(self, word: str, number: int | None, default_font: int) -> None:
        """Take in a control word."""
        on = number != 0
        if word == "pard":
            self.end_paragraph()
        elif word == "plain":
            self.font = default_font
            self.hidden = self.strike = self.striked = self.raised = False
        elif word == "v":
            self.hidden = on
        elif word in ("deleted", "strike", "striked"):
            setattr(self, word, on)
        elif word in ("super", "sub", "nosupersub"):
            self.raised = (word == "super") if on else (word == "sub" and self.raised)
        elif word == "intbl":
            self.in_table = True
        elif word == "uc":
            self.skip = min(max(number or 0, 0), 100)
        elif word == "ls":
            self.listed = bool(number)
        elif word == "s" and number is not None:
            self.style = number
        elif word == "outlinelevel" and number is not None:
            self.outline = number
        elif word in ("f", "deff") and number is not None:
            self.font = number

    def end_paragraph(self) -> None:
        """Nothing of the paragraph's properties holds any more."""
        self.style, self.outline = 0, None
        self.listed = self.in_table = False
