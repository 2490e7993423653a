"""A corpus that attacks, made by code: in texts, headings, subjects, sheets and package parts."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

from read.made import FORMATS, Section
from read.packages import package

ATTACKS = {
    "zebra": "<script>window.pwned=1</script><img src=x onerror=window.pwned=2> zebra one.",
    "walrus": '"><svg/onload=window.pwned=3><a href="javascript:window.pwned=4">walrus</a> two.',
    "ferret": "![x](https://evil.example/a.png) [ferret](javascript:alert(1)) **b** $$x$$ three.",
    "lemur": "'; DROP TABLE documents; -- lemur\" OR 1=1 NEAR(* a:b) MATCH four.",
    "otter": "${7*7} {{otter}} {0.__class__} %s%n `id` $(id) <%= 1 %> five.",
    "badger": "=HYPERLINK(1) +cmd|' /C calc'!A0 @SUM(1) badger six.",
    "heron": "Set-Cookie: heron=1; Content-Type: text/html; Bcc: all@evil.example seven.",
    "marten": "../../../../etc/passwd file:///etc/passwd C:\\marten http://evil.example 8.",
    "gecko": "&lt;b&gt; &#60;i&#62; &amp;amp; ]]> <!-- gecko --> <?xml?> <![CDATA[x nine.",
}
"""By the word to ask for. Each is one sentence that every format can hold."""
BIDI = "The \u202egnp.exe\u202c \u2067isolated\u2069 tapir \u200fmark\u200e is ten."
"""Only where the format is text: some PDF and RTF writers cannot."""


def fill(corpus: Path) -> None:
    """Every attack in every format, and packages that are an attack as such."""
    sections = [Section(f"{attack[:60]} heading", (attack,)) for attack in ATTACKS.values()]
    # Excel's names of sheets are short and without some signs.
    sheets = [Section(f"<b>&{word}<b> '{{}}\"", (attack,)) for word, attack in ATTACKS.items()]
    for suffix, (make, _) in FORMATS.items():
        given = sheets if suffix in (".xls", ".xlsx", ".ods") else sections
        (corpus / f"attack{suffix}").write_bytes(make(given))
    (corpus / "bidi.txt").write_text(BIDI, encoding="utf-8")
    (corpus / "mail.eml").write_bytes(
        b"From: =?utf-8?q?A=0D=0ABcc=3A_all=40evil=2Eexample?= <a@evil.example>\r\n"
        b"Subject: =?utf-8?q?Hello=0D=0ASet-Cookie=3A_x=3D1=0D=0A=0D=0A<script>?=\r\n"
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n"
        b"The okapi wrote this.\r\n--b\r\n"
        b'Content-Disposition: attachment; filename="../../../../slipped.txt"\r\n\r\n'
        b"Slipped out.\r\n--b--\r\n"
    )
    for name, data in packages().items():
        (corpus / name).write_bytes(data)


def packages() -> dict[str, bytes]:
    """ZIP files that climb, that grow, that hold themselves, that name the machine's files."""
    docx = FORMATS[".docx"][0]([Section("Slip", ("The quokka is inside.",))])
    with zipfile.ZipFile(io.BytesIO(docx)) as archive:
        parts: dict[str, str | bytes] = {e.filename: archive.read(e) for e in archive.infolist()}
    body = str(parts["word/document.xml"], "utf-8")  # type: ignore[call-overload]
    entity = '<!DOCTYPE w [<!ENTITY x SYSTEM "file:///etc/passwd"><!ENTITY y "yyyyyyyyyy">]>'
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "lol"}">' for n in range(12))
    return {
        "slip.docx": package(parts | {"../../slipped.txt": "out", "/tmp/slipped.txt": "out",  # noqa: S108
                                      "..\\..\\slipped.txt": "out"}),
        "bomb.docx": package(parts | {"word/document.xml": b"<a>" + b" " * 300_000_000}),
        "nested.docx": package(parts | {"word/document.xml": package(parts)}),
        "entity.docx": package(parts | {"word/document.xml": body.replace(
            "?>", f"?>{entity}", 1).replace("inside", "&x;inside")}),
        "laughs.docx": package(parts | {"word/document.xml": body.replace(
            "?>", f"?><!DOCTYPE w [{laughs}]>", 1).replace("inside", "&l11;inside")}),
        "empty.docx": package({"x": b""}),
    }  # fmt: skip
