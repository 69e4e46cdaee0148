"""The AiPP over HTTP: who may ask, what is refused, and that nothing refused is learned."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from ammo_agents.app import App
from ammo_agents.records import PersonId
from ammo_agents.testing.aipp_rules import HOSTILE
from ammo_agents.web.server import Server

Plain = dict[str, Any]
Came = Callable[..., Awaitable[httpx.AsyncClient]]
FEED, VOTES = "/aipp/v1/feed", "/aipp/v1/interactions"
DESCRIBE, INTENT = "/aipp/v1/describe", "/aipp/v1/intent"
PAGE = Path(__file__).parents[2] / "docs" / "aipp.md"


@pytest.fixture
async def ann(come: Came) -> httpx.AsyncClient:
    """A program with Ann's token."""
    return await come("ann", role="user", bearer=True)


async def slate(client: httpx.AsyncClient, request_id: str = "r1", limit: int = 3) -> Plain:
    answer = await client.post(FEED, json={"request_id": request_id, "limit": limit})
    assert answer.status_code == 200, answer.text
    page: Plain = answer.json()
    return page


async def learned(app: App, person: str) -> tuple[int, bytes]:
    companion = await app.of(PersonId(person)).companion()
    return len(companion.events), (await companion.preference()).q.tobytes()


async def test_a_program_gets_a_slate_votes_and_sees_the_next_one_change(
    ann: httpx.AsyncClient, server: Server
) -> None:
    page = await slate(ann)
    vote = {"event": "e1", "impression": page["items"][0]["impression"], "act": "interactionLike"}
    answer = await ann.post(VOTES, json={"interactions": [vote]})
    kept = answer.json()["answers"][0]
    assert (kept["status"], kept["code"]) == ("kept", 200)
    following = await slate(ann, "r2")
    told = [p for item in following["items"] for p in item["parts"] if p["kind"] == "event"]
    assert {part["feedback"] for part in told} == {kept["feedback"]}
    assert (await learned(server.app, "ann"))[0] == 1


@pytest.mark.parametrize("path", [FEED, VOTES, INTENT])
async def test_what_cannot_be_used_is_refused_and_never_a_bug(
    ann: httpx.AsyncClient, server: Server, path: str
) -> None:
    before = await learned(server.app, "ann")
    kind = {"Content-Type": "application/json"}
    for what, body in HOSTILE.items():
        answer = await ann.post(path, content=body, headers=kind)
        assert answer.status_code == (413 if what == "5 MB" else 422), f"{what}: {answer.text}"
        assert answer.headers["content-type"] == "application/problem+json"
        assert set(answer.json()) >= {"type", "title", "status", "detail", "code", "fix"}
        assert "Traceback" not in answer.text
    assert await learned(server.app, "ann") == before


async def test_a_body_without_a_length_is_stopped_when_it_is_too_large(
    ann: httpx.AsyncClient,
) -> None:
    async def endless() -> Any:
        for _ in range(200):
            yield b" " * 10_000

    kind = {"Content-Type": "application/json"}
    assert (await ann.post(VOTES, content=endless(), headers=kind)).status_code == 413


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
async def test_only_json_by_its_type_is_read(ann: httpx.AsyncClient, kind: str) -> None:
    answer = await ann.post(VOTES, content=b"{}", headers={"Content-Type": kind})
    assert answer.status_code == 415


QUERIES = [
    ({"limit": "0"}, 422),
    ({"limit": "41"}, 422),
    ({"limit": "1e999"}, 422),
    ({"limit": "NaN"}, 422),
    ({"cursor": "A" * 401}, 422),
    ({"cursor": "A" * 80}, 404),
    ({"cursor": "\x00"}, 404),
    ({"cursor": "é"}, 404),
    ({"subspace": "../etc"}, 422),
    ({"subspace": "no-such"}, 404),
    ({"hydrate": "perhaps"}, 422),
]


async def test_a_query_out_of_bounds_is_refused(ann: httpx.AsyncClient) -> None:
    for asked, status in QUERIES:
        answer = await ann.get(FEED, params=asked)
        assert answer.status_code == status, f"{asked}: {answer.text}"
        assert answer.headers["content-type"] == "application/problem+json"


async def test_each_address_needs_a_login_and_its_scope(come: Came) -> None:
    nobody, reader = await come(None), await come("rea", role="reader", bearer=True)
    for method, path in (("GET", FEED), ("GET", DESCRIBE)):
        assert (await nobody.request(method, path)).status_code == 401
        assert (await reader.request(method, path)).status_code == 200
    for path in (FEED, VOTES, INTENT):
        assert (await nobody.post(path, json={})).status_code == 401
        assert (await reader.post(path, json={})).status_code == 403


async def test_a_browser_session_needs_its_form_token_too(come: Came) -> None:
    you = await come("ann", role="user")
    token = you.headers.pop("X-CSRF")
    asked = {"request_id": "r1", "limit": 2}
    assert (await you.post(FEED, json=asked)).status_code == 403
    foreign = {"X-CSRF": token, "Sec-Fetch-Site": "cross-site"}
    assert (await you.post(FEED, json=asked, headers=foreign)).status_code == 403
    assert (await you.post(FEED, json=asked, headers={"X-CSRF": token})).status_code == 200


