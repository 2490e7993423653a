"""PDFs made by hand: lines of text on pages, in a font that every reader has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


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
    return _written(objects)


@dataclass(frozen=True, slots=True)
class Field:
    """A text field, or what ``extra`` makes of it, with its lower left corner."""

    value: str
    x: int
    y: int
    flags: int = 4  # it prints
    extra: str = "/Subtype/Widget/FT/Tx"


def form(texts: Sequence[tuple[int, int, str]], fields: Sequence[Field]) -> bytes:
    """A page with these words at their places (x, y), in 11 points, and a form over it."""
    content = "".join(f"BT /F 11 Tf {x} {y} Td ({text}) Tj ET\n" for x, y, text in texts)
    kids = " ".join(f"{6 + number} 0 R" for number in range(len(fields)))
    resources = "<</Font<</F 3 0 R/Z<</Type/Font/Subtype/Type1/BaseFont/ZapfDingbats>>>>>>"
    objects = [
        "<</Type/Catalog/Pages 2 0 R/AcroForm<</NeedAppearances true/DA(/F 11 Tf 0 g)"
        f"/DR{resources}/Fields[{kids}]>>>>",
        "<</Type/Pages/Count 1/Kids[4 0 R]>>",
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
        f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 5 0 R/Resources{resources}"
        f"/Annots[{kids}]>>",
        f"<</Length {len(content)}>>stream\n{content}endstream",
    ]
    for number, field in enumerate(fields):
        value = f"/V({field.value})" if field.value else ""
        rect = f"{field.x} {field.y - 3} {field.x + 150} {field.y + 13}"
        objects.append(
            f"<</Type/Annot/T(field {number}){value}/F {field.flags}/Rect[{rect}]"
            f"/DA(/F 11 Tf 0 g){field.extra}>>"
        )
    stream = "BT /Z 11 Tf 2 3 Td (4) Tj ET"
    objects.append(  # a tick's appearance, for whoever names it
        f"<</Type/XObject/Subtype/Form/BBox[0 0 150 16]/Resources{resources}"
        f"/Length {len(stream)}>>stream\n{stream}\nendstream"
    )
    return _written([content.encode("cp1252") for content in objects])


def tick(fields: int) -> str:
    """What makes a field a ticked box, in a form of so many fields."""
    return f"/Subtype/Widget/FT/Btn/V/On/AS/On/MK<</CA(4)>>/AP<</N<</On {6 + fields} 0 R>>>>"


def _written(objects: Sequence[bytes]) -> bytes:
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
