"""Check a quotation: a box to paste a text into, and what the documents make of it.

What is altered is never shown as if it were found: both texts stand one under the other, the words
that differ struck or underlined.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

from rag.diff import Change
from rag.errors import IndexMissingError, RagError
from rag.findings import MAX_FOUND, Finding
from rag.pasted import frame
from rag.ui.cards import unread_hint
from rag.ui.chat import UNEXPECTED
from rag.ui.desk import Desk
from rag.ui.library import Library
from rag.ui.markup import Html, element, icon, join
from rag.ui.quotes import citation, copy_button, words
from rag.ui.wording import count, sentence

log = logging.getLogger(__name__)

_SHOWN = 5  # places to see at once
_FOLDED = 100  # and further ones behind "more"
_ALSO_CHARS = 500  # of what stood around the words that were compared


def check_form() -> Html:
    """The box and its button."""
    return join(
        [
            element("h2", "Check a quotation", class_="check-title"),
            element(
                "p",
                "Paste what somebody says the documents say. You see whether they say it word for "
                "word, where, or what differs.",
                class_="hint",
            ),
            element("label", "Text to check", for_="pasted", class_="sr-only"),
            element(
                "textarea",
                id="pasted",
                rows=5,
                placeholder="Paste a quotation",
                spellcheck="false",
                dir="auto",
                aria_describedby="check-keys",
            ),
            element(
                "div",
                element("span", "Ctrl + Enter checks too", id="check-keys", class_="fine"),
                element("button", "Check", type="button", id="check-run"),
                class_="check-line",
            ),
        ]
    )


async def checked_card(library: Library, data: Any, desk: Desk) -> Html:
    """What was found of the text that the browser sent; never an exception."""
    text = data.get("text") if isinstance(data, dict) else None
    if not isinstance(text, str):
        return _notice("The text could not be read", "Paste it again, then press Check.")
    try:
        with desk.visit("check", text) as visit:
            return await visit.run(
                lambda: library.find(text),
                lambda found: findings_card(text.strip(), found, len(library.info().skipped)),
            )
    except IndexMissingError:
        return _notice(
            "There is no index yet", "Press Rebuild in the documents panel, then check again."
        )
    except RagError as error:
        log.info("a text could not be checked: %s", error)
        return _notice(sentence(error))
    except Exception:
        log.exception("a text could not be checked")
        return _notice(UNEXPECTED)


def findings_card(text: str, findings: Sequence[Finding], unread: int = 0) -> Html:
    """The outcome in a line, then each place, or each nearest text with what differs.

    ``unread`` files could not be read, and may hold what is not found.
    """
    if not findings:
        return _card(
            "absent",
            "none",
            "The documents do not say this",
            element(
                "p",
                "Neither this text nor most of its words stand anywhere in them. They may still "
                "say the same in other words: ask, to find out.",
                class_="hint",
            ),
            unread_hint(unread),
        )
    around = _around(text, findings[0].sought)
    if findings[0].outcome == "exact":
        part = all(finding.sentence for finding in findings)
        lead = "Word for word in the documents" + (", as part of a sentence" if part else "")
        return _card("exact", "exact", lead, around, _places(findings))
    slight = findings[0].note != "words differ"
    lead = "The same words, but not character for character" if slight else "Not in these words"
    hint = "This is nearest to it." if len(findings) == 1 else "These are nearest to it."
    return _card(
        "altered",
        "altered",
        lead,
        element("p", hint, class_="hint"),
        unread_hint(unread),
        around,
        element("ol", *(_altered(finding) for finding in findings), class_="quotes"),
    )


def _card(outcome: str, drawing: str, lead: str, *children: Html | None) -> Html:
    return element(
        "article",
        element("p", icon(drawing), lead, class_="lead", tabindex="-1"),
        *children,
        class_=f"answer outcome-{outcome}",
    )


def _notice(message: str, hint: str = "") -> Html:
    return element(
        "div",
        element("p", message, class_="lead", tabindex="-1"),
        element("p", hint, class_="hint") if hint else None,
        class_="answer notice",
    )


def _around(text: str, sought: str) -> Html | None:
    if sought == text:
        return None
    left = frame(text, sought)
    if len(left) > _ALSO_CHARS:
        left = f"{left[:_ALSO_CHARS]} …"
    return element(
        "p", "Compared without what stands around it: ", element("bdi", left), class_="hint around"
    )


def _places(findings: Sequence[Finding]) -> Html:
    first, rest = findings[0], findings[_SHOWN:]
    lines = [
        join(
            [
                _whole(finding),
                element(
                    "div",
                    citation(finding.quote),
                    _copy(finding) if finding is first else None,
                    class_="source-line",
                ),
            ]
        )
        for finding in findings[: _SHOWN + _FOLDED]
    ]
    more = f"and {len(rest):,} more" if len(findings) < MAX_FOUND else "and many more"
    return element(
        "div",
        element(
            "div",
            element("blockquote", words(first.quote), class_="quote"),
            *lines[:_SHOWN],
            element(
                "details",
                element("summary", more),
                *lines[_SHOWN:],
                _unlisted(len(rest) - _FOLDED),
                class_="places",
            )
            if rest
            else None,
            class_="card",
        ),
        class_="quotes",
    )


def _unlisted(number: int) -> Html | None:
    if number <= 0:
        return None
    return element("p", f"{count(number, 'place')} not listed", class_="fine")


def _altered(finding: Finding) -> Html:
    quote = finding.quote
    note = sentence(finding.note)
    return element(
        "li",
        element("p", note, class_="kind"),
        element("p", "Your text", class_="says"),
        element("p", *_said(finding.diff, "removed"), class_="mine", dir="auto"),
        element("p", "The document", class_="says"),
        element(
            "blockquote",
            element("p", *_said(finding.diff, "added"), class_="words compared", dir="auto"),
            class_="quote",
        ),
        _whole(finding),
        element("div", citation(quote), _copy(finding), class_="source-line"),
        class_="card near",
    )


def _copy(finding: Finding) -> Html:
    """Copies what can stand alone: of words cut out of a sentence, the sentence."""
    whole = finding.sentence
    return copy_button(finding.quote) if whole is None else copy_button(whole, sentence=True)


def _whole(finding: Finding) -> Html | None:
    """The sentence that the words are a part of, with them marked: it may say something else."""
    whole, quote = finding.excerpt, finding.quote
    if whole is None:
        return None
    text = quote.document.text
    return join(
        [
            element(
                "p", "The whole sentence" if whole.is_whole else "The words around", class_="says"
            ),
            element(
                "p",
                "… " if whole.goes_on_before else "",
                text[whole.start : quote.start],
                element("mark", quote.text),
                text[quote.end : whole.end],
                " …" if whole.goes_on_behind else "",
                class_="whole-sentence",
                dir="auto",
            ),
        ]
    )


def _said(diff: Sequence[Change], op: str) -> list[Html]:
    """One side of the diff; all of it is that text, character for character."""
    tag = "del" if op == "removed" else "ins"
    return [
        join([change.text])
        if change.op == "same"
        else element(tag, element("span", change.text), class_=_space(change.text))
        for change in diff
        if change.op in ("same", op)
    ]


def _space(text: str) -> str | None:
    """White space alone would not be seen."""
    if not text.isspace():
        return None
    return "line-end" if "\n" in text else "space"
