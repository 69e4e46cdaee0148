"""The bad-input table for every address that takes JSON or a query: refused, told why, and nothing kept."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
from addresses import SCOPES, filled

from ammo_agents.testing.aipp_rules import DEEP, HOSTILE
from ammo_agents.web.server import Server

Came = Callable[..., Awaitable[httpx.AsyncClient]]
JSON = {"Content-Type": "application/json"}
API = ("/api/v1/", "/aipp/v1/", "/v1/", "/mcp")
BODIES: dict[str, bytes] = {
    **HOSTILE,
    "an object as deep as 1,000": b'{"a":' * DEEP + b"1" + b"}" * DEEP,
    "a deep value": b'{"words": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "10,000 fields": json.dumps({f"f{n}": n for n in range(10_000)}).encode(),
    "10,000 ids": json.dumps({"which": ["n_1"] * 10_000, "card": ["c_1"] * 10_000}).encode(),
    "numbers without an end": b'{"limit": ' + b"9" * 5_000 + b', "n": -1e99999}',
    "infinity": b'{"limit": Infinity, "words": -Infinity}',
    "null": b"null",
    "a number": b"1",
    "two values": b"{}{}",
}
KINDS = ("text/plain", "application/xml", "application/x-www-form-urlencoded", "", "json", "é")
REFUSED = {400, 404, 413, 415, 422}
"""400 is how OpenAI's clients are told; 404 where an empty body is a whole question."""
BODILESS = {
    "POST /api/v1/sitting",
    "POST /api/v1/sitting/again",
    "POST /api/v1/sitting/more",
}
"""They read no body at all."""
UPLOADS = {"POST /api/v1/import"}


def taking_json() -> list[tuple[str, str]]:
    """Return (method, path) of every address that reads a JSON body."""
    split = [a.partition(" ") for a in SCOPES if a not in BODILESS | UPLOADS]
    return [(m, p) for m, _, p in split if m != "GET" and p.startswith(API)]


async def held(client: httpx.AsyncClient) -> Any:
    found = (await client.get("/you/export.json")).json()
    return {key: value for key, value in found.items() if key != "at"}


async def test_no_address_takes_a_body_of_the_table(come: Came, server: Server) -> None:
    program, you = await come(bearer=True), await come()
    before = await held(you)
    asked = taking_json()
    assert len(asked) > 20
    for method, path in asked:
        for what, body in BODIES.items():
            answer = await program.request(method, filled(path), content=body, headers=JSON)
            told = f"{method} {path} with {what}: {answer.status_code} {answer.text[:200]}"
            assert answer.status_code in REFUSED, told
            assert (answer.status_code == 413) == (what == "5 MB"), told
            assert "Traceback" not in answer.text, told
            assert len(answer.content) < 4_000, told
    assert await held(you) == before


async def test_no_address_takes_json_under_another_name(come: Came) -> None:
    program = await come(bearer=True)
    for method, path in taking_json():
        for kind in KINDS:
            sent: Any = {"Content-Type": kind.encode("latin-1")}
            answer = await program.request(method, filled(path), content=b"{}", headers=sent)
            told = f"{method} {path} as {kind!r}: {answer.status_code} {answer.text[:200]}"
            assert answer.status_code in REFUSED | {406}, told


VALUES = ("\x00", "é" * 300, "NaN", "1e999", "-1", "9" * 400, "../../etc/passwd", "' OR 1=1 --", "")
NAMES = "subspace card act n limit cursor words thread before buddy with after hydrate go t".split()


async def test_no_query_and_no_path_is_a_bug(come: Came, server: Server) -> None:
    server.stopping.set()
    you = await come()
    for address in SCOPES:
        method, _, path = address.partition(" ")
        if method != "GET":
            continue
        for value in VALUES:
            asked = dict.fromkeys(NAMES, value)
            answer = await you.get(filled(path), params=asked)
            assert answer.status_code < 500, f"{path} with {value[:20]!r}: {answer.text[:200]}"
        for value in ("%00", "%ff%fe", "%ED%A0%80", "..%2f..%2fetc", "a" * 5_000, "%0d%0aX-A:1"):
            if "{" in path:
                start = path.partition("{")[0]
                answer = await you.get(f"{start}{value}")
                told = f"{start}{value[:20]}: {answer.status_code} {answer.text[:200]}"
                assert answer.status_code in {404, 422}, told
                assert "x-a" not in answer.headers


FORMS: tuple[dict[str, Any], ...] = (
    {"content": b"a=" * 200_000},
    {"content": b"&".join(b"a%d=1" % n for n in range(10_000))},
    {"content": b"%ED%A0%80=%00&act=%ff&card=%00", "method": "urlencoded"},
    {"content": b"--b\r\nno headers", "method": "multipart"},
    {"content": b"", "method": "multipart"},
)


async def test_no_form_is_a_bug(come: Came) -> None:
    you = await come()
    for address in SCOPES:
        method, _, path = address.partition(" ")
        if method == "GET" or path.startswith(API) or path in {"/logout", "/you/forget"}:
            continue
        for form in FORMS:
            kind = "application/x-www-form-urlencoded"
            if form.get("method") == "multipart":
                kind = "multipart/form-data; boundary=b"
            answer = await you.request(
                method, filled(path), content=form["content"], headers={"Content-Type": kind}
            )
            told = f"{address} with {form['content'][:30]!r}: {answer.text[:200]}"
            assert answer.status_code < 500, told
