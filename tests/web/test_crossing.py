"""No crossing between two people: what is Ann's does not exist for Bea, at any address (S6)."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from ammo_agents.app import App
from ammo_agents.records import PersonId
from ammo_agents.round import login
from ammo_agents.round.notices import Notice, Proposal
from ammo_agents.views import inbox, replying
from ammo_agents.web.routes import stream
from ammo_agents.web.server import Server

Came = Callable[..., Awaitable[httpx.AsyncClient]]
Plain = dict[str, Any]
CANARY = "zanzibarquokka"
HOOK = "https://hooks.example/" + CANARY


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replying, "PAUSE", 0.0)


@dataclass(slots=True)
class Hers:
    """Everything of Ann's that has an id."""

    impression: str = ""
    cursor: str = ""
    act: str = ""
    undone: str = ""
    run: str = ""
    line: str = ""
    belief: str = ""
    sight: int = 0
    notice: str = ""
    imported: str = ""
    feed: str = ""
    bearer: str = ""
    session: str = ""
    card: str = ""
    key: str = "ann-key-1"
    ids: set[str] = field(default_factory=set)
    """Those that must stand in no answer to anybody else."""


async def noticed(app: App) -> Notice:
    """Send Ann a question with the canary in it."""
    await inbox.set_rules(app, choices={"quiet_from": "00:00", "quiet_to": "00:00"})
    here = await app.companion()
    card = await app.ledger.creation((await here.recall(await here.preference())).ids[0])
    desk = inbox.desk_of(app)
    later = app.clock.now() + dt.timedelta(minutes=11)

    class Later:
        def now(self) -> dt.datetime:
            return later

    desk.clock = Later()
    return await desk.notify(
        Proposal(
            kind="notify",
            matter=card.entity,
            title=f"{card.title.text} {CANARY}",
            text=card.hook.text,
            key=card.id,
            subspace=card.subspace,
            creation=card.id,
            entity=card.entity,
            buddy=card.buddy,
            score=0.9,
            novelty=0.5,
        )
    )


async def ok(answer: httpx.Response) -> Plain:
    assert answer.status_code == 200, f"{answer.request.url}: {answer.text[:300]}"
    found: Plain = answer.json()
    return found


async def lived(ann: httpx.AsyncClient, server: Server) -> Hers:
    """Let Ann do everything once, and return the ids it made."""
    hers, app = Hers(), server.app.of(PersonId("ann"))
    shown = await ok(await ann.post("/api/v1/sitting"))
    hers.card = shown["cards"][0]["id"]
    told = {"act": "like", "card": hers.card, "note": CANARY, "key": hers.key}
    given = await ok(await ann.post("/api/v1/sitting/act", json=told))
    hers.act = given["receipt"]["feedback"]
    page = await ok(await ann.post("/aipp/v1/feed", json={"request_id": hers.key, "limit": 3}))
    hers.impression = page["items"][0]["impression"]
    older = await ok(await ann.get("/aipp/v1/feed", params={"limit": 1}))
    hers.cursor = older["cursor"] or ""
    said = {"text": f"More about Bitcoin, {CANARY}", "thread": "you", "key": hers.key}
    sent = await ok(await ann.post("/api/v1/chat", json=said))
    hers.run = sent["run"]
    await app.runs.done(hers.run)
    asked = await ok(await ann.post("/api/v1/ask", json={"words": f"What is new, {CANARY}?"}))
    assert asked
    known = await ok(await ann.get("/api/v1/you"))
    hers.belief = known["beliefs"][0]["id"]
    await app.ledger.diary.write(
        "sight/ann", app.person, "sight", _sight(f"prompt with {CANARY}"), topic="you"
    )
    seen = await ok(await ann.get("/api/v1/sights", params={"limit": 200}))
    hers.sight = max(s["seq"] for s in seen["sights"] if CANARY in json.dumps(s))
    hers.notice = (await noticed(app)).id
    likes = json.dumps({"title": f"Bitcoin {CANARY}", "liked": True}).encode()
    kept = await ann.post(
        "/api/v1/import", files={"file": ("a.jsonl", likes)}, data={"keep": "yes"}
    )
    hers.imported = (await ok(kept))["file"]
    hook = {"name": "hook", "address": HOOK}
    await ok(await ann.post("/api/v1/inbox/channels", json=hook))
    accounts, now = server.app.ledger.accounts, server.app.clock.now()
    hers.feed = await login.make_feed(accounts, app.person, now)
    hers.ids = {hers.impression, hers.act, hers.run, hers.notice, hers.imported, CANARY}
    return hers


