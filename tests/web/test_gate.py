"""Who gets in: every address × Host × Origin × Sec-Fetch-Site × login, with the exact answer to each (S7)."""

from __future__ import annotations

import asyncio
import datetime as dt
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from typing import Any

import httpx
import pytest
from addresses import SCOPES, filled, mounted

from ammo_agents.ports import ROLES, Account
from ammo_agents.records import PersonId
from ammo_agents.round import login
from ammo_agents.web.app import create
from ammo_agents.web.gate import CSP
from ammo_agents.web.here import COOKIE, form_token
from ammo_agents.web.server import Server

Came = Callable[..., Awaitable[httpx.AsyncClient]]
HOST = "127.0.0.1:8642"
FOREIGN_HOSTS = (
    "evil.example",
    "127.0.0.1.evil.example",
    "localhost.evil.example:8642",
    "[::1].evil.example",
    "[::1]evil.example",
    "127.0.0.1:8642@evil.example",
    "127.0.0.1:evil.example",
    "0.0.0.0:8642",
    "169.254.169.254",
    "",
)
ORIGINS = ("", f"http://{HOST}", "http://evil.example", "null", "http://[", f"http://{HOST}.evil")
SITES = ("", "same-origin", "none", "same-site", "cross-site", "anything")
WHO = ("nobody", "forged", "reader", "user", "admin")
SAFE = ("GET", "HEAD", "OPTIONS")
STREAMS = ("/runs/stream", "/api/v1/runs/stream")
JSON_BODY = {"content": b"{}", "headers": {"Content-Type": "application/json"}}


def foreign(origin: str, site: str) -> bool:
    """Return whether a browser says that another site's page is asking."""
    if site:
        return site not in {"same-origin", "none"}
    return origin not in {"", f"http://{HOST}"}


def wanted(address: str, host: str, origin: str, site: str, who: str) -> int | None:
    """Return the status a request without a form token must get; None = it is let in."""
    method, scope = address.partition(" ")[0], SCOPES[address]
    if host != HOST:
        return 421
    if method not in SAFE and foreign(origin, site):
        return 403
    if scope is None:
        return None
    if who in {"nobody", "forged"}:
        return 401
    if scope not in ROLES[who]:  # type: ignore[index]
        return 403
    return None if method in SAFE else 403  # a session without a form token


def headers_of(origin: str, site: str, host: str = HOST) -> dict[str, str]:
    """Return the headers of one cell of the matrix."""
    given = {"Host": host, "Origin": origin, "Sec-Fetch-Site": site}
    return {name: value for name, value in given.items() if value or name == "Host"}


def check_headers(answer: httpx.Response) -> None:
    """Every answer tells a browser what it may do with it."""
    where = f"{answer.request.method} {answer.request.url}"
    assert answer.headers["content-security-policy"] == CSP, where
    assert answer.headers["x-content-type-options"] == "nosniff", where
    assert answer.headers["referrer-policy"] == "same-origin", where
    assert not [n for n in answer.headers if n.startswith("access-control-")], where
    if "/static/" not in where:
        assert "no-store" in answer.headers["cache-control"], where


@pytest.fixture
async def crowd(come: Came) -> dict[str, httpx.AsyncClient]:
    """One browser for each kind of visitor; none of them sends a form token by itself."""
    found = {role: await come(f"{role}s", role=role) for role in ("reader", "user", "admin")}
    found |= {"nobody": await come(None), "forged": await come(None)}
    found["forged"].cookies.set(COOKIE, "A" * 43)
    for client in found.values():
        client.headers.pop("X-CSRF", None)
    return found


def test_every_address_stands_in_the_table_with_its_scope() -> None:
    assert mounted() == set(SCOPES)


async def test_each_visitor_gets_the_exact_answer_at_every_address(
    crowd: dict[str, httpx.AsyncClient],
) -> None:
    cells = refused = 0
    origins = [(o, s) for o in ORIGINS for s in SITES]
    for address, who in itertools.product(SCOPES, WHO):
        method, _, path = address.partition(" ")
        for host, (origin, site) in _cells(method, who, origins):
            status = wanted(address, host, origin, site, who)
            if status is None:
                continue
            answer = await crowd[who].request(
                method, filled(path), headers=headers_of(origin, site, host)
            )
            told = f"{address} as {who} from {origin!r}/{site!r} at {host!r}: {answer.text[:200]}"
            assert answer.status_code == status, told
            check_headers(answer)
            cells, refused = cells + 1, refused + (answer.status_code >= 400)
    assert cells == refused
    assert cells > 5_000


