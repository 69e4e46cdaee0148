"""Bridges between subspaces: a job card leads to a course card (W5)."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from four_subspaces import SKILLS, fact_of
from planting import card

from ammo_agents import views
from ammo_agents.app import App
from ammo_agents.errors import NotFoundError
from ammo_agents.records import Edge, EntityId, FactId, Placed
from ammo_agents.round import abroad


async def call(app: App, verb: str, **arguments: object) -> dict[str, Any]:
    return await views.VERBS[verb].function(app, **arguments)


async def test_bridges_are_the_edges_that_end_at_an_entity_of_another_installed_subspace(
    app: App,
) -> None:
    found = await abroad.bridges(app)
    assert sorted(edge.source for edge in found) == [f"work/{s}-worker" for s in sorted(SKILLS)]
    first = EntityId("work/baking-worker")
    to = EntityId("school/baking-course")
    assert await abroad.leading(app, first) == (Edge(source=first, kind="taught by", target=to),)
    # A subspace that goes takes its bridges along; nobody has to be told.
    await asyncio.to_thread(app.plugins.drop, "four_subspaces")
    assert await abroad.bridges(app) == ()


async def test_a_job_card_leads_to_the_best_course_card_and_following_it_shows_that_card(
    app: App,
) -> None:
    shown = await call(app, "slate", n=8, subspace="all")
    job = next(c for c in shown["cards"] if c["subspace"] == "work")
    (way,) = job["leads_to"]
    skill = job["entity"].partition("/")[2].partition("-")[0]
    assert (way["entity"], way["subspace_title"]) == (f"school/{skill}-course", "School")
    assert way["why"] == f"{skill.capitalize()} worker: taught by {skill.capitalize()} course"
    course = await app.ledger.creation(way["card"]["id"])
    assert course.entity == way["entity"]
    found = await call(app, "follow", card=job["id"])
    assert found["card"]["id"] == course.id
    assert await app.ledger.shown_in(app.person, course.id) is not None
    (kept,) = await app.ledger.feedback(app.person)
    assert (kept.act, kept.creation, kept.subspace) == ("ask", job["id"], "work")
    # Now the course can be judged, and going there again says nothing new.
    await call(app, "act", act="save", card=course.id)
    await call(app, "follow", card=job["id"])
    assert [a.act for a in await app.ledger.feedback(app.person)] == ["ask", "save"]


async def test_a_card_leads_where_the_things_its_facts_speak_of_lead(app: App) -> None:
    fact = fact_of("work", "sailing-worker")
    about = replace(
        fact,
        id=FactId("f_mentions"),
        entity=EntityId("work/nobody"),
        mentions=(EntityId("work/baking-worker"), EntityId("work/drawing-worker")),
    )
    made = card("work", 902)
    claim = replace(made.title, facts=(about.id,))
    made = replace(made, entity=about.entity, title=claim, hook=claim, claims=(claim,))
    row = np.array((await app.living(app.subspace("work"))).matrix[0])
    placed = Placed(creation=made, vector=row, space=(await app.embedder()).fingerprint)
    await app.ledger.publish("plant/902", placed, [about])
    found = (await call(app, "why", card=made.id))["card"]["leads_to"]
    assert [way["entity"] for way in found] == ["school/baking-course", "school/drawing-course"]


async def test_the_best_card_is_the_one_the_person_would_like_most(app: App) -> None:
    living = await app.living(app.subspace("school"))
    two = [one.id for one in living.about if one.entity == "school/python-course"]
    assert len(two) == 2
    job = next(c for c in await app.ledger.creations() if c.entity == "work/python-worker")
    before = (await call(app, "why", card=job.id))["card"]["leads_to"][0]["card"]["id"]
    while await app.ledger.shown_in(app.person, before) is None:
        await call(app, "slate", n=5, subspace="school")
    await call(app, "act", act="hide", card=before)
    after = (await call(app, "why", card=job.id))["card"]["leads_to"][0]["card"]["id"]
    scores = living.featured((here := await app.companion("school")).frame, two)
    best = two[int((scores @ (await here.preference()).q).argmax())]
    assert after == best


async def test_a_card_that_leads_nowhere_says_so(app: App) -> None:
    star = next(c for c in await app.ledger.creations() if c.subspace == "stars")
    with pytest.raises(NotFoundError, match="does not lead to anything"):
        await call(app, "follow", card=star.id)
    job = next(c for c in await app.ledger.creations() if c.subspace == "work")
    with pytest.raises(NotFoundError, match="does not lead to school/nobody"):
        await call(app, "follow", card=job.id, entity="school/nobody")
