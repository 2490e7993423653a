"""What stands over the page and over its panels."""

from __future__ import annotations

from rag.ui.export import export_menu
from rag.ui.markup import Html, element, icon, join
from rag.ui.routes import SIGN_OUT


def top_bar(title: str, *, signs_out: bool) -> Html:
    """The bar over the page; ``signs_out`` where people have accounts."""
    return join(
        [
            element("a", "Skip to the question", href="#question", class_="skip"),
            element(
                "div",
                element("h1", title),
                element("p", "Exact quotations, each with its source", class_="tagline"),
                class_="brand",
            ),
            element(
                "nav",
                _mode("ask", "Ask a question", current=True),
                _mode("check", "Check a quotation"),
                class_="modes",
                aria_label="What to do",
            ),
            element(
                "button",
                icon("documents"),
                element("span", "Documents"),
                type="button",
                class_="bar-button",
                data_toggle="documents",
                aria_label="Documents",
                aria_expanded="false",
            ),
            element(
                "button",
                icon("export"),
                element("span", "Export"),
                type="button",
                class_="bar-button",
                data_export=True,
                aria_label="Export the conversation",
                aria_haspopup="dialog",
            ),
            element(
                "button",
                icon("plus"),
                element("span", "New conversation"),
                type="button",
                class_="bar-button",
                data_new=True,
                aria_label="New conversation",
            ),
            _sign_out() if signs_out else None,
            export_menu(),
            element("div", id="status", role="status", aria_live="polite", class_="sr-only"),
        ]
    )


def _sign_out() -> Html:
    return element(
        "form",
        element(
            "button",
            icon("leave"),
            element("span", "Sign out"),
            type="submit",
            class_="bar-button",
            aria_label="Sign out",
        ),
        method="post",
        action=SIGN_OUT.removeprefix("/"),
        class_="sign-out",
    )


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