def _cells(
    method: str, who: str, origins: list[tuple[str, str]]
) -> list[tuple[str, tuple[str, str]]]:
    """Return Host × (Origin, Sec-Fetch-Site): all of them for nobody, the telling ones for the rest."""
    own = ("", ""), (f"http://{HOST}", "same-origin"), ("http://evil.example", "cross-site")
    few: list[tuple[str, str]] = list(own)
    hosts = [(host, ("", "")) for host in FOREIGN_HOSTS]
    if who == "nobody":
        return [*hosts, *((HOST, pair) for pair in (origins if method not in SAFE else few))]
    return [hosts[0], *((HOST, pair) for pair in few)]


async def test_nobody_reads_anything_but_the_login_one_word_and_the_static_files(
    come: Came,
) -> None:
    nobody = await come(None)
    read = set()
    for address in SCOPES:
        method, _, path = address.partition(" ")
        for body in ({}, JSON_BODY):
            answer = await nobody.request(method, filled(path), **body)  # type: ignore[arg-type]
            check_headers(answer)
            assert answer.status_code < 500, f"{address}: {answer.text[:200]}"
            if answer.status_code < 400:
                read.add(address)
    assert read == {"GET /login", "GET /health"}
    word = await nobody.get("/health", headers={"Accept": "text/html"})
    assert word.text.strip() in {"ok", "degraded"}
    static = await nobody.get("/static/css/app.css")
    assert static.status_code == 200
    check_headers(static)
    for path in (
        "/static/../app.py",
        "/static/%2e%2e/app.py",
        "/static/",
        "/docs",
        "/openapi.json",
    ):
        assert (await nobody.get(path)).status_code == 404, path


async def test_who_is_let_in_gets_an_answer_with_the_same_headers(
    come: Came, server: Server
) -> None:
    server.stopping.set()  # streams end at once
    you = await come()
    for address, scope in SCOPES.items():
        method, _, path = address.partition(" ")
        if scope is None or path == "/logout":
            continue
        body = JSON_BODY if path.startswith(("/api", "/aipp", "/v1", "/mcp")) else {}
        answer = await you.request(method, filled(path), **body)  # type: ignore[arg-type]
        told = f"{address}: {answer.status_code} {answer.text[:200]}"
        assert answer.status_code not in {401, 413, 421, 500}, told
        assert answer.status_code != 403 or path == "/mcp", told
        check_headers(answer)


async def test_no_other_method_is_taken(come: Came) -> None:
    you = await come()
    for path in sorted({address.partition(" ")[2] for address in SCOPES}):
        for method in ("OPTIONS", "TRACE", "HEAD", "DELETE", "PATCH"):
            asked = {"Origin": f"http://{HOST}", "Access-Control-Request-Method": "POST"}
            answer = await you.request(method, filled(path), headers=asked)
            assert answer.status_code == 405, f"{method} {path}: {answer.status_code}"
            check_headers(answer)


async def test_the_form_token_of_another_session_is_refused(come: Came, server: Server) -> None:
    you, other = await come(), await come("bea", role="user")
    good, strange = you.headers["X-CSRF"], other.headers["X-CSRF"]
    secret = you.cookies[COOKIE]
    del you.headers["X-CSRF"]
    for token in ("", "x", strange, good[:-1], good.upper() + "x", form_token(secret + "x"), "é"):
        sent = {"X-CSRF": token.encode("latin-1")}
        assert (await you.post("/more", headers=sent)).status_code == 403, token  # type: ignore[arg-type]
        assert (await you.post("/more", data={"csrf": token})).status_code == 403, token
        query = await you.post("/more", params={"csrf": good})
        assert query.status_code == 403
    assert (await you.post("/more", data={"csrf": good})).status_code == 303
    assert (await you.post("/more", files={"csrf": (None, good)})).status_code == 303
    assert (await you.post("/more", headers={"X-CSRF": good})).status_code == 303


