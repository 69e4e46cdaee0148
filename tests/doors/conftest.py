"""A home of its own for every test, with cards in it, the scripted model and the hashing embedder."""

from __future__ import annotations

import asyncio
import datetime as dt
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from running_ammo import Running, serving

from ammo_agents.app import App, opened
from ammo_agents.round import play
from ammo_agents.settings import Loaded, load
from ammo_agents.testing.command import SCRIPTED, AmmoCommand

START = dt.date(2020, 3, 8)


@pytest.fixture
def scripted(tmp_path: Path) -> AmmoCommand:
    """The command with the scripted model, the hashing embedder and the exact store."""
    return AmmoCommand(tmp_path / "home", {**SCRIPTED, "AMMO_STORE": "exact"})


@pytest.fixture
def filled(scripted: AmmoCommand) -> AmmoCommand:
    """The same, after two rounds of its world."""
    scripted("run", "--rounds", "2", "--from", START.isoformat())
    return scripted


@pytest.fixture
def up(filled: AmmoCommand) -> Iterator[Running]:
    """A running AMMO with cards, on a port of its own; no buddy writes by itself."""
    with serving(filled) as running:
        yield running


@pytest.fixture
def settings_of(tmp_path: Path) -> Callable[..., Awaitable[Loaded]]:
    """Make settings for an app inside the test's own process."""

    async def make(**more: str) -> Loaded:
        env = {**SCRIPTED, "AMMO_HOME": str(tmp_path / "home"), "AMMO_STORE": "exact", **more}
        return await asyncio.to_thread(load, env=env, cwd=tmp_path)

    return make


@pytest.fixture
async def app(settings_of: Callable[..., Awaitable[Loaded]]) -> AsyncIterator[App]:
    """An app with some cards to choose from."""
    async with opened(await settings_of(AMMO_SLOTS="4"), access="write") as app:
        world = await app.world(start=START)
        for _ in range(2):
            await play(world, most=6)
        yield app
