"""Cards that belong to two subspaces: written once a pair, shown in both, gone with either (W5)."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import numpy as np
from planting import card

from ammo_agents import views
from ammo_agents.app import App
from ammo_agents.records import Creation, Placed, SubspaceId
from ammo_agents.round import cited, play

Again = Callable[[], AbstractAsyncContextManager[App]]


async def call(app: App, verb: str, **arguments: object) -> dict[str, Any]:
    return await views.VERBS[verb].function(app, **arguments)


async def bridging(app: App, rounds: int) -> list[Creation]:
    """Play rounds of the world of work and return the cards that belong to two subspaces."""
    world = await app.world("work")
    made = [c for _ in range(rounds) for c in (await play(world, most=4)).published]
    return [creation for creation in made if creation.also]


async def test_a_buddy_writes_once_a_pair_of_what_its_entity_leads_to(
    app: App, again: Again
) -> None:
    school = await app.companion("school")
    found = await bridging(app, 8)
    assert found
    for creation in found:
        assert (creation.subspace, creation.also) == ("work", ("school",))
        facts = await app.ledger.facts(ids=cited(creation))
        assert {fact.subspace for fact in facts} == {"work", "school"}
        # It lives in the feed of the other at once, and is listed in both.
        assert creation.id in [one.id for one in school.living.about]
        for feed in ("work", "school"):
            listed = (await call(app, "cards", subspace=feed))["cards"]
            assert creation.id in [one["id"] for one in listed]
    pairs = await app.ledger.bridged(SubspaceId("work"))
    assert len(pairs) == len(found)
    assert {here.partition("/")[2].partition("-")[0] for here, _ in pairs} == {
        there.partition("/")[2].partition("-")[0] for _, there in pairs
    }
    mixed = await app.companion("all")
    ids = [one.id for one in mixed.living.about]
    assert len(ids) == len(set(ids))
    await app.parts.stack.aclose()
    async with again() as second:
        assert set(await bridging(second, 3)).isdisjoint(found)
        assert pairs <= await second.ledger.bridged(SubspaceId("work"))
        living = await second.living(second.subspace("school"))
        assert {creation.id for creation in found} <= set(living.ids)


async def test_an_act_on_a_card_of_two_subspaces_belongs_to_the_feed_it_was_said_in(
    app: App,
) -> None:
    made = card("work", 900, also=("school",))
    row = np.array((await app.living(app.subspace("work"))).matrix[0])
    placed = Placed(creation=made, vector=row, space=(await app.embedder()).fingerprint)
    facts = await app.ledger.facts(ids=cited(made))
    await app.ledger.publish("plant/900", placed, facts)
    shown = await call(app, "slate", n=40, subspace="school")
    assert made.id in [one["id"] for one in shown["cards"]]
    await call(app, "act", act="like", card=made.id)
    (kept,) = await app.ledger.feedback(app.person)
    assert kept.subspace == "school"
    # Everything knows it once; the feed of work does not show it again.
    assert [e.feedback.id for e in (await app.companion("all")).events] == [kept.id]
    work = await app.companion("work")
    assert made.id not in (await work.recall(await work.preference())).ids