async def test_one_kind_of_secret_is_not_taken_for_another(come: Came, server: Server) -> None:
    accounts, now = server.app.ledger.accounts, server.app.clock.now()
    person, scopes = PersonId("you"), ROLES["admin"]
    secrets = {
        "session": await login.make_session(accounts, person, scopes, now),
        "bearer": await login.make_bearer(accounts, person, scopes, now),
        "feed": await login.make_feed(accounts, person, now),
        "link": await login.make_link(accounts, person, now),
    }
    nobody = await come(None)
    for kind, secret in secrets.items():
        bearer = {"Authorization": f"Bearer {secret}"}
        cookie = {"Cookie": f"{COOKIE}={secret}"}
        for path in ("/api/v1/you", "/you", "/aipp/v1/feed", "/v1/models"):
            asked = await nobody.get(path, headers=bearer)
            assert asked.status_code == (200 if kind == "bearer" else 401), (kind, path)
            asked = await nobody.get(path, headers=cookie)
            assert asked.status_code == (200 if kind == "session" else 401), (kind, path)
            assert (await nobody.get(path, params={"token": secret})).status_code == 401
        asked = await nobody.get(f"/feeds/{secret}/rss.xml")
        assert asked.status_code == (200 if kind == "feed" else 404), kind
        if kind != "link":
            assert (await nobody.get("/login", params={"t": secret})).status_code == 401


async def test_a_token_does_only_what_its_scopes_say(come: Came, server: Server) -> None:
    accounts, now = server.app.ledger.accounts, server.app.clock.now()
    nobody = await come(None)
    for given in ("read", "feedback", "publish", "admin"):
        secret = await login.make_bearer(accounts, PersonId("you"), {given}, now)  # type: ignore[arg-type]
        nobody.headers["Authorization"] = f"Bearer {secret}"
        for address, scope in SCOPES.items():
            method, _, path = address.partition(" ")
            if scope is None or scope == given:
                continue
            answer = await nobody.request(method, filled(path))
            assert answer.status_code == 403, f"{address} with {given}: {answer.status_code}"


async def test_what_was_granted_ends_at_once(come: Came, server: Server) -> None:
    accounts, now = server.app.ledger.accounts, server.app.clock.now()
    day = dt.timedelta(days=1)
    person, path = PersonId("cho"), "/aipp/v1/feed"
    await accounts.add(Account(person=person, role="user", made=now))
    nobody = await come(None)

    async def status(secret: str) -> int:
        asked = await nobody.get(path, headers={"Authorization": f"Bearer {secret}"})
        return asked.status_code

    async def bearer() -> str:
        made = await login.make_bearer(accounts, person, ROLES["user"], now)
        assert [await status(made), await status(made)] == [200, 200]  # the second one is held
        return made

    old = await login.make_bearer(accounts, person, ROLES["user"], now - 2 * day, days=1)
    assert await status(old) == 401
    secret = await bearer()
    assert await accounts.revoke(login.hash_of(secret))
    assert await status(secret) == 401
    secret = await bearer()
    await accounts.remove(person)
    assert await status(secret) == 401
    session = await login.make_session(accounts, PersonId("you"), ROLES["admin"], now - 2 * day, 1)
    asked = await nobody.get("/you", headers={"Cookie": f"{COOKIE}={session}"})
    assert asked.status_code == 401


async def test_a_lower_role_holds_for_tokens_that_were_made_before(
    come: Came, server: Server
) -> None:
    accounts, now = server.app.ledger.accounts, server.app.clock.now()
    boss = await come("bos", role="admin", bearer=True)
    assert (await boss.get("/api/v1/doctor")).status_code == 200
    await accounts.change(Account(person=PersonId("bos"), role="reader", made=now))
    assert (await boss.get("/api/v1/doctor")).status_code in {401, 403}
    assert (await boss.post("/api/v1/sitting")).status_code in {401, 403}