def _sight(text: str) -> Plain:
    part = {"role": "user", "text": text, "tokens": 3, "estimated": False}
    usage = {"calls": 1, "tokens_in": 3, "tokens_out": 1, "seconds": 0.1, "money": 0.0}
    return {
        "who": "you",
        "model": "scripted/shots",
        "parts": [part],
        "answer": text,
        "usage": usage,
        "prompt": "p",
    }


Attack = tuple[str, str, str, Callable[[str], Plain]]


def _json(name: str, **more: Any) -> Callable[[str], Plain]:
    return lambda id: {"json": {name: id, **more}}


def _form(name: str, **more: str) -> Callable[[str], Plain]:
    return lambda id: {"data": {name: id, **more}}


ATTACKS: tuple[Attack, ...] = (
    ("act", "POST", "/api/v1/sitting/undo", _json("feedback")),
    ("act", "POST", "/undo", _form("feedback")),
    ("act", "POST", "/you/delete", _form("act")),
    ("act", "POST", "/map/undo", _form("feedback")),
    ("act", "POST", "/api/v1/chat/take-back", _json("feedback", thread="you", not_me=True)),
    ("act", "POST", "/chat/take-back", _form("feedback")),
    ("act", "POST", "/api/v1/you/forget", _json("line")),
    ("belief", "POST", "/api/v1/you/forget", _json("line")),
    ("belief", "POST", "/you/not-true", _form("line")),
    ("run", "POST", "/api/v1/chat/stop", _json("run")),
    ("run", "POST", "/api/v1/chat/retry", _json("run")),
    ("run", "POST", "/api/v1/chat/prefer", _json("run", which="1")),
    ("run", "POST", "/chat/stop", _form("run")),
    ("run", "POST", "/chat/retry", _form("run")),
    ("run", "POST", "/chat/prefer", _form("run", which="1")),
    ("notice", "POST", "/api/v1/inbox/answer", _json("which", said="mute")),
    ("notice", "POST", "/api/v1/inbox/read", _json("which")),
    ("notice", "POST", "/api/v1/inbox/open", _json("which")),
    ("notice", "POST", "/inbox/answer", _form("which", said="never")),
    ("notice", "POST", "/inbox/open", _form("which")),
    ("hook", "POST", "/api/v1/inbox/channels/test", _json("name")),
    ("hook", "POST", "/api/v1/inbox/channels/remove", _json("name")),
    ("hook", "POST", "/inbox/channels/test", _form("name")),
    ("hook", "POST", "/inbox/channels/remove", _form("name")),
    ("imported", "POST", "/you/import/undo", _form("file")),
    ("cursor", "GET", "/aipp/v1/feed", lambda id: {"params": {"cursor": id}}),
)
UNKNOWN = {
    "act": "b_2222222222",
    "belief": "l_2222222222",
    "run": "r_0123456789abcdef",
    "notice": "n_0123456789",
    "hook": "other",
    "imported": "i_0123456789ab",
}


def same(text: str, id: str) -> str:
    """Return an answer without the id that was asked for."""
    return text.replace(id, "ID")


async def test_an_id_of_somebody_else_is_an_id_that_does_not_exist(
    come: Came, server: Server
) -> None:
    ann, bea = await come("ann", role="user"), await come("bea", role="user")
    hers = await lived(ann, server)
    before = await held(ann)
    for name, method, path, asked in ATTACKS:
        id = "hook" if name == "hook" else str(getattr(hers, name))
        unknown = "A" + id[1:] if name == "cursor" else UNKNOWN[name]
        assert id, name
        for headers in ({}, {"X-Fragment": "1"}, {"Accept": "application/json"}):
            theirs = await bea.request(method, path, headers=headers, **asked(id))
            nobodys = await bea.request(method, path, headers=headers, **asked(unknown))
            told = f"{path} with her {name} {id}: {theirs.status_code} {theirs.text[:300]}"
            assert theirs.status_code == 404, told
            assert nobodys.status_code == 404, f"{told}\nunknown: {nobodys.text[:300]}"
            assert same(theirs.text, id) == same(nobodys.text, unknown), told
    assert await held(ann) == before


