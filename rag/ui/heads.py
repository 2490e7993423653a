"""What stands over the page and over its panels."""

from __future__ import annotations

from typing import Any

from rag.ui.export import export_menu
from rag.ui.markup import Html, element, icon, join
from rag.ui.routes import SIGN_OUT
from rag.ui.wording import masthead


def top_bar(*, signs_out: bool) -> Html:
    """The bar over the page; ``signs_out`` where people have accounts."""
    return join(
        [
            element("a", "Skip to the question", href="#question", class_="skip"),
            element(
                "div",
                masthead(),
                class_="brand",
            ),
            element(
                "nav",
                _mode("ask", "Ask a question", current=True),
                _mode("check", "Check a quotation"),
                class_="modes",
                aria_label="What to do",
            ),
            _bar_button("documents", "Documents", data_toggle="documents", aria_expanded="false"),
            _bar_button(
                "export",
                "Export",
                data_export=True,
                aria_label="Export the conversation",
                aria_haspopup="dialog",
            ),
            _bar_button("plus", "New conversation", data_new=True),
            _sign_out() if signs_out else None,
            _cut_off(),
            export_menu(),
            element("div", id="status", role="status", aria_live="polite", class_="sr-only"),
        ]
    )


def _cut_off() -> Html:
    """Told by the script when the server is gone, or is not the one that drew the page."""
    return element(
        "div",
        element("p", id="lost-told", role="alert"),
        element("button", "Reload the page", type="button", data_reload=True),
        id="lost",
    )


def _sign_out() -> Html:
    return element(
        "form",
        _bar_button("leave", "Sign out", type="submit"),
        method="post",
        action=SIGN_OUT.removeprefix("/"),
        class_="sign-out",
    )


def _bar_button(picture: str, label: str, **attributes: Any) -> Html:
    """A button of the bar: on a phone its picture alone, so its name is told to screen readers."""
    plain = {"type": "button", "class_": "bar-button", "aria_label": label}
    return element("button", icon(picture), element("span", label), **plain | attributes)


def _mode(name: str, label: str, *, current: bool = False) -> Html:
    return element(
        "button",
        label,
        type="button",
        class_="mode",
        data_mode=name,
        aria_current="page" if current else None,
    )


def panel_head(name: str, title: str, *, heading: bool = True) -> Html:
    """A side panel's title and the button that closes it."""
    return join(
        [
            element("h2" if heading else "p", title, tabindex="-1", class_="panel-title"),
            element(
                "button",
                icon("close"),
                type="button",
                class_="close",
                data_close=name,
                aria_label=f"Close {title.lower()}",
                title="Close",
            ),
        ]
    )
