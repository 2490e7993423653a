"""Gradio's theme and the page's own style sheet and script.

Both fonts come inside Gradio's wheel: nothing is loaded from elsewhere.
"""

from __future__ import annotations

from pathlib import Path

import gradio as gr
from gradio.themes.utils import fonts

HERE = Path(__file__).parent
# Handed over as ``css``, Gradio would put its container's name before every selector, and rules
# for the page itself could not match.
HEAD = f"<style>{(HERE / 'page.css').read_text(encoding='utf-8')}</style>" + (
    '<link rel="icon" href="data:image/svg+xml,'
    "%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'%3E"
    "%3Crect width='32' height='32' rx='7' fill='%230a5a6a'/%3E"
    "%3Cpath d='M8 22V13q0-5 6-5v3q-3 0-3 3h3v8zm10 0V13q0-5 6-5v3q-3 0-3 3h3v8z'"
    " fill='white'/%3E%3C/svg%3E\">"
)
_SCRIPTS = (
    "streams.js",
    "tools.js",
    "drafts.js",
    "connection.js",
    "panels.js",
    "actions.js",
    "page.js",
)
SCRIPT = "\n".join((HERE / name).read_text(encoding="utf-8") for name in _SCRIPTS)


def theme() -> gr.themes.Base:
    """A quiet base; the colours that matter are tokens in page.css."""
    # The wheel's "Source Sans 3", and the semi-bold of this one, lack most letters.
    sans = fonts.LocalFont("Source Sans Pro", weights=(400, 700))
    others = ("Seravek", "Ubuntu", "Segoe UI", "system-ui", "sans-serif")
    return gr.themes.Base(
        font=[sans, *others],
        font_mono=["ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace"],
        radius_size=gr.themes.sizes.radius_md,
        text_size=gr.themes.sizes.text_md,
    ).set(
        body_background_fill="var(--paper)",
        body_background_fill_dark="var(--paper)",
        body_text_color="var(--ink)",
        body_text_color_dark="var(--ink)",
        body_text_color_subdued="var(--ink-quiet)",
        body_text_color_subdued_dark="var(--ink-quiet)",
        block_background_fill="transparent",
        block_background_fill_dark="transparent",
        block_border_width="0px",
        block_border_width_dark="0px",
        block_shadow="none",
        block_shadow_dark="none",
        background_fill_primary="var(--surface)",
        background_fill_primary_dark="var(--surface)",
        background_fill_secondary="var(--paper)",
        background_fill_secondary_dark="var(--paper)",
        border_color_primary="var(--line)",
        border_color_primary_dark="var(--line)",
        input_background_fill="var(--surface)",
        input_background_fill_dark="var(--surface)",
        input_border_color="var(--line-strong)",
        input_border_color_dark="var(--line-strong)",
        color_accent="var(--accent)",
        button_primary_background_fill="var(--accent)",
        button_primary_background_fill_dark="var(--accent)",
        button_primary_background_fill_hover="var(--accent-strong)",
        button_primary_background_fill_hover_dark="var(--accent-strong)",
        button_primary_text_color="var(--on-accent)",
        button_primary_text_color_dark="var(--on-accent)",
        button_secondary_background_fill="var(--surface)",
        button_secondary_background_fill_dark="var(--surface)",
        button_secondary_border_color="var(--line-strong)",
        button_secondary_border_color_dark="var(--line-strong)",
        button_secondary_text_color="var(--ink)",
        button_secondary_text_color_dark="var(--ink)",
    )