async def test_an_impression_of_somebody_else_is_told_like_a_forged_one(
    come: Came, server: Server
) -> None:
    ann, bea = await come("ann", role="user"), await come("bea", role="user")
    hers = await lived(ann, server)
    told = []
    for number, impression in enumerate((hers.impression, "A" + hers.impression[1:])):
        vote = {"event": f"e{number}", "impression": impression, "act": "interactionLike"}
        answer = await bea.post("/aipp/v1/interactions", json={"interactions": [vote]})
        kept = (await ok(answer))["answers"][0]
        assert kept["code"] == 404, kept
        told.append({**kept, "event": ""})
    assert told[0] == told[1]
    assert (await ok(await bea.get("/api/v1/events")))["events"] == []
    mine = {"event": "e9", "impression": hers.impression, "act": "interactionLike"}
    answer = await ann.post("/aipp/v1/interactions", json={"interactions": [mine]})
    assert (await ok(answer))["answers"][0]["code"] == 200  # it was not spent by Bea


async def held(client: httpx.AsyncClient) -> Plain:
    """Return everything that is held about somebody, without the moment it was asked."""
    found = await ok(await client.get("/you/export.json"))
    return {key: value for key, value in found.items() if key != "at"}


READS = [
    "/",
    "/you",
    "/you/export.json",
    "/you/import",
    "/inbox",
    "/chat",
    "/chat?with=you",
    "/map",
    "/map/data.json",
    "/studio",
    "/api/v1/studio/label",
    "/api/v1/studio/data",
    "/api/v1/studio/runs",
    "/api/v1/studio/adapters",
    "/subspaces",
    "/sees",
    "/sees?buddy=you",
    "/first",
    "/health",
    "/metrics",
    "/aipp/v1/feed?hydrate=true",
    "/aipp/v1/describe",
    "/api/v1/sitting",
    "/api/v1/coming",
    "/api/v1/you",
    "/api/v1/events",
    "/api/v1/profile",
    "/api/v1/status",
    "/api/v1/doctor",
    "/api/v1/health",
    "/api/v1/inbox",
    "/api/v1/shelf",
    "/api/v1/map",
    "/api/v1/chat",
    "/api/v1/chat/thread",
    "/api/v1/chat/openers",
    "/api/v1/sights?limit=200",
    "/api/v1/sights?limit=200&buddy=you",
    f"/api/v1/search?words={CANARY}",
    "/v1/models",
]


@pytest.mark.parametrize("role", ["user", "admin"])
async def test_nothing_of_hers_stands_on_any_page_of_anybody_else(
    come: Came, server: Server, role: str
) -> None:
    ann, bea = await come("ann", role="user"), await come("bea", role=role)
    hers = await lived(ann, server)
    about = [f"/why/{hers.card}", f"/card/{hers.card}", f"/chat?card={hers.card}"]
    about += [f"/api/v1/why/{hers.card}", f"/api/v1/peek/{hers.card}", f"/peek?card={hers.card}"]
    about += [f"/api/v1/chat/thread?thread={hers.card}", f"/api/v1/sights/{hers.sight}"]
    for path in [*READS, *about]:
        for headers in ({}, {"Accept": "text/html"}, {"X-Fragment": "1"}):
            answer = await bea.get(path, headers=headers)
            assert answer.status_code < 500, f"{path}: {answer.text[:200]}"
            echo = answer.text.replace(f'"{CANARY}"', "") if "search" in path else answer.text
            leaked = {id for id in hers.ids if id in echo}
            assert not leaked, f"{path} tells {leaked}"
    assert (await bea.get(f"/api/v1/sights/{hers.sight}")).status_code == 404


