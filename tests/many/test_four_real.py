"""One User Buddy in front of Coin, Movie, Job and Edu: a mixed slate, and a job card that leads to a course card."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from ammo_agents import views
from ammo_agents.app import App, opened
from ammo_agents.records import (
    BuddyId,
    Claim,
    Creation,
    CreationId,
    EntityId,
    Fact,
    IdeaId,
    IdeaKind,
    Placed,
    SubspaceId,
    content_id,
)
from ammo_agents.round import abroad, seeds
from ammo_agents.settings import load
from ammo_agents.testing.command import SCRIPTED

FOUR = {"coin", "edu", "job", "movie"}


@pytest.fixture
async def app(tmp_path: Path) -> AsyncIterator[App]:
    """A new home with the seed cards that ship, and a job card that leads to a course card."""
    env = {
        **{k: v for k, v in SCRIPTED.items() if k != "AMMO_EMBEDDER"},
        "AMMO_HOME": str(tmp_path / "home"),
        "AMMO_STORE": "exact",
        "AMMO_PLUGINS": ",".join(sorted(FOUR)),
    }
    loaded = await asyncio.to_thread(partial(load, env=env, cwd=tmp_path))
    async with opened(loaded, access="write") as app:
        if not {space.id for space in app.plugins.subspaces()} >= FOUR:
            pytest.skip("not all four subspaces are installed")
        await seeds.plant_seeds(app.ledger, app.plugins.subspaces(), app.settings)
        await _complete(app)
        yield app


async def _complete(app: App) -> None:
    """Write what the seed packs lack: cards of both ends of some bridges from jobs to courses."""
    known = {s.id: await app.knowledge(s) for s in app.plugins.subspaces()}
    facts = {fact.entity: fact for one in known.values() for fact in one.facts}
    across = [e for e in await abroad.bridges(app) if e.target.startswith("edu/")]
    ends = [e for e in across if e.source in facts and e.target in facts][:3]
    assert ends, "no job leads to a course"
    there = {creation.entity for creation in await app.ledger.creations()}
    for entity in dict.fromkeys(end for e in ends for end in (e.source, e.target)):
        if entity not in there:
            await _write(app, entity, facts[entity])


async def _write(app: App, entity: EntityId, fact: Fact) -> None:
    claim = Claim(text=fact.statement, facts=(fact.id,), author="realiser")
    creation = Creation(
        id=CreationId(content_id("c", [entity, fact.id])),
        idea=IdeaId(content_id("i", [entity])),
        kind=IdeaKind.CURIOSITY,
        buddy=BuddyId(entity),
        subspace=SubspaceId(entity.partition("/")[0]),
        entity=entity,
        date=fact.date,
        created_at=app.clock.now(),
        title=claim,
        hook=claim,
        claims=(claim,),
        blocks=(),
        cost=0.0,
        visibility=0.5,
        surprise=0.0,
        model="realiser",
        prompt="",
        seed=0,
    )
    dim = int(await app.ledger.meta("space.dim") or 0)
    row = np.random.default_rng(len(entity)).standard_normal(dim)
    space = await app.ledger.meta("space") or ""
    placed = Placed(
        creation=creation, vector=(row / np.linalg.norm(row)).astype(np.float32), space=space
    )
    await app.ledger.publish(f"plant/{creation.id}", placed, [fact])


@pytest.mark.timeout(180)
async def test_one_user_buddy_mixes_four_subspaces_and_a_job_card_leads_to_a_course_card(
    app: App,
) -> None:
    call = views.VERBS
    shown = await call["slate"].function(app, n=8, subspace="all")
    assert {card["subspace"] for card in shown["cards"]} == FOUR
    for card in shown["cards"]:
        await call["act"].function(app, act="like", card=card["id"])
    mixed = await app.companion("all")
    assert len(mixed.events) == 8
    again = await call["slate"].function(app, n=8, subspace="all")
    assert {card["subspace"] for card in again["cards"]} == FOUR
    for card in again["cards"]:
        assert sum(r["value"] for r in card["reasons"]) == pytest.approx(card["score"], abs=1e-6)
    jobs = await app.ledger.creations(subspace=SubspaceId("job"))
    leads = [(await call["why"].function(app, card=job.id))["card"] for job in jobs[:20]]
    job = next(c for c in leads if any(way["card"] for way in c["leads_to"]))
    way = next(way for way in job["leads_to"] if way["card"])
    assert (way["subspace"], way["entity"].partition("/")[0]) == ("edu", "edu")
    found = await call["follow"].function(app, card=job["id"], entity=way["entity"])
    assert found["card"]["subspace"] == "edu"
    assert found["card"]["id"] == way["card"]["id"]