async def test_another_persons_ids_open_nothing_and_teach_nothing(
    come: Came, ann: httpx.AsyncClient, server: Server
) -> None:
    bea = await come("bea", role="user", bearer=True)
    page = await slate(ann)
    before = await learned(server.app, "bea"), await server.app.ledger.counts()
    foreign = await bea.get(FEED, params={"cursor": page["cursor"]})
    unknown = await bea.get(FEED, params={"cursor": "A" * len(page["cursor"])})
    assert (foreign.status_code, foreign.text) == (404, unknown.text)
    votes = [
        {"event": f"e{n}", "impression": token, "act": "interactionLike"}
        for n, token in enumerate([page["items"][0]["impression"], "A" * 98])
    ]
    answers = (await bea.post(VOTES, json={"interactions": votes})).json()["answers"]
    assert [a["code"] for a in answers] == [404, 404]
    assert {(a["detail"], a["fix"]) for a in answers} == {
        ("nothing was shown under this impression", "Ask for a feed; vote for what it shows.")
    }
    assert (await learned(server.app, "bea"), await server.app.ledger.counts()) == before


async def test_many_programs_at_once_lose_nothing_and_count_nothing_twice(
    come: Came, server: Server
) -> None:
    async def one(number: int) -> None:
        client = await come(f"p{number}", role="user", bearer=True)
        page = await slate(client, limit=4)
        for event, item in enumerate(page["items"]):
            vote = {"event": f"e{event}", "impression": item["impression"], "act": "save"}
            sent = [client.post(VOTES, json={"interactions": [vote]}) for _ in range(3)]
            answers = [a.json()["answers"][0] for a in await asyncio.gather(*sent)]
            assert sorted(a["status"] for a in answers) == ["kept", "repeated", "repeated"]
            assert len({(a["feedback"], a["receipt"]) for a in answers}) == 1

    await asyncio.gather(*[one(number) for number in range(4)])
    for number in range(4):
        assert (await learned(server.app, f"p{number}"))[0] == 4


async def test_an_intent_comes_as_lines_or_as_events(ann: httpx.AsyncClient) -> None:
    asked = {"words": "I want to learn about Bitcoin", "limit": 2}
    lines = await ann.post(INTENT, json=asked)
    assert lines.headers["content-type"].startswith("application/x-ndjson")
    steps = [json.loads(line)["step"] for line in lines.text.splitlines()]
    assert steps == ["understood", "subspaces", "buddies", "slate", "missing"]
    events = await ann.post(INTENT, json=asked, headers={"Accept": "text/event-stream"})
    assert events.headers["content-type"].startswith("text/event-stream")
    assert re.findall(r"^event: (\w+)$", events.text, re.MULTILINE) == steps
    assert re.findall(r"^id: (\d)$", events.text, re.MULTILINE) == list("12345")


@pytest.mark.parametrize(
    ("asked", "status"),
    [({"words": "no more memecoins"}, 422), ({"words": "I want x", "subspace": "no-such"}, 404)],
)
async def test_an_intent_that_leads_nowhere_is_refused_before_it_streams(
    ann: httpx.AsyncClient, asked: Plain, status: int
) -> None:
    answer = await ann.post(INTENT, json=asked)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


async def test_the_examples_of_the_page_are_what_happens(ann: httpx.AsyncClient) -> None:
    """Runs every example of docs/aipp.md in order; `<name>` stands for a value of an answer before."""
    known: dict[str, str] = {}
    examples = re.findall(
        r"```http\n(.*?)```\s+answers `(\d+)`(?:[^`\n]*`([^`]+)`)?", await _page(), re.DOTALL
    )
    assert len(examples) >= 8
    for asked, status, part in examples:
        text = asked
        for name, value in known.items():
            text = text.replace(f"<{name}>", value)
        head, _, body = text.partition("\n\n")
        method, path = head.splitlines()[0].split(" ")
        sent = {"content": body, "headers": {"Content-Type": "application/json"}} if body else {}
        answer = await ann.request(method, path, **sent)  # type: ignore[arg-type]
        assert answer.status_code == int(status), f"{text}\n{answer.text}"
        if part:
            assert part in answer.text, f"{text}\n{answer.text[:2000]}"
        if path == FEED and method == "POST" and answer.status_code == 200:
            items = answer.json()["items"]
            known |= {f"impression{n}": item["impression"] for n, item in enumerate(items)}
            known["cursor"] = answer.json()["cursor"]


async def _page() -> str:
    return await asyncio.to_thread(PAGE.read_text, encoding="utf-8")


async def test_every_act_and_every_field_stands_on_the_page(ann: httpx.AsyncClient) -> None:
    told = (await ann.get(DESCRIBE)).json()
    acts = {a["name"] for s in told["subspaces"] for a in s["acts"] if not a["own"]}
    page = await slate(ann)
    names = {*acts, *page, *page["items"][0], *told, *told["subspaces"][0]["acts"][0]}
    words = await _page()
    missing = sorted(name for name in names if f"`{name}`" not in words)
    assert missing == []
