"""What a character of the font Symbol means, by its code there."""

from __future__ import annotations

# The encoding that Adobe gives the font; its parts of brackets as Unicode has them since.
_FROM_20 = (
    " !∀#∃%&∋()∗+,−./0123456789:;<=>?≅ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ[∴]⊥_"
    "‾αβχδεφγηιϕκλμνοπθρστυϖωξψζ{|}∼"
)
_FROM_A0 = (
    "€ϒ′≤⁄∞ƒ♣♦♥♠↔←↑→↓°±″≥×∝∂•÷≠≡≈…⏐⎯↵ℵℑℜ℘⊗⊕∅∩∪⊃⊇⊄⊂⊆∈∉"
    "∠∇®©™∏√⋅¬∧∨⇔⇐⇑⇒⇓◊⟨®©™∑⎛⎜⎝⎡⎢⎣⎧⎨⎩⎪\ufffd⟩∫⌠⎮⌡⎞⎟⎠⎤⎥⎦⎫⎬⎭"
)
_MEANT = {
    first + place: character
    for first, row in ((0x20, _FROM_20), (0xA0, _FROM_A0))
    for place, character in enumerate(row)
}
_PRIVATE = range(0xE000, 0xF900)
_HOLE = "\ufffd"


def symbol(font: str, code: int) -> str:
    """The character, or U+FFFD where only the font knows it, as with Wingdings.

    Word writes the codes of such fonts from U+F000 on.

    Raises:
        ValueError, OverflowError: the code is none of Unicode.
    """
    if font.strip().lower() == "symbol" and (code < 0x100 or 0xF000 <= code < 0xF100):
        return _MEANT.get(code & 0xFF, _HOLE)
    return _HOLE if code in _PRIVATE else chr(code)
