"""Small corpora for the fake engine: one to read, one that attacks, one that is long."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from browser.fake_engine import document_of
from read.pdfs import pdf

from rag.document import Block, Document
from rag.read import read

LOG = replace(
    document_of("log.pdf", "Fog on Tuesday.", pages=True),
    notes=("pages 2 and 3 of 3 have no text",),
)
PLAIN = (
    LOG,
    document_of(
        "harbour.md",
        "# The harbour\n\nThe harbour wall was built in 1874 by convict labour.\n\n"
        "## Lighthouse\n\nThe lighthouse keeper earned four pounds a month.\n\n"
        "- The lamp burned whale oil until 1902.\n",
    ),
    document_of(
        "ledger.txt",
        "The harbour wall cost 31,000 pounds.\n\nWages | 12,400\nStone | 18,600\n\n"
        "The lighthouse keeper earned four pounds a month.\n",
        title="Ledger of the harbour board",
        pages=True,
    ),
)

FIRST = document_of("a-first.md", "A page that was added, first in the list.")
_ROW = "Borealis Paper\tOslo\t600.16"
FOREIGN = (
    document_of("تقرير-المدقق.txt", "وقع التقرير المدقق سامي الحداد في أوسلو.", title="تقرير"),
    Document("invoices.csv", "Invoices", _ROW, (Block(0, len(_ROW), "row"),), "0" * 64, "fake"),
    document_of(f"{'a-long-name-' * 15}.md", "Nothing of interest."),
)

HOSTILE = (
    "<script>window.pwned = 1</script> tag",
    "<img src=x onerror='window.pwned=2'> handler",
    "<img src='https://evil.example/beacon.png'> beacon",
    '</p></blockquote><iframe src="javascript:window.pwned=3"></iframe> breakout',
    "<style>*{display:none}</style><!-- comment --><base href=https://evil.example> markup",
    "\"><svg/onload=window.pwned=4> attribute ' quotes ` backticks",
    "![x](https://evil.example/a.png) [link](javascript:window.pwned=5) **bold** _em_ ~~s~~",
    "# heading\n> quote\n- item\n1. one\n\t| a | b |\n|---|---|\n``` code ```  trailing  ",
    "$$\\frac{a}{b}$$ and $x^2$ and \\(y\\) and \\[z\\] latex",
    "```mermaid\ngraph TD; A-->B\n``` diagram",
    "${window.pwned=6} ${ unclosed and {{value}} {{#if x}} `${1}` {% raw %} <%= 1 %> template",
    "&lt;b&gt; &amp; &#60; &copy; &nbsp; & entities",
    "left \u202eRTL override\u202c \u2067isolate\u2069 \u200fmark\u200e \ufeffbom bidi",
    "עברית ואנגלית 123 مرحبا hebrew and arabic",
    "emoji 👩‍👩‍👧‍👦 🏳️‍🌈 e\u0301 \U0001f1e9\U0001f1ea n\u0303 combined",
    "controls \x01\x02\x07\x08\x0b\x0c\x1b[31m\x7f \x80\x85\x9f \u2028 \u2029 \u00ad \ufffe end",
    "carriage\r\nreturns\rand\nlines",
    "http://evil.example www.evil.example me@evil.example :smile: @someone #1 autolink",
    "\\* \\_ \\` backslashes \\\\ \\n",
    "<details open ontoggle=window.pwned=7><summary>x</summary></details> <think>hidden</think>",
)
"""Asking for a ``hostile sample`` finds them all."""


def _hostile() -> tuple[Document, ...]:
    names = (
        '<img src=x onerror="window.pwned=8">.md',
        "]>--><b>${x}.md",
        "\u202etxt.exe.md",
        "line\nbreak \u2028 tab\t.md",
        "'single' \"double\" `back`.md",
        "-rf --help {{value}} $$x$$ **b**.md",
        "controls \x01\x1b[31m\x7f\x9b.md",
        "a.md: an empty file: put text in it or remove it.md",
        " dots and spaces . .",
        "..not/..up.md",
        "n" * 255,
    )
    found = []
    for number, sample in enumerate(HOSTILE):
        quote = f"Hostile sample: {sample}"
        text = f"Before.\n\n{quote}\n\nAfter."
        start = text.index(quote)
        end = start + len(quote)
        blocks = (
            Block(0, 7, "prose"),
            Block(start, end, "code" if number % 2 else "prose"),
            Block(end + 2, len(text), "prose"),
        )
        name = names[number] if number < len(names) else f"sample-{number}.md"
        title = f"Title {sample}"[:60]
        found.append(Document(name, title, text, blocks, "0" * 64, "fake"))
    return tuple(found)


def _long() -> tuple[Document, ...]:
    paragraphs = [f"Paragraph p{n} speaks of nothing in particular. " * 8 for n in range(1500)]
    paragraphs[750] = "The needle lies in the exact middle."
    return (
        document_of("long.md", "# A long book\n\n" + "\n\n".join(p.strip() for p in paragraphs)),
    )


def papers(folder: Path) -> tuple[Document, ...]:
    """Real PDFs in a folder, read as a build reads them."""
    folder.mkdir(parents=True)
    filling = [f"Line {number} of the minutes, which nobody asks for." for number in range(50)]
    pages = [
        [*filling[:40], "The ferry tolls were four pence, as agreed.", *filling[40:]],
        [*filling[:48], "The quay was dredged by order of the board, and then"],
        ["dredged again in the wet spring of that very year.", *filling[:30]],
        ["Nothing else was decided."],
    ]
    (folder / "minutes.pdf").write_bytes(pdf(pages))
    (folder / "turned.pdf").write_bytes(
        pdf([["The turned ferry page is read all the same."]], extra="/Rotate 90")
    )
    (folder / "changed.pdf").write_bytes(pdf([["The ferry burned down."]]))
    documents = tuple(
        read(folder, path.name, max_bytes=1_000_000) for path in sorted(folder.iterdir())
    )
    (folder / "changed.pdf").write_bytes(pdf([["The ferry sailed on."]]))
    return documents


CORPORA: dict[str, tuple[tuple[Document, ...], dict[str, Any]]] = {
    "plain": (PLAIN, {"build_s": 2.0}),
    "hostile": (_hostile(), {}),
    "long": (_long(), {}),
    "missing": (PLAIN, {"state": "missing", "build_s": 0.3}),
    "empty": ((), {"state": "empty"}),
    "slow": (PLAIN, {"delay_s": 3.0}),
    "changing": (PLAIN, {"build_s": 0.1, "next_build": (FIRST, LOG, PLAIN[1])}),
    "foreign": (FOREIGN, {}),
}
