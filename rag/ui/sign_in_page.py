"""The page on which a person signs in: a form, and nothing that needs a script."""

from __future__ import annotations

from pathlib import Path

from rag.ui.markup import Html, document, element
from rag.ui.wording import TITLE, masthead

STYLE = (Path(__file__).parent / "sign_in.css").read_text(encoding="utf-8")


def sign_in_page(then: str, *, name: str = "", only: str = "", problem: str = "") -> Html:
    """The form. ``then`` is where to go afterwards, ``only`` the one name where there is one."""
    asked = (
        element("input", type="hidden", name="username", value=only)
        if only
        else element(
            "p",
            element("label", "Name", for_="name"),
            element(
                "input",
                type="text",
                id="name",
                name="username",
                value=name,
                required=True,
                autofocus=not name,
                autocomplete="username",
                autocapitalize="none",
                spellcheck="false",
            ),
            class_="field",
        )
    )
    return _page(
        element("p", problem, class_="problem", role="alert") if problem else None,
        element(
            "form",
            asked,
            element(
                "p",
                element("label", "Password", for_="password"),
                element(
                    "input",
                    type="password",
                    id="password",
                    name="password",
                    required=True,
                    autofocus=bool(name or only),
                    autocomplete="current-password",
                ),
                class_="field",
            ),
            element("input", type="hidden", name="next", value=then),
            element("button", "Sign in", type="submit"),
            method="post",
            action="login",
        ),
    )


def refusal_page(problem: str) -> Html:
    """Why somebody who has signed in elsewhere does not come in here."""
    return _page(element("p", problem, class_="problem", role="alert"))


def _page(*children: Html | None) -> Html:
    return document(
        element("head",
            element("meta", name="viewport", content="width=device-width, initial-scale=1"),
            element("meta", name="color-scheme", content="light dark"),
            element("title", f"Sign in · {TITLE}"),
            element("link", rel="icon", href="data:,"),
            element("link", rel="stylesheet", href="login.css"),
        ),
        element(
            "body",
            element(
                "main",
                masthead(),
                *children,
            ),
        ),
    )  # fmt: skip
