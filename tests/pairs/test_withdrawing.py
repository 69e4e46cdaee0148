"""Whoever takes consent back, or is forgotten, leaves the data sets, and adapters that learned from them are tainted."""

from __future__ import annotations

import asyncio

from town import town

from ammo_agents.adapters.registry import TAINT
from ammo_agents.aipp.pairs import Gathered, PairSet, Wanted, gather, made
from ammo_agents.aipp.pairs.record import renamed
from ammo_agents.app import App
from ammo_agents.ports import SOCIETY
from ammo_agents.views import VERBS, feed, house, profiles
from ammo_agents.views.pairs import sets_folder

KEY = b"k" * 32


async def kept_set(app: App) -> PairSet:
    """Keep a set of a town whose first pair is made of a like of this person."""
    await profiles.choose(app, name="train", value=True)
    card = (await feed.slate(app))["cards"][0]["id"]
    liked = await VERBS["act"].function(app, act="like", card=card)
    (row,) = (await gather(app.ledger, [app.person], KEY)).rows
    assert row.events == (liked["feedback"],)
    told = Gathered(people=8, consenting=8)
    first, *rest = town(8, 8)
    told.pairs = [renamed(first, events=row.events), *rest]
    found = await asyncio.to_thread(made, told, Wanted(name="town"))
    await asyncio.to_thread(found.save, sets_folder(app) / "town")
    assert set(row.events) <= found.events
    return found


async def left(app: App) -> PairSet:
    return await asyncio.to_thread(PairSet.load, sets_folder(app) / "town")


async def test_taking_consent_back_takes_the_pairs_out_of_the_sets(app: App) -> None:
    before = await kept_set(app)
    await profiles.choose(app, name="train", value=False)
    now = await left(app)
    assert len(before.every) - len(now.every) == 1
    assert now.about["forgotten"] == 1
    assert await app.ledger.diary.entries(SOCIETY, kind=TAINT) == []


async def test_saying_no_again_changes_nothing(app: App) -> None:
    before = await kept_set(app)
    await profiles.choose(app, name="slots", value=5)
    assert (await left(app)).pairs == before.pairs


async def test_forgetting_a_person_takes_their_pairs_along(app: App) -> None:
    before = await kept_set(app)
    told = await house.forget(app)
    assert told["unlearned"] == {"pairs": 1, "sets": {"town": 1}, "adapters": []}
    now = await left(app)
    assert len(before.every) - len(now.every) == 1
