"""Talk to a running app as a program does: over HTTP, a question at a time."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any


def get(url: str, path: str, timeout: float = 30) -> tuple[int, str]:
    """Status and body."""
    try:
        with urllib.request.urlopen(url.rstrip("/") + path, timeout=timeout) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def send(url: str, endpoint: str, *arguments: Any) -> str:
    """Hand in a call; what to ask for its result with."""
    body = json.dumps({"data": arguments}).encode()
    request = urllib.request.Request(
        f"{url.rstrip('/')}/gradio_api/call/{endpoint}",
        body,
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=60) as response:
        return str(json.load(response)["event_id"])


def result(url: str, endpoint: str, event: str, timeout: float = 60) -> Any:
    """The value of a call, or ``{"error": …}``."""
    status, said = get(url, f"/gradio_api/call/{endpoint}/{event}", timeout)
    assert status == 200
    name = ""
    for line in said.splitlines():
        if line.startswith("event: "):
            name = line[7:]
        elif line.startswith("data: ") and name in ("complete", "error"):
            value = json.loads(line[6:])
            return value[0] if name == "complete" else value
    raise AssertionError(said)


def query(url: str, question: str, *, timeout: float = 60) -> Any:
    """The answer, or ``{"error": …}``."""
    return result(url, "query", send(url, "query", question, None, None, None), timeout)
