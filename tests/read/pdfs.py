"""PDFs made by hand: lines of text on pages, in a font that every reader has."""

from __future__ import annotations

from collections.abc import Sequence


def pdf(
    pages: Sequence[Sequence[str]], *, sizes: dict[str, int] | None = None, extra: str = ""
) -> bytes:
    """Each page's lines from its top, in 11 points, or as ``sizes`` says of a line.

    Letters of Windows-1252 only. ``extra`` is added to every page's dictionary.
    """
    sizes = sizes or {}
    numbers = range(len(pages))
    kids = " ".join(f"{4 + 2 * number} 0 R" for number in numbers)
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        f"<</Type/Pages/Count {len(pages)}/Kids[{kids}]>>".encode(),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
    ]
    for number, lines in enumerate(pages):
        objects.append(
            f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents {5 + 2 * number} 0 R"
            f"/Resources<</Font<</F 3 0 R>>>>{extra}>>".encode()
        )
        content = b""
        height = 780
        for line in lines:
            size = sizes.get(line, 11)
            text = line.encode("cp1252")
            for mark in (b"\\", b"(", b")"):
                text = text.replace(mark, b"\\" + mark)
            content += b"BT /F %d Tf 72 %d Td (%s) Tj ET\n" % (size, height, text)
            height -= size + 3
        objects.append(b"<</Length %d>>stream\n%sendstream" % (len(content), content))
    data = b"%PDF-1.4\n"
    places = []
    for number, content in enumerate(objects, 1):
        places.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    start = len(data)
    data += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    data += b"".join(b"%010d 00000 n \n" % place for place in places)
    trailer = b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n"
    return data + trailer % (len(objects) + 1, start)
