"""Text that is struck through in the shapes and cells of an Office file."""

from __future__ import annotations

from rag.read.package import Element, local


def drop_struck(root: Element) -> bool:
    """Empty the runs that are struck through; whether any held text."""
    found = False
    for properties in root.iter("{*}rPr"):
        if strikes(properties):
            for text in properties.getparent().iter("{*}t"):
                found = found or bool((text.text or "").strip())
                text.text = ""
    return found


def strikes(properties: Element) -> bool:
    """Whether a run's or a font's properties strike text through."""
    if properties.get("strike") not in (None, "noStrike"):  # of shapes
        return True
    return any(
        local(mark) == "strike" and mark.get("val") not in ("0", "false") for mark in properties
    )
