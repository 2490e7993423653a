"""RTF's control words that matter to text: characters, breaks, destinations."""

from __future__ import annotations

CHARACTERS: dict[str, str] = {
    "tab": "\t", "line": "\n", "lbr": "\n", "emdash": "—", "endash": "–", "emspace": "\u2003",
    "enspace": "\u2002", "qmspace": "\u2005", "bullet": "•", "lquote": "‘", "rquote": "’",
    "ldblquote": "“", "rdblquote": "”", "zwj": "\u200d", "zwnj": "\u200c", "zwbo": "\u200b",
    "ltrmark": "\u200e", "rtlmark": "\u200f",
}  # fmt: skip
"""Control words that stand for a character."""

SYMBOLS: dict[bytes, str] = {
    b"~": "\xa0", b"_": "\u2011", b"-": "\xad", b"\\": "\\", b"{": "{", b"}": "}", b"\t": "\t",
}  # fmt: skip
"""Control symbols that stand for a character."""

BREAKS = frozenset({"par", "page", "column", "sect", "softpage"})
"""Control words that end a paragraph."""

HEADERS = frozenset("header headerl headerr headerf footer footerl footerr footerf".split())
"""Destinations with a page's header or footer."""

SKIPPED = frozenset(
    "colortbl pict nonshppict objdata objclass objname objalias objsect sp sn sv shprslt "
    "listtable listoverridetable revtbl rsidtbl filetbl author operator company comment keywords "
    "subject manager category doccomm hlinkbase creatim revtim printim buptim xe tc tcn rxe "
    "ftnsep ftnsepc ftncn aftnsep aftnsepc aftncn annotation atnid atnauthor atrfstart atrfend "
    "atndate atnicn bkmkstart bkmkend listtext pntext pntxta pntxtb nonesttables upr mmathPr "
    "generator template themedata colorschememapping latentstyles datastore panose falt fname "
    "fontemb fontfile xmlnstbl wgrffmtfilter htmltag mhtmltag private pgdsctbl".split()
)
"""Destinations whose text is not the document's, or is there a second time.

Numbers and bullets of lists (``listtext``) are counted by the program: they are left out here as
in DOCX, where the file does not even hold them.
"""

KEPT = frozenset({"shpinst", "shptxt", "footnote", "shpgrp", "txfieldtext", "shp", "fldrslt"})
"""Destinations kept although ``\\*`` allows a reader that does not know them to skip them."""
