"""Bytes become text, or a clear refusal."""

from __future__ import annotations

import codecs
import re

from rag.errors import ReadError

_BOMS = (  # UTF-32 first: its little-endian mark begins with that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

# What browsers read for these labels (WHATWG Encoding): the label is narrower than the files.
_WIDER = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "tis-620": "cp874",
}

_CONTROL = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f\ufffd]")
# Characters of UTF-8 away from broken bytes. In other encodings (Shift-JIS above all) valid
# sequences come about by chance, but nearly always next to a byte that is not valid.
_WHOLE = re.compile("(?<!\ufffd)[^\x00-\x7f\ufffd](?!\ufffd)")
# What French, German, Spanish, Portuguese, Italian and the Nordic languages write beside ASCII.
# Czech, Polish, Turkish or Hungarian, read as Windows-1252, hold other letters (õ only before e).
_WESTERN = re.compile(
    "(?:[ÀÁÂÃÄÅÆÇÈÉÊËÍÎÏÑÓÔÖØÙÚÛÜßàáâãäåæçèéêëíîïñòóôöøùúûüÿŒœ“”‘’‚„–—…•€£§©®°·«»\xa0\xad]"
    "|[õÕ](?=[eE])|[¿¡](?=\\w))+"
)
_MOST_ACCENTS = 0.3  # of a Western text's letters
_SAMPLE_BYTES = 200_000
_MOST_CONTROL = 0.1


def decode(data: bytes, declared: str | None = None) -> str:
    """The file's text: all of it, line ends kept, a byte-order mark removed.

    A mark decides; then NUL bytes in every second place (UTF-16 without a mark) or in
    three of four (UTF-32); then the encoding the file declares, if the bytes agree, and
    are not UTF-8 where that label takes any bytes; then UTF-8; then UTF-8 with a few
    broken bytes (each U+FFFD); then Windows-1252, if all of it is common in Western
    Europe; then a guess by charset-normalizer. A NUL becomes U+FFFD: offsets hold, and
    nothing after us takes it for the end of the text.

    Raises:
        ReadError: the bytes are no text in any encoding.
    """
    text = _decode(data, declared)
    if len(_CONTROL.findall(text)) > _MOST_CONTROL * len(text):
        raise ReadError("not a text file: its bytes are mostly no characters in any encoding")
    return text.replace("\0", "\ufffd")


def _decode(data: bytes, declared: str | None) -> str:
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, "replace")
    wide = _unmarked_wide(data)
    if wide:
        return data.decode(wide, "replace")
    if b"\x1b$" in data and data.isascii():  # the shifts of Japanese mail, seven bits a byte
        declared = declared or "iso2022_jp"
    named = _known(declared)
    # A label of one byte a character fits any bytes; text in UTF-8 is no accident.
    for known in ("utf-8", named) if _fits_all(named) else (named, "utf-8"):
        try:
            if known:
                return data.decode(known)
        except UnicodeError:
            continue
    text = data.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    whole = len(_WHOLE.findall(text))
    if whole >= 0.2 * (whole + broken):
        return text
    return _guess(data)


def _unmarked_wide(data: bytes) -> str | None:
    """UTF-16 and UTF-32 without a mark show as NULs in the same places all over."""
    sample = data[:_SAMPLE_BYTES]
    if b"\0" not in sample or len(data) % 2:
        return None
    if len(data) % 4 == 0:
        for encoding, top, next_to_top in (("utf-32-le", 3, 2), ("utf-32-be", 0, 1)):
            if not sample[top::4].strip(b"\0") and not sample[next_to_top::4].strip(b"\0\1\2"):
                return encoding
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    half = len(sample) / 2
    if odd > 0.3 * half and even < 0.05 * half:
        return "utf-16-le"
    if even > 0.3 * half and odd < 0.05 * half:
        return "utf-16-be"
    return None


def _fits_all(name: str | None) -> bool:
    """Whether an encoding has one byte a character, so that it reads anything."""
    return name is not None and name.startswith(("cp125", "iso8859", "koi8", "mac", "latin"))


def _known(label: str | None) -> str | None:
    try:
        name = codecs.lookup((label or "").strip()).name
    except (LookupError, ValueError):
        return None
    if name.startswith(("utf-16", "utf-32", "utf-7")):
        return None  # such a label, read as ASCII, is false; UTF-7 is a known way to hide markup
    return _WIDER.get(name, name)


def _guess(data: bytes) -> str:
    from charset_normalizer import from_bytes

    # Only lines outside ASCII tell encodings apart; without the rest the guess is fast on any size.
    telling = b"\n".join(line for line in data.split(b"\n") if not line.isascii())
    if _is_western(telling):
        return data.decode("cp1252", "replace")
    matches = from_bytes(telling[:_SAMPLE_BYTES])
    best = matches.best()
    if best is None:
        raise ReadError("not a text file: its bytes are no characters in any known encoding")
    names = [best.encoding]
    # Western European text is often as plausible in neighbours of its by far commonest encoding.
    if any(m.encoding == "cp1252" and m.chaos <= best.chaos for m in matches):
        names.insert(0, "cp1252")
    for name in names:
        try:
            return data.decode(name)
        except UnicodeError:
            continue
    return data.decode(names[-1], "replace")


def _is_western(telling: bytes) -> bool:
    """Whether it is Western European, by what accents and marks it has; a few others may be."""
    try:
        text = telling.decode("cp1252")
    except UnicodeError:
        return False
    accents = sum(1 for c in text if c > "\x7f" and c.isalpha())
    letters = sum(map(str.isalpha, text))
    return accents <= _MOST_ACCENTS * letters and _WESTERN.sub("", text).isascii()
