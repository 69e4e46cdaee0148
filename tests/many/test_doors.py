"""The mixed feed through its doors: the AiPP and the pages."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from ammo_agents import views
from ammo_agents.app import App
from ammo_agents.ports import ROLES, Account
from ammo_agents.round import login
from ammo_agents.views import aipp
from ammo_agents.web.app import create
from ammo_agents.web.here import COOKIE, form_token
from ammo_agents.web.server import Server


@pytest.fixture
async def you(app: App) -> AsyncIterator[httpx.AsyncClient]:
    """The owner in a browser, in front of everything."""
    await views.VERBS["choose_for_me"].function(app, name="greeted", value=True)
    await views.VERBS["choose_for_me"].function(app, name="subspace", value="all")
    server = Server(app=app, loops=False)
    await server.begin()
    server.warmth = "ready"
    web = await asyncio.to_thread(create, server)
    transport = httpx.ASGITransport(app=web, raise_app_exceptions=False)
    accounts, now = app.ledger.accounts, app.clock.now()
    await accounts.add(Account(person=app.person, role="admin", made=now))
    secret = await login.make_session(accounts, app.person, ROLES["admin"], now, days=1)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8642") as client:
        client.cookies.set(COOKIE, secret)
        client.headers["X-CSRF"] = form_token(secret)
        yield client
    await server.close()


async def test_a_program_gets_the_mixed_feed_and_its_acts_are_kept_where_cards_live(
    app: App,
) -> None:
    found = await aipp.present(app, request_id="r1", subspace="all", limit=8, hydrate=True)
    assert found["subspace"] == "all"
    cards = {item["card"]["subspace"]: item for item in found["items"]}
    assert set(cards) == {"work", "school", "isles", "stars"}
    for item in found["items"]:
        assert sum(p["value"] for p in item["parts"]) == pytest.approx(item["score"], abs=1e-6)
    assert "apply" in cards["work"]["card"]["acts"]
    assert "apply" not in cards["stars"]["card"]["acts"]
    given = [
        {"event": f"e-{space}", "act": act, "impression": item["impression"]}
        for act, (space, item) in zip(
            ("apply", "apply", "interactionLike"),
            ((s, cards[s]) for s in ("work", "stars", "isles")),
            strict=True,
        )
    ]
    answers = (await aipp.interactions(app, given=given))["answers"]
    assert [a["status"] for a in answers] == ["kept", "refused", "kept"]
    kept = await app.ledger.feedback(app.person)
    assert [(act.subspace, act.act) for act in kept] == [("work", "apply"), ("isles", "like")]


async def test_the_page_shows_everything_and_a_card_leads_on_without_a_script(
    you: httpx.AsyncClient, app: App
) -> None:
    page = (await you.get("/")).text
    assert 'name="space" value="all" aria-current="true">Everything</button>' in page
    sitting: dict[str, Any] = await views.VERBS["sitting"].function(app)
    assert sitting["subspace"] == "all"
    while not any(c["subspace"] == "work" for c in sitting["cards"]):
        await views.VERBS["sitting_more"].function(app)
        sitting = await views.VERBS["sitting"].function(app)
    job = next(c for c in sitting["cards"] if c["subspace"] == "work")
    page = (await you.get("/")).text
    assert f'name="entity" value="{job["leads_to"][0]["entity"]}"' in page
    before = await app.ledger.canonical_hash()
    assert (await you.get("/")).status_code == 200
    assert await app.ledger.canonical_hash() == before
    entity = job["leads_to"][0]["entity"]
    answer = await you.post("/follow", data={"card": job["id"], "entity": entity})
    assert answer.status_code == 303
    course = await you.get(answer.headers["location"])
    assert course.status_code == 200
    assert job["leads_to"][0]["card"]["title"] in course.text
    liked = await you.post("/act", data={"card": sitting["cards"][0]["id"], "act": "like"})
    assert liked.status_code in {200, 303}
    for where in ("/you", "/map", "/chat", "/subspaces", "/inbox"):
        assert (await you.get(where)).status_code == 200, where
