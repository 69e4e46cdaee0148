"""A small coin home, and ratings logs of its coins."""

from __future__ import annotations

import asyncio
import datetime as dt
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from ammo_agents.app import App, opened
from ammo_agents.round import play
from ammo_agents.settings import Loaded, load
from ammo_agents.testing.command import SCRIPTED, AmmoCommand

sys.path.insert(0, str(Path(__file__).parent))

from coin_logs import rows, write

START = dt.date(2020, 3, 8)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """The log of forty people of two tastes."""
    return write(tmp_path / "log", rows())


@pytest.fixture
def wrote(tmp_path: Path) -> Callable[..., Awaitable[Path]]:
    """Write another log."""
    return lambda *given: asyncio.to_thread(write, tmp_path / "another", *given)


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
async def app(settings_of: Callable[..., Awaitable[Loaded]]) -> AsyncIterator[App]:
    """An app with some cards to choose from; the greedy buddy, so that slates can be compared."""
    made = await settings_of(AMMO_SLOTS="4", AMMO_EXPLORATION="0")
    async with opened(made, access="write") as app:
        world = await app.world(start=START)
        for _ in range(4):
            await play(world, most=8)
        yield app
