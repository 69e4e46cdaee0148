"""Real coin facts of one hard day, a context to write in, and apps on homes of their own."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable
from pathlib import Path

import numpy as np
import pytest
from ammo_subspace_coin.plugin import coin
from ammo_subspace_coin.replay import CoinReplay
from ammo_subspace_coin.wordings import WORDINGS

from ammo_agents.goal.graph import GoalContext
from ammo_agents.goal.trigger import Stimulus
from ammo_agents.ports import FeedOptions
from ammo_agents.records import BuddyId, EntityId, GoalBuddy, IdeaKind, Shift, SubspaceId
from ammo_agents.settings import Loaded, load
from ammo_agents.testing import FixedClock, HashEmbedder
from ammo_agents.testing.command import SCRIPTED


@pytest.fixture(scope="session")
def shift() -> Shift:
    async def play() -> Shift:
        world = CoinReplay(FeedOptions(start=dt.date(2020, 3, 8), only=("bitcoin",)))
        shifts = await world.advance()
        assert shifts
        return shifts[0]

    return asyncio.run(play())


@pytest.fixture(scope="session")
def entities() -> dict[EntityId, object]:
    return {e.id: e for e in coin.knowledge().entities}


@pytest.fixture
def buddy() -> GoalBuddy:
    return GoalBuddy(
        id=BuddyId("coin/bitcoin"),
        subspace=SubspaceId("coin"),
        entity=EntityId("coin/bitcoin"),
        name="Bitcoin Buddy",
    )


@pytest.fixture
def stimulus(shift) -> Stimulus:
    return Stimulus(kind=IdeaKind.SIGNAL, date=shift.date, shift=shift, seed=7)


@pytest.fixture
def context(shift, entities) -> Callable[..., GoalContext]:
    def make(model: object = None, **how: object) -> GoalContext:
        parts = {
            "model": model,
            "embedder": HashEmbedder(64),
            "space": "hash-words-64",
            "entities": entities,
            "wordings": WORDINGS,
            "known": list(shift.facts),
            "recent": set(),
            "living": np.zeros((0, 64), np.float32),
            "titles": set(),
            "visibility": lambda *_: 0.2,
            "now": FixedClock().now,
            **how,
        }
        return GoalContext(**parts)  # type: ignore[arg-type]

    return make


@pytest.fixture
def settings_of(tmp_path: Path) -> Callable[..., Awaitable[Loaded]]:
    """Make settings of a scripted home for an app inside the test's own process."""

    async def make(**more: str) -> Loaded:
        env = {**SCRIPTED, "AMMO_HOME": str(tmp_path / "home"), "AMMO_STORE": "exact", **more}
        return await asyncio.to_thread(load, env=env, cwd=tmp_path)

    return make