async def test_the_same_key_of_two_people_is_two_keys(come: Came, server: Server) -> None:
    ann, bea = await come("ann", role="user"), await come("bea", role="user")
    hers = await lived(ann, server)
    before = await held(ann)
    shown = await ok(await bea.post("/api/v1/sitting"))
    act = {"act": "skip", "card": shown["cards"][0]["id"], "key": hers.key}
    assert not (await ok(await bea.post("/api/v1/sitting/act", json=act)))["receipt"]["repeated"]
    page = await ok(await bea.post("/aipp/v1/feed", json={"request_id": hers.key, "limit": 3}))
    assert hers.impression not in json.dumps(page)
    said = {"text": "Good morning", "thread": "you", "key": hers.key}
    sent = await ok(await bea.post("/api/v1/chat", json=said))
    assert not sent["repeated"]
    assert sent["run"] != hers.run
    await server.app.runs.done(sent["run"])
    assert await held(ann) == before


async def heard(client: httpx.AsyncClient, server: Server, path: str, **asked: Any) -> str:
    """Return all that a stream says until nothing more comes."""

    async def end() -> None:
        await asyncio.sleep(0.4)
        server.stopping.set()

    server.stopping.clear()
    ending = asyncio.create_task(end())
    answer = await client.get(path, **asked)
    await ending
    assert answer.status_code == 200, answer.text
    return answer.text


@pytest.mark.parametrize("path", ["/runs/stream", "/api/v1/runs/stream"])
async def test_a_stream_carries_nothing_of_anybody_else(
    come: Came, server: Server, path: str
) -> None:
    ann, bea = await come("ann", role="user"), await come("bea", role="user")
    hers = await lived(ann, server)
    seq = await server.app.ledger.diary.last(PersonId("ann"))
    said = {"text": "And Ethereum?", "thread": "you"}
    own = (await ok(await ann.post("/api/v1/chat", json=said)))["run"]
    await server.app.runs.done(own)
    for after in (0, 1, seq // 2, seq):
        for asked in (
            {"params": {"after": str(after)}},
            {"headers": {"Last-Event-ID": str(after)}},
        ):
            told = await heard(bea, server, path, **asked)
            assert "id: " not in told, f"after {after}: {told[:300]}"
            assert not {id for id in (*hers.ids, own) if id in told}
    assert CANARY in await heard(ann, server, path, params={"after": "0"})
    assert own in await heard(ann, server, path, headers={"Last-Event-ID": str(seq)})
    assert stream.KINDS


async def test_a_new_feed_address_ends_ones_own_and_nobody_elses(
    come: Came, server: Server
) -> None:
    ann, bea = await come("ann", role="user"), await come("bea", role="user")
    hers, nobody = await lived(ann, server), await come(None)
    assert (await bea.post("/you/feed-address")).status_code == 200
    assert (await nobody.get(f"/feeds/{hers.feed}/rss.xml")).status_code == 200
    page = (await nobody.get(f"/feeds/{hers.feed}/feedback/{hers.card}/like")).text
    token = re.findall(r'name="token" value="([^"]+)"', page)[0]
    accounts, now = server.app.ledger.accounts, server.app.clock.now()
    beas = await login.make_feed(accounts, PersonId("bea"), now)
    stolen = await nobody.post(f"/feeds/{beas}/feedback/{hers.card}/like", data={"token": token})
    assert stolen.status_code == 403
    assert (await ann.post("/you/feed-address")).status_code == 200
    assert (await nobody.get(f"/feeds/{hers.feed}/rss.xml")).status_code == 404


async def test_who_is_erased_takes_nobody_along(come: Came, server: Server) -> None:
    ann, bea = await come("ann", role="user"), await come("bea", role="user")
    hers = await lived(ann, server)
    before = await held(ann)
    await ok(await bea.post("/api/v1/sitting"))
    assert (await bea.post("/you/forget", data={"sure": "yes"})).status_code == 200
    assert await held(ann) == before
    assert (await ann.get(f"/why/{hers.card}")).status_code == 200
