"""Which library a request may use. Every handler of the page and the API asks here, none holds one.

Without accounts that is everybody's. With them it is the account's part of it (`rag.ui.granted`),
told from the request's scope, where `rag.ui.sign_in` has left the account.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr

from rag.accounts import Account
from rag.errors import AccountError
from rag.settings import Settings
from rag.ui.granted import Granted
from rag.ui.library import Library, WholeLibrary

ACCOUNT = "rag.account"
"""The account's key in an ASGI scope: headers, query and body cannot reach it."""


@dataclass(frozen=True, slots=True)
class Access:
    """The library, and whether one must be known to use it."""

    whole: WholeLibrary
    guarded: bool

    @property
    def settings(self) -> Settings:
        """Paths and limits; nothing of a document."""
        return self.whole.settings

    def library(self, request: gr.Request | None) -> Library:
        """What may be used by whoever sent the request.

        Raises:
            AccountError: nobody has signed in; cannot be while the middleware stands before us.
        """
        if not self.guarded:
            return self.whole
        return Granted(self.whole, _account(request))

    def name(self, request: gr.Request | None) -> str:
        """Of the account that sent the request; empty where nobody signs in."""
        return _account(request).name if self.guarded else ""

    def may_build(self, request: gr.Request | None) -> bool:
        """Whether Rebuild is theirs to press."""
        return not self.guarded or _account(request).may_build


def _account(request: gr.Request | None) -> Account:
    # MCP hands over the web framework's request, everything else Gradio's, with that inside.
    inner: Any = request.request if isinstance(request, gr.Request) else request
    account = getattr(inner, "scope", {}).get(ACCOUNT)
    if not isinstance(account, Account):
        raise AccountError("sign in first")
    return account
