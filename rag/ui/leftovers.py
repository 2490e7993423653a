"""What Gradio keeps of calls that are over, thrown away: else a server grows with each one.

A program that calls the API names no session. Gradio makes it one under the call's own id, with a
copy of the page's parts, and keeps thousands; of each that has ended an empty set stays for ever.
"""

from __future__ import annotations

from gradio.context import LocalContext

_KEPT = 4_000
"""Sets of unfinished calls, of which Gradio itself serves the last 2,000 sessions."""


def forget_call() -> None:
    """To be called on the event loop at the end of a call over the API, by its handler."""
    blocks, call = LocalContext.blocks.get(None), LocalContext.event_id.get(None)
    if blocks is None or call is None:
        return
    sessions = blocks.state_holder
    with sessions.lock:
        sessions.session_data.pop(call, None)  # nobody can come back to a session so named
        sessions.time_last_used.pop(call, None)
    queue = blocks._queue
    unfinished = queue.pending_event_ids_session
    if len(unfinished) > _KEPT:
        for session, events in list(unfinished.items()):
            if not events or session not in queue.pending_messages_per_session:
                del unfinished[session]
