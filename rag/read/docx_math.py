"""A formula of Office on one line: what its layout says is said by signs."""

from __future__ import annotations

import re
from collections.abc import Callable

from rag.read.package import Element, local, value
from rag.read.raised import raised

EDGE = "\uffff"
"""At the ends of what must not run into its neighbours. XML can hold no such character."""

_TERM = re.compile(r"[\w.,]*")
_EDGES = re.compile(rf"(?<=[\w.,]){EDGE}+(?=\w)")
_BETWEEN = {"eqArr": "\n", "m": "\n", "mr": " "}


def formula(element: Element, read: Callable[[Element], str]) -> str | None:
    """The element's text, if its layout means anything; ``read`` gives the text inside one."""
    name = local(element)
    if not str(element.tag).endswith(f"/math}}{name}"):
        return None
    parts = {local(part): part for part in element}
    if name == "f" and "num" in parts and "den" in parts:
        if _told(element, "type", "bar") == "noBar":  # no fraction, but one over the other
            return f"({read(parts['num'])}¦{read(parts['den'])})"
        return f"{EDGE}{_term(read(parts['num']))}/{_term(read(parts['den']))}{EDGE}"
    if name in ("sSup", "sSubSup", "nary"):
        sign = _told(element, "chr", "∫") if name == "nary" else ""
        order = ("sub", "sup", "e") if name == "nary" else ("e", "sub", "sup")
        texts = {key: read(parts[key]) for key in order if key in parts}
        if "sup" in texts:
            texts["sup"] = _exponent(texts["sup"])
        return sign + "".join(texts.values())
    if name == "rad":
        degree = read(parts["deg"]) if "deg" in parts else ""
        root = _term(read(parts["e"])) if "e" in parts else ""
        return f"{EDGE if degree.strip() else ''}{raised(degree)}√{root}{EDGE}"
    if name != "d" and name not in _BETWEEN:  # what is read here must not be read again
        return None
    inner = [read(part) for part in element if local(part) in ("e", "mr")]
    if name in _BETWEEN:
        return _BETWEEN[name].join(inner)
    middle = _told(element, "sepChr", "|").join(inner)
    return f"{_told(element, 'begChr', '(')}{middle}{_told(element, 'endChr', ')')}"


def parted(text: str) -> str:
    """The text with a space where a fraction or root would run into a number or word: "2 1/2"."""
    return _EDGES.sub(" ", text).replace(EDGE, "")


def _term(text: str) -> str:
    """The text in brackets, unless it is one term."""
    return text if _TERM.fullmatch(text.strip()) else f"({text})"


def _exponent(text: str) -> str:
    up = raised(text)
    return f"^{_term(text)}{EDGE}" if up == text and text.strip() else up


def _told(element: Element, name: str, otherwise: str) -> str:
    mark = element.find(f"{{*}}{local(element)}Pr/{{*}}{name}")
    told = value(mark, "val") if mark is not None else None
    return otherwise if told is None else told
