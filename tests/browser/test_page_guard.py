"""What the server tells, and what it turns away."""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from browser.servers import ROOT, Server


def _ask(
    server: Server, path: str, *, method: str = "GET", headers: dict[str, str] | None = None
) -> tuple[int, http.client.HTTPMessage, bytes]:
    port = urlsplit(server.url).port
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request(method, path, headers=headers or {})
    response = connection.getresponse()
    body = response.read()
    connection.close()
    return response.status, response.headers, body


def test_every_answer_carries_the_headers(plain: Server) -> None:
    for path in ("/", "/config", "/no-such-page", "/gradio_api/file=http://127.0.0.1:1/"):
        _, headers, _ = _ask(plain, path)
        policy = headers["content-security-policy"]
        assert "default-src 'self'" in policy
        assert "frame-ancestors 'none'" in policy
        scripts = next(part for part in policy.split("; ") if part.startswith("script-src"))
        assert "unsafe-inline" not in scripts
        assert "http:" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"


def test_a_nonce_is_used_once(plain: Server) -> None:
    policies = {_ask(plain, "/")[1]["content-security-policy"] for _ in range(3)}
    assert len(policies) == 3


@pytest.mark.parametrize(
    "path",
    [
        "/gradio_api/file=http://127.0.0.1:9/",
        "/gradio_api/file=https://example.com/a",
        "/gradio_api/file=HTTP%3A%2F%2Fexample.com",
        "/gradio_api/file=%2568ttp://example.com",
        "/gradio_api/proxy=http://example.com",
        "/file=http://example.com",
        "/gradio_api/file=//example.com/a",
    ],
)
def test_the_server_fetches_nothing(plain: Server, path: str) -> None:
    assert _ask(plain, path)[0] in (403, 404)


@pytest.mark.parametrize("path", ["app.py", "corpus/talks.md", "/etc/passwd", "../../etc/passwd"])
def test_the_server_hands_out_no_files(app: Server, path: str) -> None:
    status, _, body = _ask(app, f"/gradio_api/file={path}")
    assert status in (403, 404)
    assert b"root:" not in body


def test_uploads_are_refused(plain: Server) -> None:
    assert _ask(plain, "/gradio_api/upload", method="POST")[0] == 404


def test_another_sites_page_changes_and_reads_nothing(plain: Server) -> None:
    for headers in ({"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        join = _ask(plain, "/gradio_api/queue/join", method="POST", headers=headers)
        assert join[0] == 403
    assert _ask(plain, "/config", headers={"Origin": "http://localhost:1"})[0] == 403


def test_without_accounts_there_is_no_way_to_sign_in(plain: Server) -> None:
    for method in ("GET", "POST"):
        assert _ask(plain, "/login", method=method)[0] == 404


def test_only_loopback_names_are_served(plain: Server) -> None:
    assert _ask(plain, "/", headers={"Host": "evil.example"})[0] == 421
    assert _ask(plain, "/", headers={"Host": "localhost"})[0] == 200


def test_the_api_is_two_endpoints(plain: Server) -> None:
    _, _, body = _ask(plain, "/gradio_api/info")
    assert list(json.loads(body)["named_endpoints"]) == ["/query", "/find"]
    assert json.loads(body)["unnamed_endpoints"] == {}
    _, _, body = _ask(plain, "/config")
    listeners = json.loads(body)["dependencies"]
    open_ones = [one["api_name"] for one in listeners if one["api_visibility"] != "private"]
    assert open_ones == ["query", "find"]


def _app(tmp_path: Path, *options: str, **env: str) -> subprocess.CompletedProcess[str]:
    (tmp_path / "corpus").mkdir(exist_ok=True)
    settings = {"RAG_CORPUS": str(tmp_path / "corpus"), "RAG_INDEX": str(tmp_path / "index")}
    return subprocess.run(
        [sys.executable, str(ROOT / "app.py"), *options],
        env={**os.environ, **settings, **env},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_taken_port_is_one_line(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        result = _app(tmp_path, PORT=str(taken.getsockname()[1]))
    assert result.returncode == 1
    assert result.stderr.count("\n") == 1
    assert "choose another port" in result.stderr


@pytest.mark.parametrize("port", ["http", "0", "70000"])
def test_a_bad_port_is_one_line(tmp_path: Path, port: str) -> None:
    result = _app(tmp_path, PORT=port)
    assert result.returncode == 2
    assert result.stderr == f"PORT is {port!r}; expected a number from 1 to 65535\n"


def test_an_option_that_would_do_nothing_is_refused(tmp_path: Path) -> None:
    result = _app(tmp_path, "--port", "8000")
    assert result.returncode == 2
    assert result.stderr.startswith("app.py takes no options, and was given '--port'; ")


def test_the_mcp_tools_are_query_and_find(plain: Server) -> None:
    status, _, body = _ask(plain, "/gradio_api/mcp/schema")
    assert status == 200
    tool, find = json.loads(body)
    assert tool["name"] == "query"
    assert "exact quotations" in tool["description"]
    assert list(tool["inputSchema"]["properties"]) == ["question", "history", "documents", "top"]
    assert find["name"] == "find"
    assert "word for word" in find["description"]
    assert list(find["inputSchema"]["properties"]) == ["text"]


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_strangers_are_not_served_by_mistake(tmp_path: Path, host: str) -> None:
    result = _app(tmp_path, RAG_HOST=host)
    assert result.returncode == 1
    assert result.stderr.count("\n") == 1
    for remedy in ("RAG_PASSWORD", "--users", "RAG_OPEN=1"):
        assert remedy in result.stderr
