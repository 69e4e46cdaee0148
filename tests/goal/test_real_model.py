"""A real tiny model through the whole graph: true cards, most of whose words are its own choice."""

import asyncio
import datetime as dt

import numpy as np
import pytest
from ammo_local.provider import LocalModels
from ammo_subspace_coin.replay import CoinReplay
from ammo_subspace_coin.wordings import WORDINGS

from ammo_agents.goal.graph import GoalContext, create
from ammo_agents.goal.trigger import Stimulus
from ammo_agents.ports import FeedOptions
from ammo_agents.records import BuddyId, GoalBuddy, IdeaKind, Placed, Shift
from ammo_agents.settings import load
from ammo_agents.testing import FixedClock, HashEmbedder


async def shifts_of_a_day() -> list[Shift]:
    world = await asyncio.to_thread(CoinReplay, FeedOptions(start=dt.date(2020, 3, 8)))
    return list(await world.advance() or ())


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_the_smallest_model_writes_most_of_its_sentences() -> None:
    settings = await asyncio.to_thread(load)
    model = await LocalModels(settings.settings).open_model("local/smollm2-135m")
    said = []
    try:
        for shift in (await shifts_of_a_day())[:2]:
            buddy = GoalBuddy(
                id=BuddyId(shift.entity), subspace=shift.subspace, entity=shift.entity, name="Buddy"
            )
            found = await create(
                buddy,
                Stimulus(kind=IdeaKind.SIGNAL, date=shift.date, shift=shift, seed=5),
                GoalContext(
                    model=model,
                    embedder=HashEmbedder(64),
                    space="hash-words-64",
                    entities={},
                    wordings=WORDINGS,
                    known=list(shift.facts),
                    recent=set(),
                    living=np.zeros((0, 64), np.float32),
                    titles=set(),
                    visibility=lambda *_: 0.2,
                    now=FixedClock().now,
                ),
            )
            assert isinstance(found, Placed)
            said += [found.creation.title, found.creation.hook, *found.creation.claims]
    finally:
        await model.close()
    assert sum(c.author == "model" for c in said) >= 0.6 * len(said)
