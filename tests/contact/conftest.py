"""A home with cards, a clock that can be moved, and a model whose every call is counted."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from ammo_agents.app import App, opened
from ammo_agents.round import play
from ammo_agents.settings import Loaded, load
from ammo_agents.testing import FixedClock
from ammo_agents.testing.command import SCRIPTED, AmmoCommand

START = dt.date(2020, 3, 8)
NOON = dt.datetime(2026, 7, 1, 12, tzinfo=dt.UTC)


@pytest.fixture
def scripted(tmp_path: Path) -> AmmoCommand:
    """The command with the scripted model, the hashing embedder and the exact store."""
    return AmmoCommand(tmp_path / "home", {**SCRIPTED, "AMMO_STORE": "exact"})


@pytest.fixture
def settings_of(tmp_path: Path) -> Callable[..., Awaitable[Loaded]]:
    """Make settings for an app inside the test's own process."""

    async def make(**more: str) -> Loaded:
        env = {**SCRIPTED, "AMMO_HOME": str(tmp_path / "home"), "AMMO_STORE": "exact", **more}
        return await asyncio.to_thread(load, env=env, cwd=tmp_path)

    return make


@pytest.fixture
def clock() -> FixedClock:
    """Noon of a summer's day, in UTC."""
    return FixedClock(NOON)


@pytest.fixture
async def app(
    settings_of: Callable[..., Awaitable[Loaded]], clock: FixedClock
) -> AsyncIterator[App]:
    """An app with some cards, and a person who liked one of them five hours ago."""
    async with opened(await settings_of(AMMO_SLOTS="4"), access="write", clock=clock) as app:
        clock.move(dt.timedelta(hours=-5))
        world = await app.world(start=START)
        for _ in range(2):
            await play(world, most=6)
        companion = await app.companion()
        shown = await companion.show()
        await companion.record("like", shown.cards[0].creation)
        clock.move(dt.timedelta(hours=5))
        yield app
