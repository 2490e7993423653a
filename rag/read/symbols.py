"""Signs: a form's boxes, and what the codes of the fonts Symbol and Wingdings mean."""

from __future__ import annotations

TICKED, UNTICKED = "☒", "☐"
"""A box of a form."""

# The encoding that Adobe gives the font; its parts of brackets as Unicode has them since.
_FROM_20 = (
    " !∀#∃%&∋()∗+,−./0123456789:;<=>?≅ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ[∴]⊥_"
    "‾αβχδεφγηιϕκλμνοπθρστυϖωξψζ{|}∼"
)
_FROM_A0 = (
    "€ϒ′≤⁄∞ƒ♣♦♥♠↔←↑→↓°±″≥×∝∂•÷≠≡≈…⏐⎯↵ℵℑℜ℘⊗⊕∅∩∪⊃⊇⊄⊂⊆∈∉"
    "∠∇®©™∏√⋅¬∧∨⇔⇐⇑⇒⇓◊⟨®©™∑⎛⎜⎝⎡⎢⎣⎧⎨⎩⎪\ufffd⟩∫⌠⎮⌡⎞⎟⎠⎤⎥⎦⎫⎬⎭"
)
# Of Wingdings what stands in forms, lists and Word's own corrections of ":)" and "-->".
_TICKS = {0xFB: "✗", 0xFC: "✓", 0xFD: "☒", 0xFE: "☑", 0x6F: "☐", 0xA8: "☐", 0x78: "☒"}
_BULLETS = {0x6C: "●", 0x6E: "■", 0x75: "◆", 0x76: "❖", 0x9F: "•", 0xA7: "▪", 0xAB: "★", 0xD8: "➢"}
_ARROWS = {
    0xDF: "←", 0xE0: "→", 0xE1: "↑", 0xE2: "↓", 0xE7: "←", 0xE8: "→", 0xE9: "↑", 0xEA: "↓",
    0xEF: "⇦", 0xF0: "⇨", 0xF1: "⇧", 0xF2: "⇩",
}  # fmt: skip
_OTHERS = {0x20: " ", 0x28: "☎", 0x2A: "✉", 0x4A: "☺", 0x4B: "😐", 0x4C: "☹"}
_CIRCLED = {first + n: c for first, row in ((0x80, "⓪①②③④⑤⑥⑦⑧⑨⑩"), (0x8B, "⓿❶❷❸❹❺❻❼❽❾❿"))
            for n, c in enumerate(row)}  # fmt: skip
_MEANT = {
    "symbol": {
        first + place: character
        for first, row in ((0x20, _FROM_20), (0xA0, _FROM_A0))
        for place, character in enumerate(row)
    },
    "wingdings": _TICKS | _BULLETS | _ARROWS | _OTHERS | _CIRCLED,
}
# Fonts of pictures whose codes are known to nobody but them.
_PICTURES = ("wingdings", "webdings", "dingbats", "monotype sorts", "marlett", "mt extra")
_PRIVATE = range(0xE000, 0xF900)
_HOLE = "\ufffd"


def symbol(font: str, code: int) -> str:
    """The character, or U+FFFD where only the font knows it.

    Word writes the codes of such fonts from U+F000 on.

    Raises:
        ValueError, OverflowError: the code is none of Unicode.
    """
    name = font.strip().lower()
    if is_symbolic(font) and (0x20 <= code < 0x100 or 0xF000 <= code < 0xF100):
        code &= 0xFF
        return " " if code == 0x20 else _MEANT.get(name, {}).get(code, _HOLE)
    return _HOLE if code in _PRIVATE else chr(code)


def is_symbolic(font: str) -> bool:
    """Whether the letters of this font are none: whatever its text is written with."""
    name = font.strip().lower()
    return name in _MEANT or any(picture in name for picture in _PICTURES)


def meant(font: str, text: str) -> str:
    """Text in this font as it is seen."""
    if not is_symbolic(font):
        return text
    return "".join(
        symbol(font, ord(c)) if ord(c) < 0x100 or 0xF000 <= ord(c) < 0xF100 else c for c in text
    )
