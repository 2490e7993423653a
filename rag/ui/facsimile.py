"""A quote on a picture of its page, for the source panel.

The marks lie over the picture, and each holds its words as text: a screen reader reads them,
and a test compares them with the quote.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import PurePosixPath

from rag.document import Document
from rag.read.pdf_page import DrawnPage
from rag.ui.markup import Html, element, icon, join

NOT_MARKED = (
    "The quotation could not be marked on the picture of this page for certain. "
    "It is marked in the text."
)


def view_switch(view: str) -> Html:
    """Page or text; ``view`` is the one that is shown."""
    return element(
        "div",
        *(
            element(
                "button",
                label,
                type="button",
                class_="view",
                data_view=name,
                aria_pressed="true" if name == view else "false",
            )
            for name, label in (("page", "Page"), ("text", "Text"))
        ),
        class_="views",
        role="group",
        aria_label="Show the source as",
    )


def facsimile(document: Document, drawn: DrawnPage, number: int, quoted: tuple[int, ...]) -> Html:
    """Page ``number`` with its marks, and the way to others; ``quoted`` are the quote's pages."""
    name = f"Page {number} of {PurePosixPath(document.path).name}"
    encoded = base64.b64encode(drawn.picture).decode("ascii")
    return join(
        [
            _turns(drawn, number, quoted),
            element(
                "div",
                element(
                    "div",
                    element(
                        "img",
                        src=f"data:image/webp;base64,{encoded}",
                        alt=name,
                        width=drawn.width,
                        height=drawn.height,
                    ),
                    *_marks(document, drawn),
                    class_="sheet",
                ),
                class_="page facsimile",
                tabindex="0",
                role="region",
                aria_label=name,
            ),
        ]
    )


def _turns(drawn: DrawnPage, number: int, quoted: tuple[int, ...]) -> Html:
    other: Html | None = None
    if not quoted[0] <= number <= quoted[-1]:
        other = _jump(quoted[0], "Back to the quotation")
    elif number < quoted[-1]:
        other = _jump(quoted[-1], f"Continues on page {quoted[-1]}")
    return element(
        "div",
        _turn(number - 1, "left", "Previous page", number <= 1),
        element("span", f"Page {number:,} of {drawn.pages:,}", class_="fine page-number"),
        _turn(number + 1, "right", "Next page", number >= drawn.pages),
        other,
        element(
            "button",
            icon("magnify"),
            type="button",
            class_="step magnify",
            aria_pressed="false",
            aria_label="Larger",
            title="Larger",
        ),
        class_="turns",
        role="group",
        aria_label="Pages",
    )


def _turn(page: int, side: str, label: str, disabled: bool) -> Html:
    return element(
        "button",
        icon(side),
        type="button",
        class_="step turn",
        data_page=page,
        data_side=side,
        disabled=disabled,
        aria_label=label,
        title=label,
    )


def _jump(page: int, label: str) -> Html:
    return element("button", label, type="button", class_="turn jump", data_page=page)


def _marks(document: Document, drawn: DrawnPage) -> Iterator[Html]:
    """One element a mark; their texts, one after the other, are the quote's on this page."""
    for mark, following in zip_longest(drawn.marks, drawn.marks[1:]):
        between = document.text[mark.end : following.start] if following else ""
        words = document.text[mark.start : mark.end] + (between if between.isspace() else "")
        sides = {
            "left": mark.left,
            "top": mark.top,
            "width": mark.right - mark.left,
            "height": mark.bottom - mark.top,
        }
        yield element(
            "mark",
            element("span", words, class_="sr-only"),
            class_="spot",
            style=";".join(f"{name}:{100 * side:.4f}%" for name, side in sides.items()),
        )