async def test_a_link_works_once_and_its_cookie_is_kept_from_scripts_and_sites(
    come: Came, server: Server
) -> None:
    accounts, now = server.app.ledger.accounts, server.app.clock.now()
    secret = await login.make_link(accounts, PersonId("you"), now)
    first, second = await come(None), await come(None)
    answer = await first.get("/login", params={"t": secret})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    cookie = answer.headers["set-cookie"].lower()
    assert {"httponly", "samesite=strict", "path=/"} <= {p.strip() for p in cookie.split(";")}
    assert "domain" not in cookie
    assert secret not in cookie
    assert (await first.get("/you")).status_code == 200
    again = await second.get("/login", params={"t": secret})
    assert again.status_code == 401
    assert "set-cookie" not in again.headers
    assert (await second.get("/you")).status_code == 401
    server.behind_tls = True
    other = await login.make_link(accounts, PersonId("you"), now)
    assert (
        "secure" in (await second.get("/login", params={"t": other})).headers["set-cookie"].lower()
    )


async def test_who_goes_out_is_out(come: Came) -> None:
    you = await come()
    secret = you.cookies[COOKIE]
    assert (await you.post("/logout")).status_code == 303
    again = await you.get("/you", headers={"Cookie": f"{COOKIE}={secret}"})
    assert again.status_code == 401


async def test_wrong_passwords_wait_and_unknown_names_are_told_alike(
    come: Came, server: Server
) -> None:
    accounts, now = server.app.ledger.accounts, server.app.clock.now()
    kept = await login.hash_password("a very long secret")
    await accounts.add(Account(person=PersonId("pia"), role="user", password=kept, made=now))
    nobody = await come(None)

    async def tried(person: str, password: str) -> httpx.Response:
        return await nobody.post("/login", data={"person": person, "password": password})

    known, unknown = await tried("pia", "wrong"), await tried("piaa", "wrong")
    assert (known.status_code, unknown.status_code) == (401, 401)
    assert known.text == unknown.text
    assert (await tried("pia", "a very long secret")).status_code == 303
    told = [(await tried("nobody-at-all", "x")).status_code for _ in range(7)]
    assert told[:5] == [401] * 5
    assert told[-1] == 429


BODIES = [
    ("/api/v1/sitting/act", "application/json"),
    ("/api/v1/chat", "application/json"),
    ("/api/v1/inbox/answer", "application/json"),
    ("/aipp/v1/interactions", "application/json"),
    ("/v1/chat/completions", "application/json"),
    ("/mcp", "application/json"),
    ("/act", "application/x-www-form-urlencoded"),
    ("/you/choose", "application/x-www-form-urlencoded"),
    ("/login", "application/x-www-form-urlencoded"),
    ("/you/import", "multipart/form-data; boundary=b"),
    ("/api/v1/import", "multipart/form-data; boundary=b"),
]


async def test_a_body_over_the_limit_is_too_large(come: Came) -> None:
    program = await come(bearer=True)
    head = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'

    async def pieces(start: bytes) -> AsyncIterator[bytes]:
        yield start
        for _ in range(600):
            yield b"a" * 10_000

    for path, kind in BODIES:
        start = head if kind.startswith("multipart") else b'"' if "json" in kind else b"act="
        whole: Any = start + b"a" * 6_000_000
        for body in (whole, pieces(start)):  # with a length, and in chunks without one
            answer = await program.post(path, content=body, headers={"Content-Type": kind})
            assert answer.status_code == 413, f"{path}: {answer.status_code} {answer.text[:200]}"
            check_headers(answer)


LENGTHS = ("-1", "1e9", "9" * 5_000, "\xb2", "", "0x10", "1, 1")


async def test_a_length_that_is_no_number_is_refused(come: Came) -> None:
    nobody = await come(None)
    for length in LENGTHS:
        raw = {"Content-Length": length.encode("latin-1")}
        answer = await nobody.post("/login", headers=raw)  # type: ignore[arg-type]
        assert answer.status_code == 413, length[:20]
        check_headers(answer)


async def test_websockets_are_closed_and_nothing_else_is_spoken(server: Server) -> None:
    web = await asyncio.to_thread(create, server)
    sent: list[MutableMapping[str, Any]] = []

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "websocket.connect"}

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    for path in ("/", "/runs/stream", "/mcp", "/nowhere"):
        sent.clear()
        scope = {"type": "websocket", "path": path, "headers": [(b"host", HOST.encode())]}
        await web(scope, receive, send)
        assert [m["type"] for m in sent] == ["websocket.close"], path
