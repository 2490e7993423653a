"""Nobody unknown gets past the door: cookies, passwords, proxies, other web sites' pages."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.testclient import TestClient
from starlette.types import ASGIApp, Receive, Scope, Send

from rag import passwords
from rag.accounts import Account, save_accounts
from rag.errors import AccountError
from rag.folders import folders
from rag.passwords import hash_password
from rag.ui import sessions
from rag.ui.access import ACCOUNT
from rag.ui.door import Door, check_host, check_users, open_door
from rag.ui.guard import Guard
from rag.ui.sessions import Attempts, Sessions
from rag.ui.sign_in import SignIn, _local

PASSWORD = "correct horse"
BROWSER = {"accept": "text/html,*/*", "sec-fetch-mode": "navigate", "sec-fetch-site": "none"}


@pytest.fixture(autouse=True)
def _cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "_COST", {"n": 2**4, "r": 8, "p": 1})


async def told(scope: Scope, receive: Receive, send: Send) -> None:
    """An app behind the door that tells what reached it."""
    request = Request(scope, receive)
    body = (await request.body()).decode()
    account = scope.get(ACCOUNT)
    found = {
        "account": account and account.name,
        "path": scope["path"],
        "query": scope["query_string"].decode(),
        "body": json.loads(body) if body else None,
        "length": request.headers.get("content-length"),
    }
    await JSONResponse(found)(scope, receive, send)


@pytest.fixture
def users(tmp_path: Path) -> Path:
    file = tmp_path / "users.json"
    write(file, PASSWORD)
    return file


def write(file: Path, password: str, *names: str) -> None:
    held = [
        Account(name, folders(["legal"]), False, hash_password(password))
        for name in names or ("anna", "bob", "zoë")
    ]
    save_accounts(file, [*held, Account("proxied", folders(["press"]))])


def client_of(door: Door, peer: str = "203.0.113.9", base: str = "http://docs.test") -> TestClient:
    app: ASGIApp = Guard(SignIn(told, door), sign_in=True)
    return TestClient(app, base_url=base, client=(peer, 5), follow_redirects=False)


@pytest.fixture
def client(users: Path) -> TestClient:
    return client_of(open_door(str(users), {}) or pytest.fail("no door"))


def sign_in(client: TestClient, name: str = "anna", password: str = PASSWORD, **more: str) -> Any:
    fields = {"username": name, "password": password, **more}
    return client.post("/login", data=fields, headers=BROWSER | {"sec-fetch-site": "same-origin"})


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"), ("GET", "/config"), ("GET", "/gradio_api/info"), ("GET", "/assets/a.js"),
        ("GET", "/static/fonts/x"), ("GET", "/theme.css"), ("GET", "/gradio_api/openapi.json"),
        ("GET", "/gradio_api/queue/data?session_hash=x"), ("GET", "/gradio_api/heartbeat/x"),
        ("POST", "/gradio_api/queue/join"), ("POST", "/gradio_api/run/query"),
        ("POST", "/gradio_api/call/query"), ("GET", "/gradio_api/call/query/x"),
        ("GET", "/gradio_api/mcp/schema"), ("POST", "/gradio_api/mcp/"), ("POST", "/logout"),
        ("GET", "/gradio_api/mcp/sse"), ("POST", "/gradio_api/cancel"), ("HEAD", "/"),
        ("POST", "/gradio_api/startup-events"), ("GET", "/favicon.ico"), ("DELETE", "/"),
        ("GET", "//"), ("GET", "/login/"), ("GET", "/%6cogin%2f..%2fconfig"),
        ("GET", "/gradio_api/startup-events/"), ("OPTIONS", "/config"), ("PUT", "/login"),
    ],
)  # fmt: skip
def test_a_stranger_reaches_nothing(client: TestClient, method: str, path: str) -> None:
    for headers in ({}, BROWSER, {"rag.account": "anna", "x-forwarded-user": "anna"}):
        response = client.request(method, path, headers=headers)
        assert response.status_code in (303, 401, 404)
        assert "anna" not in response.text
        assert "content-security-policy" in response.headers


def test_a_person_is_led_to_the_form_and_back(client: TestClient) -> None:
    away = client.get("/?q=What%20is%20the%20rent%3F", headers=BROWSER)
    assert away.status_code == 303
    form = client.get(away.headers["location"], headers=BROWSER)
    assert form.status_code == 200
    assert 'action="login"' in form.text
    assert "q&#61;What&#37;20is" in form.text
    back = sign_in(client, next="/?q=What%20is%20the%20rent%3F")
    assert (back.status_code, back.headers["location"]) == (303, "/?q=What%20is%20the%20rent%3F")
    assert client.get("/", headers=BROWSER).json()["account"] == "anna"
    assert client.get("/login", headers=BROWSER).headers["location"] == "/"


def test_the_cookie_is_kept_from_scripts_and_other_sites(client: TestClient, users: Path) -> None:
    cookie = sign_in(client).headers["set-cookie"]
    assert cookie.startswith("rag-session=")
    for part in ("HttpOnly", "SameSite=lax", "Path=/", "Max-Age=604800"):
        assert part in cookie
    assert "Secure" not in cookie
    door = open_door(str(users), {})
    assert door
    secret = sign_in(client_of(door, base="https://docs.test")).headers["set-cookie"]
    assert secret.startswith("__Host-rag-session=")
    assert "Secure" in secret
    assert len(secret.split("=")[1].split(";")[0]) >= 43, "256 bits"


def test_a_cookie_of_http_counts_for_nothing_under_https(client: TestClient) -> None:
    sign_in(client)
    assert client.get("/config").status_code == 200
    assert client.get("/config", headers={"x-forwarded-proto": "https"}).status_code == 401


@pytest.mark.parametrize(
    "then",
    ["https://evil.test/", "//evil.test", "/\\evil.test", "\\\\evil", "javascript:alert(1)",
     "/login", "/logout", "/ok\r\nset-cookie: a=b", "/\u2028", "", "@evil.test", "/@evil.test",
     "/gradio_api/file=x", "http:evil", "/\tevil", "/;//evil"],
)  # fmt: skip
def test_nobody_is_led_away(client: TestClient, then: str) -> None:
    assert _local(then) == "/"
    assert sign_in(client, next=then).headers["location"] == "/"


@pytest.mark.parametrize(
    ("name", "password"),
    [("anna", "wrong horse"), ("anna", ""), ("nobody", PASSWORD), ("proxied", ""), ("", ""),
     ("<script>alert(1)</script>", "x"), ("x" * 5000, "y" * 9000)],
)  # fmt: skip
def test_a_wrong_password_is_told_calmly(client: TestClient, name: str, password: str) -> None:
    answer = sign_in(client, name, password)
    assert answer.status_code == 401
    assert "do not belong together" in answer.text
    assert "set-cookie" not in answer.headers
    assert "<script" not in answer.text
    assert client.get("/config").status_code == 401


def test_many_wrong_passwords_are_held_back_by_name_and_address(
    users: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(sessions, "FIRST_WAIT_S", 60.0)
    door = open_door(str(users), {})
    assert door
    client = client_of(door)
    for _ in range(5):
        assert sign_in(client, password="wrong horse").status_code == 401
    wrong = [record for record in caplog.records if "wrong name" in record.message]
    assert vars(wrong[0])["fields"] == {"peer": "203.0.113.9"}, "for whoever bans addresses"
    held = sign_in(client)
    assert held.status_code == 429, "not even the right one is looked at"
    assert int(held.headers["retry-after"]) >= 1
    assert sign_in(client, "bob").status_code == 303, "another name is not held back"
    client.cookies.clear()
    basic = client.get("/config", auth=("anna", PASSWORD))
    assert basic.status_code == 429


def test_another_spelling_of_a_name_gives_no_further_tries(
    users: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions, "FIRST_WAIT_S", 60.0)
    door = open_door(str(users), {})
    assert door
    client = client_of(door)
    spellings = [first + second for first in ("é", "e\u0301") for second in ("é", "e\u0301")]
    tries = [sign_in(client, name, "wrong horse").status_code for name in spellings * 2]
    assert tries == [401] * 5 + [429] * 3


def test_a_program_says_who_it_is_with_each_request(client: TestClient) -> None:
    assert client.get("/config", auth=("anna", PASSWORD)).json()["account"] == "anna"
    assert client.get("/config", auth=("bob", PASSWORD)).json()["account"] == "bob"
    assert client.get("/config").status_code == 401
    assert "basic" in client.get("/config").headers["www-authenticate"].lower()
    page = {"sec-fetch-mode": "cors", "sec-fetch-site": "same-origin"}
    assert "www-authenticate" not in client.get("/config", headers=page).headers
    utf8 = base64.b64encode(f"zoë:{PASSWORD}".encode()).decode()
    assert client.get("/config", headers={"authorization": f"bAsIc {utf8}"}).status_code == 200


@pytest.mark.parametrize(
    "sent",
    ["Basic", "Basic ", "Basic !!!", "Basic YW5uYQ==", "Bearer x", "Basic \xff", "basic  Og==",
     "Basic " + base64.b64encode(b"anna:\xff\xfe").decode(), "Basic " + "A" * 100_000],
)  # fmt: skip
def test_a_garbled_header_is_nobody(client: TestClient, sent: str) -> None:
    raw = {b"authorization": sent.encode("latin-1")}
    assert client.get("/config", headers=raw).status_code == 401


def test_gradios_client_signs_in_its_own_way(client: TestClient) -> None:
    answer = client.post("/login", data={"username": "anna", "password": PASSWORD})
    assert answer.status_code == 200
    assert client.get("/config").json()["account"] == "anna"
    assert client.post("/login", data={"username": "anna", "password": "no"}).status_code == 401


@pytest.mark.parametrize("content", [b"{}", b"\xff", b"a=b&" * 20_000, b"username=anna", b""])
def test_a_form_that_is_none_signs_nobody_in(client: TestClient, content: bytes) -> None:
    for kind in ("application/json", "application/x-www-form-urlencoded", "multipart/form-data"):
        answer = client.post("/login", content=content, headers={"content-type": kind})
        assert answer.status_code in (400, 401, 429)
        assert "set-cookie" not in answer.headers


def test_signing_out_ends_the_session_and_not_only_the_cookie(client: TestClient) -> None:
    sign_in(client)
    token = client.cookies["rag-session"]
    assert client.get("/logout", headers=BROWSER).status_code == 404, "a link signs nobody out"
    away = client.post("/logout", headers=BROWSER | {"sec-fetch-site": "same-origin"})
    assert (away.status_code, away.headers["location"]) == (303, "/login")
    client.cookies.set("rag-session", token)
    assert client.get("/config").status_code == 401


def test_what_an_operator_changes_counts_for_those_who_are_in(
    client: TestClient, users: Path
) -> None:
    sign_in(client)
    assert client.get("/config", auth=("bob", PASSWORD)).status_code == 200
    write(users, "another horse")
    assert client.get("/config").status_code == 401
    assert client.get("/config", auth=("bob", PASSWORD)).status_code == 401
    sign_in(client, password="another horse")
    assert client.get("/config").status_code == 200
    write(users, "another horse", "bob")
    assert client.get("/config").status_code == 401


def test_a_damaged_file_lets_nobody_in_and_says_so_to_the_log_alone(
    client: TestClient, users: Path, caplog: pytest.LogCaptureFixture
) -> None:
    sign_in(client)
    users.write_text("{ damaged")
    for answer in (client.get("/config"), sign_in(client), client.get("/", headers=BROWSER)):
        assert answer.status_code in (401, 503)
        assert str(users) not in answer.text
    assert "nobody can sign in" in caplog.text


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"},
        {"origin": "http://evil.test"}, {"origin": "null"}, {"origin": "http://docs.test:81"},
        {"origin": ""}, {"origin": "http://docs.test.evil"}, {"origin": "http://[", },
        {"origin": "http://docs.test", "sec-fetch-site": "cross-site"},
    ],
)  # fmt: skip
def test_another_sites_page_can_do_nothing(client: TestClient, headers: dict[str, str]) -> None:
    auth = ("anna", PASSWORD)
    body = {"data": []}
    forged = client.post("/gradio_api/run/query", json=body, headers=headers, auth=auth)
    assert forged.status_code == 403
    fields = {"username": "anna", "password": PASSWORD}
    assert client.post("/login", data=fields, headers=headers).status_code == 403
    if "origin" in headers:
        assert client.get("/config", headers=headers, auth=auth).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [{}, {"origin": "http://docs.test"}, {"sec-fetch-site": "same-origin", "origin": "http://x"},
     {"origin": "https://public.test", "x-forwarded-host": "public.test"}],
)  # fmt: skip
def test_the_own_page_and_programs_can(client: TestClient, headers: dict[str, str]) -> None:
    answer = client.post(
        "/gradio_api/run/query", json={"data": []}, headers=headers, auth=("anna", PASSWORD)
    )
    assert answer.status_code == 200


def test_a_session_of_gradios_belongs_to_one_account(client: TestClient) -> None:
    def seen(name: str) -> tuple[str, str, str]:
        auth = (name, PASSWORD)
        joined = client.post(
            "/gradio_api/queue/join", json={"session_hash": "abc", "data": ["ž"]}, auth=auth
        ).json()
        assert joined["body"]["data"] == ["ž"]
        assert int(joined["length"]) > 0
        data = client.get("/gradio_api/queue/data?a=1&session_hash=abc", auth=auth).json()["query"]
        beat = client.get("/gradio_api/heartbeat/abc", auth=auth).json()["path"]
        return joined["body"]["session_hash"], data, beat

    anna, bob = seen("anna"), seen("bob")
    assert anna == seen("anna")
    for one, other in zip(anna, bob, strict=True):
        assert one != other
        assert one.endswith("abc")
    assert anna[1] == f"a=1&session_hash={anna[0]}"
    assert anna[2] == f"/gradio_api/heartbeat/{anna[0]}"
    taken = client.post(
        "/gradio_api/queue/join", json={"session_hash": anna[0]}, auth=("bob", PASSWORD)
    )
    assert taken.json()["body"]["session_hash"] != anna[0], "knowing the name is no use"


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"{", b'"x"', b"\xff", b"[" * 50_000])
def test_a_body_that_is_no_object_goes_no_further(client: TestClient, body: bytes) -> None:
    answer = client.post("/gradio_api/queue/join", content=body, auth=("anna", PASSWORD))
    assert answer.status_code == 400


PROXY = {"RAG_PROXY_HEADER": "X-Forwarded-User", "RAG_TRUSTED_PROXY": "10.0.0.5, ::1"}


@pytest.mark.parametrize("peer", ["10.0.0.5", "::1", "::ffff:10.0.0.5", "0:0:0:0:0:0:0:1"])
def test_the_proxy_is_believed(users: Path, peer: str) -> None:
    client = client_of(open_door(str(users), PROXY) or pytest.fail("no door"), peer)
    name = {"X-Forwarded-User": "proxied"}
    assert client.get("/config", headers=name).json()["account"] == "proxied"
    spelled = {b"x-forwarded-user": "zoe\u0308".encode()}
    assert client.get("/config", headers=spelled).json()["account"] == "zoë"


@pytest.mark.parametrize("peer", ["203.0.113.9", "127.0.0.1", "10.0.0.50", "::2", "", "x"])
def test_nobody_else_is(users: Path, peer: str) -> None:
    client = client_of(open_door(str(users), PROXY) or pytest.fail("no door"), peer)
    for headers in (
        {"X-Forwarded-User": "anna"},
        {"X-Forwarded-User": "anna", "X-Forwarded-For": "10.0.0.5", "Forwarded": "for=10.0.0.5"},
    ):
        assert client.get("/config", headers=headers).status_code == 401
    assert client.get("/config", auth=("anna", PASSWORD)).status_code == 401, "no second way in"
    assert sign_in(client).status_code == 401


@pytest.mark.parametrize(
    ("names", "status"),
    [([], 401), ([""], 401), (["anna", "bob"], 401), (["nobody"], 403), (["<b>x</b>"], 403),
     (["Anna"], 403), (["anna,bob"], 403)],
)  # fmt: skip
def test_a_name_that_is_not_one_is_refused(users: Path, names: list[str], status: int) -> None:
    client = client_of(open_door(str(users), PROXY) or pytest.fail("no door"), "10.0.0.5")
    answer = client.get("/config", headers=[("X-Forwarded-User", name) for name in names])
    assert answer.status_code == status
    assert "<b>" not in answer.text


def test_without_a_proxy_its_header_says_nothing(client: TestClient) -> None:
    assert client.get("/config", headers={"X-Forwarded-User": "anna"}).status_code == 401


@pytest.mark.parametrize(
    ("environment", "told"),
    [
        ({"RAG_USERS": "x", "RAG_PASSWORD": PASSWORD}, "both given"),
        ({"RAG_PASSWORD": "short"}, "has 5 characters"),
        ({"RAG_USERS": "/nonexistent/users.json"}, "cannot be read"),
        ({"RAG_PROXY_HEADER": "X-User"}, "belong together"),
        ({"RAG_USERS": "x", "RAG_TRUSTED_PROXY": "::1"}, "belong together"),
        (PROXY, "needs a file of accounts"),
        (PROXY | {"RAG_PASSWORD": PASSWORD}, "needs a file of accounts"),
        (PROXY | {"RAG_USERS": "x", "RAG_PROXY_HEADER": "X User"}, "expected one such as"),
    ],
)
def test_contradictions_are_told_before_anything_is_served(
    environment: dict[str, str], told: str
) -> None:
    with pytest.raises(AccountError, match=told):
        open_door(None, environment)


@pytest.mark.parametrize("proxies", ["localhost", "10.0.0.0/8", "*", "::1, x"])
def test_a_proxy_is_an_address(users: Path, proxies: str) -> None:
    with pytest.raises(AccountError, match="RAG_TRUSTED_PROXY names"):
        open_door(str(users), PROXY | {"RAG_TRUSTED_PROXY": proxies})


def test_accounts_are_not_kept_among_the_documents(users: Path) -> None:
    corpus = users.parent / "corpus"
    corpus.mkdir()
    check_users(str(users), {}, corpus)
    check_users(None, {}, users.parent)
    for given in ((str(users), {}), (None, {"RAG_USERS": str(users)})):
        with pytest.raises(AccountError, match="lie in the corpus"):
            check_users(*given, users.parent)


def test_strangers_are_not_served_by_mistake(users: Path) -> None:
    assert open_door(None, {}) is None
    for host in ("127.0.0.1", "localhost", "::1"):
        check_host(host, None, insist=False)
    for host in ("0.0.0.0", "::", "192.168.1.7", "example.org", "", "127.0.0.1.evil"):
        with pytest.raises(AccountError, match=r"RAG_PASSWORD.*--users.*--open"):
            check_host(host, None, insist=False)
        check_host(host, None, insist=True)
        check_host(host, open_door(str(users), {}), insist=False)
        check_host(host, open_door(None, {"RAG_PASSWORD": PASSWORD}), insist=False)


def test_with_one_password_no_name_is_asked_for() -> None:
    client = client_of(open_door(None, {"RAG_PASSWORD": PASSWORD}) or pytest.fail("no door"))
    form = client.get("/login", headers=BROWSER).text
    assert 'type="hidden" name="username" value="team"' in form
    sign_in(client, "team")
    assert client.get("/config").json()["account"] == "team"


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_sessions_run_out_and_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    held = Sessions(clock)
    token = held.begin("anna", b"s")
    assert held.find(token) == ("anna", b"s")
    assert held.find(token[:-1]) is None
    assert token.encode() not in b"".join(held._sessions), "only its hash is kept"
    for _ in range(15):
        clock.now += sessions.IDLE_S - 1
        alive = held.find(token)
    assert alive is None, "even one that is used ends after a week"
    token = held.begin("anna", b"s")
    clock.now += sessions.IDLE_S + 1
    assert held.find(token) is None
    first, bob = held.begin("anna", b"s"), held.begin("bob", b"s")
    for _ in range(sessions.MOST_EACH):
        held.begin("anna", b"s")
    assert held.find(first) is None
    assert held.find(bob)
    assert len(held._sessions) == sessions.MOST_EACH + 1


def test_waiting_doubles_ends_and_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    attempts = Attempts(clock)
    waits = []
    for _ in range(16):
        attempts.wrong("anna", "1")
        waits.append(attempts.wait_s("anna", "1"))
    assert waits[:4] == [0, 0, 0, 0]
    assert waits[4:8] == [1, 2, 4, 8]
    assert waits[-1] == sessions.LONGEST_WAIT_S
    assert attempts.wait_s("anna", "2") == attempts.wait_s("bob", "1") == 0
    clock.now += sessions.LONGEST_WAIT_S
    assert attempts.wait_s("anna", "1") == 0
    attempts.wrong("anna", "1")
    attempts.right("anna", "1")
    assert attempts.wait_s("anna", "1") == 0
    monkeypatch.setattr(sessions, "_KEPT_TRIES", 100)
    for number in range(500):
        attempts.wrong(f"name {number}", "1")
    assert len(attempts._wrong) == 100


def test_a_failure_inside_wears_the_headers_too(caplog: pytest.LogCaptureFixture) -> None:
    async def fails(scope: Scope, receive: Receive, send: Send) -> None:
        raise RuntimeError("secret internal detail")

    answer = TestClient(Guard(fails)).get("/config")
    assert answer.status_code == 500
    assert "content-security-policy" in answer.headers
    assert "secret" not in answer.text
    assert "secret internal detail" in caplog.text
